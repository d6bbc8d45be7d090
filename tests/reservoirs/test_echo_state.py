"""The echo state network: plain loops, reservoirpy, the Keras layer, and readouts in closed form."""

import os

import keras
import numpy as np
import pytest
import scipy.sparse as sparse

import rnnkit
from rnnkit.layers import fit_readout, from_layer
from rnnkit.layers.echo_state import as_matrix
from rnnkit.reservoirs import (
    EchoStateNetwork,
    echo_state,
    memory_capacity,
    random_matrix,
    ridge,
)
from rnnkit.reservoirs import with_spectral_radius as scaled
from tests.oracles import reservoirs as oracle

T, M, N, J = 25, 3, 7, 2


def drawn(seed=0, feedback=True, alpha=0.4):
    rng = np.random.default_rng(seed)
    V, W, b, B = (rng.normal(size=shape) for shape in ((M, N), (N, N), N, (J, N)))
    u, y = rng.normal(size=(T, M)), rng.normal(size=(T, J))
    return EchoStateNetwork(V, W, b, B if feedback else None, alpha), u, y, (V, W, b, B)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize("feedback", [False, True])
@pytest.mark.parametrize("alpha", [0.4, 1.0])
def test_states_are_those_of_plain_loops(kind, feedback, alpha):
    network, u, y, (V, W, b, B) = drawn(feedback=feedback, alpha=alpha)
    network = EchoStateNetwork(V, kind(W), b, B if feedback else None, alpha)
    start = np.linspace(-1, 1, N)
    expected = oracle.echo_state(u, V, W, b, alpha, B if feedback else None, y, start)
    received = network.states(u, y if feedback else None, start)
    np.testing.assert_allclose(received, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("units", "connections"), [(30, None), (300, 20)])
def test_states_are_reservoirpys(units, connections):
    nodes = pytest.importorskip("reservoirpy.nodes", reason="reservoirpy is not installed (extra peers)")
    rng = np.random.default_rng(1)
    W = scaled(random_matrix(units, connections, rng), 0.9)
    V, b, u = rng.normal(size=(M, units)), rng.normal(size=units), rng.normal(size=(80, M))
    theirs = nodes.Reservoir(W=W.T, Win=V.T, bias=b, lr=0.35).run(u)
    ours = EchoStateNetwork(V, W, b, leak=0.35).states(u)
    assert np.abs(ours - theirs).max() < 1e-12


def test_a_large_matrix_in_parts_gives_the_same(monkeypatch):
    """In three threads, with parts of different sizes, against the product at once."""
    rng = np.random.default_rng(3)
    W = scaled(random_matrix(301, 20, rng), 0.9)
    V, b, B, u = (rng.normal(size=shape) for shape in ((M, 301), 301, (J, 301), (40, M)))
    whole = EchoStateNetwork(V, W, b, B, leak=0.35)
    monkeypatch.setattr(echo_state, "_WEIGHTS_A_THREAD", 2000)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    parted = EchoStateNetwork(V, W, b, B, leak=0.35)
    assert [part.shape for part in parted._from_state] == [(100, 301), (100, 301), (101, 301)]
    y, starts = rng.normal(size=(40, J)), rng.normal(size=(5, 301))
    np.testing.assert_allclose(parted.states(u, y), whole.states(u, y), rtol=1e-13, atol=1e-13)
    for network in (whole, parted):
        network.fit(u, y, washout=5)
    said = [network.free_run(u, starts, y[:5]) for network in (whole, parted)]
    assert said[0].shape == (5, 40, J)
    np.testing.assert_allclose(*said, rtol=1e-6)


@pytest.mark.parametrize("connections", [None, 4])
@pytest.mark.parametrize("feedback", [False, True])
def test_the_keras_layer_equals_the_equations_in_plain_loops(connections, feedback):
    layer = rnnkit.EchoState(
        N, J, leak=0.6, connections=connections, feedback=feedback, seed=3, dtype="float64", return_sequences=True,
        bias_initializer="random_normal", output_activation=keras.ops.arctan,
    )  # fmt: skip
    u = np.random.default_rng(2).normal(size=(2, T, M))
    layer.build(u.shape)
    cell, rng = layer.cell, np.random.default_rng(5)
    cell.output_kernel.assign(rng.normal(size=(N, J)))
    cell.output_bias.assign(rng.normal(size=J))
    W = as_matrix(cell.recurrent_kernel, cell.heard)
    V, W, b, Omega, omega_0 = (
        np.asarray(w.todense() if sparse.issparse(w) else w)
        for w in (cell.kernel, W, cell.bias, cell.output_kernel, cell.output_bias)
    )
    B = np.asarray(cell.feedback_kernel) if feedback else None
    expected = [oracle.echo_state_network(one, V, W, b, 0.6, Omega, omega_0, B) for one in u]
    np.testing.assert_allclose(np.asarray(layer(u)), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("connections", [None, 4])
@pytest.mark.parametrize("feedback", [False, True])
def test_the_keras_layer_has_the_same_outputs(connections, feedback):
    layer = rnnkit.EchoState(
        N, J, leak=0.6, connections=connections, feedback=feedback, seed=3, dtype="float64", return_sequences=True,
        bias_initializer="random_normal", output_initializer="random_normal", return_hidden=True,
    )  # fmt: skip
    u = np.random.default_rng(2).normal(size=(5, T, M))
    outputs, states = (np.asarray(part) for part in layer(u))
    network = from_layer(layer)
    for one, output, state in zip(u, outputs, states, strict=True):
        if feedback:
            np.testing.assert_allclose(network.free_run(one, np.zeros(N), np.zeros(J)), output, atol=1e-10)
            fed_back = np.concatenate([np.zeros((1, J)), output[:-1]])
        np.testing.assert_allclose(network.states(one, fed_back if feedback else None), state, atol=1e-10)
        np.testing.assert_allclose(network.predict(one, fed_back if feedback else None), output, atol=1e-10)


def test_ten_thousand_units():
    """Sparse, scaled, and with the same states in Keras and SciPy; the dense matrix would have 400 MB in float32."""
    layer = rnnkit.EchoState(10_000, 1, spectral_radius=None, connections=10, seed=0, return_sequences=True)
    u = np.random.default_rng(0).normal(size=(1, 6, M)).astype("float32")
    layer.build(u.shape)
    layer.cell.recurrent_kernel.assign(0.2 * np.asarray(layer.cell.recurrent_kernel))
    layer.cell.output_kernel.assign(np.full((10_000, 1), 0.01))
    output = np.asarray(layer(u))
    assert sum(np.asarray(w).nbytes for w in layer.weights) < 2e6
    np.testing.assert_allclose(from_layer(layer).predict(u[0]), output[0], atol=1e-4)


def test_ridge_solves_its_normal_equations():
    rng = np.random.default_rng(4)
    X, D = rng.normal(size=(50, 6)) + 3, rng.normal(size=(50, 2)) - 1
    for penalty in (0.0, 0.7):
        kernel, bias = ridge(X, D, penalty)
        ones = np.concatenate([X, np.ones((50, 1))], axis=1)
        normal = ones.T @ ones + penalty * np.diag([1.0] * 6 + [0.0])
        np.testing.assert_allclose(np.vstack([kernel, bias]), np.linalg.solve(normal, ones.T @ D), rtol=1e-8)


def test_least_squares_of_dependent_states_is_the_smallest():
    X = np.random.default_rng(5).normal(size=(40, 3)) @ np.random.default_rng(6).normal(size=(3, 8))
    D = X[:, :1] + 2
    kernel, bias = ridge(X, D, 0.0)
    centred = X - X.mean(axis=0)
    np.testing.assert_allclose(kernel, np.linalg.pinv(centred) @ (D - D.mean()), atol=1e-10)


def test_fit_counts_the_steps_after_the_washout_of_each_sequence():
    network, _, _, _ = drawn()
    rng = np.random.default_rng(7)
    u, y = rng.normal(size=(4, T, M)), rng.normal(size=(4, T, J))
    network.fit(u, y, penalty=0.3, washout=5)
    seen, wanted = [], []
    for a, b in zip(u, y, strict=True):
        states = network.states(a, np.concatenate([np.zeros((1, J)), b[:-1]]))
        seen.append(states[5:])
        wanted.append(b[5:])
    kernel, bias = ridge(np.concatenate(seen), np.concatenate(wanted), 0.3)
    np.testing.assert_allclose(network.output_kernel, kernel)
    np.testing.assert_allclose(network.output_bias, bias)


def test_a_free_run_feeds_back_what_it_said():
    network, u, y, (V, W, b, B) = drawn()
    network.fit(u, y, washout=2)
    state, said = np.linspace(-1, 1, N), np.array([0.3, -0.2])
    expected = []
    for row in u:
        state = np.array(oracle.echo_state([row], V, W, b, 0.4, B, [said], state)[0])
        said = state @ network.output_kernel + network.output_bias
        expected.append(said)
    start = np.stack([np.linspace(-1, 1, N), np.zeros(N)])
    both = network.free_run(u, start, np.array([[0.3, -0.2], [0.0, 0.0]]))
    np.testing.assert_allclose(both[0], expected, rtol=1e-9)
    np.testing.assert_allclose(network.free_run(u, start[0], np.array([0.3, -0.2])), expected, rtol=1e-9)


def test_a_readout_is_solved_for_or_trained():
    """On the same data, descent comes to the least squares' error from above, and only the readout moves."""
    rng = np.random.default_rng(8)
    u = rng.uniform(-1, 1, (1, 200, 1)).astype("float32")
    y = 0.7 * np.roll(u, 2, axis=1) + 0.2 * np.roll(u, 1, axis=1)
    layer = rnnkit.EchoState(20, 1, seed=4, return_sequences=True, spectral_radius=0.8)
    model = keras.Sequential([keras.Input((None, 1)), layer])
    fixed = [np.array(w) for w in layer.non_trainable_weights]
    nothing = float(np.mean(y**2))
    model.compile(keras.optimizers.Adam(0.05), "mse")
    model.fit(u, y, epochs=60, verbose=0)
    trained = model.evaluate(u, y, verbose=0)
    fit_readout(layer, u, y, penalty=0.0, washout=0)
    solved = model.evaluate(u, y, verbose=0)
    assert solved < trained < 0.2 * nothing
    assert len(fixed) == 3
    for before, after in zip(fixed, layer.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(before, np.asarray(after))


def test_the_past_is_forgotten_below_radius_one_and_not_above():
    u = np.random.default_rng(9).normal(0, 0.02, (300, 1))
    gaps = {}
    for radius in (0.9, 1.6):
        network = EchoStateNetwork.random(60, 1, spectral_radius=radius, leak=0.7, seed=2)
        one, other = (network.states(u, initial_state=np.full(60, start))[-1] for start in (0.5, -0.5))
        gaps[radius] = np.abs(one - other).max()
    assert gaps[0.9] < 1e-4 < 0.1 < gaps[1.6]


@pytest.mark.parametrize("units", [11, 26])
def test_memory_capacity_is_at_most_the_number_of_units(units):
    rng = np.random.default_rng(units)
    u = rng.uniform(-1, 1, 6000)
    network = EchoStateNetwork.random(units, 1, spectral_radius=0.95, input_scale=0.1, seed=1)
    network.activation = np.positive
    total, by_delay = memory_capacity(network.states(u[:, None]), u, most=2 * units)
    assert 0.7 * units < total <= units + 0.3  # chance adds up to a few squared correlations of 1/3000
    assert by_delay[0] > 0.99


def test_memory_capacity_of_delays_that_are_there():
    u = np.random.default_rng(3).normal(size=5000)
    states = np.stack([np.roll(u, 2), np.roll(u, 5) + np.roll(u, 9)], axis=1)
    total, by_delay = memory_capacity(states, u, most=12)
    np.testing.assert_allclose(by_delay[[1, 4, 8]], [1.0, 0.5, 0.5], atol=0.03)
    assert total == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n, u, y: EchoStateNetwork(np.ones((2, 3)), np.eye(4)), r"kernel: expected shape \(2, 4\), received"),
        (lambda n, u, y: EchoStateNetwork(np.ones((2, 3)), np.eye(3), leak=0.0), "leak: expected a number above 0"),
        (lambda n, u, y: n.states(u[:, :2], y), r"inputs: expected shape \(T, 3\), received \(25, 2\)"),
        (lambda n, u, y: n.states(u), r"fed_back: expected shape \(T, J\), received None"),
        (lambda n, u, y: n.states(u, y, np.zeros(3)), r"initial_state: expected shape \(7,\), received \(3,\)"),
        (lambda n, u, y: n.predict(u, y), "readout: the network has none yet. Call fit first"),
        (lambda n, u, y: n.fit(u, y[:-1]), r"targets: expected shape \(25, 'J'\)"),
        (lambda n, u, y: n.fit(u, y, washout=25), "washout: expected 0 to 24 of 25 steps"),
        (lambda n, u, y: n.fit(u, y, washout=1, penalty=-1.0), "penalty: expected a number of at least 0"),
        (lambda n, u, y: drawn(feedback=False)[0].free_run(u, np.zeros(N)), "free_run: expected a network with"),
        (lambda n, u, y: memory_capacity(np.ones((30, 20)), np.ones(30), 5), "states: expected more steps"),
        (lambda n, u, y: from_layer(keras.layers.Dense(2)), "layer: expected an rnnkit.EchoState, received Dense"),
        (lambda n, u, y: from_layer(rnnkit.EchoState(3, 1)), "layer: it has no weights yet"),
        (lambda n, u, y: rnnkit.EchoState(3, 1, leak=1.2), "leak: expected a number above 0, up to 1, received 1.2"),
        (lambda n, u, y: rnnkit.EchoState(3, 1, leak=0.2, spectral_radius=0.7), "spectral_radius: expected None or a"),
        (lambda n, u, y: rnnkit.EchoState(3, 1, connections=4), "connections: expected at most units=3, received 4"),
    ],
)
def test_errors(call, message):
    network, u, y, _ = drawn()
    with pytest.raises(ValueError, match=message):
        call(network, u, y)


@pytest.mark.parametrize("name", ["EchoState", "EchoStateCell", "fit_readout", "from_layer"])
def test_names_of_0_1_in_reservoirs_give_those_of_layers(name):
    with pytest.warns(DeprecationWarning, match=f"rnnkit.reservoirs.{name} is now rnnkit.layers.{name}"):
        assert getattr(rnnkit.reservoirs, name) is getattr(rnnkit.layers, name)
