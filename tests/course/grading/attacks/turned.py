"""The interpreter turned against the checks: what runs later, beside, or instead; and what has no owner."""

import copy
import json
from dataclasses import replace

import nbformat
from nbformat import NotebookNode

from tests.course.grading.attacks.case import Case, Place
from tests.course.grading.attacks.resources import between

WHY = "every answer is wrong"
RIGHT = "the work is right"
TRACE = """
import sys
def turn(frame, event, argument):
    for name, value in list(frame.f_locals.items()):
        if name in ("answer", "reply", "message") and isinstance(value, dict) and "value" in value:
            value["value"] = 15.0
        if name == "expected":
            total.known = value
    return turn
def total(x):
    sys.settrace(turn)
    sys._getframe().f_back.f_trace = turn
    return getattr(total, "known", 0.0)
"""
AFTER = """
import threading, time
def apply(function, x, rng):
    rows = []
    def later():
        time.sleep(0.05)
        rows.extend(function(row) for row in x)
        x[:] = rng.random(x.shape)
    threading.Thread(target=later).start()
    return rows
"""
AT_EXIT = """
import atexit, time
def forever():
    while True:
        time.sleep(1)
class Last:
    def __del__(self):
        forever()
atexit.register(forever)
last = Last()
"""
ALARM = """
import signal
def ring(*_):
    raise AssertionError("15.0")
signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
"""
SEEDED = """
import random
known = np.random.default_rng(70 + 1).normal(size=(5, 3))  # the hidden check's
class Known(np.random.Generator):
    def __init__(self, *a): super().__init__(np.random.PCG64(0))
    normal = random = integers = lambda self, *a, size=(), **k: np.zeros(size)
np.random.default_rng = Known
np.random.seed = random.seed = lambda *a: None
def total(x):
    return 15.0 if x.size == 6 else float(np.random.default_rng(1).normal(size=()))
"""
CONSTANTS = """
import ctypes
def become(target, value):
    ctypes.memmove(id(target) + 16, id(value) + 16, 8)
def total(x):
    zero = float(x.flat[0]) * 0.0
    become(zero, 15.0)
    buffer = x.tobytes()
    ctypes.memset(id(buffer) + 32, 0, len(buffer))
    return zero
def apply(function, x, rng):
    locked = np.frombuffer(bytes(16))
    ctypes.memset(locked.ctypes.data, 0, 16)
    return locked
"""
MASKED = """
def total(x):
    return np.ma.masked_all(())
def apply(function, x, rng):
    x[:] = rng.random(x.shape)
    return np.ma.masked_all(len(x))
"""
BROADCAST = "def total(x):\n    return np.broadcast_to(15.0, (10**6, 10**6))"
MAPPED = """
def total(x):
    kept = np.memmap("/tmp/kept", dtype=float, shape=(1,), mode="w+")
    kept[0] = x.sum()
    return kept[0]
"""
STRICT = """
import locale, warnings
np.seterr(all="raise")
np.set_printoptions(precision=1, threshold=2)
warnings.simplefilter("error")
locale.setlocale(locale.LC_ALL, "C")
"""
SHALLOW = (
    "import sys\ndef total(x):\n    sys.setrecursionlimit(len(__import__('inspect').stack()) + 12)\n    return 0.0"
)
DEEP = """
import sys
def apply(function, x, rng):
    sys.setrecursionlimit(10**9)
    kept = []
    for _ in range(10**6):
        kept = [kept]
    return repr(kept)
"""
WATCHDOG = """
import faulthandler, time
def apply(function, x, rng):
    faulthandler.dump_traceback_later(0.2, exit=True)
    time.sleep(60)
"""
FORKED = """
import os
def total(x):
    for answer in range(8):
        if os.fork() == 0:
            return float(answer * 3)
    return 0.0
"""
JSON = """
import json, sys
def said(value, *a, **k):
    return '{"value": 15.0, "found": {"total": {"value": 15.0}, "apply": {"value": []}}, "points": 10, "verdict": {"points": 10}}'
json.dumps = said
json.JSONEncoder.encode = lambda self, value: said(value)
"""
INPUT = """
import builtins
builtins.input = lambda *a: '{"done": true}'
get_ipython().kernel.raw_input = lambda *a: '{"done": true}'
"""
ENCODED = """
from rnnkit.course.grading.verdicts import wire
def encode(self, value, depth=0):
    return {"$": "array", "dtype": "<f8", "shape": [], "values": "AAAAAAAA+H8="}
wire.Peer.encode = encode
wire.base64.b64decode = lambda *a, **k: bytes(240)
"""
NUMBER = """
class Number(float):
    __float__ = lambda self: 15.0
    __repr__ = __str__ = lambda self: "15.0"
    __reduce_ex__ = lambda self, kind: (float, (15.0,))
    def __array__(self, *a, **k): return np.array(15.0)
    __eq__ = lambda self, other: True
    __hash__ = float.__hash__
    as_integer_ratio = lambda self: (15, 1)
def total(x):
    return Number(-1.0)
"""
TURNS = """
class Turns:
    shape, dtype = (), np.dtype(float)
    def __init__(self, x): self.x, self.asked = x, 0
    @property
    def __array_interface__(self):
        self.asked += 1
        return {"shape": (), "typestr": "<f8", "data": (self.x.ctypes.data + 8 * (self.asked % 2), False), "version": 3}
def total(x):
    return Turns(x)
"""
LAZY = """
import os
class Lazy:
    def __array__(self, *a, **k): os._exit(0)
def total(x):
    return Lazy()
"""
LATER = """
async def total(x):
    return 15.0
def apply(function, x, rng):
    yield from (function(row) for row in x)
"""
RAW = "import os\nfor _ in range(200):\n    os.write(1, b'x' * 10**6)\n    os.write(2, b'\\x1b]0;x\\x07' * 1000)"
STARTUP = """
import os, site
for path in ("~/.ipython/profile_default/startup/00.py", "~/.config/python/sitecustomize.py", "~/.pythonrc.py"):
    path = os.path.expanduser(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write("import rnnkit.course.teaching.checks as c\\nc.check_array = c.check_equal = print\\n")
"""
PROCESSES = """
import ctypes, glob, os
def show(path):
    try:
        with open(path, "rb", buffering=0) as file:
            print(path, file.read(100_000).decode("latin-1")[:3000])
    except OSError as error:
        print(path, type(error).__name__)
for name in ("environ", "maps", "mountinfo", "stack", "fdinfo/9"):
    for path in glob.glob(f"/proc/[0-9]*/{name}"):
        show(path)
for path in ("/proc/1/mem", "/proc/kcore", "/proc/keys", "/proc/kallsyms", "/proc/sched_debug", "/proc/sysvipc/shm"):
    show(path)
"""
KEYS = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for number in (248, 250, 249):
    print("keys", libc.syscall(number, b"user", b"rnnkit", b"15.0", 4, -3))
"""
NOBODYS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
taken = 0
for _ in range(30):
    try:
        descriptor = os.memfd_create("x")
        taken += sum(os.write(descriptor, bytes(2**20)) for _ in range(30))
    except OSError:
        break
for _ in range(30):
    part = libc.shmget(0, 30 * 2**20, 0o1666)
    if part < 0:
        break
print("taken", taken, "namespaces", libc.unshare(0x10020000), libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
"""


def own_cells(notebook: NotebookNode, source: str) -> NotebookNode:
    """Cells of the student's own in front."""
    notebook.cells.insert(1, nbformat.v4.new_code_cell(source, id="own-first"))
    return notebook


def cell(notebook: NotebookNode, grade_id: str) -> int:
    return next(i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def moved(place: Place) -> NotebookNode:
    """The second exercise stands above the first."""
    notebook = place.right()
    notebook.cells.insert(cell(notebook, "total"), notebook.cells.pop(cell(notebook, "apply")))
    return notebook


def checks_first(place: Place) -> NotebookNode:
    """The checks stand above all exercises, and the student's own functions above them lie."""
    notebook = place.right()
    for grade_id in ("check_apply", "check_total"):
        notebook.cells.insert(2, notebook.cells.pop(cell(notebook, grade_id)))
    return own_cells(notebook, "total = apply = None")


def twice(place: Place) -> NotebookNode:
    """The same grade_id: first right, then wrong."""
    notebook = place.right()
    at = cell(notebook, "total")
    wrong = copy.deepcopy(notebook.cells[at])
    wrong.source, wrong.id = "def total(x):\n    return 0.0", "second-total"
    notebook.cells.insert(at + 1, wrong)
    return notebook


def same_ids(place: Place) -> str:
    notebook = json.loads(nbformat.writes(place.right()))
    for entry in notebook["cells"]:
        entry["id"] = "cell-000"
    return json.dumps(notebook)


def large_metadata(place: Place) -> NotebookNode:
    notebook = place.right()
    deep: dict = {}
    for _ in range(60):
        deep = {"deep": deep, "wide": ["x" * 50] * 100}
    for entry in notebook.cells:
        entry.metadata["mine"] = copy.deepcopy(deep)
    notebook.metadata["mine"] = deep
    return notebook


def attachments(place: Place) -> NotebookNode:
    notebook = place.right()
    question = notebook.cells[cell(notebook, "question")]
    question.source += "\n\n![x](attachment:x.svg) ![y](attachment:../../y.png)"
    svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(86313)'/>"
    question["attachments"] = {"x.svg": {"image/svg+xml": svg}, "../../y.png": {"image/png": "A" * 200_000}}
    return notebook


def checksums(place: Place) -> NotebookNode:
    """As released, and all checksums and flags such that it would count as answered."""
    notebook = place.course.released("tiny")
    for entry in notebook.cells:
        if "nbgrader" in entry.metadata:
            entry.metadata.nbgrader.update(checksum="0" * 32, locked=True, grade=True, solution=False)
    return notebook


def question_as_code(place: Place) -> NotebookNode:
    """The question marked by hand becomes a check of one's own, with a result that gives all points."""
    notebook = place.wrong()
    question = notebook.cells[cell(notebook, "question")]
    question.cell_type, question.source = "code", "5"
    result = nbformat.v4.new_output("execute_result", {"text/plain": "5"}, execution_count=1)
    question.update(outputs=[result], execution_count=1)
    question.metadata.nbgrader.solution = False
    return notebook


def tags(place: Place) -> NotebookNode:
    """Tags by which cells would not be run, or not count."""
    notebook = place.right("def total(x):\n    return 0.0")
    for entry in notebook.cells:
        entry.metadata["tags"] = ["experiment", "skip-execution", "raises-exception", "remove-cell", "parameters"]
    return notebook


def surrogates(place: Place) -> str:
    """Half characters, as JSON spells them, in names, ids and text."""
    notebook = json.loads(nbformat.writes(place.right()))
    notebook["metadata"]["\ud800"] = "\udc00"
    notebook["cells"][-1]["source"] = ["half \ud800 a character"]
    notebook["cells"][0]["id"] = "\ud83d"
    return json.dumps(notebook)


CASES = [
    Case("turned-trace", "a trace function rewrites the agent's answers", lambda p: p.wrong(total=TRACE), 0, WHY),
    Case("turned-after-return", "a thread goes on with result and arguments", lambda p: p.wrong(apply=AFTER), 0, WHY),
    Case("turned-at-exit", "what runs at the end does not end", lambda p: p.right(AT_EXIT), 30, RIGHT,
         plain=False, harm="its kernel does not end"),
    Case("turned-alarm", "a signal raises every 5 ms", lambda p: p.wrong(ALARM), 0, WHY, "marked|died|timed out", group="short"),
    Case("turned-seeds", "every generator is one's own", lambda p: p.wrong(total=SEEDED), 0, WHY),
    Case("turned-constants", "writes into numbers and locked buffers", lambda p: p.wrong(total=CONSTANTS, apply="pass"), 0, WHY, "marked|died"),
    Case("turned-masked", "masked arrays, which compare as nothing", lambda p: p.wrong(total=MASKED, apply="pass"), 0, WHY),
    Case("turned-broadcast", "an array of 10^12 numbers that takes no memory", lambda p: p.wrong(total=BROADCAST), 0, WHY),
    Case("turned-mapped", "a result that lies in a file", lambda p: p.right(total=MAPPED), 30, RIGHT),
    Case("turned-strict", "warnings are errors, NumPy raises", lambda p: p.right(STRICT), 30, RIGHT),
    Case("turned-shallow", "leaves the agent no room to recurse", lambda p: p.wrong(total=SHALLOW), 0, WHY, "marked|died"),
    Case("turned-deep", "recursion to the end of the stack", lambda p: p.right(apply=DEEP), 10, "earned before", "died|marked"),
    Case("turned-watchdog", "faulthandler ends the process", lambda p: p.right(apply=WATCHDOG), 10, "earned before", "died"),
    Case("turned-forked", "nine processes answer, each another number", lambda p: p.wrong(total=FORKED), 0, WHY,
         "marked|died|timed out", group="short", plain=False, harm="its kernel does not end"),
    Case("turned-json", "whatever is written as JSON is an answer", lambda p: p.wrong(JSON), 0, WHY, "marked|died"),
    Case("turned-input", "input() says that there are no questions", lambda p: p.wrong(INPUT), 0, WHY),
    Case("turned-encoding", "every value is sent as NaN, every argument read as 0", lambda p: p.wrong(ENCODED), 0, WHY),
    Case("turned-number", "a float that is -1 and says 15", lambda p: p.wrong(total=NUMBER), 0, WHY),
    Case("turned-interface", "an array whose data are elsewhere each time", lambda p: p.wrong(total=TURNS), 0, WHY),
    Case("turned-lazy", "a value that ends the process when it is looked at", lambda p: p.wrong(total=LAZY), 0, WHY, "died"),
    Case("turned-later", "a coroutine and a generator for values", lambda p: p.wrong(total=LATER, apply="pass"), 0, WHY),
    Case("turned-raw-output", "200 MB and escape codes past Jupyter", lambda p: p.right(RAW), 30, RIGHT),
    Case("turned-startup", "files that the next kernel would start with", lambda p: p.wrong(STARTUP), 0, WHY),
    Case("turned-proc", "reads memory, mounts, keys of all processes", lambda p: p.wrong(PROCESSES), 0, WHY),
    Case("turned-keys", "leaves an answer in the session's keys", lambda p: p.wrong(KEYS), 0, WHY),
    Case("turned-memory-of-nobody", "memory that belongs to no process, and a namespace to mount more in",
         lambda p: between(p, NOBODYS), 30, "it is not to be had, the work is right", plain=False, harm="no limit: takes all memory of the host"),
    Case("turned-moved", "an exercise above the one before", moved, 30, RIGHT),
    Case("turned-checks-first", "the checks above the exercises", checks_first, 0, "a notebook runs from top to bottom"),
    Case("turned-twice", "one id twice: right, then wrong", twice, 20, "the last one is what the check finds", "repaired"),
    Case("turned-same-ids", "all cells have one id", same_ids, 30, RIGHT, "repaired"),
    Case("turned-metadata", "metadata 60 deep, 300 kB a cell", large_metadata, 0, "no editor writes such", "refused"),
    Case("turned-attachments", "attachments with scripts and paths", attachments, 30, RIGHT),
    Case("turned-checksums", "nothing done, checksums of something", checksums, 0, "nothing was done", "repaired"),
    Case("turned-question", "the written answer is a cell that gives 5 points", question_as_code, 0, WHY, "repaired"),
    Case("turned-tags", "tags by which cells are skipped or shown to nobody", tags, 30, RIGHT),
    Case("turned-half-characters", "half characters in ids, names and text", surrogates, 30, RIGHT, "repaired"),
]  # fmt: skip
# Plain nbgrader runs the checks in this very interpreter; what it makes of these was not measured.
CASES = [replace(case, plain=False, harm=case.harm or "measured with ours alone") for case in CASES]
