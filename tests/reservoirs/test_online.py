"""Readouts learnt step by step, compared with the closed form on the same steps."""

import numpy as np
import pytest

from rnnkit.reservoirs import EchoStateNetwork, RecursiveLeastSquares, ridge

T, N, M, J = 37, 5, 2, 3
rng = np.random.default_rng(0)
X, D = rng.normal(2.0, 1.0, (T, N)), rng.normal(-1.0, 3.0, (T, J))


def test_every_step_is_ridge_of_all_steps_so_far():
    online, before = RecursiveLeastSquares(N, J, penalty=0.3), None
    for k in range(T):
        error = online.update(X[k], D[k])
        kernel, bias = ridge(X[: k + 1], D[: k + 1], penalty=0.3)
        np.testing.assert_allclose(online.kernel, kernel, atol=1e-11)
        np.testing.assert_allclose(online.bias, bias, atol=1e-11)
        if before:
            np.testing.assert_allclose(error, D[k] - (X[k] @ before[0] + before[1]), atol=1e-11)
        before = kernel, bias
    np.testing.assert_allclose(online(X), X @ kernel + bias, atol=1e-11)


def test_forgetting_weighs_each_step_by_its_age():
    lam, beta = 0.9, 0.3
    online = RecursiveLeastSquares(N, J, beta, lam)
    for x, d in zip(X, D, strict=True):
        online.update(x, d)
    weight = lam ** np.arange(T)[::-1]
    rows = np.column_stack([X, np.ones(T)])  # the bias as one more column, whose weight is not made small
    penalty = np.diag([beta * lam**T] * N + [0.0])
    expected = np.linalg.solve(rows.T @ (weight[:, None] * rows) + penalty, rows.T @ (weight[:, None] * D))
    np.testing.assert_allclose(np.vstack([online.kernel, online.bias]), expected, atol=1e-10)


@pytest.mark.parametrize("outputs", [None, J])
def test_a_network_learns_online_what_fit_solves_for(outputs):
    u, y = rng.uniform(-1, 1, (120, M)), rng.normal(size=(120, J))
    network = EchoStateNetwork.random(11, M, outputs, leak=0.7, bias_scale=0.2, feedback_scale=0.1, seed=1)
    network.fit_online(u, y, penalty=1e-2, washout=20)
    solved = EchoStateNetwork.random(11, M, outputs, leak=0.7, bias_scale=0.2, feedback_scale=0.1, seed=1)
    solved.fit(u, y, penalty=1e-2, washout=20)
    np.testing.assert_allclose(network.output_kernel, solved.output_kernel, atol=1e-9)
    np.testing.assert_allclose(network.output_bias, solved.output_bias, atol=1e-9)


def test_force_learns_in_its_own_loop_and_goes_on_alone():
    steps, later = 3000, 300
    wave = np.sin(2 * np.pi * np.arange(steps + later) / 40)[:, None]
    u = np.zeros((steps + later, 1))
    network = EchoStateNetwork.random(150, 1, 1, leak=0.3, spectral_radius=1.2, bias_scale=0.1, seed=0)
    errors = network.fit_online(u[:steps], wave[:steps], penalty=1.0, washout=0, force=True)
    fed_back = np.concatenate([[[0.0]], wave[: steps - 1] - errors[:-1]])  # its own outputs, not the targets
    states = network.states(u[:steps], fed_back)
    kernel, bias = ridge(states, wave[:steps], penalty=1.0)
    np.testing.assert_allclose(network.output_kernel, kernel, atol=1e-6)
    np.testing.assert_allclose(network.output_bias, bias, atol=1e-6)
    said = network.free_run(u[steps:], states[-1], wave[steps - 1] - errors[-1])
    assert np.sqrt(np.mean((said - wave[steps:]) ** 2)) < 0.1  # 0.01 to 0.09 with the seeds 0 to 7; the wave's is 0.71


def test_errors_name_what_is_wrong():
    network = EchoStateNetwork.random(4, M, seed=0)
    u, y = np.zeros((9, M)), np.zeros((9, J))
    with pytest.raises(ValueError, match="force: expected a network with a feedback_kernel"):
        network.fit_online(u, y, force=True, washout=0)
    with pytest.raises(ValueError, match=r"targets: expected shape \(9, J\), received \(8, 3\)"):
        network.fit_online(u, y[1:], washout=0)
    with pytest.raises(ValueError, match="washout: expected 0 to 8 of 9 steps: 9"):
        network.fit_online(u, y, washout=9)
    with pytest.raises(ValueError, match="penalty: expected a positive number, received 0"):
        RecursiveLeastSquares(N, J, penalty=0)
    with pytest.raises(ValueError, match=r"state: expected shape \(5,\), received \(4,\)"):
        RecursiveLeastSquares(N, J).update(np.zeros(4), np.zeros(J))
