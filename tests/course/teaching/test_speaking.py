"""What checks say in Jupyter: one real kernel, and the lines that it shows."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.notebooks.form import form_of
from rnnkit.course.teaching import check_array, speaking

CELLS = {
    "set up": "import numpy as np\nfrom rnnkit.course.teaching import check_array, check_equal, check_raises",
    "blank": "def forward(x):\n    # YOUR CODE HERE\n    raise NotImplementedError",
    "check of the blank one": 'check_array("f", forward(1), 2)',
    "written": "def forward(x):\n    return 2 * x",
    "check": '# Check: The forward pass (10 points)\ncheck_array("f(1)", forward(1), 2)\ncheck_equal("n", 3, 3)\n'
    'check_raises("f of nothing", TypeError, lambda: forward(None))',
    "wrong": '# Check: The forward pass (10 points)\ncheck_array("f(2)", forward(2), 5)',
    "their own error": "def forward(x):\n    return x / 0",
    "check of it": 'check_raises("f(1)", ValueError, lambda: forward(1))',
    "error": 'check_array("f(1)", forward(1), 2)',
    "in words of their own": 'raise NotImplementedError("later")',
    "a package of the course": "import sys\nsys.modules['sklearn'] = None\nimport sklearn.linear_model",
    "no package of the course": "import mathplotlib",
    "no check": "1 + 1",
    "many": 'for i in range(8):\n    check_equal(f"n{i}", i, i)',
}


@pytest.fixture(scope="module")
def said():
    """For each cell its outputs as text, and whether it raised."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, allow_errors=True, kernel_name="python3").execute()
    found = {}
    for name, cell in zip(CELLS, notebook.cells, strict=True):
        lines = [line for o in cell.outputs for line in (o.get("traceback") or [o.get("text", "")])]
        text = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(lines))
        found[name] = text, [o.ename for o in cell.outputs if o.output_type == "error"]
    return found


def test_a_blank_exercise_raises_in_one_line(said):
    text, raised = said["check of the blank one"]
    assert raised == ["NotImplementedError"]
    assert text == "✎ `forward` is not written yet: its cell still says `raise NotImplementedError`."


def test_what_has_passed_is_said_with_its_points(said):
    text, raised = said["check"]
    assert not raised
    first, *named, last = text.strip().splitlines()
    assert first == "✓ The forward pass" and named == ["  · f(1)", "  · n", "  · f of nothing"]
    assert last.startswith("  10 points, if it is right for")
    assert said["no check"][0] == "" and said["set up"][0] == ""
    assert said["many"][0].split() == [
        "✓",
        "Right",
        *" · ".join(["", *(f"n{i}" for i in range(6)), "and 2 more"]).split(),
    ]


def test_a_wrong_value_is_told_without_a_traceback(said):
    assert said["wrong"] == ("✗ f(2): expected 5, received 4.", ["CheckFailed"])
    text, raised = said["check of it"]
    assert raised == ["CheckFailed"] and text.startswith("✗ f(1): expected ValueError, received ZeroDivisionError")


def test_an_error_of_the_students_own_shows_their_line_and_none_of_ours(said):
    text, raised = said["error"]
    assert raised == ["ZeroDivisionError"]
    assert "return x / 0" in text and "checks.py" not in text
    assert said["in words of their own"][1] == ["NotImplementedError"]
    assert "later" in said["in words of their own"][0] and "✎" not in said["in words of their own"][0]


def test_each_check_of_a_unit_names_its_exercise_and_lets_jupyter_go_on():
    form = form_of(script_of("02_bit_counting"))
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in solved_notebook(script_of("02_bit_counting")).cells
        if "nbgrader" in cell.metadata
    }
    for exercise in form.exercises:
        for check in exercise.checks:
            label = speaking.LABEL.match(cells[check].source)
            assert label["title"] == exercise.title
            assert cells[check].metadata.tags == ["raises-exception"]


def test_the_likely_cause_is_told_below_the_reason(monkeypatch):
    cause = {speaking.fingerprint("f: expected 2, received 3."): "One too many."}
    monkeypatch.setattr(speaking, "likely_causes", lambda: cause)
    with pytest.raises(speaking.CheckFailed) as caught:
        check_array("f", 3, 2)
    assert str(caught.value) == "f: expected 2, received 3.\nLikely: One too many."
    assert caught.value.reason == "f: expected 2, received 3."
    with pytest.raises(AssertionError, match=r"received 4\.$"):
        check_array("f", 4, 2)


def test_a_package_of_the_course_that_is_missing_is_named_in_a_line(said):
    text, raised = said["a package of the course"]
    assert text == "✗ sklearn is not installed; this notebook needs: pip install 'rnnkit[course]'"
    assert raised == ["ModuleNotFoundError"]
    text, raised = said["no package of the course"]
    assert "pip install" not in text and "No module named 'mathplotlib'" in text and raised == ["ModuleNotFoundError"]
