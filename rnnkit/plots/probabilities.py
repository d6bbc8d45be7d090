"""The probabilities that two models give to the same states."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def probabilities(axes: Any, first: np.ndarray, second: np.ndarray, names: tuple[str, str]) -> Any:
    """Draw one point for each state, both scales logarithmic, and the line on which they are equal.

    Args:
        axes: matplotlib Axes.
        first, second: probabilities, shape (states,).
        names: of the two models.

    Returns:
        The Axes.
    """
    ends = [min(first.min(), second.min()) / 1.5, max(first.max(), second.max()) * 1.5]
    axes.plot(ends, ends, color="0.6", linewidth=1.2, zorder=1)
    axes.plot(first, second, "o", color=COLOURS[0], markersize=4, alpha=0.7)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, aspect="equal")
    axes.set(xlabel=f"p(x), {names[0]}", ylabel=f"p(x), {names[1]}")
    axes.grid(alpha=0.3)
    return axes
