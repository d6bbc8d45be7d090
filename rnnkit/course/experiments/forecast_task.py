"""One or more signals split by time into training, validation and test, with windows cut inside each part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.identification import Windows, cut_frames, cut_windows, split_by_time

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
    shares: Sequence[float] = (0.5, 0.2, 0.3),
    max_windows: int | None = None,
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
        max_windows: in each part; of more, so many are taken at even distances.

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
        if max_windows and len(joined.starts) > max_windows:
            kept = np.linspace(0, len(joined.starts) - 1, max_windows).astype(int)
            joined = Windows(*(column[kept] for column in joined))
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
