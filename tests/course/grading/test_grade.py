"""A class is graded: right marks, resumed runs, lost workers and databases."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from rich.console import Console

from rnnkit.course.grading.grade import Options, grade, table_of
from rnnkit.course.grading.marks.changes import moved
from rnnkit.course.grading.marks.history import end_of, read_history
from rnnkit.course.grading.marks.marking import Course
from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from rnnkit.course.grading.sandbox.bubblewrap import Limits
from rnnkit.course.grading.verdicts.cluster import write_certificate
from rnnkit.course.notebooks.derive import run_nbgrader
from tests.course.grading.course import TINY, UNIT, hand_in, make_course, solved
from tests.course.once import made_once

pytestmark = [
    pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}"),
]
LIMITS = Limits(seconds=120, cell_seconds=10)
CLASS = 30  # of the tests in which something is killed
HALF = "def apply(function, x, rng):\n    return [function(row) for row in x]"
WRONG = "def total(x):\n    return float(x.flat[0])"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A project folder whose course has the tiny unit, registered and released; not to be changed."""

    def make(folder):
        make_course(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RNNKIT_ROOT", str(folder))
            Course.here().prepare(UNIT)

    return made_once(tmp_path_factory, "tiny", make, [TINY])


@pytest.fixture
def course(prepared, tmp_path, monkeypatch):
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("RNNKIT_ROOT", str(tmp_path))
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path / "build"))
    return Course.here()


@pytest.fixture
def submitted(tmp_path):
    return tmp_path / "handed_in"


def marks(submitted, **settings):
    options = Options(submitted, **{"limits": LIMITS, "workers": 2, **settings})
    outcomes = grade([UNIT], options, Console(file=open(os.devnull, "w")))
    return {o.student: o for o in outcomes}


def test_a_small_class(course, submitted, tmp_path):
    notebooks = {
        "right": solved(course),
        "half": solved(course, apply=HALF),
        "neither": solved(course, apply=HALF, total=WRONG),
        "blank": course.released(UNIT),
        "exits": solved(course, apply="import os; os._exit(3)"),
        "endless": solved(course, total="import time\ndef total(x):\n    while True: time.sleep(1)"),
        "raises": solved(course, total="1 / 0"),
    }
    for student, notebook in notebooks.items():
        hand_in(submitted, student, notebook)
    hand_in(submitted, "broken", "{")
    with course.gradebook() as gradebook:
        gradebook.add_student("absent")
    found = marks(submitted)
    assert {s: (o.points, o.status) for s, o in found.items()} == {
        "right": (30, "marked"),
        "half": (10, "marked"),
        "neither": (0, "marked"),
        "blank": (0, "marked"),
        "exits": (10, "died"),
        "endless": (20, "timed out"),
        "raises": (20, "marked"),
        "broken": (0, "refused"),
        "absent": (0, "missing"),
    }
    assert all(o.possible == 35 for o in found.values())
    assert found["right"].manual_open == 5 and found["blank"].manual_open == 0
    assert "JSON" in found["broken"].reason
    kept = json.loads((tmp_path / "build" / "grading" / UNIT / "outcomes.json").read_text())
    assert {row["student"]: row["points"] for row in kept} == {s: o.points for s, o in found.items()}
    assert table_of(list(found.values())).row_count == 9
    autograded = (course.root / "autograded" / "half" / UNIT / f"{UNIT}.ipynb").read_text()
    assert "hidden check failed: x, afterwards" not in autograded  # its visible part failed before
    assert "_secret" not in autograded and "HIDDEN" not in autograded


def test_what_is_finished_is_not_done_again(course, submitted, tmp_path):
    for student in ("a", "b"):
        hand_in(submitted, student, solved(course))
    marks(submitted, workers=1)
    results = tmp_path / "build" / "grading" / UNIT / "results"
    before = {path: path.stat().st_mtime_ns for path in results.iterdir()}
    with course.gradebook() as gradebook:  # a person's mark
        gradebook.find_grade("question", UNIT, UNIT, "a").manual_score = 4
        gradebook.db.commit()
    hand_in(submitted, "b", solved(course, total=WRONG))
    found = marks(submitted, workers=1)
    after = {path: path.stat().st_mtime_ns for path in results.iterdir()}
    assert [path.stem for path in before if before[path] != after[path]] == ["b"]
    assert (found["a"].points, found["b"].points) == (34, 20)
    backups = list((tmp_path / "build" / "grading" / "backups").iterdir())
    assert len(backups) == 2 and all((b / "gradebook.db").stat().st_size for b in backups)


@pytest.mark.long
def test_the_same_marks_twice(course, submitted):
    drawn = (
        "import numpy as np, random\ndef total(x):\n    return x.sum() if np.random.rand() + random.random() > 1 else 0"
    )
    for student in "abcd":
        hand_in(submitted, student, solved(course, total=drawn))
    first, second = marks(submitted, workers=1), marks(submitted, workers=1, fresh=True)
    points = {s: o.points for s, o in first.items()}
    assert points == {s: o.points for s, o in second.items()} and len(set(points.values())) == 1


@contextmanager
def running(*arguments, **settings):
    process = subprocess.Popen(
        [sys.executable, "-m", "rnnkit.course.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        **settings,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def a_class(course, submitted, count):
    """Submissions of four kinds, and the points of each."""
    kinds = [(solved(course), 30), (solved(course, apply=HALF), 10), (solved(course, total=WRONG), 20)]
    expected = {}
    for number in range(count):
        notebook, points = kinds[number % 3]
        hand_in(submitted, f"student{number:02d}", notebook)
        expected[f"student{number:02d}"] = points
    return expected


def results_in(tmp_path):
    return list((tmp_path / "build" / "grading" / UNIT / "results").glob("*.json"))


def kernels_left(tmp_path):
    """Processes in a sandbox that saw this course's Python; bubblewrap's own among them."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                command = open(f"/proc/{entry}/cmdline").read()
                environment = open(f"/proc/{entry}/environ").read()
            except OSError:
                continue
            if "ipykernel_launcher" in command and str(tmp_path) in environment:
                found.append(int(entry))
    return found


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("whom", ["grader", "worker"])
def test_killed_while_it_runs(course, submitted, tmp_path, whom):
    expected = a_class(course, submitted, CLASS)
    with running("grade", UNIT, "--submitted", submitted, "--workers", 2) as process:
        deadline = time.monotonic() + 300
        while len(results_in(tmp_path)) < 2:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.1)
        if whom == "grader":
            process.kill()
        else:
            workers = [int(p) for p in os.listdir("/proc") if p.isdigit() and _is_worker(int(p), process.pid)]
            assert workers
            os.kill(workers[0], signal.SIGKILL)
            assert process.wait(300) == 0
    finished = {path.stem: path.stat().st_mtime_ns for path in results_in(tmp_path)}
    found = marks(submitted)
    assert {s: o.points for s, o in found.items()} == expected
    assert {o.status for o in found.values()} == {"marked"}
    again = {path.stem: path.stat().st_mtime_ns for path in results_in(tmp_path)}
    assert all(again[student] == moment for student, moment in finished.items())


def _is_worker(pid, grader):
    """One of the worker processes below the grader: spawned, and not the tracker of shared resources."""
    try:
        command = open(f"/proc/{pid}/cmdline").read()
        parent = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
    except (OSError, ValueError):
        return False
    return parent == grader and "spawn_main" in command


@pytest.mark.long
@pytest.mark.timeout(900)
def test_workers_started_by_hand(course, submitted, tmp_path):
    expected = a_class(course, submitted, 4)
    address = "tls://127.0.0.1:18786"
    certificate = write_certificate(tmp_path / "cluster.pem")
    tls = [word for name in ("ca-file", "cert", "key") for word in (f"--tls-{name}", str(certificate))]
    tools = [["scheduler", "--host", "127.0.0.1", "--port", "18786", "--no-dashboard", *tls]]
    own = ["--local-directory", str(tmp_path / "dask")]
    tools += [["worker", address, "--nthreads", "1", "--no-dashboard", *own, *tls]] * 2
    started = [
        subprocess.Popen([sys.executable, "-m", "dask", *tool], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for tool in tools
    ]
    try:
        found = marks(submitted, scheduler=address, certificate=certificate)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)
    assert {s: o.points for s, o in found.items()} == expected


def test_nbgrader_alone_uses_the_sandbox_too(course, tmp_path):
    notebook = solved(course, total="import os; assert not os.path.exists('/etc/passwd')\ndef total(x): return x.sum()")
    hand_in(course.root / "submitted", "ada", notebook)
    run_nbgrader(course.root, "autograde", UNIT)
    assert course.points(UNIT, "ada") == (30, 35, 5)


def test_a_name_that_cannot_be_an_id_stops_nobody(course, submitted):
    """The file system takes 255 bytes, which leaves no room for what is written beside."""
    long = "學" * 83
    for student in ("ada", long, "𝒜" * 60):
        hand_in(submitted, student, solved(course))
    (submitted / "link").symlink_to(submitted / "ada")
    found = marks(submitted, workers=1)
    assert (found["ada"].points, found["ada"].status) == (30, "marked"), found["ada"].reason
    others = {student: (o.points, o.status) for student, o in found.items() if student != "ada"}
    assert len(others) == 3 and set(others.values()) == {(0, "refused")}
    assert all("id" in o.reason or o.reason == "a link" for s, o in found.items() if s in others)


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_a_gradebook_that_was_renewed_gets_the_marks_again(course, submitted, tmp_path):
    """And a check that was mended is made again."""
    hand_in(submitted, "ada", solved(course))
    hand_in(submitted, "bob", "{")
    before = marks(submitted, workers=1)["ada"]
    (tmp_path / "course" / "gradebook.db").unlink()
    found = marks(submitted, workers=1)
    assert (found["ada"].points, found["ada"].seconds) == (30, before.seconds), "not executed again"
    source = course.root / "source" / UNIT / f"{UNIT}.ipynb"
    text = source.read_text(encoding="utf-8")
    source.write_text(
        text.replace('check_equal(\\"largest squares\\"', 'assert False, (\\"mended\\"'), encoding="utf-8"
    )
    assert source.read_text() != text
    assert marks(submitted, workers=1)["ada"].points == 10


def test_a_unit_is_named_once(course):
    (course.root / "source" / UNIT / f"{UNIT}.py").write_text("# its script, beside the notebook that was derived")
    assert course.units() == [UNIT]


def test_bad_arguments(course, submitted, tmp_path):
    with pytest.raises(ValueError, match="submitted: expected a folder"):
        marks(tmp_path / "nowhere")
    submitted.mkdir()
    with pytest.raises(ValueError, match="workers: expected at least 1"):
        marks(submitted, workers=0)
    with pytest.raises(ValueError, match="unit: expected one of tiny, received '99'"):
        grade(["99"], Options(submitted))
    assert marks(submitted) == {}


def test_regraded_after_a_check_was_mended(course, submitted, tmp_path):
    """For one exercise, one student, then all; points by hand stand, and ask for nothing again."""
    for student in ("ada", "bob"):
        hand_in(submitted, student, solved(course))
    marks(submitted)
    with course.gradebook() as gradebook:
        for cell, points in (("question", 4.5), ("check_total", 7)):
            grade = gradebook.find_grade(cell, UNIT, UNIT, "ada")
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
    source = course.root / "source" / UNIT / f"{UNIT}.ipynb"
    text = source.read_text(encoding="utf-8")
    mended = text.replace('check_equal(\\"largest squares\\"', 'assert False, (\\"mended\\"')
    source.write_text(mended.replace("total(np.zeros(2)) == 0", "total(np.zeros(2)) == 1"), encoding="utf-8")
    start = end_of(course.db_url)
    found = marks(submitted, students=("bob",), exercise="total")
    assert {s: o.points for s, o in found.items()} == {"bob": 20}  # the other exercise's as they were
    kept = json.loads((tmp_path / "build" / "grading" / UNIT / "outcomes.json").read_text())
    assert {row["student"]: row["points"] for row in kept} == {"ada": 30, "bob": 20}
    assert changes(course, start) == {("bob", "check_total", "check", 10, 0)}

    start = end_of(course.db_url)
    found = marks(submitted)
    assert (found["ada"].points, found["ada"].manual_open) == (11.5, 0)  # 7 and 4.5 by hand
    assert (found["bob"].points, found["bob"].manual_open) == (0, 5)
    assert changes(course, start) == {
        ("ada", "check_total", "check", 10, 0),
        ("ada", "check_apply", "check", 20, 0),
        ("bob", "check_apply", "check", 20, 0),
    }
    with course.gradebook() as gradebook:
        rows = moved(read_history(course.db_url, start), gradebook, tmp_path)
    assert [(r.student, r.name, r.old, r.new, r.stands) for r in rows if r.stands is not None] == [
        ("ada", "1 · A tiny unit", 10, 0, 7)
    ]
    # Another answer is another matter; another exercise's is not.
    hand_in(submitted, "ada", solved(course, apply=HALF))
    assert marks(submitted, students=("ada",))["ada"].manual_open == 0
    hand_in(submitted, "ada", solved(course, question="Another answer."))
    assert marks(submitted, students=("ada",))["ada"].manual_open == 5
    assert marks(submitted, students=("ada",), fresh=True)["ada"].manual_open == 5, "until somebody looks"
    with pytest.raises(ValueError, match="exercise: expected one of total, apply, question, received 'x'"):
        marks(submitted, exercise="x")
    with pytest.raises(ValueError, match="student: expected one of the roster"):
        marks(submitted, students=("eve",))


def changes(course, start):
    return {(c.student, c.cell, c.what, c.old, c.new) for c in read_history(course.db_url, start)}
