"""How much of each exercise's points a class reached."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from rnnkit.plots import COLOURS


def exercise_difficulty(ax: Axes, shares: Mapping[str, Sequence[float]]) -> Axes:
    """Draw a bar an exercise for the mean share of its points, a diamond for the median, and who had all and nothing.

    Args:
        ax: where to draw.
        shares: for each exercise, from top to bottom, the share (0 … 1) that each hand-in reached; may be empty.

    Returns:
        The same Axes.
    """
    rows = np.arange(len(shares))
    means = [float(np.mean(values)) if len(values) else 0.0 for values in shares.values()]
    ax.barh(rows, means, color=COLOURS[4], height=0.65, label="mean")
    for row, values in zip(rows, shares.values(), strict=True):
        if len(values):
            ax.plot(np.median(values), row, "D", color=COLOURS[5], markersize=6, clip_on=False, zorder=3)
            full, zero = sum(value >= 1 for value in values), sum(value <= 0 for value in values)
            text = f"{full} full, {zero} zero"
        else:
            text = "not marked yet"
        ax.annotate(text, (1.04, row), xycoords=("axes fraction", "data"), va="center", fontsize="small")
    ax.plot([], [], "D", color=COLOURS[5], markersize=6, label="median")
    ax.set_yticks(rows, list(shares))
    ax.set(xlim=(0, 1), ylim=(len(shares) - 0.4, -0.6), xlabel="share of the points")
    ax.set_xticks(np.linspace(0, 1, 6), [f"{share:.0%}" for share in np.linspace(0, 1, 6)])
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
