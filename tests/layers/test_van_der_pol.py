"""Funahashi and Nakamura's theorem as a recipe: a vector field that was fitted becomes a continuous-time network.

The field y' = −y/τ + C tanh(A y + b), with A and b random and C by least squares, is with x = A y + b exactly
τ x' = −x + τ A C tanh(x) + b: a network with W = τ A C and h = b. The field is van der Pol's oscillator with μ = 1,
whose limit cycle has the period 6.6633 and the amplitude 2.0086.
"""

import keras
import numpy as np
import pytest

from rnnkit import CTRNN
from tests.double_precision import double_precision  # noqa: F401

pytestmark = pytest.mark.usefixtures("double_precision")
UNITS, TAU, DT = 100, 0.8, 0.1


def van_der_pol(y):
    return np.stack([y[:, 1], (1 - y[:, 0] ** 2) * y[:, 1] - y[:, 0]], axis=1)


def fitted_field(seed):
    """A, b and C."""
    rng = np.random.default_rng(seed)
    y = rng.uniform([-3, -4], [3, 4], size=(2000, 2))
    a = rng.normal(size=(UNITS, 2)) * rng.uniform(0.3, 1, size=(UNITS, 1))
    b = rng.uniform(-2, 2, size=UNITS)
    c = np.linalg.lstsq(np.tanh(y @ a.T + b), van_der_pol(y) + y / TAU, rcond=1e-10)[0].T
    return a, b, c


def trajectory_of_network(seed, steps=400):
    a, b, c = fitted_field(seed)
    layer = CTRNN(UNITS, tau=TAU, dt=DT, method="rk4", return_sequences=True)
    layer.build((None, None, 1))
    layer.set_weights([np.zeros((1, UNITS)), (TAU * a @ c).T, b])
    inputs, start = keras.Input((steps, 1)), keras.Input((UNITS,))
    model = keras.Model([inputs, start], layer(inputs, initial_state=[start]))
    x = model.predict([np.zeros((1, steps, 1)), (a @ [1.0, 0.0] + b)[None]], verbose=0)[0]
    return (x - b) @ np.linalg.pinv(a).T


@pytest.mark.parametrize("seed", range(3))
def test_the_network_has_the_oscillators_period_and_amplitude(seed):
    y = trajectory_of_network(seed)[200:, 0]
    before = np.flatnonzero((y[:-1] < 0) & (y[1:] >= 0))
    crossings = DT * (before - y[before] / (y[before + 1] - y[before]))
    assert len(crossings) >= 3
    np.testing.assert_allclose(np.diff(crossings).mean(), 6.6633, rtol=0.02)
    peak = np.argmax(np.abs(y[1:-1])) + 1
    curve = np.polyfit([-1, 0, 1], np.abs(y[peak - 1 : peak + 2]), 2)
    np.testing.assert_allclose(np.polyval(curve, -curve[1] / (2 * curve[0])), 2.0086, rtol=0.02)


def test_the_network_stays_in_the_plane_of_the_oscillator():
    """x = A y + b at all times, so that nothing is lost on the way back to y."""
    a, b, c = fitted_field(0)
    y = np.random.default_rng(1).uniform(-2, 2, size=(5, 2))
    x = y @ a.T + b
    slope_of_x = (-x + np.tanh(x) @ (TAU * a @ c).T + b) / TAU
    slope_of_y = -y / TAU + np.tanh(x) @ c.T
    np.testing.assert_allclose(slope_of_x, slope_of_y @ a.T, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(slope_of_y, van_der_pol(y), atol=0.3)
