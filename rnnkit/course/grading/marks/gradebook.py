"""Marks as the gradebook has them, and what became of each hand-in."""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbgrader.api import Assignment, BaseCell, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps import NbGrader

from rnnkit.course.grading.marks.allowances import Allowance, grant_extensions
from rnnkit.course.grading.marks.course import open_gradebook
from rnnkit.course.grading.marks.late import days_by_rule, renew_penalties
from rnnkit.course.grading.marks.names import names_in
from rnnkit.course.paths import build_dir

NOTHING_HANDED_IN = ("missing", "refused", "excused")


@dataclass(frozen=True)
class Student:
    """A name on the roster. `lms` is the number that the learning platform has given, if nbgrader knows it."""

    id: str
    first: str
    last: str
    email: str
    lms: str

    @property
    def name(self) -> str:
        """Last name, first name; the id where no name is known."""
        return ", ".join(part for part in (self.last, self.first) if part) or self.id


@dataclass(frozen=True)
class Mark:
    """One student's unit. `automatic` + `manual` are nbgrader's score; `total` is what is left after the penalty.

    `manual` are the points that stand because a person gave them, also where they replace automatic ones;
    `manual_open` are the most that a person still has to give, or to confirm after a new automatic run.
    """

    student: Student
    unit: str
    automatic: float
    manual: float
    manual_open: float
    late_days: int
    penalty: float
    possible: float
    status: str
    reason: str = ""

    @property
    def total(self) -> float:
        """Points after the penalty, never below zero."""
        return max(0.0, self.automatic + self.manual - self.penalty)

    @property
    def counts(self) -> bool:
        """Whether something was handed in and marked."""
        return self.status not in NOTHING_HANDED_IN

    @property
    def final(self) -> bool:
        """Whether all of it is marked; before, `total` is what it has so far."""
        return self.counts and not self.manual_open


@dataclass(frozen=True)
class Exercise:
    """One cell that gives points, with the points that each hand-in reached; those still open are left out.

    `name` is what people call it, `cell` its grade_id.
    """

    unit: str
    name: str
    cell: str
    possible: float
    by_hand: bool
    points: tuple[float, ...]


@dataclass(frozen=True)
class Marks:
    """All that a report tells: units, students by name, a row a student and unit, and the cells that give points."""

    units: tuple[str, ...]
    students: tuple[Student, ...]
    rows: tuple[Mark, ...]
    exercises: tuple[Exercise, ...]


def read_marks(app: NbGrader, units: Sequence[str] = ()) -> Marks:
    """Read the gradebook and, where there, `outcomes.json` of each unit. Late penalties are brought up to date first.

    Args:
        app: the course, from `course_app`.
        units: names of units; by default all that somebody handed in.

    Returns:
        The marks: for each unit a row a student of the roster, also for those who handed in nothing.

    Raises:
        ValueError: a unit that the gradebook does not know, or nothing handed in.
        FileNotFoundError: no gradebook.
    """
    with open_gradebook(app) as gradebook:
        chosen = chosen_units(gradebook, units)
        allowances = grant_extensions(app, gradebook, chosen)
        renew_penalties(app, gradebook, chosen)
        outcomes = {unit: read_outcomes(unit) for unit in chosen}
        roster = {entry.id: _student(entry) for entry in gradebook.students}
        for unit in chosen:
            for unknown in set(outcomes[unit]) - set(roster):
                roster[unknown] = Student(unknown, "", "", "", "")
        students = sorted(roster.values(), key=lambda student: (student.name.casefold(), student.id))
        rows: list[Mark] = []
        exercises: list[Exercise] = []
        for unit in chosen:
            grades = _grades(gradebook, unit)
            rows += [
                _excused(row, allowances.of(row.student.id, unit))
                for row in _rows(app, gradebook, unit, students, outcomes[unit], grades)
            ]
            exercises += _exercises(
                app, gradebook, unit, grades, {row.student.id for row in rows if row.unit == unit and row.counts}
            )
        return Marks(tuple(chosen), tuple(students), tuple(rows), tuple(exercises))


def read_outcomes(unit: str) -> dict[str, dict]:
    """What `rnnkit grade` wrote about a unit, by student; empty where it wrote nothing.

    Raises:
        ValueError: the file is not a list of outcomes.
    """
    path = build_dir() / "grading" / unit / "outcomes.json"
    if not path.is_file():
        return {}
    try:
        return {entry["student"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path}: expected a list of outcomes, received {error!r}. Run `rnnkit grade {unit}`."
        ) from None


def chosen_units(gradebook: Gradebook, units: Sequence[str]) -> list[str]:
    """The units asked for, or all that somebody handed in.

    Raises:
        ValueError: a unit that the gradebook does not know, or nothing handed in.
    """
    known = sorted(assignment.name for assignment in gradebook.assignments)
    unknown = [unit for unit in units if unit not in known]
    if unknown:
        raise ValueError(
            f"unit: expected one that the gradebook knows ({', '.join(known) or 'none'}), received "
            f"{', '.join(unknown)}. Run `rnnkit notebooks` to register the units."
        )
    chosen = list(units) or [u for u in known if gradebook.assignment_submissions(u) or read_outcomes(u)]
    if not chosen:
        raise ValueError("units: expected one that was handed in, received none. Run `rnnkit grade` first.")
    return chosen


def _student(entry: object) -> Student:
    names = ("id", "first_name", "last_name", "email", "lms_user_id")
    return Student(*(str(getattr(entry, name) or "") for name in names))


def _grades(gradebook: Gradebook, unit: str) -> Sequence:
    """The points of a unit by one query: rows with student_id, cell, auto_score, manual_score, score, max_score and
    needs_manual_grade."""
    columns = Grade.auto_score, Grade.manual_score, Grade.score, Grade.max_score, Grade.needs_manual_grade
    query = gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name.label("cell"), *columns)
    query = query.select_from(Grade).join(BaseCell, BaseCell.id == Grade.cell_id)
    query = query.join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
    query = query.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    query = query.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    return query.filter(Assignment.name == unit).all()


def _rows(
    app: NbGrader,
    gradebook: Gradebook,
    unit: str,
    students: Sequence[Student],
    outcomes: Mapping[str, dict],
    grades: Sequence,
) -> list[Mark]:
    possible = float(gradebook.find_assignment(unit).max_score)
    handed_in = {entry.student_id: entry for entry in gradebook.assignment_submissions(unit)}
    points, days = _points(grades), days_by_rule(app)
    rows = []
    for student in students:
        submission, outcome = handed_in.get(student.id), outcomes.get(student.id, {})
        mark = Mark(
            student,
            unit,
            *points.get(student.id, (0.0, 0.0, 0.0)),
            late_days=days(submission.total_seconds_late) if submission else 0,
            penalty=float(submission.late_submission_penalty or 0) if submission else 0.0,
            possible=possible,
            status=outcome.get("status") or ("marked" if submission else "missing"),
            reason=outcome.get("reason") or "; ".join(outcome.get("repairs", [])),
        )
        rows.append(mark)
    return rows


def _excused(mark: Mark, allowance: Allowance) -> Mark:
    """The row, or that of a student who needs no mark."""
    if not allowance.excused:
        return mark
    return replace(mark, status="excused", reason=allowance.why, manual_open=0.0, late_days=0, penalty=0.0)


def _points(grades: Sequence) -> dict[str, tuple[float, float, float]]:
    """Automatic, manual and open points by student."""
    sums: dict[str, tuple[float, float, float]] = {}
    for grade in grades:
        automatic, manual, still = sums.get(grade.student_id, (0.0, 0.0, 0.0))
        if grade.manual_score is None:
            automatic += grade.auto_score or 0.0
            manual += grade.score - (grade.auto_score or 0.0)  # extra credit
        else:
            manual += grade.score
        still += grade.max_score if grade.needs_manual_grade else 0.0
        sums[grade.student_id] = automatic, manual, still
    return sums


def _exercises(app: NbGrader, gradebook: Gradebook, unit: str, grades: Sequence, counted: Set[str]) -> list[Exercise]:
    """The cells of a unit that give points, in the notebook's order."""
    points: dict[str, list[float]] = {}
    for grade in grades:
        if grade.student_id in counted and not grade.needs_manual_grade:
            points.setdefault(grade.cell, []).append(float(grade.score))
    exercises = []
    names = names_in(Path(app.coursedir.root).parent, unit)
    for notebook in gradebook.find_assignment(unit).notebooks:
        by_hand = {cell.name for cell in [*notebook.solution_cells, *notebook.task_cells]}
        for cell in [*notebook.grade_cells, *notebook.task_cells]:
            reached = tuple(points.get(cell.name, ()))
            name = names[cell.name].name if cell.name in names else cell.name
            exercises.append(Exercise(unit, name, cell.name, float(cell.max_score), cell.name in by_hand, reached))
    order = _order_of_cells(app, unit)
    return sorted(exercises, key=lambda exercise: order.get(exercise.cell, len(order)))


def _order_of_cells(app: NbGrader, unit: str) -> dict[str, int]:
    """Positions in the released notebook, which the gradebook does not keep; empty where nothing is released."""
    folder = Path(app.coursedir.format_path(app.coursedir.release_directory, ".", unit))
    ids: list[str] = []
    for path in sorted(folder.glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        ids += [cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata]
    return {grade_id: position for position, grade_id in enumerate(ids)}
