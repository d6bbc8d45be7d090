"""The same spiking net in brian2."""

import numpy as np
import pytest


def _brian2():
    """brian2, which up to 2.9 asks NumPy's array for a method that NumPy 2.4 has no more."""
    pytest.importorskip("scipy.special")
    pytest.importorskip("sympy", reason="brian2 is not installed (extra peers)")
    real = np.ndarray
    if not hasattr(real, "ptp"):
        np.ndarray = type("ndarray", (real,), {"ptp": np.ptp})
    try:
        pytest.importorskip("brian2.units.fundamentalunits", reason="brian2 is not installed (extra peers)")
    finally:
        np.ndarray = real
    return pytest.importorskip("brian2")


def spikes_of(machine, spikes, duration, start):
    """Times in ms and neurons of the spikes, by brian2, of a LiquidStateMachine."""
    brian2 = _brian2()
    brian2.prefs.codegen.target = "numpy"
    brian2.BrianLogger.suppress_hierarchy("brian2")
    ms = brian2.ms
    brian2.start_scope()
    brian2.defaultclock.dt = machine.dt * ms
    constants = {
        "resistance": machine.resistance,
        "tau": machine.tau * ms,
        "tau_e": machine.tau_synapse[0] * ms,
        "tau_i": machine.tau_synapse[1] * ms,
        "threshold": machine.threshold,
        "after": machine.reset,
    }
    neurons = brian2.NeuronGroup(
        machine.units,
        """dv/dt = (-v + resistance * (excited + inhibited + background)) / tau : 1 (unless refractory)
        dexcited/dt = -excited / tau_e : 1
        dinhibited/dt = -inhibited / tau_i : 1
        background : 1
        holds : second""",
        threshold="v > threshold",
        reset="v = after",
        refractory="holds",
        method="exact",
        namespace=constants,
    )
    neurons.v, neurons.background, neurons.holds = start, machine.background, machine.refractory * ms
    lines = np.repeat(np.arange(machine.lines), [len(times) for times in spikes])
    source = brian2.SpikeGeneratorGroup(machine.lines, lines, np.concatenate(spikes) * ms)
    monitor = brian2.SpikeMonitor(neurons)
    parts = [neurons, source, monitor]
    for group, synapses in ((neurons, machine.recurrent), (source, machine.incoming)):
        for sign, current in ((1, "excited"), (-1, "inhibited")):
            chosen = np.flatnonzero(np.sign(synapses.weight) == sign)
            if len(chosen):
                parts.append(_synapses(brian2, group, neurons, synapses, chosen, current))
    brian2.Network(parts).run(duration * ms)
    return np.array(monitor.t / ms), np.array(monitor.i)


def _synapses(brian2, group, neurons, synapses, chosen, current):
    ms = brian2.ms
    if synapses.u is None:
        made = brian2.Synapses(group, neurons, "weight : 1", on_pre=f"{current}_post += weight")
    else:
        made = brian2.Synapses(
            group,
            neurons,
            """weight : 1
            use : 1
            depression : second
            facilitation : second
            du/dt = -u / facilitation : 1 (event-driven)
            dx/dt = (1 - x) / depression : 1 (event-driven)""",
            on_pre=f"""u += use * (1 - u)
            {current}_post += weight * u * x
            x -= u * x""",
        )
    made.connect(i=synapses.source[chosen], j=synapses.target[chosen])
    made.weight, made.delay = synapses.weight[chosen], synapses.delay[chosen] * ms
    if synapses.u is not None:
        made.use, made.x, made.u = synapses.u[chosen], 1.0, 0.0
        made.depression, made.facilitation = synapses.d[chosen] * ms, synapses.f[chosen] * ms
    return made
