"""A pen that writes a text, and below it the window that slides over the text, as an animation."""

from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS
from rnnkit.plots._gif import save_gif


def writing_animation(
    figure: Any, path: Path, points: np.ndarray, lifts: np.ndarray, phi: np.ndarray, text: str
) -> Path:
    """Save an animation as a GIF.

    Args:
        figure: matplotlib Figure, empty; it sets the size.
        path: where the GIF goes; folders are made.
        points: shape (points, 2), y upwards.
        lifts: shape (points,), whether the pen is lifted after the point.
        phi: shape (points − 1, places), the window before each point but the first; places beyond the text are left
            out.
        text: what is written.

    Returns:
        The path.
    """
    above, below = figure.subplots(2, height_ratios=(3, 1))
    margin = 0.1 * np.ptp(points, axis=0).max() + 1e-9
    (x_0, y_0), (x_1, y_1) = points.min(axis=0) - margin, points.max(axis=0) + margin
    above.set(xlim=(x_0, x_1), ylim=(y_0, y_1), aspect="equal")
    above.axis("off")
    (line,) = above.plot([], [], color=COLOURS[0], linewidth=2, solid_capstyle="round")
    (pen,) = above.plot([], [], "o", color=COLOURS[5], markersize=6)
    places = np.arange(len(text))
    shown = phi[:, : len(text)]
    bars = below.bar(places, np.zeros(len(text)), color=COLOURS[1])
    below.set(ylim=(0, 1.1 * shown.max() + 1e-9), xticks=places, xticklabels=list(text), yticks=[], ylabel="window φ")
    # A place that is not a number breaks the line where the pen is off the paper.
    broken = [
        np.vstack([point, [np.nan, np.nan]]) if lift else point[None] for point, lift in zip(points, lifts, strict=True)
    ]

    def draw(k: int) -> list[Any]:
        line.set_data(*np.concatenate(broken[: k + 1]).T)
        pen.set_data([points[k, 0]], [points[k, 1]])
        for bar, height in zip(bars, shown[max(k - 1, 0)], strict=True):
            bar.set_height(height)
        return [line, pen, *bars]

    return save_gif(figure, draw, range(len(points)), path, milliseconds=80, rests=(400, 1500))
