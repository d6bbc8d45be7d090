"""Unit 15: nets that write, what they are compared with, and where the next point is expected."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from rnnkit.applications import Handwriting, Writing
from rnnkit.applications.bivariate_mixture import log_prob
from rnnkit.course.experiments.fallback import recorded_or_generated
from rnnkit.course.experiments.handwriting import ALPHABET, Reader, Task, new_model, train
from rnnkit.datasets import PenDigits, PenStrings, generate_pen_digits, load_pen_digits, pen_points
from rnnkit.datasets.pen_digits import POINTS

# The net, and the same without what it is compared for.
NETS: dict[str, dict[str, Any]] = {
    "text, 10 components": {"alphabet": ALPHABET},
    "no text, 10 components": {"alphabet": None},
    "text, 1 component": {"alphabet": ALPHABET, "components": 1},
}
# Units of each layer, chosen so that all have as many weights as the first of NETS, within one in a hundred.
DEPTHS: dict[str, dict[str, Any]] = {
    "one layer": {"layers": 1, "units": 111},
    "two layers": {"layers": 2, "units": 67, "connections": "stacked"},
    "two layers with skips": {"layers": 2, "units": 64},
}


def digits_or_generated(count: int = 3000) -> PenDigits:
    """The recorded digits; where their package is missing, a line that says so and as many generated ones."""
    return recorded_or_generated(load_pen_digits, lambda: generate_pen_digits(count))


@dataclass(frozen=True)
class Trained:
    """A net, its loss in each part of the training, and its nats a point on texts held out."""

    model: Handwriting
    losses: np.ndarray
    nats: float


def trained(task: Task, folder: Path, updates: int, seed: int = 0, batch: int = 32, **settings: Any) -> Trained:
    """Train a net on a task and measure it.

    Args:
        task: from `writing_task`.
        folder: for the backups.
        updates, batch: of the training.
        seed: of the weights and of the order.
        settings: of `new_model`, for example one of NETS.
    """
    model = new_model(seed, updates=updates, **settings)
    losses = train(model, task.train, folder, updates=updates, batch=batch, seed=seed)
    return Trained(model, losses, nats_of(model, task.test))


def nats_of(model: Handwriting, strings: PenStrings, texts: list[str] | None = None) -> float:
    """Mean log-density of a point in nats, with the strings' own texts or others."""
    told = (texts or strings.texts) if model.alphabet else None
    return float(model.log_prob(strings.strokes, told).mean())


def others(texts: list[str]) -> list[str]:
    """Texts of the same digits with each digit moved on by one, so that no digit is right: 0 is told for 9."""
    return ["".join(str((int(digit) + 1) % 10) for digit in text) for text in texts]


def normal_by_phase(train: PenStrings, test: PenStrings, phases: int = POINTS) -> float:
    """Nats of a point by a normal for each place within a digit, with no memory but of that place.

    Args:
        train, test: strings to fit to, and to be measured on.
        phases: places that are told apart; 1 is one normal and one coin for all points.
    """
    place = np.arange(1, train.strokes.shape[1]) % phases
    nats = np.zeros(test.strokes[:, 1:, 0].shape)
    for phase in range(phases):
        seen = train.strokes[:, 1:][:, place == phase].reshape(-1, 3).astype(float)
        asked = test.strokes[:, 1:][:, place == phase].astype(float)
        mean, covariance = seen[:, :2].mean(axis=0), np.cov(seen[:, :2].T)
        away = asked[..., :2] - mean
        squared = np.einsum("...i,ij,...j->...", away, np.linalg.inv(covariance), away)
        lifted = seen[:, 2].mean()
        coin = np.where(asked[..., 2] > 0.5, lifted, 1 - lifted)
        nats[:, place == phase] = (
            -np.log(2 * np.pi) - np.linalg.slogdet(covariance)[1] / 2 - squared / 2 + np.log(np.maximum(coin, 1e-300))
        )
    return float(nats.mean())


def legibility(model: Handwriting, reader: Reader, texts: list[str], scale: np.ndarray, bias: float) -> float:
    """The share of digits that a reader reads as what was asked; without an alphabet what comes is compared with it."""
    steps = 2 * POINTS * max(map(len, texts))
    told = {"texts": texts} if model.alphabet else {"count": len(texts)}
    return reader.legibility(model.write(**told, bias=bias, seed=1, steps=steps), texts, scale)


@dataclass(frozen=True)
class Clouds:
    """Densities on the paper, one before each point but the first.

    Attributes:
        values: shape (points − 1, rows, columns), lowest row first, each with the largest value 1.
        extent: left, right, lower and upper edge, in 1/100 of a digit's box.
    """

    values: np.ndarray
    extent: tuple[float, float, float, float]


def clouds(writing: Writing, scale: np.ndarray, cell: float = 4.0, margin: float = 20.0) -> Clouds:
    """Where the next point was expected, before each point of a writing.

    Args:
        writing: what a net has written.
        scale: what an offset of 1 is in 1/100 of a digit's box.
        cell, margin: edge of a cell, and paper around the writing, in 1/100 of a digit's box.
    """
    points = pen_points(writing.strokes, scale)
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    x, y = (np.arange(a + cell / 2, b, cell) for a, b in zip(low, high, strict=True))
    paper = np.stack(np.meshgrid(x, y), axis=-1)
    values = []
    for point, y_hat in zip(points, writing.y_hat, strict=False):
        offsets = np.concatenate([(paper - point) / scale, np.zeros((*paper.shape[:2], 1))], axis=-1)
        nats = keras.ops.convert_to_numpy(log_prob(y_hat[None, None].astype("float32"), offsets.astype("float32")))
        values.append(np.exp(nats - nats.max()))
    left, lower = float(low[0]), float(low[1])
    return Clouds(np.array(values), (left, left + cell * len(x), lower, lower + cell * len(y)))


def strings_read(reader: Reader, strings: PenStrings, texts: list[str]) -> float:
    """The share of recorded strings' digits that a reader reads as those of the texts."""
    writings = [Writing(strokes, np.zeros((len(strokes) - 1, 7)), None) for strokes in strings.strokes]
    return reader.legibility(writings, texts, strings.scale)
