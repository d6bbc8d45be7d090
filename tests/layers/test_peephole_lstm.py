"""The peephole LSTM against plain loops, keras LSTM (exactly, with zero peepholes) and tf_keras's legacy cell."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import PeepholeLSTM
from tests.oracles import recurrent

B, T, M, N = 4, 6, 3, 5


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(B, T, M))


@pytest.fixture
def weights():
    rng = np.random.default_rng(2)
    shapes = [(M, 4 * N), (N, 4 * N), (3, N), (4 * N,)]
    return [rng.normal(size=shape) for shape in shapes]


def layer_with(weights, **kwargs):
    layer = PeepholeLSTM(N, return_sequences=True, dtype="float64", **kwargs)
    layer.build((None, None, M))
    layer.set_weights(weights)
    return layer


def test_equals_the_equations_in_plain_loops(x, weights):
    kernel, recurrent_kernel, peepholes, bias = weights
    named = {f"p_{gate}": peepholes[row] for row, gate in enumerate("ifo")}
    for place, gate in enumerate("ifzo"):
        columns = slice(place * N, (place + 1) * N)
        named[f"W_{gate}"], named[f"R_{gate}"] = kernel[:, columns].T, recurrent_kernel[:, columns].T
        named[f"b_{gate}"] = bias[columns]
    rng = np.random.default_rng(3)
    y0, c0 = rng.normal(size=(B, N)), rng.normal(size=(B, N))
    got, last_y, last_c = layer_with(weights, return_state=True)(x, initial_state=[y0, c0])
    for i in range(B):
        y, c = recurrent.peephole_lstm(x[i], named, y0[i], c0[i])
        np.testing.assert_allclose(ops.convert_to_numpy(got)[i], y, rtol=1e-10)
        np.testing.assert_allclose(ops.convert_to_numpy(last_y)[i], y[-1], rtol=1e-10)
        np.testing.assert_allclose(ops.convert_to_numpy(last_c)[i], c[-1], rtol=1e-10)


def test_with_zero_peepholes_equals_keras_lstm_exactly(x, weights):
    kernel, recurrent_kernel, peepholes, bias = weights
    peer = keras.layers.LSTM(N, return_sequences=True, dtype="float64", use_cudnn=False)
    peer.build((None, None, M))
    peer.set_weights([kernel, recurrent_kernel, bias])
    ours = layer_with([kernel, recurrent_kernel, np.zeros_like(peepholes), bias])
    np.testing.assert_array_equal(ops.convert_to_numpy(ours(x)), ops.convert_to_numpy(peer(x)))


def test_starts_as_keras_lstm_does(x):
    """Same initial distribution: zero peepholes, and one added to the forget gate's bias."""
    layer = PeepholeLSTM(N)
    layer.build((None, None, M))
    peer = keras.layers.LSTM(N)
    peer.build((None, None, M))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.cell.bias), ops.convert_to_numpy(peer.cell.bias))
    assert not ops.convert_to_numpy(layer.cell.peephole_kernel).any()
    plain = PeepholeLSTM(N, unit_forget_bias=False)
    plain.build((None, None, M))
    assert not ops.convert_to_numpy(plain.cell.bias).any()


def test_equals_the_legacy_peephole_cell_of_tf_keras(x, weights):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("tf_keras needs TensorFlow")
    legacy = pytest.importorskip("tf_keras.src.layers.rnn.legacy_cells")
    import tensorflow as tf

    kernel, recurrent_kernel, peepholes, bias = weights
    cell = legacy.LSTMCell(N, use_peepholes=True, forget_bias=0.0, dtype=tf.float64)
    cell.build((B, M))
    i, f, z, o = np.split(np.concatenate([kernel, recurrent_kernel]), 4, axis=1)
    b_i, b_f, b_z, b_o = np.split(bias, 4)
    cell._kernel.assign(np.concatenate([i, z, f, o], axis=1))  # the legacy cell's order of gates
    cell._bias.assign(np.concatenate([b_i, b_z, b_f, b_o]))
    for name, row in (("_w_i_diag", 0), ("_w_f_diag", 1), ("_w_o_diag", 2)):
        getattr(cell, name).assign(peepholes[row])
    state = legacy.LSTMStateTuple(tf.zeros((B, N), tf.float64), tf.zeros((B, N), tf.float64))
    expected = []
    for t in range(T):
        output, state = cell.call(tf.constant(x[:, t]), state)
        expected.append(output.numpy())
    np.testing.assert_allclose(ops.convert_to_numpy(layer_with(weights)(x)), np.stack(expected, axis=1), rtol=1e-9)
