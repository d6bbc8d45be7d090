"""Submissions that take more than their share, or do not end. What was earned before is kept."""

import nbformat
from nbformat import NotebookNode

from tests.course.grading.attacks.case import LEFT_BEHIND, Case, Place, added

ENDLESS = "def total(x):\n    while True:\n        pass"
STUBBORN = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
DRIP = "import time\nfor _ in range(4):\n    time.sleep(0.5)\n    print('.', end='', flush=True)"
OUTPUT = "for _ in range(1000):\n    print('x' * 100_000)"
MEMORY = "hoard = []\nwhile True:\n    hoard.append(np.ones(2**23))"
FORKS = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
THREADS = """
import threading, time
started = []
try:
    while len(started) < 5000:
        thread = threading.Thread(target=time.sleep, args=(3600,), daemon=True)
        thread.start()
        started.append(thread)
except RuntimeError as error:
    print("refused:", error)
"""
BACKGROUND = f"""
import os, subprocess
subprocess.Popen(["sleep", "{LEFT_BEHIND}"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "{LEFT_BEHIND}"])
    os._exit(0)
"""
DISK = """
import os
for folder in ("/tmp", "/dev/shm", os.path.expanduser("~"), os.getcwd()):
    try:
        for number in range(40):
            with open(f"{folder}/filler-{number}", "wb") as file:
                file.write(b"x" * 2**24)
    except OSError as error:
        print(folder, error)
"""
SOCKETS_FOLDER = """
import os, sys
folder = os.path.dirname(sys.argv[sys.argv.index("-f") + 1])
os.makedirs(folder + "/a/b", exist_ok=True)
while True:
    for number in range(200):
        with open(f"{folder}/a/b/filler-{number}", "wb") as file:
            file.write(b"x" * 2**20)
"""
LINKS = """
import glob, os, time
for path in glob.glob("/tmp/k*-*"):
    os.unlink(path)
    os.symlink("/tmp/rnnkit-{port}.sock", path)
time.sleep(3)
"""
DEEP_FOLDERS = """
import os, sys
os.chdir(os.path.dirname(sys.argv[sys.argv.index("-f") + 1]))
for _ in range(5000):
    os.mkdir("d")
    os.chdir("d")
"""


def drip(place: Place) -> NotebookNode:
    """Each cell is quick enough; together they are not."""
    notebook = place.right()
    at = next(i for i, cell in enumerate(notebook.cells) if "def apply" in cell.source)
    notebook.cells[at:at] = [nbformat.v4.new_code_cell(DRIP, id=f"drip-{i}") for i in range(60)]
    return notebook


def between(place: Place, source: str) -> NotebookNode:
    """After the first check, before the second exercise."""
    notebook = place.right()
    at = next(i for i, cell in enumerate(notebook.cells) if "def apply" in cell.source)
    notebook.cells.insert(at, nbformat.v4.new_code_cell(source, id="own-between"))
    return notebook


def at_end(place: Place, source: str) -> NotebookNode:
    return added(place.right(), last=source)


CASES = [
    Case(
        "endless-cell", "a cell that does not end", lambda p: between(p, "while True:\n    pass"), 30,
        "it was interrupted, the rest is right", "timed out", group="short",
    ),
    Case(
        "endless-function", "an exercise that does not end", lambda p: p.right(total=ENDLESS), 20,
        "the other exercise is right", "timed out", group="short",
    ),
    Case(
        "endless-stubborn", "it ignores being interrupted", lambda p: between(p, STUBBORN), 10,
        "earned before", "timed out", group="short",
    ),
    Case(
        "slow-drip", "60 cells, each below a cell's limit", drip, 10, "earned before", "timed out", group="short",
        plain=False, harm="no limit for a notebook: runs to its end, 60 cells of up to 600 s",
    ),
    Case("output", "100 MB of output", lambda p: p.right(OUTPUT), 30, "the work is right"),
    Case("input", "asks a question", lambda p: p.right("name = input('Your name? ')"), 30, "the work is right"),
    Case(
        "memory", "takes all memory", lambda p: between(p, MEMORY), 10, "earned before", "out of memory",
        plain=False, harm="no limit: takes all memory of the host",
    ),
    Case(
        "fork-bomb", "processes without end", lambda p: between(p, FORKS), 10, "earned before",
        "timed out|died|out of memory", group="short", plain=False, harm="no limit: takes all processes of the host",
    ),
    Case(
        "threads", "5,000 threads", lambda p: between(p, THREADS), 30, "they harm nobody, the work is right",
        plain=False, harm="no limit: starts them all",
    ),
    Case(
        "background", "leaves processes behind", lambda p: at_end(p, BACKGROUND), 30, "the work is right",
    ),
    Case("exit", "os._exit in a cell", lambda p: between(p, "import os\nos._exit(0)"), 10, "earned before", "died"),
    Case(
        "exit-in-function", "os._exit in an exercise",
        lambda p: p.right(apply="def apply(function, x, rng):\n    import os\n    os._exit(0)"), 10, "earned before", "died",
    ),
    Case("sys-exit", "sys.exit in a cell", lambda p: between(p, "import sys\nsys.exit(1)"), 30, "the work is right"),
    Case(
        "kernel-killed", "kills its kernel, and all it sees",
        lambda p: between(p, "import os\ntry:\n    os.kill(-1, 9)\nfinally:\n    os.kill(os.getpid(), 9)"),
        10, "earned before", "died", plain=False, harm="kills every process of the instructor's",
    ),
    Case(
        "disk", "fills the disk", lambda p: between(p, DISK), 30, "its own disk is full, the work is right",
        plain=False, harm="no limit: fills the host's disk",
    ),
    Case(
        "disk-sockets", "fills the folder of the kernel's sockets", lambda p: between(p, SOCKETS_FOLDER), 30,
        "it is its own, the work is right", plain=False, harm="no limit: fills the host's disk",
    ),
    Case(
        "deep-folders", "folders 5,000 deep where the sockets are", lambda p: between(p, DEEP_FOLDERS), 30,
        "they are gone with it, the work is right", plain=False, harm="leaves them where the kernel ran",
    ),
    Case(
        "sockets-links", "links to a socket of the host in place of the kernel's", lambda p: between(p, LINKS.format(port=p.port)),
        30, "no link is followed, the work is right", plain=False, harm="its sockets are TCP's",
    ),
]  # fmt: skip
