"""Seven shoulder exercises of ten people, recorded by a smart watch, with who did what."""

from dataclasses import dataclass

import numpy as np

from rnnkit.datasets.accelerometer import watch_content


@dataclass(frozen=True)
class WatchExercises:
    """The watch's recordings with what a classifier learns, and by whom they must be split.

    Attributes:
        signals: one float64 array of shape (samples, 6) a recording: acceleration in g, then the gyroscope's rates.
        exercises: number of what is done, 0 to 6, shape (recordings,).
        people: number of who does it, shape (recordings,).
        sides: 1 for the right arm, 0 for the left, shape (recordings,).
        names: of the exercises.
        sampling_rate: in Hz.
        source: where the recordings come from, and their licence.
    """

    signals: list[np.ndarray]
    exercises: np.ndarray
    people: np.ndarray
    sides: np.ndarray
    names: tuple[str, ...]
    sampling_rate: float
    source: str


def load_watch_exercises() -> WatchExercises:
    """Read the 140 recordings of `load_accelerometer`, all six axes, with exercise, person and side as numbers.

    Who is in the training set must not be in the test set: recordings of one person are alike.

    Returns:
        The recordings.

    Raises:
        FileNotFoundError: the data package is not installed.
        ValueError: the package's file is not the expected one.

    Source:
        As `load_accelerometer`.
    """
    content = watch_content()
    exercises, people, sides = (np.asarray(content[name]).astype(int) for name in ("y", "subject", "side"))
    return WatchExercises(
        [np.asarray(recording, dtype=np.float64) for recording in content["X"]],
        exercises,
        people,
        sides,
        names=tuple(map(str, content["y_labels"])),
        sampling_rate=50.0,
        source="Python package seglearn 1.2.5, watch_dataset.npy, (c) 2018 David M. Burns, BSD 3-Clause",
    )
