"""Where many orbits are: the shape of a strange attractor."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def state_cloud(
    axes: Any, states: np.ndarray, *, colour: str = COLOURS[0], size: float = 0.6, alpha: float = 0.3
) -> Any:
    """Draw states as points of the plane.

    Args:
        axes: matplotlib Axes.
        states: shape (..., 2).
        colour, size, alpha: of the points.

    Returns:
        The Axes.
    """
    points = np.reshape(states, (-1, 2))
    axes.plot(*points.T, "o", color=colour, markersize=size, alpha=alpha, markeredgewidth=0, rasterized=True, zorder=2)
    axes.set(xlabel="$x_1$", ylabel="$x_2$")
    return axes
