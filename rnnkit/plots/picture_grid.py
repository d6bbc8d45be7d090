"""Many small pictures, side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def picture_grid(
    axes: Any,
    pictures: np.ndarray,
    shape: tuple[int, int],
    columns: int = 10,
    limits: tuple[float, float] = (0.0, 1.0),
    *,
    colours: str = "gray_r",
    marked: Sequence[bool] | np.ndarray = (),
) -> Any:
    """Draw pictures in rows, with a gap between them: the lower limit white, the upper one black.

    Args:
        axes: matplotlib Axes.
        pictures: shape (count, rows · columns of a picture).
        shape: rows and columns of a picture.
        columns: pictures in a row, if there are so many.
        limits: the values that are white and black.
        colours: matplotlib's name of other colours than white to black.
        marked: pictures that get a frame and a cross, one value a picture; none where it is empty.

    Returns:
        The Axes, without ticks.
    """
    low, high = limits
    height, width = shape
    columns = min(columns, len(pictures))
    lines = -(-len(pictures) // columns)
    sheet = np.full((lines * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    corners = [((height + 1) * (i // columns), (width + 1) * (i % columns)) for i in range(len(pictures))]
    for (top, left), picture in zip(corners, pictures, strict=True):
        sheet[top : top + height, left : left + width] = np.reshape(picture, shape)
    axes.set_facecolor("#B7D7EA")  # shows in the gaps, where nothing is drawn
    axes.imshow(sheet, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    for (top, left), cross in zip(corners, marked, strict=False):
        if cross:
            across, down = left - 0.5 + np.array([0, width]), top - 0.5 + np.array([0, height])
            style: Any = {"color": COLOURS[5], "linewidth": 2, "clip_on": False}
            axes.plot(across[[0, 1, 1, 0, 0]], down[[0, 0, 1, 1, 0]], **style)
            axes.plot(across, down, **style)
            axes.plot(across, down[::-1], **style)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes
