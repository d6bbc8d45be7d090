"""The simulated machine against closed forms, part by part."""

import numpy as np
import pytest

from rnnkit.datasets import rotating_machine

SILENT = {"harmonics": (), "fault_amplitude": 0.0, "noise": 0.0, "slip": 0.0, "speed_swing": 0.0}


@pytest.mark.parametrize("seed", range(3))
def test_harmonics_are_the_spectrum(seed):
    amplitudes = (0.7, 0.0, 0.2, 0.05)
    machine = rotating_machine(
        4.0, **{**SILENT, "harmonics": amplitudes}, sampling_rate=800.0, shaft_frequency=23.0, seed=seed
    )
    spectrum = 2 * np.abs(np.fft.rfft(machine.acceleration)) / len(machine.acceleration)
    frequency = np.fft.rfftfreq(len(machine.acceleration), 1 / 800.0)
    expected = np.zeros_like(spectrum)
    for k, amplitude in enumerate(amplitudes, start=1):
        expected[np.argmin(np.abs(frequency - 23.0 * k))] = amplitude
    np.testing.assert_allclose(spectrum, expected, atol=1e-9)


def test_impulses_are_evenly_spaced_at_constant_speed():
    machine = rotating_machine(3.0, **SILENT, shaft_frequency=17.0, fault_order=4.3)
    np.testing.assert_allclose(np.diff(machine.impulse_times), 1 / (4.3 * 17.0), rtol=1e-9)
    assert len(machine.impulse_times) == int(machine.revolutions[-1] * 4.3)


def test_impulses_follow_the_shaft_when_the_speed_swings():
    machine = rotating_machine(9.0, **{**SILENT, "speed_swing": 0.4}, fault_order=2.7)
    turns = np.interp(machine.impulse_times, machine.time, machine.revolutions)
    np.testing.assert_allclose(np.diff(turns), 1 / 2.7, atol=1e-4)


def test_slip_is_that_share_of_a_turn_between_impulses():
    machine = rotating_machine(200.0, **{**SILENT, "slip": 0.1}, fault_order=3.0, shaft_frequency=20.0)
    turns = np.diff(np.interp(machine.impulse_times, machine.time, machine.revolutions)) * 3.0
    n = len(turns)
    assert abs(turns.mean() - 1) < 5 * 0.1 / n**0.5
    assert abs(turns.std() - 0.1) < 5 * 0.1 / (2 * n) ** 0.5


def test_one_impulse_is_the_resonances_response():
    """Against a Runge-Kutta solution of x'' + 2 ζ ω x' + ω² x = 0 that starts with a speed alone."""
    zeta, frequency, rate = 0.07, 90.0, 1000.0
    omega = 2 * np.pi * frequency
    machine = rotating_machine(
        1.0,
        **{**SILENT, "fault_amplitude": 1.3},
        sampling_rate=rate,
        shaft_frequency=1.0,
        fault_order=1.5,
        resonance_frequency=frequency,
        damping_ratio=zeta,
    )
    (start,) = machine.impulse_times
    assert np.all(machine.acceleration[machine.time < start] == 0)

    def slope(state):
        return np.array([state[1], -2 * zeta * omega * state[1] - omega**2 * state[0]])

    state, t, h = np.array([0.0, 1.3 * omega * np.sqrt(1 - zeta**2)]), start, 1e-5
    after = [i for i in range(len(machine.time)) if machine.time[i] >= start][:60]
    for i in after:
        while t < machine.time[i] - 1e-12:
            step = min(h, machine.time[i] - t)
            a = slope(state)
            b = slope(state + step / 2 * a)
            c = slope(state + step / 2 * b)
            d = slope(state + step * c)
            state, t = state + step / 6 * (a + 2 * b + 2 * c + d), t + step
        assert machine.acceleration[i] == pytest.approx(state[0], abs=1e-7)


def test_ringing_decays_by_the_logarithmic_decrement():
    zeta, frequency, rate = 0.03, 50.0, 20000.0
    machine = rotating_machine(
        1.0,
        **{**SILENT, "fault_amplitude": 1.0},
        sampling_rate=rate,
        shaft_frequency=1.0,
        fault_order=1.9,
        resonance_frequency=frequency,
        damping_ratio=zeta,
    )
    a = machine.acceleration
    peaks = [i for i in range(1, len(a) - 1) if a[i - 1] < a[i] >= a[i + 1] and a[i] > 0.05]
    damped_period = 1 / (frequency * np.sqrt(1 - zeta**2))
    np.testing.assert_allclose(np.diff(peaks) / rate, damped_period, atol=1.01 / rate)
    np.testing.assert_allclose(np.diff(np.log(a[peaks])), -2 * np.pi * zeta / np.sqrt(1 - zeta**2), rtol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_noise_level_and_whiteness(seed):
    n = 40_000
    noise = rotating_machine(40.0, **{**SILENT, "noise": 0.3}, seed=seed).acceleration
    assert len(noise) == n
    assert abs(noise.mean()) < 5 * 0.3 / n**0.5
    assert abs(noise.std() - 0.3) < 5 * 0.3 / (2 * n) ** 0.5
    for lag in (1, 2, 17):
        assert abs(np.mean(noise[:-lag] * noise[lag:])) < 5 * 0.09 / n**0.5


def test_speed_swings_within_its_bounds_and_integrates_to_turns():
    machine = rotating_machine(120.0, **{**SILENT, "speed_swing": 0.2}, sampling_rate=600.0, shaft_frequency=10.0)
    assert 8.0 <= machine.shaft_frequency.min() < 8.3 and 11.7 < machine.shaft_frequency.max() <= 12.0
    trapezoid = np.cumsum((machine.shaft_frequency[1:] + machine.shaft_frequency[:-1]) / 2) / 600.0
    np.testing.assert_allclose(machine.revolutions[1:], trapezoid, atol=1e-5)
    assert machine.revolutions[0] == 0


def test_harmonics_grow_with_the_square_of_the_speed():
    machine = rotating_machine(
        30.0, **{**SILENT, "speed_swing": 0.3, "harmonics": (1.0,)}, shaft_frequency=15.0, sampling_rate=3000.0
    )
    envelope = (machine.shaft_frequency / 15.0) ** 2
    turn = machine.revolutions.astype(int)
    for one in range(1, turn[-1]):
        inside = turn == one
        assert np.abs(machine.acceleration[inside]).max() == pytest.approx(envelope[inside].mean(), rel=0.05)


def test_parts_add_up():
    def part(**what):
        return rotating_machine(2.0, **{**SILENT, "slip": 0.02, "speed_swing": 0.1, **what}, seed=8).acceleration

    whole = part(harmonics=(0.4, 0.1), fault_amplitude=0.5, noise=0.2)
    np.testing.assert_allclose(
        whole, part(harmonics=(0.4, 0.1)) + part(fault_amplitude=0.5) + part(noise=0.2), atol=1e-12
    )


def test_seed():
    first, again, other = (rotating_machine(1.0, seed=s).acceleration for s in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


BAD = [
    ({"duration": 0}, "duration: expected a number above 0, received 0"),
    ({"duration": 0.001}, "duration: expected at least 2 samples, 0.002 s, received 0.001 s"),
    ({"sampling_rate": -1}, "sampling_rate: expected a number above 0"),
    ({"shaft_frequency": float("nan")}, "shaft_frequency: expected a number above 0, received nan"),
    ({"speed_swing": 1}, "speed_swing: expected a number from 0 to below 1, received 1"),
    ({"speed_swing": -0.1}, "speed_swing: expected a number from 0 to below 1"),
    ({"swing_period": 0}, "swing_period: expected a number above 0"),
    ({"harmonics": (0.1, -1)}, r"harmonics\[1\]: expected a number of g, 0 or more, received -1"),
    ({"fault_order": 0}, "fault_order: expected a number above 0"),
    ({"fault_amplitude": -1}, "fault_amplitude: expected a number of g, 0 or more"),
    ({"resonance_frequency": 0}, "resonance_frequency: expected a number above 0"),
    ({"damping_ratio": 0}, "damping_ratio: expected a number between 0 and 1, both excluded, received 0"),
    ({"damping_ratio": 1}, "damping_ratio: expected a number between 0 and 1, both excluded, received 1"),
    ({"slip": 0.3}, "slip: expected a number from 0 to 0.2, received 0.3"),
    ({"noise": float("inf")}, "noise: expected a number of g, 0 or more, received inf"),
    ({"sampling_rate": 360.0}, "sampling_rate: expected above 360 Hz, twice the highest frequency of 180 Hz"),
    ({"shaft_frequency": 200.0}, "twice the highest frequency of 690 Hz, received 1000 Hz"),
]


@pytest.mark.parametrize(("words", "message"), BAD)
def test_bad_arguments(words, message):
    with pytest.raises(ValueError, match=message):
        rotating_machine(**words)
