"""The parts of unit 07's experiment."""

import keras
import numpy as np
import pytest

from rnnkit.course.experiments import attractors as lab
from rnnkit.dynamics import as_map, basins, lyapunov_spectrum
from tests.double_precision import double_precision  # noqa: F401

pytestmark = pytest.mark.usefixtures("double_precision")


def test_the_cell_and_the_map_of_a_tanh_net_are_one():
    x = np.random.default_rng(0).uniform(-1, 1, size=(7, 3))
    cell, net = as_map(lab.tanh_cell(*lab.THREE_UNITS)), lab.tanh_map(*lab.THREE_UNITS)
    np.testing.assert_allclose(net.orbit(x, 4), cell.orbit(x, 4), rtol=1e-9)
    np.testing.assert_allclose(net.jacobian(x), cell.jacobian(x), rtol=1e-9)


def test_the_nets_have_the_attractors_that_are_said_of_them():
    rng = np.random.default_rng(1)
    for net, size, expected in ((lab.TWO_UNITS, 2, [1, 1, 2]), (lab.THREE_UNITS, 3, [1, 3, 6])):
        found = basins(lab.tanh_map(*net), rng.uniform(-1, 1, size=(300, size)), steps=600, tail=100)
        assert sorted(one.period for one in found.attractors) == expected


def test_gains_lead_through_doubled_periods_to_chaos():
    """Period 1, 2, 4 and chaos, as the paper proves for such a pair of neurons."""
    gains = np.array([1.1, 1.7, 2.35, 4.0])
    pair, starts = lab.two_neurons(gains), np.tile([[0.3, 0.6]], (4, 1))
    ends = pair.orbit(starts, 3000)[:, -64:, 0]
    assert [len(np.unique(end.round(6))) for end in ends][:3] == [1, 2, 4]
    exponents = lyapunov_spectrum(pair, starts, 1000, transient=500)[:, 0]
    assert (exponents[:3] < -0.01).all() and exponents[3] > 0.2
    columns = [(pair.step(starts + 1e-6 * e) - pair.step(starts - 1e-6 * e)) / 2e-6 for e in np.eye(2)]
    np.testing.assert_allclose(pair.jacobian(starts), np.stack(columns, axis=2), atol=1e-6)


def test_an_unknown_cell_is_named():
    with pytest.raises(ValueError, match="name: expected one of GRU, LSTM, CFN, received 'RNN'"):
        lab.laurent_von_brecht("RNN")


def test_a_field_that_the_net_can_be_is_fitted_exactly():
    """Data from a net with the same random hidden layer: least squares finds its last weights."""
    rng = np.random.default_rng(2)
    y = rng.uniform(-2, 2, size=(400, 3))
    hidden = lab.fit_field(y, y, 9, seed=4)
    made = lab.FieldNet(hidden.A, hidden.b, rng.normal(size=(3, 9)), 0.8)
    found = lab.fit_field(y, made.slope(y), 9, seed=4)
    np.testing.assert_allclose(found.C, made.C, rtol=1e-6)


def test_the_recurrent_net_follows_its_own_field():
    """The network's run against SciPy's solution of the field that it was made of."""
    from scipy.integrate import solve_ivp

    net, start = lab.fit_plane(30, 1), np.array([[0.5, -0.3], [1.0, 1.0]])
    found = net.follow(start, 10, 0.02)
    for one, y in zip(start, found, strict=True):
        exact = solve_ivp(lambda t, y: net.slope(y[None])[0], (0, 0.2), one, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(y[-1], exact.y[:, -1], atol=1e-5)
    [weights] = [w for w in net.ctrnn(0.02).weights if w.name == "recurrent_kernel"]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(weights).T, net.tau * net.A @ net.C, rtol=1e-12)


def test_a_hidden_layer_alone_fits_a_function_the_better_the_more_units_it_has():
    x = np.linspace(-3, 3, 601)[:, None]
    worst = []
    for units in (5, 20, 80):
        net = lab.fit_field(x, np.sin(3 * x), units, 1, tau=np.inf)
        np.testing.assert_allclose(net.slope(x), np.tanh(x @ net.A.T + net.b) @ net.C.T)  # nothing of -y/tau
        worst.append(np.abs(net.slope(x) - np.sin(3 * x)).max())
    assert worst[0] > 0.1 > worst[1] > 10 * worst[2]


def test_a_net_that_steps_by_euler_steps_as_the_lstm_does():
    """Against the LSTM's equations in plain NumPy, on states that the net has not seen."""
    published = lab._PUBLISHED["LSTM"]
    p, q, r, o = (0.05 * np.array(matrix, dtype=float).T for matrix in published)
    s = np.random.default_rng(8).uniform([-1, -1, -1.5, -1.5], [1, 1, 1.5, 1.5], size=(300, 4))
    y, c = s[:, :2], s[:, 2:]
    sigma = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    new_c = sigma(y @ p) * np.tanh(y @ r) + sigma(y @ q) * c
    exact = np.concatenate([np.tanh(new_c) * sigma(y @ o), new_c], axis=1)
    cell = lab.tame_lstm()
    np.testing.assert_allclose(as_map(cell).step(s), exact, atol=1e-12)
    errors = []
    for units in (10, 60):
        net = lab.fit_lstm(cell, units, 0, points=500)
        said = net.follow(s, 1, 1.0, "euler")[:, 0]
        np.testing.assert_allclose(said, np.tanh(s @ net.A.T + net.b) @ net.C.T, atol=1e-6)
        errors.append(np.sqrt(np.mean((said - exact) ** 2)))
    assert errors[1] < 0.5 * errors[0] and errors[1] < 0.1


def test_distances_to_a_circle():
    angle = np.linspace(0, 2 * np.pi, 5000)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    np.testing.assert_allclose(lab.distance_to(circle, np.array([[3.0, 0.0], [0.0, 0.2]])), [2.0, 0.8], atol=1e-5)
