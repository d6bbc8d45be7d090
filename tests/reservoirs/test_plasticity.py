"""Intrinsic plasticity: finite differences of what it descends, reservoirpy, and distributions that come nearer."""

import numpy as np
import pytest
import scipy.sparse as sparse
from scipy.special import expit
from scipy.stats import expon, norm

from rnnkit.reservoirs import EchoStateNetwork, intrinsic_plasticity

WANTED = {np.tanh: norm(0.15, 0.3), expit: expon(scale=0.25)}
SLOPE = {np.tanh: lambda y: 1 - y**2, expit: lambda y: y * (1 - y)}
SETTINGS = {np.tanh: {"mean": 0.15, "deviation": 0.3}, expit: {"mean": 0.25}}
BOTH = pytest.mark.parametrize("f", [np.tanh, expit], ids=["normal", "exponential"])


def cost(f, v, a, c):
    """-log of the wanted density at y, and of dv/dy: what the divergence is the mean of, but for a constant."""
    y = f(a * v + c)
    return -np.log(a * SLOPE[f](y)) - WANTED[f].logpdf(y)


@BOTH
def test_each_step_goes_down_the_divergence(f):
    v, h, eta = np.random.default_rng(0).normal(size=(2, 5)), 1e-6, 0.03
    network = EchoStateNetwork(np.eye(5), np.zeros((5, 5)), activation=f)
    a, c = np.ones(5), np.zeros(5)
    for k in (0, 1):
        by_a = (cost(f, v[k], a + h, c) - cost(f, v[k], a - h, c)) / (2 * h)
        by_c = (cost(f, v[k], a, c + h) - cost(f, v[k], a, c - h)) / (2 * h)
        a, c = a - eta * by_a, c - eta * by_c
        _, gain, bias = intrinsic_plasticity(network, v[: k + 1], learning_rate=eta, **SETTINGS[f])
        np.testing.assert_allclose(gain, a, atol=1e-7)
        np.testing.assert_allclose(bias, c, atol=1e-7)


def divergence(states, wanted):
    """Of the states' histogram from the wanted distribution, in nats."""
    edges = np.linspace(states.min() - 1e-9, states.max() + 1e-9, 41)
    p = np.histogram(states, edges)[0] / states.size
    q = np.maximum(np.diff(wanted.cdf(edges)), 1e-12)
    return np.sum(p[p > 0] * np.log(p[p > 0] / q[p > 0]))


@BOTH
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_distributions_come_nearer_to_the_wanted(f, seed):
    rng = np.random.default_rng(seed)
    network = EchoStateNetwork(rng.uniform(-1, 1, (1, 40)), rng.normal(size=(40, 40)) * 0.9 / np.sqrt(40), activation=f)
    u = rng.normal(size=(1500, 1))
    found = [divergence(network.states(u)[100:], WANTED[f])]
    for epochs in (1, 6):
        tuned, _, _ = intrinsic_plasticity(network, u, epochs=epochs, learning_rate=2e-4, **SETTINGS[f])
        found.append(divergence(tuned.states(u)[100:], WANTED[f]))
    # After one epoch the normal one stays where it is, 0.02 of 0.5 to 0.8; the exponential goes on to 0.25 of 1.
    assert found[1] < 0.8 * found[0] and found[2] < found[0] / 3, found


def test_gain_and_bias_are_reservoirpys():
    nodes = pytest.importorskip("reservoirpy.nodes", reason="reservoirpy is not installed (extra peers)")
    rng = np.random.default_rng(3)
    W, V, b, u = rng.normal(size=(9, 9)) / 4, rng.normal(size=(2, 9)), rng.normal(size=9), rng.normal(size=(60, 2))
    for f, name in ((np.tanh, "tanh"), (expit, "sigmoid")):
        settings = SETTINGS[f]
        theirs = nodes.IPReservoir(
            W=W.T, Win=V.T, bias=b, learning_rate=0.01, activation=name, mu=settings["mean"],
            sigma=settings.get("deviation", 1.0),
        )  # fmt: skip
        theirs.fit(u)
        _, gain, bias = intrinsic_plasticity(EchoStateNetwork(V, W, b, activation=f), u, learning_rate=0.01, **settings)
        np.testing.assert_allclose(gain, theirs.a, atol=1e-10)
        np.testing.assert_allclose(bias, theirs.b, atol=1e-10)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_the_new_weights_are_gain_times_the_old_and_bias(kind):
    rng = np.random.default_rng(4)
    V, W, b, B = (rng.normal(size=shape) / 3 for shape in ((2, 6), (6, 6), 6, (3, 6)))
    u, y = rng.normal(size=(20, 2)), rng.normal(size=(20, 3))
    network = EchoStateNetwork(V, kind(W), b, B, leak=0.4)
    before = network.states(u, y)
    tuned, a, c = intrinsic_plasticity(network, u, y, learning_rate=0.02, epochs=2, washout=3)
    x, expected = np.zeros(6), []
    for k in range(20):
        x = 0.6 * x + 0.4 * np.tanh(a * (u[k] @ V + x @ W + y[k] @ B + b) + c)
        expected.append(x)
    np.testing.assert_allclose(tuned.states(u, y), expected, atol=1e-12)
    np.testing.assert_array_equal(network.states(u, y), before)
    assert np.ptp(a) > 0.01 and np.ptp(c) > 0.01


def test_errors_name_what_is_wrong():
    network, u = EchoStateNetwork.random(4, 1, seed=0), np.zeros((5, 1))
    with pytest.raises(ValueError, match="mean: expected a finite number above -1 below 1, received 1"):
        intrinsic_plasticity(network, u, mean=1.0)
    with pytest.raises(ValueError, match="network: expected the activation numpy.tanh or scipy.special.expit"):
        intrinsic_plasticity(network.set_params(activation=np.sin), u)
