"""Eigenvalues in the complex plane, with the unit circle."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def eigenvalues(
    axes: Any,
    values: np.ndarray,
    limit: float = 1.6,
    colour: str = COLOURS[0],
    *,
    size: float = 3,
    disc: tuple[float, float] | None = None,
) -> Any:
    """Draw eigenvalues as points; the circle divides those that shrink from those that grow.

    Args:
        axes: matplotlib Axes.
        values: complex, any shape.
        limit: both axes go from -limit to limit; points outside are drawn at its edge.
        colour: of the points.
        size: of the points; small ones let many lie over each other.
        disc: centre, on the real axis, and radius of a circle to be drawn dashed, with a cross at its centre.

    Returns:
        The Axes.
    """
    angle = np.linspace(0, 2 * np.pi, 200)
    axes.fill(np.cos(angle), np.sin(angle), color="0.93", zorder=0)
    axes.plot(np.cos(angle), np.sin(angle), color="0.4", linewidth=1)
    if disc is not None:
        centre, radius = disc
        axes.plot(centre + radius * np.cos(angle), radius * np.sin(angle), "--", color=COLOURS[5], linewidth=1.2)
        axes.plot(centre, 0, "+", color=COLOURS[5], markersize=12, markeredgewidth=2)
    points = np.ravel(values)
    real, imaginary = (np.clip(part, -limit, limit) for part in (points.real, points.imag))
    axes.plot(real, imaginary, ".", color=colour, markersize=size, alpha=min(1.0, 0.12 * size), markeredgewidth=0)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xlabel="real part", ylabel="imaginary part")
    axes.set_xticks((-1, 0, 1))
    axes.set_yticks((-1, 0, 1))
    return axes
