r"""A deep belief network, fine-tuned to tell classes apart."""

from typing import Any

import numpy as np
from scipy.special import expit, log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone

# What MLPClassifier learns by; the class itself has no softmax over two classes and does not start from given weights.
# It has no public name: a test says when it moves. Keras's Adam would bring TensorFlow into a package that needs none.
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from rnnkit._checks import number, positive_integer, random_generator
from rnnkit.energy.dbn import DBN


class DBNClassifier(ClassifierMixin, BaseEstimator):
    r"""A feed-forward net whose hidden layers start as those of a DBN, with a softmax layer on top.

    $$x^0 = v, \qquad x^l = \sigma\big(x^{l-1} W_l^\top + b_l\big) \tag{1}$$
    $$p = \operatorname{softmax}(x^L U + c) \tag{2}$$
    $$E = -\tfrac1N \sum_n \ln p_{n, y_n} + \tfrac{\lambda}{2} \Big( \sum_l \lVert W_l \rVert^2 + \lVert U
      \rVert^2 \Big) \tag{3}$$

    The $W_l$ and $b_l$ are first learnt without labels, greedily; then all weights by Adam on (3).

    Args:
        dbn: the `DBN` to start from; it is cloned and fitted. `DBN()` by default.
        n_iter: passes of fine-tuning over the data.
        learning_rate: of Adam.
        batch_size: examples an update.
        weight_decay: λ.
        random_state: seed of the fine-tuning, and of the DBN where that has none.

    Attributes:
        dbn_: the DBN as it was before fine-tuning.
        weights_: W₁, b₁, …, U, c after it.
        classes_: the labels.
        loss_curve_: mean of (3) over the batches of each pass, shape (n_iter,).

    Source:
        G. E. Hinton, R. Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks (2006).

    Example:
        >>> from rnnkit.datasets import bars_and_stripes
        >>> x = bars_and_stripes(3)[1:-1]
        >>> y = (x.reshape(-1, 3, 3).std(axis=2).sum(axis=1) == 0)  # uniform rows
        >>> net = DBNClassifier(DBN((8,), n_iter=50), n_iter=200, learning_rate=0.02, random_state=0).fit(x, y)
        >>> net.score(x, y)
        1.0
    """

    def __init__(
        self,
        dbn: DBN | None = None,
        n_iter: int = 30,
        learning_rate: float = 0.003,
        batch_size: int = 32,
        weight_decay: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        self.dbn = dbn
        self.n_iter = n_iter
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> "DBNClassifier":
        """Learn the layers without y, then all weights with it.

        Args:
            X: visible states, shape (examples, n), as for `DBN`.
            y: labels, shape (examples,).
        """
        dbn = clone(self.dbn) if self.dbn is not None else DBN()
        rng = random_generator(self.random_state)
        if dbn.random_state is None:
            dbn.set_params(random_state=int(rng.integers(2**31)))
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        return self._fine_tune(dbn.fit(X), X, y, rng)

    def fit_from(self, dbn: DBN, X: Any, y: Any) -> "DBNClassifier":
        """Fine-tune a DBN that is fitted, on more pictures than have labels, say; it stays as it is.

        Args:
            dbn: fitted, on as many visible units.
            X, y: examples with labels, as for `fit`.
        """
        check_is_fitted(dbn)
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        if X.shape[1] != dbn.n_features_in_:
            raise ValueError(
                f"dbn: expected one of {X.shape[1]} visible units, as X has, received {dbn.n_features_in_}."
            )
        return self._fine_tune(dbn, X, y, random_generator(self.random_state))

    def _fine_tune(self, dbn: DBN, X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> "DBNClassifier":
        n_iter, size = positive_integer("n_iter", self.n_iter), positive_integer("batch_size", self.batch_size)
        rate = number("learning_rate", self.learning_rate, above=0.0)
        number("weight_decay", self.weight_decay, least=0.0)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self._start(dbn, rng)
        adam = AdamOptimizer(self.weights_, learning_rate_init=rate)
        self.loss_curve_ = np.zeros(n_iter)
        for epoch in range(n_iter):
            order = rng.permutation(len(X))
            batches = [order[first : first + size] for first in range(0, len(X), size)]
            for rows in batches:
                loss, gradients = self.loss_and_gradients(X[rows], codes[rows])
                self.loss_curve_[epoch] += loss / len(batches)
                adam.update_params(self.weights_, gradients)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """p, (2): shape (examples, classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        x, (U, c) = self._layers(X)[-1], self.weights_[-2:]
        return softmax(x @ U + c, axis=1)  # (2)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable label of each example, shape (examples,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def loss_and_gradients(self, X: np.ndarray, codes: np.ndarray) -> tuple[float, list[np.ndarray]]:
        """E, (3), and its derivatives by `weights_`, by backpropagation.

        Args:
            X: shape (examples, n).
            codes: indices into `classes_`, shape (examples,).
        """
        layers, rows = self._layers(X), np.arange(len(X))
        log_p = log_softmax(self._logits(layers[-1]), axis=1)
        matrices = self.weights_[::2]
        penalty = 0.5 * self.weight_decay * sum(np.sum(w**2) for w in matrices)
        loss = -log_p[rows, codes].mean() + penalty  # (3)
        delta = np.exp(log_p)
        delta[rows, codes] -= 1
        delta /= len(X)
        gradients = [layers[-1].T @ delta + self.weight_decay * matrices[-1], delta.sum(axis=0)]
        error = delta @ matrices[-1].T
        for below, layer, W in zip(layers[-2::-1], layers[:0:-1], matrices[-2::-1], strict=True):
            delta = error * layer * (1 - layer)
            gradients = [delta.T @ below + self.weight_decay * W, delta.sum(axis=0), *gradients]
            error = delta @ W
        return float(loss), gradients

    def _start(self, dbn: DBN, rng: np.random.Generator) -> None:
        self.dbn_ = dbn
        self.weights_ = [w.astype(float) for rbm in dbn.rbms_ for w in (rbm.components_, rbm.intercept_hidden_)]
        top = len(self.weights_[-1])
        classes = len(self.classes_)
        self.weights_ += [rng.normal(0.0, 0.01, (top, classes)), np.zeros(classes)]

    def _layers(self, X: np.ndarray) -> list[np.ndarray]:
        layers = [X]
        for W, b in zip(self.weights_[:-2:2], self.weights_[1:-2:2], strict=True):
            layers.append(expit(layers[-1] @ W.T + b))  # (1)
        return layers

    def _logits(self, top: np.ndarray) -> np.ndarray:
        return top @ self.weights_[-2] + self.weights_[-1]
