"""Period and amplitude of curves that are known."""

import numpy as np
import pytest

from rnnkit.dynamics import period_and_amplitude, rising_times


@pytest.mark.parametrize(("period", "amplitude", "phase"), [(3.7, 0.4, 0.3), (11.0, 25.0, 2.0)])
def test_sine_waves(period, amplitude, phase):
    """Samples that meet each peak at another place."""
    t = np.arange(0.0, 90.0, 0.17)
    found = period_and_amplitude(amplitude * np.sin(2 * np.pi * t / period + phase), 0.17)
    np.testing.assert_allclose(found, (period, amplitude), rtol=1e-3)


def test_rises_are_counted_and_falls_are_not():
    times = rising_times(np.sin(np.arange(0.0, 20.0, 0.01) - 1.0) + 5, level=5, dt=0.01)
    np.testing.assert_allclose(times, 1 + 2 * np.pi * np.arange(len(times)), atol=1e-4)
    assert len(times) == 4


def test_what_does_not_swing_has_no_period():
    assert np.isnan(period_and_amplitude(np.linspace(1.0, 2.0, 50))).all()
