"""A pen that writes a text, where its next point is expected, and below the window that slides over the text."""

from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS
from rnnkit.plots._gif import save_gif


def writing_animation(
    figure: Any,
    path: Path,
    points: np.ndarray,
    lifts: np.ndarray,
    phi: np.ndarray,
    text: str,
    clouds: np.ndarray | None = None,
    extent: tuple[float, float, float, float] | None = None,
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
        clouds: shape (points − 1, rows, columns), where each point but the first was expected, 0 to 1, the lowest row
            first; none are drawn if not given.
        extent: of the clouds: left, right, lower and upper edge, in the units of the points.

    Returns:
        The path.
    """
    above, below = figure.subplots(2, height_ratios=(3, 1))
    margin = 0.1 * np.ptp(points, axis=0).max() + 1e-9
    (x_0, y_0), (x_1, y_1) = points.min(axis=0) - margin, points.max(axis=0) + margin
    above.set(xlim=(x_0, x_1), ylim=(y_0, y_1), aspect="equal")
    above.axis("off")
    moving: list[Any] = []
    if clouds is not None:
        empty = np.zeros(clouds.shape[1:])
        moving.append(above.imshow(empty, extent=extent, origin="lower", cmap="Oranges", vmin=0, vmax=1.2))
        above.set(xlim=(x_0, x_1), ylim=(y_0, y_1))
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
        if clouds is not None:
            moving[0].set_data(clouds[k] if k < len(clouds) else np.zeros(clouds.shape[1:]))
        line.set_data(*np.concatenate(broken[: k + 1]).T)
        pen.set_data([points[k, 0]], [points[k, 1]])
        for bar, height in zip(bars, shown[max(k - 1, 0)], strict=True):
            bar.set_height(height)
        return [*moving, line, pen, *bars]

    return save_gif(figure, draw, range(len(points)), path, milliseconds=80, rests=(400, 1500))
