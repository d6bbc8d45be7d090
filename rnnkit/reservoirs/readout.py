r"""The linear readout in closed form, and how much of the past a reservoir's states hold."""

from typing import Any

import numpy as np

from rnnkit._checks import finite_array, number


def ridge(states: Any, targets: Any, penalty: float = 1e-8) -> tuple[np.ndarray, np.ndarray]:
    r"""The weights of a linear readout with the least squared error, and a penalty on their size.

    $$\min_{\Omega, \omega_0} \; \sum_k \lVert x(k)\,\Omega + \omega_0 - d(k) \rVert^2 + \beta \lVert \Omega \rVert^2
      \tag{1}$$
    $$\Omega = (X^\top X + \beta I)^{-1} X^\top D \tag{2}$$
    $$\omega_0 = \bar d - \bar x\,\Omega \tag{3}$$

    with X and D less their means $\bar x$, $\bar d$, so that ω₀ carries no penalty. (2) is computed by the singular
    values of X rather than those of XᵀX, which would lose half of the digits: the states of a reservoir depend on each
    other almost linearly, and small singular values matter.

    Args:
        states: x(1) ... x(T), shape (T, N).
        targets: d(1) ... d(T), shape (T, J).
        penalty: β, at least 0. With 0 it is least squares; of several solutions, the smallest.

    Returns:
        Ω, shape (N, J), and ω₀, shape (J,).

    Raises:
        ValueError: shapes other than these, a penalty below 0, values that are not finite.

    Example:
        >>> kernel, bias = ridge([[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]], penalty=0.0)
        >>> kernel.round(9).tolist(), bias.round(9).tolist()
        ([[2.0]], [1.0])
    """
    states, targets = finite_array("states", states), finite_array("targets", targets)
    if states.ndim != 2 or targets.ndim != 2 or len(states) != len(targets):
        raise ValueError(
            f"targets: expected shape (T, J) for states of shape (T, N), received {targets.shape} for {states.shape}."
        )
    number("penalty", penalty, least=0.0, expected="a number of at least 0")
    x_mean, d_mean = states.mean(axis=0), targets.mean(axis=0)
    left, singular, right = np.linalg.svd(states - x_mean, full_matrices=False)
    known = singular > np.finfo(float).eps * max(states.shape) * max(singular[0], np.finfo(float).tiny)
    inverse = np.where(known, singular, 0.0) / np.where(known, singular**2 + penalty, 1.0)
    Omega = right.T @ (inverse[:, None] * (left.T @ (targets - d_mean)))  # (2)
    omega_0 = d_mean - x_mean @ Omega  # (3)
    return Omega, omega_0


def memory_capacity(
    states: Any, inputs: Any, most: int, washout: int = 100, test: float = 0.5
) -> tuple[float, np.ndarray]:
    r"""How much of its past input a reservoir's states hold, by linear readouts.

    A readout for each delay d is fitted on the first part of the steps; on the rest, the square of the correlation
    of its output with the delayed input counts:

    $$MC_d = \frac{\operatorname{cov}^2(u(k-d), y_d(k))}{\operatorname{var} u(k)\,\operatorname{var} y_d(k)} \tag{4}$$
    $$MC = \sum_{d=1}^{D} MC_d \tag{5}$$

    For independent inputs MC is at most N, the number of units, whatever the reservoir is (Jaeger 2002).

    Args:
        states: x(1) ... x(T), shape (T, N).
        inputs: u(1) ... u(T), shape (T,), independent of each other.
        most: D, the longest delay; twice N is plenty.
        washout: so many first steps do not count; at least D are left out.
        test: fraction of the steps that is held out. Held-out steps keep (4) from counting what a readout of N
            weights fits by chance.

    Returns:
        MC, and MC_1 ... MC_D, shape (D,).

    Raises:
        ValueError: shapes other than these, or fewer steps than delays and units ask for.

    Example:
        >>> u = np.random.default_rng(0).normal(size=3000)
        >>> line = np.stack([np.roll(u, d) for d in range(1, 6)], axis=1)  # a delay line of 5
        >>> round(memory_capacity(line, u, most=20)[0], 1)
        5.0
    """
    states, inputs = np.asarray(states, dtype=float), np.asarray(inputs, dtype=float)
    if states.ndim != 2 or inputs.shape != states.shape[:1]:
        raise ValueError(f"inputs: expected shape (T,) for states {states.shape}, received {inputs.shape}.")
    first = max(washout, most)
    middle = first + int((1 - test) * (len(states) - first))
    if middle - first <= states.shape[1] or middle >= len(states) - 1:
        raise ValueError(
            f"states: expected more steps than delays and units ask for, received {len(states)} for most={most}, "
            f"washout={washout} and {states.shape[1]} units."
        )
    delayed = np.stack([inputs[first - d : len(inputs) - d] for d in range(1, most + 1)], axis=1)
    kernel, bias = ridge(states[first:middle], delayed[: middle - first], 0.0)
    outputs, wanted = states[middle:] @ kernel + bias, delayed[middle - first :]
    outputs, wanted = outputs - outputs.mean(axis=0), wanted - wanted.mean(axis=0)
    covariance = np.mean(outputs * wanted, axis=0)
    spread = np.maximum(outputs.var(axis=0) * wanted.var(axis=0), np.finfo(float).tiny)
    by_delay = covariance**2 / spread  # (4)
    total = by_delay.sum()  # (5)
    return float(total), by_delay
