"""Every notebook end to end: solved ones hold what they promise, students' ones run around their blank exercises."""

import json
import os
import re
import subprocess
import sys
from copy import deepcopy
from dataclasses import asdict
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.utils import is_grade
from nbval.plugin import IPyNbCell, coalesce_streams

from rnnkit.course.notebooks import derive as derive_module
from rnnkit.course.notebooks import run
from rnnkit.course.notebooks.derive import differing, drifted, released_text, script_of, solved_notebook
from rnnkit.course.notebooks.kernels import execute
from rnnkit.course.notebooks.outcome import Outcome
from rnnkit.course.notebooks.run import errors_of, run_units, table_of
from rnnkit.course.paths import UNITS, project_root
from tests.course.once import made_once

# Linux hands getrusage's peak on from the process that started this one; its own is in /proc.
PEAK = """
import pathlib, re, resource
status = pathlib.Path("/proc/self/status")
if status.exists():
    print(1024 * int(re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1]))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
TAG = "nbval-check-output"
# What nbval leaves out of its comparison unless it is told otherwise; pictures differ in their last bits.
NOT_COMPARED = ("metadata", "traceback", "prompt_number", "output_type", "name", "execution_count")
NOT_COMPARED += ("application/vnd.jupyter.widget-view+json", "image/png", "image/jpeg")
# Units that are quick: the short tier executes their blank notebooks, the long tier those of all others.
BLANK = ("08_energy", "10_system_identification")


def nbval(path):
    """Run nbval on an executed notebook: no cell fails, and cells tagged nbval-check-output give the same again."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=600"]
    command += ["-q", "-p", "no:cacheprovider", "--rootdir", str(path.parent), "-c", os.devnull, str(path)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "RNNKIT_PROFILE": "check"})


def different(received, expected):
    """What nbval's own comparison of two cells' outputs finds different."""
    found = []
    cell = SimpleNamespace(
        parent=SimpleNamespace(skip_compare=NOT_COMPARED, sanitize_patterns={}),
        colors=SimpleNamespace(FAIL="", ENDC="", OKBLUE=""),
        format_output_compare=lambda key, left, right: found.append((key, left, right)),
    )
    cell.sanitize = lambda value: IPyNbCell.sanitize(cell, value)
    # What is printed may come in pieces, which nbval joins, in place.
    joined = [coalesce_streams(deepcopy(outputs)) for outputs in (received, expected)]
    same = IPyNbCell.compare_outputs(cell, *joined)
    return [] if same else found + cell.comparison_traceback


def solved_run(factory, unit):
    """What came of a unit's solved notebook in the profile check, executed once a run: the outcome and the cells."""

    def make(folder):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RNNKIT_BUILD", str(folder))
            patch.setenv("RNNKIT_PROFILE", "check")
            [outcome] = run_units([unit])
        (folder / "outcome.json").write_text(json.dumps({**asdict(outcome), "page": ""}))

    folder = made_once(factory, f"executed-{unit}", make, [script_of(unit)])
    page, kept = folder / "run" / f"{unit}.html", json.loads((folder / "outcome.json").read_text())
    return Outcome(**{**kept, "page": page, "errors": tuple(kept["errors"])}), cells_of(page.with_suffix(".ipynb"))


def cells_of(path):
    return nbformat.read(path, as_version=4).cells


def outputs_of(cells, mime):
    return sum(mime in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))


def equations(cells):
    """How many there are in the text, between one dollar or two, code aside."""
    texts = [re.sub(r"`[^`]*`", "", cell.source) for cell in cells if cell.cell_type == "markdown"]
    return sum(len(re.findall(r"\$\$.+?\$\$|\$[^$\n]+?\$", text, re.DOTALL)) for text in texts)


def whole(outcome, cells):
    """Every check passes, the points are the unit's, and the page shows the pictures."""
    assert not outcome.errors
    assert (outcome.points, outcome.possible, outcome.manual) == (85, 85, 15)
    page = outcome.page.read_text(encoding="utf-8")
    assert page.count("data:image/png;base64") >= 2
    assert "BEGIN SOLUTION</h3>" not in page and "HIDDEN TESTS" not in page
    assert "<script" not in page and not re.search(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css|woff2?)', page)
    assert page.count("<math") == equations(cells) > 0
    assert page.count('src="data:image/gif;base64,') == outputs_of(cells, "image/gif")
    assert table_of([outcome]).row_count == 1
    checked = [cell for cell in cells if TAG in cell.metadata.get("tags", [])]
    assert any(cell.outputs for cell in checked), "no deterministic cell is compared strictly"


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("unit", UNITS)
def test_solved_notebook_is_whole(unit, tmp_path_factory):
    outcome, cells = solved_run(tmp_path_factory, unit)
    assert outcome.figure and outcome.baseline
    whole(outcome, cells)


def blank_run(unit):
    """A student's notebook, executed as it is handed out: its checks raise, nothing else does, pictures are there."""
    notebook = nbformat.read(project_root() / "notebooks" / f"{unit}.ipynb", as_version=4)
    execute(notebook)
    checks = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and is_grade(cell)]
    raised = errors_of(notebook)
    assert sorted(raised) == checks, raised
    for cell in notebook.cells:
        assert not any(o.output_type == "stream" and o.name == "stderr" for o in cell.get("outputs", [])), cell.source
    assert outputs_of(notebook.cells, "image/png") >= 2
    return notebook.cells


def same_again(ours, theirs):
    """Cells that say of themselves that they give the same each time have given the same twice."""
    for first, second in zip(ours, theirs, strict=True):
        if TAG in first.metadata.get("tags", []):
            assert not different(second.outputs, first.outputs), first.source


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("unit", BLANK)
def test_student_notebook_raises_in_its_checks_only(unit, tmp_path_factory):
    same_again(solved_run(tmp_path_factory, unit)[1], blank_run(unit))


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("unit", UNITS)
def test_quick_figures_hold_and_blank_exercises_change_nothing(unit, monkeypatch):
    """Two executions, the solved notebook in the profile quick and the student's, serve nbval's comparison too."""

    def weighed(script):
        notebook = solved_notebook(script)
        notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
        return notebook

    monkeypatch.setattr(run, "solved_notebook", weighed)
    monkeypatch.setenv("RNNKIT_PROFILE", "quick")
    [outcome] = run_units([unit])
    path = outcome.page.with_suffix(".ipynb")
    cells = cells_of(path)
    assert outcome.holds, (outcome.errors, outcome.figure)
    whole(outcome, cells)
    assert 1e8 < int(cells[-1].outputs[0].text) < 4e9, "bytes of memory at most"
    monkeypatch.setenv("RNNKIT_PROFILE", "check")
    if unit not in BLANK:
        same_again(cells[:-1], blank_run(unit))
    else:  # nbval itself executes them again
        result = nbval(path)
        assert result.returncode == 0, result.stdout[-3000:]


def test_the_comparison_finds_another_output():
    """nbval's comparison, called as above, can fail: on other text, on text that is missing, on text too much."""

    def stream(text):
        return nbformat.v4.new_output("stream", name="stdout", text=text)

    def value(text, picture):
        return nbformat.v4.new_output("execute_result", data={"text/plain": text, "image/png": picture})

    assert different([stream("4\n"), value("4", "a")], [stream("4\n"), value("4", "a")]) == []
    assert different([value("4", "b")], [value("4", "a")]) == []
    assert different([stream("4"), stream("\n")], [stream("4\n")]) == []
    assert different([stream("5\n")], [stream("4\n")])
    assert different([], [stream("4\n")]) and different([stream("4\n")], [])
    assert different([value("5", "a")], [value("4", "a")])


@pytest.mark.long
def test_nbval_fails_on_another_output(tmp_path):
    """The strict comparison can fail: change one stored output."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    output = nbformat.v4.new_output("stream", name="stdout", text="4\n")
    metadata = {"tags": ["nbval-check-output"]}
    notebook.cells = [nbformat.v4.new_code_cell("print(2 + 2)", metadata=metadata, execution_count=1, outputs=[output])]
    path = tmp_path / "sum.ipynb"
    nbformat.write(notebook, path)
    assert nbval(path).returncode == 0
    notebook.cells[0].outputs[0].text = "5\n"
    nbformat.write(notebook, path)
    assert nbval(path).returncode == 1


def test_committed_notebooks_are_what_the_scripts_give(derived):
    fresh = {unit: released_text(derived / "course", unit) for unit in UNITS}
    assert differing(project_root(), fresh) == [], "run make notebooks and commit the result"


def test_a_notebook_that_has_drifted_is_named(derived, project, monkeypatch):
    """Nothing is written; another text, and a notebook that is not there, are other than what the script gives."""
    fresh = {unit: released_text(derived / "course", unit) for unit in UNITS}
    monkeypatch.setattr(derive_module, "derive", lambda root: fresh if root != project else pytest.fail("derived here"))
    for unit in UNITS:
        (project / "notebooks").mkdir(exist_ok=True)
        (project / "notebooks" / f"{unit}.ipynb").write_text(fresh[unit], encoding="utf-8")
    assert drifted() == []
    (project / "notebooks" / f"{UNITS[0]}.ipynb").write_text(fresh[UNITS[0]] + " ", encoding="utf-8")
    (project / "notebooks" / f"{UNITS[1]}.ipynb").unlink()
    before = sorted(path for path in project.rglob("*"))
    assert drifted() == list(UNITS[:2])
    assert sorted(path for path in project.rglob("*")) == before


@pytest.mark.parametrize("unit", UNITS)
def test_students_see_neither_solutions_nor_hidden_checks(unit):
    text = (project_root() / "notebooks" / f"{unit}.ipynb").read_text(encoding="utf-8")
    for mark in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS"):
        assert mark not in text
    student = nbformat.reads(text, as_version=4)
    solved = solved_notebook(script_of(unit))
    for ours, theirs in zip(solved.cells, student.cells, strict=True):
        if "BEGIN SOLUTION" in ours.source:
            solution = ours.source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            lines = {line.strip() for line in solution.splitlines() if len(line.strip()) > 25}
            assert not lines & {line.strip() for line in theirs.source.splitlines()}


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_has_100_points_and_one_question(unit):
    graded = [cell for cell in solved_notebook(script_of(unit)).cells if is_grade(cell)]
    assert sum(cell.metadata.nbgrader.points for cell in graded) == 100
    assert [cell.cell_type for cell in graded].count("markdown") == 1


def test_a_notebook_with_work_in_it_is_kept(tmp_path, monkeypatch):
    module = derive_module
    monkeypatch.setattr(module, "derive", lambda root: {"01_xor": "new\n", "02_bit_counting": "new\n"})
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path / "build"))
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01_xor.ipynb").write_text("a student's work\n")
    module.write_student_notebooks(tmp_path)
    assert (tmp_path / "notebooks" / "01_xor.ipynb").read_text() == "new\n"
    [kept] = (tmp_path / "build" / "replaced").iterdir()
    assert kept.read_text() == "a student's work\n"
    module.write_student_notebooks(tmp_path)
    assert len(list((tmp_path / "build" / "replaced").iterdir())) == 1


def test_unknown_unit_is_named():
    with pytest.raises(ValueError, match="unit: expected one of 01_xor, .* received '99_none'"):
        script_of("99_none")


@pytest.mark.long
def test_interrupted_run_leaves_nothing_half_written(tmp_path):
    """A page that is there is whole: SIGKILL in the middle leaves the old one or none, and no stray part."""
    environment = {**os.environ, "RNNKIT_BUILD": str(tmp_path), "RNNKIT_PROFILE": "check"}
    process = subprocess.Popen(
        [sys.executable, "-m", "rnnkit.course.cli", "run", "01_xor"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=6)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for path in (tmp_path / "run").glob("**/*"):
        assert not path.name.endswith(".part")
        assert path.read_text(encoding="utf-8").rstrip().endswith(("</html>", "}"))
