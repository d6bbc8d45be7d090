"""Acceleration recordings of a smart watch, or a recording of your own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit._checks import positive_integer, positive_number
from rnnkit.datasets._packages import package_file
from rnnkit.datasets.tables import TIME_COLUMNS, read_table, read_text

_PACKAGE = "seglearn"
_VERSION = "1.2.5"
_FILE = "seglearn/data/watch_dataset.npy"
_SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"


@dataclass(frozen=True)
class AccelerationRecordings:
    """Recordings that share their axes, unit and sampling rate.

    Attributes:
        signals: one array of shape (samples, axes) a recording, float64.
        axes: name of each column.
        sampling_rate: samples per second, in Hz.
        unit: of every value; "g" (9.81 m/s²) for the watch's recordings.
        labels: what each recording shows, in the order of `signals`.
        source: where the recordings come from, and their licence.
    """

    signals: list[np.ndarray]
    axes: tuple[str, ...]
    sampling_rate: float
    unit: str
    labels: list[str]
    source: str


def load_accelerometer(
    path: str | Path | None = None, *, sampling_rate: float = 50.0, unit: str = "g", min_samples: int = 2
) -> AccelerationRecordings:
    """Read the watch's 140 recordings, or one recording from a file of your own.

    The 140 recordings (947 to 2,618 samples, 50 Hz, axes ax, ay, az) are seven shoulder exercises done 20 times in a
    row by ten people, left and right, with a smart watch on the wrist. The package does not name the unit. It must be
    g: in the calmest seconds the norm of the three axes is 1.0 to 1.1, which is gravity, not 9.81.
    The watch's gyroscope (three more columns) is left out.

    Args:
        path: a file of your own instead: .csv (comma, semicolon, tab or space, with or without a header) or .json
            (a list of numbers, or a list of rows). Columns are axes, rows are samples; no time column.
        sampling_rate: of your own file, in Hz.
        unit: of your own file.
        min_samples: the shortest recording that is accepted.

    Returns:
        The recordings; a file of your own is one recording of shape (samples, axes).

    Raises:
        FileNotFoundError: no such file, or the data package is not installed.
        ValueError: the package's file is not the expected one; your file is empty, too short, not a table of numbers,
            holds values that are not finite, or is neither .csv nor .json.

    Source:
        Python package seglearn 1.2.5, data/watch_dataset.npy, recorded for the study at arxiv.org/abs/1802.01489.
        Licence BSD 3-Clause, copyright 2018 David M. Burns. The file is a pickled array, so its SHA-256 is checked
        before it is unpickled; seglearn itself is never imported.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("ax,ay\\n0.0,1.0\\n0.1,0.9\\n0.2,0.8\\n")
        >>> mine = load_accelerometer(file, sampling_rate=100.0)
        >>> mine.axes, mine.signals[0].shape
        (('ax', 'ay'), (3, 2))
    """
    positive_number("sampling_rate", sampling_rate, "samples per second above 0")
    positive_integer("min_samples", min_samples, "1 or more")
    if path is not None:
        return _own_recording(Path(path), float(sampling_rate), unit, min_samples)
    content = watch_content()
    signals = [np.asarray(recording[:, :3], dtype=np.float64) for recording in content["X"]]
    short = min(len(signal) for signal in signals)
    if short < min_samples:
        raise ValueError(
            f"min_samples: expected at most {short}, the watch's shortest recording, received {min_samples}."
        )
    labels = [
        f"{content['y_labels'][exercise]}, subject {subject}, {'right' if side else 'left'}"
        for exercise, subject, side in zip(content["y"], content["subject"], content["side"], strict=True)
    ]
    return AccelerationRecordings(
        signals,
        axes=tuple(content["X_labels"][:3]),
        sampling_rate=50.0,
        unit="g",
        labels=labels,
        source="Python package seglearn 1.2.5, watch_dataset.npy, (c) 2018 David M. Burns, BSD 3-Clause",
    )


def watch_content() -> dict[str, Any]:
    """The package's file as it is: lists "X", "y", "subject", "side", and names "X_labels", "y_labels"."""
    return np.load(package_file(_PACKAGE, _VERSION, _FILE, _SHA256), allow_pickle=True).item()


def _own_recording(file: Path, sampling_rate: float, unit: str, min_samples: int) -> AccelerationRecordings:
    if not file.is_file():
        raise FileNotFoundError(f"path: expected a .csv or .json file, received {file}, which does not exist.")
    suffix = file.suffix.lower()
    if suffix not in (".csv", ".json"):
        raise ValueError(f"path: expected a .csv or .json file, received {file.name}. Save it in one of these formats.")
    text = read_text(file)
    if not text.strip():
        raise ValueError(f"{file.name}: expected at least {min_samples} samples, received an empty file.")
    names, table = _read_csv(file.name, text) if suffix == ".csv" else _read_json(file.name, text)
    signal = _as_signal(file.name, table, min_samples)
    axes = names or tuple(f"axis {column}" for column in range(signal.shape[1]))
    return AccelerationRecordings([signal], axes, sampling_rate, unit, [file.stem], source=str(file))


def _read_csv(name: str, text: str) -> tuple[tuple[str, ...] | None, list[list[float]]]:
    header, table = read_table(name, text)
    times = [cell for cell in header or () if cell.lower() in TIME_COLUMNS]
    if times:
        raise ValueError(
            f"{name}: expected columns that are axes, received the time column {times[0]!r}. "
            "Drop it and give sampling_rate."
        )
    return header, table


def _read_json(name: str, text: str) -> tuple[None, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{name}: expected JSON, a list of numbers or of rows, received text that is not: {error}."
        ) from None
    if not isinstance(content, list):
        raise ValueError(f"{name}: expected a list of numbers or of rows, received a JSON {type(content).__name__}.")
    return None, content


def _as_signal(name: str, table: list, min_samples: int) -> np.ndarray:
    try:
        signal = np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name}: expected a list of numbers, or rows of equal length, received something else."
        ) from None
    if signal.ndim == 1:
        signal = signal[:, None]
    if signal.ndim != 2:
        raise ValueError(f"{name}: expected rank 1 (samples) or 2 (samples, axes), received shape {signal.shape}.")
    if len(signal) < min_samples:
        raise ValueError(f"{name}: expected at least {min_samples} samples, received {len(signal)}. Record longer.")
    bad = np.argwhere(~np.isfinite(signal))
    if len(bad):
        row, column = (int(i) for i in bad[0])
        raise ValueError(
            f"{name}: expected finite numbers, received {signal[row, column]} in sample {row}, column {column} "
            f"(first of {len(bad)}). Fill or drop the gaps."
        )
    return signal
