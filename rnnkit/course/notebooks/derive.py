"""From `course/source/<unit>/<unit>.py` to the solved notebook and the student's `notebooks/<unit>.ipynb`.

The percent scripts are the only source. jupytext reads them; nbgrader's own generate_assignment takes out the solutions
and hidden checks and registers the points in the gradebook.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade

from rnnkit._files import write_beside_then_rename
from rnnkit.course.notebooks.diagrams import with_diagrams
from rnnkit.course.notebooks.form import form_in
from rnnkit.course.notebooks.form_cells import units_around, with_form_shown
from rnnkit.course.paths import UNITS, build_dir, project_root

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def script_of(unit: str, root: Path | None = None) -> Path:
    """The percent script of a unit.

    Raises:
        ValueError: an unknown unit.
        FileNotFoundError: its script is not there.
    """
    if unit not in UNITS:
        raise ValueError(f"unit: expected one of {', '.join(UNITS)}, received {unit!r}.")
    script = (root or project_root()) / "course" / "source" / unit / f"{unit}.py"
    if not script.is_file():
        raise FileNotFoundError(f"unit {unit!r}: expected its script at {script}; it is missing.")
    return script


def solved_notebook(script: Path) -> NotebookNode:
    """The notebook with all solutions and checks, always the same for the same script.

    Of the unit's form it has what a student is to see, in cells, and its diagrams. The header is dropped, and
    `wrong.py` is not read.

    Raises:
        ValueError: the script has a form that cannot be read, or names a diagram that is not there.
    """
    notebook = jupytext.read(script)
    form = form_in(notebook, script.stem)
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_grade(cell):
            # Jupyter's Run All goes on after a check of a blank exercise, which has to raise to get no points.
            cell.metadata.tags = [*cell.metadata.get("tags", []), "raises-exception"]
    if form is not None:
        notebook.cells = with_form_shown(notebook.cells, form, units_around(titles(script.parents[1]), script.stem))
    notebook.metadata = NotebookNode(kernelspec=KERNELSPEC, language_info={"name": "python"})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03d}"
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's note to itself
        if cell.cell_type == "markdown":
            cell.source = with_diagrams(cell.source)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return notebook


def titles(source: Path) -> dict[str, str]:
    """The titles of all units, in their order; the number alone of one whose script is not in this folder.

    Args:
        source: the folder `course/source`.
    """
    found = {}
    for unit in UNITS:
        script = source / unit / f"{unit}.py"
        text = script.read_text(encoding="utf-8") if script.is_file() else ""
        title = re.search(r"(?m)^# # (.+)$", text)
        found[unit] = title[1].strip() if title else f"{int(unit[:2])}"
    return found


def derive(root: Path | None = None) -> dict[str, str]:
    """Write the solved notebooks into the course folder, register them with nbgrader, and release them.

    Args:
        root: a project folder, with `course/` in it.

    Returns:
        For each unit the text of the student's notebook.

    Raises:
        RuntimeError: nbgrader refused a unit; the message holds what it said.
    """
    return derive_units(UNITS, root or project_root())


def derive_unit(unit: str, root: Path, options: Sequence[str] = ()) -> str:
    """One unit as by `derive_units`: the text of the student's notebook."""
    return derive_units([unit], root, options)[unit]


def derive_units(units: Sequence[str], root: Path, options: Sequence[str] = ()) -> dict[str, str]:
    """Write units' solved notebooks, where they have scripts, register them with nbgrader, and release them.

    Args:
        units: names of folders in `course/source`.
        root: a project folder, with `course/` in it.
        options: for nbgrader's generate_assignment.

    Returns:
        For each unit the text of the student's notebook.

    Raises:
        RuntimeError: nbgrader refused a unit; the message holds what it said.
    """
    course = root / "course"
    for unit in units:
        script = course / "source" / unit / f"{unit}.py"
        if script.exists():
            write_beside_then_rename(script.with_suffix(".ipynb"), nbformat.writes(solved_notebook(script)) + "\n")
    _run_in(course, "rnnkit.course.notebooks.generate_assignments", *units, "--force", *options)
    return {unit: released_text(course, unit) for unit in units}


def released_text(course: Path, unit: str) -> str:
    """The text of the student's notebook that nbgrader has released in a course folder."""
    released = course / "release" / unit / f"{unit}.ipynb"
    return nbformat.writes(nbformat.read(released, as_version=4)) + "\n"


def write_student_notebooks(root: Path | None = None) -> list[Path]:
    """Derive all units and write the students' notebooks to `notebooks/`.

    A notebook that is there and differs may hold somebody's work: a copy of it is kept in `build/replaced/`.
    """
    root = root or project_root()
    written = []
    for unit, text in derive(root).items():
        path = root / "notebooks" / f"{unit}.ipynb"
        before = _text_of(path)
        if before is not None and before != text:
            kept = build_dir() / "replaced" / f"{unit}-{datetime.now():%Y%m%d-%H%M%S}.ipynb"
            write_beside_then_rename(kept, before)
        write_beside_then_rename(path, text)
        written.append(path)
    return written


def drifted(root: Path | None = None) -> list[str]:
    """Units whose committed notebook differs from what its script gives. Nothing in the project is written."""
    root = root or project_root()
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_course(root, Path(folder))
        fresh = derive(copy)
    return differing(root, fresh)


def differing(root: Path, fresh: dict[str, str]) -> list[str]:
    """Units whose notebook in `notebooks/` is not the text given for it."""
    return [unit for unit, text in fresh.items() if _text_of(root / "notebooks" / f"{unit}.ipynb") != text]


def copy_course(root: Path, destination: Path) -> Path:
    """A project folder with nothing but the course's settings and scripts."""
    course = destination / "course"
    course.mkdir(parents=True)
    shutil.copy(root / "course" / "nbgrader_config.py", course)
    for unit in UNITS:
        script = script_of(unit, root)
        (course / "source" / unit).mkdir(parents=True)
        shutil.copy(script, course / "source" / unit)
    return destination


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def run_nbgrader(course: Path, *arguments: str) -> str:
    """Run an nbgrader command in a course folder, in a process of its own: its settings and logging are global to one.

    Returns:
        What it logged.

    Raises:
        RuntimeError: it failed; the message holds what it logged.
    """
    return _run_in(course, "nbgrader", *arguments)


def _run_in(course: Path, module: str, *arguments: str) -> str:
    """Run a module in a course folder, and return what it logged."""
    # nbgrader starts further commands of the same environment by their bare names.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", module, *arguments]
    result = subprocess.run(
        command, cwd=course, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )
    if result.returncode:
        said = f"{module.rpartition('.')[2]} {' '.join(arguments)}"
        if "there are submissions associated with it" in result.stderr.replace("\n", " "):
            said = f"the gradebook has a unit from another release; `rnnkit grade` takes it over. {said}"
        raise RuntimeError(f"{said} failed:\n{result.stderr.strip()}")
    return result.stderr
