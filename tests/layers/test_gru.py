"""The GRU against plain loops, Keras's (exactly), and the other convention's: Chung's and the minimal gated unit."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import GRU, gru_from_keras, gru_to_keras, gru_with_swapped_update
from tests.double_precision import double_precision  # noqa: F401
from tests.oracles import gated

pytestmark = pytest.mark.usefixtures("double_precision")
B, T, M, N = 4, 6, 3, 5


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(B, T, M))


@pytest.fixture
def h0():
    return np.random.default_rng(2).normal(size=(B, N))


def gru_with(seed=3, **kwargs):
    layer = GRU(N, return_sequences=True, **kwargs)
    layer.build((None, None, M))
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("use_bias", [True, False])
def test_equals_the_equations_in_plain_loops(x, h0, use_bias):
    layer = gru_with(use_bias=use_bias, return_gates=True, return_state=True)
    w = {name: numpy(matrix) for name, matrix in layer.cell.matrices.items()}
    b = layer.get_weights()[2] if use_bias else np.zeros(3 * N)
    w["b_i"], w["b_f"], w["b_y"] = np.split(b, 3)
    y, gates, last = layer(x, initial_state=[h0])
    for i in range(B):
        expected, reset, update = gated.gru(x[i], w, h0[i])
        np.testing.assert_allclose(numpy(y)[i], expected, rtol=1e-10)
        np.testing.assert_allclose(numpy(last)[i], expected[-1], rtol=1e-10)
        np.testing.assert_allclose(numpy(gates["reset_gate"])[i], reset, rtol=1e-10)
        np.testing.assert_allclose(numpy(gates["update_gate"])[i], update, rtol=1e-10)


def test_equals_keras_gru_exactly(x):
    ours = gru_with()
    peer = keras.layers.GRU(N, return_sequences=True, reset_after=False)
    peer.build((None, None, M))
    peer.set_weights(ours.get_weights())
    np.testing.assert_array_equal(numpy(ours(x)), numpy(peer(x)))


def test_weights_have_the_names_and_shapes_of_keras():
    peer = keras.layers.GRU(N, reset_after=False)
    peer.build((None, None, M))
    ours = gru_with()
    assert [(w.name, tuple(w.shape)) for w in ours.weights] == [(w.name, tuple(w.shape)) for w in peer.weights]


def test_lecture_matrices_are_set_as_they_are_read(x):
    source, target = gru_with(seed=3, use_bias=False), gru_with(seed=4, use_bias=False)
    target.cell.set_matrices(**{name: numpy(value) for name, value in source.cell.matrices.items()})
    np.testing.assert_array_equal(numpy(target(x)), numpy(source(x)))
    only = np.random.default_rng(5).normal(size=(N, M))
    target.cell.set_matrices(W_f_i=only)
    np.testing.assert_array_equal(target.get_weights()[0][:, N : 2 * N], only.T)
    np.testing.assert_array_equal(target.get_weights()[0][:, 2 * N :], source.get_weights()[0][:, 2 * N :])


def test_swapped_update_is_the_gru_of_chung(x, h0):
    """The identity, to 1e-12: our GRU with swapped weights is the other convention with the weights as they were."""
    layer = gru_with(use_bias=False)
    weights = layer.get_weights()
    layer.set_weights(gru_with_swapped_update(weights))
    places = {"z": 0, "r": 1, "": 2}
    thirds = [np.split(weight.T, 3) for weight in weights]
    w = {
        f"{name}_{gate}".strip("_"): third[places[gate]]
        for gate in places
        for name, third in zip("WU", thirds, strict=True)
    }
    for i in range(B):
        expected = gated.gru_of_chung(x[i], w, h0[i])
        np.testing.assert_allclose(numpy(layer(x, initial_state=[h0]))[i], expected, rtol=0, atol=1e-12)


def test_swapped_update_against_torchrecurrent(x, h0):
    """Its minimal gated unit is a GRU of the other convention whose two gates are one."""
    torch = pytest.importorskip("torch")
    torchrecurrent = pytest.importorskip("torchrecurrent")
    peer = torchrecurrent.MGUCell(M, N, recurrent_bias=False, dtype=torch.float64)
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in peer.parameters():
            weight.normal_()
        state, expected = torch.tensor(h0), []
        for t in range(T):
            state = peer(torch.tensor(x[:, t]), state)
            expected.append(state.numpy())
    stacks = [weight.detach().numpy().T for weight in (peer.weight_ih, peer.weight_hh, peer.bias_ih)]
    doubled = [np.concatenate([part[..., :N], part], axis=-1) for part in stacks]
    layer = gru_with()
    layer.set_weights(gru_with_swapped_update(doubled))
    np.testing.assert_allclose(numpy(layer(x, initial_state=[h0])), np.stack(expected, 1), rtol=0, atol=1e-12)


def test_swapping_twice_changes_nothing_and_once_changes_the_update_gate_only():
    weights = gru_with().get_weights()
    once = gru_with_swapped_update(weights)
    for before, after, again in zip(weights, once, gru_with_swapped_update(once), strict=True):
        np.testing.assert_array_equal(again, before)
        np.testing.assert_array_equal(after[..., :N], -before[..., :N])
        np.testing.assert_array_equal(after[..., N:], before[..., N:])


def test_whole_layers_from_and_to_keras(x):
    settings = {"activation": "softsign", "dropout": 0.1, "go_backwards": True, "return_sequences": True, "seed": 7}
    peer = keras.layers.GRU(N, reset_after=False, kernel_regularizer="l2", name="mine", **settings)
    expected = numpy(peer(x))
    ours = gru_from_keras(peer)
    back = gru_to_keras(ours)
    assert ours.name == back.name == "mine" and ours.dropout == 0.1 and ours.kernel_regularizer is not None
    np.testing.assert_array_equal(numpy(ours(x)), expected)
    np.testing.assert_array_equal(numpy(back(x)), expected)
    config, kept = peer.get_config(), back.get_config()
    assert kept == config


def test_open_and_closed_update_gates(x, h0):
    """g_i = 1 keeps the state for ever; g_i = g_f = 0 leaves a layer without memory."""
    layer = gru_with()
    kernel, recurrent_kernel, bias = layer.get_weights()
    kernel[:, : 2 * N], recurrent_kernel[:, : 2 * N] = 0, 0
    bias[:N], bias[N : 2 * N] = 800, -800
    layer.set_weights([kernel, recurrent_kernel, bias])
    np.testing.assert_array_equal(numpy(layer(x, initial_state=[h0])), np.repeat(h0[:, None], T, axis=1))
    bias[:N] = -800
    layer.set_weights([kernel, recurrent_kernel, bias])
    expected = np.tanh(x @ kernel[:, 2 * N :] + bias[2 * N :])
    np.testing.assert_allclose(numpy(layer(x, initial_state=[h0])), expected, rtol=1e-12)


def test_dropout_leaves_alone_what_is_carried_over(h0):
    layer = GRU(N, recurrent_dropout=0.5, seed=1, bias_initializer="zeros")
    layer.build((None, None, M))
    kernel, recurrent_kernel, bias = layer.get_weights()
    bias[:N] = 800
    layer.set_weights([kernel * 0, recurrent_kernel * 0, bias])
    np.testing.assert_array_equal(numpy(layer(np.ones((B, T, M)), initial_state=[h0], training=True)), h0)


def test_saves_and_loads(x, tmp_path):
    inputs = keras.Input((None, M))
    y, gates = GRU(N, return_sequences=True, return_gates=True)(inputs)
    model = keras.Model(inputs, [y, gates["reset_gate"], gates["update_gate"]])
    model.save(tmp_path / "gru.keras")
    again = keras.models.load_model(tmp_path / "gru.keras")
    for ours, theirs in zip(model(x), again(x), strict=True):
        np.testing.assert_array_equal(numpy(ours), numpy(theirs))


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="units: expected a positive integer, received 0"):
        GRU(0)
    with pytest.raises(ValueError, match=r"reset_after=False, received reset_after=True.*Build and train keras"):
        gru_from_keras(keras.layers.GRU(3))
    with pytest.raises(ValueError, match="layer: expected a keras.layers.GRU, received a LSTM"):
        gru_from_keras(keras.layers.LSTM(3))
    with pytest.raises(ValueError, match="layer: expected a rnnkit.GRU, received a GRU"):
        gru_to_keras(keras.layers.GRU(3))
    with pytest.raises(ValueError, match="expected return_gates=False, received True"):
        gru_to_keras(GRU(3, return_gates=True))
    shapes = [(2, 9), (3, 9), (2, 9)]
    with pytest.raises(ValueError, match=r"received \[\(2, 9\), \(3, 9\), \(2, 9\)\]. A bias \(2, 3N\) belongs"):
        gru_with_swapped_update([np.zeros(shape) for shape in shapes])
    for few in ([], [np.zeros((2, 9))], [np.zeros(9), np.zeros(9)]):
        with pytest.raises(ValueError, match="weights: expected shapes"):
            gru_with_swapped_update(few)
    with pytest.raises(ValueError, match="the cell has no weights yet"):
        GRU(3).cell.set_matrices()
    cell = gru_with().cell
    with pytest.raises(ValueError, match="expected names among .*W_f_i.*, received 'W_z'"):
        cell.set_matrices(W_z=np.zeros((N, N)))
    with pytest.raises(ValueError, match=r"W_f_i: expected shape \(5, 3\), received \(3, 5\)"):
        cell.set_matrices(W_f_i=np.zeros((M, N)))
