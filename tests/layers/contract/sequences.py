"""Masks, directions, loops and lengths: what a recurrent layer makes of a sequence."""

from typing import Any

import keras
import numpy as np
from keras import ops, tree

from tests.layers.catalogue import B, Entry, T
from tests.layers.contract.tools import by_hand, contract, flat, model_of, same, tensors, twin

LENGTHS = (6, 4, 1, 3)
DELETED = (2, 4, 1, 3)


def _all() -> Any:
    return np.ones((B, T), bool)


@contract()
def check_layer_is_the_cell_over_time(entry: Entry) -> None:
    """Output, sequence and states, in this order, with the states as the cell orders them."""
    layer = entry.built(return_sequences=True, return_state=True)
    x, start = entry.inputs(), entry.states()
    outputs, last = by_hand(layer, x, tensors(start))
    same(layer(x, initial_state=tensors(start)), [ops.stack(outputs, axis=1), last], what="layer, cell by hand")
    same(twin(layer, entry, return_sequences=False)(x, initial_state=tensors(start)), [outputs[-1], last])


@contract()
def check_right_mask_is_truncation(entry: Entry) -> None:
    layer, x = entry.built(return_state=True), entry.inputs()
    mask = np.arange(T) < np.array(LENGTHS)[:, None]
    for settings in ({}, {"zero_output_for_mask": True}, {"unroll": True}):
        masked = flat(twin(layer, entry, **settings)(x, mask=mask))
        for row, length in enumerate(LENGTHS):
            short = flat(layer(x[row : row + 1, :length]))
            same([part[row] for part in masked], [part[0] for part in short], what=f"{settings}, row {row}")


@contract()
def check_inner_mask_is_deletion(entry: Entry) -> None:
    """In each example another step is masked; outputs at the other steps count too."""
    layer, x = entry.built(return_sequences=True, return_state=True), entry.inputs()
    mask = _all()
    mask[np.arange(B), DELETED] = False
    output, *states = flat(layer(x, mask=mask))
    rest = np.stack([np.delete(row, gone, axis=0) for row, gone in zip(x, DELETED, strict=True)])
    kept = np.stack([np.delete(row, gone, axis=0) for row, gone in zip(output, DELETED, strict=True)])
    same([kept, *states], layer(rest))
    before = output[np.arange(B), np.array(DELETED) - 1]
    same(output[np.arange(B), DELETED], before, 1e-7, "masked output repeats the one before")


@contract()
def check_masked_first_step(entry: Entry) -> None:
    """Before the first step that counts, the states stay and the output is zero."""
    layer, x, start = entry.built(return_sequences=True, return_state=True), entry.inputs(), tensors(entry.states())
    mask = _all()
    mask[:, 0] = mask[1] = False
    for settings in ({}, {"unroll": True}):
        output, *states = flat(twin(layer, entry, **settings)(x, mask=mask, initial_state=start))
        rest, *expected = flat(layer(x[:, 1:], initial_state=start))
        same(output[:, 0], np.zeros_like(output[:, 0]), what="first step")
        counts = np.array([0, 2, 3])
        same([output[counts, 1:], *[s[counts] for s in states]], [rest[counts], *[s[counts] for s in expected]])
        same([output[1], *[s[1] for s in states]], [np.zeros_like(output[1]), *[s[1] for s in flat(start)]])


@contract()
def check_zero_output_for_mask(entry: Entry) -> None:
    layer, x = entry.built(return_sequences=True), entry.inputs()
    mask = _all()
    mask[:, 3] = False
    held = flat(layer(x, mask=mask))[0]
    for settings in ({}, {"unroll": True}):
        zeroed = flat(twin(layer, entry, zero_output_for_mask=True, **settings)(x, mask=mask))[0]
        assert not zeroed[:, 3].any(), f"{settings}: a masked step's output is not zero"
        same(np.delete(zeroed, 3, axis=1), np.delete(held, 3, axis=1))


@contract()
def check_mask_goes_on(entry: Entry) -> None:
    """The mask reaches the next layer of a model if there is a sequence, and only then."""
    x, mask = tensors(np.zeros((B, T, 1))), ops.convert_to_tensor(_all())
    for layer, passed in ((entry.make(return_sequences=True), True), (entry.make(), False)):
        assert layer.supports_masking
        found = layer.compute_mask(x, mask)
        assert (found is not None) == passed, f"return_sequences={passed}: mask {found}"


@contract()
def check_go_backwards_is_a_flip(entry: Entry) -> None:
    layer, x = entry.built(return_sequences=True, return_state=True), entry.inputs()
    mask = _all()
    mask[:, 4] = mask[0, 0] = False
    for settings in ({}, {"unroll": True}):
        back = twin(layer, entry, go_backwards=True, **settings)
        same(back(x), layer(x[:, ::-1]), what=f"{settings}")
        same(back(x, mask=mask), layer(x[:, ::-1], mask=mask[:, ::-1]), what=f"masked, {settings}")


@contract()
def check_unrolled_is_the_loop(entry: Entry) -> None:
    layer, x = entry.built(return_sequences=True, return_state=True), entry.inputs()
    start = tensors(entry.states())
    same(twin(layer, entry, unroll=True)(x, initial_state=start), layer(x, initial_state=start))


@contract()
def check_initial_state_is_continuation(entry: Entry) -> None:
    layer, x = entry.built(return_sequences=True, return_state=True), entry.inputs()
    whole, *last = flat(layer(x))
    _, *between = layer(x[:, :4])
    same(layer(x[:, 4:], initial_state=between), [whole[:, 4:], *last])


@contract()
def check_returned_states(entry: Entry) -> None:
    """return_state appends the states, nested as the cell's, each of the size the catalogue names."""
    layer = entry.built(return_state=True)
    output, *states = layer(entry.inputs())
    assert tuple(output.shape) == (B, entry.output_size)
    shapes = tree.map_structure(lambda s: f"{tuple(s.shape)}", states)
    assert shapes == tree.map_structure(lambda n: f"{(B, n)}", entry.state_size), shapes


@contract()
def check_empty_sequence(entry: Entry) -> None:
    """Nothing happened: outputs zero, or none, and the states stay."""
    layer, start = entry.built(return_state=True), tensors(entry.states())
    nothing = entry.inputs(B, 0)
    same(layer(nothing, initial_state=start), [np.zeros((B, entry.output_size)), *flat(start)])
    same(layer(nothing), [np.zeros((B, entry.output_size)), *flat(layer.get_initial_state(B))])
    sequence = twin(layer, entry, return_sequences=True, return_state=False)(nothing)
    assert tuple(sequence.shape) == (B, 0, entry.output_size)


@contract()
def check_batch_of_one_and_time_of_one(entry: Entry) -> None:
    layer, x = entry.built(batch=None, return_state=True), entry.inputs()
    same(layer(x[:1]), [part[:1] for part in flat(layer(x))])
    output, states = layer.cell(ops.convert_to_tensor(x[:1, 0]), tensors(entry.states(1)))
    same(layer(x[:1, :1], initial_state=tensors(entry.states(1))), [output, states])


@contract(costly=True)
def check_length_and_batch_unknown(entry: Entry) -> None:
    layer, x = entry.built(batch=None, return_sequences=True, return_state=True), entry.inputs()
    model = model_of(entry, layer, time=None)
    expected = [(None, None, entry.output_size), *[(None, n) for n in tree.flatten(entry.state_size)]]
    shapes = [tuple(o.shape) for o in tree.flatten(model.output)]
    assert shapes == expected, f"{shapes}, expected {expected}"
    declared = tree.flatten(layer.compute_output_shape(entry.input_shape(None, None)))
    assert declared == tree.flatten(expected), declared
    for part in (x, x[:2, :3], x[:1, :1]):
        same(model(part), layer(part))
    same(model.predict(x[:3], verbose=0), layer(x[:3]), what="predict")
    last = twin(layer, entry, batch=None, return_sequences=False, return_state=False)
    assert tuple(model_of(entry, last, time=None).output.shape) == (None, entry.output_size)


@contract()
def check_wrong_rank_is_refused(entry: Entry) -> None:
    try:
        entry.make()(np.zeros((B, 2, 3, 4), "float32"))
    except ValueError as error:
        assert ("expected integers of shape (batch, time)" if entry.tokens else "expected ndim=3") in str(error), error
    else:
        raise AssertionError("four axes were taken")


@contract()
def check_states_as_model_inputs(entry: Entry) -> None:
    """The initial states may be inputs of a functional model."""
    layer, x, start = entry.built(batch=None, return_state=True), entry.inputs(), entry.states()
    sequence = keras.Input(entry.input_shape(T), dtype="int32" if entry.tokens else None)
    states = tree.map_structure(lambda n: keras.Input((n,)), entry.state_size)
    model = keras.Model([sequence, states], layer(sequence, initial_state=states))
    same(model([ops.convert_to_tensor(x), tensors(start)]), layer(x, initial_state=tensors(start)))


GRAPHS = {"backends": ("tensorflow",), "why_not": "JAX compiles its loop in each call, and PyTorch has one way"}
PLAIN, BACKWARDS, LAST = {}, {"go_backwards": True, "zero_output_for_mask": True}, {"return_sequences": False}


def _graph_is_eager(entry: Entry, cases: Any) -> None:
    """A graph gives what the calls outside it give, in pairs of settings and whether a mask is given."""
    import tensorflow as tf

    layer, x = entry.built(return_sequences=True, return_state=True), ops.convert_to_tensor(entry.inputs())
    x = x if entry.tokens else ops.cast(x, "float32")
    mask = _all()
    mask[:, 0] = mask[0, 2] = mask[1:3, 4:] = mask[3] = False
    start = tensors(entry.states())
    for settings, masked in cases:
        one = twin(layer, entry, **settings)
        given = {"initial_state": start, **({"mask": ops.convert_to_tensor(mask)} if masked else {})}
        same(tf.function(one)(x, **given), one(x, **given), what=f"{settings}, masked: {masked}")


@contract(**GRAPHS)
def check_graph_is_eager(entry: Entry) -> None:
    """A graph, where a fast path may be chosen, gives what the calls outside it give: masked, backwards, continued."""
    _graph_is_eager(entry, [(PLAIN, False), (BACKWARDS, True), (LAST, True)])


@contract(**GRAPHS, long=True)
def check_graph_is_eager_in_the_other_settings(entry: Entry) -> None:
    _graph_is_eager(entry, [(PLAIN, True), (BACKWARDS, False), (LAST, False)])
