"""Who has more time, and who is excused: `course/allowances.csv`, a row a student and unit.

    student,unit,extra days,excused,why
    ada,02_bit_counting,3,,ill until the 12th
    bob,all,,yes,has the credits of last year

`extra days` go to nbgrader's extension, from which the late days follow; whoever is excused has no mark in a unit,
which is neither missing nor zero. `all` stands for every unit; a row that names the unit counts more. Where the file
is there, it alone says who has an extension.
"""

import csv
import io
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGrader

COLUMNS = ("student", "unit", "extra days", "excused", "why")
ALL = "all"
_YES, _NO = ("yes", "y", "true", "1", "x"), ("", "no", "n", "false", "0")
_MOST_DAYS = 366


@dataclass(frozen=True)
class Allowance:
    """A row of the file."""

    days: float = 0.0
    excused: bool = False
    why: str = ""


class Allowances(dict[tuple[str, str], Allowance]):
    """Allowances by student and unit."""

    def of(self, student: str, unit: str) -> Allowance:
        """What a student has in a unit."""
        return self.get((student, unit)) or self.get((student, ALL)) or Allowance()


def read_allowances(app: NbGrader, students: Collection[str], units: Collection[str]) -> Allowances | None:
    """The file of a course; None where there is none.

    Args:
        app: the course.
        students: ids that the gradebook knows.
        units: units that it knows.

    Raises:
        ValueError: a row that cannot be meant; the message names it.
    """
    path = Path(app.coursedir.root) / "allowances.csv"
    if not path.is_file():
        return None
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: expected CSV in UTF-8, received a file that cannot be read ({error}).") from None
    header = tuple(title.strip().casefold() for title in rows[0]) if rows else ()
    if header != COLUMNS:
        raise ValueError(f"{path}: expected the columns {','.join(COLUMNS)}, received {','.join(header) or 'none'}.")
    found = Allowances()
    for number, row in enumerate(rows[1:], start=2):
        if not any(map(str.strip, row)):
            continue
        try:
            key, allowance = _row([value.strip() for value in row], students, units)
            if key in found:
                raise ValueError("one row for a student and unit, received a second")
        except ValueError as error:
            raise ValueError(f"{path}, row {number}: expected {error}.") from None
        found[key] = allowance
    return found


def grant_extensions(app: NbGrader, gradebook: Gradebook, units: Iterable[str]) -> Allowances:
    """Write the extensions into the gradebook, where they differ; late penalties are to be renewed then."""
    students = [entry.id for entry in gradebook.students]
    allowances = read_allowances(app, students, [entry.name for entry in gradebook.assignments])
    if allowances is None:
        return Allowances()
    for unit in units:
        for submission in gradebook.assignment_submissions(unit):
            days = allowances.of(submission.student_id, unit).days
            if (submission.extension or timedelta()) != timedelta(days=days):
                submission.extension = timedelta(days=days) if days else None
    gradebook.db.commit()
    return allowances


def _row(row: list[str], students: Collection[str], units: Collection[str]) -> tuple[tuple[str, str], Allowance]:
    """A row's key and content; the error says what was expected."""
    if len(row) != len(COLUMNS):
        raise ValueError(f"{len(COLUMNS)} cells, received {len(row)}; words with a comma stand in quotes")
    student, unit, days, excused, why = row
    if student not in students:
        raise ValueError(f"a student whom the gradebook knows, received {student!r}; see `rnnkit roster`")
    if unit != ALL and unit not in units:
        raise ValueError(f"{ALL} or a unit that the gradebook knows, received {unit!r}")
    try:
        extra = float(days or 0)
    except ValueError:
        extra = math.nan
    if not 0 <= extra <= _MOST_DAYS:
        raise ValueError(f"extra days from 0 to {_MOST_DAYS}, received {days!r}")
    if excused.casefold() not in (*_YES, *_NO):
        raise ValueError(f"excused to be yes or empty, received {excused!r}")
    return (student, unit), Allowance(extra, excused.casefold() in _YES, why)
