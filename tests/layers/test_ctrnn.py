"""The continuous-time network against plain loops, diffrax, closed forms, its order of convergence and SimpleRNN."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import CTRNN
from tests.double_precision import double_precision  # noqa: F401
from tests.oracles import continuous_time

pytestmark = pytest.mark.usefixtures("double_precision")
B, T, M, N = 4, 6, 3, 5
TAU = [0.7, 1.0, 1.9, 3.1, 5.0]


@pytest.fixture
def u():
    return np.random.default_rng(1).normal(size=(B, T, M))


@pytest.fixture
def x0():
    return np.random.default_rng(2).normal(size=(B, N))


def numpy(x):
    return ops.convert_to_numpy(x)


def ctrnn_with(seed=3, **kwargs):
    layer = CTRNN(N, **{"return_sequences": True, "tau": TAU, **kwargs})
    layer.build((None, None, M))
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=w.shape) for w in layer.weights if w.name != "log_tau"]
    layer.set_weights(values + ([layer.get_weights()[-1]] if layer.cell.trainable_tau else []))
    return layer


def on_columns(layer):
    """W, U and b as the equations write them."""
    kernel, recurrent_kernel, bias = layer.get_weights()[:3]
    return recurrent_kernel.T, kernel.T, bias


@pytest.mark.parametrize("trainable_tau", [False, True])
@pytest.mark.parametrize(("method", "dt", "substeps"), [("euler", 0.3, 1), ("euler", 1.1, 3), ("rk4", 0.9, 2)])
def test_equals_the_equations_in_plain_loops(u, x0, method, dt, substeps, trainable_tau):
    layer = ctrnn_with(method=method, dt=dt, substeps=substeps, trainable_tau=trainable_tau, return_state=True)
    x, last = layer(u, initial_state=[x0])
    for i in range(B):
        expected = continuous_time.ctrnn(u[i], on_columns(layer), x0[i], TAU, dt, method, substeps)
        np.testing.assert_allclose(numpy(x)[i], expected, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(numpy(last)[i], expected[-1], rtol=1e-10, atol=1e-13)


@pytest.fixture
def diffrax():
    """diffrax in double precision, whichever backend Keras has."""
    diffrax, jax = pytest.importorskip("diffrax"), pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield diffrax
    jax.config.update("jax_enable_x64", before)


def by_diffrax(diffrax, layer, u, x, dt, solver, **how):
    """One example; the input is held, so each interval is solved by itself."""
    import jax.numpy as jnp

    w, from_input, b = (jnp.asarray(part) for part in on_columns(layer))
    tau, states, x = jnp.asarray(TAU), [], jnp.asarray(x)
    term = diffrax.ODETerm(lambda t, x, drive: (-x + w @ jnp.tanh(x) + drive) / tau)
    for sample in u:
        drive = from_input @ sample + b
        x = diffrax.diffeqsolve(term, solver, 0.0, dt, y0=x, args=drive, **how).ys[-1]
        states.append(np.asarray(x))
    return np.array(states)


def test_euler_equals_diffrax_to_rounding(u, x0, diffrax):
    layer = ctrnn_with(dt=0.8, substeps=4)
    x = numpy(layer(u, initial_state=[x0]))
    for i in range(2):
        expected = by_diffrax(diffrax, layer, u[i], x0[i], 0.8, diffrax.Euler(), dt0=0.2)
        np.testing.assert_allclose(x[i], expected, rtol=0, atol=1e-13)


def test_rk4_agrees_with_an_adaptive_solution_of_diffrax(u, x0, diffrax):
    u = u[:, :3]
    layer = ctrnn_with(dt=0.1, method="rk4", substeps=32, unroll=True)
    x = numpy(layer(u, initial_state=[x0]))
    tight = {"dt0": None, "stepsize_controller": diffrax.PIDController(rtol=1e-12, atol=1e-12)}
    for i in range(2):
        expected = by_diffrax(diffrax, layer, u[i], x0[i], 0.1, diffrax.Dopri8(), **tight)
        np.testing.assert_allclose(x[i], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("method", "order", "coarse"), [("euler", 1, 16), ("rk4", 4, 8)])
def test_order_of_convergence(u, x0, method, order, coarse):
    """Halving the step divides the error by 2 and by 16; the reference has steps far smaller than all."""
    u, x0 = u[:1, :2], x0[:1]

    def ends(n):
        return numpy(ctrnn_with(dt=0.4, method=method, substeps=n, unroll=True)(u, initial_state=[x0]))[0]

    exact = continuous_time.ctrnn(u[0], on_columns(ctrnn_with()), x0[0], TAU, 0.4, "rk4", 512)
    errors = [np.abs(ends(n) - exact).max() for n in (coarse, 2 * coarse, 4 * coarse)]
    assert errors[-1] > 1e-12
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), order, atol=0.15)


def test_without_feedback_it_relaxes_exponentially(u, x0):
    """W = 0: x(t + dt) = h + (x − h) exp(−dt/τ), unit by unit."""
    u = u[:, :3]
    layer = ctrnn_with(dt=0.2, method="rk4", substeps=32, unroll=True)
    kernel, recurrent_kernel, bias = layer.get_weights()
    layer.set_weights([kernel, 0 * recurrent_kernel, bias])
    x, expected = x0, []
    for t in range(3):
        h = u[:, t] @ kernel + bias
        x = h + (x - h) * np.exp(-0.2 / np.array(TAU))
        expected.append(x)
    np.testing.assert_allclose(numpy(layer(u, initial_state=[x0])), np.stack(expected, axis=1), rtol=0, atol=1e-9)


def test_a_step_of_tau_is_the_discrete_network(u, x0):
    """Euler with dt = τ: tanh of the states is keras SimpleRNN."""
    layer = ctrnn_with(tau=0.25, dt=0.25)
    peer = keras.layers.SimpleRNN(N, return_sequences=True)
    peer.build((None, None, M))
    peer.set_weights(layer.get_weights())
    x = numpy(layer(u, initial_state=[x0]))
    expected = numpy(peer(u, initial_state=ops.convert_to_tensor(np.tanh(x0))))
    np.testing.assert_allclose(np.tanh(x), expected, rtol=1e-10)


def test_time_in_other_units_changes_nothing(u, x0):
    seconds = numpy(ctrnn_with(dt=0.5, method="rk4")(u, initial_state=[x0]))
    layer = ctrnn_with(dt=500.0, tau=np.array(TAU) * 1000, method="rk4")
    np.testing.assert_allclose(numpy(layer(u, initial_state=[x0])), seconds, rtol=1e-12)


def test_gradients_by_finite_differences(u, x0):
    """Of every weight, log τ included."""
    from rnnkit._autodiff import value_and_gradients

    layer = ctrnn_with(dt=0.8, method="rk4", trainable_tau=True, unroll=True)
    assert [w.name for w in layer.trainable_weights] == ["kernel", "recurrent_kernel", "bias", "log_tau"]
    target = ops.convert_to_tensor(np.random.default_rng(4).normal(size=(B, T, N)))
    inputs = [ops.convert_to_tensor(value) for value in (u, x0)]

    def loss(weights):
        x, _ = layer.stateless_call(weights, layer.non_trainable_variables, inputs[0], initial_state=[inputs[1]])
        return ops.sum(target * x), None

    weights = [ops.convert_to_tensor(value) for value in layer.get_weights()]
    _, gradients = value_and_gradients(loss, weights)
    for place, weight in enumerate(layer.get_weights()):
        direction = np.random.default_rng(place).normal(size=weight.shape)
        ahead, back = (
            loss(
                [
                    ops.convert_to_tensor(weight + s * 1e-6 * direction) if i == place else w
                    for i, w in enumerate(weights)
                ]
            )
            for s in (1, -1)
        )
        measured = (float(ops.stop_gradient(ahead[0])) - float(ops.stop_gradient(back[0]))) / 2e-6
        np.testing.assert_allclose(np.sum(numpy(gradients[place]) * direction), measured, rtol=1e-6)


def test_trained_time_constants_find_the_decay():
    """One unit without feedback shall halve a start of 1 in a time of 1, so that τ = 1 / ln 2; it starts from 4."""
    layer = CTRNN(1, tau=4.0, dt=1.0, method="rk4", substeps=2, trainable_tau=True, recurrent_initializer="zeros")
    layer.build((None, None, 1))
    layer.cell.kernel.trainable = layer.cell.recurrent_kernel.trainable = layer.cell.bias.trainable = False
    inputs, start = keras.Input((1, 1)), keras.Input((1,))
    model = keras.Model([inputs, start], layer(inputs, initial_state=[start]))
    model.compile(keras.optimizers.Adam(0.1), "mse", jit_compile=keras.backend.backend() == "jax")
    ones = np.ones((100, 1))
    model.fit([np.zeros((100, 1, 1)), ones], 0.5 * ones, batch_size=1, verbose=0)
    np.testing.assert_allclose(np.exp(layer.get_weights()[-1]), 1 / np.log(2), rtol=5e-3)


def test_dropout_reaches_inputs_and_feedback_but_not_the_leak(u, x0):
    layer = ctrnn_with(dt=0.3, dropout=0.5, recurrent_dropout=0.5, seed=1)
    assert np.abs(numpy(layer(u, training=True)) - numpy(layer(u))).max() > 0.01
    kernel, recurrent_kernel, bias = layer.get_weights()
    layer.set_weights([0 * kernel, 0 * recurrent_kernel, bias])
    dropped, whole = layer(u, initial_state=[x0], training=True), layer(u, initial_state=[x0])
    np.testing.assert_array_equal(numpy(dropped), numpy(whole))


def test_recurrent_dropout_falls_on_the_units_outputs(x0):
    """What is fed back is tanh(x), zeroed or doubled: with W = 1 and dt = τ it is the new state."""
    layer = CTRNN(N, recurrent_dropout=0.5, recurrent_initializer="identity", seed=1)
    new = numpy(layer(np.zeros((B, 1, M)), initial_state=[x0], training=True))
    factors = new / np.tanh(x0)
    assert set(np.round(factors, 9).ravel()) == {0.0, 2.0}


@pytest.mark.parametrize("tau", [2.0, TAU, np.array(TAU), tuple(TAU)])
def test_configuration_and_file_keep_tau(u, tmp_path, tau):
    layer = CTRNN(N, tau=tau, dt=0.5, method="rk4", substeps=2, return_sequences=True)
    model = keras.Sequential([keras.Input((None, M)), layer])
    model.save(tmp_path / "ctrnn.keras")
    again = keras.models.load_model(tmp_path / "ctrnn.keras")
    assert again.layers[0].get_config() == layer.get_config()
    np.testing.assert_array_equal(again.layers[0].tau, tau)
    np.testing.assert_array_equal(numpy(again(u)), numpy(model(u)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"units": 0}, "units: expected a positive integer, received 0"),
        ({"substeps": 0}, "substeps: expected a positive integer, received 0"),
        ({"tau": 0.0}, "tau: expected a positive number, received 0.0"),
        ({"tau": [1.0, -1.0, 1.0]}, "tau: expected a positive number, received -1.0"),
        ({"tau": [1.0, 2.0]}, r"tau: expected a number or 3 of them, one a unit, received shape \(2,\)"),
        ({"tau": float("nan")}, "tau: expected a positive number, received nan"),
        ({"tau": "fast"}, "tau: expected a positive number, received 'fast'"),
        ({"dt": -0.1}, "dt: expected a positive number, received -0.1"),
        ({"dt": float("inf")}, "dt: expected a positive number, received inf"),
        ({"method": "heun"}, "method: expected one of euler, rk4, received 'heun'"),
        ({"dt": 2.1}, r"at most 2 tau = 2 for method='euler', received 2.1. .* Raise substeps, or lower dt"),
        ({"dt": 9.0, "substeps": 3, "method": "rk4"}, r"at most 2.785 tau = 2.785 for method='rk4', received 3"),
    ],
)
def test_errors_say_what_to_do(arguments, message):
    with pytest.raises(ValueError, match=message):
        CTRNN(**{"units": 3, **arguments})


@pytest.mark.parametrize(("method", "limit"), [("euler", 2.0), ("rk4", 2.785)])
def test_refused_steps_are_those_that_grow(method, limit):
    """Just below the limit a start of 1 decays; just above, in plain loops, it grows."""
    nothing = (np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1))
    for dt in (limit - 0.01, limit + 0.01):
        x = continuous_time.ctrnn(np.zeros((300, 1)), nothing, np.ones(1), [1.0], dt, method, 1)
        assert (abs(x[-1, 0]) < 0.5) == (dt < limit) and (abs(x[-1, 0]) > 2) == (dt > limit)
    CTRNN(1, dt=limit, method=method)
    with pytest.raises(ValueError, match="grow without bound"):
        CTRNN(1, dt=limit + 0.01, method=method)
