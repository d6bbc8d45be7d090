"""Checks of arguments that the energy models share, and their random numbers."""

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np


def generator(random_state: Any) -> np.random.Generator:
    """A generator from a seed, None, a `RandomState` or a `Generator`, which is used as it is."""
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31)
    return np.random.default_rng(random_state)


def one_of(name: str, value: Any, options: Iterable[str]) -> str:
    """The value, or a ValueError that lists the options."""
    options = tuple(options)
    if value not in options:
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, options))}, received {value!r}.")
    return value


def number(name: str, value: Any, *, above: float = -np.inf, least: float = -np.inf) -> float:
    """The value as a finite float above, or at least, a limit; or a ValueError that names the argument."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or value <= above:
        limit = f" above {above:g}" if math.isfinite(above) else f", at least {least:g}" if math.isfinite(least) else ""
        raise ValueError(f"{name}: expected a finite number{limit}, received {value!r}.")
    if value < least:
        raise ValueError(f"{name}: expected a finite number, at least {least:g}, received {value!r}.")
    return float(value)


def symmetric_couplings(couplings: Any) -> np.ndarray:
    """J as float64, shape (n, n), or a ValueError: not square, not finite, not symmetric, diagonal not zero."""
    J = np.asarray(couplings, dtype=float)
    if J.ndim != 2 or J.shape[0] != J.shape[1]:
        raise ValueError(f"couplings: expected a square matrix, received shape {J.shape}.")
    if not np.isfinite(J).all():
        raise ValueError("couplings: expected finite numbers, received NaN or infinity.")
    if not np.allclose(J, J.T, rtol=1e-10, atol=1e-12):
        raise ValueError("couplings: expected a symmetric matrix, received another. Take (J + J.T) / 2.")
    if np.any(np.diag(J) != 0):
        raise ValueError("couplings: expected a diagonal of zeros, received another. Call np.fill_diagonal(J, 0).")
    return J


def two_valued(name: str, x: np.ndarray, values: tuple[float, float]) -> np.ndarray:
    """The array, or a ValueError where it holds other values than these two."""
    low, high = values
    other = x[(x != low) & (x != high)]
    if other.size:
        raise ValueError(
            f"{name}: expected the values {low:g} and {high:g} alone, received {other.flat[0]!s} among others. "
            f"Try np.where({name} > threshold, {high:g}, {low:g})."
        )
    return x
