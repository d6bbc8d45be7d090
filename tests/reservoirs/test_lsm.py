"""The liquid state machine: brian2, closed forms, the wiring's probabilities, and two patterns told apart."""

import numpy as np
import pytest

from rnnkit.reservoirs import LiquidStateMachine, Synapses, column, connection_probability, distance_wiring
from rnnkit.reservoirs.lsm import filtered_spikes
from tests.oracles import reservoirs as oracle
from tests.reservoirs import brian

NONE = Synapses(*(np.zeros(0, dtype=int),) * 2, *(np.zeros(0),) * 2)


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_spike_times_are_brian2s(dynamic, seed):
    """Every spike at the same step, with delays, refractory times, inhibition and short-term synapses."""
    machine = LiquidStateMachine.random((6, 3, 3), 3, dynamic=dynamic, scale=1.0 if dynamic else 0.4, seed=seed)
    rng = np.random.default_rng(seed)
    spikes = [np.sort(rng.choice(np.arange(1, 1500), 8, replace=False)) * 0.1 for _ in range(3)]
    start = rng.uniform(13.5, 15.0, machine.units)
    when, who = machine.run(spikes, 150.0, start=start)
    theirs = brian.spikes_of(machine, spikes, 150.0, start)
    assert len(when) > 50
    ours = sorted(zip(np.round(when / 0.1).astype(int), who, strict=True))
    assert ours == sorted(zip(np.round(theirs[0] / 0.1).astype(int), theirs[1], strict=True))


def test_a_constant_current_gives_the_closed_forms_period():
    """T = t_ref + τ ln((R I − reset) / (R I − threshold)), to a step."""
    machine = LiquidStateMachine([False, True], NONE, NONE, 0, dt=0.01, background=[17.0, 20.0])
    when, who = machine.run([], 300.0, start=[13.5, 13.5])
    for neuron, (current, refractory) in enumerate([(17.0, 3.0), (20.0, 2.0)]):
        periods = np.diff(when[who == neuron])
        expected = refractory + 30.0 * np.log((current - 13.5) / (current - 15.0))
        np.testing.assert_allclose(periods, expected, atol=0.021)


@pytest.mark.parametrize("tau_synapse", [3.0, 30.0])
def test_one_synapses_potential_is_the_differential_equations(tau_synapse):
    """The voltage after one input spike, in closed form for τ_s = τ_m too, by when it crosses the threshold."""
    one = Synapses(np.array([0]), np.array([0]), np.array([40.0]), np.array([1.0]))
    machine = LiquidStateMachine(
        [False], NONE, one, tau_synapse=(tau_synapse, 6.0), background=0.0, threshold=2.0, reset=0.0, dt=0.01
    )
    when, _ = machine.run([np.array([5.0])], 60.0, start=[0.0])
    t = np.arange(0, 50, 0.001)
    if tau_synapse == 30.0:
        v = 40.0 * t / 30.0 * np.exp(-t / 30.0)
    else:
        v = 40.0 * tau_synapse / (tau_synapse - 30.0) * (np.exp(-t / tau_synapse) - np.exp(-t / 30.0))
    assert when[0] == pytest.approx(6.0 + t[np.argmax(v > 2.0)], abs=0.021)


def test_short_term_synapses_follow_the_recursion():
    times = [2.0, 9.0, 14.0, 40.0, 41.5]
    U, D, F = 0.25, 70.0, 120.0
    one = Synapses(*(np.array([0]),) * 2, np.array([5.0]), np.array([0.0]), *(np.array([p]) for p in (U, D, F)))
    added = []
    for count in range(len(times) + 1):  # what each spike adds is seen by the current's share in the voltage
        machine = LiquidStateMachine([False], NONE, one, tau_synapse=(1e9, 6.0), background=0.0, tau=1e-3, dt=0.5)
        added.append(_voltage_at_the_end(machine, times[:count]))
    np.testing.assert_allclose(np.diff(added) / 5.0, oracle.short_term_efficacies(times, U, D, F), rtol=1e-6)


def _voltage_at_the_end(machine, times):
    """With τ_m far below a step and currents that last, the voltage is the sum of all that arrived; by bisection."""
    low, high = 0.0, 100.0
    while high - low > 1e-8:
        machine.threshold = (low + high) / 2
        fires = len(machine.run([np.array(times)], 50.0, start=[-1.0])[0]) > 0
        low, high = (machine.threshold, high) if fires else (low, machine.threshold)
    return high


def test_connections_come_with_their_probability():
    positions, inhibits = column((4, 3, 2), inhibitory=0.25, seed=0)
    probability = connection_probability(positions, inhibits, reach=1.5)
    i, j = 3, 14
    kind = {(0, 0): 0.3, (0, 1): 0.2, (1, 0): 0.4, (1, 1): 0.1}[int(inhibits[i]), int(inhibits[j])]
    assert probability[i, j] == pytest.approx(kind * np.exp(-np.sum((positions[i] - positions[j]) ** 2) / 1.5**2))
    counts = np.zeros_like(probability)
    for seed in range(400):
        synapses = distance_wiring(positions, inhibits, 1.5, seed=seed)
        counts[synapses.source, synapses.target] += 1
        assert ((synapses.weight < 0) == inhibits[synapses.source]).all()
        assert (synapses.u > 0).all() and (synapses.u <= 1).all() and (synapses.d > 0).all()
    spread = np.sqrt(probability * (1 - probability) / 400)
    far = np.abs(counts / 400 - probability) > 4.5 * spread + 1e-12
    assert not far.any(), f"{far.sum()} of {far.size}"


def test_filtered_spikes_are_the_sum_of_their_decays():
    when, who = np.array([1.0, 4.0, 4.0, 9.0]), np.array([2, 0, 2, 2])
    expected = [[np.exp(-2 / 5), 0.0, np.exp(-5 / 5) + np.exp(-2 / 5)], [0.0, 0.0, 1.0]]
    received = filtered_spikes(when, who, 3, [6.0, 1.0], tau=5.0)
    np.testing.assert_allclose(received, expected)


def test_a_readout_tells_two_patterns_apart_and_remembers():
    """Over seeds: nearly always right at the pattern's end, and 50 ms later better than from the inputs alone."""
    lab = pytest.importorskip("rnnkit.course.experiments.reservoirs")
    found = np.array([lab.tell_apart(seed, 30, 30, lines=1, jitter=2.0, after=(0.0, 50.0)) for seed in range(3)])
    liquid, direct = found.mean(axis=0)
    assert liquid[0] >= 0.9
    assert liquid[1] > direct[1] + 0.1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LiquidStateMachine([False], NONE, NONE, dt=0.0), "dt: expected a positive time in ms, received 0.0"),
        (lambda: LiquidStateMachine.random(lines=2).run([[1.0]], 5.0), "spikes: expected 2 lines, each an array"),
        (lambda: LiquidStateMachine.random().run([[9.0]], 5.0), "spikes: expected times from 0 to below 5 ms"),
        (
            lambda: LiquidStateMachine(
                [False], NONE, Synapses(np.array([0]), np.array([3]), np.ones(1), np.ones(1)), 1
            ),
            "incoming: expected sources below 1, targets below 1",
        ),
        (lambda: column((3, 0, 2)), "shape: expected a positive integer, received 0"),
        (lambda: column(inhibitory=1.2), "inhibitory: expected a fraction from 0 to 1, received 1.2"),
        (lambda: connection_probability(np.zeros((3, 3)), [True]), r"inhibits: expected shape \(N,\)"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
