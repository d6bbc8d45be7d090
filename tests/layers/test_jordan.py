"""Jordan's net against plain loops, and its gradient against finite differences."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import Jordan, JordanCell
from rnnkit._autodiff import value_and_gradients
from tests.oracles import recurrent

B, T, N, K, J = 4, 6, 3, 5, 2


def random_weights(layer, seed=0):
    rng = np.random.default_rng(seed)
    layer.build((None, None, N))
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])


@pytest.mark.parametrize("decay", [0.0, 0.4])
@pytest.mark.parametrize(("hidden", "output"), [("sigmoid", "sigmoid"), ("tanh", "linear")])
def test_equals_the_equations_in_plain_loops(decay, hidden, output):
    functions = {"sigmoid": recurrent.sigmoid, "tanh": np.tanh, "linear": lambda a: a}
    x = np.random.default_rng(1).normal(size=(B, T, N))
    layer = Jordan(
        K,
        J,
        hidden,
        output,
        decay=decay,
        return_sequences=True,
        return_hidden=True,
        return_state=True,
        dtype="float64",
    )
    random_weights(layer)
    got, hidden_got, *last = (ops.convert_to_numpy(part) for part in layer(x))
    v, omega = ops.convert_to_numpy(layer.v), ops.convert_to_numpy(layer.omega)
    for i in range(B):
        g, f, s = recurrent.jordan(x[i], v, omega, functions[hidden], functions[output], decay)
        np.testing.assert_allclose(got[i], g, rtol=1e-10)
        np.testing.assert_allclose(hidden_got[i], f, rtol=1e-10)
        np.testing.assert_allclose(last[0][i], g[-1], rtol=1e-10)
        np.testing.assert_allclose(last[-1][i], s[-1], rtol=1e-10)


def test_initial_context_is_used():
    x = np.random.default_rng(1).normal(size=(B, T, N))
    start = np.random.default_rng(2).normal(size=(B, J))
    layer = Jordan(K, J, return_sequences=True, dtype="float64")
    random_weights(layer)
    got = ops.convert_to_numpy(layer(x, initial_state=[start]))
    v, omega = ops.convert_to_numpy(layer.v), ops.convert_to_numpy(layer.omega)
    for i in range(B):
        np.testing.assert_allclose(got[i], recurrent.jordan(x[i], v, omega, s=start[i])[0], rtol=1e-10)


def test_gradient_equals_finite_differences_of_the_plain_loops():
    rng = np.random.default_rng(3)
    x, target = rng.normal(size=(T, N)), rng.normal(size=(T, J))
    v, omega, decay = rng.normal(size=(1 + N + J, K)), rng.normal(size=(1 + K, J)), 0.3
    layer = Jordan(K, J, decay=decay, return_sequences=True, dtype="float64")
    layer.build((None, None, N))

    def loss(matrices):
        cell = layer.cell
        mapping = [
            (cell.bias, matrices[0][0]),
            (cell.kernel, matrices[0][1 : 1 + N]),
            (cell.recurrent_kernel, matrices[0][1 + N :]),
            (cell.output_bias, matrices[1][0]),
            (cell.output_kernel, matrices[1][1:]),
        ]
        with keras.StatelessScope(state_mapping=mapping):
            output = layer(x[None])
        return ops.sum(ops.square(output[0] - target)), None

    arguments = [ops.convert_to_tensor(v), ops.convert_to_tensor(omega)]
    _, gradients = value_and_gradients(loss, arguments)

    def numpy_loss(v, omega):
        return np.sum((recurrent.jordan(x, v, omega, decay=decay)[0] - target) ** 2)

    h = 1e-6
    for which, matrix in enumerate((v, omega)):
        expected = np.zeros_like(matrix)
        for index in np.ndindex(*matrix.shape):
            moves = [np.zeros_like(v), np.zeros_like(omega)]
            moves[which][index] = h
            up, down = numpy_loss(v + moves[0], omega + moves[1]), numpy_loss(v - moves[0], omega - moves[1])
            expected[index] = (up - down) / (2 * h)
        np.testing.assert_allclose(ops.convert_to_numpy(gradients[which]), expected, rtol=1e-5, atol=1e-7)


def test_decay_outside_its_range_is_refused():
    for value in (-0.1, 1.0, "half"):
        with pytest.raises(ValueError, match="decay: expected a number from 0 up to, but not including, 1"):
            JordanCell(K, J, decay=value)


def test_hidden_layer_is_not_a_function_of_the_state():
    with pytest.raises(ValueError, match="return_hidden: expected False"):
        JordanCell(K, J, return_hidden=True).readout([np.zeros((B, J))])
