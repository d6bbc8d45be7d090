"""Grade the corpus with `rnnkit.course.grading`, and look what became of everything around it.

python -m tests.course.grading.attacks.ours FOLDER [small | part N | NAME…] writes FOLDER/ours.json; NAMEs pick cases.
"""

import atexit
import ctypes
import hashlib
import json
import os
import socket
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rnnkit.course.grading.grade import Options, grade
from rnnkit.course.grading.marks.marking import Course
from rnnkit.course.grading.sandbox.bubblewrap import MB, Limits
from rnnkit.course.grading.sandbox.control_group import descendants
from rnnkit.course.notebooks.derive import run_nbgrader
from tests.course.grading.attacks import corpus, part, small
from tests.course.grading.attacks.case import CANARIES, LEFT_BEHIND, WAS_HERE, Case, Place, lay
from tests.course.grading.course import UNIT, make_course

# Where nothing is slow by intent the limits are wide, so that they hold on a busy machine.
USUAL = Limits(seconds=400, cell_seconds=120, memory=700 * MB, processes=150, output=2 * MB, disk=32 * MB)
SHORT = Limits(seconds=40, cell_seconds=8, memory=700 * MB, processes=150, output=2 * MB, disk=32 * MB)
LIMITS = {"usual": USUAL, "short": SHORT, "keras": Limits(seconds=900, cell_seconds=300)}
NEIGHBOURS = ("aa-neighbour", "zz-neighbour")
PR_SET_CHILD_SUBREAPER = 36


class Listener:
    """Counts who connects: over loopback, by an abstract name, and by a path."""

    def __init__(self, port: int = 0) -> None:
        self.reached = 0
        self._sockets = [socket.create_server(("127.0.0.1", port)), socket.socket(socket.AF_UNIX)]
        self.port = self._sockets[0].getsockname()[1]
        self._sockets.append(socket.socket(socket.AF_UNIX))
        path = Path(f"/tmp/rnnkit-{self.port}.sock")
        for one, name in zip(self._sockets[1:], (f"\0rnnkit-{self.port}", str(path)), strict=True):
            one.bind(name)
            one.listen()
        atexit.register(path.unlink, missing_ok=True)
        for one in self._sockets:
            threading.Thread(target=self._accept, args=(one,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            listening.accept()[0].close()
            self.reached += 1


def prepare(root: Path, port: int) -> Place:
    """A course, a home and the folder of submissions, with a canary in each."""
    make_course(root)
    os.environ["RNNKIT_ROOT"], os.environ["RNNKIT_BUILD"] = str(root), str(root / "build")
    home, submitted = Path(os.environ["HOME"]), root / "submitted"
    home.mkdir(parents=True, exist_ok=True)
    (home / "private.txt").write_text(CANARIES["home"])
    course = Course.here()
    course.prepare(UNIT)
    with course.gradebook() as gradebook:
        for student in NEIGHBOURS:
            gradebook.add_student(student, last_name=CANARIES["gradebook"])
    return Place(course, home, submitted, port)


def hashes(*folders: Path) -> dict[str, str]:
    """What lies in folders, by content."""
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows_of(course: Course, students: tuple[str, ...]) -> list[Any]:
    """The gradebook's rows of some students."""
    with course.gradebook() as gradebook:
        return [
            [student, grade.name, grade.auto_score, grade.manual_score, grade.score]
            for student in students
            for notebook in gradebook.find_submission(UNIT, student).notebooks
            for grade in sorted(notebook.grades, key=lambda grade: grade.name)
        ]


def leaks(folders: list[Path]) -> dict[str, list[str]]:
    """Canaries in what a student may get to see."""
    found: dict[str, list[str]] = {}
    for path in (p for folder in folders for p in folder.rglob("*") if p.suffix in (".ipynb", ".html", ".json")):
        if path.parts[-3] in NEIGHBOURS:
            continue  # their own words
        text = path.read_text(encoding="utf-8", errors="replace")
        for name, canary in CANARIES.items():
            if canary in text:
                found.setdefault(name, []).append(str(path.relative_to(folders[0].parent)))
    return found


def planted(place: Place) -> list[str]:
    """Files that a submission has written where it must not, and folders that it left."""
    import numpy

    folders = ["/", "/usr", "/usr/bin", "/etc", "/tmp", "/var/tmp", "/dev/shm", "/root", sys.prefix, str(place.home)]
    folders += [str(Path(numpy.__file__).parent), str(Path(numpy.__file__).parent.parent), str(Path(__file__).parent)]
    found = [str(Path(folder) / WAS_HERE) for folder in folders if (Path(folder) / WAS_HERE).exists()]
    found += [str(path) for path in place.course.root.parent.rglob(WAS_HERE)]
    return found + left_in_folders()


def left_in_folders() -> list[str]:
    """What is left where kernels' sockets were. Another part's kernel may run now: what goes with it is not left."""
    found: list[str] = []
    for _ in range(100):
        before, found = found, [str(p) for name in ("a", "d", WAS_HERE) for p in Path("/tmp").glob(f"rk-*/{name}")]
        if not found or (before and not set(before) & set(found)):
            return []
        time.sleep(1)
    return found


def left_behind(before: set[int]) -> list[str]:
    """Processes that are left; orphans too, since this process adopts them."""
    for _ in range(100):
        left = []
        for pid in set(descendants(os.getpid())) - before:
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if command and "resource_tracker" not in command and "forkserver" not in command:
                left.append(command.strip())
        if not left:
            break
        time.sleep(0.1)
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"sleep") and LEFT_BEHIND.encode() in words:
            left.append(f"sleep {LEFT_BEHIND}")
    return left


def run(root: Path, cases: dict[str, Case]) -> dict[str, Any]:
    """Grade neighbours, then the corpus; what came of it, as JSON-able data."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    listener, before = Listener(), set(descendants(os.getpid()))
    place = prepare(root, listener.port)
    course = place.course
    for student in NEIGHBOURS:
        lay(place.right(last=f"# {CANARIES['neighbour']}"), root / "neighbours", student, UNIT)
    grade([UNIT], Options(root / "neighbours", workers=2, limits=USUAL))
    untouched = rows_of(course, NEIGHBOURS)
    if any(case.group == "keras" for case in cases.values()):
        script = Path(__file__).parents[4] / "course" / "source" / "02_bit_counting" / "02_bit_counting.py"
        copied = course.root / "source" / "02_bit_counting" / script.name
        copied.parent.mkdir()
        copied.write_text(script.read_text(encoding="utf-8"), encoding="utf-8")
        course.prepare("02_bit_counting")
    for student, case in cases.items():
        lay(case.make(place), place.submitted / case.group, student, case.unit)
    secret = root / "neighbours", course.root / "source", course.root / "release", place.home, place.submitted
    laid = hashes(*secret)
    rows, seconds = {}, {}
    for group, limits in LIMITS.items():
        chosen = {student: case for student, case in cases.items() if case.group == group}
        if not chosen:
            continue
        start = time.monotonic()
        (unit,) = {case.unit for case in chosen.values()}
        outcomes = grade([unit], Options(place.submitted / group, workers=2, limits=limits))
        rows.update({o.student: asdict(o) for o in outcomes if o.student in chosen})
        seconds[group] = round(time.monotonic() - start, 1)
    left = left_behind(before)
    for unit in {case.unit for case in cases.values()}:
        run_nbgrader(course.root, "generate_feedback", unit, "--db", course.db_url)
    seen = [course.root / "autograded", course.root / "feedback"]
    after = hashes(*secret)
    return {
        "rows": rows,
        "seconds": seconds,
        "left": left,
        "changed": sorted(path for path in {*laid, *after} if laid.get(path) != after.get(path)),
        "planted": planted(place),
        "leaked": leaks(seen),
        "reached": listener.reached,
        "untouched": untouched,
        "untouched after": rows_of(course, NEIGHBOURS),
    }


def chosen(words: list[str]) -> dict[str, Case]:
    """The cases that the command line names."""
    if words == ["small"]:
        return small()
    if words[:1] == ["part"]:
        return part(int(words[1]))
    return {s: c for s, c in corpus().items() if not words or any(word in s for word in words)}


def main() -> None:
    root = Path(sys.argv[1])
    (root / "ours.json").write_text(json.dumps(run(root, chosen(sys.argv[2:])), indent=1))


if __name__ == "__main__":
    main()
