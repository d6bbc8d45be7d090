"""Many small pictures, side by side."""

from typing import Any

import numpy as np


def picture_grid(
    axes: Any, pictures: np.ndarray, shape: tuple[int, int], columns: int = 10, limits: tuple[float, float] = (0.0, 1.0)
) -> Any:
    """Draw pictures in rows, with a gap between them: the lower limit white, the upper one black.

    Args:
        axes: matplotlib Axes.
        pictures: shape (count, rows · columns of a picture).
        shape: rows and columns of a picture.
        columns: pictures in a row.
        limits: the values that are white and black.

    Returns:
        The Axes, without ticks.
    """
    low, high = limits
    height, width = shape
    lines = -(-len(pictures) // columns)
    sheet = np.full((lines * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for i, picture in enumerate(pictures):
        top, left = (height + 1) * (i // columns), (width + 1) * (i % columns)
        sheet[top : top + height, left : left + width] = np.reshape(picture, shape)
    axes.set_facecolor("#B7D7EA")  # shows in the gaps, where nothing is drawn
    axes.imshow(sheet, cmap="gray_r", vmin=low, vmax=high, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    return axes
