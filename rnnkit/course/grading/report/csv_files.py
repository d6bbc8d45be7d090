"""Marks as CSV: for people, for Canvas and for Moodle.

Names and reasons come from outside. A spreadsheet runs a cell that begins like a formula, so such a cell gets an
apostrophe in front, by which spreadsheets take it as text (OWASP, "CSV Injection").
"""

import csv
import io
from collections.abc import Iterable, Sequence

from rnnkit.course.grading.marks.gradebook import Mark, Marks

COLUMNS = (
    "student",
    "name",
    "unit",
    "automatic points",
    "manual points",
    "manual points open",
    "late days",
    "penalty",
    "total",
    "possible",
    "status",
    "final",
)
# The second row: Canvas knows it by these words, with the blanks that its own export has.
POINTS_POSSIBLE = "    Points Possible"
NO_GRADE = "-"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def marks_csv(marks: Marks) -> str:
    """One row a student and unit. Where "final" is "no" the total is what a hand-in has so far."""
    rows = (
        [
            mark.student.id,
            mark.student.name,
            mark.unit,
            *map(_rounded, (mark.automatic, mark.manual, mark.manual_open)),
            mark.late_days,
            *map(_rounded, (mark.penalty, mark.total, mark.possible)),
            mark.status,
            ("yes" if mark.final else "no") if mark.counts else "",
        ]
        for mark in marks.rows
    )
    return _written([COLUMNS, *rows])


def canvas_csv(marks: Marks, unfinished: bool = False) -> str:
    """Final totals, or with `unfinished` those so far too, in the columns of Canvas's gradebook import.

    Canvas finds a student by ID (its own number: nbgrader's `lms_user_id`), then by SIS User ID, then by SIS Login ID;
    nbgrader's id is given as both. Canvas asks which of its assignments a column is, or makes a new one. An empty cell
    changes nothing: nothing was handed in, or it was refused, or it waits for points given by hand.
    """
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *marks.units]
    possible = {mark.unit: _rounded(mark.possible) for mark in marks.rows}
    rows: list[Sequence] = [header, [POINTS_POSSIBLE, "", "", "", "", *(possible[unit] for unit in marks.units)]]
    for student, totals in _totals(marks, unfinished):
        known = [student.name, student.lms, student.id, student.id, ""]
        rows.append([*known, *("" if total is None else total for total in totals)])
    return _written(rows)


def moodle_csv(marks: Marks, unfinished: bool = False) -> str:
    """Final totals, or with `unfinished` those so far too, in the columns of Moodle's grade import and export.

    In Moodle map "ID number" or "Email address" to the user, and each unit to a grade item of as many points. "-" is
    Moodle's sign for no grade: nothing was handed in, or it was refused, or it waits for points given by hand.
    """
    rows: list[Sequence] = [["First name", "Last name", "ID number", "Email address", *marks.units]]
    for student, totals in _totals(marks, unfinished):
        known = [student.first, student.last, student.id, student.email]
        rows.append([*known, *(NO_GRADE if total is None else total for total in totals)])
    return _written(rows)


def as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    Example:
        >>> as_text("=1+1"), as_text("Ada")
        ("'=1+1", 'Ada')
    """
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) and cell != NO_GRADE else cell


def _totals(marks: Marks, unfinished: bool) -> Iterable[tuple]:
    by_student: dict[str, dict[str, Mark]] = {}
    for mark in marks.rows:
        by_student.setdefault(mark.student.id, {})[mark.unit] = mark
    for student in marks.students:
        own = by_student[student.id]
        told = [own[unit].counts if unfinished else own[unit].final for unit in marks.units]
        yield student, [_rounded(own[u].total) if tell else None for u, tell in zip(marks.units, told, strict=True)]


def _rounded(points: float) -> float | int:
    """Two decimals, as Canvas and Moodle keep them; whole numbers without."""
    value = round(points, 2)
    return int(value) if value == int(value) else value


def _written(rows: Iterable[Sequence]) -> str:
    """CSV with every text in quotes: a separator of another country does not split it."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerows([as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()
