"""Hand-ins marked as they arrive, the page about it, and two graders at once."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from rnnkit.course.grading import watch as module
from rnnkit.course.grading.grade import Options, Outcome
from rnnkit.course.grading.marks.alone import alone
from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from rnnkit.course.grading.watch import look, status_page, watch
from tests.course.grading.course import UNIT, hand_in, solved
from tests.course.grading.test_grade import HALF, a_class, course, marks, prepared, results_in, running, submitted

__all__ = ["course", "prepared", "submitted"]  # fixtures
NEEDS_SANDBOX = pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}")
OUTCOME = Outcome("ada", UNIT, "marked", "", (), 30.0, 30.0, 0.0, 1.0, None)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of hand-ins, with nothing of the course read."""
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path / "build"))
    monkeypatch.setattr(
        module.Course, "here", staticmethod(lambda url=None: type("C", (), {"units": lambda s: [UNIT, "other"]})())
    )
    (tmp_path / "hand_ins").mkdir()
    return tmp_path / "hand_ins"


def watched(folder, monkeypatch, steps, results=None, **settings):
    """What was graded, look by look: before each the step is taken, and after the last it ends."""
    done, console = [], Console(file=open(os.devnull, "w"))
    results = iter(results or [])

    def grade(units, options, console, back_up):
        done.append((units, back_up, options.fresh))
        found = next(results, [OUTCOME])
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(module, "grade", grade)
    waiting = iter(steps)

    def passes():
        step = next(waiting, None)
        if step is not None:
            step()
        return step is not None

    watch(settings.pop("units", ()), Options(folder, **settings), console, 0.001, passes)
    return done


def nothing():
    pass


def test_what_has_settled_is_graded_once(folder, monkeypatch):
    def arrives(student, text="{}", unit=UNIT):
        return lambda: hand_in(folder, student, text, unit)

    steps = [nothing, arrives("ada"), arrives("ada", "{ }"), nothing, nothing, arrives("bob"), nothing, nothing]
    steps += [arrives("bob", "{}", "other"), nothing, arrives("bob", "[]", "unknown"), nothing, nothing]
    done = watched(folder, monkeypatch, steps, fresh=True)
    assert done == [([UNIT], True, True), ([UNIT], False, False), (["other"], False, True)]


def test_of_the_units_asked_for_alone(folder, monkeypatch):
    hand_in(folder, "ada", "{}"), hand_in(folder, "ada", "{}", "other")
    assert [units for units, *_ in watched(folder, monkeypatch, [nothing] * 5, units=["other"])] == [["other"]]


def test_what_could_not_be_done_is_tried_again_and_not_for_ever(folder, monkeypatch):
    hand_in(folder, "ada", "{}")
    failed = [replace(OUTCOME, status="not run")]
    done = watched(folder, monkeypatch, [nothing] * 12, [failed, RuntimeError("database is locked"), [OUTCOME]])
    assert len(done) == 3
    assert len(watched(folder, monkeypatch, [nothing] * 12, [failed] * 12)) == module.TRIES
    with pytest.raises(RuntimeError, match="no bubblewrap"):  # from the first: the command cannot work as given
        watched(folder, monkeypatch, [nothing] * 3, [RuntimeError("no bubblewrap")])


@pytest.mark.parametrize("every", [0, -1, 1e9, float("nan")])
def test_seconds_that_are_none(folder, every):
    with pytest.raises(ValueError, match="every: expected seconds"):
        watch((), Options(folder), Console(), every)
    with pytest.raises(ValueError, match="submitted: expected a folder"):
        watch((), Options(folder / "none"), Console())


def test_links_and_what_cannot_be_read_are_not_looked_into(folder, tmp_path):
    path = hand_in(tmp_path / "elsewhere", "eve", "{}")
    (folder / "eve").symlink_to(tmp_path / "elsewhere" / "eve")
    (folder / "dan").mkdir()
    (folder / "dan" / UNIT).symlink_to(path.parent)
    (folder / "file").write_text("")
    os.mkfifo(folder / "pipe")
    assert look(folder, [UNIT]) == {} and look(folder / "gone", [UNIT]) == {}
    hand_in(folder, "ada", "{}")
    (folder / "ada" / UNIT / "link").symlink_to("/nowhere")
    [(student, files)] = look(folder, [UNIT])[UNIT]
    assert student == "ada" and {name for name, *_ in files} == {f"{UNIT}.ipynb", "link"}


def test_the_page(folder):
    rows = [
        OUTCOME,
        replace(OUTCOME, student="<script>", status="refused", reason="<b>&"),
        replace(OUTCOME, student="x"),
    ]
    path = module.build_dir() / "grading" / UNIT / "outcomes.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([vars(row) for row in rows]))
    page = status_page([UNIT, "other"], "waiting", 10, datetime(2026, 11, 29, tzinfo=UTC))
    assert "2 marked, 1 refused" in page and "&lt;script&gt;" in page and "&lt;b&gt;&amp;" in page
    assert "<script" not in page and "http:" not in page and 'http-equiv="refresh" content="10"' in page
    assert 'http-equiv="refresh"' not in status_page([UNIT], "ended", 0, datetime.now(UTC))


def test_the_page_is_read_again_by_the_browser(folder, tmp_path, page):
    path = tmp_path / "status.html"
    path.write_text(status_page([UNIT], "marking", 2, datetime.now(UTC)))
    page.goto(path.as_uri())
    with page.expect_event("load"):
        path.write_text(status_page([UNIT], "ended", 0, datetime.now(UTC)))
    assert page.title() == "Grading: ended"


def test_one_holds_the_lock_and_its_end_frees_it(tmp_path):
    code = (
        "import sys, time, pathlib\nfrom rnnkit.course.grading.marks.alone import alone\n"
        "with alone(pathlib.Path(sys.argv[1]), lambda: None):\n    print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    waited = []

    def waits():
        waited.append(True)
        process.kill()

    with alone(tmp_path, waits, 0.01):
        assert waited == [True]
    process.communicate()


@pytest.mark.long
@NEEDS_SANDBOX
@pytest.mark.timeout(900)
def test_until_ctrl_c(course, submitted, tmp_path):
    submitted.mkdir()
    status = tmp_path / "build" / "grading" / "status.html"
    command = ["grade", "--watch", "--every", 0.2, "--submitted", submitted, "--workers", 1]
    with running(*command, text=True) as process:
        hand_in(submitted, "early", solved(course))
        _until(lambda: len(results_in(tmp_path)) == 1 and "1 marked" in status.read_text(), process)
        hand_in(submitted, "late", solved(course, apply=HALF))
        _until(lambda: "2 marked" in status.read_text(), process)
        hand_in(submitted, "stopped", solved(course, total="import time\ntime.sleep(100)"))
        _until(lambda: "marking" in status.read_text(), process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of its processes
        assert process.wait(60) == 0
        said = process.stdout.read()
    assert "ended" in said and "Traceback" not in said, said
    assert "Grading: ended" in status.read_text() and not list(status.parent.glob(".*.part"))
    with course.gradebook() as gradebook:
        scores = {entry.student_id: entry.score for entry in gradebook.assignment_submissions(UNIT)}
    assert scores == {"early": 30, "late": 10}


@pytest.mark.long
@NEEDS_SANDBOX
@pytest.mark.timeout(900)
def test_two_graders_at_once(course, submitted):
    expected = a_class(course, submitted, 6)
    command = ["grade", UNIT, "--submitted", submitted, "--workers", 1]
    with running(*command, text=True) as first, running(*command, text=True) as second:
        said = [process.communicate(timeout=600)[0] for process in (first, second)]
        assert [first.returncode, second.returncode] == [0, 0], said
    assert sum("another grader is at work" in words for words in said) == 1, said
    found = marks(submitted)
    assert {student: outcome.points for student, outcome in found.items()} == expected
    with course.gradebook() as gradebook:
        assert {e.student_id: e.score for e in gradebook.assignment_submissions(UNIT)} == expected


def _until(condition, process, seconds=300):
    end = time.monotonic() + seconds
    while True:
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end
        try:
            if condition():
                return
        except FileNotFoundError:
            pass
        time.sleep(0.1)
