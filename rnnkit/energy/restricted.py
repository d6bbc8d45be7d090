"""What restricted Boltzmann machines compute once they have their weights; `rnnkit.energy.rbm` has the learning."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from rnnkit._checks import positive_integer
from rnnkit.energy._checks import generator
from rnnkit.energy.partition import annealed_log_partition, enumerable, exact_log_partition
from rnnkit.energy.units import Boolean, kind_of


class RestrictedModel(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """The base of `RBM`, whose docstring has the equations (1)-(3)."""

    visible: str
    hidden: str
    random_state: Any
    components_: np.ndarray
    intercept_visible_: np.ndarray
    intercept_hidden_: np.ndarray
    base_intercept_: np.ndarray
    _log_partition: float | None

    @classmethod
    def from_parameters(
        cls, components: Any, intercept_visible: Any = None, intercept_hidden: Any = None, **settings: Any
    ) -> Self:
        """An RBM with given W, shape (m, n), a and b (zeros by default), without learning.

        Example:
            >>> from rnnkit.energy import RBM
            >>> RBM.from_parameters([[2.0, -1.0]], hidden="continuous").transform([[1.0, 1.0]]).tolist()
            [[1.0]]
        """
        W = np.array(components, dtype=float, ndmin=2)
        rbm: Any = cls(n_components=len(W), **settings)  # type: ignore[call-arg]
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

    def transform(self, X: Any) -> np.ndarray:
        """⟨h⟩ given v, (2): shape (examples, m)."""
        v = self._data(X)
        return self._kinds()[1].mean(self._hidden_field(v))  # (2)

    def gibbs(self, v: Any, n_steps: int = 1, random_state: Any = None) -> np.ndarray:
        """Steps of Gibbs sampling, v to h to v: shape (examples, n). The seed is random_state, or the RBM's own."""
        v = self._data(v)
        rng = generator(self.random_state if random_state is None else random_state)
        visible, hidden = self._kinds()
        for _ in range(positive_integer("n_steps", n_steps)):
            h = hidden.draw(hidden.mean(self._hidden_field(v)), rng)
            v = visible.draw(visible.mean(h @ self.components_ + self.intercept_visible_), rng)
        return v

    def sample(self, n_samples: int = 1, n_steps: int = 1000, random_state: Any = None) -> np.ndarray:
        """Visible states of independent chains, after so many steps from the data's means: shape (n_samples, n)."""
        check_is_fitted(self)
        rng = generator(self.random_state if random_state is None else random_state)
        visible = self._kinds()[0]
        fields = np.tile(self.base_intercept_, (positive_integer("n_samples", n_samples), 1))
        return self.gibbs(visible.draw(visible.mean(fields), rng), n_steps, rng)

    def energy(self, v: Any, h: Any) -> np.ndarray:
        """E of joint states, (1): shape (examples,)."""
        v, h = self._data(v), np.asarray(h)
        visible, hidden = self._kinds()
        r = visible.potential(v) + hidden.potential(h)
        return r - v @ self.intercept_visible_ - h @ self.intercept_hidden_ - ((h @ self.components_) * v).sum(1)  # (1)

    def free_energy(self, X: Any) -> np.ndarray:
        """F, (3): shape (examples,)."""
        v = self._data(X)
        visible, hidden = self._kinds()
        inner = hidden.log_partition(self._hidden_field(v)).sum(axis=1)
        return visible.potential(v) - v @ self.intercept_visible_ - inner  # (3)

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
        """ln p(v), (3), with `log_partition`: shape (examples,)."""
        return -self.free_energy(X) - self.log_partition()  # (3)

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
                f"{X.min():g} to {X.max():g}. Scale the data, or take visible='continuous'."
            )
        return X

    def _hidden_field(self, v: np.ndarray) -> np.ndarray:
        return v @ self.components_.T + self.intercept_hidden_
