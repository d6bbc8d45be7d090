r"""The Boltzmann machine, fully visible (an Ising model with any couplings) or with hidden units."""

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from rnnkit._checks import number, one_of, positive_integer, random_generator
from rnnkit._deprecation import renamed_argument
from rnnkit.energy._checks import symmetric_couplings, two_valued
from rnnkit.energy.enumeration import MOST, all_states, log_sum, pieces
from rnnkit.energy.gibbs import gibbs_sweeps
from rnnkit.energy.units import kind_of


@renamed_argument("method", "learning")
class BoltzmannMachine(BaseEstimator):
    r"""Two-valued units x with symmetric couplings J, no unit coupled with itself, and the distribution $e^{-H}/Z$:

    $$H(x) = -\tfrac12\, x^\top J x - b^\top x \tag{1}$$
    $$\ln p(v) = \ln \sum_h e^{-H(v,h)} - \ln Z, \qquad Z = \sum_{v,h} e^{-H(v,h)} \tag{2}$$
    $$\frac{\partial \langle \ln p(v) \rangle}{\partial J_{ik}} = \langle x_i x_k \rangle_{data} - \langle x_i x_k
      \rangle_{model}, \qquad \frac{\partial \langle \ln p(v) \rangle}{\partial b_i} = \langle x_i \rangle_{data} -
      \langle x_i \rangle_{model} \tag{3}$$

    The first n of the units are visible, v; the others, if any, are hidden, h, and are summed over. J is both
    $J_{ik}$ and $J_{ki}$, one parameter for each pair. Up to 20 units in all, sums are over all states, and learning
    is L-BFGS on the exact likelihood: without hidden units it has one maximum, where the model's moments are the
    data's. Beyond, learning is gradient ascent on (3), with chains of Gibbs sampling that go on from update to update
    for the model's part, and others, held at the data, for the hidden units.

    Args:
        kind: "spin" for −1 and +1, the lecture's; "boolean" for 0 and 1.
        n_hidden: hidden units.
        learning: "exact" or "gibbs".
        learning_rate: of gradient ascent, falling linearly to 0; learning "gibbs" only.
        n_iter: updates, or, of L-BFGS, iterations at most.
        n_chains: of Gibbs sampling.
        n_steps: sweeps for each update.
        weight_decay: λ of −λ/2 Σ J², over pairs, added to the mean log-likelihood. More than 0 where units always agree
            in the data, whose couplings would grow for ever.
        random_state: seed.

    Attributes:
        couplings_: J, shape (n + n_hidden, n + n_hidden).
        intercept_: b, shape (n + n_hidden,).
        n_features_in_: n.

    Raises:
        ValueError: data of other values; more than 20 units with learning "exact"; settings out of their range.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020), for spins, without hidden units; those, and (3), from
        D. H. Ackley, G. E. Hinton, T. J. Sejnowski (1985).

    Example:
        >>> x = np.array([[1, 1, -1], [1, 1, 1], [-1, -1, 1], [-1, 1, -1]])
        >>> machine = BoltzmannMachine(weight_decay=0.01).fit(x)
        >>> bool(np.exp(machine.score_samples(x)).sum() > 0.8)
        True
        >>> machine.sample(5, random_state=0).shape
        (5, 3)
    """

    def __init__(
        self,
        kind: str = "spin",
        n_hidden: int = 0,
        learning: str = "exact",
        learning_rate: float = 0.05,
        n_iter: int = 1000,
        n_chains: int = 100,
        n_steps: int = 1,
        weight_decay: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.kind = kind
        self.n_hidden = n_hidden
        self.learning = learning
        self.learning_rate = learning_rate
        self.n_iter = n_iter
        self.n_chains = n_chains
        self.n_steps = n_steps
        self.weight_decay = weight_decay
        self.random_state = random_state

    @classmethod
    def from_parameters(cls, couplings: Any, intercept: Any = None, **settings: Any) -> "BoltzmannMachine":
        """A machine with given J and b (zeros by default), without learning.

        Example:
            >>> machine = BoltzmannMachine.from_parameters([[0, 2], [2, 0]])
            >>> np.exp(machine.score_samples([[1, 1], [1, -1]])).round(4).tolist()
            [0.491, 0.009]
        """
        machine = cls(**settings)
        J = symmetric_couplings(couplings)
        b = np.zeros(len(J)) if intercept is None else np.asarray(intercept, dtype=float)
        if b.shape != (len(J),):
            raise ValueError(f"intercept: expected shape ({len(J)},), as couplings has, received {b.shape}.")
        machine.couplings_, machine.intercept_ = J, b
        machine.n_features_in_ = len(J) - machine._hidden()
        return machine

    def fit(self, X: Any, y: Any = None) -> "BoltzmannMachine":
        """Learn J and b from visible states.

        Args:
            X: of the kind's two values, shape (examples, n).
            y: ignored.
        """
        one_of("learning", self.learning, ("exact", "gibbs"))
        n_iter = positive_integer("n_iter", self.n_iter)
        number("weight_decay", self.weight_decay, least=0.0)
        X = two_valued("X", validate_data(self, X, dtype=float), self._values())
        units, rng = X.shape[1] + self._hidden(), random_generator(self.random_state)
        start = rng.normal(0.0, 0.1 if self.n_hidden else 0.0, units * (units - 1) // 2)
        if self.learning == "exact":
            self._fit_exactly(X, np.concatenate([start, np.zeros(units)]), n_iter)
        else:
            self._set(np.concatenate([start, np.zeros(units)]), units)
            self._fit_by_sampling(X, n_iter, rng)
        return self

    def energy(self, X: Any) -> np.ndarray:
        """H of joint states, (1).

        Args:
            X: visible and hidden units, shape (examples, n + n_hidden).
        """
        check_is_fitted(self, "couplings_")
        X = np.asarray(X, dtype=float)
        if X.ndim != 2 or X.shape[1] != len(self.couplings_):
            raise ValueError(f"X: expected shape (examples, {len(self.couplings_)}), received {X.shape}.")
        return self._energy(two_valued("X", X, self._values()))

    def log_partition(self) -> float:
        """ln Z by enumeration, up to 20 units."""
        check_is_fitted(self, "couplings_")
        return log_sum(len(self.couplings_), self._values(), lambda x: -self._energy(x))

    def score_samples(self, X: Any) -> np.ndarray:
        """ln p(v), (2), by enumeration: shape (examples,)."""
        check_is_fitted(self, "couplings_")
        X = two_valued("X", validate_data(self, X, dtype=float, reset=False), self._values())
        return logsumexp(self._log_weights(X), axis=1) - self.log_partition()  # (2)

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of `score_samples`."""
        return float(self.score_samples(X).mean())

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """⟨x⟩ and ⟨x xᵀ⟩ of the model by enumeration: shapes (n + n_hidden,) and (n + n_hidden, n + n_hidden)."""
        check_is_fitted(self, "couplings_")
        log_z, units = self.log_partition(), len(self.couplings_)
        first, second = np.zeros(units), np.zeros((units, units))
        for x in pieces(units, self._values()):
            p = np.exp(-self._energy(x) - log_z)
            first += p @ x
            second += x.T @ (p[:, None] * x)
        return first, second

    def gibbs(self, X: Any, n_steps: int = 1, random_state: Any = None) -> np.ndarray:
        """Sweeps of Gibbs sampling from joint states, shape (examples, n + n_hidden)."""
        self.energy(X)  # checks them
        sweeps, rng = positive_integer("n_steps", n_steps), random_generator(random_state)
        return gibbs_sweeps(X, self.couplings_, self.intercept_, self._values(), sweeps, rng)

    def sample(self, n_samples: int = 1, n_steps: int = 1000, random_state: Any = None) -> np.ndarray:
        """Visible states of independent chains after so many sweeps from random states: shape (n_samples, n)."""
        check_is_fitted(self, "couplings_")
        rng = random_generator(random_state)
        start = rng.choice(self._values(), size=(positive_integer("n_samples", n_samples), len(self.couplings_)))
        return self.gibbs(start, n_steps, rng)[:, : self.n_features_in_]

    def _values(self) -> tuple[float, float]:
        values = kind_of("kind", one_of("kind", self.kind, ("spin", "boolean"))).values
        assert values is not None
        return values

    def _hidden(self) -> int:
        return positive_integer("n_hidden", self.n_hidden) if self.n_hidden else 0

    def _energy(self, x: np.ndarray) -> np.ndarray:
        return -0.5 * np.einsum("ei,ei->e", x @ self.couplings_, x) - x @ self.intercept_  # (1)

    def _completions(self, v: np.ndarray) -> np.ndarray:
        """Visible states with every hidden one: shape (examples, 2**n_hidden, units)."""
        if not self.n_hidden:
            return v[:, None]
        h = all_states(self.n_hidden, self._values())
        return np.concatenate([np.repeat(v[:, None], len(h), 1), np.repeat(h[None], len(v), 0)], axis=2)

    def _log_weights(self, v: np.ndarray) -> np.ndarray:
        joint = self._completions(v)
        return -self._energy(joint.reshape(-1, joint.shape[2])).reshape(joint.shape[:2])

    def _set(self, theta: np.ndarray, units: int) -> None:
        J, pairs = np.zeros((units, units)), np.triu_indices(units, 1)
        J[pairs] = theta[: len(pairs[0])]
        self.couplings_, self.intercept_ = J + J.T, theta[len(pairs[0]) :].copy()

    def _fit_exactly(self, X: np.ndarray, theta: np.ndarray, n_iter: int) -> None:
        v, counts = np.unique(X, axis=0, return_counts=True)
        units = X.shape[1] + self._hidden()
        if units > MOST:
            raise ValueError(f"learning: expected 'gibbs' for more than {MOST} units, received 'exact' for {units}.")
        pairs, joint = np.triu_indices(units, 1), self._completions(v)
        share = (counts / len(X))[:, None]

        def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
            self._set(theta, units)
            log_weights = self._log_weights(v)
            p = share * softmax(log_weights, axis=1)
            flat = joint.reshape(-1, units)
            first, second = self.moments()
            data = p.reshape(-1) @ flat, flat.T @ (p.reshape(-1, 1) * flat)
            by_b, by_J = _ascent(data, (first, second))
            by_J = by_J[pairs] - self.weight_decay * theta[: len(pairs[0])]
            penalty = 0.5 * self.weight_decay * np.sum(theta[: len(pairs[0])] ** 2)
            value = share[:, 0] @ logsumexp(log_weights, axis=1) - self.log_partition() - penalty
            return -value, -np.concatenate([by_J, by_b])

        found = minimize(loss, theta, jac=True, method="L-BFGS-B", options={"maxiter": n_iter, "gtol": 1e-9, "ftol": 0})
        self._set(found.x, units)
        self.n_iter_ = int(found.nit)

    def _fit_by_sampling(self, X: np.ndarray, n_iter: int, rng: np.random.Generator) -> None:
        rate, steps = number("learning_rate", self.learning_rate, above=0.0), positive_integer("n_steps", self.n_steps)
        units, n, values = len(self.couplings_), X.shape[1], self._values()
        chains = rng.choice(values, size=(positive_integer("n_chains", self.n_chains), units))
        data = np.concatenate([X, rng.choice(values, size=(len(X), units - n))], axis=1)
        everyone = [np.array([i]) for i in range(units)]  # J has no zeros to make use of
        for update in range(n_iter):
            J, b, step = self.couplings_, self.intercept_, rate * (1 - update / n_iter)
            chains = gibbs_sweeps(chains, J, b, values, steps, rng, everyone)
            if units > n:
                data = gibbs_sweeps(data, J, b, values, steps, rng, everyone[n:])
            by_b, by_J = _ascent(*((x.mean(axis=0), x.T @ x / len(x)) for x in (data, chains)))
            by_J -= self.weight_decay * J
            np.fill_diagonal(by_J, 0.0)
            self.couplings_ = J + step * by_J
            self.intercept_ = b + step * by_b
        self.n_iter_ = n_iter


Moments = tuple[np.ndarray, np.ndarray]


def _ascent(data: Moments, model: Moments) -> Moments:
    """The derivatives of the mean log-likelihood by b and J, from ⟨x⟩ and ⟨x xᵀ⟩ of the data and of the model."""
    return data[0] - model[0], data[1] - model[1]  # (3)
