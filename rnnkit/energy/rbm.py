r"""The restricted Boltzmann machine, with boolean, spin or continuous units on either side."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from rnnkit._checks import number, one_of, positive_integer, random_generator
from rnnkit.energy.partition import UNSTABLE, annealed_log_partition, enumerable, exact_log_partition
from rnnkit.energy.units import Boolean, kind_of


class RBM(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Visible units v and hidden units h, with couplings W between the two layers and none inside them.

    The energy, r as in `rnnkit.energy.units` (0 for two-valued units, half the sum of squares for continuous ones):

    $$E(v, h) = r(v) + r(h) - a^\top v - b^\top h - h^\top W v, \qquad p(v, h) = e^{-E(v,h)} / Z \tag{1}$$

    Given one layer, the units of the other are independent, each under its own field:

    $$\langle h_j \rangle_v = \ell_h'\big(b_j + (W v)_j\big) \tag{2}$$
    $$\langle v_i \rangle_h = \ell_v'\big(a_i + (W^\top h)_i\big) \tag{3}$$
    $$F(v) = r(v) - a^\top v - \sum_j \ell_h\big(b_j + (W v)_j\big) \tag{4}$$
    $$\ln p(v) = -F(v) - \ln Z \tag{5}$$
    $$\frac{\partial \langle \ln p(v) \rangle}{\partial W} = \langle h\,v^\top \rangle_{data} - \langle h\,v^\top
      \rangle_{model} \tag{6}$$

    with ⟨v⟩, ⟨h⟩ in place of ⟨h vᵀ⟩ for a and b. The model's part is estimated after k steps of Gibbs sampling: from
    the data (CD-k), or from where the last update's chains have stopped (PCD). CD is biased, as its chains have not
    left the data; it leaves alone what probability the model has elsewhere. Learning starts from small random W, b = 0,
    and the a that alone would fit the data's mean.

    The lecture's four kinds, and what each is:

    | visible | hidden | distribution of v |
    |---|---|---|
    | boolean | boolean | any, with enough hidden units |
    | boolean | continuous | a Boltzmann machine with J = WᵀW: Hopfield's, with the rows of W as patterns |
    | continuous | boolean | a mixture of 2^m Gaussians of variance 1 (scale the data) |
    | continuous | continuous | one Gaussian of precision I − WᵀW, **if** W's largest singular value is below 1 |

    Beyond that bound the last kind has no distribution: Z is infinite and sampling runs away. `unstable` says what
    learning does there.

    Args:
        n_components: m, hidden units.
        visible, hidden: "boolean" (0, 1), "spin" (−1, 1) or "continuous". Visible data of the first two may also be
            means, between the two values.
        learning: "pcd" or "cd".
        n_steps: k.
        learning_rate: of each update, or a pair: the first and the last, falling linearly over a call of `fit`.
        batch_size: examples an update.
        n_chains: of PCD; as many as batch_size by default. CD has one for each example.
        n_iter: passes over the data.
        weight_decay: λ of −λ/2 Σ W², added to the mean log-likelihood.
        unstable: for continuous units on both sides, "refuse": a ValueError once the bound is reached; "bound":
            singular values above 0.99 are set to it after each update.
        random_state: seed.

    Attributes:
        components_: W, shape (m, n).
        intercept_visible_, intercept_hidden_: a and b, shapes (n,) and (m,).
        base_intercept_: biases that alone would fit the data's mean, shape (n,): where annealing starts.
        h_samples_: hidden units of the chains, shape (chains, m).

    Raises:
        ValueError: settings out of their range, data outside a kind's values, learning that diverges or is unstable.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020), which lists the kinds; (1)-(6) as in G. E. Hinton, A
        Practical Guide to Training Restricted Boltzmann Machines (2012), whose (v − a)²/2 is our v²/2 − av but for a
        constant. CD: Hinton (2002). PCD: T. Tieleman (2008). Names as in scikit-learn's `BernoulliRBM`, except that
        `score_samples` is ln p(v); the pseudo-likelihood is a method of its own, over all units and not one at random.

    Example:
        >>> from rnnkit.datasets import bars_and_stripes
        >>> x = bars_and_stripes(3)
        >>> rbm = RBM(8, learning_rate=0.1, batch_size=14, n_iter=2000, random_state=0).fit(x)
        >>> bool(rbm.score(x) > -4.5)  # 9 ln 2 = 6.24 for a model that knows nothing
        True
        >>> rbm.transform(x).shape
        (14, 8)
    """

    _log_partition: float | None

    def __init__(
        self,
        n_components: int = 256,
        visible: str = "boolean",
        hidden: str = "boolean",
        learning: str = "pcd",
        n_steps: int = 1,
        learning_rate: Any = 0.1,
        batch_size: int = 10,
        n_chains: int | None = None,
        n_iter: int = 10,
        weight_decay: float = 0.0,
        unstable: str = "refuse",
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.visible = visible
        self.hidden = hidden
        self.learning = learning
        self.n_steps = n_steps
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.n_chains = n_chains
        self.n_iter = n_iter
        self.weight_decay = weight_decay
        self.unstable = unstable
        self.random_state = random_state

    @classmethod
    def from_parameters(
        cls, components: Any, intercept_visible: Any = None, intercept_hidden: Any = None, **settings: Any
    ) -> Self:
        """An RBM with given W, shape (m, n), a and b (zeros by default), without learning.

        Example:
            >>> RBM.from_parameters([[2.0, -1.0]], hidden="continuous").transform([[1.0, 1.0]]).tolist()
            [[1.0]]
        """
        W = np.array(components, dtype=float, ndmin=2)
        rbm = cls(n_components=len(W), **settings)
        for name, value, size in (
            ("intercept_visible", intercept_visible, W.shape[1]),
            ("intercept_hidden", intercept_hidden, len(W)),
        ):
            bias = np.zeros(size) if value is None else np.array(value, dtype=float)
            if bias.shape != (size,):
                raise ValueError(f"{name}: expected shape ({size},), as components has, received {bias.shape}.")
            setattr(rbm, f"{name}_", bias)
        rbm.components_, rbm.n_features_in_, rbm._n_features_out = W, W.shape[1], len(W)
        rbm.base_intercept_ = np.zeros(W.shape[1])
        return rbm

    def fit(self, X: Any, y: Any = None) -> "RBM":
        """Learn from visible states, from new weights.

        Args:
            X: shape (examples, n); float32 is learnt in float32.
            y: ignored.
        """
        X, rng = self._data(X, reset=True), random_generator(self.random_state)
        self._start(X, rng)
        self._learn(X, rng)
        return self

    def partial_fit(self, X: Any, y: Any = None) -> "RBM":
        """One update, with X as the batch; PCD's chains go on. The rate is the first of a pair."""
        first = not hasattr(self, "components_")
        X = self._data(X, reset=first)
        if first:
            self._partial_rng = random_generator(self.random_state)
            self._start(X, self._partial_rng)
        elif not hasattr(self, "_partial_rng"):
            self._partial_rng = random_generator(self.random_state)
        self._update(X, self._rates(1)[0], self._partial_rng)
        self._check_finite()
        return self

    def transform(self, X: Any) -> np.ndarray:
        """⟨h⟩ given v, (2): shape (examples, m)."""
        return self._mean_h(self._data(X))

    def gibbs(self, v: Any, n_steps: int = 1, random_state: Any = None) -> np.ndarray:
        """Steps of Gibbs sampling, v to h to v: shape (examples, n). The seed is random_state, or the RBM's own."""
        v = self._data(v)
        rng = random_generator(self.random_state if random_state is None else random_state)
        visible, hidden = self._kinds()
        for _ in range(positive_integer("n_steps", n_steps)):
            h = hidden.draw(self._mean_h(v), rng)
            v = visible.draw(self._mean_v(h), rng)
        return v

    def sample(self, n_samples: int = 1, n_steps: int = 1000, random_state: Any = None) -> np.ndarray:
        """Visible states of independent chains, after so many steps from the data's means: shape (n_samples, n)."""
        check_is_fitted(self)
        rng = random_generator(self.random_state if random_state is None else random_state)
        visible = self._kinds()[0]
        fields = np.tile(self.base_intercept_, (positive_integer("n_samples", n_samples), 1))
        return self.gibbs(visible.draw(visible.mean(fields), rng), n_steps, rng)

    def energy(self, v: Any, h: Any) -> np.ndarray:
        """E of joint states, (1): shape (examples,)."""
        v, h = self._data(v), np.asarray(h)
        visible, hidden = self._kinds()
        W, a, b = self.components_, self.intercept_visible_, self.intercept_hidden_
        return visible.potential(v) + hidden.potential(h) - v @ a - h @ b - ((h @ W) * v).sum(1)  # (1)

    def free_energy(self, X: Any) -> np.ndarray:
        """F, (4): shape (examples,)."""
        v = self._data(X)
        visible, hidden = self._kinds()
        W, a, b = self.components_, self.intercept_visible_, self.intercept_hidden_
        return visible.potential(v) - v @ a - hidden.log_partition(v @ W.T + b).sum(axis=1)  # (4)

    def log_partition(self) -> float:
        """ln Z: exact with at most 20 two-valued units on one side, or continuous ones on both; else annealed.

        It is kept until the next learning. For settings of the annealing see `annealed_log_partition`.
        """
        check_is_fitted(self)
        kept = getattr(self, "_log_partition", None)
        if kept is None:
            if enumerable(self):
                kept = exact_log_partition(self)
            else:
                kept = annealed_log_partition(self, random_state=self.random_state).log_partition
            self._log_partition = kept
        return kept

    def score_samples(self, X: Any) -> np.ndarray:
        """ln p(v), (5), with `log_partition`: shape (examples,)."""
        return -self.free_energy(X) - self.log_partition()  # (5)

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of `score_samples`."""
        return float(self.score_samples(X).mean())

    def pseudo_likelihood(self, X: Any) -> np.ndarray:
        """Σ ln p(vᵢ | all others): shape (examples,). For two-valued visible units.

        Raises:
            ValueError: continuous visible units; values other than the two.
        """
        values = self._kinds()[0].values
        if values is None:
            raise ValueError("visible: expected 'boolean' or 'spin' for a pseudo-likelihood, received 'continuous'.")
        v, hidden, total = self._data(X), self._kinds()[1], 0.0
        if not np.isin(v, values).all():
            raise ValueError(
                f"X: expected the values {values[0]:g} and {values[1]:g} alone, received others. Round them."
            )
        field = self._hidden_field(v)
        inner = hidden.log_partition(field).sum(axis=1)
        for i, (bias, row) in enumerate(zip(self.intercept_visible_, self.components_.T, strict=True)):
            change = sum(values) - 2 * v[:, i]
            other = hidden.log_partition(field + change[:, None] * row).sum(axis=1)
            total = total - np.logaddexp(0.0, other + change * bias - inner)
        return np.asarray(total)

    def _rates(self, updates: int) -> np.ndarray:
        pair = self.learning_rate if isinstance(self.learning_rate, tuple | list) else (self.learning_rate,) * 2
        if len(pair) != 2:
            raise ValueError(f"learning_rate: expected a number or a pair, received {self.learning_rate!r}.")
        first, last = (number("learning_rate", rate, above=0.0) for rate in pair)
        return np.linspace(first, last, updates)

    def _start(self, X: np.ndarray, rng: np.random.Generator) -> None:
        m, n = positive_integer("n_components", self.n_components), X.shape[1]
        one_of("learning", self.learning, ("cd", "pcd"))
        one_of("unstable", self.unstable, ("refuse", "bound"))
        self._k = positive_integer("n_steps", self.n_steps)
        self._decay = number("weight_decay", self.weight_decay, least=0.0)
        visible, hidden = self._kinds()
        self.components_ = rng.normal(0.0, 0.01, (m, n)).astype(X.dtype)
        self.base_intercept_ = visible.field_of_mean(X.mean(axis=0)).astype(X.dtype)
        self.intercept_visible_ = self.base_intercept_.copy()
        self.intercept_hidden_ = np.zeros(m, X.dtype)
        chains = positive_integer("n_chains", self.batch_size if self.n_chains is None else self.n_chains)
        self.h_samples_ = hidden.draw(hidden.mean(np.zeros((chains, m), X.dtype)), rng)
        self._n_features_out, self._log_partition = m, None

    def _learn(
        self, X: np.ndarray, rng: np.random.Generator, lift: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> None:
        """Passes over X; `lift` makes the visible states of a batch, in a stack of RBMs."""
        n_iter, batch = positive_integer("n_iter", self.n_iter), positive_integer("batch_size", self.batch_size)
        for rate in self._rates(n_iter):
            shuffled = X[rng.permutation(len(X))]
            for first in range(0, len(X), batch):
                v = shuffled[first : first + batch]
                self._update(v if lift is None else lift(v), rate, rng)
            self._check_finite()

    def _update(self, v: np.ndarray, rate: float, rng: np.random.Generator) -> None:
        visible, hidden = self._kinds()
        W, a, b = self.components_, self.intercept_visible_, self.intercept_hidden_
        h_data = self._mean_h(v)
        h = hidden.draw(h_data, rng) if self.learning == "cd" else self.h_samples_
        v_model = visible.draw(self._mean_v(h), rng)
        h_model = self._mean_h(v_model)
        for _ in range(self._k - 1):
            v_model = visible.draw(self._mean_v(hidden.draw(h_model, rng)), rng)
            h_model = self._mean_h(v_model)
        if self.learning == "pcd":
            self.h_samples_ = hidden.draw(h_model, rng)
        if self._decay:
            W *= 1 - rate * self._decay
        # One product for both parts: rows of the data count rate / examples, those of the model less rate / chains.
        share = np.repeat(np.array([rate / len(v), -rate / len(v_model)], v.dtype), (len(v), len(v_model)))
        both_v, both_h = np.concatenate((v, v_model)), np.concatenate((h_data, h_model)) * share[:, None]
        W += both_h.T @ both_v  # (6)
        a += share @ both_v
        b += both_h.sum(axis=0)
        self._log_partition = None
        if visible.values is None and hidden.values is None:
            self._keep_stable()

    def _keep_stable(self) -> None:
        norm = np.linalg.norm(self.components_, 2)
        if not norm >= 0.99:
            return
        if self.unstable == "refuse":
            raise ValueError(
                f"unstable: expected weights of a proper distribution, received others: {UNSTABLE.format(norm=norm)}. "
                "Take unstable='bound', scale the data to less variance, or make one layer boolean."
            )
        U, singular, V = np.linalg.svd(self.components_, full_matrices=False)
        self.components_ = (U * np.minimum(singular, 0.99)) @ V

    def _check_finite(self) -> None:
        if not np.isfinite(self.components_).all():
            raise ValueError(
                f"learning_rate: expected one that lets learning converge, received {self.learning_rate!r}: the "
                "weights have overflowed. Lower it, or scale the data to variance 1."
            )

    def _kinds(self) -> tuple[type[Boolean], type[Boolean]]:
        return kind_of("visible", self.visible), kind_of("hidden", self.hidden)

    def _data(self, X: Any, reset: bool = False) -> np.ndarray:
        if not reset:
            check_is_fitted(self)
        X = validate_data(self, X, dtype=(np.float64, np.float32), reset=reset)
        values = self._kinds()[0].values
        if values is not None and (X.min() < values[0] or X.max() > values[1]):
            raise ValueError(
                f"X: expected values from {values[0]:g} to {values[1]:g} for {self.visible} visible units, received "
                f"{X.min():g} to {X.max():g}. {_remedy(X)}"
            )
        return X

    def _mean_h(self, v: np.ndarray) -> np.ndarray:
        W, b = self.components_, self.intercept_hidden_
        return self._kinds()[1].mean(v @ W.T + b)  # (2)

    def _mean_v(self, h: np.ndarray) -> np.ndarray:
        W, a = self.components_, self.intercept_visible_
        return self._kinds()[0].mean(h @ W + a)  # (3)

    def _hidden_field(self, v: np.ndarray) -> np.ndarray:
        return v @ self.components_.T + self.intercept_hidden_


def _remedy(X: np.ndarray) -> str:
    spins = np.isin(X, (-1, 1)).all()
    return "Take visible='spin'." if spins else "Scale the data, or take visible='continuous'."
