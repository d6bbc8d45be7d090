"""Deep RNNs against Keras's StackedRNNCells, plain NumPy, and layers wired by hand."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit import DeepRNN, DeepRNNCell
from rnnkit.layers.deep import connection_matrix
from tests.oracles import recurrent

B, T, N = 4, 6, 3


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(B, T, N))


def cells(*sizes, kinds=(keras.layers.LSTMCell, keras.layers.SimpleRNNCell, keras.layers.GRUCell)):
    return [kind(size, dtype="float64") for kind, size in zip(kinds, sizes, strict=False)]


def randomize(layer, shape=(None, None, N)):
    layer.build(shape)
    rng = np.random.default_rng(5)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize("connections", ["stacked", np.eye(4)])
def test_the_identity_matrix_is_keras_stacked_cells(x, connections):
    ours = DeepRNN(cells(5, 4, 2), connections, return_sequences=True, return_state=True, dtype="float64")
    stack = keras.layers.StackedRNNCells(cells(5, 4, 2), dtype="float64")
    peer = keras.layers.RNN(stack, return_sequences=True, return_state=True, dtype="float64")
    randomize(ours), randomize(peer)
    for got, expected in zip(keras.tree.flatten(ours(x)), keras.tree.flatten(peer(x)), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_skip_is_layers_wired_by_hand(x):
    """Graves: the input reaches every layer, every layer reaches the output."""
    sizes = (5, 4, 2)
    ours = randomize(DeepRNN(cells(*sizes), "skip", return_sequences=True, dtype="float64"))
    assert ours.compute_output_shape((B, T, N)) == (B, T, 11)
    below, outputs = None, []
    for cell in ours.cell.cells:
        seen = x if below is None else np.concatenate([x, below], axis=-1)
        below = ops.convert_to_numpy(keras.layers.RNN(cell, return_sequences=True, dtype="float64")(seen))
        outputs.append(below)
    np.testing.assert_allclose(ours(x), np.concatenate(outputs, axis=-1), rtol=1e-12)


def test_any_matrix_against_plain_numpy(x):
    """Two tanh layers; the second feeds the first and itself back, the input feeds the second and the output."""
    matrix = [[1, 0, 1], [1, 1, 1], [1, 1, 0]]
    k, j = 4, 2
    plain = [keras.layers.SimpleRNNCell(size, dtype="float64") for size in (k, j)]
    layer = randomize(DeepRNN(plain, matrix, return_sequences=True, return_state=True, dtype="float64"))
    (w1, u1, b1), (w2, u2, b2) = (cell.get_weights() for cell in plain)
    assert w1.shape == (N + j, k)
    assert w2.shape == (N + k + j, j)
    h1, h2, expected = np.zeros((B, k)), np.zeros((B, j)), []
    for t in range(T):
        u, fed_back = x[:, t], h2
        h1 = np.tanh(np.concatenate([u, fed_back], 1) @ w1 + h1 @ u1 + b1)
        h2 = np.tanh(np.concatenate([u, h1, fed_back], 1) @ w2 + h2 @ u2 + b2)
        expected.append(np.concatenate([u, h1], 1))
    output, *states = layer(x)
    np.testing.assert_allclose(output, np.stack(expected, axis=1), rtol=1e-12)
    first, second, kept = states
    for got, wanted in zip([*first, *second, kept], [h1, h2, h2], strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


@pytest.mark.parametrize("connections", ["stacked", "skip", [[1, 0, 1, 0], [1, 1, 1, 1], [0, 1, 1, 0], [1, 1, 0, 1]]])
def test_equals_the_equations_in_plain_loops(x, connections):
    plain = [keras.layers.SimpleRNNCell(size, dtype="float64") for size in (4, 2, 5)]
    layer = randomize(DeepRNN(plain, connections, return_sequences=True, dtype="float64"))
    weights = [cell.get_weights() for cell in plain]
    matrix = connection_matrix(connections, 3)
    for i in range(B):
        expected = recurrent.deep_tanh(x[i], weights, matrix)
        np.testing.assert_allclose(ops.convert_to_numpy(layer(x))[i], expected, rtol=1e-10)


def test_initial_state_is_the_cells_own(x):
    class FromOne(keras.layers.SimpleRNNCell):
        def get_initial_state(self, batch_size=None):
            return [ops.ones((batch_size, self.state_size), dtype=self.compute_dtype)]

    layer = randomize(DeepRNN([FromOne(4, dtype="float64"), *cells(3)], dtype="float64"))
    ones = [[np.ones((B, 4))], [np.zeros((B, 3)), np.zeros((B, 3))]]
    np.testing.assert_allclose(layer(x), layer(x, initial_state=ones), rtol=1e-12)


def test_dropout_of_inner_cells_is_drawn_once_a_sequence(x):
    kinds = [rnnkit.ElmanCell(5, 4, dropout=0.5, seed=1), keras.layers.SimpleRNNCell(2, recurrent_dropout=0.5, seed=2)]
    layer = randomize(DeepRNN(kinds, "skip", return_sequences=True))
    steady = np.repeat(x[:, :1], T, axis=1).astype("float32")
    layer.cell.get_dropout_mask(steady[:, 0])
    first, second = kinds[0]._dropout_mask, kinds[1]._recurrent_dropout_mask
    assert (tuple(first.shape), tuple(second.shape)) == ((B, N), (B, 2))
    states = layer.cell.get_initial_state(B)
    one = layer.cell(steady[:, 0], states, training=True)[0]
    np.testing.assert_array_equal(one, layer.cell(steady[:, 0], states, training=True)[0])
    layer.cell.reset_dropout_mask(), layer.cell.reset_recurrent_dropout_mask()
    assert kinds[0]._dropout_mask is None and kinds[1]._recurrent_dropout_mask is None
    outputs = [ops.convert_to_numpy(layer(steady, training=training)) for training in (False, True, True)]
    assert np.abs(outputs[0] - outputs[1]).max() > 1e-2
    assert np.abs(outputs[1] - outputs[2]).max() > 1e-2, "the next sequence has masks of its own"


def test_readout_and_omega_see_a_deep_net(x):
    layer = DeepRNN([rnnkit.ElmanCell(5, 4), keras.layers.LSTMCell(2)], [[1, 0, 1], [1, 1, 0], [0, 1, 1]], name="deep")
    model = keras.Sequential([keras.Input((T, N)), layer, keras.layers.Dense(1)])
    states = rnnkit.dynamics.trajectory(layer, x)
    np.testing.assert_allclose(rnnkit.dynamics.readout(layer.cell, states)[:, -1], layer(x), rtol=1e-5)
    model.compile("sgd", "mse")
    omega = rnnkit.GradientNormRegularizer(0.1).attach(model)
    y = np.ones((B, 1))
    model.train_on_batch(x, y)
    assert omega.norms(x, y)["deep"].shape == (B, T)


def test_saves_and_loads_with_matrix_and_cells(x, tmp_path):
    layer = DeepRNN([rnnkit.PeepholeLSTMCell(4), keras.layers.GRUCell(2)], [[1, 1, 0], [1, 1, 0], [0, 1, 1]])
    model = keras.Sequential([keras.Input((T, N)), layer])
    model.save(tmp_path / "deep.keras")
    again = keras.models.load_model(tmp_path / "deep.keras")
    np.testing.assert_allclose(again(x), model(x), rtol=1e-6)
    assert again.layers[0].get_config()["connections"] == [[1, 1, 0], [1, 1, 0], [0, 1, 1]]


def test_named_connections():
    np.testing.assert_array_equal(connection_matrix("stacked", 2), np.eye(3))
    np.testing.assert_array_equal(connection_matrix("skip", 2), [[1, 0, 0], [1, 1, 0], [0, 1, 1]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DeepRNNCell([]), "cells: expected a list of at least one recurrent cell, received"),
        (lambda: DeepRNNCell([3]), "cells: expected recurrent cells .* received 3"),
        (lambda: DeepRNNCell([keras.layers.LSTM(3)]), "Pass the cells"),
        (lambda: DeepRNNCell([rnnkit.ElmanCell(3, 2, return_hidden=True)]), "a cell that returns its output only"),
        (lambda: DeepRNN(cells(3), "dense"), "connections: expected 'stacked', 'skip' or a matrix, received 'dense'"),
        (lambda: DeepRNN(cells(3), np.eye(3)), r"connections: expected zeros and ones of shape \(2, 2\)"),
        (lambda: DeepRNN(cells(3), [[1, 0.5], [0, 1]]), "connections: expected zeros and ones"),
        (lambda: DeepRNN(cells(3, 2), [[1, 0, 0], [0, 0, 0], [0, 0, 1]]), "received none for layer 2"),
        (lambda: DeepRNN(cells(3), [[1, 0], [0, 0]]), "received none for the output"),
    ],
)
def test_errors_name_the_argument(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_connection_from_input_to_output_hides_the_readout(x):
    cell = DeepRNNCell(cells(3), [[1, 0], [1, 1]])
    with pytest.raises(ValueError, match="whose size is not known before `build`"):
        _ = cell.output_size
    cell.build((None, N))
    assert cell.output_size == N + 3
    with pytest.raises(ValueError, match="no connection from input to output"):
        cell.readout([np.zeros((B, 3)), np.zeros((B, 3))])
