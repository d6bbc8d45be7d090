r"""The Mackey-Glass series, a delay differential equation and the usual test of a reservoir's free run."""

from typing import Any

import numpy as np

from rnnkit._checks import integer, positive_integer


def mackey_glass(
    steps: int, tau: float = 17.0, seed: int | None = None, discard: int = 1000, substeps: int = 10, start: Any = None
) -> np.ndarray:
    r"""Samples, one a unit of time, of the Mackey-Glass equation, chaotic for τ ≥ 17.

    $$\frac{dy}{dt} = \frac{0.2\,y(t-\tau)}{1 + y(t-\tau)^{10}} - 0.1\,y(t) \tag{1}$$

    By the classical method of Runge and Kutta, with steps of 1 / substeps. The delayed value in the middle of a step
    comes from the cubic through the values and slopes at its ends, so that the error falls with the fourth power of
    the step. Echo state networks are usually given tanh(y − 1), which lies between −1 and 1.

    Args:
        steps: how many samples.
        tau: τ, a multiple of 1 / substeps. 17 is mildly chaotic, 30 more so.
        seed: y before the start is a constant, drawn from 1.1 to 1.3, so that each seed has a series of its own.
        discard: so many samples are left out first, until the series is on its attractor.
        substeps: steps of integration a sample.
        start: the constant itself, in place of a seed's.

    Returns:
        y, shape (steps,).

    Raises:
        ValueError: numbers that are not positive integers, or a τ that is no multiple of a step.

    Source:
        M. C. Mackey and L. Glass (1977); as a test of echo state networks, H. Jaeger (2001).

    Example:
        >>> y = mackey_glass(500, seed=0)
        >>> y.shape, bool(0.2 < y.min() < 0.5), bool(1.2 < y.max() < 1.4)
        ((500,), True, True)
    """
    steps, substeps = positive_integer("steps", steps), positive_integer("substeps", substeps)
    h, lag = 1.0 / substeps, round(tau * substeps)
    if lag < 1 or abs(lag - tau * substeps) > 1e-9:
        raise ValueError(f"tau: expected a positive multiple of 1 / substeps = {h:g}, received {tau!r}.")
    discard = integer("discard", discard, 0, "0 or more")
    before = np.random.default_rng(seed).uniform(1.1, 1.3) if start is None else float(start)
    total = (steps + discard) * substeps
    y, slope = [before] * (lag + 1), [0.0] * (lag + 1)
    slope[lag] = _slope(before, before)  # the slope jumps at the start: 0 before it
    for n in range(lag, lag + total):
        old, next_old = y[n - lag], y[n - lag + 1]
        left, right = slope[n - lag], slope[n - lag + 1] if n + 1 != 2 * lag else 0.0
        middle = (old + next_old) / 2 + h * (left - right) / 8
        k1 = _slope(y[n], old)
        k2 = _slope(y[n] + h / 2 * k1, middle)
        k3 = _slope(y[n] + h / 2 * k2, middle)
        k4 = _slope(y[n] + h * k3, next_old)
        y.append(y[n] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
        slope.append(_slope(y[-1], next_old))
    return np.array(y[lag::substeps][1:])[discard:]


def _slope(y: float, delayed: float) -> float:
    return 0.2 * delayed / (1 + delayed**10) - 0.1 * y  # (1)
