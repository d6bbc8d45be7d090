"""Ω's forms and its immediate partial derivative against closed forms of a tanh net in plain NumPy, in float64."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import GradientNormRegularizer

B, T, N, K = 3, 5, 2, 4


@pytest.fixture(autouse=True)
def double_precision():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


class PaperCell(keras.layers.Layer):
    """Equation (2) of the paper: the state is the sum before its activation, x_k = W σ(x_{k−1}) + W_in u_k + b."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size = self.output_size = K

    def build(self, input_shape):
        self.w = self.add_weight(shape=(K, K), name="w")
        self.w_in = self.add_weight(shape=(input_shape[-1], K), name="w_in")
        self.b = self.add_weight(shape=(K,), name="b")

    def call(self, u, states):
        x = ops.matmul(ops.tanh(states[0]), self.w) + ops.matmul(u, self.w_in) + self.b
        return x, [x]

    def readout(self, states):
        return states[0]


@pytest.fixture
def batch():
    rng = np.random.default_rng(1)
    return rng.normal(size=(B, T, N)), rng.normal(size=(B, 2))


def paper_model(**compile_arguments):
    layer = keras.layers.RNN(PaperCell(), name="watched")
    model = keras.Sequential([keras.Input((T, N)), layer, keras.layers.Dense(2)])
    rng = np.random.default_rng(0)
    model.set_weights([0.7 * rng.normal(size=w.shape) for w in model.get_weights()])
    model.compile(keras.optimizers.SGD(1.0), "mse", **compile_arguments)
    return model


def in_numpy(model, u, y):
    """For each example: states before each step, and ∇L with respect to the states after it."""
    w, w_in, b, d, e = model.get_weights()
    before, flows = np.zeros((B, T, K)), np.zeros((B, T, K))
    x = np.zeros((B, K))
    for k in range(T):
        before[:, k] = x
        x = np.tanh(x) @ w + u[:, k] @ w_in + b
    v = 2 * ((x @ d + e) - y) @ d.T / y.size
    for k in reversed(range(T)):
        flows[:, k] = v
        v = (v @ w.T) * (1 - np.tanh(before[:, k]) ** 2)
    return before, flows


def omega_in_numpy(w, before, flows, form):
    products = (flows @ w.T) * (1 - np.tanh(before) ** 2)
    ratio = np.linalg.norm(products, axis=-1) / np.linalg.norm(flows, axis=-1)
    if form == "equation 9":
        return np.mean(np.sum((ratio - 1) ** 2, axis=1))
    return np.mean((ratio**2 - 1) ** 2)


@pytest.mark.parametrize("form", ["equation 9", "code"])
def test_value_and_immediate_partial_equal_the_papers_formulas(form, batch):
    """With the paper's states, Ω depends on W at once through the products only: ∂⁺Ω/∂W in closed form."""
    u, y = batch
    model, plain = paper_model(), paper_model()
    omega = GradientNormRegularizer(0.5, form=form, gradient="immediate").attach(model)
    before, flows = in_numpy(model, u, y)
    start = model.get_weights()
    expected = omega_in_numpy(start[0], before, flows, form)
    assert float(omega(u, y)) == pytest.approx(expected, rel=1e-10)

    h, slope = 1e-6, np.zeros((K, K))
    for index in np.ndindex(K, K):
        move = np.zeros((K, K))
        move[index] = h
        up, down = (omega_in_numpy(start[0] + sign * move, before, flows, form) for sign in (1, -1))
        slope[index] = (up - down) / (2 * h)
    model.train_on_batch(u, y)
    plain.train_on_batch(u, y)
    by_omega = [p - m for p, m in zip(plain.get_weights(), model.get_weights(), strict=True)]
    np.testing.assert_allclose(by_omega[0], 0.5 * slope, rtol=1e-6, atol=1e-9)
    for other in by_omega[1:]:
        np.testing.assert_allclose(other, 0.0, atol=1e-12)
    full = paper_model()
    GradientNormRegularizer(0.5, form=form).attach(full)
    full.train_on_batch(u, y)
    assert np.abs(full.get_weights()[0] - model.get_weights()[0]).max() > 1e-3


def test_full_gradient_of_the_code_form_equals_finite_differences(batch):
    u, y = batch
    model, plain = paper_model(), paper_model()
    GradientNormRegularizer(0.5, form="code").attach(model)
    start = model.get_weights()
    model.train_on_batch(u, y)
    plain.train_on_batch(u, y)
    by_omega = [p - m for p, m in zip(plain.get_weights(), model.get_weights(), strict=True)]
    probe, h = paper_model(), 1e-6
    for which, weight in enumerate(start):
        for index in list(np.ndindex(*weight.shape))[::3]:
            values = []
            for sign in (1, -1):
                moved = [w.copy() for w in start]
                moved[which][index] += sign * h
                probe.set_weights(moved)
                values.append(omega_in_numpy(moved[0], *in_numpy(probe, u, y), "code"))
            expected = 0.5 * (values[0] - values[1]) / (2 * h)
            np.testing.assert_allclose(by_omega[which][index], expected, rtol=1e-5, atol=1e-8)


def test_code_form_is_a_mean_over_the_steps_that_count(batch):
    u, y = batch
    layer = keras.layers.SimpleRNN(K)
    masked = keras.Sequential([keras.Input((None, N)), keras.layers.Masking(), layer, keras.layers.Dense(2)])
    masked.compile("sgd", "mse")
    padded = np.zeros((B, T + 3, N))
    padded[:, [1, 2, 4, 5, 7]] = u
    omega = GradientNormRegularizer(form="code").attach(masked)
    assert float(omega(padded, y)) == pytest.approx(float(omega(u, y)), rel=1e-10)


def test_immediate_gradient_compiles(batch):
    u, y = batch
    weights = []
    for jit in (False, True):
        model = paper_model(jit_compile=jit)
        GradientNormRegularizer(0.5, gradient="immediate").attach(model)
        for _ in range(2):
            model.train_on_batch(u, y)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def test_strength_may_be_a_schedule(batch):
    """No Ω in the first update, λ = 0.5 in the second."""
    u, y = batch
    later = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.0, 0.5])
    model, plain = paper_model(), paper_model()
    omega = GradientNormRegularizer(later).attach(model)
    losses = [float(m.train_on_batch(u, y)) for m in (plain, model)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    value = float(omega(u, y))
    losses = [float(m.train_on_batch(u, y)) for m in (plain, model)]
    assert losses[1] == pytest.approx(losses[0] + 0.5 * value, rel=1e-9)


def test_unknown_form_and_gradient_are_named():
    with pytest.raises(ValueError, match="form: expected one of 'equation 9', 'code', received 'eq9'"):
        GradientNormRegularizer(form="eq9")
    with pytest.raises(ValueError, match="gradient: expected one of 'full', 'immediate', received 'partial'"):
        GradientNormRegularizer(gradient="partial")
