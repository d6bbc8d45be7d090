r"""Real-time recurrent learning: gradients carried forward, so that a net can learn at each time step."""

from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

import keras
import numpy as np

from rnnkit._checks import one_of, positive_integer, positive_number
from rnnkit.training._forward import ForwardNet, checked_sequences

UPDATES = ("batch", "pattern", "online")
_TINY = 1e-7  # Keras's own: it takes no logarithm below


def _clipped(y: np.ndarray) -> np.ndarray:
    return np.clip(y, _TINY, 1.0 - _TINY)


def _cross_entropy_by_y(d: np.ndarray, y: np.ndarray) -> np.ndarray:
    p = _clipped(y)
    return np.where(p == y, (p - d) / (p * (1.0 - p)), 0.0)


# Keras's name: the error of one output, from target d and output y, and its derivative by y.
LOSSES: dict[str, tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]] = {
    "mse": (lambda d, y: (y - d) ** 2, lambda d, y: 2.0 * (y - d)),
    "mae": (lambda d, y: np.abs(y - d), lambda d, y: np.sign(y - d)),
    "binary_crossentropy": (
        lambda d, y: -d * np.log(_clipped(y)) - (1.0 - d) * np.log(1.0 - _clipped(y)),
        _cross_entropy_by_y,
    ),
}


class RTRLTrainer:
    r"""Real-time recurrent learning (RTRL) of Elman, Jordan and output-feedback nets, exact, in float64.

    Hidden and output units are numbered through. Unit i sees $u_j$: the constant 1 of its bias, inputs, what is fed
    back from time n − 1, and if it is an output unit, the hidden units of time n.

    $$z_i(n) = \textstyle\sum_j w_{ij}\,u_j(n) \tag{1}$$
    $$v_i(n) = f(z_i(n)) \tag{2}$$
    $$\frac{\partial v_i(n)}{\partial w_{pq}} = f'(z_i(n)) \Big[ \textstyle\sum_j w_{ij}
        \frac{\partial u_j(n)}{\partial w_{pq}} + \delta_{ip}\,u_q(n) \Big], \qquad
        \frac{\partial v_i(0)}{\partial w_{pq}} = 0 \tag{3}$$
    $$s(n) = \alpha\,s(n-1) + y(n) \tag{4}$$
    $$\frac{\partial s(n)}{\partial w} =
        \alpha\,\frac{\partial s(n-1)}{\partial w} + \frac{\partial y(n)}{\partial w} \tag{5}$$
    $$\frac{\partial E}{\partial w_{pq}} = \sum_n \sum_i \frac{\partial E}{\partial y_i(n)}
        \frac{\partial y_i(n)}{\partial w_{pq}} \tag{6}$$
    $$w \leftarrow w - \eta\,\frac{\partial E}{\partial w} \tag{7}$$

    (1)-(3) and (6) are the lecture's, which has one layer of units and all of $u$ from time n; (4) is what a Jordan
    net feeds back, α being its decay, 0 in output-feedback nets. E is the mean of the errors of all outputs, over all
    steps and sequences of an update:

    - "batch": (7) once for m full sequences, `batch_size`.
    - "pattern": (7) once for each full sequence.
    - "online": (7) at each time step, with that step's error alone. The state and the derivatives (3) are carried on,
      though the weights they belong to have moved since: an approximation for small η, as Williams and Zipser say.

    For n hidden units, (3) costs O(n⁴) multiplications a step and the derivatives O(n³) numbers, however long the
    sequence; backpropagation through T steps costs O(n²) a step and stores O(nT) numbers.

    Args:
        layer: Elman, Jordan or OutputFeedback layer, or its cell, with its weights built. Its trainable weights are
            trained; it must be without dropout, regularizers, constraints and `go_backwards`.
        loss: "mse", "mae" or "binary_crossentropy", each the mean over all outputs, as in Keras.
        optimizer: η in (7), or a Keras optimizer (or its name), which is given the gradient at each update. With a
            number, weights are kept in float64 and given to the layer at the end of each epoch.
        update: "batch", "pattern" or "online".
        batch_size: m, sequences of an update, for "batch" only. All of them by default.

    Raises:
        ValueError: a layer that cannot be trained so, or any other argument that is not as above.

    Source:
        Z. Wu, Recurrent Neural Networks (2015), the slides on RTRL and on update rules; N. Mohajerin, ME 780 lecture 5
        (2017); R. J. Williams and D. Zipser (1989).

    Example:
        >>> import numpy as np, rnnkit
        >>> x = np.random.default_rng(0).normal(size=(5, 7, 3))
        >>> layer = rnnkit.Elman(4, 1, output_activation="linear")
        >>> output = layer(x)
        >>> trainer = RTRLTrainer(layer, optimizer=0.05, update="online")
        >>> losses = trainer.fit(x, x[..., :1], epochs=20)
        >>> bool(losses[-1] < 0.2 * losses[0])
        True
    """

    def __init__(
        self,
        layer: Any,
        loss: str = "mse",
        optimizer: Any = 0.1,
        update: str = "batch",
        batch_size: int | None = None,
    ) -> None:
        one_of("loss", loss, LOSSES)
        one_of("update", update, UPDATES)
        if batch_size is not None:
            if update != "batch":
                raise ValueError(f"batch_size: expected None with update={update!r}, received {batch_size!r}.")
            batch_size = positive_integer("batch_size", batch_size)
        self.net = ForwardNet(layer)
        self.error, self.error_by_y = LOSSES[loss]
        self.optimizer = _optimizer(optimizer)
        self.update, self.batch_size = update, batch_size

    def gradients(self, x: Any, y: Any, initial_state: Any = None) -> tuple[float, list[np.ndarray]]:
        """The loss of full sequences and its exact gradient (6), the same as by backpropagation through time.

        Args:
            x: inputs, shape (batch, time, N).
            y: targets, shape (batch, time, J), or (batch, J) where only the last step has a target.
            initial_state: as the layer takes it. Zeros by default.

        Returns:
            The loss, and the gradient of each of the layer's trainable weights, in the order of `trainable_weights`.

        Raises:
            ValueError: shapes other than these.
        """
        self.net.read()
        x, y = checked_sequences(self.net, x, y)
        self.net.start(len(x), initial_state)
        losses, gradients = zip(*self._steps(x, y), strict=True)
        return sum(losses), self.net.per_weight(sum(gradients))

    def fit(self, x: Any, y: Any, epochs: int = 1, initial_state: Any = None) -> np.ndarray:
        """Train the layer.

        Args:
            x, y, initial_state: as in `gradients`. Sequences are taken in their order, each from its initial state.
            epochs: how often all sequences are shown.

        Returns:
            The mean loss of each epoch, shape (epochs,), of the outputs as they were before each update.

        Raises:
            ValueError: shapes other than these, epochs not a positive integer.
        """
        epochs = positive_integer("epochs", epochs)
        self.net.read()
        x, y = checked_sequences(self.net, x, y)
        self.net.start(len(x), initial_state)
        h, s = self.net.h, self.net.s
        size = (self.batch_size or len(x)) if self.update == "batch" else 1
        history = np.zeros(epochs)
        for epoch in range(epochs):
            for first in range(0, len(x), size):
                part = slice(first, first + size)
                self.net.start(len(x[part]))
                self.net.h, self.net.s = h[part], s[part]
                history[epoch] += self._learn(x[part], y[part]) * len(x[part]) / len(x)
            self.net.write()
        return history

    def _learn(self, x: np.ndarray, y: np.ndarray) -> float:
        """Show sequences side by side and update, at each step or once. Their mean loss."""
        total, gradient = 0.0, np.zeros_like(self.net.weights)
        # A step's loss and gradient are its part of the mean over all steps with a target.
        steps = 1 if y.ndim == 2 else y.shape[1]
        for n, (loss, by_w) in enumerate(self._steps(x, y)):
            total = total + loss
            if self.update == "online":
                if y.ndim == 3 or n == x.shape[1] - 1:
                    self._apply(loss * steps, by_w * steps)
            else:
                gradient += by_w
        if self.update != "online":
            self._apply(total, gradient)
        return total

    def _steps(self, x: np.ndarray, y: np.ndarray) -> Iterator[tuple[float, Any]]:
        """The part of each step in the loss and in (6)."""
        for n in range(x.shape[1]):
            output = self.net.step(x[:, n])
            if y.ndim == 3:
                target = y[:, n]
            elif n == x.shape[1] - 1:
                target = y
            else:
                yield 0.0, 0.0
                continue
            error, by_y = self.error(target, output), self.error_by_y(target, output)
            by_w = by_y.reshape(-1) @ self.net.y_by_w.reshape(by_y.size, -1) / y.size  # (6)
            yield error.sum() / y.size, by_w

    def _apply(self, loss: float, gradient: np.ndarray) -> None:
        if isinstance(self.optimizer, float):
            self.net.weights -= self.optimizer * np.where(self.net.trainable, gradient, 0.0)  # (7)
            return
        self.net.write()
        scaled = gradient * (self.optimizer.loss_scale_factor or 1.0)
        self.optimizer.scale_loss(loss)
        weights = self.net.cell.trainable_weights
        tensors = zip(self.net.per_weight(scaled), weights, strict=True)
        self.optimizer.apply([keras.ops.convert_to_tensor(g, dtype=w.dtype) for g, w in tensors], weights)
        self.net.read()


def sensitivities(layer: Any, x: Any, initial_state: Any = None) -> tuple[np.ndarray, list[np.ndarray]]:
    """A net's outputs at every step, and their derivatives (3) by each trainable weight.

    Args:
        layer, x, initial_state: as in `RTRLTrainer`.

    Returns:
        Outputs, shape (batch, time, J), and for each trainable weight an array (batch, time, J, *shape of the weight).

    Raises:
        ValueError: as `RTRLTrainer` does.

    Example:
        >>> import numpy as np, rnnkit
        >>> layer = rnnkit.Jordan(4, 2)
        >>> x = np.ones((5, 7, 3), "float32")
        >>> output = layer(x)
        >>> outputs, by_weight = sensitivities(layer, x)
        >>> outputs.shape, by_weight[0].shape, bool(np.allclose(outputs[:, -1], output, atol=1e-6))
        ((5, 7, 2), (5, 7, 2, 3, 4), True)
    """
    net = ForwardNet(layer)
    x, _ = checked_sequences(net, x)
    net.start(len(x), initial_state)
    outputs, by_w = zip(*((net.step(x[:, n]), net.y_by_w) for n in range(x.shape[1])), strict=True)
    return np.stack(outputs, axis=1), net.per_weight(np.stack(by_w, axis=1))


def _optimizer(value: Any) -> Any:
    if isinstance(value, Real) and not isinstance(value, bool):
        return positive_number("optimizer", value, "a positive learning rate")
    try:
        return keras.optimizers.get(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"optimizer: expected a learning rate, a Keras optimizer or its name, received {value!r}."
        ) from error
