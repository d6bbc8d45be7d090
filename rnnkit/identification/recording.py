"""A recording of one's own: inputs and outputs of a system with their units, out of a CSV file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnkit._checks import positive_number
from rnnkit.datasets.tables import TIME_COLUMNS, read_table, read_text

_HEADING = re.compile(r"^(?P<name>[^\[\]]*?)\s*(?:\[(?P<unit>[^\[\]]*)\])?$")
_JITTER = 0.01  # of a sampling time that counts as constant


@dataclass(frozen=True)
class Recording:
    """Inputs and outputs of a system, in the units of the file.

    Attributes:
        u: inputs, shape (T, M).
        y: outputs, shape (T, J).
        input_names, output_names: of the columns.
        input_units, output_units: "" where the file names none.
        sampling_time: from one row to the next, in `time_unit`.
        time_unit: "s" where the file names none.
    """

    u: np.ndarray
    y: np.ndarray
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    input_units: tuple[str, ...]
    output_units: tuple[str, ...]
    sampling_time: float
    time_unit: str

    @property
    def input_labels(self) -> list[str]:
        """For a picture's axis: "current (A)"."""
        return [label(name, unit) for name, unit in zip(self.input_names, self.input_units, strict=True)]

    @property
    def output_labels(self) -> list[str]:
        """For a picture's axis: "speed (rad/s)"."""
        return [label(name, unit) for name, unit in zip(self.output_names, self.output_units, strict=True)]

    def __getitem__(self, steps: slice) -> "Recording":
        """The same recording, some steps in a row alone: `recording[:500]`."""
        if not isinstance(steps, slice) or steps.step not in (None, 1):
            raise ValueError(f"steps: expected a slice of steps in a row, received {steps!r}. Take recording[a:b].")
        return Recording(self.u[steps], self.y[steps], *list(vars(self).values())[2:])

    def __len__(self) -> int:
        return len(self.u)


def label(name: str, unit: str) -> str:
    """A name and its unit as the axis of a picture has them.

    Example:
        >>> label("speed", "rad/s"), label("count", "")
        ('speed (rad/s)', 'count')
    """
    return f"{name} ({unit})" if unit else name


def read_csv(
    path: str | Path,
    inputs: str | Sequence[str] | None = None,
    outputs: str | Sequence[str] | None = None,
    sampling_time: float | None = None,
) -> Recording:
    """Read a recording from a CSV file whose first row names the columns, with units in brackets.

    The first row reads like `time [s],voltage [V],speed [rad/s]`; the separator is a comma, semicolon, tab or space
    (names with a space need one of the others). Each further row is a step. A column called time, t, timestamp or
    seconds gives the sampling time, which must be constant to 1 %.

    Args:
        path: of the file.
        inputs: names of the input columns; by default all that are neither time nor outputs.
        outputs: names of the output columns; by default the last column.
        sampling_time: of a file without a time column.

    Returns:
        The recording.

    Raises:
        FileNotFoundError: no such file.
        ValueError: no header, a heading that cannot be read or comes twice, unknown columns, no column left for the
            inputs, a cell that is not a finite number, a sampling time that is missing, not positive or not constant.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "motor.csv"
        >>> _ = file.write_text("time [s],voltage [V],speed [rad/s]" + chr(10) + "0,1,0" + chr(10) + "0.1,2,0.5")
        >>> motor = read_csv(file)
        >>> motor.output_labels, motor.u.tolist(), motor.sampling_time
        (['speed (rad/s)'], [[1.0], [2.0]], 0.1)
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"path: expected a CSV file, received {file}, which does not exist.")
    text = read_text(file)
    if not text.strip():
        raise ValueError(f"{file.name}: expected a row of names and rows of numbers, received an empty file.")
    header, rows = read_table(file.name, text)
    units = _units(file.name, header)
    table = np.array(rows).reshape(len(rows), len(units))
    _finite(file.name, table, list(units))
    columns = dict(zip(units, table.T, strict=True))
    times = [name for name in units if name.lower() in TIME_COLUMNS]
    step = _sampling_time(file.name, columns[times[0]] if times else None, sampling_time)
    signals = [name for name in units if name not in times[:1]]
    of_outputs = _chosen(file.name, "outputs", outputs, signals, signals[-1:])
    of_inputs = _chosen(file.name, "inputs", inputs, signals, [name for name in signals if name not in of_outputs])
    both = set(of_inputs) & set(of_outputs)
    if both:
        raise ValueError(f"inputs, outputs: expected different columns, received {sorted(both)[0]!r} in both.")
    return Recording(
        np.stack([columns[name] for name in of_inputs], axis=1),
        np.stack([columns[name] for name in of_outputs], axis=1),
        tuple(of_inputs),
        tuple(of_outputs),
        tuple(units[name] for name in of_inputs),
        tuple(units[name] for name in of_outputs),
        step,
        (units[times[0]] if times else "") or "s",
    )


def _units(file: str, header: tuple[str, ...] | None) -> dict[str, str]:
    if header is None:
        raise ValueError(
            f"{file}: expected a first row of names with units, such as 'current [A],speed [rad/s]', received numbers."
        )
    units: dict[str, str] = {}
    for cell in header:
        found = _HEADING.match(cell)
        if not found or not found["name"]:
            raise ValueError(f"{file}: expected headings such as 'speed [rad/s]', received {cell!r}.")
        if found["name"] in units:
            raise ValueError(f"{file}: expected each column once, received {found['name']!r} twice. Rename one.")
        units[found["name"]] = (found["unit"] or "").strip()
    return units


def _finite(file: str, table: np.ndarray, names: list[str]) -> None:
    if len(table) < 2:
        raise ValueError(f"{file}: expected 2 rows of numbers or more, received {len(table)}. Record longer.")
    bad = np.argwhere(~np.isfinite(table))
    if len(bad):
        row, column = (int(i) for i in bad[0])
        raise ValueError(
            f"{file}, row {row + 2}: expected finite numbers, received {table[row, column]} in column "
            f"{names[column]!r} (first of {len(bad)}). Fill or drop the gaps."
        )


def _sampling_time(file: str, time: np.ndarray | None, given: float | None) -> float:
    if time is None:
        return positive_number("sampling_time", given, f"a number above 0, as {file} has no time column")
    if given is not None:
        raise ValueError(f"sampling_time: expected none, as {file} has a time column, received {given!r}.")
    steps = np.diff(time)
    step = float((time[-1] - time[0]) / len(steps))
    wrong = np.flatnonzero(~(np.abs(steps - step) <= _JITTER * abs(step)))
    if not step > 0 or len(wrong):
        row = int(wrong[0]) if len(wrong) else 0
        raise ValueError(
            f"{file}, row {row + 3}: expected a constant sampling time, {step:.6g} on average, received a step of "
            f"{steps[row]:.6g}. Resample the recording to even steps, for example with numpy.interp."
        )
    return float(f"{step:.9g}")


def _chosen(
    file: str, argument: str, given: str | Sequence[str] | None, signals: list[str], default: list[str]
) -> list[str]:
    names = default if given is None else [given] if isinstance(given, str) else list(given)
    unknown = [name for name in names if name not in signals]
    if unknown:
        raise ValueError(f"{argument}: expected columns of {file}, {', '.join(signals)}; received {unknown[0]!r}.")
    if not names or len(set(names)) < len(names):
        received = "none" if not names else f"{', '.join(names)}"
        raise ValueError(
            f"{argument}: expected one or more columns of {file}, each once, received {received}. Name them, or add a "
            "column."
        )
    return names
