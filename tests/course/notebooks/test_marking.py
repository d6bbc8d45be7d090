"""Each kind of hand-in gets exactly the points that it must get, check by check."""

import importlib
import io
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from rnnkit.course.grading.grade import Options, grade
from rnnkit.course.grading.marks.steps import read_result
from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from rnnkit.course.grading.sandbox.bubblewrap import Limits
from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.paths import UNITS
from tests.course.grading.course import hand_in
from tests.course.hand_ins import Marker, is_experiment

OLD_PATHS = {"rnnkit.course.teaching": "rnnkit.teaching", "rnnkit.course.experiments": "rnnkit.experiments"}


def wrong_of(unit):
    """The unit's wrong hand-ins: name → cells, and the checks that they lose."""
    return importlib.import_module(f"tests.course.units.wrong_{unit}").WRONG


HAND_INS = [(unit, name) for unit in UNITS for name in ("solved", "blank", *wrong_of(unit))]
COUNTING = "02_bit_counting"


def possible(unit):
    """The automatic points of each check, by its grade_id."""
    cells = solved_notebook(script_of(unit)).cells
    graded = [cell.metadata.nbgrader for cell in cells if cell.cell_type == "code" and "nbgrader" in cell.metadata]
    return {info.grade_id: float(info.points) for info in graded if info.grade}


def expected(unit, name):
    """Points by check: all of them, but for those that the hand-in loses."""
    most = possible(unit)
    lost = {"solved": (), "blank": tuple(most)}[name] if name in ("solved", "blank") else wrong_of(unit)[name][1]
    assert set(lost) <= set(most), f"no such checks: {set(lost) - set(most)}"
    return {grade_id: 0.0 if grade_id in lost else points for grade_id, points in most.items()}


def released(course, unit):
    return nbformat.read(course / "release" / unit / f"{unit}.ipynb", as_version=4)


def filled(course, unit, name="solved"):
    """A hand-in: as released, or with all exercises solved but for the cells that it replaces."""
    notebook = released(course, unit)
    if name == "blank":
        return notebook
    replaced = {} if name == "solved" else wrong_of(unit)[name][0]
    solved = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in solved_notebook(script_of(unit)).cells
        if "nbgrader" in cell.metadata
    }
    unknown = set(replaced) - set(solved)
    assert not unknown, f"no such cells: {unknown}"
    for cell in notebook.cells:
        info = cell.metadata.get("nbgrader", {})
        if info.get("solution"):
            cell.source = replaced.get(info["grade_id"], solved[info["grade_id"]])
    return notebook


def without_experiments(notebook):
    """No mark depends on them."""
    notebook.cells = [cell for cell in notebook.cells if not is_experiment(cell)]
    return notebook


def noisy_and_without_a_check(course, unit):
    """Right, but it writes to stderr in every check, and one check was deleted by accident."""
    notebook = without_experiments(filled(course, unit))
    noise = nbformat.v4.new_code_cell(
        "import sys\nget_ipython().events.register('pre_run_cell', lambda *a: print('noise', file=sys.stderr))"
    )
    checks = [i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("locked")]
    del notebook.cells[checks[1]]
    notebook.cells.insert(0, noise)
    return notebook


def with_old_paths(course, unit):
    """Right, in a notebook that was handed out when the course's modules were in other places."""
    notebook = without_experiments(filled(course, unit))
    found = set()
    for cell in notebook.cells:
        if cell.cell_type == "code" and "nbgrader" not in cell.metadata:
            for new, old in OLD_PATHS.items():
                found |= {new} if new in cell.source else set()
                cell.source = cell.source.replace(new, old)
    assert found == set(OLD_PATHS), "the unit does not import what has moved"
    return notebook


@pytest.fixture(scope="module")
def marker():
    found = Marker()
    yield found
    found.close()


@pytest.mark.parametrize(("unit", "name"), HAND_INS)
def test_points_of_each_check(derived, marker, unit, name):
    verdicts = marker.verdicts(unit, filled(derived / "course", unit, name))
    most = expected(unit, "solved")
    assert sum(most.values()) == 85
    assert {grade_id: verdict["points"] for grade_id, verdict in verdicts.items()} == expected(unit, name), verdicts
    reasons = {grade_id: verdict["reason"] for grade_id, verdict in verdicts.items() if verdict["reason"]}
    assert set(reasons) == {grade_id for grade_id, verdict in verdicts.items() if verdict["points"] < most[grade_id]}
    if name != "blank":  # a wrong value has lost them, not a name that is missing or cannot cross
        assert all(" check failed: " in reason for reason in reasons.values()), reasons


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_has_two_wrong_hand_ins_or_more(unit):
    assert len(wrong_of(unit)) >= 2
    for name in wrong_of(unit):
        assert 0 < sum(expected(unit, name).values()) < 85


def mark(project, unit, submissions):
    """The points of each submission, by grade_id, as the gradebook's sum confirms them."""
    folder = project / "handed_in"
    for student, notebook in submissions.items():
        hand_in(folder, student, notebook, unit)
    limits = Limits(seconds=1400, cell_seconds=600)
    options = Options(folder, sandboxed=sandbox.missing() is None, limits=limits)
    outcomes = {o.student: o for o in grade([unit], options, Console(file=io.StringIO()))}
    assert {o.status for o in outcomes.values()} <= {"marked", "repaired"}, outcomes
    results = project.parent / "build" / "grading" / unit / "results"
    points = {student: read_result(results, student).points for student in submissions}
    assert {student: outcomes[student].points for student in submissions} == {
        student: sum(found.values()) for student, found in points.items()
    }
    return points


def test_graded_in_the_sandbox(project):
    """Keras models and an optimizer cross the border there. A hand-in of rnnkit 0.1 is still marked."""
    kinds = ("solved", next(iter(wrong_of(COUNTING))))
    submissions = {kind: without_experiments(filled(project / "course", COUNTING, kind)) for kind in kinds}
    full = expected(COUNTING, "solved")
    submissions["release-0.1"] = nbformat.read(Path(__file__).with_name("hand_in_of_0_1.ipynb"), as_version=4)
    marks = {**{kind: expected(COUNTING, kind) for kind in kinds}, "release-0.1": full}
    assert mark(project, COUNTING, submissions) == marks


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_graded_in_the_sandbox(project, unit):
    """Other hand-ins get points from the same marker, above."""
    assert mark(project, unit, {"solved": filled(project / "course", unit)}) == {"solved": expected(unit, "solved")}


@pytest.mark.long
def test_right_hand_ins_that_are_odd(project):
    """A noisy one that lacks a check, and one of an earlier release."""
    course = project / "course"
    submissions = {"noisy": noisy_and_without_a_check(course, COUNTING), "old paths": with_old_paths(course, COUNTING)}
    assert mark(project, COUNTING, submissions) == dict.fromkeys(submissions, expected(COUNTING, "solved"))


def test_release_holds_the_notebook_alone(derived):
    for unit in UNITS:
        assert [path.name for path in (derived / "course" / "release" / unit).iterdir()] == [f"{unit}.ipynb"]
