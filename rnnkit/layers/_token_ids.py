"""Integer token ids as input: a one-hot input's product with the kernel is a row of the kernel, so it is looked up."""

from typing import Any

import keras
from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.layers.base import RecurrentCell


def _integers(x: Any) -> bool:
    return keras.backend.is_int_dtype(x.dtype)


def input_dim_or_none(input_dim: Any) -> int | None:
    """The number of tokens, checked; None for input of floats."""
    return None if input_dim is None else positive_integer("input_dim", input_dim)


class TokenCell(RecurrentCell):
    """Base of the cells that take token ids where they have an `input_dim`, else floats.

    Such a cell starts its step with `_after_dropout`, computes x W by `_input_product`, and sizes its kernel by
    `_features`. With an `input_dim` it takes the ids of one step, shape (batch,) or (batch, 1), or rows of the kernel
    that its layer has looked up already.
    """

    input_dim: int | None
    kernel: Any

    def _features(self, input_shape: Any) -> int:
        return input_shape[-1] if self.input_dim is None else self.input_dim

    @property
    def takes_ids(self) -> bool:  # type: ignore[override]
        return self.input_dim is not None

    def refuse_other(self, sequences: Any, layer_name: str) -> None:
        if self.input_dim is not None and (not _integers(sequences) or len(sequences.shape) != 2):
            raise ValueError(
                f"input_dim: layer {layer_name!r} with input_dim={self.input_dim} expected integers of shape "
                f"(batch, time), received {keras.backend.standardize_dtype(sequences.dtype)} of shape "
                f"{tuple(sequences.shape)}. {_REMEDY}"
            )

    def before_loop(self, sequences: Any, training: bool) -> Any:
        """Ids are looked up once, for the whole sequence."""
        return sequences if self.input_dim is None else self.look_up(sequences, training)

    @property
    def kernel_if_floats(self) -> Any:
        """The kernel; None with an `input_dim`, where the input product is looked up before the loop."""
        return self.kernel if self.input_dim is None else None

    def look_up(self, inputs: Any, training: bool = False) -> Any:
        """The kernel's rows of token ids, which are the product of their one-hot code with the kernel.

        Args:
            inputs: integers, shape (batch,) or (batch, time); or rows, which are returned as they are.
            training: whether dropout applies.

        Returns:
            Rows, shape (batch, columns of the kernel) or (batch, time, columns of the kernel). Those of ids outside
            0…input_dim − 1 are NaN where the ids cannot be seen, in compiled functions.

        Raises:
            ValueError: floats that are no rows; ids that can be seen to be outside 0…input_dim − 1.
        """
        if not _integers(inputs):
            return self._rows_already(inputs)
        _refuse_outside(inputs, self.input_dim)
        inside = ops.logical_and(inputs >= 0, inputs < self.input_dim)
        ids = ops.cast(ops.where(inside, inputs, ops.zeros_like(inputs)), "int32")
        # On TensorFlow a look-up's gradient is sparse, with a row for each id, equal ids apart, and Keras clips and
        # squares it as it is. The gradient of `reshape` is dense.
        kernel = ops.reshape(self.kernel, self.kernel.shape)
        rows = ops.where(inside[..., None], ops.take(kernel, ids, axis=0), float("nan"))
        mask = self.get_dropout_mask(ids)
        if not training or mask is None:
            return rows
        one_step = len(ids.shape) == 1
        kept = ops.take_along_axis(mask, ids[:, None] if one_step else ids, axis=1)
        return rows * (kept if one_step else kept[..., None])

    def _rows_already(self, inputs: Any) -> Any:
        if inputs.shape[-1] != self.kernel.shape[1]:
            raise ValueError(
                f"input_dim: a cell with input_dim={self.input_dim} expected integers of shape (batch,) or (batch, 1), "
                f"received {keras.backend.standardize_dtype(inputs.dtype)} of shape {tuple(inputs.shape)}. {_REMEDY}"
            )
        return inputs

    def get_dropout_mask(self, step_input: Any) -> Any:
        """The mask of a one-hot input, shape (batch, input_dim), where the input is ids or rows."""
        if self.input_dim is not None and self.dropout:
            step_input = ops.ones((ops.shape(step_input)[0], self.input_dim), dtype=self.compute_dtype)
        return super().get_dropout_mask(step_input)

    def _after_dropout(self, sequence: Any, state: Any, training: bool) -> tuple[Any, Any]:
        if self.input_dim is None:
            return super()._after_dropout(sequence, state, training)
        if _integers(sequence) and len(sequence.shape) == 2 and sequence.shape[1] == 1:
            sequence = sequence[:, 0]
        mask = self.get_recurrent_dropout_mask(state)
        return self.look_up(sequence, training), state * mask if training and mask is not None else state

    def _input_product(self, x: Any) -> Any:
        """x W, for one step or a whole sequence; rows that were looked up are that already."""
        return ops.matmul(x, self.kernel) if self.input_dim is None else x


_REMEDY = (
    "Begin a model with keras.Input((None,), dtype='int32'). Leave input_dim out for one-hot input, or for the vectors "
    "of a keras.layers.Embedding."
)


def _refuse_outside(ids: Any, input_dim: int | None) -> None:
    if 0 in tuple(ids.shape):
        return
    try:
        low, high = int(ops.min(ids)), int(ops.max(ids))
    except (TypeError, RuntimeError, NotImplementedError):  # a compiled function or a symbolic input: nothing to see
        return
    if low < 0 or high >= (input_dim or 0):
        raise ValueError(
            f"input_dim: expected ids from 0 to {input_dim} - 1, masked steps included, received ids from {low} to "
            f"{high}. Raise input_dim, or map other tokens to one of their own."
        )
