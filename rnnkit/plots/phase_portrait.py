"""Where the states of a system with two coordinates move, and where they rest."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS

# Marker, face and colour by kind, told apart by shape as well as by colour.
_MARKS = {
    "stable": ("o", COLOURS[0], COLOURS[0]),
    "saddle": ("D", "white", COLOURS[5]),
    "unstable": ("s", "white", "black"),
}


def phase_portrait(axes: Any, moves: Any, limits: tuple[float, float, float, float], arrows: int = 17) -> Any:
    """Draw an arrow of equal length at each point of a grid, the darker the faster.

    Args:
        axes: matplotlib Axes.
        moves: takes points, shape (points, 2), returns how each moves: F(x) − x for a map, dx/dt for a flow.
        limits: left, right, bottom, top.
        arrows: in a row.

    Returns:
        The Axes.
    """
    left, right, bottom, top = limits
    x, y = np.meshgrid(np.linspace(left, right, arrows), np.linspace(bottom, top, arrows))
    d = moves(np.stack([x.ravel(), y.ravel()], axis=1))
    # In parts of the axes' sides, so that arrows have the same length on the page.
    scaled = d / [right - left, top - bottom]
    speed = np.linalg.norm(scaled, axis=1)
    unit = scaled / np.maximum(speed, 1e-12)[:, None] * [right - left, top - bottom]
    axes.quiver(
        *(x, y, unit[:, 0], unit[:, 1], np.log10(np.maximum(speed, 1e-4))),
        **{"angles": "xy", "pivot": "mid", "scale": 1.6 * arrows, "scale_units": "width", "width": 0.003},
        **{"cmap": "Greys", "clim": (-4.0, 0.7)},
    )
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$")
    return axes


def mark_fixed_points(axes: Any, points: np.ndarray, kinds: list[str]) -> Any:
    """Draw fixed points: discs where stable, open diamonds for saddles, open squares where unstable.

    Args:
        axes: matplotlib Axes.
        points: shape (points, 2).
        kinds: "stable", "saddle" or "unstable", one a point.

    Returns:
        The Axes.
    """
    for kind, (marker, face, edge) in _MARKS.items():
        chosen = np.array([one == kind for one in kinds])
        if chosen.any():
            axes.plot(
                *points[chosen].T,
                **{"marker": marker, "linestyle": "", "markersize": 8, "markeredgewidth": 1.8, "zorder": 5},
                **{"markerfacecolor": face, "markeredgecolor": edge, "label": f"fixed point, {kind}"},
            )
    return axes
