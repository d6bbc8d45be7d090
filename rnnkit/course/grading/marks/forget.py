"""Everything about one student, deleted: gradebook, history, hand-ins, results, pages, and the copies of them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from sqlalchemy import text

from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.marks.course import course_app, open_gradebook
from rnnkit.course.grading.marks.history import forget_in_history
from rnnkit.course.grading.marks.steps import result_path
from rnnkit.course.grading.marks.takeover import files_beside
from rnnkit.course.paths import build_dir


def traces(student: str, submitted: Path | None = None, root: Path | None = None) -> list[Path]:
    """Files and folders that hold a student's data, or that of a class with it.

    Args:
        student: the id.
        submitted: the folder of hand-ins, if it is to be searched; with it the one of earlier hand-ins beside it.
        root: a project folder, found by itself if not given.
    """
    return sorted(set(_places(student, course_app(root), submitted)))


def forget(student: str, submitted: Path | None = None, root: Path | None = None) -> list[str]:
    """Delete a student's data. What holds a whole class's is deleted where it is made again: backups, reports, remarks.

    Args:
        student: the id.
        submitted, root: as in `traces`.

    Returns:
        What was deleted, in words.

    Raises:
        ValueError: there is nothing about such a student.
        FileNotFoundError: no gradebook.
    """
    app = course_app(root)
    told = []
    with open_gradebook(app) as gradebook:
        if _in_gradebook(gradebook, student):
            gradebook.remove_student(student)
            if gradebook.db.bind.dialect.name == "sqlite":  # or the rows stay in the file's free pages
                gradebook.db.commit()
                gradebook.db.execute(text("VACUUM"))
            told.append(f"{student} in the gradebook, with all hand-ins and marks")
    if lines := forget_in_history(app.coursedir.db_url, student):
        told.append(f"{lines} lines of the history")
    for outcomes in (build_dir() / "grading").glob("*/outcomes.json"):
        rows = json.loads(outcomes.read_text(encoding="utf-8"))
        kept = [row for row in rows if row["student"] != student]
        if len(kept) < len(rows):
            write_beside_then_rename(outcomes, json.dumps(kept, indent=1) + "\n")
            told.append(f"rows of {outcomes}")
    for path in sorted(set(_places(student, app, submitted))):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # it may have been in a folder that is gone
        told.append(str(path))
    if not told:
        raise ValueError(f"student: expected one of whom there is something, received {student!r}.")
    return told


def _in_gradebook(gradebook: Gradebook, student: str) -> bool:
    try:
        gradebook.find_student(student)
    except MissingEntry:
        return False
    return True


def _places(student: str, app: NbGrader, submitted: Path | None) -> Iterator[Path]:
    course, build = Path(app.coursedir.root), build_dir()
    folders = [course / name for name in ("submitted", "autograded", "feedback")] + [build / "feedback"]
    if submitted is not None:
        folders += [submitted, submitted.with_name(f"{submitted.name}_earlier")]
    yield from (folder / student for folder in folders if (folder / student).exists())
    for unit in (build / "grading").glob("*"):
        kept = unit / "staged" / student, result_path(unit / "results", student), unit / "marked" / f"{student}.txt"
        yield from (path for path in kept if path.exists())
    if any(True for _ in (build / "grading").glob("*/outcomes.json")):
        yield from (build / "grading").glob("*/remarks.html")
    yield from files_beside(app.coursedir.db_url)
    yield from (path for path in (build / "grading" / "backups", build / "attempts", build / "report") if path.exists())
