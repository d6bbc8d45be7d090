"""How a cost grows with a net's size."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS

# Yellow and pink are too pale for the letters beside a line.
_LINES = (COLOURS[0], COLOURS[5], COLOURS[2])


def growth(
    axes: Any, sizes: np.ndarray, costs: Mapping[str, np.ndarray], ylabel: str, powers: tuple[int, ...] = ()
) -> Any:
    """Draw costs against sizes, both logarithmic, with straight lines of given powers through the last points.

    Each line carries its name at its end, and the power of the dashed one beside it.

    Args:
        axes: matplotlib Axes.
        sizes: numbers of units m, shape (S,).
        costs: by name, each of shape (S,).
        ylabel: the cost, with its unit.
        powers: for the first costs in turn, the power of the size that they should grow with.

    Returns:
        The Axes.
    """
    sizes = np.asarray(sizes)
    low = min(np.min(values) for values in costs.values())
    for number, (colour, marker, (name, values)) in enumerate(zip(_LINES, "os^", costs.items(), strict=False)):
        axes.plot(sizes, values, color=colour, marker=marker, markersize=5, linewidth=1.8, label=name)
        label = name
        if number < len(powers):
            line = values[-1] * (sizes / sizes[-1]) ** powers[number]
            kept = line >= low / 2
            axes.plot(sizes[kept], line[kept], color=colour, linewidth=1, linestyle="--", zorder=1)
            label = f"{name} ~ m" + ("" if powers[number] == 1 else "⁰¹²³⁴⁵⁶⁷⁸⁹"[powers[number]])
        axes.annotate(
            label,
            (sizes[-1], values[-1]),
            textcoords="offset points",
            xytext=(8, 0),
            va="center",
            color=colour,
            annotation_clip=False,
        )
    axes.set(xscale="log", yscale="log", xlabel="units m", title=ylabel)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    return axes
