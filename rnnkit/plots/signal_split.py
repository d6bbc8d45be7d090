"""A recording split by time, with one window in it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS

PARTS = ("training", "validation", "test")


def signal_split(
    axes: Any,
    signal: np.ndarray,
    split: Sequence[slice],
    sampling_rate: float,
    *,
    window: tuple[int, int, int] | None = None,
    unit: str = "g",
) -> Any:
    """Draw a signal; its parts are shaded, the gaps between them are left white.

    Args:
        axes: matplotlib Axes.
        signal: shape (samples,).
        split: slices of training, validation and test.
        sampling_rate: in Hz.
        window: first sample of a window, samples of its past, samples to predict.
        unit: of the signal.

    Returns:
        The Axes.
    """
    axes.plot(np.arange(len(signal)) / sampling_rate, signal, color="black", linewidth=0.7)
    for part, name, colour in zip(split, PARTS, COLOURS, strict=False):
        axes.axvspan(part.start / sampling_rate, part.stop / sampling_rate, color=colour, alpha=0.22, lw=0, label=name)
    if window:
        first, n_past, n_output = window
        low, high = signal.min(), signal.max()
        height = high + 0.12 * (high - low)
        edges = np.array([first, first + n_past, first + n_past + n_output]) / sampling_rate
        axes.plot(edges[:2], [height, height], color="black", linewidth=4, solid_capstyle="butt", label="a past")
        axes.plot(edges[1:], [height, height], color=COLOURS[5], linewidth=4, solid_capstyle="butt", label="its target")
    axes.set(xlabel="time (s)", ylabel=f"acceleration ({unit})", xlim=(0, len(signal) / sampling_rate))
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return axes
