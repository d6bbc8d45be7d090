"""GRU and LSTM without inputs are chaotic with the two-dimensional weights that Laurent and von Brecht print, the
chaos-free network is not. The largest Lyapunov exponent is the mean growth of a tangent vector, renewed each step.

The paper's matrices act on columns and its biases are zero. Its A_θ of the GRU is A_z, a misprint. Its GRU carries over
1 − z, so that weights from there pass through `gru_with_swapped_update`; without that the exponent is another.
"""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import CFN, CFNCell, GRUCell, PeepholeLSTMCell, gru_with_swapped_update
from rnnkit._autodiff import vector_jacobian
from tests.double_precision import double_precision  # noqa: F401

pytestmark = pytest.mark.usefixtures("double_precision")
A_Z, A_R, R = [[0, 1], [1, 1]], [[0, 1], [1, 0]], [[-5, -8], [8, 5]]
A_I, A_F = [[-10, -10], [10, 10]], [[-10, -10], [10, 10]]
A_G, A_O = [[10, -80], [80, -10]], [[10, -10], [10, -10]]


def cell_with(cell, *recurrent_matrices):
    """The cell with these matrices in its recurrent kernel, all else zero."""
    cell.build((None, 1))
    columns = np.concatenate([np.transpose(matrix) for matrix in recurrent_matrices], axis=1).astype(float)
    cell.set_weights([columns if w.name == "recurrent_kernel" else np.zeros(w.shape) for w in cell.weights])
    return cell


def gru(convention="paper"):
    cell = cell_with(GRUCell(2), A_Z, A_R, R)
    if convention == "paper":
        cell.set_weights(gru_with_swapped_update(cell.get_weights()))
    return cell


def jacobian(cell, states):
    """The derivative of the new state by the old one, a row of it for each copy of the state in the batch."""
    sizes = [state.shape[-1] for state in states]
    total = sum(sizes)
    copies = [ops.convert_to_tensor(np.repeat(state, total, axis=0)) for state in states]
    rows = [ops.convert_to_tensor(part) for part in np.split(np.eye(total), np.cumsum(sizes)[:-1], axis=1)]
    inputs = ops.zeros((total, 1), dtype="float64")
    products = vector_jacobian(lambda parts: cell.call(inputs, parts)[1], copies, rows)
    return np.concatenate([ops.convert_to_numpy(part) for part in products], axis=1)


def advance(cell, states):
    _, states = cell(np.zeros((len(states[0]), 1)), [ops.convert_to_tensor(state) for state in states])
    return [ops.convert_to_numpy(state) for state in states]


def largest_exponent(cell, states, steps, transient=150):
    """Along many orbits at once: mean logarithm of a tangent vector's growth a step, by a central difference."""
    for _ in range(transient):
        states = advance(cell, states)
    sizes = np.cumsum([state.shape[-1] for state in states])[:-1]
    tangent = np.random.default_rng(9).normal(size=(len(states[0]), sum(state.shape[-1] for state in states)))
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    growth, epsilon = [], 1e-7
    for _ in range(steps):
        point = np.concatenate(states, axis=1)
        three = np.concatenate([point, point + epsilon * tangent, point - epsilon * tangent])
        middle, ahead, back = np.split(np.concatenate(advance(cell, np.split(three, sizes, axis=1)), axis=1), 3)
        tangent = (ahead - back) / (2 * epsilon)
        length = np.linalg.norm(tangent, axis=1, keepdims=True)
        growth.append(np.log(length))
        tangent, states = tangent / length, np.split(middle, sizes, axis=1)
    return float(np.mean(growth))


def orbits(*sizes, number=200, seed=0):
    """Starts in the unit square, as in the paper."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(size=(number, size)) for size in sizes]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gru_is_chaotic(seed):
    assert 0.20 < largest_exponent(gru(), orbits(2, seed=seed), steps=100) < 0.24


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lstm_is_chaotic(seed):
    lstm = cell_with(PeepholeLSTMCell(2), A_I, A_F, A_G, A_O)
    assert 0.20 < largest_exponent(lstm, orbits(2, 2, seed=seed), steps=100) < 0.24


def test_gru_with_the_other_convention_has_another_exponent():
    assert 0.05 < largest_exponent(gru("as printed"), orbits(2), steps=100) < 0.09


def test_the_tangents_agree_with_the_jacobians():
    """The Jacobian by autodiff against the differences that the exponents rest on, for the three cells."""
    lstm = cell_with(PeepholeLSTMCell(2), A_I, A_F, A_G, A_O)
    cfn = cell_with(CFNCell(2), A_Z, A_R)
    for cell, sizes in ((gru(), (2,)), (lstm, (2, 2)), (cfn, (2,))):
        states = orbits(*sizes, number=1, seed=3)
        point, epsilon = np.concatenate(states, axis=1), 1e-6
        columns = []
        for unit in np.eye(point.shape[1]):
            ahead, back = (
                np.concatenate(advance(cell, np.split(point + s * epsilon * unit, len(sizes), axis=1)), axis=1)
                for s in (1, -1)
            )
            columns.append((ahead - back)[0] / (2 * epsilon))
        np.testing.assert_allclose(jacobian(cell, states), np.stack(columns, axis=1), rtol=1e-5, atol=1e-8)


def test_close_starts_of_the_gru_end_far_apart():
    """The paper's figure 1: 1e-7 apart at the start, all over the attractor in the end."""
    rng, cell = np.random.default_rng(0), gru()
    states = [rng.uniform(size=(1, 2)) + rng.uniform(-1e-7, 1e-7, size=(200, 2))]
    for _ in range(300):
        states = advance(cell, states)
    assert states[0].std(axis=0).max() > 0.3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_chaos_free_network_decays(seed):
    """Whatever the recurrent weights are; the bias is the one it starts with."""
    layer = CFN(2, return_sequences=True, recurrent_initializer=keras.initializers.RandomNormal(0, 5, seed=seed))
    h = ops.convert_to_numpy(layer(np.zeros((200, 200, 1)), initial_state=orbits(2, seed=seed)))
    assert np.abs(h[:, 99]).max() < 1e-11 and np.abs(h[:, -1]).max() < 1e-20
    assert np.abs(h[:, 5]).max() > 1e-3
