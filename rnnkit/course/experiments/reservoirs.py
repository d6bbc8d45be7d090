r"""Unit 09 and its benchmark: the tests of echo state networks, and two spike patterns for a liquid state machine."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.datasets.mackey_glass import mackey_glass
from rnnkit.datasets.narma import narma
from rnnkit.reservoirs import EchoStateNetwork, LiquidStateMachine, filtered_spikes, memory_capacity, ridge

WASHOUT = 1000
HORIZON = 84


def squashed(series: Any) -> np.ndarray:
    """Mackey-Glass values as Jaeger (2001) gives them to a network, tanh(y − 1), shape (T, 1)."""
    return np.tanh(np.asarray(series, dtype=float) - 1)[:, None]


def unsquashed(values: Any) -> np.ndarray:
    """Back to the series' own coordinates; a network may leave (−1, 1), which has no inverse."""
    return np.arctanh(np.clip(values, -1 + 1e-6, 1 - 1e-6))[..., 0] + 1


def mackey_glass_network(seed: int, units: int = 400) -> EchoStateNetwork:
    """Jaeger's network: sparse, no input but a bias, the output fed back; his C = 0.44 and a = 0.9 are leak = C a."""
    return EchoStateNetwork.random(
        units,
        1,
        1,
        leak=0.44 * 0.9,
        spectral_radius=0.95,
        connections=min(5, units),
        input_scale=0.0,
        bias_scale=0.2 * 0.14,
        feedback_scale=0.56,
        seed=seed,
    )


def free_runs(
    network: EchoStateNetwork,
    series: np.ndarray,
    training: int,
    trials: int,
    horizon: int = HORIZON,
    penalty: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit on the start of a series, then run freely from places after it, each a teacher-forced stretch further.

    Args:
        network: with feedback and one output.
        series: in its own coordinates, of WASHOUT + training + WASHOUT + trials · horizon steps or more.
        training: steps that count in the fit, after WASHOUT that do not.
        trials: free runs, each from where the last one ends, along one teacher-forced run.
        horizon: steps of each.
        penalty: of the readout.

    Returns:
        What the network says and what the series did, in its own coordinates, shape (trials, horizon).

    Raises:
        ValueError: a series that is too short.
    """
    first, values = WASHOUT + training, squashed(series)
    starts = first + WASHOUT - 1 + horizon * np.arange(trials)
    if len(series) <= starts[-1] + horizon:
        raise ValueError(f"series: expected at least {starts[-1] + horizon + 1} steps, received {len(series)}.")
    none = np.zeros_like(values)
    network.fit(none[:first], values[:first], penalty=penalty, washout=WASHOUT)
    states = network.states(none, np.concatenate([np.zeros((1, 1)), values[:-1]]))
    ahead = network.free_run(none[:horizon], states[starts], values[starts])
    truth = np.stack([series[start + 1 : start + 1 + horizon] for start in starts])
    return unsquashed(ahead), truth


def nrmse_84(seed: int, units: int = 400, training: int = 3000, trials: int = 20, penalty: float = 0.0) -> float:
    """Jaeger's NRMSE₈₄ of a fresh network on a fresh Mackey-Glass series, τ = 17.

    The root of the mean square error of the 84th step, over the trials, divided by the whole series' standard
    deviation, in the series' own coordinates.
    """
    series = mackey_glass(2 * WASHOUT + training + trials * HORIZON + 1, seed=seed)
    said, truth = free_runs(mackey_glass_network(seed, units), series, training, trials, penalty=penalty)
    return float(np.sqrt(np.mean((said[:, -1] - truth[:, -1]) ** 2)) / series.std())


def narma_nrmse(units: int, seed: int, training: int = 2000, test: int = 2000, washout: int = 200) -> float:
    """NARMA-10: root mean square error on held-out steps, over their standard deviation."""
    u = np.random.default_rng(seed).uniform(0.0, 0.5, training + test + washout)
    y = narma(u)
    network = EchoStateNetwork.random(
        units, 1, leak=1.0, spectral_radius=0.95, connections=min(10, units), input_scale=0.4, bias_scale=0.3, seed=seed
    )
    states = network.states(u[:, None])
    # y(k) answers inputs up to u(k−1): the state before.
    seen, wanted = states[washout - 1 : -1], y[washout:, None]
    kernel, bias = ridge(seen[:training], wanted[:training], 1e-8)
    error = seen[training:] @ kernel + bias - wanted[training:]
    return float(np.sqrt(np.mean(error**2)) / wanted[training:].std())


def shift_register_nmse(taps: int, seed: int, training: int = 2000, test: int = 2000) -> float:
    """NARMA-10 by a linear model of the last inputs: mean square error over variance, held out; published 0.16."""
    u = np.random.default_rng(seed).uniform(0.0, 0.5, training + test + 200)
    y = narma(u)
    seen = np.stack([u[200 - d : len(u) - d] for d in range(1, taps + 1)], axis=1)
    wanted = y[200:, None]
    kernel, bias = ridge(seen[:training], wanted[:training], 0.0)
    error = seen[training:] @ kernel + bias - wanted[training:]
    return float(np.mean(error**2) / wanted[training:].var())


def capacity(
    units: int, seed: int, *, linear: bool = False, radius: float = 0.95, input_scale: float = 0.1, steps: int = 6000
) -> tuple[float, np.ndarray]:
    """The memory capacity of a random network, with tanh or linear units, for inputs uniform in [−1, 1]."""
    rng = np.random.default_rng(seed)
    u = rng.uniform(-1.0, 1.0, steps)
    network = EchoStateNetwork.random(units, 1, spectral_radius=radius, input_scale=input_scale, seed=rng)
    if linear:
        network.activation = np.positive
    return memory_capacity(network.states(u[:, None]), u, most=2 * units, washout=200)


def poisson_pattern(rng: np.random.Generator, lines: int, duration: float, rate: float) -> list[np.ndarray]:
    """Spike times on each line, in ms: independent, `rate` a second in the mean."""
    counts = rng.poisson(rate * duration / 1000, lines)
    return [np.sort(rng.uniform(0.0, duration, count)) for count in counts]


def jittered(rng: np.random.Generator, pattern: Sequence[np.ndarray], jitter: float, duration: float) -> Any:
    """A pattern, every spike moved by a normal number of ms, and kept inside the duration."""
    return [np.clip(np.sort(times + rng.normal(0.0, jitter, len(times))), 0.0, duration - 1) for times in pattern]


def shown(rng: np.random.Generator, pattern: Any, jitter: float, duration: float, after: float) -> Any:
    """A jittered pattern, then `after` ms of spikes that tell nothing, 20 a second on each line."""
    first = jittered(rng, pattern, jitter, duration)
    noise = poisson_pattern(rng, len(pattern), after - 1, 20.0)
    return [np.concatenate([times, duration + more]) for times, more in zip(first, noise, strict=True)]


def tell_apart(
    seed: int,
    training: int = 60,
    test: int = 60,
    *,
    lines: int = 4,
    jitter: float = 4.0,
    duration: float = 150.0,
    after: tuple[float, ...] = (0.0, 50.0, 100.0, 150.0),
    **settings: Any,
) -> np.ndarray:
    """How often a linear readout tells which of two jittered spike patterns was shown, at times after its end.

    After the pattern the lines carry noise, so that later readouts live on what the machine remembers.

    Args:
        seed: of machine, patterns, jitter and noise.
        training, test: examples, half of each pattern.
        lines: input lines.
        jitter: standard deviation of the spikes' times, in ms.
        duration: of the patterns, in ms.
        after: when the readouts look, in ms after the pattern.
        settings: of `LiquidStateMachine.random`.

    Returns:
        The fraction of held-out examples that is right, shape (2, times): of readouts that see the machine's neurons,
        and of readouts that see the input lines' own filtered spikes, by the same filter.
    """
    rng = np.random.default_rng(seed)
    machine = LiquidStateMachine.random(lines=lines, seed=rng, **{"dt": 0.5, **settings})
    patterns = [poisson_pattern(rng, lines, duration, 20.0) for _ in range(2)]
    labels, at = np.arange(training + test) % 2, duration + np.array(after)
    total = at.max() + 1
    liquid, direct = [], []
    for label in labels:
        seen = shown(rng, patterns[label], jitter, duration, total - duration)
        liquid.append(filtered_spikes(*machine.run(seen, total, seed=rng), machine.units, at))
        who = np.repeat(np.arange(lines), [len(times) for times in seen])
        direct.append(filtered_spikes(np.concatenate(seen), who, lines, at))
    readouts = [[_accuracy(np.array(x)[:, t], labels, training) for t in range(len(at))] for x in (liquid, direct)]
    return np.array(readouts)


def _accuracy(states: np.ndarray, labels: np.ndarray, training: int, penalty: float = 1.0) -> float:
    wanted = (2.0 * labels - 1)[:, None]
    kernel, bias = ridge(states[:training], wanted[:training], penalty)
    said = states[training:] @ kernel + bias
    return float(np.mean((said > 0) == (wanted[training:] > 0)))
