"""The corpus through plain nbgrader's autograde, with its own settings; each submission with an honest one after it.

python -m tests.course.grading.attacks.plain [NAME…] runs the cases, or those named, and writes plain.json; it takes half an hour.
Each run is inside a sandbox with a network, processes, /tmp and home of its own, so that this machine is not harmed. Cells get 15
seconds, and a run three minutes.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rnnkit.course.grading.marks.marking import Course
from rnnkit.course.grading.sandbox.bubblewrap import MB
from rnnkit.course.grading.sandbox.control_group import ControlGroup
from tests.course.grading.attacks import corpus
from tests.course.grading.attacks.case import CANARIES, LEFT_BEHIND, WAS_HERE, Place, lay
from tests.course.grading.attacks.ours import Listener, hashes, prepare
from tests.course.grading.course import UNIT

RESULTS = Path(__file__).with_name("plain.json")
REPOSITORY = Path(__file__).parents[4]
SETTINGS = """
import os
c = get_config()
c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
c.CourseDirectory.course_id = "rnnkit"
c.CourseDirectory.ignore = ["*.pyc", "__pycache__", "feedback"]
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError"}
c.Execute.timeout = c.ExecutePreprocessor.timeout = 15
"""
PORT, STUDENT, NEXT = 45871, "mm-student", "zz-next"
SECONDS = 180
WORK = Path("/tmp/rnnkit-plain-course")  # inside
KERAS_UNIT = "02_bit_counting"


def outside(work: Path, name: str) -> dict[str, Any]:
    """Lay out a course in a sandbox, or run a case there in a copy of it; what came of it."""
    script = ["-m", "tests.course.grading.attacks.plain", "--inside", name]
    options = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--ro-bind", "/", "/"]
    for folder in ("/tmp", "/root", "/home", "/run", "/var/tmp"):
        options += ["--size", str(200 * MB), "--tmpfs", folder]
    for folder in {REPOSITORY, Path(sys.base_prefix), Path(sys.prefix)}:
        options += ["--ro-bind", str(folder), str(folder)]
    options += [
        "--bind",
        str(work),
        str(WORK),
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--clearenv",
        "--chdir",
        str(REPOSITORY),
    ]
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(WORK / "home"), "PYTHONPATH": str(REPOSITORY),
        "RNNKIT_CANARY": CANARIES["environment"], "RNNKIT_PROFILE": "check", "TF_CPP_MIN_LOG_LEVEL": "3", "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    for name, value in environment.items():
        options += ["--setenv", name, value]
    group = ControlGroup(3000 * MB, 400)
    limited = ["/bin/sh", "-c", 'ulimit -f 1000000; ulimit -t 300; exec "$@"', "sh", sys.executable, *script]
    process = subprocess.Popen(
        [*group.prefix, "bwrap", *options, "--", *limited], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(SECONDS + 120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        group.remove()
    result = work / "result.json"
    return json.loads(result.read_text()) if result.is_file() else {"ended": "with all that ran beside it"}


def copied(template: Path, root: Path, name: str) -> dict[str, Any]:
    """Run a case in a copy of the course."""
    work = root / name
    shutil.copytree(template, work)
    try:
        return outside(work, name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def lay_out() -> None:
    """A course with both units."""
    course = prepare(WORK, PORT).course
    script = REPOSITORY / "course" / "source" / KERAS_UNIT / f"{KERAS_UNIT}.py"
    (course.root / "source" / KERAS_UNIT).mkdir()
    shutil.copy(script, course.root / "source" / KERAS_UNIT)
    course.prepare(KERAS_UNIT)
    (course.root / "nbgrader_config.py").write_text(SETTINGS)


def inside(name: str) -> None:
    """Mark the submission and an honest one with nbgrader, and write down what happened."""
    os.environ["RNNKIT_ROOT"], os.environ["RNNKIT_BUILD"] = str(WORK), str(WORK / "build")
    case = next(case for case in corpus().values() if case.name == name)
    listener = Listener(PORT)
    course, db = Course.here(), WORK / "course" / "gradebook.db"
    place = Place(course, WORK / "home", course.root / "submitted", PORT)
    lay(place.right(last=f"# {CANARIES['neighbour']}"), place.submitted / "usual", "000-full", UNIT)
    lay(case.make(place), place.submitted, STUDENT, case.unit)
    lay(place.solved(case.unit), place.submitted, NEXT, case.unit)
    watched = course.root / "source", course.root / "submitted"
    before = hashes(*watched)
    command = [
        sys.executable,
        "-m",
        "nbgrader",
        "autograde",
        case.unit,
        "--force",
        "--create",
        "--db",
        f"sqlite:///{db}",
    ]
    try:
        done: Any = subprocess.run(
            command, cwd=course.root, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
        )
        exit_code = done.returncode
    except subprocess.TimeoutExpired:
        exit_code = None
    after = hashes(*watched)
    result = {
        "exit": exit_code,
        "points": _points(course, case.unit, STUDENT),
        "next": _points(course, case.unit, NEXT),
        "changed": sorted({_kind(p, course.root) for p in {*before, *after} if before.get(p) != after.get(p)}),
        "seen": sorted(_seen(course.root / "autograded" / STUDENT)),
        "reached": listener.reached > 0,
        "left": LEFT_BEHIND in _commands(),
        "written": any(WORK.rglob(WAS_HERE)) or Path("/tmp", WAS_HERE).exists(),
    }
    if (place.home / "private.txt").read_text() != CANARIES["home"]:
        result["changed"].append("the home folder")
    (WORK / "result.json").write_text(json.dumps(result))


def _points(course: Any, unit: str, student: str) -> float | str | None:
    """The automatic points, or None where there is no mark."""
    with course.gradebook() as gradebook:
        try:
            marked = gradebook.find_submission_notebook(unit, unit, student)
        except Exception:
            return None
        scores = [grade.auto_score for grade in marked.grades if not grade.cell.cell_type == "markdown"]
        manual = [grade.manual_score for grade in marked.grades if grade.manual_score]
        if all(score is None for score in scores):
            return None
        total = sum(score or 0.0 for score in scores) + sum(manual)
        return total if math.isfinite(total) else "nan"


def _kind(path: str, root: Path) -> str:
    parts = Path(path).relative_to(root if Path(path).is_relative_to(root) else root.parent).parts
    return {"source": "the sources", "submitted": "submissions", "home": "the home folder"}.get(parts[0], parts[0])


def _seen(folder: Path) -> set[str]:
    """Canaries in the outputs of a marked notebook."""
    found = set()
    for path in folder.rglob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8", errors="replace"))["cells"]:
            text = json.dumps(cell.get("outputs", []), ensure_ascii=False)
            found |= {name for name, canary in CANARIES.items() if canary in text}
    return found


def _commands() -> str:
    texts = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        texts += [words[1]] if words[0] == "sleep" and len(words) > 1 else []
    return " ".join(texts)


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        return inside(sys.argv[2]) if sys.argv[2] != "course" else lay_out()
    assert version("nbgrader") == "0.9.6"
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    cases = {s: c for s, c in corpus().items() if c.plain and "again" not in s}
    chosen = {s: c for s, c in cases.items() if not sys.argv[1:] or any(name in s for name in sys.argv[1:])}
    with tempfile.TemporaryDirectory(prefix="rnnkit-plain-", ignore_cleanup_errors=True) as folder:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            template = Path(folder, "course")
            template.mkdir()
            outside(template, "course")
            running = {c.name: pool.submit(copied, template, Path(folder), c.name) for c in chosen.values()}
            for name, future in running.items():
                known[name] = future.result()
                print(name, known[name], flush=True)
                ordered = {c.name: known[c.name] for c in cases.values() if c.name in known}
                RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")


if __name__ == "__main__":
    main()
