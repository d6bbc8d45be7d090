r"""The liquid state machine: a reservoir of spiking neurons, and what a readout sees of it."""

from typing import Any

import numpy as np

from rnnkit._checks import positive_number
from rnnkit.reservoirs.distances import Synapses, column, distance_wiring


class LiquidStateMachine:
    r"""Leaky integrate-and-fire neurons with synapses whose currents decay, in fixed time steps.

    With the voltage v above rest, the currents $I_E$ and $I_I$ that excitatory and inhibitory synapses have left, and
    a constant background $I_b$:

    $$\tau_m \frac{dv}{dt} = -v + R\,(I_E + I_I + I_b), \qquad \tau_E \frac{dI_E}{dt} = -I_E, \qquad
      \tau_I \frac{dI_I}{dt} = -I_I \tag{1}$$

    is solved exactly over a step δ, with $a = e^{-\delta/\tau_m}$ and $s = e^{-\delta/\tau}$ of either synapse:

    $$v \leftarrow a\,v + (1 - a)\,R I_b + \sum_{E, I} \frac{\tau}{\tau - \tau_m}\,(s - a)\,R I \tag{2}$$
    $$I \leftarrow s I \tag{3}$$

    A neuron fires when v exceeds the threshold, is set to the reset, and holds that for its refractory time, while the
    currents decay on. A spike reaches its targets after the synapse's delay; it counts from the next step on. It adds
    the synapse's weight A to the current, or with short-term plasticity, at its n-th spike, Δ after the last,

    $$u_n = U + u_{n-1}(1 - U)\,e^{-\Delta/F}, \qquad u_1 = U \tag{4}$$
    $$R_n = 1 + \big(R_{n-1}(1 - u_{n-1}) - 1\big)\,e^{-\Delta/D}, \qquad R_1 = 1 \tag{5}$$
    $$A\,u_n R_n \tag{6}$$

    Args:
        inhibits: whether each neuron inhibits, shape (N,); it has a shorter refractory time.
        recurrent: synapses among the neurons.
        incoming: synapses from input lines to the neurons.
        lines: how many input lines there are. By default as many as `incoming` names.
        dt: δ, in ms.
        tau: τ_m, in ms. tau_synapse: τ_E and τ_I, in ms.
        resistance: R, in MΩ. background: I_b, in nA, a number or one a neuron.
        threshold, reset: in mV above rest.
        refractory: in ms, of excitatory and inhibitory neurons.

    Raises:
        ValueError: times that are not positive, synapses between neurons that are not there.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), names liquid state machines; the model and its constants are of W. Maass,
        T. Natschläger and H. Markram (2002), (4)-(6) in the form of H. Markram, Y. Wang and M. Tsodyks (1998).

    Example:
        >>> machine = LiquidStateMachine.random(seed=0)
        >>> when, who = machine.run([np.array([5.0, 20.0, 30.0])], duration=100.0, seed=1)
        >>> len(when) == len(who), bool((np.diff(when) >= 0).all())
        (True, True)
    """

    def __init__(
        self,
        inhibits: Any,
        recurrent: Synapses,
        incoming: Synapses,
        lines: int | None = None,
        *,
        dt: float = 0.1,
        tau: float = 30.0,
        tau_synapse: tuple[float, float] = (3.0, 6.0),
        resistance: float = 1.0,
        background: Any = 13.5,
        threshold: float = 15.0,
        reset: float = 13.5,
        refractory: tuple[float, float] = (3.0, 2.0),
    ) -> None:
        self.inhibits = np.asarray(inhibits, dtype=bool)
        self.units = len(self.inhibits)
        self.lines = lines if lines is not None else int(incoming.source.max(initial=-1)) + 1
        for name, value in {"dt": dt, "tau": tau, "tau_synapse": min(tau_synapse)}.items():
            positive_number(name, value, "a positive time in ms")
        for name, synapses, sources in (("recurrent", recurrent, self.units), ("incoming", incoming, self.lines)):
            if len(synapses) and (synapses.source.max() >= sources or synapses.target.max() >= self.units):
                raise ValueError(f"{name}: expected sources below {sources}, targets below {self.units}; some are not.")
        self.recurrent, self.incoming = recurrent, incoming
        self.dt, self.tau, self.tau_synapse = float(dt), float(tau), tau_synapse
        self.resistance, self.background = float(resistance), background
        self.threshold, self.reset = float(threshold), float(reset)
        self.refractory = np.where(self.inhibits, refractory[1], refractory[0])

    @classmethod
    def random(
        cls,
        shape: tuple[int, int, int] = (15, 3, 3),
        lines: int = 1,
        *,
        reach: float = 2.0,
        scale: float = 1.0,
        input_weight: float = 18.0,
        input_probability: float = 0.3,
        dynamic: bool = True,
        seed: Any = None,
        **settings: Any,
    ) -> "LiquidStateMachine":
        """A column wired by distance, to which each input line is connected at random.

        Args:
            shape: of the grid.
            lines: input lines.
            reach, scale, dynamic: as in `distance_wiring`.
            input_weight: of input synapses, in nA.
            input_probability: that a line reaches a neuron.
            seed: an integer, or a NumPy generator.
            settings: further arguments of the class.
        """
        rng = np.random.default_rng(seed)
        positions, inhibits = column(shape, seed=rng)
        recurrent = distance_wiring(positions, inhibits, reach, scale=scale, dynamic=dynamic, seed=rng)
        source, target = np.nonzero(rng.random((lines, len(positions))) < input_probability)
        weight = np.full(len(source), float(input_weight))
        return cls(inhibits, recurrent, Synapses(source, target, weight, 0 * weight), lines, **settings)

    def run(self, spikes: Any, duration: float, seed: Any = None, start: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """The spikes that input spikes cause.

        Args:
            spikes: for each input line the times of its spikes, in ms, each an array.
            duration: in ms.
            seed: of the voltages at the start, uniform between reset and threshold.
            start: the voltages at the start themselves, shape (N,).

        Returns:
            Times of the spikes in ms, in order, and the neurons that fired, shapes (K,).

        Raises:
            ValueError: another number of lines, or times outside the duration.
        """
        steps = round(duration / self.dt)
        arrivals = self._input_steps(spikes, steps)
        v = np.random.default_rng(seed).uniform(self.reset, self.threshold, self.units) if start is None else start
        v, currents = np.array(v, dtype=float), np.zeros((2, self.units))
        left = np.zeros(self.units, dtype=int)
        hold = np.maximum(np.round(self.refractory / self.dt).astype(int) - 1, 0)
        a, s = np.exp(-self.dt / self.tau), np.exp(-self.dt / np.array(self.tau_synapse))
        gain = self.resistance * np.array([_gain(t, self.tau, self.dt) for t in self.tau_synapse])
        rest = (1 - a) * self.resistance * np.broadcast_to(self.background, self.units)
        senders = [_Sender(self.recurrent, self), _Sender(self.incoming, self)]
        fired_at, fired = [], []
        for step in range(steps):
            v = np.where(left > 0, v, a * v + rest + gain @ currents)  # (2)
            currents *= s[:, None]  # (3)
            left = np.maximum(left - 1, 0)
            spiking = np.flatnonzero(v > self.threshold)
            for sender, who in zip(senders, (spiking, arrivals[step]), strict=True):
                sender.deliver(step, who, currents)
            if len(spiking):
                v[spiking], left[spiking] = self.reset, hold[spiking]
                fired_at.append(np.full(len(spiking), step * self.dt))
                fired.append(spiking)
        if not fired:
            return np.zeros(0), np.zeros(0, dtype=int)
        return np.concatenate(fired_at), np.concatenate(fired)

    def _input_steps(self, spikes: Any, steps: int) -> list[np.ndarray]:
        """For each step the lines that fire in it."""
        if len(spikes) != self.lines:
            raise ValueError(f"spikes: expected {self.lines} lines, each an array of times, received {len(spikes)}.")
        at: list[list[int]] = [[] for _ in range(steps)]
        for line, times in enumerate(spikes):
            for step in np.round(np.asarray(times, dtype=float) / self.dt).astype(int):
                if not 0 <= step < steps:
                    raise ValueError(
                        f"spikes: expected times from 0 to below {steps * self.dt:g} ms, received {step * self.dt:g}."
                    )
                at[step].append(line)
        return [np.array(lines, dtype=int) for lines in at]


def _gain(tau_synapse: float, tau: float, dt: float) -> float:
    """The factor of I in (2), and its limit where both time constants are equal."""
    if abs(tau_synapse - tau) < 1e-9 * tau:
        return dt / tau * float(np.exp(-dt / tau))
    return tau_synapse / (tau_synapse - tau) * float(np.exp(-dt / tau_synapse) - np.exp(-dt / tau))


class _Sender:
    """Synapses in order of their sources, with what is under way in them."""

    def __init__(self, synapses: Synapses, machine: LiquidStateMachine) -> None:
        order = np.argsort(synapses.source, kind="stable")
        self.target, self.weight = synapses.target[order], synapses.weight[order]
        starts = np.searchsorted(synapses.source[order], np.arange(synapses.source.max(initial=-1) + 2))
        delay = np.round(synapses.delay[order] / machine.dt).astype(int)
        self.sent_by = [self._by_delay(delay, first, end) for first, end in zip(starts, starts[1:], strict=False)]
        self.dt, self.kind = machine.dt, (self.weight < 0).astype(int)
        self.under_way: dict[int, list[np.ndarray]] = {}
        self.dynamic = synapses.u is not None
        if synapses.u is not None and synapses.d is not None and synapses.f is not None:
            self.big_u, self.d, self.f = (part[order] for part in (synapses.u, synapses.d, synapses.f))
            self.u, self.r, self.last = np.zeros(len(order)), np.ones(len(order)), np.full(len(order), -np.inf)

    @staticmethod
    def _by_delay(delay: np.ndarray, first: int, end: int) -> list[tuple[int, np.ndarray]]:
        """One neuron's synapses, those of a delay together."""
        own = np.arange(first, end)
        return [(int(d), own[delay[first:end] == d]) for d in np.unique(delay[first:end])]

    def deliver(self, step: int, who: np.ndarray, currents: np.ndarray) -> None:
        """Send off the spikes of this step, and add what arrives in it to the currents."""
        for neuron in who[who < len(self.sent_by)]:
            for delay, sent in self.sent_by[neuron]:
                self.under_way.setdefault(step + delay, []).append(sent)
        for sent in self.under_way.pop(step, []):
            amount = self.weight[sent] * (self._efficacy(step, sent) if self.dynamic else 1.0)  # (6)
            np.add.at(currents, (self.kind[sent], self.target[sent]), amount)

    def _efficacy(self, step: int, sent: np.ndarray) -> np.ndarray:
        """u R of synapses at this spike; before the first one u is 0 and R is 1."""
        since = (step - self.last[sent]) * self.dt
        big_u, u, r = self.big_u[sent], self.u[sent], self.r[sent]
        self.u[sent] = big_u + u * (1 - big_u) * np.exp(-since / self.f[sent])  # (4)
        self.r[sent] = 1 + (r * (1 - u) - 1) * np.exp(-since / self.d[sent])  # (5)
        self.last[sent] = step
        return self.u[sent] * self.r[sent]


def filtered_spikes(when: Any, who: Any, units: int, at: Any, tau: float = 30.0) -> np.ndarray:
    r"""What a readout sees of spikes: each neuron's, filtered, at given times.

    $$x_i(t) = \sum_{t_n \le t} e^{-(t - t_n) / \tau} \tag{7}$$

    Args:
        when, who: times of spikes and neurons, as `run` gives them.
        units: N.
        at: times, in ms, shape (K,).
        tau: τ, in ms.

    Returns:
        Shape (K, N).

    Example:
        >>> filtered_spikes([0.0, 30.0], [1, 1], units=2, at=[30.0]).round(3).tolist()
        [[0.0, 1.368]]
    """
    when, who, at = np.asarray(when, dtype=float), np.asarray(who, dtype=int), np.asarray(at, dtype=float)
    states = np.zeros((len(at), units))
    for row, t in zip(states, at, strict=True):
        past = when <= t
        np.add.at(row, who[past], np.exp(-(t - when[past]) / tau))  # (7)
    return states
