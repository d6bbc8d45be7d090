"""Models of systems."""

import numpy as np
from numpy.testing import assert_allclose

from rnnkit.identification import (
    ARX,
    FIR,
    NARXModel,
    PolynomialNARX,
    SlidingPredictor,
    StateSpaceRNN,
    fit_linear_ar,
    frols,
    residual_correlation,
)
from rnnkit.identification.delay_embedding import delay_embedding, false_neighbours, mutual_information
from rnnkit.identification.mlp import MLP
from rnnkit.identification.regression import regressors
from tests.equations.cases import case
from tests.oracles import identification as oracle

ID = "rnnkit.identification"


def a_recording(T=40, M=2, J=3):
    rng = np.random.default_rng(0)
    return rng.normal(size=(T, M)) + 0.5, 2 * rng.normal(size=(T, J)) - 1


@case(f"{ID}.regression.regressors")
def window():
    u, y = a_recording(9)
    assert_allclose(regressors(u, y, 2, 3), oracle.regressors(u, y, 2, 3))


@case(f"{ID}.arx.ARX", f"{ID}.arx.FIR")
def linear():
    u, y = a_recording()
    model = ARX(2, 3).fit(u, y)
    weights = model.input_weights_, model.output_weights_, model.bias_
    said = oracle.arx(u, y, *weights)
    assert_allclose(model.predict(u, y), said, atol=1e-8)
    least = oracle.squared_error(said, y[3:])
    for part in range(3):
        for sign in (-1, 1):
            moved = [w.copy() for w in weights]
            moved[part].flat[0] += sign * 0.02
            assert oracle.squared_error(oracle.arx(u, y, *moved), y[3:]) > least
    model = FIR(2).fit(u, y)
    assert_allclose(model.predict(u, y), oracle.fir(u, model.input_weights_, model.bias_), atol=1e-8)


@case(f"{ID}.linear_ar.fit_linear_ar")
def autoregression():
    rng = np.random.default_rng(1)
    past, target = rng.normal(size=(20, 5)) + 1, rng.normal(size=(20, 2)) - 2
    for ridge in (0.0, 0.7):
        model = fit_linear_ar(past, target, 3, ridge)
        A, b = model.weights, model.bias
        assert_allclose(model.predict(past), [oracle.linear_ar(row, A, b) for row in past], atol=1e-10)
        least = oracle.linear_ar_loss(past, target, A, b, ridge)
        for k in range(3):
            for step in (-1e-3, 1e-3):
                moved = A.copy()
                moved[k, 1] += step
                assert oracle.linear_ar_loss(past, target, moved, b, ridge) > least
        assert oracle.linear_ar_loss(past, target, A, b + 1e-3, ridge) > least


@case(*(f"{ID}.delay_embedding.{name}" for name in ("delay_embedding", "mutual_information", "false_neighbours")))
def embedding():
    rng = np.random.default_rng(2)
    s = np.sin(0.7 * np.arange(60)) + 0.3 * rng.normal(size=60)
    assert_allclose(delay_embedding(s, 2, 4), oracle.delay_embedding(s, 2, 4))
    assert_allclose(mutual_information(s, 3, 4), [oracle.mutual_information(s, lag, 4) for lag in range(4)], atol=1e-10)
    for ratio, size in ((2.0, 50.0), (50.0, 1.0), (50.0, 0.7)):
        found = false_neighbours(s, 2, 3, ratio, size)
        assert_allclose(found, [oracle.false_neighbours(s, 2, m, ratio, size) for m in (1, 2, 3)], atol=1e-12)


@case(f"{ID}.mlp.MLP")
def mlp():
    rng = np.random.default_rng(3)
    net = MLP(3, 4, 2)
    theta, phi = rng.normal(size=net.size), rng.normal(size=(5, 3))
    for row, said, slopes in zip(phi, net(theta, phi), net.jacobian(theta, phi), strict=True):
        y, parts = oracle.mlp(row, *net.unpacked(theta))
        assert_allclose(said, y, atol=1e-12)
        assert_allclose(slopes, np.concatenate([part.reshape(2, -1) for part in parts], axis=1), atol=1e-12)


@case(f"{ID}.narx.NARXModel", f"{ID}.narx.SlidingPredictor")
def narx():
    u, y = a_recording(30, 1, 2)
    for model, d_x, d_y in (
        (NARXModel(2, 1, 2, max_iter=60, random_state=0), 1, 2),
        (SlidingPredictor(2, 1, 60, 1, 0), 1, 0),
    ):
        model.fit(u, y)
        (mean_u, by_u), (mean_y, by_y) = model._scales("test")
        scaled_u, scaled_y, net = (u - mean_u) / by_u, (y - mean_y) / by_y, model._net.unpacked(model.theta_)
        said = np.array(oracle.narx(scaled_u, scaled_y, d_x, d_y, net))
        assert_allclose(model.predict(u, y), mean_y + by_y * said, atol=1e-8)
        error = oracle.narx_error(scaled_u, scaled_y, d_x, d_y, net)
        assert_allclose(model.training_error_**2 * said.size, error, rtol=1e-8)


@case(f"{ID}.state_space.StateSpaceRNN")
def state_space():
    rng = np.random.default_rng(4)
    u, s, J = rng.normal(size=(6, 2)), 3, 4
    model = StateSpaceRNN(s)
    theta = rng.normal(size=s * s + 2 * s + s + J * s + J)
    assert_allclose(model.outputs(theta, u, J), oracle.state_space(u, theta, s, J), atol=1e-12)
    assert_allclose(model.jacobian(theta, u, J), oracle.state_space_slopes(u, theta, s, J), atol=1e-12)
    u, y = a_recording(20, 1, 2)
    model = StateSpaceRNN(2, max_iter=30, random_state=0).fit(u, y)
    (mean_u, by_u), (mean_y, by_y) = model._scales("test")
    loss = oracle.state_space_loss((u - mean_u) / by_u, (y - mean_y) / by_y, model.theta_, 2)
    assert_allclose(model.training_error_**2 * y.size / 2, loss, rtol=1e-8)


@case(f"{ID}.frols.frols")
def selection():
    rng = np.random.default_rng(6)
    P = rng.normal(size=(30, 6)) * [1, 2, 30, 0.4, 5, 6] + 1
    y = P @ [1, 0, 0.1, 0, 0.2, 0] + rng.normal(size=30)
    for found, expected in zip(frols(P, y, 4), oracle.frols(P, y, 4), strict=True):
        assert_allclose(found, expected, atol=1e-10)


@case(f"{ID}.polynomial.PolynomialNARX")
def polynomial():
    u, y = a_recording(30, 1, 2)
    model = PolynomialNARX(3, 1, 2, n_terms=4).fit(u, y)
    rows = oracle.regressors(u, y, 1, 2)
    for said, powers, theta in zip(model.predict(u, y).T, model.exponents_, model.theta_, strict=True):
        assert_allclose(said, oracle.polynomial_narx(rows, powers, theta), atol=1e-9)


@case(f"{ID}.residuals.residual_correlation")
def residuals():
    e, u = np.random.default_rng(7).normal(size=(2, 23)) + 1
    for own, other in ((residual_correlation(e, most=4), e), (residual_correlation(e, u, 4), u)):
        expected = [oracle.residual_correlation(e, other, tau) for tau in own.lags]
        assert_allclose(own.values, [r for r, _ in expected], atol=1e-12)
        assert_allclose(own.bound, expected[0][1])
