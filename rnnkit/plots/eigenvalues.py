"""Eigenvalues in the complex plane, with the unit circle."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def eigenvalues(axes: Any, values: np.ndarray, limit: float = 1.6, colour: str = COLOURS[0]) -> Any:
    """Draw eigenvalues as points; the circle divides those that shrink from those that grow.

    Args:
        axes: matplotlib Axes.
        values: complex, any shape.
        limit: both axes go from -limit to limit; points outside are drawn at its edge.
        colour: of the points.

    Returns:
        The Axes.
    """
    angle = np.linspace(0, 2 * np.pi, 200)
    axes.fill(np.cos(angle), np.sin(angle), color="0.93", zorder=0)
    axes.plot(np.cos(angle), np.sin(angle), color="0.4", linewidth=1)
    points = np.ravel(values)
    real, imaginary = (np.clip(part, -limit, limit) for part in (points.real, points.imag))
    axes.plot(real, imaginary, ".", color=colour, markersize=3, alpha=0.35, markeredgewidth=0)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xlabel="real part", ylabel="imaginary part")
    axes.set_xticks((-1, 0, 1))
    axes.set_yticks((-1, 0, 1))
    return axes
