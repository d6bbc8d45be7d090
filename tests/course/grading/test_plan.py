"""Which cells run in which kernel, and what comes of several."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from rnnkit.course.grading.verdicts.checker_process import CheckerProcess
from rnnkit.course.grading.verdicts.checks import Checks, Step, digest_of
from rnnkit.course.grading.verdicts.execute import Runner
from rnnkit.course.grading.verdicts.executed import Executed
from rnnkit.course.grading.verdicts.plan import Plan, together

STEPS = (Step("a", "", "", 1.0, (), ("math", "numpy")), Step("b", "", "", 2.0, (), ("numpy", "keras")))
CHECKS = Checks("u", STEPS, (digest_of("import keras"),), (digest_of("train()"),))
FIRST, SECOND = (Plan(CHECKS, uses, names) for uses, names in CHECKS.kernels().items())


def cell(source, grade_id=None, grade=False, text=None):
    info = {"nbgrader": {"grade_id": grade_id, "grade": grade, "solution": not grade}} if grade_id else {}
    outputs = [new_output("stream", name="stdout", text=text)] if text else []
    return new_code_cell(source, metadata=info, outputs=outputs)


def test_experiments_that_are_as_released_and_checks_are_not_run():
    cells = [cell("train()\n"), cell("train(2)"), cell("assert f()", "a", True), cell("def f(): pass", "f"), cell("x")]
    assert [FIRST.runs(c) for c in cells] == [False, True, False, True, True]
    assert all(Plan(CHECKS, None, (), whole=True).runs(c) for c in cells)


def test_what_may_be_used_is_told_where_something_is_missing():
    missing = "visible check failed: NameError: name 'net' is not defined"
    assert FIRST.told("a", missing).startswith(missing + ". This exercise is marked where nothing is installed but")
    assert "math, numpy and Python's own" in FIRST.told("a", missing)
    assert "numpy, keras and" in SECOND.told("b", "No module named 'rnnkit.layers'")
    assert FIRST.told("a", "x[0]: expected 1, received 2") == "x[0]: expected 1, received 2"
    assert Plan(Checks("u", ()), None, ()).told("a", missing) == missing


def executed(number, status="marked", reason=""):
    names = (
        ("import keras", None),
        ("def f(): pass", "f"),
        ("f", "a"),
        ("def g(): pass", "g"),
        ("g", "b"),
        ("own", None),
    )
    cells = [cell(source, name, name in ("a", "b"), f"kernel {number}") for source, name in names]
    for index, one in enumerate(cells):
        one.id = f"cell-{index}"
    name = CHECKS.grade_ids()[number]
    return Executed(status, reason, nbformat.writes(new_notebook(cells=cells)), {name: 1.0}, {name: "why"}, 1.0, number)


def test_points_and_outputs_are_each_kernels_own():
    found = together([(FIRST, executed(0)), (SECOND, executed(1))], None, 5.0)
    assert (found.status, found.points, found.reasons) == ("marked", {"a": 1.0, "b": 1.0}, {"a": "why", "b": "why"})
    assert (found.seconds, found.busiest) == (5.0, 1)
    cells = nbformat.reads(found.notebook, as_version=4).cells
    shown = ["".join(o.text for o in c.outputs) for c in cells]
    assert shown == ["", "kernel 0", "kernel 0", "kernel 1", "kernel 1", "kernel 1"], "as released it shows nothing"


def test_one_kernel_that_died_is_told_and_the_other_counts():
    runs = [(FIRST, executed(0)), (SECOND, executed(1, "died", "out of luck"))]
    found = together(runs, None, 5.0)
    assert (found.status, found.reason, found.points["a"]) == ("died", "out of luck", 1.0)


def test_a_run_of_the_whole_notebook_gives_outputs_alone():
    shown = Executed("marked", "", "its notebook", {}, {}, 9.0)
    found = together([(FIRST, executed(0)), (SECOND, executed(1))], shown, 5.0)
    assert found.notebook == "its notebook" and found.points == {"a": 1.0, "b": 1.0}


@pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}")
def test_experiments_run_where_pages_are_to_show_them_and_the_points_are_the_same():
    cells = [cell("print('trained')"), cell("def f():\n    return 1", "f"), cell("f()", "c", True), cell("print(f())")]
    checks = Checks(
        "u", (Step("c", "assert f() == 1", "", 2.0, ("f",), ("numpy",)),), (), (digest_of(cells[0].source),)
    )
    shown = {}
    for experiments in (False, True):
        runner = Runner(checks, experiments=experiments)
        try:
            found = runner.run(nbformat.writes(new_notebook(cells=cells)))
        finally:
            runner.close()
        assert (found.status, found.points) == ("marked", {"c": 2.0}), found.reasons
        notebook = nbformat.reads(found.notebook, as_version=4)
        shown[experiments] = ["".join(str(o.get("text", o.get("data"))) for o in c.outputs) for c in notebook.cells]
    assert shown[False] == ["", "", "", "1\n"], "neither the experiment nor the check is run in the notebook"
    assert shown[True] == ["trained\n", "", "{'text/plain': '1'}", "1\n"]


KEEPS = """
seen = []
def f(x):
    seen.append(x)
    return x
"""
HIDDEN = Step("c", "assert f(1) == 1", "\nassert f(4321) == 4321", 2.0, ("f",), ("numpy",))
NEXT = Step("d", "assert g() == 0, g()", "", 1.0, ("g",), ("numpy",))


@pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}")
@pytest.mark.parametrize(
    "last, runs, ends",
    [
        ("print(seen)", 2, "[1]\n"),
        ("g = lambda: str(seen)", 2, ""),
        ("g = lambda: 0", 1, ""),
        ("import os\nos.write(1, str(seen).encode())\nprint(seen, flush=True)\nos._exit(0)", 1, ""),
    ],
    ids=["printed", "told", "silent", "died"],
)
def test_what_code_shows_that_knows_hidden_inputs_is_shown_as_it_is_without(monkeypatch, last, runs, ends):
    """The second run is made where there is something to show, and gives no points."""
    counted = []
    begin = CheckerProcess.begin

    async def begins(checker, visible=False):
        counted.append(visible)
        await begin(checker, visible)

    monkeypatch.setattr(CheckerProcess, "begin", begins)
    cells = [cell(KEEPS, "f"), cell("f", "c", True), cell(last, "g"), cell("g", "d", True)]
    runner = Runner(Checks("u", (HIDDEN, NEXT)))
    try:
        found = runner.run(nbformat.writes(new_notebook(cells=cells)))
    finally:
        runner.close()
    assert counted == [False, True][:runs]
    assert found.points == {"c": 2.0, "d": 1.0 if last == "g = lambda: 0" else 0.0}
    assert "4321" not in found.as_json().replace(KEEPS, "")
    shown = nbformat.reads(found.notebook, as_version=4).cells[2]
    assert "".join(output.get("text", "") for output in shown.outputs) == ends
    assert [c.execution_count for c in nbformat.reads(found.notebook, as_version=4).cells][:2] == [1, None]
    if "str(seen)" in last and runs == 2:
        assert found.reasons["d"].startswith("visible check failed") and "[1]" in found.reasons["d"]
