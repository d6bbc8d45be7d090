"""What runs a cell over a part of the batch: functions that a layer keeps, and that XLA compiles. TensorFlow only.

Keras traces a training step twice with an optimizer that makes variables, and another graph to predict. The functions
are traced once for all of them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from rnnkit.layers.fused.tools import time_first


class Functions:
    """Forward and backward pass of a cell over a part of the batch, for all its steps or the last alone."""

    def __init__(self, passes: Any, sequence: bool) -> None:
        self.passes, self.sequence = passes, sequence
        self.forward, self.backward = Either(self._forward), Either(self._backward)
        self.shown = Either(self._shown)

    def _forward(self, x: Any, mask: Any, states: list[Any], *weights: Any) -> tuple[Any, ...]:
        last, ys, x, saved = self.passes.forward(x, mask, states, *weights)
        return last, time_first(ys) if self.sequence else None, ys, x, saved

    def _shown(self, *given: Any) -> tuple[Any, ...]:
        """Where no way back is expected: what the loop writes for it, nobody reads, and XLA drops it.

        It does not drop what `forward` writes in place of what it reads; such passes have a `shown` of their own. And
        it fuses what only one other reads, several sigmoids into one loop too, which is slower than one after the
        other by far. So `shown` hands out what is to be computed apart, in the last step.
        """
        if hasattr(self.passes, "shown"):
            last, ys, apart = self.passes.shown(*given)
        else:
            (last, ys, *_), apart = self.passes.forward(*given), []
        return last, time_first(ys) if self.sequence else None, apart

    def _backward(
        self, d_last: Any, d_ys: Any, ys: Any, saved: Any, mask: Any, states: Any, rest: list[Any]
    ) -> tuple[Any, ...]:
        return self.passes.backward(d_last, time_first(d_ys), ys, saved, mask, states, *rest)


class Kept:
    """A layer's functions, for each cell as it is set now."""

    def __init__(self) -> None:
        self._found: list[tuple[Any, bool, list[Any], Functions]] = []

    def of(self, cell: Any, sequence: bool, passes: Callable[[], Any]) -> Functions:
        """Those that were made before for this cell, unless one of its arguments was exchanged, or new ones."""
        now = [getattr(cell, name) for name in cell._arguments]
        for own, all_steps, then, functions in self._found:
            if own is cell and all_steps == sequence and all(a is b for a, b in zip(now, then, strict=True)):
                return functions
        self._found.append((cell, sequence, now, Functions(passes(), sequence)))
        return self._found[-1][-1]


class Either:
    """A function of tensors and Nones that runs as it is, or compiled by XLA, which compiles it for each shape."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.plain = tf.function(function, autograph=False)
        # Each calls the one before, so that the Python is traced once. The last one's graph holds a call of the
        # compiled function, which as a branch itself would not be one to XLA.
        self.compiled = tf.function(partial(_call, self.plain), jit_compile=True, autograph=False)
        self._calls_compiled = tf.function(partial(_call, self.compiled), autograph=False)

    def __call__(self, compiles: Any, call: tuple[Any, ...]) -> Any:
        """The result of a call; `compiles` is True or a tensor that says whether XLA runs it."""
        if compiles is True:
            return self.compiled(*call)
        # Not `tf.cond`, which would trace its branches anew in each graph.
        plain, compiled = (f.get_concrete_function(*call) for f in (self.plain, self._calls_compiled))
        results = tf.raw_ops.StatelessIf(
            cond=compiles,
            input=[*(tensor for tensor in tf.nest.flatten(call) if tensor is not None), *plain.captured_inputs],
            Tout=[out.dtype for out in plain.outputs],
            then_branch=compiled,
            else_branch=plain,
            output_shapes=[out.shape for out in plain.outputs],
        )
        found = iter(results)
        flat = [None if out is None else next(found) for out in tf.nest.flatten(plain.structured_outputs)]
        return tf.nest.pack_sequence_as(plain.structured_outputs, flat)


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)
