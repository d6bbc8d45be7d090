"""Who fired when: a dot for each spike."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def spike_raster(axes: Any, when: np.ndarray, who: np.ndarray, inhibits: np.ndarray, *, ends: float = 0.0) -> Any:
    """Draw spikes, those of inhibitory neurons on top in a colour and shape of their own.

    Args:
        axes: matplotlib Axes.
        when: times in ms, shape (K,).
        who: numbers of the neurons, shape (K,).
        inhibits: whether each neuron inhibits, shape (N,).
        ends: where the pattern that was shown ends, in ms: the time up to there is shaded. 0 for nothing.

    Returns:
        The Axes.
    """
    inhibits = np.asarray(inhibits, dtype=bool)
    row = np.empty(len(inhibits), dtype=int)
    row[np.argsort(inhibits, kind="stable")] = np.arange(len(inhibits))
    if ends > 0:
        axes.axvspan(0, ends, color="0.93", zorder=0)
    for kind, colour, marker, label in ((False, COLOURS[0], "|", "excitatory"), (True, COLOURS[5], ".", "inhibitory")):
        chosen = inhibits[np.asarray(who, dtype=int)] == kind
        axes.plot(
            np.asarray(when)[chosen], row[np.asarray(who)[chosen]], marker, color=colour, markersize=3, label=label
        )
    axes.set(xlabel="time (ms)", ylabel="neuron", ylim=(-1, len(inhibits)))
    return axes
