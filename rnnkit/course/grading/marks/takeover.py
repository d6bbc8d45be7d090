"""A gradebook whose unit was derived by another release is taken over: the marks stay where the questions do.

nbgrader refuses to add or remove cells of an assignment that somebody handed in. So what the unit's hand-ins have is
written to a file beside the gradebook, they are removed, the unit is derived anew, and they are added again. The file
is the plan: as long as it is there a run goes on with it, wherever the one before was stopped.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.marks.history import changed_by, note_lost, unwritten
from rnnkit.course.paths import project_root

_SQLITE = "sqlite:///"
BY = "taken over"


@dataclass(frozen=True)
class TakenOver:
    """What came of it. `backup` holds what was there before; `lost` are marks by hand and comments without a place."""

    unit: str
    backup: Path
    students: int
    by_hand: int
    lost: tuple[str, ...]

    def told(self) -> list[str]:
        """In words, for the instructor."""
        first = (
            f"{self.unit}: the gradebook had it from another release and was taken over; {self.students} hand-ins, "
            f"{self.by_hand} marks by hand kept. As it was: {self.backup}"
        )
        return [first, *(f"{self.unit}: not carried over: {line}" for line in self.lost)]


def files_beside(db_url: str) -> list[Path]:
    """Backups and plans of a gradebook: what a class's data are in."""
    base = _base(db_url)
    return sorted(base.parent.glob(f"{base.name}.before-*"))


def is_another(gradebook: Gradebook, unit: str, solved: NotebookNode) -> bool:
    """Whether the gradebook has the unit with other cells than its solved notebook's."""
    try:
        notebooks = gradebook.find_assignment(unit).notebooks
    except MissingEntry:
        return False
    kinds = ("grade_cells", "solution_cells", "task_cells", "source_cells")
    known = [{cell.name for book in notebooks for cell in getattr(book, kind)} for kind in kinds]
    return bool(notebooks) and known != _cells(solved)


def waits(db_url: str, unit: str) -> bool:
    """Whether taking over a unit was begun and not finished."""
    return _plan(db_url, unit).is_file()


def take_over(db_url: str, unit: str, derive: Callable[[], object]) -> TakenOver | None:
    """Take a unit over that is another in the gradebook; where nobody handed it in, derive it.

    Args:
        db_url: the gradebook.
        unit: its name.
        derive: writes the unit into the gradebook as it is now. It is called when no hand-in is there.
    """
    plan = _plan(db_url, unit)
    with Gradebook(db_url, "rnnkit") as gradebook:
        if not plan.is_file():
            if not gradebook.assignment_submissions(unit):
                derive()
                return None
            _begin(gradebook, db_url, unit, plan)
        begun = json.loads(plan.read_text(encoding="utf-8"))
        kept = begun["submissions"]
        for submission in gradebook.assignment_submissions(unit):
            with unwritten():
                gradebook.remove_submission(unit, submission.student_id)
    derive()
    with Gradebook(db_url, "rnnkit") as gradebook:
        with unwritten():
            lost = [entry for submission in kept for entry in _restore(gradebook, unit, submission)]
    with changed_by(BY):
        note_lost(db_url, [(row["student"], unit, row["cell"], row["points"]) for row in lost if "points" in row])
    by_hand = sum(grade["manual_score"] is not None for entry in kept for grade in entry["grades"])
    by_hand -= sum("points" in row for row in lost)
    backup = Path(begun["backup"])
    os.replace(plan, backup.with_suffix(".json"))  # from here on it is done; what was remembered can still be read
    if not backup.is_file():
        backup = backup.with_suffix(".json")
    return TakenOver(unit, backup, len(kept), by_hand, tuple(row["told"] for row in lost))


def _begin(gradebook: Gradebook, db_url: str, unit: str, plan: Path) -> None:
    """Make the backup, then write down what is to be kept. Nothing is changed before both are there."""
    base = _base(db_url)
    backup = base.with_name(f"{base.name}.before-{datetime.now():%Y%m%d-%H%M%S}-{unit}.db")
    if db_url.startswith(_SQLITE):  # of a server's gradebook the plan is the backup
        beside = backup.with_suffix(f".{os.getpid()}.part")
        with closing(sqlite3.connect(base)) as old, closing(sqlite3.connect(beside)) as new:
            old.backup(new)
        beside.replace(backup)
    submissions = [_remembered(entry) for entry in gradebook.assignment_submissions(unit)]
    content = {"unit": unit, "backup": str(backup), "submissions": submissions}
    write_beside_then_rename(plan, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _remembered(submission: SubmittedAssignment) -> dict[str, Any]:
    fields = ("auto_score", "manual_score", "extra_credit", "needs_manual_grade", "max_score")
    grades = [
        {"cell": grade.name, **{field: getattr(grade, field) for field in fields}}
        for notebook in submission.notebooks
        for grade in notebook.grades
    ]
    comments = [
        {"cell": comment.name, "auto": comment.auto_comment, "manual": comment.manual_comment}
        for notebook in submission.notebooks
        for comment in notebook.comments
    ]
    return {
        "student": submission.student_id,
        "timestamp": submission.timestamp.isoformat() if submission.timestamp else None,
        "extension": submission.extension.total_seconds() if submission.extension else None,
        "grades": grades,
        "comments": comments,
    }


def _restore(gradebook: Gradebook, unit: str, kept: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Add a hand-in again, with its marks and comments; those that have no place are given back."""
    student: str = kept["student"]
    times: dict[str, Any] = {}
    if kept["timestamp"]:
        times["timestamp"] = datetime.fromisoformat(kept["timestamp"]).replace(tzinfo=UTC).isoformat()
    if kept["extension"]:
        times["extension"] = timedelta(seconds=kept["extension"])
    with gradebook.db.no_autoflush:  # as when a hand-in is marked
        submission = gradebook.update_or_create_submission(unit, student, **times)
    grades = {grade.name: grade for notebook in submission.notebooks for grade in notebook.grades}
    comments = {comment.name: comment for notebook in submission.notebooks for comment in notebook.comments}
    for old in kept["grades"]:
        why = _no_place(grades.get(old["cell"]), old)
        if not why:
            _give(grades[old["cell"]], old)
        elif old["manual_score"] is not None:
            points = f"{old['manual_score']:g} of {old['max_score']:g} points by hand"
            told = f"{student}, {old['cell']}: {points}: {why}"
            yield {"student": student, "cell": old["cell"], "points": old["manual_score"], "told": told}
    for old in kept["comments"]:
        if old["cell"] in comments:
            comments[old["cell"]].auto_comment = old["auto"]
            comments[old["cell"]].manual_comment = old["manual"]
        elif old["manual"]:
            told = f"{student}, {old['cell']}: the comment {old['manual']!r}: the unit has no such exercise now"
            yield {"student": student, "cell": old["cell"], "told": told}
    gradebook.db.commit()


def _no_place(grade: Grade | None, old: dict[str, Any]) -> str:
    """Why a mark cannot be given again, or nothing."""
    if grade is None:
        return "the unit has no such question now"
    if max(old["manual_score"] or 0.0, old["auto_score"] or 0.0) > grade.max_score:
        return f"the question gives {grade.max_score:g} points now"
    return ""


def _give(grade: Grade, old: dict[str, Any]) -> None:
    grade.auto_score, grade.manual_score = old["auto_score"], old["manual_score"]
    grade.extra_credit = old["extra_credit"]
    # What was out of other points then is to be looked at once more.
    other = old["manual_score"] is not None and old["max_score"] != grade.max_score
    grade.needs_manual_grade = bool(old["needs_manual_grade"]) or other


def _cells(solved: NotebookNode) -> list[set[str]]:
    """The ids of a solved notebook's cells, as nbgrader sorts them."""
    sorts = (is_grade, is_solution, is_task, lambda c: is_grade(c) or is_solution(c) or is_locked(c) or is_task(c))
    return [{cell.metadata.nbgrader.grade_id for cell in solved.cells if sort(cell)} for sort in sorts]


def _base(db_url: str) -> Path:
    """What the files' names begin with: the gradebook's, or in the course's folder where a server keeps it."""
    if db_url.startswith(_SQLITE):
        return Path(db_url.removeprefix(_SQLITE))
    return project_root() / "course" / "gradebook.db"


def _plan(db_url: str, unit: str) -> Path:
    base = _base(db_url)
    return base.with_name(f"{base.name}.before-now-{unit}.json")
