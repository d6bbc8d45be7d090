"""The fast path on TensorFlow: a loop over time with its gradient written by hand, compiled, part by part of the batch.

The batch is cut into as many parts as there are cores. XLA compiles the forward and the backward pass of a part as
functions of their own, inside a graph that it does not compile, so that TensorFlow runs the parts beside each other.
It knows no cell: each cell states what the loop needs, as a `FastLoop`. Only `layer` imports this, on TensorFlow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from rnnkit._cores import cores
from rnnkit._keras import inside_xla
from rnnkit.layers.fused.functions import Either, Functions, Kept
from rnnkit.layers.fused.sizes import Sizes
from rnnkit.layers.fused.stated import FastStack
from rnnkit.layers.fused.tools import SLOPES, length, steps_product, time_first

_MOST_PARTS = 16  # each part costs its own compiled call

_NAMES = {getattr(keras.activations, name): name for name in SLOPES}


def reason_against(layer: Any, sequences: Any, training: bool) -> str | None:
    """What the fast path would need and a call has not; None where it applies."""
    return "unroll=False" if layer.unroll else _reason_against_cell(layer.cell, training)


def _reason_against_cell(cell: Any, training: bool) -> str | None:
    if "fast_loop" not in vars(type(cell)):
        return "cell: one whose own class states its fast loop; a subclass may compute something else"
    stated = cell.fast_loop()
    needs = {
        "dtype 'float32' or 'float64'": cell.compute_dtype == cell.variable_dtype
        and cell.compute_dtype in ("float32", "float64"),
        "dropout=0 and recurrent_dropout=0 in training": not training or not (cell.dropout or cell.recurrent_dropout),
        **stated.needs,
    }
    if isinstance(stated, FastStack):
        reasons = [need for need, met in needs.items() if not met]
        below = (_reason_against_cell(own, training) for own in stated.cells)
        return next((reason for reason in (*reasons, *below) if reason), None)
    needs[f"activations out of {sorted(SLOPES)}"] = all(activation in _NAMES for activation in stated.activations)
    return next((need for need, met in needs.items() if not met), None)


def run(layer: Any, sequences: Any, initial_state: list[Any], mask: Any, training: bool) -> tuple[Any, Any, list[Any]]:
    """What the layer's `inner_loop` returns: last output, outputs, last states."""
    if not tf.executing_eagerly():
        return _in_graph(layer, sequences, initial_state, mask, training)
    # A tape would record the compiled functions' insides, which cannot leave XLA: a graph around them hides these. The
    # layer keeps it, since a new one would compile again.
    if "_eager_fast_loop" not in vars(layer):
        layer._eager_fast_loop = tf.function(partial(_in_graph, layer), autograph=False)
    return layer._eager_fast_loop(sequences, initial_state, mask, bool(training))


def _compiles(layer: Any, sequences: Any) -> Any:
    """True where XLA compiles the loop for any size, else a tensor that says whether for this one."""
    if inside_xla() or layer.fused is True:
        layer._compiled = "by XLA with the graph around it" if inside_xla() else "by XLA at once, as fused=True asks"
        return True
    if "_sizes" not in vars(layer):
        layer._sizes = Sizes()
    layer._compiled = layer._sizes
    return layer._sizes.pays(sequences)


def _kept(layer: Any) -> Kept:
    return vars(layer).setdefault("_fast_functions", Kept())


@dataclass(frozen=True)
class _How:
    """How a call runs.

    compiles: True or a tensor that says whether XLA runs it.
    keeps: whether the way back is expected, and what it needs is kept; else it is made again if there is one.
    functions: the layer's.
    """

    compiles: Any
    keeps: bool
    functions: Kept


def _in_graph(
    layer: Any, sequences: Any, initial_state: list[Any], mask: Any, training: bool
) -> tuple[Any, Any, list[Any]]:
    mask = None if mask is None else tf.cast(mask, tf.bool)
    if mask is not None and mask.shape[0] == 1 != sequences.shape[0]:
        mask = tf.repeat(mask, tf.shape(sequences)[0], axis=0)
    if layer.go_backwards:
        sequences, mask = (None if part is None else tf.reverse(part, (1,)) for part in (sequences, mask))
    given = (mask, layer.return_sequences, _How(_compiles(layer, sequences), training, _kept(layer)))
    outputs, last = _through(layer.cell, sequences, initial_state, *given)
    outputs = _as_keras_masks(outputs, mask, layer)
    return outputs[:, -1], outputs, last


def _through(
    cell: Any, x: Any, initial_state: list[Any], mask: Any, sequence: bool, how: _How
) -> tuple[Any, list[Any]]:
    """A cell's outputs, of all steps or of the last alone, and its last states."""
    stated = cell.fast_loop()
    if isinstance(stated, FastStack):
        return _through_stack(stated, x, initial_state, mask, sequence, how)
    functions = how.functions.of(
        cell, sequence, lambda: stated.passes(*(_NAMES[activation] for activation in stated.activations))
    )
    weights = [None if weight is None else ops.convert_to_tensor(weight) for weight in stated.weights]
    if stated.shows:
        initial_state = [tf.zeros((tf.shape(x)[0], cell.output_size), cell.compute_dtype), *initial_state]
    last, values = _Loop(functions, x, mask, weights, how)(initial_state)
    shown = [values] if sequence else [last[0][:, None], *last[1:]]
    return (shown[0], last[1:]) if stated.shows else (cell.readout(shown), last)


def _through_stack(
    stack: FastStack, x: Any, initial_state: list[Any], mask: Any, sequence: bool, how: _How
) -> tuple[Any, list[Any]]:
    outputs, last = [x], []
    for cell, sources, states in zip(stack.cells, stack.sources, initial_state, strict=False):
        joined = _joined([outputs[source] for source in sources])
        # What a cell shows where a step is masked nobody sees: the cells above are masked there too.
        output, new = _through(cell, joined, list(states), mask, True, how)
        outputs.append(output)
        last.append(new)
    shown = _joined([outputs[source] for source in stack.sources[-1]])
    return shown if sequence else shown[:, -1:], last


def _joined(tensors: list[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else tf.concat(tensors, axis=-1)


def _as_keras_masks(outputs: Any, mask: Any, layer: Any) -> Any:
    """A masked step repeats the output before it; there is none before the first step that counts."""
    if mask is None:
        return outputs
    if not (layer.zero_output_for_mask and layer.return_sequences):
        mask = tf.cumsum(tf.cast(mask, tf.int32), axis=1) > 0
    mask = mask if layer.return_sequences else mask[:, -1:]
    return tf.where(mask[:, :, None], outputs, tf.zeros_like(outputs))


class _Loop:
    """The loop over time, from the first states to the last ones and the first state tensor at all steps."""

    def __init__(self, functions: Functions, x: Any, mask: Any, weights: list[Any], how: _How) -> None:
        self.functions, self.x, self.mask, self.weights, self.how = functions, x, mask, weights, how
        self.sequence, self.cuts = functions.sequence, _cuts(x)

    def __call__(self, states: list[Any]) -> tuple[list[Any], Any]:
        given = [k for k, weight in enumerate(self.weights) if weight is not None]

        @tf.custom_gradient
        def loop(x: Any, *tensors: Any) -> tuple[list[Any], Callable[..., list[Any]]]:
            weights = list(self.weights)
            for k, weight in zip(given, tensors[len(states) :], strict=True):
                weights[k] = weight
            result, gradient = self._all_parts(x, list(tensors[: len(states)]), weights)

            def gradient_of_given(*d_result: Any) -> list[Any]:
                dx, d_states, d_weights = gradient(list(d_result))
                return [dx, *d_states, *(d_weights[k] for k in given)]

            return result, gradient_of_given

        result = loop(self.x, *states, *(self.weights[k] for k in given))
        return list(result[: len(states)]), result[-1]

    def _all_parts(self, x: Any, states: list[Any], weights: list[Any]) -> tuple[list[Any], Callable[..., Any]]:
        parts = [(cut(x), None if self.mask is None else cut(self.mask), [cut(s) for s in states]) for cut in self.cuts]
        done = self._each(self.functions.forward if self.how.keeps else self.functions.shown, parts, weights)

        def gradient(d_result: list[Any]) -> tuple[Any, list[Any], list[Any]]:
            calls = []
            kept = done if self.how.keeps else self._each(self.functions.forward, parts, weights)
            for cut, (_, mask, start), (_, _, ys, _, saved) in zip(self.cuts, parts, kept, strict=True):
                d_last, d_ys = [cut(d) for d in d_result[: len(states)]], cut(d_result[-1]) if self.sequence else None
                calls.append((d_last, d_ys, ys, saved, mask, start, weights[2:]))
            grads = self._once(calls)
            # In the graph rather than in the compiled functions: what nobody asks for is not computed.
            dx = tf.concat([_product_back(deltas, weights[0]) for _, deltas, *_ in grads], axis=0)
            dx = tf.ensure_shape(dx, x.shape)  # its loop wants to know the sizes that the layer below knows
            return dx, self._joined([g[0] for g in grads]), self._weights_gradients(kept, grads, weights)

        outputs = [part[1] for part in done] if self.sequence else []
        return [*self._joined([part[0] for part in done]), *([tf.concat(outputs, axis=0)] if outputs else [])], gradient

    def _each(self, function: Either, parts: list[tuple[Any, ...]], weights: list[Any]) -> list[Any]:
        return [function(self.how.compiles, (*part, *weights)) for part in parts]

    def _once(self, calls: list[tuple[Any, ...]]) -> list[Any]:
        """The backward pass of all parts, which has no gradient of its own."""
        flat = tf.nest.flatten(calls)
        present = [k for k, tensor in enumerate(flat) if tensor is not None]
        structure: list[Any] = []

        @tf.custom_gradient
        def backward(*tensors: Any) -> tuple[list[Any], Callable[..., Any]]:
            full = list(flat)
            for k, tensor in zip(present, tensors, strict=True):
                full[k] = tensor
            result = [
                self.functions.backward(self.how.compiles, call) for call in tf.nest.pack_sequence_as(calls, full)
            ]
            structure.append(result)
            return tf.nest.flatten(result), _refuse

        result = backward(*(flat[k] for k in present))
        return tf.nest.pack_sequence_as(structure[-1], result)

    def _joined(self, parts: list[list[Any]]) -> list[Any]:
        return [tf.concat(states, axis=0) for states in zip(*parts, strict=True)]

    def _weights_gradients(self, done: list[Any], grads: list[Any], weights: list[Any]) -> list[Any]:
        if weights[0] is None:
            d_kernel = None
        else:
            d_kernel = tf.add_n([steps_product(p[3], g[1]) for p, g in zip(done, grads, strict=True)])
        return [d_kernel, *(tf.add_n(list(own)) for own in zip(*(g[2:] for g in grads), strict=True))]


def _refuse(*_: Any) -> None:
    raise ValueError(
        "fused: expected fused=False for a second derivative or forward mode, received 'auto' or True: the fast path's "
        "gradient is written by hand and cannot be differentiated again. Build the layer with fused=False."
    )


def _product_back(deltas: Any, kernel: Any) -> Any:
    """Gradient of the input, batch first."""
    if kernel is None:
        return time_first(deltas)
    dx = tf.matmul(tf.reshape(deltas, (-1, kernel.shape[1])), kernel, transpose_b=True)
    return time_first(tf.reshape(dx, (length(deltas), -1, kernel.shape[0])))


def _cuts(x: Any) -> list[Callable[[Any], Any]]:
    """How to take each part out of a tensor whose first axis is the batch."""
    parts = _number_of_parts(x.shape[0])
    if parts == 1:
        return [tf.identity]
    batch = x.shape[0] or tf.shape(x)[0]
    ends = [batch * k // parts for k in range(parts + 1)]
    return [partial(_rows, a, b) for a, b in pairwise(ends)]


def _rows(first: Any, end: Any, tensor: Any) -> Any:
    return tensor[first:end]


def _number_of_parts(batch: int | None) -> int:
    """One a core; but one in all on a GPU, and where XLA compiles the whole and would run them one after the other."""
    if tf.config.list_logical_devices("GPU") or inside_xla():
        return 1
    threads = tf.config.threading.get_inter_op_parallelism_threads() or cores()
    return max(1, min(cores(), threads, _MOST_PARTS, batch or _MOST_PARTS))
