"""Unit 03: one forecasting task for recordings and machine alike, training, and scores in the signal's unit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.identification import LinearAR, Windows, choose_linear_ar, cut_frames, cut_windows, free_run, split_by_time

Predictor = Callable[[np.ndarray], np.ndarray]
PARTS = ("training", "validation", "test")


@dataclass(frozen=True)
class ForecastTask:
    """Signals split by time, and the windows cut inside each part.

    Attributes:
        name: for tables and pictures.
        signals: one or more of shape (samples,), all in `unit`.
        splits: for each signal its three slices: training, validation, test.
        sampling_rate: in Hz.
        unit: of the signals and of every error.
        n_step, n_input, hop: frames a past, samples a frame, samples between two frames.
        training, validation, test: windows to predict the next frame from.
        long_test: test windows with `n_frames` frames to predict, for free running.
        mean, scale: of the training targets; networks see (signal − mean) / scale.
    """

    name: str
    signals: list[np.ndarray]
    splits: list[list[slice]]
    sampling_rate: float
    unit: str
    n_step: int
    n_input: int
    hop: int
    training: Windows
    validation: Windows
    test: Windows
    long_test: Windows
    mean: float
    scale: float

    @property
    def n_past(self) -> int:
        """Samples a prediction may see."""
        return (self.n_step - 1) * self.hop + self.n_input

    @property
    def n_frames(self) -> int:
        """Frames of a free-running forecast."""
        return self.long_test.target.shape[1] // self.n_input

    def as_input(self, past: np.ndarray) -> np.ndarray:
        """Pasts (windows, n_past) as a network reads them: scaled frames (windows, n_step, n_input), float32."""
        return cut_frames(self._scaled(past), self.n_step, self.n_input, self.hop)

    def as_target(self, target: np.ndarray) -> np.ndarray:
        """Targets (windows, n_input) scaled, float32."""
        return self._scaled(target)

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        return ((values - self.mean) / self.scale).astype(np.float32)


def forecast_task(
    name: str,
    signals: Sequence[np.ndarray],
    sampling_rate: float,
    *,
    unit: str = "g",
    n_step: int = 25,
    n_input: int = 100,
    hop: int,
    gap: int,
    stride: int,
    test_stride: int = 20,
    n_frames: int = 3,
    shares: Sequence[float] = (0.5, 0.15, 0.35),
) -> ForecastTask:
    """Split every signal by time, cut windows inside each part, join the windows of all signals.

    Args:
        name: of the task.
        signals: each of shape (samples,).
        sampling_rate: in Hz.
        unit: of the signals.
        n_step, n_input, hop: frames a past, samples a frame (and a target), samples between two frames' starts.
        gap: samples dropped between two parts.
        stride: samples between two training windows.
        test_stride: samples between two validation or test windows.
        n_frames: frames of a free-running forecast.
        shares: of training, validation and test in each signal.

    Returns:
        The task. A part that is too short for a window gives none; other signals may still.

    Raises:
        ValueError: some part has no window in any signal.
    """
    signals = [np.asarray(signal, dtype=np.float64) for signal in signals]
    n_past = (n_step - 1) * hop + n_input
    splits = [split_by_time(len(signal), shares, gap) for signal in signals]

    def windows(part: int, n_output: int, every: int) -> Windows:
        cut = [cut_windows(x[split[part]], n_past, n_output, every) for x, split in zip(signals, splits, strict=True)]
        joined = Windows(*(np.concatenate(column) for column in zip(*cut, strict=True)))
        if not len(joined.starts):
            longest = max((len(x[s[part]]) for x, s in zip(signals, splits, strict=True)), default=0)
            raise ValueError(
                f"signals ({name}): expected a {PARTS[part]} part of {n_past + n_output} samples or more in at least "
                f"one signal, received {longest} at most. Use a longer recording, a smaller hop or fewer frames."
            )
        return joined

    training = windows(0, n_input, stride)
    mean, scale = float(training.target.mean()), float(training.target.std())
    if scale == 0:
        raise ValueError(f"signals ({name}): expected a signal that changes, received a constant one.")
    return ForecastTask(
        name,
        signals,
        splits,
        sampling_rate,
        unit,
        n_step,
        n_input,
        hop,
        training,
        windows(1, n_input, test_stride),
        windows(2, n_input, test_stride),
        windows(2, n_input * n_frames, test_stride),
        mean,
        scale,
    )


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


def _whole_batches(windows: Windows, batch_size: int) -> int:
    return max(len(windows.starts) // batch_size * batch_size, min(len(windows.starts), batch_size))


def network_predictor(model: Any, task: ForecastTask, *, batch_size: int = 256) -> Predictor:
    """A trained network as a function from pasts to next frames, both in the task's unit."""

    def predict(past: np.ndarray) -> np.ndarray:
        frames = task.as_input(past)
        padding = np.zeros((-len(frames) % batch_size, *frames.shape[1:]), np.float32)
        batches = np.concatenate([frames, padding]).reshape(-1, batch_size, *frames.shape[1:])
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
    """The linear AR with the least error on the task's validation windows."""
    known = [order for order in orders if order < task.n_past] + [task.n_past]
    return choose_linear_ar(task.training[:2], task.validation[:2], known, ridges)


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


def score_table(scores: Mapping[str, Mapping[str, Score]], unit: str = "g") -> str:
    """Lay out scores, task by task, as text.

    Args:
        scores: for each task's name, each model's score.
        unit: of the errors.

    Returns:
        A table: model, one-step RMSE, free-running RMSE.
    """
    lines = []
    for task, models in scores.items():
        lines += [task, f"  {'model':<28}{f'one step ({unit})':>16}{f'free-running ({unit})':>22}"]
        lines += [f"  {name:<28}{s.one_step:>16.3f}{s.free_running:>22.3f}" for name, s in models.items()]
    return "\n".join(lines)


def _rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(error**2)))
