"""Elman's net against plain loops, keras SimpleRNN and torch.nn.RNN. All sizes differ, so a transpose fails."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import Elman
from tests.oracles import recurrent

B, T, N, K, J = 4, 6, 3, 5, 2


def random_weights(layer, seed=0):
    rng = np.random.default_rng(seed)
    layer.build((None, None, N))
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(B, T, N))


@pytest.mark.parametrize(("hidden", "output"), [("sigmoid", "sigmoid"), ("tanh", "linear")])
def test_equals_the_equations_in_plain_loops(x, hidden, output):
    functions = {"sigmoid": recurrent.sigmoid, "tanh": np.tanh, "linear": lambda a: a}
    layer = Elman(K, J, hidden, output, return_sequences=True, return_hidden=True, return_state=True, dtype="float64")
    random_weights(layer)
    got, hidden_got, last = (ops.convert_to_numpy(part) for part in layer(x))
    v, omega = ops.convert_to_numpy(layer.v), ops.convert_to_numpy(layer.omega)
    for i in range(B):
        g, f = recurrent.elman(x[i], v, omega, functions[hidden], functions[output])
        np.testing.assert_allclose(got[i], g, rtol=1e-10)
        np.testing.assert_allclose(hidden_got[i], f, rtol=1e-10)
        np.testing.assert_allclose(last[i], f[-1], rtol=1e-10)


def test_hidden_layer_equals_keras_simple_rnn(x):
    layer = Elman(K, J, "tanh", return_sequences=True, return_hidden=True, dtype="float64")
    random_weights(layer)
    peer = keras.layers.SimpleRNN(K, return_sequences=True, dtype="float64")
    peer.build((None, None, N))
    peer.set_weights([layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias])
    dense = keras.layers.Dense(J, "sigmoid", dtype="float64")
    dense.build((None, None, K))
    dense.set_weights([layer.cell.output_kernel, layer.cell.output_bias])
    output, hidden = layer(x)
    np.testing.assert_allclose(ops.convert_to_numpy(hidden), ops.convert_to_numpy(peer(x)), rtol=1e-10)
    np.testing.assert_allclose(ops.convert_to_numpy(output), ops.convert_to_numpy(dense(peer(x))), rtol=1e-10)


def test_hidden_layer_equals_torch_rnn(x):
    torch = pytest.importorskip("torch")
    layer = Elman(K, J, "tanh", return_sequences=True, return_hidden=True, dtype="float64")
    random_weights(layer)
    peer = torch.nn.RNN(N, K, batch_first=True, dtype=torch.float64)
    weights = [ops.convert_to_numpy(w) for w in (layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias)]
    with torch.no_grad():
        peer.weight_ih_l0.copy_(torch.tensor(weights[0].T))
        peer.weight_hh_l0.copy_(torch.tensor(weights[1].T))
        peer.bias_ih_l0.copy_(torch.tensor(weights[2]))
        peer.bias_hh_l0.zero_()
        expected = peer(torch.tensor(x))[0].numpy()
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)[1]), expected, rtol=1e-10)


def test_lecture_matrices_go_in_and_come_out():
    rng = np.random.default_rng(2)
    v, omega = rng.normal(size=(1 + N + K, K)), rng.normal(size=(1 + K, J))
    layer = Elman(K, J, dtype="float64")
    layer.build((None, None, N))
    layer.set_matrices(v, omega)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.v), v)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.omega), omega)
    no_bias = Elman(K, J, use_bias=False, dtype="float64")
    no_bias.build((None, None, N))
    no_bias.set_matrices(v[1:], omega[1:])
    np.testing.assert_array_equal(ops.convert_to_numpy(no_bias.v), v[1:])
    np.testing.assert_array_equal(ops.convert_to_numpy(no_bias.omega), omega[1:])


def test_wrong_matrices_are_refused_by_shape():
    layer = Elman(K, J)
    with pytest.raises(ValueError, match="no weights yet"):
        layer.set_matrices(np.zeros((9, 5)), np.zeros((6, 2)))
    layer.build((None, None, N))
    with pytest.raises(ValueError, match=r"v: expected shape \(9, 5\), received \(5, 9\)"):
        layer.set_matrices(np.zeros((5, 9)), np.zeros((6, 2)))
    with pytest.raises(ValueError, match=r"omega: expected shape \(6, 2\), received \(5, 2\)"):
        layer.set_matrices(np.zeros((9, 5)), np.zeros((5, 2)))
