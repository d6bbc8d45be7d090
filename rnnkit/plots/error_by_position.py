"""Elman's figure: the error at each step of a cycle."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def error_by_position(axes: Any, curves: dict[str, np.ndarray], predictable: int = 2, period: int = 3) -> Any:
    """Draw the root mean square error over a cycle, mean and range over the seeds.

    Args:
        axes: matplotlib Axes.
        curves: for each net an array (seeds, cycle).
        predictable: position within a period that can be predicted; shaded.
        period: steps after which the stream's kind of bit repeats.

    Returns:
        The Axes.
    """
    cycle = next(iter(curves.values())).shape[1]
    steps = np.arange(1, cycle + 1)
    for step in steps[predictable::period]:
        axes.axvspan(step - 0.5, step + 0.5, color="0.92", zorder=0)
    axes.axhline(0.5, color="0.5", linewidth=1, linestyle=":", label="a guess (0.5)")
    for place, (colour, marker, (name, values)) in enumerate(zip(COLOURS, "os^Dv", curves.items(), strict=False)):
        mean, low, high = values.mean(axis=0), values.min(axis=0), values.max(axis=0)
        beside = steps + 0.12 * (place - (len(curves) - 1) / 2)  # nets that do equally well would hide each other
        axes.errorbar(
            beside,
            mean,
            yerr=[mean - low, high - mean],
            color=colour,
            marker=marker,
            label=name,
            capsize=2,
            linewidth=1,
        )
    axes.set(xlabel="step of the cycle (grey: the bit that is a XOR b)", ylabel="RMS error of the next bit")
    axes.set(ylim=(0, 0.62), xlim=(0.5, cycle + 0.5), xticks=steps)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False)
    return axes
