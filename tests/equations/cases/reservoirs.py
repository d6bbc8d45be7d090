"""Reservoirs."""

import numpy as np
from numpy.testing import assert_allclose
from scipy.special import expit

from rnnkit.reservoirs import (
    EchoStateNetwork,
    LiquidStateMachine,
    RecursiveLeastSquares,
    filtered_spikes,
    intrinsic_plasticity,
    jacobian_at_rest,
    memory_capacity,
    ridge,
    with_spectral_radius,
)
from rnnkit.reservoirs.distances import Synapses, connection_probability
from tests.equations.cases import case
from tests.oracles import reservoirs as oracle

R = "rnnkit.reservoirs"


@case(f"{R}.echo_state.EchoStateNetwork")
def echo_state():
    rng = np.random.default_rng(0)
    M, N, J, T = 2, 5, 3, 7
    V, W, b, B = (rng.normal(size=shape) for shape in ((M, N), (N, N), (N,), (J, N)))
    u, y, start = rng.normal(size=(T, M)), rng.normal(size=(T, J)), rng.normal(size=N)
    network = EchoStateNetwork(V, W, b, B, leak=0.3)
    states = oracle.echo_state(u, V, W, b, 0.3, B, y, start)
    assert_allclose(network.states(u, y, start), states, atol=1e-12)
    Omega, omega_0 = network.output_kernel, network.output_bias = rng.normal(size=(N, J)), rng.normal(size=J)
    outputs = [oracle.echo_state_output(x, Omega, omega_0) for x in states]
    assert_allclose(network.readout(np.array(states)), outputs, atol=1e-12)
    x, said = start, y[0]
    for k in range(T):
        (x,) = oracle.echo_state(u[k : k + 1], V, W, b, 0.3, B, [said], x)
        said = oracle.echo_state_output(x, Omega, omega_0)
    assert_allclose(network.free_run(u, start, y[0])[-1], said, atol=1e-12)


@case(f"{R}.lsm.LiquidStateMachine")
def spiking():
    rng = np.random.default_rng(1)
    source, target = (np.array(numbers) for numbers in ([0, 1, 2, 2, 0], [1, 2, 0, 1, 2]))
    weight, delay = np.array([35.0, 40.0, -25.0, -18.0, 30.0]), np.array([1.0, 0.5, 2.0, 1.5, 1.0])
    u, d, f = rng.uniform(0.2, 0.6, 5), rng.uniform(30, 90, 5), rng.uniform(20, 60, 5)
    incoming = Synapses(
        np.array([0, 1, 1]), np.array([0, 1, 2]), np.array([50.0, 45.0, 60.0]), np.array([0.5, 1.0, 0.0])
    )
    machine = LiquidStateMachine(
        [False, False, True], Synapses(source, target, weight, delay, u, d, f), incoming, dt=0.5, background=14.6
    )
    at = [[3, 40, 90, 150], [10, 30, 60, 100, 170]]
    start = np.array([13.9, 14.2, 14.6])
    expected = oracle.spiking(machine, at, start, 240)
    when, who = machine.run([0.5 * np.array(times) for times in at], 120.0, start=start)
    assert len(expected) > 12, len(expected)
    assert list(zip(np.round(when / 0.5).astype(int), who, strict=True)) == expected


@case(f"{R}.lsm.filtered_spikes")
def filtered():
    when, who, at = [0.0, 4.0, 9.0, 12.0], [1, 0, 1, 2], [4.0, 10.0, 30.0]
    expected = oracle.filtered_spikes(when, who, 4, at, 7.0)
    assert_allclose(filtered_spikes(when, who, 4, at, 7.0), expected, atol=1e-12)


@case(f"{R}.distances.connection_probability")
def distances():
    positions, inhibits = np.random.default_rng(2).uniform(0, 3, (5, 3)), [False, True, True, False, True]
    expected = oracle.connection_probability(positions, inhibits, 1.7)
    assert_allclose(connection_probability(positions, inhibits, 1.7), expected, atol=1e-12)


@case(f"{R}.matrices.jacobian_at_rest", f"{R}.matrices.with_spectral_radius")
def matrices():
    W = np.random.default_rng(3).normal(size=(6, 6))
    assert_allclose(jacobian_at_rest(W, 0.4), oracle.jacobian_at_rest(W, 0.4), atol=1e-12)
    for leak in (0.4, 1.0):
        scale = oracle.least_scale(np.linalg.eigvals(W), 0.9, leak)
        assert_allclose(with_spectral_radius(W, 0.9, leak), scale * W, rtol=1e-9)


@case(f"{R}.readout.ridge")
def readout():
    rng = np.random.default_rng(4)
    x, d = rng.normal(size=(30, 4)) + 2, rng.normal(size=(30, 3)) - 1
    for found, expected in zip(ridge(x, d, 5.0), oracle.ridge(x, d, 5.0), strict=True):
        assert_allclose(found, expected, atol=1e-10)


@case(f"{R}.readout.memory_capacity")
def capacity():
    rng = np.random.default_rng(5)
    u = rng.normal(size=120)
    states = np.stack([np.roll(u, d) for d in (1, 3)], axis=1) + 0.5 * rng.normal(size=(120, 2)) + 1
    total, by_delay = oracle.memory_capacity(states, u, 4, 10, 65)
    found = memory_capacity(states, u, 4, washout=10, test=0.5)
    assert_allclose(found[1], by_delay, atol=1e-10)
    assert_allclose(found[0], total, atol=1e-10)


@case(f"{R}.online.RecursiveLeastSquares")
def online():
    rng = np.random.default_rng(6)
    xs, ds = rng.normal(size=(9, 3)) + 1, rng.normal(size=(9, 2)) - 2
    learner = RecursiveLeastSquares(3, 2, penalty=0.3, forgetting=0.8)
    errors = [learner.update(x, d) for x, d in zip(xs, ds, strict=True)]
    for found, expected in zip(
        (learner.kernel, learner.bias, errors), oracle.recursive_least_squares(xs, ds, 0.3, 0.8), strict=True
    ):
        assert_allclose(found, expected, atol=1e-10)


@case(f"{R}.plasticity.intrinsic_plasticity")
def plasticity():
    u = np.random.default_rng(8).normal(size=(12, 3))
    for kind, f, mu in (("normal", np.tanh, 0.2), ("exponential", expit, 0.3)):
        network = EchoStateNetwork(np.eye(3), np.zeros((3, 3)), activation=f)
        _, gain, bias = intrinsic_plasticity(network, u, mean=mu, deviation=0.4, learning_rate=0.05)
        expected = [oracle.intrinsic_plasticity(heard, kind, mu, 0.4, 0.05) for heard in u.T]
        assert_allclose(np.stack([gain, bias], axis=1), expected, atol=1e-12)
