"""How fast different rules learn, per pass or per second."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def learning_curves(
    axes: Any, curves: Mapping[str, tuple[np.ndarray, np.ndarray]], xlabel: str, guess: float = 0.5
) -> Any:
    """Draw errors against the effort they took, on a logarithmic scale: median and range over the seeds.

    Args:
        axes: matplotlib Axes.
        curves: for each rule its efforts, shape (points,), and its errors there, shape (seeds, points).
        xlabel: the effort, with its unit.
        guess: error of a net that knows nothing, marked by a line.

    Returns:
        The Axes, without a legend: panels side by side share one.
    """
    axes.axhline(guess, color="0.4", linewidth=1.2, linestyle=":", label=f"a guess ({guess:g})")
    for (colour, marker), (name, (effort, errors)) in zip(_STYLES, curves.items(), strict=False):
        axes.fill_between(effort, errors.min(axis=0), errors.max(axis=0), color=colour, alpha=0.15, linewidth=0)
        axes.plot(
            effort, np.median(errors, axis=0), color=colour, marker=marker, markersize=5, linewidth=1.5, label=name
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, place: f"{value:g}")
    axes.set(xlabel=xlabel, ylabel="RMS error of the predicted bit")
    axes.grid(alpha=0.3)
    return axes


# Yellow is too pale for a line.
_STYLES = list(zip([colour for colour in COLOURS if colour != "#F0E442"], "os^DvPX", strict=True))
