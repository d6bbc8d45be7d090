"""Texts of digits as one pen would write them: single digits side by side, as offsets from point to point."""

from dataclasses import dataclass

import numpy as np

from rnnkit._checks import finite_array, positive_integer
from rnnkit.datasets.pen_digits import POINTS, PenDigits

GAP = 30.0  # between the boxes of two digits, in 1/100 of a box


@dataclass(frozen=True)
class PenStrings:
    """Texts of one length, each with the way of the pen that writes it.

    Attributes:
        strokes: shape (texts, points, 3), float32. A point's x and y as offset from the point before, divided by
            `scale`; then 1 where the pen is lifted after the point, at a digit's end, else 0. The first point's
            offset is that from the origin (0, 0), and is 0.
        texts: the texts, all of one length.
        scale: shape (2,): what an offset of 1 is in x and y, in 1/100 of a digit's box.
    """

    strokes: np.ndarray
    texts: list[str]
    scale: np.ndarray


def pen_strings(
    digits: PenDigits, count: int, length: int = 5, seed: int = 0, scale: np.ndarray | None = None
) -> PenStrings:
    """String digits together at random.

    Recorded coordinates are integers and often exactly 0 or 100, so that a density could grow without limit where
    points lie on top of each other. Each is therefore moved by a number drawn evenly from -½ to ½: then the
    log-density of a point is at most that of its cell, and figures of different models can be compared.

    Args:
        digits: from which each text's digits are drawn, with replacement.
        count: texts.
        length: digits of each text; a text has 8 points for each digit.
        seed: the same seed gives the same strings.
        scale: shape (2,), of the training set, for any other set. By default the standard deviation of the offsets.

    Raises:
        ValueError: a size below 1; a scale that is not two numbers above 0.

    Example:
        >>> from rnnkit.datasets import generate_pen_digits
        >>> training = pen_strings(generate_pen_digits(50), count=7, length=5)
        >>> training.strokes.shape, len(training.texts[0]), int(training.strokes[0, :, 2].sum())
        ((7, 40, 3), 5, 5)
        >>> test = pen_strings(generate_pen_digits(50, seed=1), count=3, length=2, scale=training.scale)
    """
    count, length = positive_integer("count", count), positive_integer("length", length)
    rng = np.random.default_rng(seed)
    which = rng.integers(0, len(digits), size=(count, length))
    points = digits.points[which] + rng.uniform(-0.5, 0.5, size=(count, length, POINTS, 2))
    # Each digit begins a gap to the right of the box of the one before it.
    points[..., 0] -= digits.points[which][..., 0].min(axis=2)[..., None]
    widths = np.ptp(digits.points[which][..., 0], axis=2) + GAP
    points[..., 0] += (np.cumsum(widths, axis=1) - widths)[..., None]
    points = points.reshape(count, length * POINTS, 2)
    offsets = np.diff(points, axis=1, prepend=points[:, :1])
    scale = _scale(offsets[:, 1:] if scale is None else None, scale)
    lifted = np.zeros((count, length, POINTS, 1))
    lifted[:, :, -1] = 1.0
    strokes = np.concatenate([offsets / scale, lifted.reshape(count, -1, 1)], axis=-1)
    texts = ["".join(map(str, row)) for row in digits.labels[which]]
    return PenStrings(strokes.astype(np.float32), texts, scale)


def pen_points(strokes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The points of one text or of several, in 1/100 of a digit's box: shape (..., points, 3) gives (..., points, 2).

    Example:
        >>> pen_points([[0.0, 0.0, 0.0], [1.0, 2.0, 0.0], [1.0, 0.0, 1.0]], scale=[10.0, 5.0]).tolist()
        [[0.0, 0.0], [10.0, 10.0], [20.0, 10.0]]
    """
    strokes = finite_array("strokes", strokes)
    return np.cumsum(strokes[..., :2] * _scale(None, scale), axis=-2)


def _scale(offsets: np.ndarray | None, given: object) -> np.ndarray:
    if offsets is not None:
        return offsets.std(axis=(0, 1))
    scale = finite_array("scale", given, shape="(2,)", ndim=1)
    if scale.shape != (2,) or (scale <= 0).any():
        raise ValueError(f"scale: expected two numbers above 0, for x and y, received {scale.tolist()}.")
    return scale
