"""An exercise is the student's own work: what is borrowed gets nothing."""

import nbformat
import pytest

from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from rnnkit.course.grading.verdicts.checks import checks_of
from rnnkit.course.grading.verdicts.execute import Runner
from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.notebooks.form import form_of, uses_by_check
from rnnkit.course.notebooks.names import names_bound, names_read
from rnnkit.course.paths import UNITS
from tests.course.hand_ins import Marker
from tests.course.units.borrowed import BORROWED, WAYS, borrowed

needs_sandbox = pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}")


def answered(unit, cells):
    """The solved notebook with other answers to some exercises."""
    notebook = solved_notebook(script_of(unit))
    for cell in notebook.cells:
        cell.source = cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    return notebook


def may_use(exercise):
    """Whether an exercise may use what it would borrow."""
    module = BORROWED[exercise[0]][exercise[1].grade_id][0]
    return any(module == name or module.startswith(f"{name}.") for name in exercise[1].uses)


@pytest.fixture(scope="module")
def marker():
    found = Marker()
    yield found
    found.close()


@pytest.mark.parametrize("unit", BORROWED)
def test_where_everything_is_installed_it_gets_full_points(marker, unit):
    """So these are attacks."""
    verdicts = marker.verdicts(unit, answered(unit, borrowed(unit)))
    assert not {name: verdict["reason"] for name, verdict in verdicts.items() if verdict["reason"]}


@pytest.mark.parametrize("unit", UNITS)
def test_each_unit_has_ways_to_borrow(unit):
    assert len(borrowed(unit)) >= 1


def losing(unit, cells):
    """The checks of exercises that were borrowed, and those of exercises that call these."""
    form = form_of(script_of(unit))
    lost, names = set(), set()
    for exercise in form.exercises:
        if exercise.grade_id in cells and not may_use((unit, exercise)):
            lost |= set(exercise.checks)
            names |= names_bound(exercise.solution)
    calling = {c for e in form.exercises if not e.by_hand and names & names_read(e.solution) for c in e.checks}
    return lost, lost | calling


def check_turns(unit, turns):
    """Hand-ins with borrowed answers, marked one after the other."""
    form = form_of(script_of(unit))
    runner = Runner(checks_of(unit, solved_notebook(script_of(unit)), uses_by_check(script_of(unit))))
    try:
        for turn in turns:
            cells = borrowed(unit, turn)
            borrowed_checks, lost = losing(unit, cells)
            executed = runner.run(nbformat.writes(answered(unit, cells)))
            assert executed.status == "marked", executed.reason
            assert all(executed.points[name] == 0 and executed.reasons[name] for name in borrowed_checks), executed
            kept = {name: points for name, points in executed.points.items() if name not in lost}
            assert all(points > 0 for points in kept.values()), executed.reasons
            # Whoever looks for a module in memory is told what was not found there.
            told = [form.exercise(name).checks[0] for name, cell in cells.items() if "gc.get_objects" not in cell]
            told = [executed.reasons[name] for name in told if name in borrowed_checks]
            assert all("installed but what it may use" in reason for reason in told), told
    finally:
        runner.close()


@needs_sandbox
@pytest.mark.parametrize("unit", UNITS)
def test_what_is_borrowed_gets_nothing(unit):
    check_turns(unit, [0])


@needs_sandbox
@pytest.mark.long
@pytest.mark.parametrize("unit", UNITS)
def test_what_is_borrowed_in_all_ways_gets_nothing(unit):
    check_turns(unit, range(1, len(WAYS)))
