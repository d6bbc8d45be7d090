"""Each planted fault makes the test beside it fail; in a copy of the project, so that both workers can plant."""

import os
import shutil
from pathlib import Path

import pytest

from tests.planted.faults import Fault, gathered
from tests.planted.forks import Forks

ROOT = Path(__file__).parents[2]
FAULTS = gathered()
COPIED = ("rnnkit", "tests", "course", "notebooks", "pyproject.toml", "README.md", "constraints.txt")
FAILED = 1  # pytest's status when tests ran and some failed; others say that none ran


@pytest.fixture(scope="session")
def copy(tmp_path_factory):
    """The project's files once more, for this worker alone."""
    there = tmp_path_factory.mktemp("planted")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, there / name, ignore=shutil.ignore_patterns("*.ipynb_checkpoints"))
        elif (ROOT / name).exists():
            shutil.copy2(ROOT / name, there / name)
    return there


@pytest.fixture(scope="session")
def forks(tmp_path_factory):
    process = Forks(tmp_path_factory.mktemp("forks"))
    yield process
    process.close()


@pytest.mark.long
def test_without_a_fault_they_pass(copy, forks):
    """Or a test that fails in the copy for another reason would seem to catch its fault."""
    status, said = forks.run(sorted({fault.test for fault in FAULTS}), copy)
    assert status == 0, said


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_caught(fault, copy, forks):
    file = copy / fault.file
    sound, stamp = file.read_text(encoding="utf-8"), file.stat()
    try:
        file.write_text(fault.planted(sound), encoding="utf-8")
        # Compiled files are told by seconds and size, which a fault may leave as they are.
        os.utime(file, (stamp.st_atime, stamp.st_mtime + 10 + FAULTS.index(fault)))
        status, said = forks.run(fault.test, copy)
    finally:
        file.write_text(sound, encoding="utf-8")
        os.utime(file, (stamp.st_atime, stamp.st_mtime))
    assert status == FAILED, f"{fault.test} did not fail (status {status}) with {fault.new!r} planted:\n{said}"


@pytest.mark.parametrize("file", sorted({fault.file for fault in FAULTS}))
def test_faults_can_be_planted(file):
    source = (ROOT / file).read_text(encoding="utf-8")
    for fault in FAULTS:
        if fault.file == file:
            assert fault.planted(source) != source
            assert (ROOT / fault.test.partition("::")[0]).is_file(), fault.test


@pytest.mark.long
def test_a_fault_that_no_test_sees_is_reported(tmp_path, forks):
    """The runner itself: a comment changes nothing, so that the test it names must not fail."""
    (tmp_path / "double.py").write_text("def double(x):\n    return 2 * x  # twice\n")
    (tmp_path / "test_double.py").write_text(
        "from double import double\n\n\ndef test_it():\n    assert double(3) == 6\n"
    )
    (tmp_path / "pyproject.toml").write_text("")
    harmless = Fault("double.py", "# twice", "# two times", "test_double.py::test_it")
    harmful = Fault("double.py", "2 * x", "3 * x", "test_double.py::test_it")
    sound = (tmp_path / "double.py").read_text()
    found = []
    for fault in (harmless, harmful):
        (tmp_path / "double.py").write_text(fault.planted(sound))
        found.append(forks.run(fault.test, tmp_path)[0])
    assert found == [0, FAILED]
    with pytest.raises(ValueError, match="stands there 0 times"):
        Fault("double.py", "nothing", "", "test_double.py").planted(sound)
