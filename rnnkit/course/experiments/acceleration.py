"""Unit 03: the recordings, training, the baselines, and scores in the signal's unit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.course.experiments.forecast_task import ForecastTask, forecast_task
from rnnkit.datasets import load_accelerometer, rotating_machine
from rnnkit.identification import LinearAR, Windows, choose_linear_ar, free_run

__all__ = [
    "ForecastTask",
    "Recordings",
    "Score",
    "forecast_task",
    "linear_ar",
    "network_predictor",
    "on_gpu",
    "persistence",
    "read_recordings",
    "repeat_last_frame",
    "score",
    "score_table",
    "train",
    "typical_window",
]

Predictor = Callable[[np.ndarray], np.ndarray]


# An hour at 50 Hz; what a longer recording adds would not fit in a lesson.
LONGEST_OWN = 180_000


@dataclass(frozen=True)
class Recordings:
    """Signals of one sensor axis, and a sentence on where they come from.

    Attributes:
        name: for tables and pictures.
        signals: each of shape (samples,).
        sampling_rate: in Hz.
        unit: of the signals.
        message: source, licence, number of recordings, whether they are real.
    """

    name: str
    signals: list[np.ndarray]
    sampling_rate: float
    unit: str
    message: str


def read_recordings(path: str | None = None, *, sampling_rate: float = 50.0, axis: int = 0) -> Recordings:
    """The watch's recordings; or a file of the user's; or, with no data package, a second simulated machine.

    Args:
        path: a .csv or .json file (`load_accelerometer` says how it is read); None for the watch.
        sampling_rate: of that file, in Hz.
        axis: column to use.

    Returns:
        One axis of every recording.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file that cannot be used, or has no such column.
    """
    try:
        data = load_accelerometer(path, sampling_rate=sampling_rate)
    except FileNotFoundError:
        if path is not None:
            raise
        machine = rotating_machine(40.0, shaft_frequency=14.0, speed_swing=0.25, swing_period=5.0, seed=100)
        return Recordings(
            "second machine",
            [machine.acceleration],
            machine.sampling_rate,
            machine.unit,
            "The data package with real recordings is not installed (`rnnkit fetch` installs it), so everything below "
            "uses simulated machines: no real recordings, another speed instead.",
        )
    if not 0 <= axis < len(data.axes):
        raise ValueError(f"axis: expected 0 to {len(data.axes) - 1} for {', '.join(data.axes)}, received {axis}.")
    signals = [signal[:LONGEST_OWN, axis] for signal in data.signals]
    samples = sum(map(len, signals))
    count = "1 recording" if len(signals) == 1 else f"{len(signals)} recordings"
    message = (
        f"{count}, {samples:,} samples at {data.sampling_rate:g} Hz, axis {data.axes[axis]}, in {data.unit}. "
        f"Source: {data.source}."
    )
    return Recordings("your recording" if path else "watch", signals, data.sampling_rate, data.unit, message)


def train(model: Any, task: ForecastTask, *, epochs: int, batch_size: int, patience: int) -> dict[str, list[float]]:
    """Fit a compiled Keras model on the task's training windows; keep the epoch with the least validation loss.

    Args:
        model: from (batch, n_step, n_input) to (batch, n_input), compiled with "mse".
        task: what to learn.
        epochs: at most.
        batch_size: every batch is full, so that nothing is compiled twice.
        patience: epochs without a better validation loss before training stops.

    Returns:
        "training" and "validation": RMSE of each epoch, in the task's unit.
    """
    import keras

    n_train, n_held = _whole_batches(task.training, batch_size), _whole_batches(task.validation, batch_size)
    # The validation windows of all signals, not of the first ones alone.
    held = np.linspace(0, len(task.validation.starts) - 1, n_held).astype(int)
    order = np.random.default_rng(0).permutation(len(task.training.starts))[:n_train]
    history = model.fit(
        task.as_input(task.training.past[order]),
        task.as_target(task.training.target[order]),
        validation_data=(task.as_input(task.validation.past[held]), task.as_target(task.validation.target[held])),
        epochs=epochs,
        batch_size=batch_size,
        verbose=0,
        callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True)],
    ).history
    return {
        "training": [task.scale * loss**0.5 for loss in history["loss"]],
        "validation": [task.scale * loss**0.5 for loss in history["val_loss"]],
    }


def on_gpu() -> bool:
    """Whether TensorFlow sees a GPU. Keras's LSTM then runs on cuDNN; on a processor XLA is about twice as fast."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def _whole_batches(windows: Windows, batch_size: int) -> int:
    return max(len(windows.starts) // batch_size * batch_size, min(len(windows.starts), batch_size))


def network_predictor(model: Any, task: ForecastTask, *, batch_size: int = 256) -> Predictor:
    """A trained network as a function from pasts to next frames, both in the task's unit.

    Every batch is full, so that nothing is compiled twice.
    """

    def predict(past: np.ndarray) -> np.ndarray:
        frames = task.as_input(past)
        size = min(batch_size, len(frames))
        padding = np.zeros((-len(frames) % size, *frames.shape[1:]), np.float32)
        batches = np.concatenate([frames, padding]).reshape(-1, size, *frames.shape[1:])
        scaled = np.concatenate([np.asarray(model.predict_on_batch(batch)) for batch in batches])[: len(frames)]
        return scaled.astype(np.float64) * task.scale + task.mean

    return predict


def persistence(task: ForecastTask) -> Predictor:
    """The last sample, held for a whole frame."""
    return lambda past: np.repeat(past[:, -1:], task.n_input, axis=1)


def repeat_last_frame(task: ForecastTask) -> Predictor:
    """The last frame once more: right for a signal whose period divides the frame."""
    return lambda past: past[:, -task.n_input :]


def linear_ar(task: ForecastTask, orders: Sequence[int], ridges: Sequence[float]) -> LinearAR:
    """The linear AR with the least error on the task's validation windows; no order exceeds the networks' past."""
    fitting = sorted({min(order, task.n_past) for order in orders})
    return choose_linear_ar(task.training[:2], task.validation[:2], fitting, ridges)


@dataclass(frozen=True)
class Score:
    """Errors on the test windows, all in the task's unit.

    Attributes:
        one_step: RMSE of the next frame.
        free_running: RMSE of n_frames frames, each after the first predicted from predictions.
        by_horizon: RMSE of each sample of the free-running forecast, shape (n_frames · n_input,).
        forecast: the free-running forecasts, shape (windows, n_frames · n_input).
    """

    one_step: float
    free_running: float
    by_horizon: np.ndarray
    forecast: np.ndarray


def score(task: ForecastTask, predict: Predictor) -> Score:
    """Test a predictor on the task's test windows, one step ahead and free-running."""
    one_step = predict(task.test.past) - task.test.target
    forecast = free_run(predict, task.long_test.past, task.n_frames)
    error = forecast - task.long_test.target
    return Score(_rms(one_step), _rms(error), np.sqrt(np.mean(error**2, axis=0)), forecast)


def score_table(task: ForecastTask, scores: Mapping[str, Score]) -> str:
    """Lay out a task's scores as text: model, one-step RMSE, free-running RMSE, one line a model."""
    one_step = f"next {task.n_input} samples"
    free = f"{task.n_frames} frames free-running"
    lines = [f"{task.name}, RMSE in {task.unit}", f"  {'model':<24}{one_step:>20}{free:>26}"]
    lines += [f"  {name:<24}{s.one_step:>20.3f}{s.free_running:>26.3f}" for name, s in scores.items()]
    return "\n".join(lines)


def typical_window(task: ForecastTask, scored: Score) -> int:
    """The long test window whose free-running error is the median: neither the best nor the worst to show."""
    error = np.mean((scored.forecast - task.long_test.target) ** 2, axis=1)
    return int(np.argsort(error)[len(error) // 2])


def _rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(error**2)))
