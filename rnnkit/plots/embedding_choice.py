"""How lag and dimension of a delay embedding are chosen."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def information_curve(axes: Any, information: np.ndarray, lag: int) -> Any:
    """Draw the mutual information over the lag.

    Args:
        axes: matplotlib Axes.
        information: I(0), I(1), … in nats.
        lag: the chosen one, which gets a mark.

    Returns:
        The Axes.
    """
    axes.plot(information, color=COLOURS[0])
    axes.plot(lag, information[lag], "o", color=COLOURS[5], label=f"first minimum: τ = {lag}")
    axes.set(xlabel="lag τ (samples)", ylabel="mutual information I (nats)", ylim=(0, None), xlim=(0, None))
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    return axes


def false_neighbour_curve(axes: Any, shares: dict[str, np.ndarray], at_most: float = 0.01) -> Any:
    """Draw the share of false neighbours over the dimension.

    Args:
        axes: matplotlib Axes.
        shares: by series, for m = 1, 2, ….
        at_most: the share that counts as none, drawn as a line.

    Returns:
        The Axes.
    """
    for (name, values), colour, mark in zip(shares.items(), COLOURS, ("o-", "s--", "^-."), strict=False):
        axes.plot(np.arange(1, len(values) + 1), 100 * np.asarray(values), mark, color=colour, label=name, markersize=4)
    axes.axhline(100 * at_most, color="0.5", linewidth=1, linestyle=":", label=f"{100 * at_most:g} %")
    axes.set(xlabel="dimension m", ylabel="false neighbours (%)", ylim=(-2, 102))
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    return axes
