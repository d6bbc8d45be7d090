"""How well an associative memory recalls, by how much it holds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def overlap_curve(axes: Any, loads: np.ndarray, overlaps: Mapping[str, np.ndarray], capacity: float = 0.138) -> Any:
    """Draw overlaps against the load: means, and the range over the nets.

    Args:
        axes: matplotlib Axes.
        loads: patterns for each unit, shape (loads,).
        overlaps: for each kind of net, shape (loads, nets).
        capacity: marked by a line.

    Returns:
        The Axes.
    """
    for colour, marker, (name, values) in zip(COLOURS, "os^D", overlaps.items(), strict=False):
        axes.fill_between(loads, values.min(axis=1), values.max(axis=1), color=colour, alpha=0.2, linewidth=0)
        axes.plot(loads, values.mean(axis=1), color=colour, marker=marker, markersize=5, linewidth=1.5, label=name)
    axes.axvline(capacity, color="0.4", linestyle=":", linewidth=1.2, label=f"capacity {capacity:g}")
    axes.set(xlabel="stored patterns for each unit, M / n", ylabel="overlap with the pattern", ylim=(0, 1.05))
    axes.locator_params(axis="x", nbins=6)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="lower left")
    return axes
