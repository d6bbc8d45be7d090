"""Of several hand-ins the best counts, after the late penalty."""

import os
from dataclasses import replace
from datetime import datetime

import pytest
from rich.console import Console

from rnnkit.course.grading.attempts import Best, best
from rnnkit.course.grading.grade import Options
from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from tests.course.grading.course import UNIT, hand_in, solved
from tests.course.grading.test_grade import HALF, LIMITS, WRONG, course, marks, prepared, submitted

__all__ = ["course", "prepared", "submitted"]  # fixtures


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
    found = marks(submitted)
    assert {student: outcome.points for student, outcome in found.items()} == {"ada": 30, "bob": 20, "cyd": 10}
    assert sorted(path.name for path in (earlier / "ada" / UNIT).iterdir()) == ["1"]
    with pytest.raises(ValueError, match="expected an SQLite gradebook"):
        best(UNIT, replace(options, db_url="postgresql://x@127.0.0.1:1/x"), console)
