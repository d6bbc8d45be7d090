"""All states of a small net, a piece at a time, and sums over them."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.special import logsumexp

from rnnkit._checks import positive_integer

MOST = 20  # two-valued units; 2²⁰ is a million states


def all_states(n: int, values: tuple[float, float] = (0.0, 1.0)) -> np.ndarray:
    """Every state of n two-valued units, in the order of binary numbers: shape (2ⁿ, n).

    Raises:
        ValueError: n not a positive integer, or above 20.

    Example:
        >>> all_states(2, (-1.0, 1.0)).tolist()
        [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    return np.concatenate(list(pieces(n, values)))


def pieces(n: int, values: tuple[float, float] = (0.0, 1.0), most: int = 2**15) -> Iterator[np.ndarray]:
    """The states of `all_states`, at most so many at once: arrays of shape (rows, n)."""
    n = positive_integer("n", n)
    if n > MOST:
        raise ValueError(
            f"n: expected at most {MOST} units for enumeration, received {n}: 2^{n} states. "
            "Estimate instead, by sampling or, for an RBM, by annealed importance sampling."
        )
    low, high = values
    shifts = np.arange(n - 1, -1, -1)
    for start in range(0, 2**n, most):
        numbers = np.arange(start, min(start + most, 2**n))
        yield low + (high - low) * ((numbers[:, None] >> shifts) & 1)


def log_sum(n: int, values: tuple[float, float], log_weight: Callable[[np.ndarray], np.ndarray]) -> float:
    """ln Σ e^{log_weight(x)} over all states x of n units.

    Args:
        n: units.
        values: of a unit.
        log_weight: of states, shape (rows, n), to shape (rows,).

    Example:
        >>> round(log_sum(3, (0.0, 1.0), lambda x: x.sum(axis=1)) - 3 * float(np.log(1 + np.e)), 12)
        0.0
    """
    return float(logsumexp([logsumexp(log_weight(x)) for x in pieces(n, values)]))
