"""The error over two weights, with paths of optimizers on it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm

from rnnkit.plots import COLOURS


def error_surface(
    axes: Any,
    error: Callable[[np.ndarray, np.ndarray], np.ndarray],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    paths: dict[str, np.ndarray] | None = None,
    labels: tuple[str, str] = ("$v_x$", "$v_f$"),
    minimum: tuple[float, float] | None = None,
    points: int = 160,
) -> Any:
    """Draw an error in logarithmic colours.

    Args:
        axes: matplotlib Axes.
        error: takes two grids of weights, gives the error on them.
        x_range, y_range: of the two weights.
        paths: for each name the weights after every step, shape (steps, 2).
        labels: of the two weights.
        minimum: marked by a star.
        points: of the grid, each way.

    Returns:
        The Axes.
    """
    grid = np.meshgrid(np.linspace(*x_range, points), np.linspace(*y_range, points))
    values = np.maximum(error(*grid), 1e-6)
    low, high = max(values.min(), 1e-3), values.max()
    mesh = axes.pcolormesh(*grid, values, norm=LogNorm(low, high), cmap="cividis", shading="auto", rasterized=True)
    axes.figure.colorbar(mesh, ax=axes, label="mean squared error (log)", pad=0.02)
    colours = (COLOURS[1], COLOURS[3], COLOURS[4])
    for colour, marker, (name, path) in zip(colours, "osv", (paths or {}).items(), strict=False):
        axes.plot(*path.T, color="black", linewidth=2.2)
        axes.plot(*path.T, color=colour, linewidth=1.2, marker=marker, markersize=3, label=name)
    spot: dict[str, Any] = {"color": "white", "markeredgecolor": "black", "linestyle": "none"}
    if paths:
        first = next(iter(paths.values()))[0]
        axes.plot(*first, "X", **spot, markersize=11, label="start")
    if minimum is not None:
        axes.plot(*minimum, "*", **spot, markersize=14, label="minimum")
    axes.set(xlabel=labels[0], ylabel=labels[1], xlim=x_range, ylim=y_range)
    if paths or minimum:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    return axes
