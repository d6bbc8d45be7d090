"""Period and amplitude of an oscillation that was sampled."""

import numpy as np


def rising_times(series: np.ndarray, level: float = 0.0, dt: float = 1.0) -> np.ndarray:
    """When a series rises through a level, between samples on a straight line.

    Args:
        series: shape (T,); sample k is taken at k · dt.
        level: in the series' units.
        dt: time between two samples.

    Returns:
        The times, shape (crossings,).

    Example:
        >>> rising_times(np.array([-1.0, 1.0, -1.0, 3.0]), dt=2.0).tolist()
        [1.0, 4.5]
    """
    y = np.asarray(series, dtype=float) - level
    before = np.flatnonzero((y[:-1] < 0) & (y[1:] >= 0))
    return dt * (before - y[before] / (y[before + 1] - y[before]))


def period_and_amplitude(series: np.ndarray, dt: float = 1.0) -> tuple[float, float]:
    """The mean time between two rises through zero, and the mean height of the peaks of |y|, by parabolas.

    Args:
        series: an oscillation around zero without its transient, shape (T,), of two periods at least.
        dt: time between two samples.

    Returns:
        Period, in dt's units, and amplitude, in the series'. NaN where the series does not rise through zero twice.

    Example:
        >>> t = np.arange(0, 20, 0.1)
        >>> tuple(round(value, 3) for value in period_and_amplitude(3 * np.sin(2 * t), 0.1))
        (3.142, 3.0)
    """
    y = np.asarray(series, dtype=float)
    times = rising_times(y, 0.0, dt)
    if len(times) < 2:
        return float("nan"), float("nan")
    a, b, c = (np.abs(part) for part in (y[:-2], y[1:-1], y[2:]))
    # A peak of |y| is a sample that is above its neighbours, and not a zero between two of them.
    top = (b >= a) & (b > c) & (np.sign(y[:-2]) == np.sign(y[2:]))
    bend = (a - 2 * b + c)[top]
    heights = b[top] - (c - a)[top] ** 2 / (8 * bend)
    return float(np.diff(times).mean()), float(heights.mean())
