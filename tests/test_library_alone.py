"""The library and its tests do without the course: a copy of the tree from which the course has been deleted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[1]
COURSE = ("rnnkit/course", "tests/course")
# Files that are quick, from different corners; all the others have to be importable.
RUN = ("tests/test_import.py", "tests/datasets", "tests/energy/test_hopfield.py", "tests/layers/test_elman.py")
WRITTEN = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", ".*")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """What git knows of the library, its tests and what these read."""
    root = tmp_path_factory.mktemp("library")
    for name in ("rnnkit", "tests", "docs"):
        shutil.copytree(ROOT / name, root / name, ignore=WRITTEN)
    for path in (*ROOT.glob("*.toml"), *ROOT.glob("*.txt"), *ROOT.glob("*.md"), *ROOT.glob("*.yml"), ROOT / "Makefile"):
        shutil.copy(path, root)
    for name in COURSE:
        shutil.rmtree(root / name)
    return root


def run_pytest(tree, *arguments):
    """Python finds the copy's rnnkit before the one that is installed."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-o", "addopts=", "-p", "no:xdist", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run([*command, *arguments], cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"without the course:\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def test_every_test_of_the_library_is_collected(tree):
    assert "error" not in run_pytest(tree, "--collect-only", "tests").splitlines()[-1]


def test_tests_from_every_corner_pass(tree):
    found = subprocess.run(
        [sys.executable, "-c", "import rnnkit; print(rnnkit.__file__)"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(tree), found.stdout
    assert " passed" in run_pytest(tree, *RUN)
