"""Unit 11: exercises of people that the network has not seen, speakers and pen digits, each by one recurrent layer."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import keras
import numpy as np
from scipy.spatial.transform import Rotation

from rnnkit._files import write_beside_then_rename
from rnnkit.applications import pad_sequences, sequence_classifier, step_probabilities
from rnnkit.datasets import PenDigits, Vowels, WatchExercises

DECIMATION = 4  # 50 Hz to 12.5 Hz, by means of four samples
WINDOW, HOP = 50, 25  # steps: windows of 4 s, every 2 s
UNITS = 64
NOISE = 0.3  # of the inputs in training, in standard deviations
TURN = 10.0  # degrees by which the watch is turned in training, about each axis
MIRROR = np.array([-1, 1, 1, 1, -1, -1])  # x runs along the arm; a rotation's vector changes where the others do not


@dataclass(frozen=True)
class Fold:
    """What one fold of unseen people gives.

    Attributes:
        people: whose recordings are tested.
        windows: share of windows whose exercise is the likeliest.
        recordings: share of recordings, by the mean of their windows' log-probabilities.
        count: recordings tested.
    """

    people: list[int]
    windows: float
    recordings: float
    count: int


def folds(people: np.ndarray, seed: int = 0, size: int = 2) -> Iterator[np.ndarray]:
    """Each of the people in one group of `size`, drawn at random."""
    order = np.random.default_rng(seed).permutation(np.unique(people))
    for start in range(0, len(order), size):
        yield np.sort(order[start : start + size])


def exercise_windows(data: WatchExercises) -> tuple[np.ndarray, np.ndarray]:
    """Windows of all recordings, shape (windows, 50, 6), and the recording of each, shape (windows,).

    Those of a left arm are mirrored, so that both arms do the same.
    """
    found, recording = [], []
    for i, (signal, right) in enumerate(zip(data.signals, data.sides, strict=True)):
        steps = len(signal) // DECIMATION
        slow = signal[: steps * DECIMATION].reshape(steps, DECIMATION, -1).mean(axis=1)
        slow = slow if right else slow * MIRROR
        for start in range(0, steps - WINDOW + 1, HOP):
            found.append(slow[start : start + WINDOW])
            recording.append(i)
    return np.array(found, np.float32), np.array(recording)


@dataclass(frozen=True)
class Trained:
    """A classifier with the scale of what it was trained on.

    Attributes:
        model: from [sequences, known] to probabilities.
        mean, scale: of the training windows, a number for each axis.
    """

    model: keras.Model
    mean: np.ndarray
    scale: np.ndarray

    def inputs(self, x: np.ndarray) -> list[np.ndarray]:
        return [(x - self.mean) / self.scale, np.ones(x.shape[:2], bool)]

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Of each window's classes, shape (windows, classes)."""
        return keras.ops.convert_to_numpy(self.model(self.inputs(x), training=False))

    def at_each_step(self, x: np.ndarray) -> np.ndarray:
        """What is said if a sequence ended at each of its steps, shape (sequences, time, classes)."""
        return keras.ops.convert_to_numpy(step_probabilities(self.model)(self.inputs(x), training=False))


def turned(x: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """What the watch would have measured had it sat otherwise: each window is turned in space by a rotation of its own.

    Args:
        x: windows of two vectors, acceleration and rate of rotation, shape (windows, time, 6).
        degrees: standard deviation of a rotation's angle about each axis.
        rng: of the rotations.
    """
    R = Rotation.from_rotvec(rng.normal(0, degrees, (len(x), 3)), degrees=True).as_matrix()
    return (x.reshape(*x.shape[:2], 2, 3) @ R[:, None]).reshape(x.shape).astype(x.dtype)


def with_noise(model: keras.Model, features: int, noise: float) -> keras.Model:
    """The same classifier, weights shared, that adds noise to its sequences while it is trained."""
    sequences, known = keras.Input((None, features)), keras.Input((None,), dtype="bool")
    return keras.Model([sequences, known], model([keras.layers.GaussianNoise(noise)(sequences), known]))


def fitted(
    x: np.ndarray,
    y: np.ndarray,
    classes: int,
    seed: int,
    epochs: int,
    *,
    read: str = "mean",
    rate: float = 5e-3,
    noise: float = 0.0,
    turn: float = 0.0,
) -> Trained:
    """An LSTM and what is read of its states, trained on sequences x of one length and their classes y.

    They are scaled by their own mean and standard deviation: nothing is known of those it is tested on. With `turn`, in
    degrees, they are `turned` anew in each pass.
    """
    keras.utils.set_random_seed(seed)
    model = sequence_classifier(keras.layers.LSTM(UNITS, return_sequences=True), x.shape[2], classes, read)
    decay = keras.optimizers.schedules.CosineDecay(rate, -(-len(x) // 64) * epochs)
    learning = with_noise(model, x.shape[2], noise)
    learning.compile(keras.optimizers.Adam(decay), "sparse_categorical_crossentropy")
    trained = Trained(model, x.mean(axis=(0, 1)), x.std(axis=(0, 1)))
    if turn:  # all passes in one
        rng = np.random.default_rng(seed)
        x, y, epochs = np.concatenate([turned(x, turn, rng) for _ in range(epochs)]), np.tile(y, epochs), 1
    learning.fit(trained.inputs(x), y, batch_size=64, epochs=epochs, verbose=0)
    return trained


def score(p: np.ndarray, recording: np.ndarray, exercises: np.ndarray) -> tuple[float, float]:
    """Shares of windows and of recordings that are named rightly."""
    windows = float(np.mean(p.argmax(axis=1) == exercises[recording]))
    log_p = np.log(p + 1e-9)
    whole = {i: log_p[recording == i].mean(axis=0).argmax() == exercises[i] for i in np.unique(recording)}
    return windows, float(np.mean(list(whole.values())))


def unseen_people(
    data: WatchExercises,
    folder: Path | None = None,
    *,
    epochs: int = 15,
    seed: int = 0,
    limit: int | None = None,
    report: Callable[[str], None] | None = print,
) -> list[Fold]:
    """Five folds of two people each, of whom nothing is in the training set.

    Args:
        data: from `load_watch_exercises`.
        folder: where a fold's result is kept, so that a stopped run goes on with the next one; None keeps nothing.
        epochs: passes of each fold.
        seed: of the folds and the weights.
        limit: only the first so many folds.
        report: is told each fold's shares.

    Returns:
        One result a fold.
    """
    x, recording = exercise_windows(data)
    found = []
    for number, people in enumerate(islice(folds(data.people, seed), limit)):
        kept = None if folder is None else Path(folder) / f"fold-{seed}-{epochs}-{number}.json"
        if kept is not None and kept.is_file():
            fold = Fold(**json.loads(kept.read_text(encoding="utf-8")))
        else:
            tested = np.isin(data.people[recording], people)
            y = data.exercises[recording]
            trained = fitted(x[~tested], y[~tested], len(data.names), seed, epochs, noise=NOISE, turn=TURN)
            windows, recordings = score(trained.probabilities(x[tested]), recording[tested], data.exercises)
            fold = Fold(people.tolist(), windows, recordings, len(np.unique(recording[tested])))
            if kept is not None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                write_beside_then_rename(kept, json.dumps(asdict(fold)))
        found.append(fold)
        if report is not None:
            report(f"people {fold.people}: {fold.windows:.1%} of the windows, {fold.recordings:.1%} of the recordings")
    return found


def seen_people(data: WatchExercises, *, epochs: int = 15, seed: int = 0) -> float:
    """The wrong split, to be shown: a fifth of all windows, drawn at random, whose neighbours are in training."""
    x, recording = exercise_windows(data)
    y = data.exercises[recording]
    tested = np.random.default_rng(seed).permutation(len(x)) < len(x) // 5
    p = fitted(x[~tested], y[~tested], len(data.names), seed, epochs, noise=NOISE, turn=TURN).probabilities(x[tested])
    return float(np.mean(p.argmax(axis=1) == y[tested]))


def speakers(train: Vowels, test: Vowels, *, epochs: int = 60, seed: int = 0, noise: float = NOISE) -> float:
    """The share of test utterances whose speaker is named: an LSTM, masks, the last state, noise on the inputs."""
    keras.utils.set_random_seed(seed)
    frames = np.concatenate(train.sequences)
    mean, scale = frames.mean(axis=0), frames.std(axis=0)
    longest = max(map(len, train.sequences + test.sequences))
    (x, known), (new, new_known) = (
        pad_sequences([(s - mean) / scale for s in part.sequences], longest) for part in (train, test)
    )
    plain = sequence_classifier(keras.layers.LSTM(UNITS, return_sequences=True), x.shape[2], 9, "last")
    model = with_noise(plain, x.shape[2], noise)
    updates = -(-len(x) // 32) * epochs
    rate = keras.optimizers.schedules.CosineDecay(5e-3, updates)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit([x, known], train.speakers, batch_size=32, epochs=epochs, verbose=0)
    p = keras.ops.convert_to_numpy(plain([new, new_known], training=False))
    return float(np.mean(p.argmax(axis=1) == test.speakers))


def nearest_mean_vector(train: Vowels, test: Vowels) -> float:
    """The baseline: the speaker of the training utterance whose mean frame is nearest."""
    known, new = (np.array([s.mean(axis=0) for s in part.sequences]) for part in (train, test))
    nearest = ((new[:, None] - known) ** 2).sum(axis=2).argmin(axis=1)
    return float(np.mean(train.speakers[nearest] == test.speakers))


def digits(train: PenDigits, test: PenDigits, *, epochs: int = 20, seed: int = 0) -> float:
    """The share of test digits that are read: the pen's eight points in the order of writing, the last state."""
    x, new = (part.points.astype(np.float32) for part in (train, test))
    p = fitted(x, train.labels, 10, seed, epochs, read="last", rate=1e-2).probabilities(new)
    return float(np.mean(p.argmax(axis=1) == test.labels))


def nearest_digit(train: PenDigits, test: PenDigits) -> float:
    """The baseline: the label of the training digit whose 16 numbers are nearest."""
    known, new = (part.points.reshape(len(part), -1) for part in (train, test))
    distances = (known**2).sum(axis=1) - 2 * new @ known.T  # and the same number for a whole row
    return float(np.mean(train.labels[distances.argmin(axis=1)] == test.labels))


def country(count: int, distance: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Which of two countries was named `distance` steps before the end? Between them stand other words.

    Returns:
        One-hot words, shape (count, distance + 1, 7): the last step is the question, its word the seventh. Labels,
        shape (count,).
    """
    words = rng.integers(2, 6, (count, distance + 1))
    labels = rng.integers(0, 2, count)
    words[:, 0], words[:, -1] = labels, 6
    return np.eye(7, dtype=np.float32)[words], labels


def recalled(kind: str, distance: int, *, updates: int, seed: int = 0, forget_bias: float | None = None) -> float:
    """The share of 1,000 new sentences whose country a layer of 32 units names.

    Args:
        kind: "SimpleRNN" or "LSTM", of Keras.
        distance: from the country to the question.
        updates: of 32 sentences each.
        seed: of weights and sentences.
        forget_bias: where the bias of an LSTM's forget gate begins; Keras's 1 by default.
    """
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    layer = getattr(keras.layers, kind)(UNITS // 2, return_sequences=True)
    model = sequence_classifier(layer, 7, 2, "last")
    if forget_bias is not None:
        bias = keras.ops.convert_to_numpy(layer.cell.bias).copy()
        bias[UNITS // 2 : UNITS] = forget_bias  # the gates' order is i, f, c, o
        layer.cell.bias.assign(bias)
    model.compile(keras.optimizers.Adam(5e-3, global_clipnorm=1.0), "sparse_categorical_crossentropy")
    x, y = country(32 * updates, distance, rng)
    model.fit([x, np.ones(x.shape[:2], bool)], y, batch_size=32, epochs=1, verbose=0)
    x, y = country(1000, distance, rng)
    p = keras.ops.convert_to_numpy(model([x, np.ones(x.shape[:2], bool)], training=False))
    return float(np.mean(p.argmax(axis=1) == y))
