"""The states over time, compared with what layers return, for our cells and Keras's."""

import keras
import numpy as np
import pytest
from keras import ops, tree

import rnnkit
from rnnkit.dynamics import readout, trajectory

B, T, N = 4, 6, 3

LAYERS = {
    "simple rnn": lambda **k: keras.layers.SimpleRNN(5, **k),
    "gru": lambda **k: keras.layers.GRU(5, use_cudnn=False, **k),
    "lstm": lambda **k: keras.layers.LSTM(5, use_cudnn=False, **k),
    "elman": lambda **k: rnnkit.Elman(5, 2, **k),
    "jordan": lambda **k: rnnkit.Jordan(5, 2, decay=0.3, **k),
    "peephole lstm": lambda **k: rnnkit.PeepholeLSTM(5, **k),
    "stacked": lambda **k: keras.layers.RNN([keras.layers.LSTMCell(4), rnnkit.ElmanCell(5, 2)], **k),
}


@pytest.mark.parametrize("name", LAYERS)
def test_equals_the_layers_own_states_step_by_step(name):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(B, T, N)).astype("float32")
    layer = LAYERS[name](return_state=True, return_sequences=True)
    outputs, *_ = layer(x)
    start = tree.map_structure(
        lambda s: rng.normal(size=s.shape).astype("float32"), layer.get_initial_state(batch_size=B)
    )
    states = trajectory(layer, x, initial_state=start)
    for steps in range(1, T + 1):
        _, *expected = layer(x[:, :steps], initial_state=start)
        for got, want in zip(states, tree.flatten(expected), strict=True):
            np.testing.assert_allclose(got[:, steps - 1], want, atol=1e-5)
    from_zero = trajectory(layer.cell, x)
    np.testing.assert_allclose(readout(layer.cell, from_zero), outputs, atol=1e-5)


def test_mask_holds_the_state_from_the_first_step_on():
    x = np.random.default_rng(1).normal(size=(B, T, N)).astype("float32")
    layer = keras.layers.SimpleRNN(5)
    layer.build(x.shape)
    mask = np.ones((B, T), bool)
    mask[:, :2] = mask[:, 4] = False
    start = np.full((B, 5), 0.5, "float32")
    [states] = trajectory(layer, x, start, mask)
    [short] = trajectory(layer, x[:, [2, 3, 5]], start)
    np.testing.assert_array_equal(states[:, 0], start)
    np.testing.assert_array_equal(states[:, 4], states[:, 3])
    np.testing.assert_allclose(ops.convert_to_numpy(states)[:, [2, 3, 5]], short, atol=1e-6)


def test_bad_arguments_are_named():
    layer = keras.layers.SimpleRNN(5)
    layer.build((None, None, N))
    with pytest.raises(ValueError, match=r"inputs: expected shape \(batch, time, features\), received \(4, 3\)"):
        trajectory(layer, np.zeros((B, N)))
    with pytest.raises(ValueError, match="nudges: expected 1 tensors, one for each state tensor, received 2"):
        trajectory(layer, np.zeros((B, T, N)), nudges=[np.zeros((B, T, 5))] * 2)

    class Foreign(keras.layers.Layer):
        pass

    with pytest.raises(ValueError, match=r"cell: expected an rnnkit or Keras cell, received Foreign.*readout"):
        readout(Foreign(), [np.zeros((B, 5))])
