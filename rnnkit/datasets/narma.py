"""NARMA: a nonlinear system with a memory of ten steps, to be learnt from its input and output."""

from typing import Any

import numpy as np

from rnnkit._checks import finite_array, positive_integer


def narma(inputs: Any, order: int = 10) -> np.ndarray:
    """The answer of the NARMA system to an input, at rest before the first step.

    y(k) = 0.3 y(k−1) + 0.05 y(k−1) Σ_{i=1..n} y(k−i) + 1.5 u(k−1) u(k−n) + 0.1    (1)

    with n the order. The usual input is independent and uniform in [0, 0.5]; a few of such inputs make the system of
    order 10 run away.

    Args:
        inputs: u, shape (steps,).
        order: n.

    Returns:
        y, shape (steps,). u(k) itself has no part in y(k).

    Raises:
        ValueError: inputs that are not of rank 1, an order that is not a positive integer, or inputs that the system
            runs away with.

    Source:
        A. F. Atiya and A. G. Parlos (2000), equation (86).

    Example:
        >>> narma([0.4, 0.2, 0.0, 0.5], order=2).round(4).tolist()
        [0.0, 0.1, 0.2505, 0.1795]
    """
    u, order = finite_array("inputs", inputs, "(steps,)", ndim=1), positive_integer("order", order)
    y = np.zeros(len(u) + order)
    driven = np.concatenate([np.zeros(order), u])
    for k in range(order + 1, len(y)):
        past = y[k - order : k]
        y[k] = 0.3 * past[-1] + 0.05 * past[-1] * past.sum() + 1.5 * driven[k - 1] * driven[k - order] + 0.1  # (1)
        if not abs(y[k]) < 1e3:
            raise ValueError(f"inputs: the system runs away with them at step {k - order}. Take another seed.")
    return y[order:]
