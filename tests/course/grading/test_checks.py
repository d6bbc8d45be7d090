"""What is checked in a unit, and with which names."""

import ast
from dataclasses import replace

import nbformat
import pytest

from rnnkit.course.grading.verdicts.checks import (
    Checks,
    Step,
    checks_of,
    defined_names,
    digest_of,
    split_hidden,
    used_names,
)
from rnnkit.course.grading.verdicts.needed import needed_alone
from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.paths import UNITS


@pytest.mark.parametrize("unit", UNITS)
def test_every_check_of_the_course_is_found(unit):
    notebook = solved_notebook(script_of(unit))
    checks = checks_of(unit, notebook)
    graded = [c.metadata.nbgrader for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    found = {step.grade_id: step for step in checks.steps if step.grade_id}
    assert list(found) == [info.grade_id for info in graded if not info.solution]
    assert sum(step.points for step in found.values()) == 85
    assert all(step.names and step.hidden.strip() and step.visible.strip() for step in found.values())
    assert all("HIDDEN" not in step.visible + step.hidden for step in found.values())
    assert not any(map(generators_drawn_from_after, found.values())), "a student could have set them"
    assert not [line for step in found.values() for line in looked_at_roughly(step)]
    assert Checks.from_json(checks.as_json()) == checks
    assert Checks.from_json(checks.as_json()).digest == checks.digest


def test_the_digest_tells_checks_apart():
    cell = nbformat.v4.new_code_cell("assert f(1) == 1", metadata={"nbgrader": _info("check", grade=True, points=2)})
    other = nbformat.v4.new_code_cell("assert f(1) == 2", metadata=cell.metadata)
    one, two = (checks_of("u", nbformat.v4.new_notebook(cells=[c])) for c in (cell, other))
    assert one.digest != two.digest


def test_which_cells_set_up():
    solution = nbformat.v4.new_code_cell("def f(x): return x", metadata={"nbgrader": _info("f", solution=True)})
    plain, uses = nbformat.v4.new_code_cell("%matplotlib inline\na = 1"), nbformat.v4.new_code_cell("b = f(a)")
    experiment = nbformat.v4.new_code_cell("d = train()", metadata={"tags": ["experiment"]})
    of_it, again = nbformat.v4.new_code_cell("print(d)\ne = 1"), nbformat.v4.new_code_cell("d = 2\nprint(d)")
    source = "assert f(a) == 1\nlater = [f for g in ()]"
    check = nbformat.v4.new_code_cell(source, metadata={"nbgrader": _info("c", grade=True, points=3)})
    found = checks_of("u", nbformat.v4.new_notebook(cells=[plain, solution, uses, experiment, of_it, again, check]))
    assert [(s.grade_id, s.visible, s.points, s.names) for s in found.steps] == [
        (None, "a = 1", 0, ()),
        (None, "", 0, ()),
        ("c", source, 3, ("f",)),
    ]
    assert found.experiments == (digest_of("d = train()\n"),)
    assert found.released == tuple(digest_of(cell.source) for cell in (plain, uses, of_it, again))


def test_what_no_check_needs_is_not_set_up():
    """Keras least of all, which takes seconds to load."""
    first = (
        "import matplotlib.pyplot as plt\nwith quiet():\n    import keras\nimport numpy as np\nprint(keras.__version__)"
    )
    data = "try:\n    a = np.ones(2)\nexcept OSError:\n    raise\nnp.random.seed(1)\nb = keras.ops.sum(a)\nprint(a, b)"
    left = needed_alone([(first, False), (data, False), ("assert f(a) == 2", True)])
    assert left[0] == "import numpy as np"
    assert left[1] == "try:\n    a = np.ones(2)\nexcept OSError:\n    raise\nnp.random.seed(1)"
    assert needed_alone([(first, False), (data, False), ("assert f(b)", True)])[0].count("import") == 2
    found = Checks("u", (Step(None, "import a.b\nfrom c import d", "", 0, ()), Step("e", "import f", "", 1, ())))
    assert found.imports() == ["a.b", "c", "c.d"]


def test_a_kernel_for_each_list_of_what_is_installed():
    uses = {"a": ("numpy",), "b": ("numpy", "keras"), "c": ("collections.Counter", "numpy"), "d": None}
    checks = Checks("u", tuple(Step(name, "", "", 1.0, (), used) for name, used in uses.items()))
    assert checks.kernels() == {("numpy",): ("a", "c"), ("keras", "numpy"): ("b",), None: ("d",)}
    assert Checks.from_json(checks.as_json()) == checks
    assert Checks("u", ()).kernels() == {None: ()}


def test_names():
    source = "import a.b, c as d\nfrom e import f\ng, (h, *i) = 1, (2, 3)\nfor j in k: l = 1\n"
    source += "class M: n = 1\ndef o(p): q = 1\nr += 1"
    assert defined_names(source) == {"a", "d", "f", "g", "h", "i", "j", "l", "M", "o", "r"}
    assert used_names("y = f(x, key=lambda z: z + w)[0]\n%time g()") == {"f", "x", "z", "w"}
    assert defined_names("def broken(:") == set()


@pytest.mark.parametrize("marks", [["BEGIN"], ["END"], ["BEGIN", "BEGIN"], ["END", "BEGIN"], ["BEGIN", "END", "END"]])
def test_marks_that_do_not_match(marks):
    with pytest.raises(ValueError, match="HIDDEN TESTS"):
        split_hidden("\n".join(f"### {mark} HIDDEN TESTS" for mark in marks))


def test_lines_keep_their_numbers():
    visible, hidden = split_hidden("a\n    ### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc")
    assert visible.split("\n") == ["a", "", "", "", "c"] and hidden.split("\n") == ["", "", "b", "", ""]


def _info(grade_id, **flags):
    return {"grade": False, "solution": False, "locked": True, "schema_version": 3, "grade_id": grade_id, **flags}


def generators_drawn_from_after(step):
    """Names of generators that are handed to a student's function, and used by the check besides."""
    nodes = list(ast.walk(ast.parse(step.visible + "\n" + step.hidden)))
    made = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and ast.unparse(getattr(node.value, "func", node)).endswith("default_rng")
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = {call: getattr(call.func, "id", "") for call in nodes if isinstance(call, ast.Call)}
    parts = [part for call, name in calls.items() if name in step.names for part in (*call.args, *call.keywords)]
    parts = [getattr(part, "value", part) for part in parts]
    handed = [part for part in parts if isinstance(part, ast.Name) and part.id in made]
    looked = [call.args[1] for call, name in calls.items() if name == "check_equal"]
    used = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n not in handed + looked}
    return {part.id for part in handed} & used


def looked_at_roughly(step):
    """Checks of what is left of an argument that let a small change pass."""
    calls = [node for node in ast.walk(ast.parse(step.visible + "\n" + step.hidden)) if isinstance(node, ast.Call)]
    for call in calls:
        if ast.unparse(call.func) == "check_array" and "afterwards" in ast.unparse(call.args[0]):
            if [(k.arg, ast.unparse(k.value)) for k in call.keywords] != [("rtol", "0"), ("atol", "0")]:
                yield ast.unparse(call)


def test_a_check_that_draws_from_a_generator_that_a_student_could_set_is_found():
    step = Step("c", "r = np.random.default_rng(1)\nx = r.random()", "f(x, r)\ncheck_equal('r', r, s)", 1, ("f",))
    assert generators_drawn_from_after(step) == {"r"}
    assert not generators_drawn_from_after(replace(step, visible="r = np.random.default_rng(1)\nx = 1"))
