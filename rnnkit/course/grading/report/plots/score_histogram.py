"""How many reached how many points."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rnnkit.plots import COLOURS


def score_histogram(ax: Axes, totals: Sequence[float], possible: float, bins: int = 10) -> Axes:
    """Draw totals as a histogram from nothing to all points, with a line at the median.

    Args:
        ax: where to draw.
        totals: points of each hand-in; those outside 0 … `possible` (extra credit) count in the last bar.
        possible: most points.
        bins: number of bars of equal width.

    Returns:
        The same Axes.
    """
    edges = np.linspace(0, possible or 1, bins + 1)
    ax.hist(np.clip(totals, 0, edges[-1]), edges.tolist(), color=COLOURS[0], edgecolor="white", linewidth=1)
    if len(totals):
        median = float(np.median(totals))
        ax.axvline(min(median, edges[-1]), color=COLOURS[5], linewidth=2)
        left = median < edges[-1] / 2
        ax.annotate(
            f"median {median:.3g}",
            (min(median, edges[-1]), 1),
            xycoords=("data", "axes fraction"),
            xytext=(4 if left else -4, 3),
            textcoords="offset points",
            ha="left" if left else "right",
            color=COLOURS[5],
        )
    ax.set(xlim=(0, edges[-1]), xlabel=f"points of {possible:g}", ylabel="hand-ins")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines[["top", "right"]].set_visible(False)
    return ax
