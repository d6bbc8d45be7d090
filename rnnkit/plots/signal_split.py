"""A recording split by time, with windows in it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS

PARTS = ("training", "validation", "test")
# A line through more samples than these would be one black band.
MOST_SAMPLES, COLUMNS = 5000, 300


def signal_split(
    axes: Any,
    signal: np.ndarray,
    split: Sequence[slice],
    sampling_rate: float,
    *,
    windows: Sequence[tuple[int, int, int]] = (),
    unit: str = "g",
) -> Any:
    """Draw a signal; its parts are shaded and named, the gaps between them are left white.

    Of a long signal the range is drawn, from least to greatest in each of 300 columns.

    Args:
        axes: matplotlib Axes.
        signal: shape (samples,).
        split: slices of training, validation and test.
        sampling_rate: in Hz.
        windows: for each its first sample, samples of its past, samples to predict; one above the other, in turns.
        unit: of the signal.

    Returns:
        The Axes.
    """
    if len(signal) <= MOST_SAMPLES:
        axes.plot(np.arange(len(signal)) / sampling_rate, signal, color="0.35", linewidth=0.9)
    else:
        starts = np.linspace(0, len(signal), COLUMNS, endpoint=False).astype(int)
        ranges = np.minimum.reduceat(signal, starts), np.maximum.reduceat(signal, starts)
        axes.fill_between(starts / sampling_rate, *ranges, color="0.6", linewidth=0)
    low, high = float(np.min(signal)), float(np.max(signal))
    step = 0.13 * (high - low)
    for part, name, colour in zip(split, PARTS, COLOURS, strict=False):
        begin, end = part.start / sampling_rate, part.stop / sampling_rate
        axes.axvspan(begin, end, color=colour, alpha=0.22, lw=0)
        axes.text((begin + end) / 2, high + 3.6 * step, name, ha="center", va="center")
    for number, (first, n_past, n_output) in enumerate(windows):
        height = high + step * (1 + number % 2)
        edges = np.array([first, first + n_past, first + n_past + n_output]) / sampling_rate
        thick = {"linewidth": 4, "solid_capstyle": "butt"}
        axes.plot(edges[:2], [height] * 2, color="black", label="a past" if number == 0 else None, **thick)
        axes.plot(edges[1:], [height] * 2, color=COLOURS[5], label="its target" if number == 0 else None, **thick)
    axes.set(xlabel="time (s)", ylabel=f"acceleration ({unit})", xlim=(0, len(signal) / sampling_rate))
    axes.set_ylim(low - step, high + 4.6 * step)
    if windows:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return axes
