"""Basins of attraction: which start ends up where."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from rnnkit._checks import positive_integer
from rnnkit.dynamics.cycles import rising_times
from rnnkit.dynamics.maps import Map, as_map


@dataclass(frozen=True)
class Attractor:
    """Where states end up.

    Attributes:
        kind: "fixed point"; "periodic", which returns exactly after some steps; "limit cycle", a closed curve that is
            run through in a time that need not be a whole number of steps, as of a network in continuous time;
            "aperiodic", all else: chaos, a torus, a period too long, or
            an end that has not settled, which more steps show.
        period: in steps; 1 for a fixed point, None for an aperiodic attractor.
        points: of a fixed point or periodic attractor each once, in the order of time; else a piece of an orbit on it.
            Shape (points, n).
    """

    kind: str
    period: float | None
    points: np.ndarray


@dataclass(frozen=True)
class Basins:
    """What `basins` found.

    Attributes:
        labels: for each start the number of its attractor; −1 for one that runs off to infinity or rests on an
            unstable point. Shape (starts,).
        attractors: those that were reached, the simplest first.
    """

    labels: np.ndarray
    attractors: list[Attractor]


def basins(
    system: Any,
    starts: Any,
    inputs: Any = None,
    *,
    steps: int = 1000,
    tail: int = 256,
    max_period: int = 64,
    tolerance: float | None = None,
    merge: float = 1e-3,
    closeness: float = 0.1,
) -> Basins:
    r"""Let many starts run, look where they are after some time, and tell the attractors apart.

    An orbit's end is periodic with the smallest p for which

    $$\lVert x(k + p) - x(k) \rVert \le \varepsilon \quad \text{for all } k \text{ of the tail} \tag{1}$$

    Two periodic ends are one attractor if they have the same p and a point in common. Points whose Jacobian over the
    period has an eigenvalue outside the unit circle do not attract; a start can rest there by symmetry alone. Two
    other ends are one attractor if the one lies in the cloud of the other's points. The four thresholds are numbers
    that one may have to change: a start near a basin's border takes long to leave it.

    Args:
        system: a `Map`, or any rnnkit or Keras recurrent cell or layer that is built.
        starts: shape (starts, n), n the size of the state.
        inputs: a cell's input, the same at all steps, shape (features,). Zeros by default.
        steps: before the tail.
        tail: steps that are looked at: above two of the longest periods; a limit cycle needs more than three.
        max_period: the longest p that is looked for.
        tolerance: ε, by default 1e-7 in float64, 1e-4 in float32.
        merge: how near two periodic ends must come to be one, in the states' units.
        closeness: how near an aperiodic end must lie to another's cloud, in parts of the cloud's spread.

    Returns:
        `Basins`.

    Raises:
        ValueError: starts that are not of rank 2; steps, tail or max_period that are not positive integers, a tail not
            above max_period; as `as_map` does.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020), RNNs as dynamical systems.

    Example:
        >>> import numpy as np
        >>> flips = Map(lambda x: np.tanh(-2 * x), lambda x: -2 * (1 - np.tanh(2 * x) ** 2)[:, :, None])
        >>> found = basins(flips, np.linspace(-1, 1, 11)[:, None])
        >>> [(one.kind, one.period) for one in found.attractors], found.labels.tolist()
        ([('periodic', 2)], [0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0])
    """
    system, x = as_map(system, inputs), np.asarray(starts)
    steps, tail, max_period = (
        positive_integer(*pair) for pair in (("steps", steps), ("tail", tail), ("max_period", max_period))
    )
    if x.ndim != 2:
        raise ValueError(f"starts: expected shape (starts, n), received {x.shape}.")
    if tail <= max_period:
        raise ValueError(f"tail: expected more than max_period={max_period} steps, received {tail}. Raise tail.")
    with np.errstate(over="ignore", invalid="ignore"):
        end = system.orbit(x, steps)[:, -1]
        orbit = system.orbit(end, tail)
    finite = np.isfinite(orbit).all(axis=(1, 2)) & (np.abs(np.nan_to_num(orbit)).max(axis=(1, 2)) < 1e6)
    orbit = np.where(finite[:, None, None], orbit, 0.0)
    eps = tolerance if tolerance is not None else (1e-7 if orbit.dtype == np.float64 else 1e-4)
    periods = np.where(finite, _periods(orbit, max_period, eps), -1)
    labels, attractors = np.full(len(x), -1), list[Attractor]()
    for period in np.unique(periods[periods > 0]):
        found = _periodic(system, orbit, periods == period, int(period), merge)
        _number(labels, attractors, found)
    _number(labels, attractors, _other(orbit, periods == 0, closeness))
    return Basins(labels, attractors)


def _number(labels: np.ndarray, attractors: list[Attractor], found: list[tuple[Attractor, np.ndarray]]) -> None:
    for attractor, members in found:
        labels[members] = len(attractors)
        attractors.append(attractor)


def _periods(orbit: np.ndarray, max_period: int, eps: float) -> np.ndarray:
    """The period of each end, 0 for none: (1)."""
    periods = np.zeros(len(orbit), dtype=int)
    for p in range(1, max_period + 1):
        left = np.flatnonzero(periods == 0)
        if not len(left):
            break
        returns = np.linalg.norm(orbit[left, p:] - orbit[left, :-p], axis=2).max(axis=1) <= eps  # (1)
        periods[left[returns]] = p
    return periods


def _periodic(
    system: Map, orbit: np.ndarray, left: np.ndarray, period: int, merge: float
) -> list[tuple[Attractor, np.ndarray]]:
    """Attractors of this period, each with its members; unstable ones are left out."""
    found, left = [], left.copy()
    while left.any():
        points = orbit[np.flatnonzero(left)[0], -period:]
        apart = np.linalg.norm(orbit[:, -1, None] - points, axis=2).min(axis=1)
        members = left & (apart <= merge)
        left &= ~members
        product = np.eye(points.shape[1])
        for jacobian in system.jacobian(points):
            product = jacobian @ product
        if np.abs(np.linalg.eigvals(product)).max() <= 1 + 1e-6:
            found.append((Attractor("fixed point" if period == 1 else "periodic", period, points), members))
    return found


def _other(orbit: np.ndarray, left: np.ndarray, closeness: float) -> list[tuple[Attractor, np.ndarray]]:
    """Attractors that are no periodic ones, each with its members."""
    found, left = [], left.copy()
    last = min(32, orbit.shape[1])
    while left.any():
        points = orbit[np.flatnonzero(left)[0]]
        spread = float(np.sqrt(points.var(axis=0).sum()))
        candidates = np.flatnonzero(left)
        apart, _ = cKDTree(points).query(orbit[candidates, -last:].reshape(-1, points.shape[1]))
        near = np.median(apart.reshape(len(candidates), last), axis=1) <= closeness * spread
        members = np.zeros_like(left)
        members[candidates[near]] = True
        members[candidates[0]] = True
        left &= ~members
        period = _return_time(points, spread)
        found.append((Attractor("aperiodic" if period is None else "limit cycle", period, points), members))
    return found


def _return_time(points: np.ndarray, spread: float) -> float | None:
    """The time around a closed curve, if the orbit comes back to the same place, always after the same time."""
    centred = points - points.mean(axis=0)
    along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    times = rising_times(along)
    if len(times) < 3 or np.diff(times).mean() < 4:
        return None
    whole, part = np.floor(times).astype(int), (times % 1)[:, None]
    there = (1 - part) * centred[whole] + part * centred[whole + 1]
    gaps = np.diff(times)
    steady = gaps.std() < 0.02 * gaps.mean()
    same_place = np.sqrt(there.var(axis=0).sum()) < 0.05 * spread
    return float(gaps.mean()) if steady and same_place else None
