"""Every notebook end to end: solved ones hold what they promise, students' ones run around their blank exercises."""

import os
import subprocess
import sys

import nbformat
import pytest
from nbgrader.utils import is_grade

from rnnkit.course.notebooks import run
from rnnkit.course.notebooks.derive import drifted, script_of, solved_notebook
from rnnkit.course.notebooks.run import errors_of, execute, run_units, table_of
from rnnkit.course.paths import UNITS, build_dir, project_root

# Linux hands getrusage's peak on from the process that started this one; its own is in /proc.
PEAK = """
import pathlib, re, resource
status = pathlib.Path("/proc/self/status")
if status.exists():
    print(1024 * int(re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1]))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def nbval(path):
    """Run nbval on an executed notebook: no cell fails, and cells tagged nbval-check-output give the same again."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=600"]
    command += ["-q", "-p", "no:cacheprovider", "--rootdir", str(path.parent), "-c", os.devnull, str(path)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "RNNKIT_PROFILE": "check"})


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("unit", UNITS)
def test_solved_notebook_holds_and_runs_again(unit, monkeypatch):
    def weighed(script):
        notebook = solved_notebook(script)
        notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
        return notebook

    monkeypatch.setattr(run, "solved_notebook", weighed)
    monkeypatch.setenv("RNNKIT_PROFILE", "quick")
    [outcome] = run_units([unit])
    assert not outcome.errors
    assert outcome.holds, outcome.figure
    assert outcome.points == outcome.possible
    assert outcome.possible + outcome.manual == 100
    page = outcome.page.read_text(encoding="utf-8")
    assert page.count("data:image/png;base64") >= 2
    assert "BEGIN SOLUTION</h3>" not in page
    row = table_of([outcome])
    assert row.row_count == 1
    path = build_dir() / "run" / f"{unit}.ipynb"
    cells = nbformat.read(path, 4).cells
    assert 1e8 < int(cells[-1].outputs[0].text) < 4e9, "bytes of memory at most"
    moving = sum("image/gif" in o.get("data", {}) for c in cells for o in c.get("outputs", []))
    assert page.count('src="data:image/gif;base64,') == moving
    checked = [c for c in cells if "nbval-check-output" in c.metadata.get("tags", [])]
    assert any(cell.outputs for cell in checked), "no deterministic cell is compared strictly"
    result = nbval(path)
    assert result.returncode == 0, result.stdout[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_student_notebook_raises_in_its_checks_only(unit, tmp_path):
    notebook = nbformat.read(project_root() / "notebooks" / f"{unit}.ipynb", as_version=4)
    execute(notebook)
    checks = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and is_grade(cell)]
    raised = errors_of(notebook)
    assert sorted(raised) == checks, raised
    for cell in notebook.cells:
        assert not any(o.output_type == "stream" and o.name == "stderr" for o in cell.get("outputs", [])), cell.source
    pictures = sum("image/png" in o.get("data", {}) for c in notebook.cells for o in c.get("outputs", []))
    assert pictures >= 2
    for i in checks:
        notebook.cells[i].metadata.setdefault("tags", []).append("raises-exception")
    path = tmp_path / f"{unit}.ipynb"
    nbformat.write(notebook, path)
    result = nbval(path)
    assert result.returncode == 0, result.stdout[-3000:]


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


@pytest.mark.slow
def test_committed_notebooks_are_what_the_scripts_give():
    assert drifted() == [], "run make notebooks and commit the result"


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
    from rnnkit.course.notebooks import derive as module

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
