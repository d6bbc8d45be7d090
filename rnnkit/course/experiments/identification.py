r"""Unit 10: systems to identify, and models side by side, judged one step ahead and running freely."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from rnnkit._files import write_beside_then_rename
from rnnkit.datasets.narendra_parthasarathy import narendra_parthasarathy
from rnnkit.identification import ARX, FIR, Model, NARXModel, SlidingPredictor, StateSpaceRNN, rmse

SKIP = 20  # first steps of a test that are not scored, so that models with a long and a short past are scored alike


def lorenz(steps: int, interval: float = 0.01, discard: int = 1000, start: Any = (1.0, 1.0, 1.0)) -> np.ndarray:
    r"""The Lorenz system, σ = 10, ρ = 28, β = 8/3, its states on the attractor.

    $$\dot x = \sigma(y - x), \qquad \dot y = x(\rho - z) - y, \qquad \dot z = xy - \beta z \tag{1}$$

    Args:
        steps: samples.
        interval: time from one to the next.
        discard: samples left out first.
        start: x, y, z before them.

    Returns:
        x, y, z, shape (steps, 3).

    Example:
        >>> lorenz(50).shape
        (50, 3)
    """
    times = interval * np.arange(discard + steps)

    def slope(_: float, s: np.ndarray) -> list[float]:
        x, y, z = s
        return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]  # (1)

    run = solve_ivp(slope, (0, times[-1]), start, t_eval=times, rtol=1e-9, atol=1e-9)
    return run.y.T[discard:]


def henon(steps: int, discard: int = 100, start: tuple[float, float] = (0.1, 0.1)) -> np.ndarray:
    r"""Hénon's map, a = 1.4, b = 0.3: x of each step.

    $$x(k+1) = 1 - a\,x(k)^2 + b\,x(k-1) \tag{1}$$

    Args:
        steps: how many.
        discard: steps left out first.
        start: x(−1), x(0) before them.

    Returns:
        x, shape (steps,).

    Example:
        >>> henon(2, discard=0, start=(0.0, 0.5)).round(4).tolist()
        [0.65, 0.5585]
    """
    before, now = start
    found = np.empty(discard + steps)
    for k in range(len(found)):
        before, now = now, 1 - 1.4 * now**2 + 0.3 * before  # (1)
        found[k] = now
    return found[discard:]


def plant_data(seed: int, steps: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Training data of Narendra and Parthasarathy's example 2: inputs drawn from [−2, 2], and the plant's outputs."""
    u = np.random.default_rng(seed).uniform(-2, 2, steps)
    return u, narendra_parthasarathy(u)


def plant_test(steps: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Their test: the input sin(2πk/25), and the plant's outputs."""
    u = np.sin(2 * np.pi * np.arange(steps) / 25)
    return u, narendra_parthasarathy(u)


def scored(model: Model, u: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """RMSE of a fitted model one step ahead and running freely, from step `SKIP` on, and what it said."""
    said = {"one step": model.predict(u, y), "free": model.simulate(u, y[: model.past_])}
    kept = len(y) - SKIP
    return {name: {"rmse": rmse(y, values[-kept:]), "said": values} for name, values in said.items()}


def models(seed: int, units: int = 20, n_starts: int = 3, max_iter: int = 300) -> dict[str, Callable[[], Model]]:
    """Makers of the models that are compared on the plant."""
    return {
        "FIR, 10 steps": lambda: FIR(10),
        "sliding predictor, 8 steps": lambda: SlidingPredictor(10, 8, max_iter=max_iter // 5, random_state=seed),
        "ARX": lambda: ARX(0, 2),
        f"NARX, {units} units": lambda: NARXModel(units, 0, 2, max_iter, n_starts, seed),
        "state-space RNN, 8 states": lambda: StateSpaceRNN(8, max_iter=max_iter // 3, random_state=seed),
    }


def compare(
    makers: Mapping[str, Callable[[], Model]], training: tuple[Any, Any], test: tuple[Any, Any]
) -> dict[str, dict[str, Any]]:
    """Each model fitted on the training data and scored on the test."""
    return {name: scored(make().fit(*training), *test) for name, make in makers.items()}


def motor(steps: int, seed: int = 0, interval: float = 0.01) -> dict[str, np.ndarray]:
    r"""A motor with dry friction, driven by random voltages, as an instrument would record it, with noise.

    $$L\,\dot i = V - R\,i - K\omega \tag{1}$$
    $$\Theta\,\dot\omega = K\,i - b\,\omega - m \tanh(\omega / \omega_0) \tag{2}$$

    R = 1 Ω, L = 5 mH, K = 0.05 N·m/A, Θ = 2·10⁻⁴ kg·m², b = 10⁻⁴ N·m·s, m = 0.1 N·m, ω₀ = 2 rad/s: below 2 V the motor
    does not really turn, which no linear model can say.

    Args:
        steps: samples.
        seed: of the voltages, each held for 5 to 30 samples, and of the noise.
        interval: from one sample to the next, in s.

    Returns:
        "time" in s, "voltage" in V, "current" in A, "speed" in rad/s, each of shape (steps,).

    Example:
        >>> record = motor(100)
        >>> sorted(record), record["speed"].shape
        (['current', 'speed', 'time', 'voltage'], (100,))
    """
    rng, parts = np.random.default_rng(seed), 20
    held = rng.integers(5, 31, steps)
    V = np.repeat(rng.uniform(-8, 8, steps), held)[:steps]
    i = omega = 0.0
    found, h = np.empty((steps, 2)), interval / parts
    for k in range(steps):
        for _ in range(parts):
            i += h / 5e-3 * (V[k] - i - 0.05 * omega)  # (1)
            omega += h / 2e-4 * (0.05 * i - 1e-4 * omega - 0.1 * np.tanh(omega / 2))  # (2)
        found[k] = i, omega
    found += rng.normal(0.0, (0.05, 0.3), found.shape)
    return {"time": interval * np.arange(steps), "voltage": V, "current": found[:, 0], "speed": found[:, 1]}


def write_motor_csv(path: Path, steps: int, seed: int = 0) -> Path:
    """Write `motor` as a CSV file with units in its first row, and return the path."""
    record = motor(steps, seed)
    units = {"time": "s", "voltage": "V", "current": "A", "speed": "rad/s"}
    lines = [",".join(f"{name} [{unit}]" for name, unit in units.items())]
    lines += [",".join(f"{record[name][k]:.6g}" for name in units) for k in range(steps)]
    write_beside_then_rename(path, "\n".join(lines) + "\n")
    return path


def forced_narx(units: int = 10, seed: int = 0) -> Any:
    """A NARX net of two past outputs for the plant, compiled, whose fed-back outputs are chosen while it is trained.

    Returns:
        A Keras model from u and measured y, each (batch, time, 1), to outputs; its layer "forced" is a
        `rnnkit.training.TeacherForcing`, whose `probability` is that of a measured output being fed back in training.
        Outside of training it is alone from the third step on.
    """
    import keras

    from rnnkit.layers import NARXCell
    from rnnkit.training import TeacherForcing

    keras.utils.set_random_seed(seed)
    u, y = keras.Input((None, 1)), keras.Input((None, 1))
    cell = NARXCell(units, 1, input_delays=0, output_delays=2)
    forced = TeacherForcing(cell, warm_up=2, seed=seed, return_sequences=True, name="forced")
    model = keras.Model([u, y], forced(u, targets=y))
    model.compile(keras.optimizers.Adam(0.02), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def train_forced(model: Any, probability: float, updates: int, length: int = 25) -> np.ndarray:
    """Train on the plant's data, cut into windows, all of them in each update.

    Returns:
        The loss of each update.
    """
    u, y = (part.reshape(-1, length, 1).astype("float32") for part in plant_data(0))
    model.get_layer("forced").probability = probability
    return np.array([float(np.ravel(model.train_on_batch([u, y], y))[0]) for _ in range(updates)])


def compare_training(updates: int) -> dict[str, tuple[float, float]]:
    """A forced NARX net trained from the same start by teacher forcing and running freely.

    Returns:
        By the way of training, the RMSE of the last update's outputs and that of a free run on the plant's test.
    """
    import keras

    model, found = forced_narx(), {}
    kept = [*model.weights, *model.optimizer.variables]
    begin = [keras.ops.convert_to_numpy(variable) for variable in kept]
    u, y = (part[None, :, None].astype("float32") for part in plant_test())
    for name, probability in (("teacher forcing", 1.0), ("running freely", 0.0)):
        for variable, value in zip(kept, begin, strict=True):
            variable.assign(value)
        losses = train_forced(model, probability, updates)
        said = np.asarray(model.predict_on_batch([u, y]))
        found[name] = float(np.sqrt(losses[-1])), rmse(y[0, SKIP:, 0], said[0, SKIP:, 0])
    return found
