"""How late hand-ins were."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rnnkit.plots import COLOURS


def late_day_bars(ax: Axes, days: Sequence[int], last: int = 7) -> Axes:
    """Draw how many hand-ins were 0, 1, … days late.

    Args:
        ax: where to draw.
        days: days late of each hand-in.
        last: this many days and more share one bar.

    Returns:
        The same Axes.
    """
    counts = np.bincount(np.minimum(np.asarray(days, dtype=int), last), minlength=last + 1)
    colours = [COLOURS[0], *[COLOURS[1]] * last]
    bars = ax.bar(np.arange(last + 1), counts, color=colours, width=0.7)
    ax.bar_label(bars, labels=[str(count) if count else "" for count in counts], padding=2)
    ax.set_xticks(np.arange(last + 1), ["in time", *map(str, range(1, last)), f"{last}+"])
    ax.set(xlabel="days late", ylabel="hand-ins")
    ax.margins(y=0.12)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines[["top", "right"]].set_visible(False)
    return ax
