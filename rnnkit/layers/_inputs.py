"""What a cell's inputs are, floats or integer token ids: each cell has one of these two and asks it.

A one-hot input's product with the kernel is a row of the kernel, so that token ids are looked up, once for a sequence.
"""

from typing import Any

import keras
from keras import ops

from rnnkit._checks import positive_integer


def inputs_of(input_dim: Any) -> "FloatInputs":
    """Floats where there is no `input_dim`, else token ids; a ValueError for one that is no positive integer."""
    return FloatInputs() if input_dim is None else TokenIds(positive_integer("input_dim", input_dim))


class FloatInputs:
    """Features, shape (batch, features) each step."""

    takes_ids = False

    def features(self, input_shape: Any) -> int:
        """Rows of the kernel."""
        return input_shape[-1]

    def refuse_other(self, sequences: Any, layer_name: str) -> None:
        """Raise a ValueError for sequences that a layer around the cell cannot take, as far as Keras does not."""

    def before_loop(self, cell: Any, sequences: Any, training: bool) -> Any:
        """What the layer's loop runs over."""
        return sequences

    def kernel(self, cell: Any) -> Any:
        """The kernel of the products in the loop; None where they were made before it."""
        return cell.kernel

    def product(self, cell: Any, x: Any) -> Any:
        """x W, for one step or a whole sequence."""
        return cell.dot(x, cell.kernel)

    def of_step(self, cell: Any, x: Any, training: bool) -> Any:
        """One step's inputs after dropout."""
        mask = cell.get_dropout_mask(x)
        return x * mask if training and mask is not None else x

    def dropped(self, cell: Any, x: Any) -> Any:
        """A tensor of the shape that the mask of dropout has."""
        return x


class Rows(FloatInputs):
    """The products with the kernel already, which the fast loop makes before it begins."""

    def kernel(self, cell: Any) -> Any:
        return None

    def product(self, cell: Any, x: Any) -> Any:
        return x

    def of_step(self, cell: Any, x: Any, training: bool) -> Any:
        return x


ROWS = Rows()


class TokenIds(Rows):
    """Integers from 0 to size − 1, shape (batch,) or (batch, 1) each step, or rows that the layer has looked up."""

    takes_ids = True

    def __init__(self, size: int) -> None:
        self.size = size

    def features(self, input_shape: Any) -> int:
        return self.size

    def refuse_other(self, sequences: Any, layer_name: str) -> None:
        if not _integers(sequences) or len(sequences.shape) != 2:
            raise ValueError(
                f"input_dim: layer {layer_name!r} with input_dim={self.size} expected integers of shape "
                f"(batch, time), received {keras.backend.standardize_dtype(sequences.dtype)} of shape "
                f"{tuple(sequences.shape)}. {_REMEDY}"
            )

    def before_loop(self, cell: Any, sequences: Any, training: bool) -> Any:
        return self.look_up(cell, sequences, training)

    def of_step(self, cell: Any, x: Any, training: bool) -> Any:
        if _integers(x) and len(x.shape) == 2 and x.shape[1] == 1:
            x = x[:, 0]
        return self.look_up(cell, x, training)

    def dropped(self, cell: Any, x: Any) -> Any:
        """The one-hot input's, (batch, size)."""
        return ops.ones((ops.shape(x)[0], self.size), dtype=cell.compute_dtype)

    def look_up(self, cell: Any, inputs: Any, training: bool = False) -> Any:
        """The kernel's rows of token ids, which are the product of their one-hot code with the kernel.

        Args:
            cell: whose kernel and dropout.
            inputs: integers, shape (batch,) or (batch, time); or rows, which are returned as they are.
            training: whether dropout applies.

        Returns:
            Rows, shape (batch, columns of the kernel) or (batch, time, columns of the kernel). Those of ids outside
            0…size − 1 are zeros where nothing can be raised, in what JAX and XLA compile.

        Raises:
            ValueError: floats that are no rows; ids outside 0…size − 1. In a graph on TensorFlow an
                InvalidArgumentError.
        """
        if not _integers(inputs):
            return self._rows_already(cell, inputs)
        _refuse_outside(inputs, self.size)
        inside = ops.logical_and(inputs >= 0, inputs < self.size)
        ids = ops.cast(ops.where(inside, inputs, ops.zeros_like(inputs)), "int32")
        # On TensorFlow a look-up's gradient is sparse, with a row for each id, equal ids apart, and Keras clips and
        # squares it as it is. The gradient of `reshape` is dense.
        kernel = ops.reshape(cell.kernel, cell.kernel.shape)
        rows = ops.where(inside[..., None], ops.take(kernel, ids, axis=0), 0.0)
        mask = cell.get_dropout_mask(ids)
        if not training or mask is None:
            return rows
        one_step = len(ids.shape) == 1
        kept = ops.take_along_axis(mask, ids[:, None] if one_step else ids, axis=1)
        return rows * (kept if one_step else kept[..., None])

    def _rows_already(self, cell: Any, inputs: Any) -> Any:
        if inputs.shape[-1] != cell.kernel.shape[1]:
            raise ValueError(
                f"input_dim: a cell with input_dim={self.size} expected integers of shape (batch,) or (batch, 1), "
                f"received {keras.backend.standardize_dtype(inputs.dtype)} of shape {tuple(inputs.shape)}. {_REMEDY}"
            )
        return inputs


_REMEDY = (
    "Begin a model with keras.Input((None,), dtype='int32'). Leave input_dim out for one-hot input, or for the vectors "
    "of a keras.layers.Embedding."
)

_OUTSIDE = "input_dim: expected ids from 0 to {} - 1, masked steps included"
_OTHER_TOKENS = "Raise input_dim, or map other tokens to one of their own."


def _integers(x: Any) -> bool:
    return keras.backend.is_int_dtype(x.dtype)


def _refuse_outside(ids: Any, size: int) -> None:
    if 0 in tuple(ids.shape):
        return
    low, high = ops.min(ids), ops.max(ids)
    try:
        if 0 <= int(low) and int(high) < size:
            return
        raise ValueError(_OUTSIDE.format(size) + f", received ids from {int(low)} to {int(high)}. {_OTHER_TOKENS}")
    except (TypeError, RuntimeError, NotImplementedError):  # a compiled function or a symbolic input: nothing to see
        if keras.backend.backend() != "tensorflow":
            return
    import tensorflow as tf

    inside = tf.logical_and(low >= 0, high < size)
    tf.debugging.Assert(inside, [_OUTSIDE.format(size) + ", received ids from", low, "to", high, _OTHER_TOKENS])
