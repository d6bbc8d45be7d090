"""Known systems found again, derivatives by differences, peers, and one interface for all models."""

import numpy as np
import pytest
from keras import ops
from scipy import signal
from scipy.optimize import approx_fprime

from rnnkit.identification import ARX, FIR, MLP, NARXModel, SlidingPredictor, StateSpaceRNN, regressors, rmse
from tests.double_precision import double_precision  # noqa: F401

M, J, T = 2, 3, 90


def system(steps=T, seed=0):
    """A random stable linear system of M inputs and J outputs; B, A, c and its signals, in units far from 1."""
    rng = np.random.default_rng(seed)
    B, A, c = 50 * rng.normal(size=(3, J, M)), 0.2 * rng.uniform(-1, 1, (2, J, J)), 100 * rng.normal(size=J)
    u, y = 0.03 * rng.normal(size=(steps, M)) + 5, np.zeros((steps, J))
    for k in range(2, steps):
        y[k] = c + sum(B[d] @ u[k - d] for d in range(3)) + sum(A[d - 1] @ y[k - d] for d in (1, 2))
    return B, A, c, u[5:], y[5:]


def test_the_window_is_newest_first():
    rng = np.random.default_rng(0)
    u, y = rng.normal(size=(11, 2)), rng.normal(size=(11, 3))
    for d_x, d_y in ((2, 4), (3, 1), (0, 0)):
        rows = [
            np.concatenate([*(u[k - d] for d in range(d_x + 1)), *(y[k - d] for d in range(1, d_y + 1))])
            for k in range(max(d_x, d_y), 11)
        ]
        np.testing.assert_array_equal(regressors(u, y, d_x, d_y), rows)


def test_arx_finds_a_linear_system_exactly():
    B, A, c, u, y = system()
    model = ARX(2, 2).fit(u, y)
    np.testing.assert_allclose(model.input_weights_, B, rtol=1e-7)
    np.testing.assert_allclose(model.output_weights_, A, rtol=0, atol=1e-8)
    np.testing.assert_allclose(model.bias_, c, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(model.predict(u, y), y[2:], rtol=1e-8)
    np.testing.assert_allclose(model.simulate(u, y[:2]), y[2:], rtol=1e-6)


def test_arx_on_noisy_data_is_numpys_least_squares():
    _, _, _, u, y = system()
    y = y + np.random.default_rng(1).normal(size=y.shape)
    phi = np.hstack([regressors(u, y, 1, 3), np.ones((len(u) - 3, 1))])
    expected = phi @ np.linalg.lstsq(phi, y[3:], rcond=None)[0]
    np.testing.assert_allclose(ARX(1, 3).fit(u, y).predict(u, y), expected, rtol=1e-8)


def test_a_free_run_of_arx_is_scipys_filter():
    b, a = [0.0, 0.4, -0.3, 0.2], [1.0, -1.2, 0.5]
    u = np.random.default_rng(2).normal(size=200)
    y = signal.lfilter(b, a, u)
    model = ARX(3, 2).fit(u, y)
    other = np.random.default_rng(3).normal(size=100)
    wanted = signal.lfilter(b, a, other)
    np.testing.assert_allclose(model.simulate(other, wanted[:3]), wanted[3:], rtol=0, atol=1e-10)
    np.testing.assert_allclose(
        FIR(20).fit(u, signal.lfilter(b, 1, u)).simulate(other), signal.lfilter(b, 1, other)[20:]
    )


@pytest.mark.parametrize("outputs", [1, 3])
def test_derivatives_of_the_net(outputs):
    rng = np.random.default_rng(4)
    net, phi = MLP(4, 5, outputs), rng.normal(size=(7, 4))
    theta = rng.normal(size=net.size)
    by_difference = approx_fprime(theta, lambda t: net(t, phi).ravel(), 1e-7)
    np.testing.assert_allclose(net.jacobian(theta, phi).reshape(-1, net.size), by_difference, rtol=0, atol=1e-5)


@pytest.mark.parametrize("activation", ["tanh", "linear"])
def test_derivatives_of_the_state_space_net(activation):
    rng = np.random.default_rng(5)
    model, u = StateSpaceRNN(4, activation), rng.normal(size=(9, M))
    theta = 0.5 * rng.normal(size=model._number_of_weights(M, J))
    by_difference = approx_fprime(theta, lambda t: model.outputs(t, u, J).ravel(), 1e-7)
    np.testing.assert_allclose(model.jacobian(theta, u, J).reshape(9 * J, -1), by_difference, rtol=0, atol=2e-5)


def test_a_linear_state_space_model_is_scipys():
    rng = np.random.default_rng(6)
    model, u = StateSpaceRNN(4, "linear"), rng.normal(size=(30, M))
    A, B, C = 0.4 * rng.normal(size=(4, 4)), rng.normal(size=(4, M)), rng.normal(size=(J, 4))
    theta = np.concatenate([A.ravel(), B.ravel(), np.zeros(4), C.ravel(), np.zeros(J)])
    # SciPy's x(k + 1) = A x(k) + B u(k), y = C x: one step later than the lecture's.
    _, later, _ = signal.dlsim((A, B, C, np.zeros((J, M)), 1.0), np.vstack([u, u[-1:]]))
    np.testing.assert_allclose(model.outputs(theta, u, J), later[1:], rtol=0, atol=1e-10)


def test_a_linear_state_space_model_finds_a_linear_system():
    u = np.random.default_rng(7).normal(3.0, 0.5, 150)
    y = signal.lfilter([1.0, 0.5], [1.0, -1.2, 0.5], u)
    model = StateSpaceRNN(2, "linear", washout=40, max_iter=80, random_state=0).fit(u, y)
    assert rmse(y, model.simulate(u)) < 1e-4 * y[40:].std()
    A = model.theta_[:4].reshape(2, 2)
    np.testing.assert_allclose(
        np.sort_complex(np.linalg.eigvals(A)), np.sort_complex(np.roots([1, -1.2, 0.5])), atol=1e-3
    )


@pytest.mark.usefixtures("double_precision")
def test_the_state_space_net_is_an_elman_layer():
    _, _, _, u, y = system()
    model = StateSpaceRNN(4, max_iter=3, random_state=0).fit(u, y)
    layer = model.layer(return_sequences=True)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(u[None]))[0], model.simulate(u), rtol=1e-9)


@pytest.mark.usefixtures("double_precision")
def test_narx_of_many_inputs_and_outputs_is_the_layer():
    _, _, _, u, y = system()
    model = NARXModel(3, 1, 2, max_iter=5, random_state=0).fit(u, y)
    layer = model.layer(return_sequences=True)
    past = [y[1::-1].reshape(1, -1), u[1:2]]  # y(k − 1), y(k − 2) and u(k − 1) of the step k = 2
    run = layer(u[None, 2:], initial_state=[ops.convert_to_tensor(part) for part in past])
    np.testing.assert_allclose(ops.convert_to_numpy(run)[0], model.simulate(u, y[:2]), rtol=1e-9)


def test_a_net_is_better_than_a_line_where_the_system_bends():
    rng = np.random.default_rng(8)
    u, y = rng.uniform(-2, 2, 400), np.zeros(400)
    for k in range(1, 400):
        y[k] = np.tanh(2 * u[k - 1]) + 0.5 * np.sin(2 * y[k - 1])
    free = {}
    for model in (ARX(1, 1), NARXModel(8, 1, 1, 80, random_state=0), SlidingPredictor(8, 4, 40, random_state=0)):
        free[type(model)] = rmse(y[300:], model.fit(u[:300], y[:300]).simulate(u[300:], y[300 : 300 + model.past_]))
    assert free[NARXModel] < 0.1 * free[ARX] and free[SlidingPredictor] < free[ARX]


def test_more_starts_are_never_worse_in_training():
    _, _, _, u, y = system()
    one, three = (NARXModel(2, 0, 1, 4, n_starts, random_state=3).fit(u, y).training_error_ for n_starts in (1, 3))
    assert three <= one


MODELS = [
    ARX(1, 2),
    FIR(3),
    NARXModel(2, 1, 2, max_iter=4, random_state=0),
    SlidingPredictor(2, 3, max_iter=4, random_state=0),
    StateSpaceRNN(2, washout=4, max_iter=4, random_state=0),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_the_interface(model):
    _, _, _, u, y = system()
    assert model.fit(u, y) is model
    assert model.predict(u, y).shape == model.simulate(u, y[: model.past_]).shape == (len(u) - model.past_, J)
    one = model.fit(u, y[:, 0])
    assert one.predict(u, y[:, 0]).shape == (len(u) - model.past_,)
    # In other units the model is the same one.
    moved = type(model)(**{k: v for k, v in vars(model).items() if k in model.__init__.__code__.co_varnames})
    moved.fit(1e3 * u - 7, 1e-3 * y[:, 0] + 2)
    np.testing.assert_allclose(
        (moved.simulate(1e3 * u - 7, 1e-3 * y[: model.past_, 0] + 2) - 2) * 1e3,
        one.simulate(u, y[: model.past_, 0]),
        rtol=1e-4,
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_errors_of_every_model(model):
    _, _, _, u, y = system()
    new = type(model)(**{k: v for k, v in vars(model).items() if k in model.__init__.__code__.co_varnames})
    with pytest.raises(ValueError, match="predict: expected a fitted model, received one that is not. Call fit"):
        new.predict(u, y)
    with pytest.raises(ValueError, match="simulate: expected a fitted model"):
        new.simulate(u)
    hole = y.copy()
    hole[7, 1] = np.nan
    flat = u.copy()
    flat[:, 1] = 4.0
    for bad_u, bad_y, message in (
        (u, hole, r"y: expected finite numbers, received nan at \(7, 1\)"),
        (u[:-1], y, "u, y: expected the same number of steps, received 84 and 85"),
        (u[:6], y[:6], r"u, y: expected at least \d+ steps for \d+ weights, received 6"),
        (flat, y, "u: expected columns that change, received the constant 4 in column 1"),
        (u, y[None], r"y: expected shape \(samples,\) or \(samples, columns\), received \(1, 85, 3\)"),
        (u, y[:, :0], r"y: expected at least one output, received shape \(85, 0\)"),
    ):
        with pytest.raises(ValueError, match=message):
            new.fit(bad_u, bad_y)
    new.fit(u, y)
    with pytest.raises(ValueError, match="u: expected 2 columns, as in fit, received 1"):
        new.predict(u[:, :1], y)
    with pytest.raises(ValueError, match=f"u: expected more than {model.past_} steps, the model's past"):
        new.simulate(u[: model.past_], y[: model.past_])
    with pytest.raises(ValueError, match=f"y0: expected the outputs of the first {model.past_} steps, received"):
        new.simulate(u, y[: model.past_ + 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ARX(-1, 1), "input_delays: expected an integer of at least 0, received -1"),
        (lambda: ARX(1, 1, ridge=-1), "ridge: expected 0 or more, received -1"),
        (lambda: NARXModel(2, 1, 0), "output_delays: expected an integer of at least 1, received 0"),
        (lambda: NARXModel(0), "units: expected a positive integer, received 0"),
        (lambda: StateSpaceRNN(2, "relu"), "activation: expected one of 'tanh', 'linear', received 'relu'"),
        (lambda: StateSpaceRNN(2, washout=-1), "washout: expected an integer of at least 0, received -1"),
        (lambda: FIR(2).fit(np.empty((9, 0)), np.arange(9.0)), "u: expected at least one input for a model without"),
        (lambda: ARX(1, 1).fit(np.arange(9.0), np.sin(np.arange(9.0))).simulate(np.ones(5)), "y0: .*received none"),
        (lambda: NARXModel(2).layer(), "layer: expected a fitted model"),
        (lambda: ARX().bias_, "weights: expected a fitted model"),
        (lambda: rmse(np.ones(3), np.ones(4)), r"said: expected up to 3 rows of 1 columns, received shape \(4,\)"),
        (lambda: regressors(np.ones(3), np.ones(3), 3, 0), "u, y: expected more than 3 steps"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
