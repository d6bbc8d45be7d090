"""The XOR experiment's measures, against loops and closed forms."""

import numpy as np
import pytest

from rnnkit.course.experiments import xor
from rnnkit.datasets import next_bit_windows, temporal_xor


def test_stream_is_two_random_bits_and_their_xor():
    a, b, c = temporal_xor(2000, seed=1).reshape(-1, 3).astype(int).T
    assert ((a + b) % 2 == c).all()
    for bit in (a, b, c):
        assert abs(bit.mean() - 0.5) < 0.05
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.06 and abs(np.corrcoef(a, c)[0, 1]) < 0.06
    assert not np.array_equal(temporal_xor(50, 1), temporal_xor(50, 2))


def test_windows_shift_by_one():
    stream = temporal_xor(40, seed=2)
    x, y = next_bit_windows(stream, 12)
    assert x.shape == y.shape == (9, 12, 1)
    for sequence in range(9):
        for t in range(12):
            assert x[sequence, t, 0] == stream[12 * sequence + t]
            assert y[sequence, t, 0] == stream[12 * sequence + t + 1]


@pytest.mark.parametrize(("name", "weights"), zip(xor.NAMES, (8 * 10 + 9, 8 * 3 + 9, 8 * 10 + 9), strict=True))
def test_networks_predict_at_every_step(name, weights):
    model = xor.network(name)
    said = np.asarray(model(np.zeros((2, 7, 1))))
    assert model.count_params() == weights
    assert said.shape == (2, 7, 1) and ((said > 0) & (said < 1)).all()


def test_error_of_an_oracle_and_of_a_guess():
    class Oracle:
        """Knows the rule and where a triple begins; says 0.5 for the rest."""

        def __call__(self, x):
            x = np.asarray(x)
            said = np.full_like(x, 0.5)
            said[:, 1::3] = np.abs(x[:, 1::3] - x[:, 0::3])
            return said

    errors = xor.fresh_errors(Oracle())
    np.testing.assert_allclose(xor.rmse_by_position(errors), [0.5, 0.5, 0.0], atol=1e-7)
    np.testing.assert_allclose(xor.rmse_by_position(errors, period=12), [0.5, 0.5, 0.0] * 4, atol=1e-7)


def test_explained_variance_of_mixtures():
    bits = temporal_xor(4000, seed=3)
    position, both = xor.kinds_of_steps(bits)
    first = np.repeat(bits.reshape(-1, 3)[:, 0], 3)
    noise = np.random.default_rng(0).normal(size=len(bits))
    states = np.stack([position.astype(float), first, noise, first - 0.5 + noise * 0.5], axis=1)
    np.testing.assert_allclose(xor.explained_variance(states, position), [1, 0, 0, 0], atol=0.01)
    np.testing.assert_allclose(xor.explained_variance(states, both), [1, 1, 0, 0.5], atol=0.03)


@pytest.mark.parametrize("value", [0, -1, 2.5, True])
def test_bad_sizes_are_named(value):
    with pytest.raises(ValueError, match="triples: expected a positive integer"):
        temporal_xor(value, seed=0)
    with pytest.raises(ValueError, match="length: expected a positive integer"):
        next_bit_windows(np.zeros(9), value)


def test_too_short_a_stream_is_named():
    with pytest.raises(ValueError, match="stream: expected at least 13 bits for length 12, received 12"):
        next_bit_windows(np.zeros(12), 12)
