"""The page of one hand-in: nbgrader's, with names, model answer and rubric, and nothing that needs a network."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import DictLoader

from rnnkit.course.grading.formgrader.rubric import read_rubric
from rnnkit.course.grading.marks.names import Named, names_in
from rnnkit.course.grading.report.formulas import StudentsExporter
from rnnkit.course.grading.screening.harmless import harmless

TEMPLATES, STATIC = (Path(__file__).with_name(name) for name in ("templates", "static"))


def hand_in_page(path: Path, resources: Mapping[str, Any], course: Path, nonce: str) -> str:
    """A marked notebook, to be marked by hand.

    Args:
        path: the notebook. What plain nbgrader marked is made harmless here.
        resources: nbgrader's.
        course: the course's folder.
        nonce: the only scripts that run are those with it.
    """
    unit = resources["assignment_id"]
    names = _names(course.parent, unit, _changed(course, unit))
    rubrics, wrong = {}, ""
    try:
        rubrics = {cell: read_rubric(course, unit, cell) for cell, named in names.items() if named.answer}
    except ValueError as error:  # a file that somebody wrote keeps nobody from marking
        wrong = str(error)
    notebook = harmless(nbformat.read(path, as_version=4))
    told = {"names": names, "rubrics": rubrics, "wrong": wrong, "nonce": nonce}
    return _exporter().from_notebook_node(notebook, resources={**resources, "rnnkit": told})[0]


@lru_cache(maxsize=64)
def _names(root: Path, unit: str, _changed: tuple[float, ...]) -> dict[str, Named]:
    return names_in(root, unit)


def _changed(course: Path, unit: str) -> tuple[float, ...]:
    return tuple(path.stat().st_mtime for path in sorted((course / "source" / unit).glob(f"{unit}.*")))


@lru_cache(maxsize=1)
def _exporter() -> StudentsExporter:
    text = (TEMPLATES / "hand_in.html.j2").read_text(encoding="utf-8")
    loader = DictLoader({"hand_in.html.j2": text})
    return StudentsExporter(template_name="classic", extra_loaders=[loader], template_file="hand_in.html.j2")
