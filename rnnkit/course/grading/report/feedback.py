"""`rnnkit feedback`: a page a student and unit, with the marks beside what they are for."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from multiprocessing import get_context
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
from rnnkit.course.grading.verdicts.workers import end_with_parent, interrupts_held_back
from rnnkit.course.paths import build_dir

FEW = 50  # pages that are made before another process has loaded what it needs
_HEAD = 1_000  # characters of a page within which its digest stands


@dataclass(frozen=True)
class _Page:
    """A page to be made: the file, of what, and what it tells."""

    path: Path
    unit: str
    marked: Path
    told: dict[str, Any]


def write_feedback(
    units: Sequence[str] = (), root: Path | None = None, workers: int = 1
) -> tuple[list[Path], list[str]]:
    """Write `build/feedback/<student>/<unit>.html` for all that was marked; a page of which nothing changed stays.

    In a page are the notebook as it was marked, points and comments: nothing that is said to instructors alone.

    Args:
        units: names of units; by default all that somebody handed in.
        root: a project folder, with `course/` in it; found by itself if not given.
        workers: how many pages are made at a time, each in a process of its own.

    Returns:
        The pages, and what was wrong where one could not be made; the others are there all the same.

    Raises:
        ValueError: a unit that the gradebook does not know, or nothing handed in; fewer workers than one.
        FileNotFoundError: no gradebook.
    """
    if workers < 1:
        raise ValueError(f"workers: expected at least 1, received {workers}.")
    app = course_app(root)
    pages: list[Path] = []
    changed: list[_Page] = []
    wrong: dict[Path, str] = {}
    with open_gradebook(app) as gradebook:
        chosen = chosen_units(gradebook, units)
        renew_penalties(app, gradebook, chosen)
        for unit in chosen:
            names = names_in(Path(app.coursedir.root).parent, unit)
            for submission in sorted(gradebook.assignment_submissions(unit), key=lambda entry: entry.student_id):
                student = submission.student_id
                marked = _marked_notebook(app, unit, student)
                if not marked.is_file():  # refused: there is nothing to show
                    continue
                pages.append(build_dir() / "feedback" / student / f"{unit}.html")
                try:
                    text = marked.read_text(encoding="utf-8")
                    told = marks_told(nbformat.from_dict(json.loads(text)), submission, names)
                    digest = _digest(text, told)
                    if not _stands(pages[-1], digest):
                        changed.append(_Page(pages[-1], unit, marked, {**told, "digest": digest}))
                except Exception as error:  # one page's fault: the others are made
                    wrong[pages[-1]] = _why(error)
    wrong.update(_made(changed, workers))
    complaints = [f"{page.parent.name}, {page.stem}: no page: {wrong[page]}" for page in pages if page in wrong]
    return [page for page in pages if page not in wrong], complaints


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


def _made(pages: Sequence[_Page], workers: int) -> Iterator[tuple[Path, str]]:
    """Make pages; those that could not be made, and why: the others are made all the same."""
    workers = min(workers, len(pages) // FEW)
    if workers < 2:
        for page in pages:
            if wrong := _make(page):
                yield page.path, wrong
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), end_with_parent) as executor:
        with interrupts_held_back():
            running = {page.path: executor.submit(_make, page) for page in pages}
        try:
            for path, future in running.items():
                try:
                    wrong = future.result()
                except BrokenProcessPool:
                    wrong = "the process that made it ended; type the command again"
                if wrong:
                    yield path, wrong
        finally:  # after Ctrl-C no more are begun
            executor.shutdown(wait=False, cancel_futures=True)


def _make(page: _Page) -> str:
    """Make a page. What was wrong, or nothing."""
    try:
        text = page.marked.read_text(encoding="utf-8")
        write_beside_then_rename(page.path, feedback_page(page.unit, nbformat.reads(text, as_version=4), page.told))
    except Exception as error:  # one page's fault
        return _why(error)
    return ""


def _why(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:500]


def _stands(page: Path, digest: str) -> bool:
    """Whether the page is there, made of the same."""
    if not page.is_file():
        return False
    with page.open(encoding="utf-8") as file:
        return digest in file.read(_HEAD)


def _digest(text: str, told: Mapping[str, Any]) -> str:
    return hashlib.sha256("\0".join((text, json.dumps(told), library_digest(), _template())).encode()).hexdigest()


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
