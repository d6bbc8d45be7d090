r"""Recurrent matrices of reservoirs, and the scale that puts the state Jacobian at the edge of stability."""

from typing import Any

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import ArpackNoConvergence, eigs

from rnnkit._checks import fraction, number, positive_integer

# Up to here all eigenvalues of a matrix are computed, above it Arnoldi's method finds the largest.
_DENSE_UNITS = 1200
_ROUNDS = 60


def random_matrix(units: int, connections: int | None = None, seed: Any = None) -> Any:
    """A random recurrent matrix, dense or sparse, its weights from the standard normal distribution.

    Args:
        units: N.
        connections: how many units, drawn without repetition, each unit hears. By default all.
        seed: an integer, or a NumPy generator.

    Returns:
        Shape (N, N), entry (i, j) being the weight from unit i to unit j: `x @ W` for rows x. An array, or with
        `connections` a scipy.sparse CSC array.

    Raises:
        ValueError: units or connections that are not a positive integer, or more connections than units.

    Example:
        >>> W = random_matrix(1000, connections=10, seed=0)
        >>> W.shape, W.nnz
        ((1000, 1000), 10000)
    """
    rng, units = np.random.default_rng(seed), positive_integer("units", units)
    if connections is None:
        return rng.normal(size=(units, units))
    heard = wiring(units, connections, rng)
    values = rng.normal(size=heard.size)
    starts = np.arange(0, heard.size + 1, heard.shape[0])
    return sparse.csc_array((values, np.sort(heard, axis=0).T.ravel(), starts), shape=(units, units))


def wiring(units: int, connections: int, seed: Any = None) -> np.ndarray:
    """For each unit the units that it hears, drawn without repetition. Shape (connections, units), int32.

    Raises:
        ValueError: connections that are not a positive integer, or more than units.
    """
    rng = np.random.default_rng(seed)
    if positive_integer("connections", connections) > units:
        raise ValueError(f"connections: expected at most units={units}, received {connections}.")
    heard = [rng.choice(units, connections, replace=False, shuffle=False) for _ in range(units)]
    return np.stack(heard, axis=1).astype("int32")


def jacobian_at_rest(matrix: Any, leak: float = 1.0) -> Any:
    r"""The state Jacobian of a leaky network at rest, where the slope of its activation is 1.

    $$J = \frac{\partial x(k)}{\partial x(k-1)} = (1 - \alpha)\,I + \alpha\,W^\top \tag{1}$$

    Args:
        matrix: W as in `x @ W`, shape (N, N), dense or sparse.
        leak: α.

    Returns:
        J, shape (N, N), of the matrix's kind.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slide on how to set the reservoir's weights.

    Example:
        >>> jacobian_at_rest(np.array([[0.0, 2.0], [4.0, 0.0]]), leak=0.5).tolist()
        [[0.5, 2.0], [1.0, 0.5]]
    """
    n = matrix.shape[0]
    identity = sparse.eye_array(n, format="csr") if sparse.issparse(matrix) else np.eye(n)
    return (1 - leak) * identity + leak * matrix.T  # (1)


def spectral_radius(matrix: Any) -> float:
    """The largest modulus of a matrix's eigenvalues, by LAPACK or, for large ones, by Arnoldi's method.

    Args:
        matrix: shape (N, N), dense or sparse.

    Raises:
        ValueError: a matrix that is not square, or has entries that are not finite.

    Example:
        >>> round(spectral_radius(np.array([[0.0, -2.0], [2.0, 0.0]])), 12)
        2.0
    """
    return float(np.abs(_outermost(_square(matrix))[0]))


def with_spectral_radius(matrix: Any, radius: float, leak: float = 1.0) -> Any:
    r"""A matrix times the positive number that gives the state Jacobian at rest, (1), a spectral radius.

    For each eigenvalue λ of W the Jacobian of sW has the eigenvalue μ. The scale is the least that puts one of them
    on the circle of radius ρ:

    $$\mu = (1 - \alpha) + \alpha s \lambda, \qquad |\mu| = \rho \tag{2}$$
    $$s = \frac{-(1 - \alpha)\,\alpha \operatorname{Re}\lambda + \sqrt{((1 - \alpha)\,\alpha \operatorname{Re}\lambda)^2
      + \alpha^2 |\lambda|^2 (\rho^2 - (1 - \alpha)^2)}}{\alpha^2 |\lambda|^2} \tag{3}$$

    Found by turns: the outermost μ for a scale tells λ, λ the scale that puts its μ on the circle, until no other is
    further out. With α = 1 it is the usual scaling of W alone.

    Args:
        matrix: W, shape (N, N), dense or sparse.
        radius: ρ, above 1 − α: without any weights a leaky unit keeps 1 − α of its state.
        leak: α, above 0, at most 1.

    Returns:
        sW, of the matrix's kind.

    Raises:
        ValueError: a radius of 1 − α or less, a leak outside (0, 1], a matrix that is not square or has no eigenvalue
            that could be scaled so far.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017): set the eigenvalues of the state Jacobian close to one. H. Jaeger, The
        "echo state" approach (2001), calls it the effective spectral radius.

    Example:
        >>> W = with_spectral_radius(np.random.default_rng(0).normal(size=(50, 50)), 0.95, leak=0.3)
        >>> round(spectral_radius(jacobian_at_rest(W, leak=0.3)), 9)
        0.95
    """
    matrix = _square(matrix)
    fraction("leak", leak, zero=False)
    kept = f"1 - leak = {1 - leak:.4g}, which a leaky unit keeps of its state without any weights"
    remedy = "Raise the radius, or the leak."
    number("radius", radius, above=1 - leak, expected=f"a finite number above {kept}", remedy=remedy)
    start = None
    if matrix.shape[0] <= _DENSE_UNITS:
        dense = matrix.toarray() if sparse.issparse(matrix) else matrix
        candidates = np.linalg.eigvals(dense)
        return matrix * _scale(candidates, radius, leak)
    value, start = _outermost(matrix.T)
    scale = _scale(np.array([value]), radius, leak)
    for _ in range(_ROUNDS):
        value, start = _outermost(jacobian_at_rest(matrix * scale, leak), start)
        if abs(value) <= radius * (1 + 1e-7):
            break
        scale = _scale(np.array([(value - (1 - leak)) / (leak * scale)]), radius, leak)
    return matrix * scale


def _scale(eigenvalues: np.ndarray, radius: float, leak: float) -> float:
    """The least positive s with |(1 − α) + α s λ| = ρ for one of the eigenvalues λ, (2)."""
    kept, stretched = 1 - leak, leak * eigenvalues[np.abs(eigenvalues) > 1e-12]
    if len(stretched) == 0:
        raise ValueError(
            "matrix: expected one with an eigenvalue other than 0, received one whose units never hear themselves "
            "again. Add connections."
        )
    square, cross = np.abs(stretched) ** 2, kept * stretched.real
    s = (-cross + np.sqrt(cross**2 + square * (radius**2 - kept**2))) / square  # (3)
    return float(np.min(s))


def _outermost(matrix: Any, start: Any = None) -> tuple[Any, Any]:
    """The eigenvalue of largest modulus, and a vector to start the next search from."""
    if matrix.shape[0] <= _DENSE_UNITS:
        values = np.linalg.eigvals(matrix.toarray() if sparse.issparse(matrix) else matrix)
        return values[np.argmax(np.abs(values))], None
    n = matrix.shape[0]
    start = np.random.default_rng(n).normal(size=n) if start is None else start
    for vectors in (60, 180, 400):  # many eigenvalues of a random matrix lie near the edge of one disc
        try:
            values, found = eigs(matrix, k=3, ncv=vectors, v0=start, tol=1e-8, maxiter=3000)
            best = np.argmax(np.abs(values))
            return values[best], found[:, best].real + found[:, best].imag
        except ArpackNoConvergence:
            continue
    values = np.linalg.eigvals(matrix.toarray() if sparse.issparse(matrix) else matrix)
    return values[np.argmax(np.abs(values))], None


def _square(matrix: Any) -> Any:
    matrix = sparse.csr_array(matrix) if sparse.issparse(matrix) else np.asarray(matrix, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix: expected a square one, received shape {matrix.shape}.")
    if not np.isfinite(matrix.data if sparse.issparse(matrix) else matrix).all():
        raise ValueError("matrix: expected finite entries, received some that are not.")
    return matrix
