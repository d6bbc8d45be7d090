"""Each kind of submission gets exactly the points that it must get."""

import importlib
import io

import nbformat
import pytest
from rich.console import Console

from rnnkit.course.grading.grade import Options, grade
from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from rnnkit.course.grading.sandbox.bubblewrap import Limits
from rnnkit.course.notebooks.derive import copy_course, derive, script_of, solved_notebook
from rnnkit.course.paths import UNITS, project_root
from tests.course.grading.course import hand_in


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    root = copy_course(project_root(), tmp_path_factory.mktemp("project"))
    derive(root)
    return root / "course"


def released(course, unit):
    return nbformat.read(course / "release" / unit / f"{unit}.ipynb", as_version=4)


def filled(course, unit, **replaced):
    """A student's notebook with all exercises solved, but for the cells given by their grade_id."""
    solved = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in solved_notebook(script_of(unit)).cells
        if "nbgrader" in cell.metadata
    }
    notebook = released(course, unit)
    unknown = set(replaced) - set(solved)
    assert not unknown, f"no such cells: {unknown}"
    for cell in notebook.cells:
        info = cell.metadata.get("nbgrader", {})
        if info.get("solution"):
            cell.source = replaced.get(info["grade_id"], solved[info["grade_id"]])
    return notebook


def noisy_and_without_a_check(course, unit):
    """Right, but it writes to stderr in every check, and one check was deleted by accident."""
    notebook = filled(course, unit)
    noise = nbformat.v4.new_code_cell(
        "import sys\nget_ipython().events.register('pre_run_cell', lambda *a: print('noise', file=sys.stderr))"
    )
    checks = [i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("locked")]
    del notebook.cells[checks[1]]
    notebook.cells.insert(0, noise)
    return notebook


def mark(course, unit, submissions, monkeypatch):
    """The automatic points of each submission."""
    monkeypatch.setenv("RNNKIT_ROOT", str(course.parent))
    monkeypatch.setenv("RNNKIT_BUILD", str(course.parent / "build"))
    folder = course.parent / "handed_in" / unit
    for student, notebook in submissions.items():
        hand_in(folder, student, notebook, unit)
    limits = Limits(seconds=1400, cell_seconds=600)
    options = Options(folder, sandboxed=sandbox.missing() is None, limits=limits)
    outcomes = {o.student: o for o in grade([unit], options, Console(file=io.StringIO()))}
    assert {outcomes[student].status for student in submissions} <= {"marked", "repaired"}, outcomes
    return {student: outcomes[student].points for student in submissions}


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("unit", UNITS)
def test_points(course, unit, monkeypatch):
    wrong = importlib.import_module(f"tests.course.units.wrong_{unit}").WRONG
    assert len(wrong) >= 2
    submissions = {"solved": filled(course, unit), "blank": released(course, unit)}
    expected = {"solved": 85, "blank": 0}
    for name, (cells, points) in wrong.items():
        submissions[name] = filled(course, unit, **cells)
        expected[name] = points
    if unit == "02_bit_counting":
        submissions["noisy"] = noisy_and_without_a_check(course, unit)
        expected["noisy"] = 85
    assert mark(course, unit, submissions, monkeypatch) == expected


def test_release_holds_the_notebook_alone(course):
    for unit in UNITS:
        assert [path.name for path in (course / "release" / unit).iterdir()] == [f"{unit}.ipynb"]
