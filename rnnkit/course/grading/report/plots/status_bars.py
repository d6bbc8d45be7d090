"""What became of the hand-ins of several units."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rnnkit.plots import COLOURS

HATCHES = ("", "//", "", "..", "", "\\\\", "", "xx")

NARROW = 0.03  # parts below this share of the longest bar have no room for a number


def status_bars(ax: Axes, counts: Mapping[str, Mapping[str, int]]) -> Axes:
    """Draw one bar a unit, divided by status, with the number in each part that has room for it.

    Args:
        ax: where to draw.
        counts: for each unit, from top to bottom, the number of students by status.

    Returns:
        The same Axes.
    """
    statuses = list(dict.fromkeys(status for by_status in counts.values() for status in by_status))
    most = max(sum(by_status.values()) for by_status in counts.values())
    rows, left = np.arange(len(counts)), np.zeros(len(counts))
    for number, status in enumerate(statuses):
        widths = np.array([by_status.get(status, 0) for by_status in counts.values()])
        colour, hatch = COLOURS[number % len(COLOURS)], HATCHES[number % len(HATCHES)]
        bars = ax.barh(rows, widths, left=left, height=0.6, color=colour, hatch=hatch, edgecolor="white", label=status)
        texts = [str(width) if width >= NARROW * most else "" for width in widths]
        box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
        for text in ax.bar_label(bars, labels=texts, label_type="center", fontsize="small"):
            if text.get_text():
                text.set_bbox(box)
        left = left + widths
    ax.set_yticks(rows, list(counts))
    ax.set(ylim=(len(counts) - 0.5, -0.5), xlabel="students")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=4)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
