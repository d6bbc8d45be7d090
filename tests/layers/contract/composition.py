"""The layer and its cell inside Keras's own wrappers."""

from typing import Any

import keras
import numpy as np
from keras import ops

from tests.layers.catalogue import B, Entry, T
from tests.layers.contract.tools import contract, flat, for_keras_rnn, model_of, same, tensors

MERGED = {
    "concat": lambda a, b: np.concatenate([a, b], axis=-1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
    None: lambda a, b: [a, b],
}


def _both_ways(entry: Entry, layer: Any, mode: Any) -> Any:
    both = keras.layers.Bidirectional(layer, merge_mode=mode)
    both.build(entry.input_shape(B, T))
    for one in (both.forward_layer, both.backward_layer):
        one.set_weights(layer.get_weights())
    return both


@contract()
def check_bidirectional(entry: Entry) -> None:
    """Every merge mode, with sequences and without, with a mask and with states."""
    x, mask = entry.inputs(), np.ones((B, T), bool)
    mask[1, 4:] = False
    for sequences in (True, False):
        layer = entry.built(return_sequences=sequences, zero_output_for_mask=sequences)
        ahead = flat(layer(x, mask=mask))[0]
        back = flat(layer(x[:, ::-1], mask=mask[:, ::-1]))[0]
        back = back[:, ::-1] if sequences else back
        for mode, merge in MERGED.items():
            same(_both_ways(entry, layer, mode)(x, mask=mask), merge(ahead, back), what=f"{mode}, {sequences}")
    layer = entry.built(return_state=True)
    output, *states = flat(_both_ways(entry, layer, "sum")(x))
    (a, *ahead), (b, *back) = flat(layer(x)), flat(layer(x[:, ::-1]))
    same([output, *states], [a + b, *ahead, *back], what="states")


@contract()
def check_bidirectional_in_a_model(entry: Entry) -> None:
    layer = entry.built(return_sequences=True)
    both = _both_ways(entry, layer, "concat")
    model = model_of(entry, both, time=None)
    assert tuple(model.output.shape) == (None, None, 2 * entry.output_size), model.output.shape
    again = keras.layers.Bidirectional.from_config(both.get_config())
    again.build(entry.input_shape(B, T))
    again.set_weights(both.get_weights())
    same(again(entry.inputs()), model(entry.inputs()))


@contract()
def check_stacked_cells(entry: Entry) -> None:
    """Keras's own stack of our cell on a plain one: nested states, equal to layers on layers."""
    cell = entry.cell()
    top = keras.layers.SimpleRNNCell(3)
    stacked = keras.layers.RNN([cell, top], return_sequences=True, return_state=True)
    stacked.build((*entry.input_shape(B, T), 1) if entry.tokens else entry.input_shape(B, T))
    first = entry.built(return_sequences=True, return_state=True)
    cell.set_weights(first.get_weights())
    second = keras.layers.SimpleRNN(3, return_sequences=True, return_state=True)
    second.build((B, T, entry.output_size))
    second.set_weights(top.get_weights())
    x = entry.inputs()
    middle, *lower = first(x)
    output, *upper = second(middle)
    x = for_keras_rnn(entry, x)
    same(stacked(x), [output, *flat(lower), *flat(upper)])
    mask = np.ones((B, T), bool)
    mask[:, 4:] = False
    same(stacked(x, mask=mask)[1:], stacked(x[:, :4])[1:], what="masked")


@contract()
def check_time_distributed(entry: Entry) -> None:
    layer, x = entry.built(batch=None), entry.inputs(B, 2, T)
    outputs = flat(keras.layers.TimeDistributed(layer)(ops.convert_to_tensor(x, "int32" if entry.tokens else None)))[0]
    for part in range(2):
        same(outputs[:, part], layer(x[:, part]))


@contract()
def check_cell_in_keras_rnn(entry: Entry) -> None:
    """The cell alone, in Keras's own layer, gives what our layer gives."""
    layer, x, start = entry.built(return_sequences=True, return_state=True), entry.inputs(), tensors(entry.states())
    plain = keras.layers.RNN(entry.cell(), return_sequences=True, return_state=True)
    plain.build((*entry.input_shape(B, T), 1) if entry.tokens else entry.input_shape(B, T))
    plain.set_weights(layer.get_weights())
    same(plain(for_keras_rnn(entry, x), initial_state=start), layer(x, initial_state=start))
