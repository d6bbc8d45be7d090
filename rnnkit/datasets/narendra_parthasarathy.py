"""Narendra and Parthasarathy's second plant, a benchmark of system identification."""

from typing import Any

import numpy as np


def narendra_parthasarathy(inputs: Any) -> np.ndarray:
    """The answer of a second-order nonlinear plant to an input, at rest before the first step.

    y(k) = y(k−1) y(k−2) (y(k−1) + 2.5) / (1 + y(k−1)² + y(k−2)²) + u(k)    (1)

    The paper calls y(k) here y(k+1), so that its u(k) acts one step later. It trains on u random in [−2, 2] and tests
    on u(k) = sin(2πk/25).

    Args:
        inputs: u, shape (steps,).

    Returns:
        y, shape (steps,): y[k] is the first value that u[k] acts on.

    Raises:
        ValueError: inputs that are not of rank 1.

    Source:
        K. S. Narendra and K. Parthasarathy, Identification and Control of Dynamical Systems Using Neural Networks
        (1990), example 2.

    Example:
        >>> narendra_parthasarathy([1.0, 0.5, -1.0]).round(3).tolist()
        [1.0, 0.5, -0.333]
    """
    inputs = np.asarray(inputs, dtype=float)
    if inputs.ndim != 1:
        raise ValueError(f"inputs: expected shape (steps,), received {inputs.shape}.")
    one = two = 0.0
    outputs = np.empty_like(inputs)
    for k, u in enumerate(inputs):
        outputs[k] = one * two * (one + 2.5) / (1 + one**2 + two**2) + u  # (1)
        one, two = outputs[k], one
    return outputs
