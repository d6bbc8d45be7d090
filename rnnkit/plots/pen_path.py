"""What a pen has written, as a smooth line."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def pen_path(axes: Any, strokes: list[np.ndarray], colour: str = COLOURS[0], width: float = 2.0) -> Any:
    """Draw strokes with the same unit in both directions, without a frame.

    Args:
        axes: matplotlib Axes.
        strokes: points of each stroke, shape (points, 2), y upwards; between two strokes the pen is off the paper.
        colour: of the line.
        width: of the line, in points.

    Returns:
        The Axes.
    """
    for stroke in strokes:
        axes.plot(*smooth(stroke).T, color=colour, linewidth=width, solid_capstyle="round")
    axes.set_aspect("equal")
    axes.axis("off")
    return axes


def smooth(points: np.ndarray, between: int = 8) -> np.ndarray:
    """A curve through the points, by Catmull and Rom: `between` places from each to the next.

    Example:
        >>> smooth([[0.0, 0.0], [1.0, 2.0], [2.0, 0.0]], between=2)[::2].tolist()
        [[0.0, 0.0], [1.0, 2.0], [2.0, 0.0]]
    """
    points = np.asarray(points, dtype=float)
    if len(points) < 3:
        return points
    at = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    a, b, c, d = at[:-3, None], at[1:-2, None], at[2:-1, None], at[3:, None]
    t = np.linspace(0, 1, between, endpoint=False)[:, None]
    slope_b, slope_c = (c - a) / 2, (d - b) / 2
    curve = b + t * slope_b + t**2 * (3 * (c - b) - 2 * slope_b - slope_c) + t**3 * (2 * (b - c) + slope_b + slope_c)
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])
