"""A course with the tiny unit, and submissions to it."""

import shutil
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from rnnkit.course.grading.marks.marking import Course
from rnnkit.course.notebooks.derive import KERNELSPEC
from rnnkit.course.paths import project_root

UNIT = "tiny"
TINY = Path(__file__).with_name("tiny_unit.py")
ANSWER = "The sum is the same in any order, because addition commutes."


def make_course(root: Path, script: Path = TINY, unit: str = UNIT) -> Path:
    """A project folder whose course has one unit."""
    source = root / "course" / "source" / unit
    source.mkdir(parents=True)
    shutil.copy(project_root() / "course" / "nbgrader_config.py", root / "course")
    notebook = jupytext.read(script)
    notebook.metadata = NotebookNode(kernelspec=KERNELSPEC, language_info={"name": "python"})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03d}"
        cell.metadata.pop("lines_to_next_cell", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.write(notebook, source / f"{unit}.ipynb")
    return root


def solved(course: Course, unit: str = UNIT, **replaced: str) -> NotebookNode:
    """A student's notebook with every exercise done right, but for the cells given by their grade_id."""
    source = nbformat.read(course.root / "source" / unit / f"{unit}.ipynb", as_version=4)
    answers = {c.metadata.nbgrader.grade_id: c.source for c in source.cells if "nbgrader" in c.metadata}
    notebook = course.released(unit)
    for cell in notebook.cells:
        info = cell.metadata.get("nbgrader", {})
        if info.get("solution"):
            right = ANSWER if cell.cell_type == "markdown" else answers[info["grade_id"]]
            cell.source = replaced.get(info["grade_id"], right)
    assert not set(replaced) - set(answers)
    return notebook


def hand_in(folder: Path, student: str, notebook: NotebookNode | str | bytes, unit: str = UNIT) -> Path:
    """Lay a submission where students' work is collected."""
    path = folder / student / unit / f"{unit}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, NotebookNode):
        notebook = nbformat.writes(notebook)
    path.write_bytes(notebook.encode() if isinstance(notebook, str) else notebook)
    return path
