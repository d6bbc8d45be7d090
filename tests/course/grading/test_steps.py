"""nbgrader's steps with verdicts from elsewhere: whatever a notebook holds, the points are the checker's."""

import json
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from rnnkit.course.grading.marks.steps import MakeHarmless, TakeMarks, TakeOutputs, read_result, result_path
from rnnkit.course.grading.verdicts.executed import Executed

RESOURCES = {"nbgrader": {"student": "ada"}}


def graded(grade_id, source="", points=10, solution=False, **more):
    info = {"grade": True, "solution": solution, "locked": not solution, "schema_version": 3, "task": False}
    info |= {"grade_id": grade_id, "points": points, "cell_type": "code"}
    return new_code_cell(source, metadata={"nbgrader": info}, **more)


@pytest.fixture
def kept(tmp_path):
    """Where a result of ada's is kept: one check passed, one failed, one was not reached."""
    shown = new_output("execute_result", data={"text/plain": "1000"}, execution_count=1)
    cells = [graded("good", outputs=[shown]), graded("bad"), graded("late"), new_code_cell("x", outputs=[shown])]
    notebook = nbformat.writes(new_notebook(cells=cells))
    reasons = {"bad": "visible check failed: F: expected 2", "late": "not reached"}
    executed = Executed("timed out", "a cell took longer than 5 s", notebook, {"good": 10.0, "bad": 0.0}, reasons)
    result_path(tmp_path, "ada").write_text(json.dumps({"key": "k", **json.loads(executed.as_json())}))
    assert read_result(tmp_path, "ada") == executed
    return tmp_path


def test_the_reason_stands_at_each_check_that_failed(kept):
    nb, _ = TakeOutputs(results=str(kept)).preprocess(new_notebook(), RESOURCES)
    texts = [[output.get("text") for output in cell.outputs if output.output_type == "stream"] for cell in nb.cells]
    late = "not reached: a cell took longer than 5 s\n"
    assert texts == [[], ["visible check failed: F: expected 2\n"], [late], []]


def test_a_result_that_a_check_cell_shows_is_no_points(kept):
    """nbgrader takes a number that a check shows for its points."""
    nb, _ = TakeOutputs(results=str(kept)).preprocess(new_notebook(), RESOURCES)
    assert [output.output_type for output in nb.cells[0].outputs] == ["display_data"]
    assert [output.output_type for output in nb.cells[3].outputs] == ["execute_result"]


@pytest.mark.parametrize("grade_id, points, by_hand", [("good", 10.0, None), ("bad", 0.0, 4.0), ("unknown", 0.0, None)])
def test_points_are_the_checkers(kept, monkeypatch, grade_id, points, by_hand):
    grade = SimpleNamespace(auto_score=None, manual_score=by_hand, needs_manual_grade=False, max_score=10.0)
    step = TakeMarks(results=str(kept))
    step._points = read_result(kept, "ada").points
    step.gradebook = SimpleNamespace(
        find_grade=lambda *names: grade, db=SimpleNamespace(commit=lambda: None), find_graded_cell=lambda *names: None
    )
    step.notebook_id = step.assignment_id = step.student_id = "ada"
    forged = new_output("execute_result", data={"text/plain": "7"}, execution_count=1)
    step._add_score(graded(grade_id, outputs=[forged]), RESOURCES)
    assert grade.auto_score == points
    assert grade.needs_manual_grade == (by_hand is not None)  # a person's points are to be looked at again


def test_what_a_browser_would_run_is_taken_out_last():
    shown = new_output("display_data", data={"text/html": "<b onclick='x()'>2</b>", "application/javascript": "x()"})
    cells = [new_markdown_cell("<img src=x onerror=x()>"), new_code_cell("x", outputs=[shown])]
    nb, _ = MakeHarmless().preprocess(new_notebook(cells=cells), RESOURCES)
    assert nb.cells[1].outputs[0].data == {"text/html": "<b>2</b>"}
    assert "<img" not in nb.cells[0].source
