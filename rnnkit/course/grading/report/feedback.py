"""`rnnkit feedback`: a page a student and unit, with the marks beside what they are for."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import DictLoader
from nbformat import NotebookNode
from nbgrader.api import SubmittedAssignment
from nbgrader.apps import NbGrader

from rnnkit._digest import library_digest
from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.marks.course import course_app, open_gradebook
from rnnkit.course.grading.marks.gradebook import chosen_units
from rnnkit.course.grading.marks.late import renew_penalties
from rnnkit.course.grading.marks.names import Named, names_in
from rnnkit.course.grading.report.formulas import StudentsExporter
from rnnkit.course.paths import build_dir

_HEAD = 1_000  # characters of a page within which its digest stands


def write_feedback(units: Sequence[str] = (), root: Path | None = None) -> tuple[list[Path], list[str]]:
    """Write `build/feedback/<student>/<unit>.html` for all that was marked; a page of which nothing changed stays.

    In a page are the notebook as it was marked, points and comments: nothing that is said to instructors alone.

    Args:
        units: names of units; by default all that somebody handed in.
        root: a project folder, with `course/` in it; found by itself if not given.

    Returns:
        The pages, and what was wrong where one could not be made; the others are there all the same.

    Raises:
        ValueError: a unit that the gradebook does not know, or nothing handed in.
        FileNotFoundError: no gradebook.
    """
    app = course_app(root)
    pages, complaints = [], []
    with open_gradebook(app) as gradebook:
        chosen = chosen_units(gradebook, units)
        renew_penalties(app, gradebook, chosen)
        for unit in chosen:
            names = names_in(Path(app.coursedir.root).parent, unit)
            for submission in sorted(gradebook.assignment_submissions(unit), key=lambda entry: entry.student_id):
                marked = _marked_notebook(app, unit, submission.student_id)
                if not marked.is_file():  # refused: there is nothing to show
                    continue
                page = build_dir() / "feedback" / submission.student_id / f"{unit}.html"
                try:
                    _write(page, unit, marked, submission, names)
                except Exception as error:  # one page's fault: the others are made
                    complaints.append(f"{submission.student_id}, {unit}: no page: {str(error)[:500]}")
                    continue
                pages.append(page)
    return pages, complaints


def feedback_page(unit: str, notebook: NotebookNode, told: Mapping[str, Any]) -> str:
    """The page of a marked notebook.

    Args:
        unit: its name, the title where the notebook has none.
        notebook: as it was marked, harmless.
        told: `marks_told`, and a digest.
    """
    heading = next((line for cell in notebook.cells for line in cell.source.splitlines() if line.startswith("# ")), "")
    told = {**told, "title": heading.lstrip("# ") or unit}
    return _exporter().from_notebook_node(notebook, resources={"feedback": told})[0]


def marks_told(notebook: NotebookNode, submission: SubmittedAssignment, names: Mapping[str, Named]) -> dict[str, Any]:
    """What the page tells: marks in the notebook's order, by the place of their cell, and sums."""
    grades = {grade.name: grade for entry in submission.notebooks for grade in entry.grades}
    comments = {comment.name: comment.comment for entry in submission.notebooks for comment in entry.comments}
    cells: dict[int, dict[str, Any]] = {}
    for place, cell in enumerate(notebook.cells):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id not in grades and grade_id not in comments:
            continue
        grade = grades.get(grade_id)
        cells[place] = {
            "grade_id": grade_id,
            "name": names[grade_id].name if grade_id in names else grade_id,
            "score": _number(grade.score) if grade else None,
            "points": _number(grade.max_score) if grade else None,
            "open": bool(grade and grade.needs_manual_grade),
            "comment": comments.get(grade_id) or "",
        }
    waiting = sum(grade.max_score for grade in grades.values() if grade.needs_manual_grade)
    penalty = submission.late_submission_penalty or 0.0
    return {
        "cells": cells,
        "marks": [mark for mark in cells.values() if mark["points"] is not None],
        "penalty": _number(penalty) if penalty else "",
        "score": _number(max(0.0, submission.score - penalty)),
        "possible": _number(submission.max_score),
        "waiting": _number(waiting) if waiting else "",
    }


def _write(page: Path, unit: str, marked: Path, submission: SubmittedAssignment, names: Mapping[str, Named]) -> None:
    text = marked.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    told = marks_told(notebook, submission, names)
    digest = hashlib.sha256("\0".join((text, json.dumps(told), library_digest(), _template())).encode()).hexdigest()
    if page.is_file():
        with page.open(encoding="utf-8") as file:
            if digest in file.read(_HEAD):
                return
    write_beside_then_rename(page, feedback_page(unit, notebook, {**told, "digest": digest}))


def _marked_notebook(app: NbGrader, unit: str, student: str) -> Path:
    folder = app.coursedir.format_path(app.coursedir.autograded_directory, student, unit)
    return Path(folder) / f"{unit}.ipynb"


@lru_cache(maxsize=1)
def _template() -> str:
    return files("rnnkit.course.grading.report").joinpath("feedback.html.j2").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _exporter() -> StudentsExporter:
    loader = DictLoader({"feedback.html.j2": _template()})
    return StudentsExporter(extra_loaders=[loader], template_file="feedback.html.j2")


def _number(points: float) -> str:
    return f"{round(points, 2):g}"
