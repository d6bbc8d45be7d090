"""Strings of pen digits: trainings that can be resumed, and whether what a net writes can be read."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit._checks import positive_integer
from rnnkit.applications import Handwriting, MixtureLoss, Writing
from rnnkit.course.experiments.recipes import window_order
from rnnkit.datasets import PenDigits, PenStrings, pen_points, pen_strings
from rnnkit.datasets.pen_digits import POINTS

ALPHABET = "0123456789"


@dataclass(frozen=True)
class Task:
    """Digits for learning and others for the test, single ones and strings of them in the units of the first."""

    digits: PenDigits
    held_out: PenDigits
    train: PenStrings
    test: PenStrings


def writing_task(digits: PenDigits, train: int, test: int, length: int = 5, seed: int = 0) -> Task:
    """Hold out three tenths of the digits, and string each part.

    Args:
        digits: all there are.
        train, test: how many strings of each part.
        length: digits of a string.
        seed: of the split and of the strings.
    """
    own, held_out = digits.split(0.3, seed)
    strings = pen_strings(own, train, length, seed)
    return Task(own, held_out, strings, pen_strings(held_out, test, length, seed + 1, strings.scale))


def new_model(
    seed: int = 0, *, updates: int, units: int = 96, layers: int = 2, rate: float = 6e-3, **settings: Any
) -> Handwriting:
    """A net compiled with Adam, whose rate falls to 0 over the updates.

    Args:
        seed: of the weights.
        updates: of the training.
        units: of each LSTM.
        layers: how many of them.
        rate: of the first update.
        settings: of `Handwriting`.
    """
    import keras

    keras.utils.set_random_seed(seed)
    model = Handwriting([units] * layers, **settings)
    falling = keras.optimizers.schedules.CosineDecay(rate, updates)
    model.compile(keras.optimizers.Adam(falling, global_clipnorm=1.0), MixtureLoss(), jit_compile=False)
    return model


def train(
    model: Handwriting,
    strings: PenStrings,
    folder: Path,
    *,
    updates: int,
    parts: int = 10,
    batch: int = 32,
    seed: int = 0,
    report: str = "",
    callbacks: Sequence[Any] = (),
) -> np.ndarray:
    """Train for a number of updates; when stopped and called again, go on where the last whole part ended.

    Args:
        model: from `new_model`.
        strings: for training.
        folder: for the backup, which is named after model, strings and sizes and removed at the end.
        updates: in all, rounded up to a multiple of `parts`.
        parts: how many; after each comes a backup and a line.
        batch: strings an update.
        seed: of their order, which is the same after a resumption.
        report: the model's name in the lines; without one there are none.
        callbacks: more of Keras's callbacks.

    Returns:
        The loss of each part in nats a point, those before an interruption included, shape (parts,).

    Raises:
        ValueError: a size below 1.
    """
    import keras

    steps = -(-positive_integer("updates", updates) // positive_integer("parts", parts))
    inputs, targets = model.training_data(strings.strokes, strings.texts if model.alphabet else None)
    columns: tuple[np.ndarray, ...] = inputs if model.alphabet else (inputs,)

    def rows(chosen: Any) -> Any:
        each = tuple(values[chosen] for values in columns)
        return each if model.alphabet else each[0]

    model(rows(slice(1)))  # builds it, which a backup needs
    order = window_order(len(targets), parts * steps * positive_integer("batch", batch), seed)
    order = order.reshape(parts, steps, batch)

    class Parts(keras.utils.PyDataset):
        """Batches of the part that the optimizer's own count of updates says comes next."""

        part = 0

        def __len__(self) -> int:
            return steps

        def on_epoch_begin(self) -> None:
            self.part = min(int(model.optimizer.iterations) // steps, parts - 1)

        def __getitem__(self, step: int) -> tuple[Any, np.ndarray]:
            chosen = order[self.part, step]
            return rows(chosen), targets[chosen]

    def tell(part: int, logs: Any) -> None:
        if report:
            print(f"{report}: part {part + 1} of {parts}, loss {logs['loss']:.3f} nats a point", flush=True)

    backup = Path(folder) / _fingerprint(model, strings, (updates, parts, batch, seed))
    backup.mkdir(parents=True, exist_ok=True)
    log = keras.callbacks.CSVLogger(backup / "history.csv", append=True)
    restore = keras.callbacks.BackupAndRestore(backup / "keras", double_checkpoint=True)
    lines = keras.callbacks.LambdaCallback(on_epoch_end=tell)
    model.fit(Parts(), epochs=parts, shuffle=False, verbose=0, callbacks=[log, restore, lines, *callbacks])
    losses = np.genfromtxt(backup / "history.csv", delimiter=",", names=True, ndmin=1)["loss"][-parts:]
    shutil.rmtree(backup)
    return losses


def _fingerprint(model: Handwriting, strings: PenStrings, sizes: tuple[int, ...]) -> str:
    shapes = [tuple(weight.shape) for weight in model.weights]
    described = json.dumps([shapes, model.alphabet, model.components, model.connections, sizes])
    return hashlib.sha256(described.encode() + strings.strokes.tobytes()).hexdigest()[:16]


class Reader:
    """Reads a digit as the label of its nearest neighbour among known digits.

    Args:
        digits: known ones.

    Example:
        >>> from rnnkit.datasets import generate_pen_digits
        >>> digits = generate_pen_digits(30)
        >>> bool((Reader(digits).read(digits.points) == digits.labels).all())
        True
    """

    def __init__(self, digits: PenDigits) -> None:
        self._known = np.array([as_recorded(points) for points in digits.points]).reshape(len(digits), -1)
        self._labels = digits.labels

    def read(self, points: Any) -> np.ndarray:
        """Labels of digits, each of any number of points (points, 2)."""
        asked = np.array([as_recorded(each) for each in points]).reshape(len(points), -1)
        far = (asked**2).sum(axis=1)[:, None] - 2 * asked @ self._known.T + (self._known**2).sum(axis=1)
        return self._labels[far.argmin(axis=1)]

    def legibility(self, writings: Sequence[Writing], texts: Sequence[str], scale: np.ndarray) -> float:
        """The share of the texts' digits that are read as what was asked, each stroke being a digit.

        A digit that is missing counts as not read, and so does every one after a lift in the wrong place.
        """
        right = total = 0
        for writing, text in zip(writings, texts, strict=True):
            digits = [digit for digit in strokes_of(writing.strokes, scale) if len(digit) > 1][: len(text)]
            labels = self.read(digits) if digits else np.zeros(0)
            right += sum(int(label) == int(asked) for label, asked in zip(labels, text, strict=False))
            total += len(text)
        return right / total


def as_recorded(points: np.ndarray) -> np.ndarray:
    """A digit as the recorded ones are: eight points at equal distances along its way, in a box of 100 by 100."""
    points = np.asarray(points, dtype=float)
    if len(points) != POINTS:
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        at = np.linspace(0, along[-1], POINTS)
        points = np.stack([np.interp(at, along, axis) for axis in points.T], axis=1)
    points = points - points.min(axis=0)
    return 100 * points / np.maximum(points.max(axis=0), 1e-9)


def strokes_of(strokes: np.ndarray, scale: np.ndarray) -> list[np.ndarray]:
    """The points of each stroke of a writing, from one lift of the pen to the next: arrays (points, 2)."""
    ends = np.flatnonzero(strokes[:, 2] > 0.5) + 1
    return [part for part in np.split(pen_points(strokes, scale), ends) if len(part)]
