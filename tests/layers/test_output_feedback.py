"""The general output-feedback net against plain loops, its two special cases, and finite differences."""

import numpy as np
import pytest
from keras import ops

from rnnkit import Elman, Jordan, OutputFeedback
from tests.oracles import recurrent

B, T, N, K, J = 4, 6, 3, 5, 2


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(B, T, N))


def general(v, omega, **kwargs):
    layer = OutputFeedback(K, J, return_sequences=True, dtype="float64", **kwargs)
    layer.build((None, None, N))
    layer.set_matrices(v, omega)
    return layer


def random_matrices():
    rng = np.random.default_rng(0)
    return rng.normal(size=(1 + N + K + J, K)), rng.normal(size=(1 + N + K + J, J))


@pytest.mark.parametrize(("hidden", "output"), [("sigmoid", "sigmoid"), ("tanh", "linear")])
def test_equals_the_sums_in_plain_loops(x, hidden, output):
    functions = {"sigmoid": recurrent.sigmoid, "tanh": np.tanh, "linear": lambda a: a}
    rng = np.random.default_rng(2)
    y0, h0 = rng.normal(size=(B, J)), rng.normal(size=(B, K))
    v, omega = random_matrices()
    layer = general(v, omega, activation=hidden, output_activation=output, return_state=True, return_hidden=True)
    got, hidden_got, last_y, last_h = (ops.convert_to_numpy(part) for part in layer(x, initial_state=[y0, h0]))
    for i in range(B):
        y, h = recurrent.output_feedback(x[i], v, omega, functions[hidden], functions[output], y0[i], h0[i])
        np.testing.assert_allclose(got[i], y, rtol=1e-10)
        np.testing.assert_allclose(hidden_got[i], h, rtol=1e-10)
        np.testing.assert_allclose(last_y[i], y[-1], rtol=1e-10)
        np.testing.assert_allclose(last_h[i], h[-1], rtol=1e-10)


def test_matrices_read_back_as_they_were_set(x):
    v, omega = random_matrices()
    layer = general(v, omega)
    np.testing.assert_array_equal(layer.v, v)
    np.testing.assert_array_equal(layer.omega, omega)
    without = general(v[1:], omega[1:], use_bias=False)
    v[0], omega[0] = 0, 0
    np.testing.assert_allclose(without(x), general(v, omega)(x), rtol=1e-12)
    with pytest.raises(ValueError, match=r"omega: expected shape \(11, 2\), received \(10, 2\)"):
        layer.set_matrices(v, omega[1:])


def test_elman_is_the_case_without_output_feedback_and_skips(x):
    v, omega = random_matrices()
    v[1 + N + K :] = 0
    omega[1 : 1 + N], omega[1 + N + K :] = 0, 0
    elman = Elman(K, J, return_sequences=True, dtype="float64")
    elman.build((None, None, N))
    elman.set_matrices(v[: 1 + N + K], np.concatenate([omega[:1], omega[1 + N : 1 + N + K]]))
    np.testing.assert_allclose(general(v, omega)(x), elman(x), rtol=1e-12)


def test_jordan_is_the_case_without_hidden_feedback_and_skips(x):
    v, omega = random_matrices()
    v[1 + N : 1 + N + K] = 0
    omega[1 : 1 + N], omega[1 + N + K :] = 0, 0
    jordan = Jordan(K, J, return_sequences=True, dtype="float64")
    jordan.build((None, None, N))
    jordan.set_matrices(np.delete(v, slice(1 + N, 1 + N + K), axis=0), np.delete(omega, [*range(1, 1 + N), -2, -1], 0))
    np.testing.assert_allclose(general(v, omega)(x), jordan(x), rtol=1e-12)


def test_recurrent_dropout_drops_hidden_layer_and_output_alike(x):
    layer = general(*random_matrices(), recurrent_dropout=0.5, seed=3)
    layer.cell.get_recurrent_dropout_mask(np.zeros((400, J)))
    mask = ops.convert_to_numpy(layer.cell._recurrent_dropout_mask)
    assert mask.shape == (400, J + K)
    assert set(np.unique(mask)) == {0.0, 2.0}
    np.testing.assert_allclose((mask == 0).mean(axis=0), 0.5, atol=0.12)
