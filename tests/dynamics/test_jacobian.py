"""Jacobians and gradients along a trajectory against finite differences and closed forms."""

import keras
import numpy as np
import pytest
from keras import ops, tree

import rnnkit
from rnnkit.dynamics import state_gradients, state_jacobians, trajectory

B, T, N = 2, 4, 3

CELLS = {
    "simple rnn": lambda: keras.layers.SimpleRNNCell(5, dtype="float64"),
    "keras lstm": lambda: keras.layers.LSTMCell(2, dtype="float64"),
    "elman": lambda: rnnkit.ElmanCell(5, 2, dtype="float64"),
    "jordan with decay": lambda: rnnkit.JordanCell(5, 2, decay=0.3, dtype="float64"),
    "output feedback": lambda: rnnkit.OutputFeedbackCell(4, 2, dtype="float64"),
    "peephole lstm": lambda: rnnkit.PeepholeLSTMCell(2, dtype="float64"),
    "deep": lambda: rnnkit.DeepRNNCell(
        [rnnkit.ElmanCell(3, 2, dtype="float64"), keras.layers.LSTMCell(2, dtype="float64")],
        [[1, 0, 1], [1, 1, 0], [0, 0, 1]],
        dtype="float64",
    ),
}


@pytest.fixture(params=CELLS)
def cell(request):
    cell = CELLS[request.param]()
    cell.build((None, N))
    rng = np.random.default_rng(4)
    cell.set_weights([rng.normal(size=w.shape) for w in cell.get_weights()])
    return cell


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(B, T, N))


def start_of(cell):
    rng = np.random.default_rng(2)
    return tree.map_structure(lambda s: rng.normal(size=s.shape), cell.get_initial_state(batch_size=B))


def joined(parts):
    return np.concatenate([ops.convert_to_numpy(part) for part in parts], axis=-1)


def one_step(cell, x, state, like):
    """The state after one step, flat: an ordinary call of the cell."""
    sizes = [s.shape[-1] for s in tree.flatten(like)]
    parts = tree.pack_sequence_as(like, np.split(state, np.cumsum(sizes)[:-1], axis=-1))
    return joined(tree.flatten(cell(x, parts)[1]))


def test_jacobians_equal_central_differences(cell, x):
    start = start_of(cell)
    jacobians = ops.convert_to_numpy(state_jacobians(cell, x, start))
    states = joined(trajectory(cell, x, start))
    n, h = states.shape[-1], 1e-6
    assert jacobians.shape == (B, T, n, n)
    before = np.concatenate([joined(tree.flatten(start))[:, None], states[:, :-1]], axis=1)
    for k in range(T):
        for j in range(n):
            move = h * np.eye(n)[j]
            up, down = (one_step(cell, x[:, k], before[:, k] + sign * move, start) for sign in (1, -1))
            np.testing.assert_allclose(jacobians[:, k, :, j], (up - down) / (2 * h), rtol=1e-6, atol=1e-8)


def test_gradients_equal_central_differences(cell, x):
    """L is moved by a nudge of each state: run on from the moved state and take the outputs that follow."""
    start = start_of(cell)
    aim = np.random.default_rng(3).normal(size=(B, T, cell.output_size if hasattr(cell, "output_size") else 5))

    def loss(outputs):
        return ops.sum(ops.square(outputs - aim))

    value, gradients = state_gradients(cell, x, loss, start)
    h = 1e-6
    flat = tree.flatten(start)
    zeros = [np.zeros((B, T, s.shape[-1])) for s in flat]

    def moved(which, index, by):
        nudges = [zero.copy() for zero in zeros]
        nudges[which][index] = by
        states = trajectory(cell, x, start, nudges=nudges)
        return float(loss(rnnkit.dynamics.readout(cell, states)))

    assert float(value) == pytest.approx(moved(0, (0, 0, 0), 0.0))
    for which, zero in enumerate(zeros):
        got = ops.convert_to_numpy(gradients[which])
        for index in np.ndindex(*zero.shape):
            expected = (moved(which, index, h) - moved(which, index, -h)) / (2 * h)
            np.testing.assert_allclose(got[index], expected, rtol=1e-5, atol=1e-7)


def test_gradients_are_the_product_of_jacobians(cell, x):
    """∇x(k) = J(k+1)ᵀ ∇x(k+1) before the last step, when only the last output counts."""
    start = start_of(cell)
    _, gradients = state_gradients(cell, x, lambda outputs: ops.sum(ops.square(outputs[:, -1])), start)
    jacobians, flow = ops.convert_to_numpy(state_jacobians(cell, x, start)), joined(gradients)
    for k in range(T - 1):
        expected = np.einsum("bij,bi->bj", jacobians[:, k + 1], flow[:, k + 1])
        np.testing.assert_allclose(flow[:, k], expected, rtol=1e-9, atol=1e-12)


def test_linear_net_has_its_recurrent_matrix_as_jacobian_and_the_identity_where_masked(x):
    layer = keras.layers.SimpleRNN(5, activation="linear", dtype="float64")
    layer.build(x.shape)
    mask = np.ones((B, T), bool)
    mask[0, 1] = mask[1, 3] = False
    jacobians = ops.convert_to_numpy(state_jacobians(layer, x, mask=mask))
    matrix = ops.convert_to_numpy(layer.cell.recurrent_kernel).T
    for i, k in np.ndindex(B, T):
        np.testing.assert_allclose(jacobians[i, k], matrix if mask[i, k] else np.eye(5), atol=1e-15)


def test_gates_along_the_trajectory_are_what_the_layer_returns(x):
    layer = rnnkit.PeepholeLSTM(5, return_gates=True, return_sequences=True, dtype="float64")
    _, expected = layer(x)
    states, gates = trajectory(layer, x, return_gates=True)
    assert set(gates) == {"input_gate", "forget_gate", "output_gate"}
    for name, gate in gates.items():
        np.testing.assert_allclose(gate, expected[name], rtol=1e-12)
    with pytest.raises(ValueError, match="return_gates: expected a cell with gates, received SimpleRNNCell"):
        simple = keras.layers.SimpleRNN(2)
        simple.build(x.shape)
        trajectory(simple, x, return_gates=True)


def test_token_ids_are_taken_as_the_one_hot_input_is():
    ids = np.random.default_rng(0).integers(0, 7, (B, T))
    cells = [rnnkit.PeepholeLSTMCell(5, input_dim=dim, dtype="float64") for dim in (7, None)]
    for cell in cells:
        cell.build((None, 7))
    cells[1].set_weights(cells[0].get_weights())
    for derivative in (trajectory, state_jacobians):
        by_ids, by_one_hot = (tree.flatten(derivative(c, x)) for c, x in zip(cells, (ids, np.eye(7)[ids]), strict=True))
        for got, expected in zip(by_ids, by_one_hot, strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-12)
