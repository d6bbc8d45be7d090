"""How fast different rules learn, per pass or per second."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def learning_curves(
    panels: Sequence[Any], curves: Mapping[str, tuple[np.ndarray, np.ndarray]], xlabel: str, guess: float = 0.5
) -> None:
    """Draw errors against the effort they took, on a logarithmic scale: a panel for each rule.

    Each start is a thin line, the median a thick one. The medians of the other rules stand behind in grey, so that all
    can be compared although none hides another.

    Args:
        panels: matplotlib Axes, one for each rule.
        curves: for each rule its efforts, shape (points,), and its errors there, shape (seeds, points).
        xlabel: the effort, with its unit.
        guess: error of a net that knows nothing, marked by a line.
    """
    medians = {name: (effort, np.median(errors, axis=0)) for name, (effort, errors) in curves.items()}
    for axes, colour, (name, (effort, errors)) in zip(panels, _LINES, curves.items(), strict=False):
        axes.axhline(guess, color="0.4", linewidth=1.2, linestyle=":")
        for other, line in medians.items():
            if other != name:
                axes.plot(*line, color="0.75", linewidth=1, zorder=1)
        for one in errors:
            axes.plot(effort, one, color=colour, linewidth=0.8, alpha=0.6)
        axes.plot(*medians[name], color=colour, linewidth=2.5, marker="o", markersize=4)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, place: f"{value:g}")
        axes.set_title(name, fontsize="medium")
        axes.set_xlabel(xlabel)
        axes.grid(alpha=0.3)


# Yellow is too pale for a line.
_LINES = [colour for colour in COLOURS if colour != "#F0E442"]
