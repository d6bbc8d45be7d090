"""Basins of attraction as a coloured plane."""

from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap

from rnnkit.plots import COLOURS

_MARKERS = "o^sDvP*"
_SHARES = (0.75, 0.45, 0.3)  # of a colour in its shade; where two hues look alike, lightness still differs


def basin_map(
    axes: Any,
    labels: np.ndarray,
    limits: tuple[float, float, float, float],
    names: list[str],
    points: list[np.ndarray] | None = None,
) -> Any:
    """Colour each start by the attractor that it reaches.

    Args:
        axes: matplotlib Axes.
        labels: numbers of attractors, −1 for none, which stays white; shape (rows, columns), the bottom row first.
        limits: left, right, bottom, top of the plane.
        names: of the attractors, for the legend.
        points: of each attractor, shape (points, 2), if they shall be drawn too.

    Returns:
        The Axes.
    """
    shades = [_pale(COLOURS[i % len(COLOURS)], _SHARES[i % len(_SHARES)]) for i in range(len(names))]
    shown = np.ma.masked_less(labels, 0)
    axes.imshow(
        shown,
        **{"origin": "lower", "extent": limits, "aspect": "auto", "interpolation": "nearest"},
        **{"cmap": ListedColormap(shades), "vmin": -0.5, "vmax": len(names) - 0.5},
    )
    for i, name in enumerate(names):
        style = {"marker": _MARKERS[i % len(_MARKERS)], "color": COLOURS[i % len(COLOURS)], "linestyle": ""}
        few = points is not None and len(points[i]) <= 64
        if points is not None:
            size = {"markersize": 7, "markeredgecolor": "white"} if few else {"markersize": 2, "markeredgewidth": 0}
            axes.plot(*points[i].T, **style, **size)
        axes.plot([], [], **{**style, "marker": "s"}, markerfacecolor=shades[i], markersize=9, label=name)
    axes.set(xlim=limits[:2], ylim=limits[2:], xlabel="$x_1$ at the start", ylabel="$x_2$ at the start")
    return axes


def _pale(colour: str, share: float) -> tuple[float, ...]:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return tuple(share * rgb + 1 - share)
