"""Which sizes of batch and time XLA compiles: those that come often enough for it to pay. TensorFlow only.

Compiling costs as much as dozens of steps and has to be done for each size anew, so that a size which has come seldom,
such as an epoch's last batch, runs the same loop without XLA. What counts is how often a size came and never the
clock, so that a seed gives the same numbers again.
"""

from typing import Any

import tensorflow as tf

OFTEN = 64  # times that a size has run without XLA before it is compiled

_BITS = 20  # a key is a graph's number, batch and steps side by side


class Sizes(tf.Module):  # so that a graph which is saved by hand takes the counts with it
    """How often a layer ran sequences of each size, in each of its graphs."""

    def __init__(self) -> None:
        super().__init__()
        self.graphs = 0
        with tf.init_scope():
            self._counts = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int64, default_value=0)

    def pays(self, x: Any) -> Any:
        """Whether to compile for the size of x, shape (batch, time, …), in a graph of its own; counts it."""
        self.graphs += 1
        batch, steps = tf.unstack(tf.shape(x, tf.int64)[:2])
        key = (tf.constant(self.graphs, tf.int64) * 2**_BITS + batch) * 2**_BITS + steps
        before = self._counts.lookup(key)
        self._counts.insert(key, before + 1)
        return before >= OFTEN

    def told(self) -> str:
        """The sizes that came, and which are compiled."""
        with tf.init_scope():
            keys, counts = (part.numpy().tolist() for part in self._counts.export())
        often: dict[tuple[int, int], int] = {}
        for key, count in zip(keys, counts, strict=True):
            size = (key >> _BITS) % 2**_BITS, key % 2**_BITS
            often[size] = max(count, often.get(size, 0))
        compiled = [f"{b} x {t}" for (b, t), count in sorted(often.items()) if count > OFTEN]
        waiting = [f"{b} x {t} ({count})" for (b, t), count in sorted(often.items()) if count <= OFTEN]
        return (
            f"by XLA for batch x steps of {_listed(compiled)}; as it is, until one has come {OFTEN} times, for "
            f"{_listed(waiting)}"
        )


def _listed(sizes: list[str], most: int = 5) -> str:
    return (", ".join(sizes[:most]) or "none") + (f" and {len(sizes) - most} more" if len(sizes) > most else "")
