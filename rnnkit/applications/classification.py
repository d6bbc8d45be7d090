"""One label for a sequence, or one for each of its steps: a recurrent layer, a read-out of its states, softmax."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from rnnkit._checks import boolean, finite_array, one_of, positive_integer
from rnnkit.layers.base import register

READ = ("last", "mean", "each")


@register
class KnownSteps(keras.layers.Layer):
    """Zeros in the place of steps that are padding, whatever stood there; NaN too.

    Call arguments:
        inputs: sequences of shape (batch, time, N), and booleans of shape (batch, time), False for padding.

    Returns:
        Shape (batch, time, N).

    Example:
        >>> import numpy as np
        >>> zeroed = KnownSteps()([np.array([[[1.0], [np.nan]]]), np.array([[True, False]])])
        >>> np.asarray(zeroed).ravel().tolist()
        [1.0, 0.0]
    """

    def call(self, inputs: Any) -> Any:
        sequences, known = inputs
        return ops.where(known[..., None], sequences, ops.zeros_like(sequences))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape[0])


@register
class ReadStates(keras.layers.Layer):
    r"""What a classifier sees of a network's states h(1), …, h(T): the last, their mean, or each of them.

    With m(k) = 1 for the steps of a sequence, 0 for padding, and K the last step with m(K) = 1:

    $$\bar h = h(K) \tag{1}$$
    $$\bar h = \frac{\sum_k m(k)\, h(k)}{\sum_k m(k)} \tag{2}$$
    $$\bar h(k) = \frac{\sum_{i \le k} m(i)\, h(i)}{\max\big(1, \sum_{i \le k} m(i)\big)} \tag{3}$$

    Args:
        read: "last" is (1), "mean" is (2), "each" gives all states.
        so_far: at each step k, what would be read if the sequence ended there: h(k) for "last", (3) for "mean".

    Call arguments:
        inputs: states of shape (batch, time, K), and booleans of shape (batch, time), False for padding.

    Returns:
        Shape (batch, K); with "each" or `so_far` (batch, time, K), with the booleans as Keras's mask, by which
        losses leave padding out.

    Raises:
        ValueError: an unknown `read`, a `so_far` that is neither True nor False.

    Example:
        >>> import numpy as np
        >>> h, m = np.array([[[1.0], [3.0], [9.0]]]), np.array([[True, True, False]])
        >>> [float(ReadStates(read)([h, m])[0, 0]) for read in ("last", "mean")]
        [3.0, 2.0]
    """

    def __init__(self, read: str = "last", so_far: bool = False, **kwargs: Any) -> None:
        self.read, self.so_far = one_of("read", read, READ), boolean("so_far", so_far)
        super().__init__(**kwargs)
        self.supports_masking = True

    @property
    def at_each_step(self) -> bool:
        return self.so_far or self.read == "each"

    def call(self, inputs: Any) -> Any:
        h, known = inputs
        m = ops.cast(known, h.dtype)[..., None]
        if self.read == "last" and not self.so_far:
            K = ops.max(ops.arange(ops.shape(h)[1]) * ops.cast(known, "int32"), axis=1)
            return ops.take_along_axis(h, K[:, None, None], axis=1)[:, 0]  # (1)
        if self.read == "mean" and not self.so_far:
            return ops.sum(m * h, axis=1) / ops.sum(m, axis=1)  # (2)
        if self.read == "mean":
            return ops.cumsum(m * h, axis=1) / ops.maximum(1.0, ops.cumsum(m, axis=1))  # (3)
        return h

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return inputs[1] if self.at_each_step else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        states = tuple(input_shape[0])
        return states if self.at_each_step else (states[0], states[2])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "read": self.read, "so_far": self.so_far}


def sequence_classifier(layer: Any, features: int, classes: int, read: str = "last") -> keras.Model:
    """A Keras model from sequences of any lengths to probabilities of classes.

    Two inputs, the padded sequences and which of their steps are known, as `pad_sequences` gives them. Padding, before
    or after a sequence, changes nothing. Compile it with "sparse_categorical_crossentropy"; with `read="each"` the
    loss is Keras's mean over the known steps, which is the lecture's sum over steps but for a factor.

    A convolution in the place of the recurrent layer, `keras.layers.Conv1D(K, n, padding="causal")`, is the lecture's
    sliding predictor: a feed-forward layer of K units that sees the last n steps. A convolution does not know where
    padding begins, so that its padding must come after the sequences, or be read as zeros before them.

    Args:
        layer: a Keras layer from (batch, time, N) to (batch, time, K): a recurrent one with `return_sequences=True`,
            a bidirectional one, a causal convolution.
        features: N.
        classes: how many.
        read: what of the states goes into the softmax: the "last" one, their "mean", or "each" for its own label.

    Returns:
        A model from [sequences, known] to shape (batch, classes), or (batch, time, classes) with `read="each"`.

    Raises:
        ValueError: a layer that returns its last state only, sizes that are no positive integers, an unknown `read`.

    Source:
        N. Mohajerin, ME 780 lecture 4 (2017), "Classification based on states", "LSTM for Classification" and the
        sliding predictor, which is "just a convolutional neural net applied to sequential data".

    Example:
        >>> import keras, numpy as np
        >>> x, known = pad_sequences([np.ones((3, 2)), -np.ones((5, 2))])
        >>> model = sequence_classifier(keras.layers.LSTM(4, return_sequences=True), features=2, classes=3)
        >>> model.compile("adam", "sparse_categorical_crossentropy")
        >>> _ = model.fit([x, known], np.array([0, 2]), verbose=0)
        >>> model.predict([x, known], verbose=0).shape
        (2, 3)
    """
    features, classes = positive_integer("features", features), positive_integer("classes", classes)
    one_of("read", read, READ)
    if not isinstance(layer, keras.layers.Layer) or getattr(layer, "return_sequences", True) is False:
        raise ValueError(
            f"layer: expected a Keras layer that gives a state at each step, received {layer!r}. Give a recurrent "
            "layer return_sequences=True, a cell keras.layers.RNN(cell, return_sequences=True)."
        )
    sequences = keras.Input((None, features), name="sequences")
    known = keras.Input((None,), dtype="bool", name="known")
    zeroed = KnownSteps(name="known_steps")([sequences, known])
    states = layer(zeroed, mask=known) if layer.supports_masking else layer(zeroed)
    if len(states.shape) != 3:
        raise ValueError(f"layer: expected states of shape (batch, time, K), received {states.shape}.")
    h = ReadStates(read, name="read")([states, known])
    p = keras.layers.Dense(classes, activation="softmax", name="classes")(h)
    return keras.Model([sequences, known], p)


def step_probabilities(model: keras.Model) -> keras.Model:
    """The same classifier, weights shared, that says at each step what it would say if the sequence ended there.

    Args:
        model: what `sequence_classifier` gave, or the same loaded from a file.

    Returns:
        A model from [sequences, known] to shape (batch, time, classes). Of padded steps it says something too: leave
        them out.

    Raises:
        ValueError: another model.

    Example:
        >>> import keras, numpy as np
        >>> model = sequence_classifier(keras.layers.LSTM(4, return_sequences=True), features=2, classes=3)
        >>> x, known = pad_sequences([np.ones((5, 2))])
        >>> by_step = step_probabilities(model).predict([x, known], verbose=0)
        >>> bool(np.allclose(by_step[:, -1], model.predict([x, known], verbose=0), atol=1e-6))
        True
    """
    names = [layer.name for layer in getattr(model, "layers", [])]
    if not {"read", "classes", "known"} <= set(names):
        raise ValueError(f"model: expected one that sequence_classifier gave, received {type(model).__name__}.")
    read = model.get_layer("read")
    states, known = read.input
    h = ReadStates(read.read, so_far=True)([states, known])
    return keras.Model(model.inputs, model.get_layer("classes")(h))


def pad_sequences(sequences: Sequence[Any], length: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of different lengths as one array with zeros after their ends, and which steps are known.

    Args:
        sequences: each of shape (its length, N), one step or more.
        length: of the array; the longest sequence's by default.

    Returns:
        float32 of shape (count, length, N), booleans of shape (count, length).

    Raises:
        ValueError: no sequence, an empty one, different N, values that are not finite, one that is too long.

    Example:
        >>> x, known = pad_sequences([[[1.0]], [[2.0], [3.0]]])
        >>> x[..., 0].tolist(), known.tolist()
        ([[1.0, 0.0], [2.0, 3.0]], [[True, False], [True, True]])
    """
    if len(sequences) == 0:
        raise ValueError("sequences: expected one or more, received none.")
    arrays = [finite_array(f"sequences[{i}]", s, "(length, N)", ndim=2) for i, s in enumerate(sequences)]
    features, longest = arrays[0].shape[1], max(map(len, arrays))
    for i, array in enumerate(arrays):
        if len(array) == 0 or array.shape[1] != features:
            raise ValueError(
                f"sequences[{i}]: expected one step or more of {features} numbers each, received shape {array.shape}. "
                "Leave empty sequences out."
            )
    length = longest if length is None else positive_integer("length", length)
    if longest > length:
        raise ValueError(f"length: expected at least {longest}, the longest sequence's, received {length}.")
    known = np.arange(length) < np.array([len(array) for array in arrays])[:, None]
    x = np.zeros((len(arrays), length, features), np.float32)
    x[known] = np.concatenate(arrays)
    return x, known
