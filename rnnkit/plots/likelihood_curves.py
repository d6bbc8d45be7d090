"""How the likelihood of a model rises while it learns."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def likelihood_curves(
    axes: Any, updates: np.ndarray, curves: Mapping[str, np.ndarray], bound: float, bound_label: str
) -> Any:
    """Draw mean log-likelihoods against updates: means, and the range over the seeds.

    Args:
        axes: matplotlib Axes.
        updates: shape (points,).
        curves: for each way of learning, shape (seeds, points), in nats an example.
        bound: what no model can surpass, marked by a line.
        bound_label: its name.

    Returns:
        The Axes.
    """
    axes.axhline(bound, color="0.4", linestyle=":", linewidth=1.2, label=bound_label)
    for colour, style, (name, values) in zip(COLOURS, ("-", "--", "-."), curves.items(), strict=False):
        axes.fill_between(updates, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, linewidth=0)
        axes.plot(updates, values.mean(axis=0), style, color=colour, linewidth=1.8, label=name)
    axes.set(xlabel="updates", ylabel="ln p(v), nats a picture")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="lower right")
    return axes
