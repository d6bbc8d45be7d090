"""Runs single tests of a copy of the project, each in a process forked from one that has the large libraries loaded.

Started as a program it is that process: it reads a folder, a test and a file for what pytest prints, in JSON a line, and
answers with pytest's status. It never imports rnnkit itself, so that each fork loads the copy's.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

LIBRARIES = ("keras", "tensorflow", "scipy.optimize", "scipy.sparse.linalg", "sklearn.pipeline", "matplotlib.pyplot")
LIBRARIES += ("nbgrader.apps", "nbgrader.converters", "nbconvert", "nbclient", "jupytext", "pytest", "nbval.plugin")
SECONDS = 600  # after which a test counts as hanging


class Forks:
    """The process, for one worker.

    Args:
        folder: an empty one, for what the tests print.
    """

    def __init__(self, folder: Path) -> None:
        self.said = folder / "said.txt"
        command = [sys.executable, "-P", str(Path(__file__).resolve())]
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, test: str | list[str], folder: Path) -> tuple[int, str]:
        """pytest's status and what it printed, for one test of a copy or several."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([str(folder), test, str(self.said)]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline()), self.said.read_text(encoding="utf-8", errors="replace")[-3000:]

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def serve() -> None:
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _test(*json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _test(folder: str, test: str | list[str], said: str) -> None:
    import pytest

    signal.alarm(SECONDS)
    with open(said, "wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.chdir(folder)
    sys.path.insert(0, folder)
    os.environ["PYTHONPATH"] = folder
    tests = [test] if isinstance(test, str) else test
    status = pytest.main(["-o", "addopts=", "-p", "no:xdist", "-p", "no:cacheprovider", "-xq", *tests])
    sys.stdout.flush()
    os._exit(int(status))


if __name__ == "__main__":
    serve()
