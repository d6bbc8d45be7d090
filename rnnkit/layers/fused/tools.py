"""What the fast path's passes share: slopes of activations, loops over time, masks. TensorFlow only."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

# Each activation and its slope, as a function of the activation's value.
SLOPES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "tanh": (tf.tanh, lambda value: 1.0 - value * value),
    "sigmoid": (tf.sigmoid, lambda value: value * (1.0 - value)),
    "linear": (tf.identity, tf.ones_like),
    "relu": (tf.nn.relu, lambda value: tf.cast(value > 0, value.dtype)),
}


def time_first(x: Any) -> Any:
    """Batch and time exchanged; a mask (batch, time) becomes (time, batch, 1); None stays."""
    if x is None:
        return None
    return tf.transpose(x, (1, 0, 2)) if len(x.shape) == 3 else tf.transpose(x)[:, :, None]


def input_product(x: Any, w: Any, b: Any) -> Any:
    """x W + b over all steps as one product; without W the input is that product already."""
    if w is not None:
        shape = tf.shape(x)
        x_w = tf.matmul(tf.reshape(x, (-1, w.shape[0])), w)
        static = (*x.shape[:2], w.shape[1])
        x = tf.ensure_shape(tf.reshape(x_w, (shape[0], shape[1], w.shape[1])), static)
    return x if b is None else x + b


def length(x: Any) -> Any:
    """The first axis's, a number where it is known."""
    return tf.shape(x)[0] if x.shape[0] is None else x.shape[0]


def stores(like: Any, width: int) -> Any:
    """An empty store for one tensor (batch, width) a step, with the steps and the batch of `like`."""
    return tf.TensorArray(like.dtype, length(like), element_shape=(like.shape[1], width), clear_after_read=False)


def held(counts: Any, t: Any, new: Any, old: Any) -> Any:
    """The new value where step t counts, else the old one."""
    return new if counts is None else tf.where(counts[t], new, old)


def before(values: Any, start: Any) -> Any:
    """The values before all steps, one below the other."""
    return tf.reshape(one_later(values, start), (-1, values.shape[-1]))


def one_later(values: Any, start: Any) -> Any:
    """The value before each step, all steps: a copy, for a loop that reads it at once and often."""
    return tf.concat([start[None], values[:-1]], axis=0)


def steps_product(x: Any, deltas: Any) -> Any:
    """Gradient of a matrix: the sum over steps and examples of x δ, as one product."""
    return tf.matmul(tf.reshape(x, (-1, x.shape[-1])), tf.reshape(deltas, (-1, deltas.shape[-1])), transpose_a=True)


def loop_back(step: Callable[..., tuple[Any, ...]], carry: tuple[Any, ...], steps: Any) -> Any:
    """Run `step(t, *carry)`, which returns t − 1 and the new carry, from the last step to the first."""
    start = (tf.convert_to_tensor(steps - 1), *carry)
    return tf.while_loop(lambda t, *_: t >= 0, step, start, maximum_iterations=steps)[1:]


class TwoWaysForward:
    """Passes whose `_through_time` keeps what a way back needs, or not.

    It gets `keeps`, then the arguments of `forward`, and returns the last states; the first state at all steps; x, time
    first; the store of the sums, in which the factors of the δ take their places; and further stores, or without
    `keeps` what is to be computed apart.
    """

    _through_time: Callable[..., tuple[Any, ...]]

    def forward(self, *given: Any) -> tuple[Any, ...]:
        """The last states; the first state at all steps; x, time first; what `backward` needs."""
        last, ys, x, factors, rest = self._through_time(True, *given)
        return last, ys, x, [factors.stack(), *(k.stack() for k in rest)]

    def shown(self, *given: Any) -> tuple[Any, ...]:
        """The last states; the first state at all steps; what is to be computed apart."""
        last, ys, _, _, apart = self._through_time(False, *given)
        return last, ys, apart
