"""The wheel in an environment of its own, on each backend alone: no other backend, no course, no scikit-learn."""

import os
import shutil
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
