r"""The deep belief network: restricted Boltzmann machines, each learnt on the hidden units of the one below."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from rnnkit._checks import positive_integer, random_generator
from rnnkit.energy.enumeration import all_states
from rnnkit.energy.rbm import RBM


class DBN(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""A stack of RBMs with boolean hidden units: the top one is a memory, those below draw downwards what it holds.

    $$p(v, h^1, \dots, h^L) = p(v \mid h^1)\,p(h^1 \mid h^2) \cdots p(h^{L-1}, h^L) \tag{1}$$

    Learning is greedy, one layer after the other from below, each on states drawn from the layer below. With
    $q(h \mid v)$, the conditional (2) of the RBM below, any model p(h) of its hidden units gives a bound:

    $$\ln p(v) \ge \sum_h q(h \mid v)\,\big[\ln p(h) + \ln p(v \mid h) - \ln q(h \mid v)\big] \tag{2}$$

    With the RBM's own p(h) it is an equality. So a new layer that starts as that, with the weights of the one below
    upside down, and then only makes the states drawn from below more probable, raises the bound. A new layer starts so
    where its size is that of the layer two below it; else from small random weights.

    Args:
        layers: hidden units of each layer, from below.
        visible: kind of the visible units, as for `RBM`.
        learning, n_steps, learning_rate, batch_size, n_chains, n_iter, weight_decay: as for `RBM`, for all layers.
        random_state: seed.

    Attributes:
        rbms_: the RBMs, from below.
        n_features_in_: visible units.

    Raises:
        ValueError: layers not a sequence of positive integers; otherwise as `RBM`.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020): "greedily trained stack of RBMs"; G. E. Hinton, S.
        Osindero, Y. W. Teh (2006), whose bound is (2).

    Example:
        >>> from rnnkit.datasets import bars_and_stripes
        >>> x = bars_and_stripes(3)
        >>> dbn = DBN((8, 9), batch_size=14, n_iter=200, random_state=0).fit(x)
        >>> dbn.transform(x).shape, dbn.sample(4, n_steps=50).shape
        ((14, 9), (4, 9))
    """

    def __init__(
        self,
        layers: Any = (100, 100),
        visible: str = "boolean",
        learning: str = "pcd",
        n_steps: int = 1,
        learning_rate: Any = 0.1,
        batch_size: int = 10,
        n_chains: int | None = None,
        n_iter: int = 10,
        weight_decay: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.layers = layers
        self.visible = visible
        self.learning = learning
        self.n_steps = n_steps
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.n_chains = n_chains
        self.n_iter = n_iter
        self.weight_decay = weight_decay
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> "DBN":
        """Learn layer after layer.

        Args:
            X: visible states, shape (examples, n), as for `RBM`.
            y: ignored.
        """
        X = validate_data(self, X, dtype=(np.float64, np.float32))
        sizes = self._sizes()
        rng = random_generator(self.random_state)
        shared = {name: value for name, value in self.get_params().items() if name not in ("layers", "visible")}
        self.rbms_: list[RBM] = []
        for layer, size in enumerate(sizes):
            rbm = RBM(size, visible="boolean" if layer else self.visible, **{**shared, "random_state": rng})
            lifted = rbm._data(self._lift(X, rng), reset=True)
            rbm._start(lifted, rng)
            if layer and size == self.rbms_[-1].n_features_in_ and self.rbms_[-1].visible == "boolean":
                below = self.rbms_[-1]
                rbm.components_ = below.components_.T.copy()
                rbm.intercept_visible_ = below.intercept_hidden_.copy()
                rbm.intercept_hidden_ = below.intercept_visible_.copy()
            rbm._learn(X, rng, None if not layer else lambda v: self._lift(v, rng))
            self.rbms_.append(rbm)
        self._n_features_out = sizes[-1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """The means of the top layer's hidden units, layer after layer of means: shape (examples, layers[-1])."""
        X = self._data(X)
        for rbm in self.rbms_:
            X = rbm.transform(X)
        return X

    def sample(
        self, n_samples: int = 1, n_steps: int = 1000, means: bool = False, random_state: Any = None
    ) -> np.ndarray:
        """Draw from (1): Gibbs sampling in the top RBM, then once down.

        Args:
            n_samples: independent chains.
            n_steps: of Gibbs sampling.
            means: whether to return the means of the visible units rather than draws.
            random_state: seed; the DBN's own by default.

        Returns:
            Visible states, shape (n_samples, n).
        """
        check_is_fitted(self)
        rng = random_generator(self.random_state if random_state is None else random_state)
        if len(self.rbms_) == 1:
            rbm = self.rbms_[0]
            h = rbm._kinds()[1].draw(rbm.transform(rbm.sample(n_samples, n_steps, rng)), rng)
        else:
            h = self.rbms_[-1].sample(n_samples, n_steps, rng)
        for layer in range(max(0, len(self.rbms_) - 2), -1, -1):
            rbm = self.rbms_[layer]
            visible = rbm._kinds()[0]
            mean = visible.mean(h @ rbm.components_ + rbm.intercept_visible_)
            h = mean if means and layer == 0 else visible.draw(mean, rng)  # (1)
        return h

    def bound(self, X: Any, n_samples: int | None = 100, random_state: Any = None) -> np.ndarray:
        """The lower bound (2) on ln p(v), with the top RBM's ln Z as `RBM.log_partition` gives it: shape (examples,).

        Args:
            X: visible states, shape (examples, n).
            n_samples: draws of q for each example; None sums over all states, for layers of up to 20 units.
            random_state: seed; the DBN's own by default.
        """
        X = self._data(X)
        if n_samples is not None:
            positive_integer("n_samples", n_samples)
        rng = random_generator(self.random_state if random_state is None else random_state)
        return self._bound(0, X, n_samples, rng)

    def _bound(self, layer: int, v: np.ndarray, n_samples: int | None, rng: np.random.Generator) -> np.ndarray:
        rbm = self.rbms_[layer]
        if layer + 1 == len(self.rbms_):
            return rbm.score_samples(v)
        visible, hidden = rbm._kinds()
        field = v @ rbm.components_.T + rbm.intercept_hidden_

        def inside(h: np.ndarray, log_p: np.ndarray, log_q: np.ndarray) -> np.ndarray:
            return self._bound(layer + 1, h, n_samples and 1, rng) + log_p - log_q  # (2)

        if n_samples is None:
            h = all_states(len(rbm.components_))
            log_q = field @ h.T - hidden.log_partition(field).sum(axis=1)[:, None]
            below = h @ rbm.components_ + rbm.intercept_visible_
            log_p = v @ below.T - visible.log_partition(below).sum(axis=1) - np.reshape(visible.potential(v), (-1, 1))
            return np.sum(np.exp(log_q) * inside(h, log_p, log_q), axis=1)
        total = np.zeros(len(v))
        for _ in range(n_samples):
            h = hidden.draw(hidden.mean(field), rng)
            log_q = np.sum(field * h - hidden.log_partition(field), axis=1)
            below = h @ rbm.components_ + rbm.intercept_visible_
            log_p = np.sum(v * below - visible.log_partition(below), axis=1) - visible.potential(v)
            total += inside(h, log_p, log_q)
        return total / n_samples

    def _lift(self, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        for rbm in self.rbms_:
            v = rbm._kinds()[1].draw(rbm.transform(v), rng)
        return v

    def _sizes(self) -> list[int]:
        if not isinstance(self.layers, tuple | list) or not self.layers:
            raise ValueError(f"layers: expected a sequence of positive integers, received {self.layers!r}.")
        return [positive_integer(f"layers[{i}]", size) for i, size in enumerate(self.layers)]

    def _data(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
