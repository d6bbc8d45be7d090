"""Data sets."""

import numpy as np
from numpy.testing import assert_allclose

from rnnkit.datasets import mackey_glass, narendra_parthasarathy, narma, rotating_machine
from rnnkit.datasets.long_lags import adding_problem_baseline
from tests.equations.cases import case
from tests.oracles import datasets as oracle

S = "rnnkit.datasets"


@case(f"{S}.long_lags.adding_problem_baseline")
def adding():
    mse, share = oracle.adding_problem(0.1 + 0.9 / 29)
    found = adding_problem_baseline(60)
    assert_allclose([found["mse"], found["share"]], [mse, share], atol=1e-4)


@case(f"{S}.mackey_glass.mackey_glass")
def delay_equation():
    expected = oracle.mackey_glass(40, 6.0, 1.2, 200)
    assert_allclose(mackey_glass(40, 6.0, discard=0, start=1.2), expected, atol=2e-3)


@case(f"{S}.narma.narma", f"{S}.narendra_parthasarathy.narendra_parthasarathy")
def plants():
    u = np.random.default_rng(0).uniform(0.1, 0.5, 30)
    assert_allclose(narma(u, 4), oracle.narma(u, 4), atol=1e-12)
    assert_allclose(narendra_parthasarathy(4 * u - 1), oracle.narendra_parthasarathy(4 * u - 1), atol=1e-12)


@case(f"{S}.rotating_machine.rotating_machine")
def machine():
    settings = dict(shaft_frequency=3.0, speed_swing=0.2, swing_period=1.7, harmonics=(0.5, 0.3))
    found = rotating_machine(
        1.0,
        sampling_rate=100.0,
        **settings,
        resonance_frequency=20.0,
        damping_ratio=0.1,
        fault_amplitude=0.6,
        slip=0.0,
        noise=0.05,
        seed=3,
    )
    speed, phase, _, noise = (np.random.default_rng(stream) for stream in np.random.SeedSequence(3).spawn(4))
    phases, psis, drawn = speed.uniform(0, 2 * np.pi, 2), phase.uniform(0, 2 * np.pi, 2), noise.standard_normal(100)
    assert len(found.impulse_times) > 5
    for k in (7, 33, 60, 99):
        n, r, a = oracle.rotating_machine(
            k / 100, 3.0, 0.2, 1.7, phases, (0.5, 0.3), psis, found.impulse_times, 0.6, 40 * np.pi, 0.1, 0.05 * drawn[k]
        )
        assert_allclose([found.shaft_frequency[k], found.revolutions[k], found.acceleration[k]], [n, r, a], atol=1e-4)
