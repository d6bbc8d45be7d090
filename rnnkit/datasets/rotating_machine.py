"""A rotating machine's vibration, simulated: shaft harmonics, a bearing fault's impulses, noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit._checks import fraction, number, positive_number

_GOLDEN = (1 + 5**0.5) / 2
_SLOW, _FAST = 0.6, 0.4


@dataclass(frozen=True)
class MachineVibration:
    """A simulated measurement and what it was made of.

    Attributes:
        acceleration: what the sensor reads, in g, shape (samples,).
        time: of each sample, in seconds, shape (samples,).
        shaft_frequency: of each sample, in Hz, shape (samples,).
        revolutions: the shaft's angle since time 0, in turns, shape (samples,).
        impulse_times: when a roller passes the fault, in seconds, shape (impulses,).
        sampling_rate: in Hz.
    """

    acceleration: np.ndarray
    time: np.ndarray
    shaft_frequency: np.ndarray
    revolutions: np.ndarray
    impulse_times: np.ndarray
    sampling_rate: float
    unit: str = "g"


def rotating_machine(
    duration: float = 60.0,
    *,
    sampling_rate: float = 1000.0,
    shaft_frequency: float = 20.0,
    speed_swing: float = 0.15,
    swing_period: float = 7.0,
    harmonics: Sequence[float] = (0.5, 0.3, 0.15),
    fault_order: float = 3.58,
    fault_amplitude: float = 0.6,
    resonance_frequency: float = 180.0,
    damping_ratio: float = 0.05,
    slip: float = 0.01,
    noise: float = 0.05,
    seed: int = 0,
) -> MachineVibration:
    r"""Simulate the acceleration of a bearing's housing, in g.

    $$n(t) = n_0 \left(1 + s \left[0.6 \sin(2\pi t / P + \varphi_1)
      + 0.4 \sin(2\pi \phi t / P + \varphi_2)\right]\right) \quad (1)$$
    $$r(t) = \int_0^t n(\tau)\, d\tau \quad (2)$$
    $$h(t) = \sum_k A_k \frac{n(t)^2}{n_0^2} \cos(2\pi k\, r(t) + \psi_k) \quad (3)$$
    $$g_j(t) = e^{-\zeta \omega (t - t_j)} \sin\left(\omega \sqrt{1 - \zeta^2}\,(t - t_j)\right) \quad (4)$$
    $$a(t) = h(t) + B \sum_j g_j(t) + \varepsilon \quad (5)$$

    The speed (1) swings with the load and never repeats, φ being the golden ratio. Harmonics grow with the square of
    the speed, as an unbalance does. Each impulse j rings the housing's resonance, ω = 2π · resonance_frequency, from
    t_j on; one is due every 1 / fault_order turns, give or take the rollers' slip. ε is white Gaussian noise.

    Args:
        duration: in seconds.
        sampling_rate: in Hz.
        shaft_frequency: n₀, mean speed, in Hz (turns per second).
        speed_swing: s, the largest relative departure from the mean speed, from 0 to below 1.
        swing_period: P, in seconds.
        harmonics: A₁, A₂, ... at the mean speed, in g; may be empty.
        fault_order: impulses per turn.
        fault_amplitude: B, in g; 0 for a sound bearing.
        resonance_frequency: undamped, in Hz.
        damping_ratio: ζ, between 0 and 1, both excluded.
        slip: standard deviation of the turn between two impulses, as a share of it, from 0 to 0.2.
        noise: standard deviation of ε, in g.
        seed: of everything random; each part draws from a stream of its own.

    Returns:
        The vibration, sampled at k / sampling_rate for k = 0, 1, ..., duration · sampling_rate − 1.

    Raises:
        ValueError: an argument out of its range, or a frequency above half the sampling rate.

    Example:
        >>> machine = rotating_machine(2.0, seed=1)
        >>> machine.acceleration.shape, machine.unit
        ((2000,), 'g')
    """
    for name, value in (
        ("duration", duration),
        ("sampling_rate", sampling_rate),
        ("shaft_frequency", shaft_frequency),
        ("swing_period", swing_period),
        ("fault_order", fault_order),
        ("resonance_frequency", resonance_frequency),
    ):
        positive_number(name, value, "a number above 0")
    fraction("speed_swing", speed_swing, one=False, expected="a number from 0 to below 1")
    fraction("damping_ratio", damping_ratio, zero=False, one=False)
    number("slip", slip, least=0.0, most=0.2, expected="a number from 0 to 0.2")
    in_g = {"fault_amplitude": fault_amplitude, "noise": noise}
    for name, value in (in_g | {f"harmonics[{k}]": amplitude for k, amplitude in enumerate(harmonics)}).items():
        number(name, value, least=0.0, expected="a number of g, 0 or more")
    n_samples = int(round(duration * sampling_rate))
    if n_samples < 2:
        raise ValueError(f"duration: expected at least 2 samples, {2 / sampling_rate:g} s, received {duration:g} s.")
    highest = max(resonance_frequency, len(harmonics) * shaft_frequency * (1 + speed_swing))
    if highest >= sampling_rate / 2:
        raise ValueError(
            f"sampling_rate: expected above {2 * highest:g} Hz, twice the highest frequency of {highest:g} Hz, "
            f"received {sampling_rate:g} Hz. Sample faster, or lower resonance_frequency or the number of harmonics."
        )

    speed_rng, phase_rng, slip_rng, noise_rng = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(4)
    )
    swing = [
        (share * speed_swing, 2 * np.pi / period, phase)
        for share, period, phase in zip(
            (_SLOW, _FAST), (swing_period, swing_period / _GOLDEN), speed_rng.uniform(0, 2 * np.pi, 2), strict=True
        )
    ]

    def speed(t: np.ndarray) -> np.ndarray:
        return shaft_frequency * (1 + sum(s * np.sin(w * t + phase) for s, w, phase in swing))  # (1)

    def turns(t: np.ndarray) -> np.ndarray:
        return shaft_frequency * (
            t + sum(s / w * (np.cos(phase) - np.cos(w * t + phase)) for s, w, phase in swing)
        )  # (2)

    time = np.arange(n_samples) / sampling_rate
    revolutions, frequency = turns(time), speed(time)
    due = np.arange(1, int(revolutions[-1] * fault_order) + 1) / fault_order
    if slip:
        due = np.cumsum(slip_rng.normal(1, slip, len(due))) / fault_order
    impulse_times = np.interp(due, revolutions, time)
    for _ in range(3):  # Newton's method: the interpolated times are off by far less than a sample already.
        impulse_times = impulse_times - (turns(impulse_times) - due) / speed(impulse_times)
    impulse_times = impulse_times[(impulse_times >= 0) & (impulse_times <= time[-1])]

    acceleration = np.zeros(n_samples)
    for k, (amplitude, psi) in enumerate(
        zip(harmonics, phase_rng.uniform(0, 2 * np.pi, len(harmonics)), strict=True), start=1
    ):
        acceleration += (
            amplitude * (frequency / shaft_frequency) ** 2 * np.cos(2 * np.pi * k * revolutions + psi)
        )  # (3)
    if fault_amplitude:
        _add_ringing(acceleration, impulse_times, sampling_rate, fault_amplitude, resonance_frequency, damping_ratio)
    acceleration = acceleration + noise * noise_rng.standard_normal(n_samples)  # (5)
    return MachineVibration(acceleration, time, frequency, revolutions, impulse_times, float(sampling_rate))


def _add_ringing(
    acceleration: np.ndarray, impulse_times: np.ndarray, rate: float, amplitude: float, resonance: float, zeta: float
) -> None:
    """Add every impulse's decaying oscillation, until it has fallen to a millionth."""
    omega = 2 * np.pi * resonance
    length = int(np.ceil(np.log(1e6) / (zeta * omega) * rate)) + 1
    for impulse in impulse_times:
        first = int(np.ceil(impulse * rate))
        t = np.arange(first, min(first + length, len(acceleration))) / rate - impulse
        ring = np.exp(-zeta * omega * t) * np.sin(omega * np.sqrt(1 - zeta**2) * t)  # (4)
        acceleration[first : first + length] += amplitude * ring
