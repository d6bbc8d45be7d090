r"""The Hopfield network: a memory that is addressed by its content."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import pinvh
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from rnnkit._checks import one_of, positive_integer, random_generator
from rnnkit._deprecation import renamed_argument, warn_of
from rnnkit.energy._checks import two_valued

SPINS = (-1.0, 1.0)


@dataclass
class Recall:
    """How states went down to a minimum of the energy.

    Attributes:
        states: at the start and after each sweep, shape (sweeps + 1, examples, n).
        energies: at the same times, shape (sweeps + 1, examples).
        settled: whether the last sweep changed nothing, shape (examples,).
    """

    states: np.ndarray
    energies: np.ndarray
    settled: np.ndarray


@renamed_argument("storage", "learning")
class Hopfield(BaseEstimator):
    r"""Units −1 and +1, symmetric couplings, a diagonal of zeros, updated one at a time.

    For M patterns $\xi^\mu$ of n units, which are the columns of Ξ, Hebb's rule and the pseudo-inverse rule store

    $$J = \frac1n \sum_{\mu=1}^M \xi^\mu {\xi^\mu}^\top \tag{1}$$
    $$J = \Xi\,\Xi^+ \tag{2}$$

    and then put $J_{ii} = 0$. The energy, and the update of one unit at a time, in a random order drawn anew for each
    sweep:

    $$H(x) = -\tfrac12\, x^\top J x \tag{3}$$
    $$x_i \leftarrow \operatorname{sign}\Big(\sum_k J_{ik}\,x_k\Big) \tag{4}$$

    A unit whose field is 0 stays as it is. A flip of unit i under the field $f_i$ changes H by
    $-2\lvert f_i\rvert < 0$, so that the energy never rises and every start ends in a fixed point. Hebb's rule is
    local and holds 0.138 n random patterns, of which it recalls nearly all bits; correlated ones disturb each other.
    (2) makes every stored pattern, correlated or not, a fixed point, as long as there are fewer than n independent
    ones; its basins shrink as their number nears n/2.

    Args:
        learning: "hebbian", (1), or "pseudo-inverse", (2).
        max_sweeps: at most so many sweeps of recall.
        random_state: seed of the order of updates.

    Attributes:
        couplings_: J, shape (n, n).
        n_features_in_: n.

    Raises:
        ValueError: patterns of other values than −1 and +1; an unknown rule of learning.

    Source:
        J. J. Hopfield (1982), whose units are 0 and 1; N. Mohajerin, ME 780 lecture 5 (2017), who cites 1985; the
        energy as in M. Smart, Introduction to Recurrent Neural Nets (2020), without b. (2): L. Personnaz, I. Guyon,
        G. Dreyfus (1985). 0.138: D. J. Amit, H. Gutfreund, H. Sompolinsky (1985).

    Example:
        >>> patterns = np.sign(np.random.default_rng(0).normal(size=(5, 100)))
        >>> memory = Hopfield(random_state=0).fit(patterns)
        >>> disturbed = patterns.copy()
        >>> disturbed[:, :20] *= -1
        >>> bool((memory.predict(disturbed) == patterns).all())
        True
    """

    def __init__(self, learning: str = "hebbian", max_sweeps: int = 100, random_state: Any = None) -> None:
        self.learning = learning
        self.max_sweeps = max_sweeps
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> "Hopfield":
        """Store patterns, and forget what was stored before.

        Args:
            X: patterns of −1 and +1, shape (M, n).
            y: ignored.
        """
        one_of("learning", self.learning, ("hebbian", "pseudo-inverse"))
        X = two_valued("X", validate_data(self, X, dtype=float), SPINS)
        self._store(X.T @ X, len(X), X)
        return self

    def partial_fit(self, X: Any, y: Any = None) -> "Hopfield":
        """Store further patterns; by Hebb's rule only, which adds them up.

        Raises:
            ValueError: learning is "pseudo-inverse", which needs all patterns at once.
        """
        one_of("learning", self.learning, ("hebbian", "pseudo-inverse"))
        if self.learning != "hebbian":
            raise ValueError(
                "learning: expected 'hebbian' in partial_fit, received 'pseudo-inverse', "
                "which needs all patterns at once. Call fit."
            )
        first = not hasattr(self, "couplings_")
        X = two_valued("X", validate_data(self, X, dtype=float, reset=first), SPINS)
        before = 0.0 if first else self._products
        self._store(before + X.T @ X, (0 if first else self.n_patterns_) + len(X), X)
        return self

    def _store(self, products: np.ndarray, patterns: int, X: np.ndarray) -> None:
        n = X.shape[1]
        if self.learning == "hebbian":
            J = products / n  # (1)
        else:
            J = X.T @ pinvh(X @ X.T) @ X  # (2)
            J = 0.5 * (J + J.T)
        np.fill_diagonal(J, 0.0)
        self._products, self.couplings_, self.n_patterns_ = products, J, patterns

    def energy(self, X: Any) -> np.ndarray:
        """H of states, (3): shape (examples,)."""
        X = self._states(X)
        return -0.5 * np.einsum("ei,ei->e", X @ self.couplings_, X)  # (3)

    def score_samples(self, X: Any) -> np.ndarray:
        """−H of states: the higher, the more familiar. Shape (examples,)."""
        return -self.energy(X)

    def predict(self, X: Any) -> np.ndarray:
        """The minima of the energy that states run into, shape (examples, n); see `recall` for the way there."""
        for _, x, _ in self.flips(X):  # noqa: B007  the last one is wanted
            pass
        return x

    def recall(self, X: Any) -> Recall:
        """Update states until nothing changes, and keep the states after each sweep.

        Args:
            X: states of −1 and +1, shape (examples, n).
        """
        start = self._states(X)
        states, settled = [start.copy()], np.zeros(len(start), dtype=bool)
        for ended, x, settled in self.flips(start):  # noqa: B007  the last one is wanted
            if ended:
                states.append(x.copy())
        kept = np.stack(states)
        return Recall(kept, np.stack([self.energy(state) for state in kept]), settled)

    def flips(self, X: Any) -> Iterator[tuple[bool, np.ndarray, np.ndarray]]:
        """Go through the updates one flip at a time: each example has an order of its own, drawn anew each sweep.

        Between one flip of an example and the next are the units whose update changes nothing: they are passed over.

        Args:
            X: states of −1 and +1, shape (examples, n).

        Yields:
            Whether a sweep has ended; the states, in which each example has flipped one unit at most since the last
            time, shape (examples, n), the same array each time; and which examples have settled, shape (examples,).
        """
        most = positive_integer("max_sweeps", self.max_sweeps)
        x = self._states(X).copy()
        rng = random_generator(self.random_state)
        least = 1e-12 * np.abs(self.couplings_).sum(axis=0).max()  # what rounding leaves of a field of 0
        fields, settled = x @ self.couplings_, np.zeros(len(x), dtype=bool)
        for _ in range(most):
            live = np.flatnonzero(~settled)
            ranks = rng.permuted(np.tile(np.arange(x.shape[1]), (len(live), 1)), axis=1)
            position = np.full(len(live), -1)
            settled[live] = True
            while len(live):
                unit, position = _next_flip(x[live] * fields[live] < -least, ranks, position)
                found = position < x.shape[1]
                live, ranks, unit, position = live[found], ranks[found], unit[found], position[found]
                x[live, unit] *= -1  # (4)
                fields[live] += 2 * x[live, unit, None] * self.couplings_[unit]
                settled[live] = False
                if len(live):
                    yield False, x, settled
            yield True, x, settled
            if settled.all():
                break

    def _states(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return two_valued("X", validate_data(self, X, dtype=float, reset=False), SPINS)


def _next_flip(unstable: np.ndarray, ranks: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each example the unstable unit that is next in its order, and its place there: n where there is none."""
    places = np.where(unstable & (ranks > position[:, None]), ranks, ranks.shape[1])
    unit = places.argmin(axis=1)
    return unit, places[np.arange(len(places)), unit]


def overlap(x: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    """How alike states and patterns are, row by row: 1 for equal, 0 for chance, −1 for opposite; shape (examples,)."""
    return np.mean(np.asarray(x) * np.asarray(patterns), axis=-1)


def capacity_curve(
    n: int, loads: Any, trials: int = 1, learning: str = "hebbian", seed: int = 0, storage: str | None = None
) -> np.ndarray:
    """The mean overlap of random patterns with what they run into, by how many are stored.

    Args:
        n: units.
        loads: α, patterns for each unit: round(α n) are stored.
        trials: independent nets for each load.
        learning: as for `Hopfield`.
        seed: of patterns and orders.
        storage: the old name of `learning`.

    Returns:
        Overlaps, shape (loads, trials).

    Example:
        >>> bool(capacity_curve(200, [0.05], seed=0)[0, 0] > 0.99)
        True
    """
    n, trials = positive_integer("n", n), positive_integer("trials", trials)
    if storage is not None:
        warn_of("capacity_curve(storage=)", "capacity_curve(learning=)")
        learning = storage
    found = np.zeros((len(loads), trials))
    for (i, trial), _ in np.ndenumerate(found):
        rng = np.random.default_rng([seed, i, trial])
        patterns = rng.choice(SPINS, size=(max(1, round(loads[i] * n)), n))
        memory = Hopfield(learning, random_state=rng).fit(patterns)
        found[i, trial] = overlap(memory.predict(patterns), patterns).mean()
    return found
