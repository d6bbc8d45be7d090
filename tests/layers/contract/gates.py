"""`return_gates`: the gates over time, beside the output."""

import numpy as np
from keras import ops, tree

from tests.layers.catalogue import B, Entry, T
from tests.layers.contract.tools import contract, flat, model_of, same, tensors, twin


def _gated(entry: Entry) -> bool:
    return entry.gates is not None


@contract(applies=_gated)
def check_gates_of_a_step(entry: Entry) -> None:
    """One step from random states: the gates that the equations give, computed apart."""
    layer, x, start = entry.built(return_gates=True), entry.inputs(B, 1), entry.states()
    _, gates = layer(x, initial_state=tensors(start))
    weights = {w.name: value for w, value in zip(layer.weights, flat(layer.weights), strict=True)}
    expected = entry.gates(weights, x[:, 0], start) if entry.gates else {}
    assert set(gates) == set(expected), f"{sorted(gates)}, expected {sorted(expected)}"
    for name, value in expected.items():
        same(gates[name], value, what=name)


@contract(applies=_gated)
def check_gates_over_time(entry: Entry) -> None:
    """Each in [0, 1], each step's as from the states before it; output and states as without gates."""
    plain, x = entry.built(return_sequences=True, return_state=True), entry.inputs()
    layer = twin(plain, entry, return_gates=True)
    output, gates, *states = layer(x)
    same([output, *states], plain(x))
    last_step = twin(layer, entry, return_sequences=False)
    _, before = x, plain(x[:, :-1])[1:]
    same(last_step(x[:, -1:], initial_state=before)[1], [value[:, -1] for value in flat(gates)])
    same(last_step(x)[1], [value[:, -1] for value in flat(gates)])
    for value in flat(gates):
        assert value.shape[:2] == (B, T)
        assert 0.0 <= value.min() and value.max() <= 1.0, (value.min(), value.max())
        assert value.std() > 1e-3, "a gate that never moves"


@contract(applies=_gated)
def check_gates_in_a_model(entry: Entry) -> None:
    """As a symbolic output, saved with the model's configuration, under a mask, and of an empty sequence."""
    layer, x = entry.built(batch=None, return_sequences=True, return_gates=True), entry.inputs()
    model = model_of(entry, layer, time=None)
    symbolic = [tuple(part.shape) for part in tree.flatten(model.output)]
    result = model(x)
    assert symbolic == [(None, None, part.shape[-1]) for part in tree.flatten(result)], symbolic
    same(result, layer(x))
    mask = np.ones((B, T), bool)
    mask[:, 4:] = False
    short = twin(layer, entry, batch=None, return_sequences=False)
    same(short(x, mask=mask), short(x[:, :4]), what="masked")
    assert all(part.shape[1] == 0 for part in tree.flatten(layer(ops.convert_to_tensor(entry.inputs(B, 0)))))
