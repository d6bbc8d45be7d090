"""Of several hand-ins the best counts, after the late penalty."""

import os
from datetime import datetime

import pytest
from rich.console import Console

from rnnkit.course.grading import attempts as module
from rnnkit.course.grading.attempts import Best, best
from rnnkit.course.grading.grade import Options
from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from tests.course.grading.course import UNIT, hand_in, solved
from tests.course.grading.test_grade import HALF, LIMITS, WRONG, course, marks, prepared, submitted

__all__ = ["course", "prepared", "submitted"]  # fixtures


def test_which_counts_and_where_the_others_lie(tmp_path, monkeypatch):
    """Points as written in the hand-ins; of equal ones the last."""
    here, earlier = tmp_path / "h", tmp_path / "h_earlier"
    for student, several in {"ada": (3, 9, 9, 1), "bob": (5, 7), "cyd": (4,), "dan": (6, 2)}.items():
        for number, points in enumerate(several, start=1):
            last = number == len(several)
            folder = here / student / UNIT if last else earlier / student / UNIT / str(number)
            folder.mkdir(parents=True)
            (folder / "points").write_text(str(points))
    (earlier / "gone" / UNIT / "1").mkdir(parents=True)  # whose last one was taken away by hand

    def graded(course, unit, taken, work, options, console):
        return {student: float((folder / "points").read_text()) for student, folder in taken.items()}

    course = type("Course", (), {"db_url": "sqlite:///x", "prepare": lambda self, unit: []})()
    monkeypatch.setattr(module.Course, "here", staticmethod(lambda url=None: course))
    monkeypatch.setattr(module, "_graded", graded)
    expected = [Best("ada", (3, 9, 9, 1), 3), Best("bob", (5, 7), 2), Best("dan", (6, 2), 1)]
    assert best(UNIT, Options(here), Console()) == expected
    assert {s: (here / s / UNIT / "points").read_text() for s in ("ada", "bob", "cyd", "dan")} == {
        "ada": "9",
        "bob": "7",
        "cyd": "4",
        "dan": "6",
    }
    assert [(earlier / "ada" / UNIT / n / "points").read_text() for n in "123"] == ["3", "9", "1"]
    course.db_url = "postgresql://x@127.0.0.1:1/x"
    with pytest.raises(ValueError, match="expected an SQLite gradebook"):
        best(UNIT, Options(here), Console())


@pytest.mark.long
@pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}")
@pytest.mark.timeout(900)
def test_the_best_is_laid_where_it_is_marked(course, submitted):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(UNIT, duedate=datetime(2027, 1, 1))
    right, half, wrong = solved(course), solved(course, apply=HALF), solved(course, total=WRONG)
    earlier = submitted.with_name("handed_in_earlier")

    def attempt(student, number, notebook, day):
        folder = submitted if number is None else earlier
        path = hand_in(folder, student, notebook)
        path.with_name("timestamp.txt").write_text(f"2027-01-{day:02d} 00:00:00 UTC\n")
        if number is not None:
            kept = path.parent.rename(path.parents[1] / "moved")
            path.parent.mkdir()
            kept.rename(path.parent / number)

    attempt("ada", "1", right, 1)
    attempt("ada", None, half, 1)
    attempt("bob", "1", wrong, 1)  # 20 of 30 in time, 30 five days late: half of it
    attempt("bob", None, right, 9)
    attempt("cyd", None, half, 1)
    options = Options(submitted, 2, limits=LIMITS)
    console = Console(file=open(os.devnull, "w"))
    assert best(UNIT, options, console) == [Best("ada", (30, 10), 1), Best("bob", (20, 15), 1)]
    assert best(UNIT, options, console) == [Best("ada", (10, 30), 2), Best("bob", (15, 20), 2)]
    assert not (course.root / "autograded").exists()  # what feedback and formgrader show is of what counts
    found = marks(submitted)
    assert {student: outcome.points for student, outcome in found.items()} == {"ada": 30, "bob": 20, "cyd": 10}
    assert sorted(path.name for path in (earlier / "ada" / UNIT).iterdir()) == ["1"]
