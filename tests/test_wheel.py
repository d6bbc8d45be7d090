"""The wheel in an environment of its own: on each backend alone, without the course; and under a notebook, without a
checkout.
"""

import json
import os
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[1]
# Parts of the contract that need nothing but the layer, its cell and the backend.
CONTRACT = "elman- and (masks or gradients or keras_file or stateful)"


def run(*command, **environment):
    """What a command prints, in an environment without this one's paths."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "RNNKIT"))}
    done = subprocess.run(command, env={**own, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "rnnkit", source / "rnnkit", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(source), str(source))
    [built] = source.glob("*.whl")
    return built


@pytest.mark.parametrize("backend", ["jax", "torch", "tensorflow"])
def test_a_user_program_on_one_backend(backend, wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv/bin/python")
    install = (python, "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"))
    run(*install, f"{wheel}[{backend}]", "pytest")
    alone = {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "PYTHONPATH": ""}
    run(python, str(ROOT / "tests/wheel_program.py"), str(tmp_path), **alone)
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__", "course"))
    options = ("-o", "addopts=", "-o", "markers=long", "-p", "no:cacheprovider", "-q", "--rootdir", str(tmp_path))
    said = run(
        python, "-m", "pytest", *options, str(tmp_path / "tests/layers/test_contract.py"), "-k", CONTRACT, **alone
    )
    assert " passed" in said
    command = str(tmp_path / "venv/bin/rnnkit")
    assert run(command, "--version").startswith("rnnkit ")
    refused = subprocess.run([command, "run"], capture_output=True, text=True)
    assert refused.returncode == 1 and "pip install 'rnnkit[course]'" in refused.stderr


def outputs_of_notebook(name, python, folder, monkeypatch):
    """Execute a student's notebook, copied to a folder outside the checkout, by a kernel of another environment."""
    import nbformat
    from nbclient import NotebookClient

    kernel = folder / "jupyter" / "kernels" / "other"
    kernel.mkdir(parents=True)
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "other", "language": "python"}))
    (folder / "elsewhere").mkdir()
    shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder / "elsewhere")
    for variable in [one for one in os.environ if one.startswith(("PYTHON", "RNNKIT", "MPLBACKEND"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "jupyter"))
    monkeypatch.setenv("RNNKIT_PROFILE", "check")
    notebook = nbformat.read(folder / "elsewhere" / f"{name}.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("import rnnkit\nprint(rnnkit.__file__)"))
    where = {"metadata": {"path": str(folder / "elsewhere")}}
    NotebookClient(notebook, allow_errors=True, kernel_name="other", resources=where).execute()
    assert str(folder / "venv") in notebook.cells[-1].outputs[0].text
    return [cell for cell in notebook.cells[:-1] if cell.cell_type == "code"]


def errors(cell):
    return [output for output in cell.outputs if output.output_type == "error"]


def test_a_notebook_with_the_wheel_alone_says_in_one_line_what_to_install(wheel, tmp_path, monkeypatch):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    install = (str(python), "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"))
    run(*install, str(wheel), "ipykernel")
    first = outputs_of_notebook("02_bit_counting", python, tmp_path, monkeypatch)[0]
    [error] = errors(first)
    [line] = error.traceback
    assert line.endswith("is not installed; this notebook needs: pip install 'rnnkit[course]'")


def test_a_notebook_runs_with_wheel_and_course_and_no_checkout(wheel, tmp_path, monkeypatch):
    """The packages are those of this environment, behind the wheel."""
    from nbgrader.utils import is_grade

    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel))
    [home] = (tmp_path / "venv").glob("lib/python*/site-packages")
    paths = [path for path in sys.path if "site-packages" in path] or site.getsitepackages()
    (home / "behind.pth").write_text("\n".join(paths) + "\n")
    cells = outputs_of_notebook("01_xor", python, tmp_path, monkeypatch)
    for cell in cells:
        assert bool(errors(cell)) == is_grade(cell), (cell.source, errors(cell))
    assert any("image/png" in output.get("data", {}) for cell in cells for output in cell.outputs)
