"""GRU and LSTM without inputs are chaotic with the two-dimensional weights that Laurent and von Brecht print, the
chaos-free network is not.

The paper's GRU carries over 1 − z, so that weights from there pass through `gru_with_swapped_update`; without that the
exponent is another.
"""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import CFN, gru_with_swapped_update
from rnnkit.dynamics import as_map, lyapunov_spectrum
from tests.double_precision import double_precision  # noqa: F401

pytestmark = pytest.mark.usefixtures("double_precision")


def laurent_von_brecht(name):
    return pytest.importorskip("rnnkit.course.experiments.attractors").laurent_von_brecht(name)


def orbits(size, number=200, seed=0):
    """Starts in the unit square, as in the paper."""
    return np.random.default_rng(seed).uniform(size=(number, size))


def largest_exponent(cell, starts):
    return lyapunov_spectrum(cell, starts, 100, transient=150)[:, 0].mean()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("name", "size"), [("GRU", 2), ("LSTM", 4)])
def test_gru_and_lstm_are_chaotic(name, size, seed):
    assert 0.20 < largest_exponent(laurent_von_brecht(name), orbits(size, seed=seed)) < 0.24


def test_gru_with_the_other_convention_has_another_exponent():
    cell = laurent_von_brecht("GRU")
    cell.set_weights(gru_with_swapped_update(cell.get_weights()))
    assert 0.05 < largest_exponent(cell, orbits(2)) < 0.09


@pytest.mark.parametrize(("name", "size"), [("GRU", 2), ("LSTM", 4), ("CFN", 2)])
def test_the_largest_exponent_is_the_growth_of_a_small_distance(name, size):
    """Two runs of the cell a little apart, brought near again after each step: no Jacobian, no QR."""
    cell, number = as_map(laurent_von_brecht(name)), 40
    x = cell.orbit(orbits(size, number, seed=5), 150)[:, -1]
    start, growth, epsilon = x, [], 1e-7
    tangent = np.random.default_rng(9).normal(size=x.shape)
    for _ in range(100):
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
        both = cell.step(np.concatenate([x + epsilon * tangent, x - epsilon * tangent]))
        tangent, x = (both[:number] - both[number:]) / (2 * epsilon), cell.step(x)
        growth.append(np.log(np.linalg.norm(tangent, axis=1)))
    found = lyapunov_spectrum(cell, start, 100, transient=0)
    # The first direction of the frame needs some steps to turn into the fastest one.
    assert found[:, 0].mean() == pytest.approx(np.mean(growth), abs=0.02)


def test_close_starts_of_the_gru_end_far_apart():
    """The paper's figure 1: 1e-7 apart at the start, all over the attractor in the end."""
    rng = np.random.default_rng(0)
    starts = rng.uniform(size=(1, 2)) + rng.uniform(-1e-7, 1e-7, size=(200, 2))
    end = as_map(laurent_von_brecht("GRU")).orbit(starts, 300)[:, -1]
    assert end.std(axis=0).max() > 0.3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_chaos_free_network_decays(seed):
    """Whatever the recurrent weights are; the bias is the one it starts with."""
    layer = CFN(2, return_sequences=True, recurrent_initializer=keras.initializers.RandomNormal(0, 5, seed=seed))
    h = ops.convert_to_numpy(layer(np.zeros((200, 200, 1)), initial_state=[orbits(2, seed=seed)]))
    assert np.abs(h[:, 99]).max() < 1e-11 and np.abs(h[:, -1]).max() < 1e-20
    assert np.abs(h[:, 5]).max() > 1e-3
