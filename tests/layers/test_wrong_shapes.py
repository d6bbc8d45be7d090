"""Shapes that do not fit each other: one sentence with the argument, what was expected and what was received."""

import keras
import numpy as np
import pytest

import rnnkit

B, T, N, U = 4, 6, 3, 5
X = np.random.default_rng(0).normal(size=(B, T, N)).astype("float32")

LAYERS = {
    "lstm": lambda **k: rnnkit.PeepholeLSTM(U, **k),
    "elman": lambda **k: rnnkit.Elman(U, 2, **k),
    "gru": lambda **k: rnnkit.GRU(U, **k),
    "memory blocks": lambda **k: rnnkit.MemoryBlocks(U, **k),
    "deep": lambda **k: rnnkit.DeepRNN([rnnkit.layers.GRUCell(U), keras.layers.LSTMCell(2)], **k),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def states_of(layer, more=0):
    layer(X)
    return [np.zeros((B, n + more), "float32") for n in keras.tree.flatten(layer.state_size)]


@every_layer
@pytest.mark.parametrize("steps", [T - 1, T + 1])
def test_mask_of_other_steps(name, steps):
    with pytest.raises(ValueError, match=rf"mask: layer .* expected shape \(batch, {T}\).*received \({B}, {steps}\)"):
        LAYERS[name]()(X, mask=np.ones((B, steps), bool))


@every_layer
def test_mask_of_one_row_stands_for_all(name):
    row = np.array([[True, False, True, True, False, True]])
    layer = LAYERS[name](return_sequences=True)
    ours, full = (keras.ops.convert_to_numpy(layer(X, mask=m)) for m in (row, np.repeat(row, B, axis=0)))
    np.testing.assert_array_equal(ours, full)
    assert np.any(ours != keras.ops.convert_to_numpy(layer(X)))


@every_layer
def test_initial_state_of_other_size_or_number(name):
    layer = LAYERS[name]()
    states = states_of(layer)
    for wrong in ([*states, states[0]], states[:-1], states_of(layer, more=1)):
        if wrong:
            with pytest.raises(ValueError, match=rf"initial_state: layer .* expected {len(states)} of shape.*received"):
                layer(X, initial_state=wrong)


@every_layer
def test_other_features_than_built_for(name):
    layer = LAYERS[name]()
    layer(X)
    with pytest.raises(ValueError, match=f"expected axis -1 of input shape to have value {N}.*{B}, {T}, 2"):
        layer(X[..., :2])


def test_deep_cells_share_the_dtype_asked_for():
    """Unless they have one of their own."""
    own = keras.layers.LSTMCell(2, dtype="mixed_float16")
    layer = rnnkit.DeepRNN([rnnkit.layers.GRUCell(U), keras.layers.GRUCell(2), own], dtype="float64")
    layer.build((B, T, N))
    assert [weight.dtype for weight in layer.weights] == ["float64"] * 6 + ["float32"] * 3
    again = rnnkit.DeepRNN.from_config(layer.get_config())
    assert [cell.dtype_policy.name for cell in again.cell.cells] == ["float64", "float64", "mixed_float16"]


@every_layer
def test_kept_states_in_mixed_precision(name):
    """The second call starts where the first ended."""
    cells = {
        "cells": [rnnkit.layers.GRUCell(U, dtype="mixed_float16"), keras.layers.LSTMCell(2, dtype="mixed_float16")]
    }
    arguments = {"dtype": "mixed_float16", "stateful": True}
    layer = rnnkit.DeepRNN(**cells, **arguments) if name == "deep" else LAYERS[name](**arguments)
    layer.build((B, T, N))
    layer(X)
    first = [np.asarray(keras.ops.convert_to_numpy(s)) for s in keras.tree.flatten(layer.states)]
    assert all(np.any(state != 0) for state in first)
    after = keras.ops.convert_to_numpy(layer(X[:, :1]))
    layer.reset_state()
    assert np.any(np.abs(after - keras.ops.convert_to_numpy(layer(X[:, :1]))) > 1e-3)


def test_memory_blocks_train_compiled_and_show_their_gates():
    """XLA with a batch that is not known; gates from the states and from the equations (1) and (2)."""
    layer = rnnkit.MemoryBlocks(2, block_size=3, return_sequences=True, return_state=True)
    _, u, _ = layer(X)
    gates = rnnkit.dynamics.trajectory(layer, X, return_gates=True)[1]
    assert {name: tuple(gate.shape) for name, gate in gates.items()} == {
        "input_gate": (B, T, 2),
        "output_gate": (B, T, 2),
    }
    last = np.concatenate([keras.ops.convert_to_numpy(gate)[:, -1] for gate in gates.values()], axis=-1)
    np.testing.assert_allclose(last, keras.ops.convert_to_numpy(u)[:, :4], rtol=1e-6)
    if keras.backend.backend() == "torch":
        return
    losses = []
    for compiled in (True, False):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((T, N)), rnnkit.MemoryBlocks(2, block_size=3)])
        model.compile("sgd", "mse", jit_compile=compiled)
        losses.append(model.fit(X, np.ones((B, 6)), epochs=3, batch_size=2, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-5)
