"""nbgrader gives each kind of submission exactly the points that it must get."""

import importlib

import nbformat
import pytest
from nbgrader.api import Gradebook

from rnnkit.notebooks.derive import copy_course, derive, run_nbgrader, script_of, solved_notebook
from rnnkit.paths import UNITS, project_root


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


def mark(course, unit, submissions):
    """The automatic points of each submission."""
    for student, notebook in submissions.items():
        folder = course / "submitted" / student / unit
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{unit}.ipynb")
    run_nbgrader(course, "autograde", unit, "--force")
    points = {}
    with Gradebook(f"sqlite:///{course}/gradebook.db", "rnnkit") as gradebook:
        for student in submissions:
            marked = gradebook.find_submission_notebook(unit, unit, student)
            points[student] = sum(grade.auto_score or 0 for grade in marked.grades)
    return points


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("unit", UNITS)
def test_points(course, unit):
    wrong = importlib.import_module(f"tests.units.wrong_{unit}").WRONG
    assert len(wrong) >= 2
    submissions = {"solved": filled(course, unit), "blank": released(course, unit)}
    expected = {"solved": 85, "blank": 0}
    for name, (cells, points) in wrong.items():
        submissions[name] = filled(course, unit, **cells)
        expected[name] = points
    if unit == "02_bit_counting":
        submissions["noisy"] = noisy_and_without_a_check(course, unit)
        expected["noisy"] = 85
    assert mark(course, unit, submissions) == expected


def test_release_holds_the_notebook_alone(course):
    for unit in UNITS:
        assert [path.name for path in (course / "release" / unit).iterdir()] == [f"{unit}.ipynb"]
