"""The chaos-free network against plain loops, torchrecurrent's cell and the paper's bounds."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import CFN
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


def numpy(x):
    return ops.convert_to_numpy(x)


def cfn_with(seed=3, **kwargs):
    layer = CFN(N, return_sequences=True, **kwargs)
    layer.build((None, None, M))
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("use_bias", [True, False])
def test_equals_the_equations_in_plain_loops(x, h0, use_bias):
    layer = cfn_with(use_bias=use_bias, return_gates=True, return_state=True)
    kernel, recurrent_kernel, *bias = layer.get_weights()
    names = ("V_theta", "V_eta", "W", "U_theta", "U_eta", "b_theta", "b_eta")
    parts = [
        *np.split(kernel.T, 3),
        *np.split(recurrent_kernel.T, 2),
        *np.split(bias[0] if bias else np.zeros(2 * N), 2),
    ]
    h, gates, last = layer(x, initial_state=[h0])
    for i in range(B):
        states, theta, eta = gated.cfn(x[i], dict(zip(names, parts, strict=True)), h0[i])
        np.testing.assert_allclose(numpy(h)[i], states, rtol=1e-10)
        np.testing.assert_allclose(numpy(last)[i], states[-1], rtol=1e-10)
        np.testing.assert_allclose(numpy(gates["forget_gate"])[i], theta, rtol=1e-10)
        np.testing.assert_allclose(numpy(gates["input_gate"])[i], eta, rtol=1e-10)


def test_equals_the_cell_of_torchrecurrent(x, h0):
    """Its cell has a bias in tanh(W x) too and a second one in the gates; both are left at zero, as in the paper."""
    torch = pytest.importorskip("torch")
    torchrecurrent = pytest.importorskip("torchrecurrent")
    layer = cfn_with()
    kernel, recurrent_kernel, bias = layer.get_weights()
    peer = torchrecurrent.CFNCell(M, N, recurrent_bias=False, dtype=torch.float64)
    expected, state = [], torch.tensor(h0)
    with torch.no_grad():
        peer.weight_ih.copy_(torch.tensor(kernel.T))
        peer.weight_hh.copy_(torch.tensor(recurrent_kernel.T))
        peer.bias_ih.copy_(torch.tensor(np.concatenate([bias, np.zeros(N)])))
        for t in range(T):
            state = peer(torch.tensor(x[:, t]), state)
            expected.append(state.numpy())
    np.testing.assert_allclose(numpy(layer(x, initial_state=[h0])), np.stack(expected, axis=1), rtol=1e-10)


def test_without_inputs_states_shrink_by_the_forget_gate_at_least(h0):
    layer = cfn_with(seed=4, return_gates=True)
    h, gates = layer(np.zeros((B, 40, M)), initial_state=[2 * h0])
    before = np.concatenate([2 * h0[:, None], numpy(h)[:, :-1]], axis=1)
    assert (np.abs(numpy(h)) <= numpy(gates["forget_gate"]) * np.abs(before)).all()


def test_states_stay_between_minus_two_and_two():
    layer = cfn_with(seed=5)
    x = np.random.default_rng(6).normal(scale=100.0, size=(B, 50, M))
    assert 1.5 < np.abs(numpy(layer(x))).max() <= 2


def test_one_impulse_relaxes_towards_zero():
    """Equations (3) and (4) of the paper: off, then η, then down to zero; the gates do not see the input here."""
    layer = CFN(1, return_sequences=True)
    layer.build((None, None, 1))
    layer.set_weights([np.array([[0.0, 0.0, 10.0]]), np.zeros((1, 2)), np.array([1.0, -1.0])])
    x = np.zeros((1, 30, 1))
    x[0, 4] = 1
    h = numpy(layer(x))[0, :, 0]
    assert not h[:4].any() and (h[4:] > 0).all()
    assert (h[4:] <= h[4] * 0.7310586 ** np.arange(26) + 1e-15).all()
    np.testing.assert_allclose(h[4:6], [0.2689414, 0.7310586 * np.tanh(0.2689414)], rtol=1e-6)


def test_starts_with_the_gates_of_the_paper():
    layer = CFN(N, bias_initializer="zeros")
    layer.build((None, None, M))
    np.testing.assert_array_equal(layer.get_weights()[2], np.repeat([1.0, -1.0], N))
    shifted = CFN(N, bias_initializer=keras.initializers.Constant(0.25))
    shifted.build((None, None, M))
    np.testing.assert_array_equal(shifted.get_weights()[2], np.repeat([1.25, -0.75], N))
    plain = CFN(N, unit_gate_bias=False)
    plain.build((None, None, M))
    assert not plain.get_weights()[2].any()


def test_dropout_leaves_alone_what_is_carried_over(h0):
    layer = CFN(N, recurrent_dropout=0.5, seed=1)
    layer.build((None, None, M))
    kernel, recurrent_kernel, bias = layer.get_weights()
    x = np.ones((B, 1, M))
    layer.set_weights([kernel, recurrent_kernel * 0, bias])
    same = numpy(layer(x, initial_state=[h0], training=True))
    np.testing.assert_array_equal(same, numpy(layer(x, initial_state=[h0])))
    layer.set_weights([kernel, recurrent_kernel, bias])
    assert np.abs(numpy(layer(x, initial_state=[h0], training=True)) - numpy(layer(x, initial_state=[h0]))).max() > 0.01


def test_saves_and_loads(x, tmp_path):
    inputs = keras.Input((None, M))
    h, gates = CFN(N, return_sequences=True, return_gates=True)(inputs)
    model = keras.Model(inputs, [h, gates["forget_gate"], gates["input_gate"]])
    model.save(tmp_path / "cfn.keras")
    again = keras.models.load_model(tmp_path / "cfn.keras")
    for ours, theirs in zip(model(x), again(x), strict=True):
        np.testing.assert_array_equal(numpy(ours), numpy(theirs))


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="units: expected a positive integer, received -2"):
        CFN(-2)
    with pytest.raises(ValueError, match="recurrent_activation: expected the name of a Keras activation"):
        CFN(2, recurrent_activation="sigmoidd")
    with pytest.raises(ValueError, match="recurrent_dropout: expected a number from 0 up to"):
        CFN(2, recurrent_dropout=1.0)
