"""Checks of arguments that the energy models alone make; the general ones are in `rnnkit._checks`."""

from typing import Any

import numpy as np

from rnnkit._checks import finite_array


def symmetric_couplings(couplings: Any) -> np.ndarray:
    """J as float64, shape (n, n), or a ValueError: not square, not finite, not symmetric, diagonal not zero."""
    J = finite_array("couplings", couplings)
    if J.ndim != 2 or J.shape[0] != J.shape[1]:
        raise ValueError(f"couplings: expected a square matrix, received shape {J.shape}.")
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
