"""`rnnkit fill`: marks into a file that the platform itself made, so that it finds each student and each column again.

Source:
    Moodle's grading worksheet: mod/assign/feedback/offline/importgradeslib.php; a row is found by "Identifier" and is
    taken if "Grade" has a number up to the assignment's maximum and "Last modified (grade)" is not older than Moodle's.
    Canvas's gradebook: the five first columns as exported, an assignment as "name (number)", EX for excused. An empty
    cell changes nothing, in both.
"""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from rnnkit.course.grading.lms.roster import plain
from rnnkit.course.grading.lms.tables import cell, columns_of, read_table
from rnnkit.course.grading.lms.whose import WORKSHEET
from rnnkit.course.grading.marks.gradebook import Mark, Marks, Student

CANVAS = ("student", "id", "sis user id", "sis login id", "section")
_POINTS = "points possible"

Rows = list[list[str]]


def filled(
    path: Path, marks_of: Callable[[Sequence[str]], Marks], units: Sequence[str], unit: str | None = None
) -> tuple[str, list[str]]:
    """The text of the file with the marks in it.

    Args:
        path: a grading worksheet of Moodle, or a gradebook exported from Canvas.
        marks_of: reads the marks of units.
        units: all there are.
        unit: that of a worksheet; by default the one that the file's name has in it.

    Returns:
        The text, as CSV with commas, and what is to be known, in words.

    Raises:
        ValueError: neither of the two files, no column for a unit, or other points than the unit has.
    """
    rows = read_table(path)
    header = rows[0] if rows else []
    titles = [title.strip().casefold() for title in header]
    if "identifier" in titles and "grade" in titles:
        named = [name for name in units if plain(name) in plain(path.stem)] if unit is None else [unit]
        if len(named) != 1:
            raise ValueError(f"unit: expected one in the name of {path}, found {len(named)}; name it behind the file.")
        done, notes = _worksheet(path, rows, marks_of(named))
    elif "student" in titles and "id" in titles:
        done, notes = _canvas(path, rows, marks_of, [unit] if unit else units)
    else:
        raise ValueError(
            f"{path}: expected Moodle's grading worksheet (Identifier, Grade) or Canvas's gradebook (Student, ID), "
            f"received the columns {', '.join(header)[:200] or 'none'}."
        )
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(done)
    return text.getvalue(), notes


def _worksheet(path: Path, rows: Rows, marks: Marks) -> tuple[Rows, list[str]]:
    columns = columns_of(path, rows[0], WORKSHEET)
    people, notes = _People(marks), _Notes()
    for number, row in enumerate(rows[1:], start=2):
        mark = people.mark(
            marks.units[0], cell(row, columns, "number"), cell(row, columns, "email"), cell(row, columns, "name")
        )
        if mark is None:
            notes.unknown.append(f"row {number}")
            continue
        most = cell(row, columns, "most").replace(",", ".")
        if most and abs(float(most) - mark.possible) > 1e-6:
            raise ValueError(
                f"{path}: expected the assignment's maximum grade to be the unit's {mark.possible:g} points, received "
                f"{most}; Moodle would leave out what is above. Change it in the assignment's settings."
            )
        row[columns["grade"]] = _shown(mark, notes, "")
    return rows, notes.told()


def _canvas(path: Path, rows: Rows, marks_of: Callable, units: Sequence[str]) -> tuple[Rows, list[str]]:
    titles = [title.strip().casefold() for title in rows[0]]
    place = {unit: [i for i, t in enumerate(titles) if i >= len(CANVAS) and plain(unit) in plain(t)] for unit in units}
    twice = [unit for unit, found in place.items() if len(found) > 1]
    chosen = {unit: found[0] for unit, found in place.items() if len(found) == 1}
    if twice or not chosen:
        raise ValueError(
            f"{path}: expected one assignment with a unit's name in its name, as {units[0]}; received "
            f"{f'two for {twice[0]}' if twice else 'none'}."
        )
    marks, notes = marks_of(list(chosen)), _Notes()
    people = _People(marks)
    kept = [titles.index(title) for title in CANVAS if title in titles]
    known = {title: i for i, title in enumerate(titles)}
    done = [[rows[0][i] for i in [*kept, *chosen.values()]]]
    for number, row in enumerate(rows[1:], start=2):
        row += [""] * (len(rows[0]) - len(row))
        fixed = [row[i] for i in kept]
        if row[titles.index("student")].strip().casefold() == _POINTS:
            _same_points(path, row, chosen, marks)
            done.append([*fixed, *(row[i] for i in chosen.values())])
            continue
        if not cell(row, known, "id"):
            continue  # "Manual Posting", and what else is no student
        login, sis = cell(row, known, "sis login id"), cell(row, known, "sis user id")
        found = [
            people.mark(unit, login, "", cell(row, known, "student"), cell(row, known, "id"), sis) for unit in chosen
        ]
        if not any(found):
            notes.unknown.append(f"row {number}")
            continue
        done.append([*fixed, *("" if mark is None else _shown(mark, notes, "EX") for mark in found)])
    return done, notes.told()


def _same_points(path: Path, row: Sequence[str], chosen: dict[str, int], marks: Marks) -> None:
    possible = {mark.unit: mark.possible for mark in marks.rows}
    for unit, i in chosen.items():
        try:
            same = abs(float(row[i]) - possible[unit]) < 1e-6
        except ValueError:
            continue  # "(read only)", or an assignment without points
        if not same:
            raise ValueError(
                f"{path}: expected {possible[unit]:g} points possible for {unit}, received {row[i].strip()}; change "
                "them in the assignment, so that a mark means the same in both."
            )


class _Notes:
    def __init__(self) -> None:
        self.unknown: list[str] = []
        self.open = 0

    def told(self) -> list[str]:
        """What was left out."""
        notes = []
        if self.open:
            notes.append(f"{self.open} marks are left out, they wait for points given by hand: rnnkit formgrader")
        if self.unknown:
            more = f" and {len(self.unknown) - 5} more" if len(self.unknown) > 5 else ""
            notes.append(f"not on the roster: {', '.join(self.unknown[:5])}{more}")
        return notes


def _shown(mark: Mark, notes: _Notes, excused: str) -> str:
    if mark.status == "excused":
        return excused
    if not mark.counts:
        return ""
    if mark.manual_open > 0:
        notes.open += 1
        return ""
    return f"{mark.total:.2f}".rstrip("0").rstrip(".")


class _People:
    """Marks by whatever a platform knows of a student; a name only where it is one student's."""

    def __init__(self, marks: Marks) -> None:
        self.marks = {(mark.student.id, mark.unit): mark for mark in marks.rows}
        self.found: dict[tuple[str, str], list[Student]] = {}
        for student in marks.students:
            keys = {("lms", student.lms), ("id", student.id), ("email", student.email.casefold())}
            keys |= {("name", plain(student.first + student.last)), ("name", plain(student.last + student.first))}
            for key in keys:
                self.found.setdefault(key, []).append(student)

    def mark(self, unit: str, id: str, email: str, name: str, lms: str = "", other: str = "") -> Mark | None:
        """A student's, asked for by the surest first."""
        asked = ("lms", lms), ("id", id), ("id", other), ("email", email.casefold()), ("name", plain(name))
        for kind, value in asked:
            students = self.found.get((kind, value), []) if value else []
            # One of that name with another number is another student.
            fitting = [s for s in students if kind != "name" or not (lms and s.lms) or lms == s.lms]
            if len(fitting) == 1:
                return self.marks.get((fitting[0].id, unit))
        return None
