"""What people call the cells of a unit that give points: by the exercise, not by the cell's id."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from rnnkit.course.notebooks.form import form_in

_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_NOT_THE_NAME = re.compile(r"^\d+ +| *\([^()]*\bpoints?\b[^()]*\)")  # its number, its points
_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


@dataclass(frozen=True)
class Named:
    """A cell for people: the exercise's name and grade_id, and for a question marked by hand text and model answer."""

    name: str
    exercise: str
    graded: bool = True
    question: str = ""
    answer: str = ""


def names_in(root: Path, unit: str) -> dict[str, Named]:
    """The cells of a unit by their grade_id: exercises, their checks, and questions marked by hand.

    Args:
        root: the project's folder, with `course/` in it.
        unit: the unit's name; without its source nothing is known, and the ids have to do.

    Example:
        >>> from rnnkit.course.paths import project_root
        >>> names_in(project_root(), "02_bit_counting")["check_gradients"].name
        '2 · Backpropagation through time'
    """
    folder = root / "course" / "source" / unit
    script, solved = (folder / f"{unit}{suffix}" for suffix in (".py", ".ipynb"))
    if script.is_file():
        notebook = jupytext.read(script)
        form = form_in(notebook, unit)
        titles = {exercise.grade_id: exercise.title for exercise in form.exercises} if form else {}
    elif solved.is_file():
        notebook, titles = nbformat.read(solved, as_version=4), {}
    else:
        return {}
    return names_of(notebook, titles)


def names_of(notebook: NotebookNode, titles: Mapping[str, str]) -> dict[str, Named]:
    """The same from a solved notebook.

    Args:
        notebook: with solutions.
        titles: of exercises, by their grade_id; one that has none is called by the heading above it.
    """
    named: dict[str, Named] = {}
    checks: dict[str, list[str]] = {}
    heading, words, exercise, number = "", "", None, 0
    for cell in notebook.cells:
        if is_solution(cell):
            exercise = cell.metadata.nbgrader.grade_id
            title = titles.get(exercise) or heading or exercise
            if is_grade(cell):
                name = "Question" if title in ("Question", "The question") else f"Question · {title}"
                named[exercise] = Named(name, exercise, True, words, _answer(cell.source))
            else:
                number += 1
                named[exercise] = Named(f"{number} · {title}", exercise, False)
        elif is_grade(cell):
            grade_id = cell.metadata.nbgrader.grade_id
            if exercise is None:
                named[grade_id] = Named(grade_id, grade_id)
            else:
                checks.setdefault(exercise, []).append(grade_id)
        elif cell.cell_type == "markdown" and "hint" not in cell.metadata:
            words = cell.source
            for found in _HEADING.findall(cell.source):
                heading = _NOT_THE_NAME.sub("", found).strip()
    for exercise, ids in checks.items():
        for place, grade_id in enumerate(ids, start=1):
            name = named[exercise].name
            named[grade_id] = Named(name if len(ids) == 1 else f"{name}, check {place}", exercise)
    return named


def cells_of(named: Mapping[str, Named], exercise: str) -> tuple[str, ...]:
    """The grade_ids of the cells that give an exercise its points.

    Args:
        named: the unit's, from `names_in`.
        exercise: its grade_id, or that of one of its checks alone.

    Raises:
        ValueError: there is no such exercise.
    """
    if exercise in named and named[exercise].exercise != exercise:
        return (exercise,)
    found = tuple(cell for cell, entry in named.items() if entry.exercise == exercise and entry.graded)
    if not found:
        known = ", ".join(dict.fromkeys(entry.exercise for entry in named.values()))
        raise ValueError(f"exercise: expected one of {known}, received {exercise!r}.")
    return found


def _answer(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if line.strip() not in _MARKS).strip()
