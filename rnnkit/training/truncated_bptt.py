r"""Truncated backpropagation through time, BPTT(k1, k2), inside Keras's `fit`."""

from collections.abc import Callable, Iterable, Iterator
from types import MethodType
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from rnnkit._checks import positive_integer
from rnnkit._keras import forget_traced_step, layers_of, replace_loop, restore_loop

Piece = tuple[Any, ...]


class TruncatedBPTT(keras.callbacks.Callback):
    r"""Trains stateful recurrent nets on streams of any length: every k1 steps, back through the last k2.

    With $e_t$ the error at step t, $h_t$ the states of all recurrent layers and θ the weights, update n uses

    $$\nabla_n = \frac{\partial}{\partial\theta} \frac{1}{k_1} \sum_{t = t_n - k_1 + 1}^{t_n} e_t
        \Big|_{h_{t_n - k_2}\ \text{constant}}, \qquad t_n = k_2 + n\, k_1 \tag{1}$$

    so that each error counts once, at least k2 − k1 + 1 steps back, at most k2. The first update, n = 0, has no
    earlier one that could count the errors of its first k2 − k1 steps; it is the mean over all k2.

    A window of k2 steps is one batch of `fit`. Before it, the layers hold $h_{t_n - k_2}$. Each layer runs the first
    k1 steps of the window, then the others, with gradient throughout; what it keeps for the next window is its state
    between the two, $h_{t_{n+1} - k_2}$, as it was with the weights of update n. The states inside a window are
    computed anew with the present weights. (Williams and Peng keep those of the older weights, and start with
    windows shorter than k2.) With k1 = k2 this is training a stateful layer on consecutive pieces.

    Give the model stateful recurrent layers, one for each stream in the batch, and pass this object to `fit` twice:
    `model.fit(rule.windows(stream), callbacks=[rule])`. In validation and `evaluate` the layers carry their state
    from batch to batch as always; validation starts from fresh states and puts the training's back. Memory does not
    grow with the stream. To take up interrupted training see `get_states`.

    Args:
        k1: steps from one update to the next.
        k2: steps that each update looks back, at least k1.
        reset: whether each epoch starts from the layers' initial states; False for a stream that goes on.

    Raises:
        ValueError: sizes that are not positive integers, k2 below k1; from `fit`, a model without a stateful recurrent
            layer, or with a recurrent layer that is not stateful, goes backwards, or returns its last state or its
            last output only.

    Source:
        R. J. Williams and J. Peng, An Efficient Gradient-Based Algorithm for On-Line Training of Recurrent Network
        Trajectories (1990), where it is BPTT(h; h') with h = k2 and h' = k1.

    Example:
        >>> import keras, numpy as np, rnnkit
        >>> def stream():  # two streams side by side, in pieces of any length
        ...     rng = np.random.default_rng(0)
        ...     for _ in range(30):
        ...         x = rng.normal(size=(2, 10, 3)).astype("float32")
        ...         yield x, x[..., :1]
        >>> net = rnnkit.Elman(4, 1, return_sequences=True, stateful=True)
        >>> model = keras.Sequential([keras.Input(batch_shape=(2, None, 3)), net])
        >>> model.compile("sgd", "mse")
        >>> rule = TruncatedBPTT(k1=5, k2=20)
        >>> history = model.fit(rule.windows(stream), epochs=2, callbacks=[rule], verbose=0)
        >>> rule.updates  # of each epoch: 1 + (300 − 20) / 5
        57
    """

    def __init__(self, k1: int, k2: int, reset: bool = True) -> None:
        super().__init__()
        self.k1, self.k2, self.reset = positive_integer("k1", k1), positive_integer("k2", k2), reset
        if self.k2 < self.k1:
            raise ValueError(f"k2: expected at least k1 = {k1}, received {k2}. Errors in between would never count.")
        self.updates = self._updates_before = self._iterations_before = 0
        self._layers: list[Any] = []
        self._given: tuple[list[Any], int] | None = None
        self._held: list[Any] | None = None

    def windows(self, stream: Callable[[], Iterable[Piece]], skip: int = 0) -> Any:
        """The windows of a stream, for `fit`, which may go through them any number of times.

        Args:
            stream: function without arguments that returns the stream from its start: an iterable of pieces (x, y) or
                (x, y, weights), arrays of shapes (batch, steps, ...), (batch, steps, ...) and (batch, steps), with the
                same number of steps in a piece, which may differ between pieces. It is read as it is needed.
            skip: updates to leave out at the start, in every epoch, for training that was interrupted.

        Returns:
            `tf.data.Dataset`, which `fit` takes on every backend, of (x, y, weights), all with k2 steps. The weights
            are 0 where an error does not count and k2/k1 where it does, so that a loss that is a mean over all steps,
            as Keras's are by default, is the mean over those that count. Steps at the end that fill no window are left
            out. A stream of less than k2 steps is one window.

        Raises:
            ValueError: an empty stream, or pieces of which the parts differ in batch or steps.
        """
        import tensorflow as tf

        first = next(self._cut(stream, 0), None)
        if first is None:
            raise ValueError("stream: expected at least one time step, received none.")
        signature = tuple(tf.TensorSpec(part.shape, part.dtype) for part in first)
        dataset = tf.data.Dataset.from_generator(lambda: self._cut(stream, skip), output_signature=signature)
        return dataset.prefetch(2)

    def _cut(self, stream: Callable[[], Iterable[Piece]], skip: int) -> Iterator[Piece]:
        held: Piece | None = None
        number = 0
        for piece in stream():
            piece = _with_weights(piece)
            held = piece if held is None else _joined(held, piece)
            first = 0
            while held[0].shape[1] - first >= self.k2:
                if number >= skip:
                    yield self._weighted(tuple(part[:, first : first + self.k2] for part in held), number)
                number, first = number + 1, first + self.k1
            held = tuple(part[:, first:] for part in held)
        if number == 0 == skip and held is not None and held[0].shape[1]:
            yield held

    def _weighted(self, window: Piece, number: int) -> Piece:
        x, y, weights = window
        if number:
            counts = np.arange(self.k2) >= self.k2 - self.k1  # (1)
            weights = weights * (counts * (self.k2 / self.k1)).astype(weights.dtype)
        return x, y, weights

    def get_states(self) -> list[np.ndarray]:
        """The states at the start of the next window, layer by layer, when `fit` has ended or between epochs.

        With `updates` and the model's weights and optimizer, as `model.save_weights` writes them, all that is needed
        to go on: `model.load_weights(path)`, `rule.set_states(states, updates)` and
        `model.fit(rule.windows(stream, skip=updates), callbacks=[rule])`.

        `keras.callbacks.BackupAndRestore` keeps weights and optimizer by epochs. With `reset` it needs no states.
        """
        return [ops.convert_to_numpy(state) for state in self._states()]

    def set_states(self, states: list[Any], updates: int = 0) -> None:
        """Start the next `fit` with these states and not the initial ones; see `get_states`."""
        self._given = (list(states), updates)

    def _states(self) -> list[Any]:
        return [state for layer in self._layers if layer.states is not None for state in tree.flatten(layer.states)]

    # From here on, what Keras calls.

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self._release()
        self._layers = _checked_layers(model)
        for layer in self._layers:
            replace_loop(layer, MethodType(_keeping_state_at(self.k1), layer))
        forget_traced_step(model)  # a step that was traced before would keep the last state

    def on_train_end(self, logs: Any = None) -> None:
        self._release()
        forget_traced_step(self.model)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._given is not None:
            states, self.updates = self._given
            self._assign(states)
            self._given = None
        elif self.reset:
            self._assign_initial()
            self.updates = 0
        self._updates_before = self.updates
        self._iterations_before = int(self.model.optimizer.iterations)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.updates = self._updates_before + batch + 1

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        # On TensorFlow, the step that finds the stream ended may still count as one of the optimizer's.
        done = self.updates - self._updates_before
        self.model.optimizer.iterations.assign(self._iterations_before + done)

    def on_test_begin(self, logs: Any = None) -> None:
        self._held = self.get_states()
        self._assign_initial()

    def on_test_end(self, logs: Any = None) -> None:
        if self._held is not None:
            self._assign(self._held)
            self._held = None

    def _release(self) -> None:
        for layer in self._layers:
            restore_loop(layer)

    def _assign(self, values: list[Any]) -> None:
        states = self._states()
        expected, received = [tuple(s.shape) for s in states], [tuple(np.shape(v)) for v in values]
        if expected != received:
            raise ValueError(f"states: expected shapes {expected}, received {received}. Build the model as it was.")
        for state, value in zip(states, values, strict=True):
            state.assign(value)

    def _assign_initial(self) -> None:
        for layer in self._layers:
            if layer.states is not None:
                kept = tree.flatten(layer.states)
                initial = tree.flatten(layer.get_initial_state(kept[0].shape[0]))
                for state, value in zip(kept, initial, strict=True):
                    state.assign(value)


def _keeping_state_at(k1: int) -> Callable[..., Any]:
    """A layer's loop in two parts, whose state is the one between them."""

    def inner_loop(layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        loop = type(layer).inner_loop
        if not training or (sequences.shape[1] is not None and sequences.shape[1] <= k1):
            return loop(layer, sequences, initial_state, mask, training)
        parts, state = [], initial_state
        for part in (slice(None, k1), slice(k1, None)):
            part_mask = None if mask is None else mask[:, part]
            last, outputs, state = loop(layer, sequences[:, part], state, part_mask, training)
            parts.append((outputs, state))
        return last, ops.concatenate([outputs for outputs, _ in parts], axis=1), parts[0][1]

    return inner_loop


def _checked_layers(model: Any) -> list[Any]:
    layers = [layer for layer in layers_of(model) if isinstance(layer, keras.layers.RNN)]
    if not layers:
        raise ValueError(f"model: expected a stateful recurrent layer, received none in {model.name!r}.")
    for layer in layers:
        for name, expected in _NEEDED.items():
            if bool(getattr(layer, name)) is not expected:
                raise ValueError(
                    f"model: expected {name}={expected} of each recurrent layer, received {not expected} of "
                    f"{layer.name!r}. Truncated BPTT carries states forward and needs the outputs of all steps."
                )
    return layers


_NEEDED = {"stateful": True, "return_sequences": True, "go_backwards": False, "return_state": False}


def _with_weights(piece: Any) -> Piece:
    parts = tuple(np.asarray(part) for part in piece)
    if len(parts) == 2:
        parts = (*parts, np.ones(parts[0].shape[:2], keras.config.floatx()))
    if len(parts) != 3 or len({part.shape[:2] for part in parts}) != 1 or parts[2].ndim != 2:
        raise ValueError(
            "stream: expected pieces (x, y) or (x, y, weights), each of shape (batch, steps, ...) with the same batch "
            f"and steps, received shapes {[part.shape for part in parts]}."
        )
    return parts


def _joined(held: Piece, piece: Piece) -> Piece:
    return tuple(np.concatenate([a, b], axis=1) for a, b in zip(held, piece, strict=True))
