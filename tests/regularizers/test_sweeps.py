"""The gradient of loss + λΩ by loops over states alone against that of TensorFlow's own derivative of its loops."""

import importlib

import keras
import numpy as np
import pytest

import rnnkit
from tests.double_precision import double_precision  # noqa: F401

module = importlib.import_module("rnnkit.dynamics.trajectory")  # the name is the function's too

B, T, N = 3, 5, 2

LAYERS = {
    "lstm": lambda: keras.layers.LSTM(4, use_cudnn=False, return_sequences=True),
    "gru": lambda: keras.layers.GRU(4, use_cudnn=False, reset_after=False, return_sequences=True),
    "backwards": lambda: rnnkit.Elman(4, 3, return_sequences=True, go_backwards=True, zero_output_for_mask=True),
    "memory blocks": lambda: rnnkit.MemoryBlocks(3, 2, return_sequences=True),
    "fgr": lambda: rnnkit.PeepholeLSTM(4, full_gate_recurrence=True, return_sequences=True),
    "two": lambda: rnnkit.DeepRNN([rnnkit.CFNCell(4), rnnkit.JordanCell(3, 2)], return_sequences=True),
}


pytestmark = [
    pytest.mark.usefixtures("double_precision"),
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's alone"),
]


def batch(masked):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(B, T, N)), rng.normal(size=(B, T, 2))
    if masked:
        x[0, 0] = x[1, 2] = x[2, 4] = 0.0
    return x, y


def trained(make, form, x, y, masked, jit=False):
    """Weights after two steps of SGD, and the losses."""
    keras.utils.set_random_seed(0)
    first = [keras.layers.Masking()] if masked else []
    model = keras.Sequential([keras.Input((None, N)), *first, make(), keras.layers.Dense(2, "tanh")])
    rng = np.random.default_rng(0)
    model.set_weights([0.7 * rng.normal(size=w.shape) for w in model.get_weights()])
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit)
    rnnkit.GradientNormRegularizer(0.5, form=form).attach(model)
    return [float(model.train_on_batch(x, y)) for _ in range(2)], model.get_weights()


@pytest.mark.parametrize(("name", "masked"), [(name, k % 2 == 0) for k, name in enumerate(LAYERS)], ids=list(LAYERS))
def test_equals_tensorflows_own_second_derivative(name, masked, monkeypatch):
    x, y = batch(masked)
    form = "code" if masked else "equation 9"
    losses, weights = trained(LAYERS[name], form, x, y, masked)
    made = []
    monkeypatch.setattr(module, "all_is_known", lambda cell: made.append(cell))
    expected_losses, expected = trained(LAYERS[name], form, x, y, masked)
    assert made
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-10)
    for one, other in zip(weights, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "masked"), [("lstm", True), ("backwards", False), ("two", True)])
def test_xla_compiles_it(name, masked):
    x, y = batch(masked)
    (plain, weights), (compiled, found) = (trained(LAYERS[name], "code", x, y, masked, jit) for jit in (False, True))
    np.testing.assert_allclose(compiled, plain, rtol=1e-10)
    for one, other in zip(found, weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_initial_states_and_token_ids(monkeypatch):
    """Start and rows of the kernel are reached by the gradient too."""
    ids, vector = keras.Input((None,), dtype="int32"), keras.Input((2,))
    rng = np.random.default_rng(2)
    data = [rng.integers(0, 6, (B, T)), rng.normal(size=(B, 2))]
    y = rng.normal(size=(B, T, 4))
    found = []
    for known in (True, False):
        if not known:
            monkeypatch.setattr(module, "all_is_known", lambda cell: False)
        keras.utils.set_random_seed(0)
        starts = [keras.layers.Dense(4)(vector) for _ in range(2)]
        layer = rnnkit.PeepholeLSTM(4, input_dim=6, return_sequences=True)
        model = keras.Model([ids, vector], layer(ids, initial_state=starts))
        model.compile(keras.optimizers.SGD(0.1), "mse")
        rnnkit.GradientNormRegularizer(0.5).attach(model)
        losses = [float(model.train_on_batch(data, y)) for _ in range(2)]
        found.append([np.array(losses), *model.get_weights()])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
