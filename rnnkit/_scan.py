"""A loop over time that can be differentiated, twice too, and compiled on every backend."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops, tree


def scan(step: Callable[[Any, Any], tuple[Any, Any]], start: Any, sequences: Any) -> tuple[Any, Any]:
    """`keras.ops.scan`, which XLA cannot differentiate on TensorFlow: its loop does not say how long it is.

    Args:
        step: takes the carry and one step of the sequences, returns the new carry and what to keep of this step.
        start: the carry before the first step, nested tensors.
        sequences: nested tensors, time first.

    Returns:
        The last carry, and what was kept, time first.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.scan(step, start, sequences)
    import tensorflow as tf

    flat = tree.flatten(sequences)
    length = tf.shape(flat[0])[0]
    queues = [tf.TensorArray(x.dtype, length, element_shape=x.shape[1:]).unstack(x) for x in flat]
    first = tree.pack_sequence_as(sequences, [x[0] for x in flat])
    kept = step(start, first)[1]
    kept_flat = [tf.TensorArray(x.dtype, length, element_shape=x.shape) for x in tree.flatten(kept)]

    def body(time: Any, carry: list[Any], stores: list[Any]) -> tuple[Any, list[Any], list[Any]]:
        now = tree.pack_sequence_as(sequences, [queue.read(time) for queue in queues])
        new, keep = step(tree.pack_sequence_as(start, carry), now)
        stores = [store.write(time, x) for store, x in zip(stores, tree.flatten(keep), strict=True)]
        return time + 1, tree.flatten(new), stores

    _, last, stores = tf.while_loop(
        lambda time, *_: time < length,
        body,
        (tf.constant(0), tree.flatten(start), kept_flat),
        maximum_iterations=flat[0].shape[0],
    )
    return tree.pack_sequence_as(start, last), tree.pack_sequence_as(kept, [store.stack() for store in stores])
