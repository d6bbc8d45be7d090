"""The report as one HTML page: no script, no network, everything that comes from outside escaped."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from statistics import mean, median
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rnnkit.course.grading.marks.gradebook import Exercise, Mark, Marks, Student
from rnnkit.course.grading.report.pictures import Image, image
from rnnkit.course.grading.report.plots.exercise_difficulty import exercise_difficulty
from rnnkit.course.grading.report.plots.late_day_bars import late_day_bars
from rnnkit.course.grading.report.plots.score_histogram import score_histogram
from rnnkit.course.grading.report.plots.status_bars import status_bars

Table = tuple[list[tuple[str, bool]], list[list[str]]]


def html_page(marks: Marks, course: str, rule: str, written: datetime) -> str:
    """The page.

    Args:
        marks: what it tells.
        course: the course's name, for the title.
        rule: the rule for late hand-ins, in a sentence.
        written: date and time for its head.

    Returns:
        HTML.
    """
    environment = Environment(
        loader=PackageLoader("rnnkit.course.grading.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    by_unit = {unit: [mark for mark in marks.rows if mark.unit == unit] for unit in marks.units}
    return environment.get_template("page.html.j2").render(
        course=course,
        rule=rule,
        written=f"{written:%Y-%m-%d %H:%M}",
        students=len(marks.students),
        overview=_overview(by_unit),
        statuses=_statuses(by_unit),
        status_table=_status_table(by_unit),
        late=_late(marks.rows),
        units=[_unit(unit, rows, marks.exercises) for unit, rows in by_unit.items()],
    )


def _unit(unit: str, rows: Sequence[Mark], exercises: Sequence[Exercise]) -> dict[str, Any]:
    own = [exercise for exercise in exercises if exercise.unit == unit]
    return {
        "name": unit,
        "counted": _counted(rows),
        "scores": _scores(rows, own),
        "difficulty": _difficulty(own),
        "exercises": _exercise_table(own),
        "remarks": _table("reason, status, students", "", _remarks(rows)),
        "marks": _mark_table(rows),
    }


def _remarks(rows: Sequence[Mark]) -> list[list[str]]:
    """A row a reason, however many it holds for."""
    students: dict[tuple[str, str], list[Student]] = {}
    for mark in rows:
        if mark.counts and mark.reason or mark.status == "refused":
            students.setdefault((mark.reason, mark.status), []).append(mark.student)
    return [
        [reason, f"{len(them)} {status}", "; ".join(f"{s.name} ({s.id})" if s.name != s.id else s.id for s in them)]
        for (reason, status), them in students.items()
    ]


def _overview(by_unit: dict[str, list[Mark]]) -> Table:
    rows = []
    for unit, marks in by_unit.items():
        totals = [mark.total for mark in marks if mark.final]
        handed_in = sum(mark.counts for mark in marks)
        figures = [f"{mean(totals):.1f}", f"{median(totals):.1f}"] if totals else ["", ""]
        late = sum(mark.late_days > 0 for mark in marks)
        rows.append([unit, handed_in, late, handed_in - len(totals), len(totals), *figures, f"{marks[0].possible:g}"])
    return _table("unit", "handed in, late, wait for marking, marked, mean, median, of", rows)


def _statuses(by_unit: dict[str, list[Mark]]) -> Image:
    counts = {unit: dict(Counter(mark.status for mark in marks).most_common()) for unit, marks in by_unit.items()}
    told = "; ".join(f"{u}: " + ", ".join(f"{n} {status}" for status, n in c.items()) for u, c in counts.items())
    size = (8, 1.3 + 0.45 * len(counts))
    return image(partial(status_bars, counts=counts), size, f"Students by status. {told}.")


def _status_table(by_unit: dict[str, list[Mark]]) -> Table:
    statuses = [status for status, _ in Counter(m.status for marks in by_unit.values() for m in marks).most_common()]
    rows = [[unit, *(sum(m.status == s for m in marks) for s in statuses)] for unit, marks in by_unit.items()]
    return _table("unit", ", ".join(statuses), rows)


def _late(rows: Sequence[Mark]) -> Image:
    days = [mark.late_days for mark in rows if mark.counts]
    late = sum(day > 0 for day in days)
    alt = f"Hand-ins by days late: {len(days) - late} in time, {late} late, {max(days, default=0)} days at most."
    return image(partial(late_day_bars, days=days), (8, 2.6), alt)


def _counted(rows: Sequence[Mark]) -> str:
    """What the points are, where not all are marked: those of the ones that are would be the blank answers' first."""
    waiting = sum(mark.counts and not mark.final for mark in rows)
    if not waiting:
        return ""
    return f"Of the checks alone, before late days: {waiting} hand-ins wait for points given by hand."


def _scores(rows: Sequence[Mark], exercises: Sequence[Exercise]) -> Image:
    totals, possible = [mark.total for mark in rows if mark.counts], rows[0].possible
    if not all(mark.final for mark in rows if mark.counts):
        totals = [mark.automatic for mark in rows if mark.counts]
        possible = sum(exercise.possible for exercise in exercises if not exercise.by_hand)
    told = f"median {median(totals):.3g}, from {min(totals):.3g} to {max(totals):.3g}" if totals else "none"
    alt = f"Histogram of the points of {len(totals)} hand-ins, of {possible:g}: {told}."
    return image(partial(score_histogram, totals=totals, possible=possible), (8, 2.8), alt)


def _difficulty(exercises: Sequence[Exercise]) -> Image:
    shares = {exercise.name: _shares(exercise) for exercise in exercises}
    told = ", ".join(f"{name} {mean(values):.0%}" for name, values in shares.items() if values)
    size = (8, 1.3 + 0.36 * max(1, len(shares)))
    return image(partial(exercise_difficulty, shares=shares), size, f"Mean share of the points: {told or 'none yet'}.")


def _shares(exercise: Exercise) -> list[float]:
    return [points / exercise.possible for points in exercise.points] if exercise.possible else []


def _exercise_table(exercises: Sequence[Exercise]) -> Table:
    rows = []
    for exercise in exercises:
        shares = _shares(exercise)
        figures = [f"{mean(shares):.0%}", f"{median(exercise.points):.3g}"] if shares else ["", ""]
        full, zero = sum(share >= 1 for share in shares), sum(share <= 0 for share in shares)
        kind = "by hand" if exercise.by_hand else "check"
        rows.append([exercise.name, kind, f"{exercise.possible:g}", len(shares), *figures, full, zero])
    return _table("exercise, marked", "points, hand-ins marked, mean, median points, full, zero", rows)


def _mark_table(rows: Sequence[Mark]) -> Table:
    cells = [
        [m.student.id, m.student.name, m.status]
        + [f"{points:.4g}" for points in (m.automatic, m.manual, m.manual_open)]
        + [m.late_days, f"{m.penalty:.4g}", f"{m.total:.4g}" if m.final or not m.counts else "waits"]
        for m in rows
    ]
    return _table("student, name, status", "automatic, manual, manual open, late days, penalty, total", cells)


def _table(texts: str, numbers: str, rows: Sequence[Sequence[object]]) -> Table:
    """Header, with which columns hold numbers, and rows as text."""
    header = [(name, False) for name in texts.split(", ")]
    header += [(name, True) for name in numbers.split(", ") if name]
    return header, [[str(cell) for cell in row] for row in rows]
