r"""Where a network can rest, and whether it stays there."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit._checks import positive_integer
from rnnkit.dynamics.maps import Map, as_map


@dataclass(frozen=True)
class FixedPoints:
    """What `fixed_points` found: k points of n coordinates, from a number of starts.

    Attributes:
        points: shape (k, n), in the order of their first coordinates.
        eigenvalues: of the Jacobian at each, largest modulus first, complex, shape (k, n).
        residuals: ‖F(x) − x‖ at each, shape (k,).
        reached: for each start the number of the point that the search ran into, −1 for none, shape (starts,).
    """

    points: np.ndarray
    eigenvalues: np.ndarray
    residuals: np.ndarray
    reached: np.ndarray

    @property
    def radii(self) -> np.ndarray:
        """The largest modulus of each point's eigenvalues, shape (k,)."""
        return np.abs(self.eigenvalues).max(axis=1)

    @property
    def stable(self) -> np.ndarray:
        """Whether states near the point run into it, shape (k,)."""
        return self.radii < 1

    @property
    def kinds(self) -> list[str]:
        """ "stable", "saddle" (some directions lead in, some out) or "unstable" (all lead out), one a point."""
        outwards = (np.abs(self.eigenvalues) >= 1).sum(axis=1)
        n = self.eigenvalues.shape[1]
        return ["stable" if out == 0 else "unstable" if out == n else "saddle" for out in outwards]


def fixed_points(
    system: Any,
    starts: Any,
    inputs: Any = None,
    *,
    period: int = 1,
    tolerance: float | None = None,
    merge: float | None = None,
    max_iterations: int = 200,
) -> FixedPoints:
    r"""Solve x = F(x) from many starts at once, stable or not, by Levenberg and Marquardt's damped Newton steps.

    $$r(x) = F(x) - x \tag{1}$$
    $$A = J(x) - I \tag{2}$$
    $$(A^\top A + \mu I)\, d = -A^\top r \tag{3}$$
    $$d = r, \text{ so that } x + d = F(x), \quad \text{where no step helps} \tag{4}$$
    $$x \leftarrow x + d, \; \mu \leftarrow \mu / 10 \quad \text{if } \lVert r(x + d) \rVert < \lVert r(x) \rVert,
      \quad \text{else } \mu \leftarrow 10\, \mu \tag{5}$$

    Each start has a μ of its own. With μ = 0, (3) is Newton's step; far from a solution the damping keeps ‖r‖ from
    growing. In a minimum of ‖r‖ that is no solution the search goes on from the system's next state, (4). Starts that
    have not arrived in the end are marked. A point is stable when all eigenvalues of J are inside the unit circle. With
    period p, F is taken p times, so that points of cycles are found too (and fixed points again), and J is the product
    along the cycle. No search is sure to find all points: more starts find more.

    Args:
        system: a `Map`, or any rnnkit or Keras recurrent cell or layer that is built; in float64 if digits matter.
        starts: shape (starts, n), n the size of the state.
        inputs: a cell's input, the same at all steps, shape (features,). Zeros by default.
        period: p.
        tolerance: of ‖r‖ for a solution. By default 1e-10 in float64, 1e-5 in float32.
        merge: solutions that are nearer to each other are one. By default 1e-5 in float64, 1e-2 in float32.
        max_iterations: at most so many steps.

    Returns:
        The solutions, each once, as `FixedPoints`.

    Raises:
        ValueError: starts that are not of rank 2, a period that is not a positive integer; as `as_map` does.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020), RNNs as dynamical systems; D. Sussillo and O. Barak,
        Opening the Black Box (2013), for the search from many starts.

    Example:
        >>> import numpy as np
        >>> net = Map(lambda x: np.tanh(2 * x), lambda x: 2 * (1 - np.tanh(2 * x) ** 2)[:, :, None])
        >>> found = fixed_points(net, np.linspace(-2, 2, 9)[:, None])
        >>> found.points[:, 0].round(4).tolist(), found.kinds
        ([-0.9575, 0.0, 0.9575], ['stable', 'unstable', 'stable'])
    """
    system, x = as_map(system, inputs), np.array(starts)
    period = positive_integer("period", period)
    if x.ndim != 2:
        raise ValueError(f"starts: expected shape (starts, n), received {x.shape}.")
    x = x.astype(system.step(x).dtype)  # the map's own precision, which the tolerances go by
    double = np.finfo(x.dtype).eps < 1e-10
    tolerance = tolerance if tolerance is not None else (1e-10 if double else 1e-5)
    merge = merge if merge is not None else (1e-5 if double else 1e-2)
    with np.errstate(over="ignore", invalid="ignore"):
        x, lengths = _search(system, x, period, tolerance, max_iterations)
    points, reached = _merged(x, lengths < tolerance, merge)
    jacobians = _jacobian(system, points, period)
    eigenvalues = np.linalg.eigvals(jacobians).astype(complex)
    order = np.argsort(-np.abs(eigenvalues), axis=1)
    return FixedPoints(
        points,
        np.take_along_axis(eigenvalues, order, axis=1),
        np.linalg.norm(_residual(system, points, period), axis=1) if len(points) else np.zeros(0),
        reached,
    )


def _search(
    system: Map, x: np.ndarray, period: int, tolerance: float, max_iterations: int
) -> tuple[np.ndarray, np.ndarray]:
    """Where each start ends, and ‖r‖ there."""
    r = _residual(system, x, period)
    length, mu, identity = np.linalg.norm(r, axis=1), np.full(len(x), 1e-2), np.eye(x.shape[1])
    A = _slope_of_residual(system, x, period)
    for _ in range(max_iterations):
        still = mu > 1e6  # no step makes ‖r‖ smaller
        stuck = still & (length >= tolerance)
        searching = stuck | (~still & (length >= 1e-3 * tolerance))  # beyond the tolerance: the last steps are the best
        if not searching.any():
            break
        squares, slopes = np.einsum("bji,bjk->bik", A, A), np.einsum("bji,bj->bi", A, r)
        d = np.linalg.solve(squares + mu[:, None, None] * identity, -slopes[..., None])[..., 0]  # (3)
        d = np.where(stuck[:, None], r, d)  # (4)
        # All starts are evaluated, also those that have arrived: compilers want shapes that stay the same.
        new = x + np.where(searching[:, None], d, 0.0).astype(x.dtype)
        new_r = _residual(system, new, period)
        new_length = np.linalg.norm(new_r, axis=1)
        better = searching & ((new_length < length) | (stuck & np.isfinite(new_length)))
        x, r = np.where(better[:, None], new, x), np.where(better[:, None], new_r, r)
        length = np.where(better, new_length, length)
        mu = np.where(stuck, 1e-2, np.where(better, np.maximum(mu / 10, 1e-10), 10 * mu))  # (5)
        if better.any():
            A = _slope_of_residual(system, x, period)
    return x, length


def _residual(system: Map, x: np.ndarray, period: int) -> np.ndarray:
    return system.orbit(x, period)[:, -1] - x  # (1)


def _slope_of_residual(system: Map, x: np.ndarray, period: int) -> np.ndarray:
    return _jacobian(system, x, period) - np.eye(x.shape[1])  # (2)


def _jacobian(system: Map, x: np.ndarray, period: int) -> np.ndarray:
    if not len(x):
        return np.zeros((0, x.shape[1], x.shape[1]))
    product = system.jacobian(x)
    for _ in range(period - 1):
        x = system.step(x)
        product = system.jacobian(x) @ product
    return product


def _merged(x: np.ndarray, solved: np.ndarray, merge: float) -> tuple[np.ndarray, np.ndarray]:
    """Each solution once, and the number of the solution for each start."""
    reached, points = np.full(len(x), -1), []
    left = solved.copy()
    while left.any():
        first = x[np.flatnonzero(left)[0]]
        near = left & (np.linalg.norm(x - first, axis=1) < merge)
        points.append(first)
        reached[near] = len(points) - 1
        left &= ~near
    found = np.array(points, dtype=x.dtype).reshape(-1, x.shape[1])
    order = np.lexsort(np.round(found, 6).T[::-1])
    number = np.append(np.argsort(order), -1)
    return found[order], number[reached]
