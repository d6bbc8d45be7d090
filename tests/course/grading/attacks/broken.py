"""Broken hand-ins: repaired where that is safe, else refused alone."""

import copy
import json

import nbformat
from nbformat import NotebookNode

from tests.course.grading.attacks.case import Case, Files, Pipe, Place


def _cell(notebook: NotebookNode, grade_id: str) -> int:
    return next(i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def foreign_kernel(place: Place) -> NotebookNode:
    notebook = place.right()
    notebook.metadata.kernelspec = {"name": "conda-env-mine", "display_name": "Mine", "language": "python"}
    return notebook


def duplicated(place: Place) -> NotebookNode:
    notebook = place.right()
    for grade_id in ("total", "check_total"):
        at = _cell(notebook, grade_id)
        notebook.cells.insert(at + 1, copy.deepcopy(notebook.cells[at]))
    return notebook


def ids_gone(place: Place) -> NotebookNode:
    notebook = place.right()
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def ids_edited(place: Place) -> NotebookNode:
    notebook = place.right()
    notebook.cells[_cell(notebook, "total")].metadata.nbgrader.grade_id = "total2"
    notebook.cells[_cell(notebook, "check_apply")].metadata.nbgrader.grade_id = "../../check"
    return notebook


def points_edited(place: Place) -> NotebookNode:
    notebook = place.wrong()
    for grade_id in ("check_total", "check_apply", "question"):
        notebook.cells[_cell(notebook, grade_id)].metadata.nbgrader.points = 1000
    return notebook


def made_checks(place: Place) -> NotebookNode:
    """Checks of their own making, worth much, under new ids."""
    notebook = place.wrong()
    check = copy.deepcopy(notebook.cells[_cell(notebook, "check_total")])
    check.source, check.id, check.metadata.nbgrader.grade_id = "1 + 1", "own-check", "bonus"
    check.metadata.nbgrader.points = 500
    notebook.cells.append(check)
    return notebook


def checks_edited(place: Place) -> NotebookNode:
    notebook = place.wrong()
    for grade_id in ("check_total", "check_apply"):
        notebook.cells[_cell(notebook, grade_id)].source = "assert True"
    return notebook


def checks_deleted(place: Place) -> NotebookNode:
    notebook = place.right()
    for grade_id in ("check_total", "check_apply"):
        del notebook.cells[_cell(notebook, grade_id)]
    return notebook


def checks_deleted_wrong(place: Place) -> NotebookNode:
    notebook = place.wrong()
    for grade_id in ("check_total", "check_apply"):
        del notebook.cells[_cell(notebook, grade_id)]
    return notebook


def answer_deleted(place: Place) -> NotebookNode:
    notebook = place.right()
    del notebook.cells[_cell(notebook, "total")]
    return notebook


def another_unit(place: Place) -> NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print('week 7')", id="only")])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def misnamed(place: Place) -> Files:
    return {"tiny (1).ipynb": place.right()}


def two(place: Place) -> Files:
    return {"draft.ipynb": place.right(), "other.ipynb": place.right()}


def old(place: Place) -> str:
    notebook = json.loads(nbformat.writes(place.right()))
    notebook["nbformat_minor"] = 2
    for cell in notebook["cells"]:
        del cell["id"]
    return json.dumps(notebook)


def long_file(place: Place) -> bytes:
    notebook = place.right()
    notebook.cells[_cell(notebook, "total")].outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="x" * 30_000_000)
    ]
    return nbformat.writes(notebook).encode()


CASES = [
    Case("bad-json", "cut in the middle", lambda p: nbformat.writes(p.right())[:2000], 0, "cannot be read", "refused"),
    Case("empty-file", "a file of no bytes", lambda p: b"", 0, "cannot be read", "refused"),
    Case(
        "invalid-utf8", "saved in another encoding", lambda p: nbformat.writes(p.right()).encode("utf-16"), 0,
        "cannot be read without guessing", "refused",
    ),
    Case("nested-json", "brackets a million deep", lambda p: "[" * 10**6, 0, "no notebook", "refused"),
    Case("missing", "no folder of this unit", lambda p: None, 0, "nothing was handed in", "missing"),
    Case("no-notebook", "a folder without notebook", lambda p: {"answer.txt": "42"}, 0, "nothing handed in", "missing"),
    Case("misnamed", "tiny (1).ipynb", misnamed, 30, "there is no doubt which file is meant", "repaired"),
    Case("two-notebooks", "two with other names", two, 0, "which one is meant cannot be told", "refused"),
    Case("another-unit", "the notebook of another unit", another_unit, 0, "holds none of the exercises", "refused"),
    Case("foreign-kernel", "kernelspec of the student's machine", foreign_kernel, 30, "the work is right", "repaired"),
    Case("old-format", "format 4.2, cells without id", old, 30, "the work is right", "repaired"),
    Case("duplicated-ids", "exercise and check copied", duplicated, 30, "the copies are equal", "repaired"),
    Case("ids-gone", "an editor dropped all metadata", ids_gone, 30, "the cells are known by their text", "repaired"),
    Case("ids-edited", "one id renamed, one a path", ids_edited, 30, "the cells are known by their text", "repaired"),
    Case("points-edited", "wrong answers, 1000 points a check", points_edited, 0, "points are the course's", "repaired"),
    Case("made-checks", "a check of one's own, 500 points", made_checks, 0, "checks are the course's", "repaired"),
    Case("checks-edited", "wrong answers, checks `assert True`", checks_edited, 0, "checks are the course's", "repaired"),
    Case("checks-deleted", "right answers, no checks", checks_deleted, 30, "the checks come back", "repaired"),
    Case("checks-deleted-wrong", "wrong answers, no checks", checks_deleted_wrong, 0, "they come back", "repaired"),
    Case("answer-deleted", "one exercise's cell is gone", answer_deleted, 20, "the other is right", "repaired"),
    Case("long-file", "30 MB of saved output", long_file, 0, "larger than any notebook of the unit", "refused"),
    Case("pipe", "a named pipe for a notebook", lambda p: {"tiny.ipynb": Pipe()}, 0, "no file", "refused"),
    Case("folder-for-a-file", "a folder named tiny.ipynb", lambda p: {"tiny.ipynb/a.txt": "a"}, 0, "no file", "refused"),
]  # fmt: skip
