"""Who may import whom: the contracts of pyproject.toml hold, and each of them can fail."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from importlinter.api import read_configuration

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "rnnkit"

# What is written into a copy of the package, and the import of it that the contract of that name has to find.
FAULTS = {
    "The library's packages import downwards, and never the course": [
        ("energy/ising.py", "from rnnkit.course.paths import project_root", "energy.ising -> rnnkit.course.paths"),
        ("dynamics/cycles.py", "from rnnkit.layers import Elman", "dynamics.cycles -> rnnkit.layers"),
        ("datasets/xor.py", "def later():\n    import rnnkit.energy.rbm", "datasets.xor -> rnnkit.energy.rbm"),
    ],
    "The course's packages import downwards": [
        (
            "course/teaching/quiet.py",
            "import rnnkit.course.notebooks.run",
            "course.teaching.quiet -> rnnkit.course.notebooks.run",
        ),
    ],
    "Grading's rooms: nothing below knows what is above": [
        (
            "course/grading/screening/html.py",
            "import rnnkit.course.grading.verdicts.pool",
            "screening.html -> rnnkit.course.grading.verdicts.pool",
        ),
    ],
    "No circle of files or folders": [
        ("energy/units.py", "import rnnkit.energy.rbm", ".units"),
    ],
    "A module with an underscore is its own folder's": [
        ("training/rtrl.py", "import rnnkit.identification._model", "training.rtrl -> rnnkit.identification._model"),
    ],
    "The command line and the notebooks' tools are the course's": [
        ("language/windows.py", "import rich.table", "language.windows -> rich"),
    ],
    "Data, energy models, pictures and reservoirs need no Keras": [
        ("energy/gibbs.py", "def later():\n    import keras", "energy.gibbs -> keras"),
    ],
    "matplotlib draws in plots and in the course alone": [
        ("reservoirs/lsm.py", "import matplotlib.pyplot", "reservoirs.lsm -> matplotlib"),
    ],
}

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("rnnkit.course") is None, reason="the table is of library and course together"
)


def lint(folder):
    """Exit status and report on the package in a folder."""
    command = (
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    )
    run = subprocess.run([sys.executable, "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def test_the_table_is_true():
    status, report = lint(ROOT)
    assert status == 0, report


@pytest.mark.parametrize(
    ("contract", "file", "code", "found"),
    [(contract, *fault) for contract, faults in FAULTS.items() for fault in faults],
    ids=lambda value: value if str(value).endswith(".py") else "",
)
def test_every_contract_can_fail(contract, file, code, found, tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "rnnkit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "rnnkit" / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{code}\n")
    status, report = lint(tmp_path)
    assert status == 1
    assert f"\n{contract} BROKEN" in report, report
    assert found in report, report


def test_every_contract_has_a_fault():
    assert set(FAULTS) == {
        contract["name"] for contract in read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    }


def test_no_module_of_the_library_hides_an_import_in_the_lazy_names():
    """`import rnnkit` gives every public name, and no contract would see which."""
    graph = grimp.build_graph("rnnkit", cache_dir=None)
    importers = graph.find_modules_that_directly_import("rnnkit")
    assert not [name for name in importers if not name.startswith("rnnkit.course.")]
