"""The page of remarks and similar answers of a unit: for whoever marks, and for no student."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.report.remarks import Remark, remarks_on
from rnnkit.course.grading.report.similar import Pair, similar
from rnnkit.course.grading.verdicts.checks import Checks
from rnnkit.course.notebooks.form import Exercise

SHOWN = 200  # pairs, the most alike
STYLE = """
body { font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; color: #222; background: #fff }
table { border-collapse: collapse } td, th { text-align: left; padding: .2rem .8rem; border-bottom: 1px solid #ccc }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
pre { overflow: auto; background: #f4f4f4; padding: .6rem }
"""


def gathered(
    students: Sequence[str],
    unit: str,
    staged: Path,
    exercises: Sequence[Exercise],
    released: NotebookNode,
    checks: Checks,
) -> tuple[list[Remark], list[Pair]]:
    """The remarks on hand-ins, and the pairs of answers that are alike.

    Args:
        students: who handed in something that was run.
        unit: its name.
        staged: the folder of the clean notebooks.
        exercises: those answered by code; without them there is nothing to remark.
        released: the unit's notebook for students.
        checks: of the unit.
    """
    remarks: list[Remark] = []
    answers: dict[str, dict[str, str]] = {exercise.grade_id: {} for exercise in exercises}
    uses = {exercise.grade_id: exercise.uses for exercise in exercises}
    for student in students if exercises else ():
        path = staged / student / unit / f"{unit}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        remarks += remarks_on(student, notebook, uses, (*checks.released, *checks.experiments))
        for grade_id, source in _answers(notebook).items():
            if grade_id in answers:
                answers[grade_id][student] = source
    stubs = _answers(released)
    pairs = [
        pair
        for exercise in exercises
        for pair in similar(exercise.grade_id, answers[exercise.grade_id], stubs[exercise.grade_id], exercise.solution)
    ]
    return remarks, sorted(pairs, key=lambda pair: -pair.share)


def written(path: Path, unit: str, remarks: Sequence[Remark], pairs: Sequence[Pair]) -> Path:
    """Write the page, and return its path."""
    rows = "".join(
        f"<tr><td>{escape(r.student)}</td><td>{escape(r.exercise)}</td><td>{escape(', '.join(r.names))}</td></tr>"
        for r in remarks
    )
    shown = "".join(map(_pair, pairs[:SHOWN]))
    more = f"<p>And {len(pairs) - SHOWN} pairs less alike.</p>" if len(pairs) > SHOWN else ""
    text = (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{escape(unit)}: remarks</title>"
        f"<style>{STYLE}</style><h1>{escape(unit)}: remarks</h1><p>For whoever marks. Nothing here has cost a point: a "
        "name may be there for a good reason, and two who were taught the same may write the same.</p>"
        f"<h2>Names that an exercise may not use</h2>{_table(rows)}"
        f"<h2>Answers that are alike</h2>{shown or '<p>None.</p>'}{more}</html>\n"
    )
    write_beside_then_rename(path, text)
    return path


def _table(rows: str) -> str:
    head = "<tr><th>student</th><th>exercise</th><th>names</th></tr>"
    return f"<table>{head}{rows}</table>" if rows else "<p>None.</p>"


def _pair(pair: Pair) -> str:
    columns = "".join(
        f"<div><h4>{escape(name)}</h4><pre>{escape(text)}</pre></div>"
        for name, text in zip(pair.whose, pair.texts, strict=True)
    )
    return f"<h3>{escape(pair.exercise)}, {100 * pair.share:.0f} % alike</h3><div class='pair'>{columns}</div>"


def _answers(notebook: NotebookNode) -> dict[str, str]:
    marked = [cell for cell in notebook.cells if cell.cell_type == "code" and "nbgrader" in cell.metadata]
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in marked if cell.metadata.nbgrader.solution}
