"""Funahashi and Nakamura's theorem as a recipe: a vector field that was fitted becomes a continuous-time network.

The field is van der Pol's oscillator with μ = 1, whose limit cycle has the period 6.6633 and the amplitude 2.0086.
"""

import numpy as np
import pytest
from keras import ops

from rnnkit.course.experiments import attractors as lab
from rnnkit.dynamics import period_and_amplitude
from tests.double_precision import double_precision  # noqa: F401

pytestmark = pytest.mark.usefixtures("double_precision")


def test_scipys_oscillator_has_the_published_period_and_amplitude():
    y = lab.oscillation([1.0, 0.0], 6000, 0.01)[3000:, 0]
    np.testing.assert_allclose(period_and_amplitude(y, 0.01), [6.6633, 2.0086], atol=5e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_network_has_the_oscillators_period_and_amplitude(seed):
    y = lab.fit_plane(100, seed).follow([1.0, 0.0], 400, 0.1)[0, 200:, 0]
    np.testing.assert_allclose(period_and_amplitude(y, 0.1), [6.6633, 2.0086], rtol=0.02)


def test_the_network_stays_in_the_plane_of_the_oscillator():
    """x = A y + b at all times, so that nothing is lost on the way back to y: the cell's own slopes say so."""
    net, dt = lab.fit_plane(100, 0), 1e-6
    y = np.random.default_rng(1).uniform(-2, 2, size=(5, 2))
    x = y @ net.A.T + net.b
    _, [after] = net.ctrnn(dt)(np.zeros((5, 1)), [ops.convert_to_tensor(x)])
    slope_of_x = (ops.convert_to_numpy(after) - x) / dt
    np.testing.assert_allclose(slope_of_x, net.slope(y) @ net.A.T, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(net.slope(y), lab.van_der_pol(y), atol=0.3)


def test_a_network_that_saw_a_finite_time_keeps_to_it_and_to_no_more():
    net = lab.fit_trajectory([0.1, 0.0], 5.0, 20, 0)
    error = np.linalg.norm(net.follow([0.1, 0.0], 400, 0.05)[0] - lab.oscillation([0.1, 0.0], 400, 0.05), axis=1)
    assert error[:100].max() < 1e-3
    assert error[100:].max() > 0.5
