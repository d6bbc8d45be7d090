"""`rnnkit release`: one archive with what a student needs, and without solutions, hidden checks and marks; when the
deadline is over, one with the solutions.
"""

import io
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from rnnkit._files import write_beside_then_rename
from rnnkit.course.notebooks.derive import drifted, script_of, solved_notebook
from rnnkit.course.notebooks.form import UnitForm, form_of
from rnnkit.course.notebooks.outcome import fingerprint, kept
from rnnkit.course.notebooks.page import page_of
from rnnkit.course.paths import UNITS, build_dir, project_root

# What instructors alone need; it also names the marks between which solutions stand. Without `instructor_cli` the
# command has only what works in the archive.
NOT_FOR_STUDENTS = ("rnnkit/course/grading", "rnnkit/course/notebooks", "rnnkit/course/instructor_cli.py")
FOR_ALL = ("LICENSE", "constraints.txt", "pyproject.toml")
# The earliest date that a zip archive can hold: the same content gives the same bytes, whenever it is packed.
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def write_release(root: Path | None = None) -> Path:
    """Write `build/release/rnnkit-course-<version>.zip`, the same bytes for the same project.

    Args:
        root: the project's folder; found by itself if not given.

    Returns:
        The archive.

    Raises:
        ValueError: a notebook is not what nbgrader derives from its source, so that it may hold a solution.
    """
    root = root or project_root()
    stale = drifted(root)
    if stale:
        raise ValueError(
            f"notebooks: expected what course/source gives, received other content in {', '.join(stale)}. "
            "Run `rnnkit notebooks` first."
        )
    path = build_dir() / "release" / f"{name_of(root)}.zip"
    write_beside_then_rename(path, archive(root))
    return path


def name_of(root: Path) -> str:
    """The archive's name and its only folder: rnnkit-course-<version>."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"rnnkit-course-{project['version']}"


def archive(root: Path) -> bytes:
    """The archive: the units' notebooks, the library that they import, the environment and a page to begin with.

    The data sets are not in it: `rnnkit fetch` installs them, and what it cannot install is generated.

    Args:
        root: the project's folder.

    Returns:
        A zip archive.
    """
    contents = {name: (root / name).read_bytes() for name in FOR_ALL}
    contents["README.md"] = (root / "course" / "students.md").read_bytes()
    contents["environment.yml"] = _environment(root)
    for unit in UNITS:
        contents[f"notebooks/{unit}.ipynb"] = (root / "notebooks" / f"{unit}.ipynb").read_bytes()
    for path in (root / "rnnkit").rglob("*"):
        inside = path.relative_to(root)
        if path.suffix in (".py", ".json") or path.name == "py.typed":
            if not any(inside.is_relative_to(folder) for folder in NOT_FOR_STUDENTS):
                contents[inside.as_posix()] = path.read_bytes()
    return _packed(name_of(root), contents)


def write_solutions(units: Iterable[str] = UNITS, root: Path | None = None) -> Path:
    """Write `build/release/rnnkit-solutions-<version>.zip`, for students when the deadline is over.

    A page a unit, as the last run left it: solutions, pictures and figures, without hidden checks; below each solution,
    what is easily got wrong.

    Args:
        units: their names.
        root: the project's folder; found by itself if not given.

    Returns:
        The archive.

    Raises:
        ValueError: a unit was not run, or something has changed since.
    """
    root = root or project_root()
    pages, missing = {}, []
    for unit in units:
        script = script_of(unit, root)
        run = build_dir() / "run" / f"{unit}.html"
        outcome = kept(run, fingerprint(solved_notebook(script)))
        if outcome is None:
            missing.append(unit)
            continue
        executed = nbformat.read(run.with_suffix(".ipynb"), as_version=4)
        pages[f"{unit}.html"] = page_of(explained(executed, form_of(script)), outcome.title).encode()
    if missing:
        raise ValueError(f"solutions: expected a run of {', '.join(missing)} as they are now. Run `rnnkit run` first.")
    name = name_of(root).replace("course", "solutions")
    path = build_dir() / "release" / f"{name}.zip"
    write_beside_then_rename(path, _packed(name, pages))
    return path


def explained(notebook: NotebookNode, form: UnitForm) -> NotebookNode:
    """A solved notebook with a cell below each solution: why answers that look right are not."""
    cells = []
    exercises = {exercise.grade_id: exercise for exercise in form.exercises}
    for cell in notebook.cells:
        cells.append(cell)
        exercise = exercises.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if exercise is not None and exercise.wrong:
            lines = ["**What is easily got wrong here:**", "", *(f"- {wrong.says}" for wrong in exercise.wrong)]
            cells.append(new_markdown_cell("\n".join(lines)))
    return NotebookNode({**notebook, "cells": cells})


def _packed(folder: str, contents: Mapping[str, bytes]) -> bytes:
    """A zip archive of one folder, the same bytes for the same contents."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(f"{folder}/{name}", LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # as on Unix, wherever it is packed
            file.writestr(entry, contents[name])
    return packed.getvalue()


def _environment(root: Path) -> bytes:
    """The project's environment without the tools of its developers."""
    text = (root / "environment.yml").read_text(encoding="utf-8")
    if "[course,dev]" not in text:
        raise ValueError(
            "environment.yml: expected the extras [course,dev], found others. Mend rnnkit.course.notebooks.release."
        )
    return text.replace("[course,dev]", "[course]").encode()
