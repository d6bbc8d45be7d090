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


# The copy stands before the installed package on the path; the finder of an editable one would add the course to it.
PYTEST = """
import importlib.util, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in finder.__module__]
import pytest
import rnnkit
assert rnnkit.__file__.startswith(sys.argv[1]), rnnkit.__file__
assert importlib.util.find_spec("rnnkit.course") is None
sys.exit(pytest.main(["-o", "addopts=", "-p", "no:xdist", "-p", "no:cacheprovider", "-q", *sys.argv[2:]]))
"""


def run_pytest(tree, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-c", PYTEST, str(tree), *arguments]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"without the course:\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def test_every_test_of_the_library_is_collected(tree):
    assert " collected" in run_pytest(tree, "--collect-only", "tests")


def test_tests_from_every_corner_pass(tree):
    assert " passed" in run_pytest(tree, *RUN)
