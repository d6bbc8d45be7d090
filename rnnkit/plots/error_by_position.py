"""Elman's figure: the error at each step of a cycle."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def error_by_position(axes: Any, curves: dict[str, np.ndarray], foretold: int = 2, period: int = 3) -> Any:
    """Draw the root mean square error over a cycle, mean and range over the seeds.

    Args:
        axes: matplotlib Axes.
        curves: for each net an array (seeds, cycle).
        foretold: position within a period that can be foretold; shaded.
        period: steps after which the stream's kind of bit repeats.

    Returns:
        The Axes.
    """
    cycle = next(iter(curves.values())).shape[1]
    steps = np.arange(1, cycle + 1)
    for step in steps[foretold::period]:
        axes.axvspan(step - 0.5, step + 0.5, color="0.92", zorder=0)
    axes.axhline(0.5, color="0.5", linewidth=1, linestyle=":", label="a guess (0.5)")
    markers = "os^Dv"
    for colour, marker, (name, values) in zip(COLOURS, markers, curves.items(), strict=False):
        axes.fill_between(steps, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, linewidth=0)
        axes.plot(steps, values.mean(axis=0), color=colour, marker=marker, label=name)
    axes.set(xlabel="step of the cycle (grey: the bit that is a XOR b)", ylabel="RMS error of the next bit")
    axes.set(ylim=(0, 0.62), xlim=(0.5, cycle + 0.5), xticks=steps)
    axes.legend(loc="lower left", ncols=2, framealpha=0.95)
    return axes
