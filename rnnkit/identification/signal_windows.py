"""Windows of a signal: a past, cut into frames, and the samples that follow it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnkit._checks import integer, positive_integer


class Windows(NamedTuple):
    """Pasts and what followed them; row w starts at sample starts[w] of the signal.

    Attributes:
        past: shape (windows, past samples).
        target: the samples right after the past, never one of it, shape (windows, n_output).
        starts: shape (windows,).
    """

    past: np.ndarray
    target: np.ndarray
    starts: np.ndarray


def cut_windows(signal: np.ndarray, n_past: int, n_output: int, stride: int = 1) -> Windows:
    """Cut all windows of n_past + n_output samples whose start is a multiple of `stride`.

    Args:
        signal: shape (samples,).
        n_past: samples that a prediction may see.
        n_output: samples to predict.
        stride: samples between the starts of two windows.

    Returns:
        The windows, as copies; none (shape (0, ...)) when the signal is shorter than one window.

    Raises:
        ValueError: a size below 1, or a signal that is not of rank 1.

    Example:
        >>> windows = cut_windows(np.arange(10), n_past=4, n_output=2, stride=3)
        >>> windows.past.tolist(), windows.target.tolist()
        ([[0, 1, 2, 3], [3, 4, 5, 6]], [[4, 5], [7, 8]])
    """
    _check_sizes(n_past=n_past, n_output=n_output, stride=stride)
    signal = np.asarray(signal)
    if signal.ndim != 1:
        raise ValueError(f"signal: expected shape (samples,), received {signal.shape}. Choose one axis.")
    span = n_past + n_output
    starts = np.arange(0, max(len(signal) - span + 1, 0), stride)
    whole = signal[starts[:, None] + np.arange(span)]
    return Windows(whole[:, :n_past], whole[:, n_past:], starts)


def cut_frames(past: np.ndarray, n_step: int, n_input: int, hop: int | None = None) -> np.ndarray:
    """Cut each past into n_step frames of n_input samples, as a recurrent network reads it.

    Args:
        past: shape (windows, (n_step − 1) · hop + n_input).
        n_step: frames.
        n_input: samples a frame.
        hop: samples between the starts of two frames; n_input (the default) puts them end to end, fewer overlap.

    Returns:
        Shape (windows, n_step, n_input).

    Raises:
        ValueError: a size below 1, or a past of another length.

    Example:
        >>> cut_frames(np.arange(7)[None], n_step=3, n_input=3, hop=2).tolist()
        [[[0, 1, 2], [2, 3, 4], [4, 5, 6]]]
    """
    hop = n_input if hop is None else hop
    _check_sizes(n_step=n_step, n_input=n_input, hop=hop)
    past = np.asarray(past)
    expected = (n_step - 1) * hop + n_input
    if past.ndim != 2 or past.shape[1] != expected:
        raise ValueError(
            f"past: expected shape (windows, {expected}) for {n_step} frames of {n_input} samples every {hop}, "
            f"received {past.shape}."
        )
    return past[:, hop * np.arange(n_step)[:, None] + np.arange(n_input)]


def split_by_time(n_samples: int, shares: Sequence[float], gap: int) -> list[slice]:
    """Split a recording into consecutive parts, with `gap` samples between two parts that belong to none.

    Windows cut inside one part share no sample with windows of another; the gap keeps them apart by a further `gap`
    samples, since neighbours in time resemble each other.

    Args:
        n_samples: the recording's length.
        shares: of what remains after the gaps, in time order; they add up to 1.
        gap: samples dropped between two parts, 0 or more.

    Returns:
        One slice a part.

    Raises:
        ValueError: shares that are not positive or do not add up to 1, a negative gap, or a recording too short.

    Example:
        >>> split_by_time(100, (0.5, 0.5), gap=10)
        [slice(0, 45, None), slice(55, 100, None)]
    """
    if len(shares) < 2 or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"shares: expected two or more positive numbers that add up to 1, received {shares}.")
    integer("gap", gap, 0, "0 samples or more")
    kept = n_samples - gap * (len(shares) - 1)
    edges = np.floor(np.cumsum([0.0, *shares]) * kept + 1e-9).astype(int)
    if kept < 1 or (np.diff(edges) < 1).any():
        raise ValueError(
            f"n_samples: expected enough for {len(shares)} parts and {len(shares) - 1} gaps of {gap} samples, "
            f"received {n_samples}. Use a longer recording or a smaller gap."
        )
    return [slice(int(a) + k * gap, int(b) + k * gap) for k, (a, b) in enumerate(zip(edges, edges[1:], strict=False))]


def _check_sizes(**sizes: int) -> None:
    for name, size in sizes.items():
        positive_integer(name, size, "a whole number above 0")
