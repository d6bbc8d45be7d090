"""How a cost grows with a net's size."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def growth(
    axes: Any, sizes: np.ndarray, costs: Mapping[str, np.ndarray], ylabel: str, powers: tuple[int, ...] = ()
) -> Any:
    """Draw costs against sizes, both logarithmic, with straight lines of given powers through the last points.

    Args:
        axes: matplotlib Axes.
        sizes: numbers of units, shape (S,).
        costs: by name, each of shape (S,).
        ylabel: the cost, with its unit.
        powers: for the first costs in turn, the power of the size that they should grow with.

    Returns:
        The Axes.
    """
    sizes = np.asarray(sizes)
    for colour, marker, (name, values) in zip(COLOURS, "os^D", costs.items(), strict=False):
        axes.plot(sizes, values, color=colour, marker=marker, markersize=5, linewidth=1.5, label=name)
    low = min(np.min(values) for values in costs.values())
    for power, values in zip(powers, costs.values(), strict=False):
        line = values[-1] * (sizes / sizes[-1]) ** power
        kept = line >= low / 2
        axes.plot(sizes[kept], line[kept], color="0.4", linewidth=1, linestyle="--", zorder=1)
        axes.annotate(
            "~ n" if power == 1 else f"~ n{'⁰¹²³⁴⁵⁶⁷⁸⁹'[power]}",
            (sizes[-1], values[-1]),
            textcoords="offset points",
            xytext=(8, -3),
        )
    axes.set(xscale="log", yscale="log", xlabel="units n", ylabel=ylabel)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return axes
