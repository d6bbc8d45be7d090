"""Pictures that come back out of a memory, as an animation, with the energy going down below them."""

from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS
from rnnkit.plots._gif import save_gif


def recall_animation(
    figure: Any,
    path: Path,
    frames: np.ndarray,
    energies: np.ndarray,
    flips: np.ndarray,
    shape: tuple[int, int],
    titles: list[str],
) -> Path:
    """Save an animation as a GIF.

    Args:
        figure: matplotlib Figure, empty; it sets the size.
        path: where the GIF goes; folders are made.
        frames: states −1 and +1 over time, shape (frames, examples, n).
        energies: of the states, shape (frames, examples).
        flips: units flipped until each frame, shape (frames, examples).
        shape: rows and columns of a picture.
        titles: one for each example.

    Returns:
        The path.
    """
    above, below = figure.subplots(2, len(titles), squeeze=False, height_ratios=(2.2, 1), sharey="row")
    images, points = [], []
    for i, title in enumerate(titles):
        images.append(above[i].imshow(np.reshape(frames[0, i], shape), cmap="gray", vmin=-1, vmax=1))
        above[i].set(title=title, xticks=[], yticks=[])
        below[i].plot(flips[:, i], energies[:, i], color=COLOURS[0], linewidth=1.5)
        points.append(below[i].plot(flips[0, i], energies[0, i], "o", color=COLOURS[5], markersize=7)[0])
        below[i].set(xlabel="units flipped")
        below[i].grid(alpha=0.3)
    below[0].set_ylabel("energy H")

    def draw(k: int) -> list[Any]:
        for i, (image, point) in enumerate(zip(images, points, strict=True)):
            image.set_data(np.reshape(frames[k, i], shape))
            point.set_data([flips[k, i]], [energies[k, i]])
        return [*images, *points]

    return save_gif(figure, draw, range(len(frames)), path, milliseconds=80, rests=(800, 1500))  # it rests at both ends
