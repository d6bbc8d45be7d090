"""A kernel's sockets are its sandbox's own; the host loses nothing to it, and follows no link of it."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from rnnkit.course.grading.sandbox import bubblewrap, sockets
from rnnkit.course.grading.sandbox.bubblewrap import MB, Limits
from rnnkit.course.grading.sandbox.provisioner import sweep
from rnnkit.course.grading.sandbox.sockets import Sockets
from rnnkit.course.grading.verdicts.checks import Checks
from rnnkit.course.grading.verdicts.execute import Runner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")
needs_a_sandbox = pytest.mark.skipif(bubblewrap.missing() is not None, reason=f"no sandbox: {bubblewrap.missing()}")


class Kernel:
    """A process that might have made these sockets."""

    def __init__(self, folder):
        self.inside = folder / "in"
        self.ours = folder / "ours"
        self.inside.mkdir()
        self.ours.mkdir()
        self.listening = []

    def bind(self, path):
        self.listening.append(socket.socket(socket.AF_UNIX))
        self.listening[-1].bind(str(path))
        self.listening[-1].listen()
        return self.listening[-1]

    def open(self):
        made = Sockets(self.ours, str(self.inside / "k"), [1, 2])
        asyncio.run(made.open(os.getpid(), lambda: True))
        return made


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    monkeypatch.setattr(sockets, "START", 0.3)
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # a socket's path has at most 107 bytes
        made = Kernel(Path(short))
        yield made
        for one in made.listening:
            one.close()


def connected(path, listener):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        listener.settimeout(1)
        client.connect(str(path))
        listener.accept()[0].close()
    return True


def test_sockets_are_reached_by_links_of_ours(kernel):
    first, second = (kernel.bind(kernel.inside / f"k-{number}") for number in (1, 2))
    made = kernel.open()
    assert connected(f"{made.prefix}-1", first) and connected(f"{made.prefix}-2", second)
    made.close()
    with pytest.raises(OSError):
        connected(f"{made.prefix}-1", first)


def test_what_lies_under_their_names_later_is_not_looked_at(kernel):
    first = kernel.bind(kernel.inside / "k-1")
    kernel.bind(kernel.inside / "k-2")
    made = kernel.open()
    elsewhere = kernel.bind(kernel.ours / "elsewhere")
    (kernel.inside / "k-1").unlink()
    (kernel.inside / "k-1").symlink_to(kernel.ours / "elsewhere")
    assert connected(f"{made.prefix}-1", first)
    elsewhere.settimeout(0.1)
    with pytest.raises(TimeoutError):
        elsewhere.accept()
    made.close()


@pytest.mark.parametrize("odd", ["a link", "a link for the folder", "a file", "nothing"])
def test_what_is_no_socket_is_not_opened(kernel, odd):
    kernel.bind(kernel.inside / "k-1")
    if odd == "a link":
        kernel.bind(kernel.ours / "elsewhere")
        (kernel.inside / "k-2").symlink_to(kernel.ours / "elsewhere")
    elif odd == "a file":
        (kernel.inside / "k-2").touch()
    elif odd == "a link for the folder":
        kernel.bind(kernel.inside / "k-2")
        kernel.inside.rename(kernel.inside.with_name("moved"))
        kernel.inside.symlink_to(kernel.inside.with_name("moved"))
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(RuntimeError, match="was not there after"):
        kernel.open()
    assert len(os.listdir("/proc/self/fd")) <= before and not list(kernel.ours.glob("k-*"))


def test_a_kernel_that_ended_is_not_waited_for(kernel, monkeypatch):
    monkeypatch.setattr(sockets, "START", 100.0)
    with pytest.raises(RuntimeError, match="ended before"):
        asyncio.run(Sockets(kernel.ours, "/tmp/nowhere/k", [1]).open(os.getpid(), lambda: False))


def test_folders_of_killed_graders_are_swept(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    names = {f"rk-{ended.pid}-a": False, f"rk-{os.getpid()}-b": True, "rk-c": True, "rk-x-d": True, "other": True}
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "connection.json").touch()
    (tmp_path / f"rk-{ended.pid}-link").symlink_to(tmp_path / "other")
    sweep(tmp_path)
    assert {name: (tmp_path / name / "connection.json").exists() for name in names} == names


def executed(source, limits):
    """The outputs of a cell in the sandbox."""
    runner = Runner(Checks("u", ()), limits)
    try:
        cells = [new_code_cell(source, id="a"), new_code_cell("5", id="b")]
        found = runner.run(nbformat.writes(new_notebook(cells=cells)))
    finally:
        runner.close()
    assert found.status == "marked", found.reason
    first, second = nbformat.reads(found.notebook, as_version=4).cells
    assert second.outputs[0].data["text/plain"] == "5", "it still answers"
    return "".join(output.get("text", "") for output in first.outputs)


FILL = """
import os, sys
folder = os.path.dirname(sys.argv[sys.argv.index("-f") + 1])
for number in range(80):
    try:
        with open(f"{folder}/filler-{number}", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 50 * 2**20)
        print("took", number)
    except OSError as error:
        print(error.strerror)
"""


@pytest.mark.long
@needs_a_sandbox
def test_the_host_loses_no_disk():
    """Measured by what is left of it, while the kernel tries."""
    start, least, done = shutil.disk_usage("/tmp").free, [], threading.Event()

    def watch():
        while not done.wait(0.02):
            least.append(shutil.disk_usage("/tmp").free)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        said = executed(FILL, Limits(seconds=120, cell_seconds=60, disk=64 * MB))
    finally:
        done.set()
        watching.join()
    assert said.count("took") == 1 and said.count("No space left on device") == 79
    assert start - min(least) < 200 * MB, "others may write meanwhile"


@pytest.mark.long
@needs_a_sandbox
def test_sockets_exchanged_for_links_lead_to_nothing_of_the_host(kernel):
    path = f"/tmp/rnnkit-test-{os.getpid()}.sock"
    listener = kernel.bind(path)
    listener.settimeout(0.5)
    links = f"import glob, os\nfor name in glob.glob('/tmp/k*-*'):\n    os.unlink(name)\n    os.symlink({path!r}, name)"
    try:
        executed(links + "\nimport time; time.sleep(3)", Limits(seconds=120, cell_seconds=60))
        with pytest.raises(TimeoutError):
            listener.accept()
    finally:
        os.unlink(path)


@pytest.mark.long
@needs_a_sandbox
@pytest.mark.timeout(900)
def test_no_key_is_left_on_the_disk_by_a_grader_that_was_killed():
    script = "from tests.course.grading.test_provisioner import *; executed('import time; time.sleep(60)', Limits())"
    grader = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 600
    while not _linked(grader.pid):
        assert time.monotonic() < until and grader.poll() is None
        time.sleep(0.05)
    time.sleep(1)
    grader.kill()
    grader.wait()
    left = _folders(grader.pid)
    assert left and not [path for folder in left for path in folder.iterdir() if not path.is_symlink()]
    sweep()
    assert not _folders(grader.pid)


def _folders(pid):
    return [Path("/tmp") / name for name in os.listdir("/tmp") if name.startswith(f"rk-{pid}-")]


def _linked(pid):
    return [path for folder in _folders(pid) for path in folder.glob("k-*")]
