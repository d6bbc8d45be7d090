"""A gradebook of another release is taken over: marks by hand stay, with a backup, also where it was stopped."""

import os
import re
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from rnnkit.course.grading.marks import marking, takeover
from rnnkit.course.grading.marks.forget import forget
from rnnkit.course.grading.marks.history import read_history
from rnnkit.course.grading.marks.marking import Course
from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from tests.course.grading.course import UNIT, hand_in, solved
from tests.course.grading.test_grade import marks, prepared, submitted  # noqa: F401

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")  # of nbgrader's order of adding
# The unit of another release: another check, the question with other points, a second question.
OLD = {"check_sum": 8, "check_apply": 20, "question": 5, "why_not": 3}
HANDED_IN = "2027-01-15 11:00:00 UTC"


def old_gradebook(url):
    """Two hand-ins, marked by checks and by hand, as nbgrader keeps them."""
    with Gradebook(url, "rnnkit") as gradebook:
        gradebook.add_assignment(UNIT, duedate="2027-01-20 12:00:00 UTC")
        gradebook.add_notebook(UNIT, UNIT)
        for name, points in OLD.items():
            by_hand = not name.startswith("check")
            kind = "markdown" if by_hand else "code"
            gradebook.add_grade_cell(name, UNIT, UNIT, max_score=points, cell_type=kind)
            gradebook.add_source_cell(name, UNIT, UNIT, cell_type=kind, locked=not by_hand, source="old")
            if by_hand:
                gradebook.add_solution_cell(name, UNIT, UNIT)
        for student in ("ada", "bob"):
            gradebook.add_student(student)
            gradebook.add_submission(UNIT, student, timestamp=HANDED_IN)
        for student, cell, scores in (
            ("ada", "check_sum", {"auto_score": 8}),
            ("ada", "check_apply", {"auto_score": 20}),
            ("ada", "question", {"manual_score": 4.5}),
            ("ada", "why_not", {"manual_score": 2}),
            ("bob", "check_apply", {"auto_score": 0, "manual_score": 7, "extra_credit": 1}),
            ("bob", "question", {"manual_score": None}),
        ):
            grade = gradebook.find_grade(cell, UNIT, UNIT, student)
            for name, value in scores.items():
                setattr(grade, name, value)
            grade.needs_manual_grade = (student, cell) == ("bob", "question")
        gradebook.find_comment("question", UNIT, UNIT, "ada").manual_comment = "Good."
        gradebook.find_comment("why_not", UNIT, UNIT, "ada").manual_comment = "Short."
        gradebook.db.commit()


def as_it_is(url):
    with Gradebook(url, "rnnkit") as gradebook:
        return {
            (entry.student_id, grade.name): (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for entry in gradebook.assignment_submissions(UNIT)
            for notebook in entry.notebooks
            for grade in notebook.grades
        }


EXPECTED = {
    ("ada", "check_total"): (None, None, True),
    ("ada", "check_apply"): (20, None, False),
    ("ada", "question"): (None, 4.5, False),
    ("bob", "check_total"): (None, None, True),
    ("bob", "check_apply"): (0, 7, False),
    ("bob", "question"): (None, None, True),
}


@pytest.fixture
def course(prepared, tmp_path, monkeypatch):  # noqa: F811
    """The project of now, with the gradebook of then."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("RNNKIT_ROOT", str(tmp_path))
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path / "build"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "course" / "gradebook.db").unlink()
    found = Course.here()
    old_gradebook(found.db_url)
    return found


def backups(course, kind):
    return [path for path in takeover.files_beside(course.db_url) if path.suffix == f".{kind}"]


def test_marks_by_hand_stay_where_the_question_does(course):
    told = course.prepare(UNIT)
    assert as_it_is(course.db_url) == EXPECTED
    with course.gradebook() as gradebook:
        assert gradebook.find_comment("question", UNIT, UNIT, "ada").manual_comment == "Good."
        submission = gradebook.find_submission(UNIT, "bob")
        assert f"{submission.timestamp:%Y-%m-%d %H:%M:%S} UTC" == HANDED_IN
        assert gradebook.find_grade("check_apply", UNIT, UNIT, "bob").extra_credit == 1
        assert f"{gradebook.find_assignment(UNIT).duedate:%d}" == "20"
    [backup] = backups(course, "db")
    assert re.search(r"gradebook\.db\.before-\d{8}-\d{6}-tiny\.db", told[0]) and str(backup) in told[0]
    assert "2 hand-ins, 2 marks by hand kept" in told[0]
    assert [line.partition(" carried over: ")[2] for line in told[1:]] == [
        "ada, why_not: 2 of 3 points by hand: the unit has no such question now",
        "ada, why_not: the comment 'Short.': the unit has no such exercise now",
    ]
    with sqlite3.connect(backup) as file:
        assert file.execute("select count(*) from grade where manual_score is not null").fetchone() == (3,)
    [lost] = [c for c in read_history(course.db_url) if c.cell == "why_not" and c.new is None]
    assert (lost.student, lost.by, lost.old) == ("ada", "taken over", 2)
    assert course.prepare(UNIT) == [] and len(backups(course, "db")) == 1  # it is this release's now


def test_a_question_of_fewer_points_waits_for_marking(course):
    with course.gradebook() as gradebook:
        gradebook.find_graded_cell("question", UNIT, UNIT).max_score = 9
        gradebook.find_grade("question", UNIT, UNIT, "ada").manual_score = 8.5
        gradebook.find_grade("question", UNIT, UNIT, "bob").manual_score = 3
        gradebook.db.commit()
    told = course.prepare(UNIT)
    found = as_it_is(course.db_url)
    assert found["ada", "question"] == (None, None, True) and found["bob", "question"] == (None, 3, True)
    assert "ada, question: 8.5 of 9 points by hand: the question gives 5 points now" in told[1]


@pytest.mark.long
@pytest.mark.parametrize("where", ["_begin", "remove", "derive", "derived", "_restore", "replace"])
def test_stopped_wherever_it_is(course, monkeypatch, where):
    class Stopped(BaseException):
        pass

    def stop(*_, **__):
        raise Stopped

    with monkeypatch.context() as patch:
        if where == "_begin":  # after the backup, before the plan
            patch.setattr(takeover, "write_beside_then_rename", stop)
        elif where == "remove":  # after the first of them
            remove = Gradebook.remove_submission

            def first(self, unit, student):
                stop() if student == "bob" else remove(self, unit, student)

            patch.setattr(Gradebook, "remove_submission", first)
        elif where == "derive":
            patch.setattr(marking, "derive_unit", stop)
        elif where == "derived":
            derive = marking.derive_unit
            patch.setattr(marking, "derive_unit", lambda *a: (derive(*a), stop()))
        elif where == "_restore":
            restore = takeover._restore
            patch.setattr(
                takeover, "_restore", lambda g, u, kept: stop() if kept["student"] == "bob" else restore(g, u, kept)
            )
        else:
            moved = os.replace
            plan = takeover._plan(course.db_url, UNIT)
            patch.setattr(takeover.os, "replace", lambda old, new: stop() if old == plan else moved(old, new))
        with pytest.raises(Stopped):
            course.prepare(UNIT)
    assert backups(course, "db")
    told = course.prepare(UNIT)
    assert as_it_is(course.db_url) == EXPECTED and len(told) == 3
    assert str(backups(course, "db")[-1]) in told[0] and not takeover.waits(course.db_url, UNIT)
    assert course.prepare(UNIT) == []


def test_nothing_handed_in_needs_no_backup(course):
    with course.gradebook() as gradebook:
        for student in ("ada", "bob"):
            gradebook.remove_submission(UNIT, student)
    assert course.prepare(UNIT) == [] and takeover.files_beside(course.db_url) == []
    with course.gradebook() as gradebook:
        assert {cell.name for cell in gradebook.find_notebook(UNIT, UNIT).grade_cells} == {
            "check_total",
            "check_apply",
            "question",
        }


def test_who_is_forgotten_is_in_no_backup(course):
    course.prepare(UNIT)
    assert len(takeover.files_beside(course.db_url)) == 2  # the gradebook, and what was remembered
    told = forget("ada")
    assert takeover.files_beside(course.db_url) == [] and any(".before-" in line for line in told)


@pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}")
def test_grade_meets_it(course, submitted):  # noqa: F811
    for student in ("ada", "bob"):
        hand_in(submitted, student, solved(course))
    found = marks(submitted, workers=1)
    assert {s: (o.points, o.status) for s, o in found.items()} == {
        "ada": (34.5, "marked"),
        "bob": (18, "marked"),  # 7 by hand stand, with 1 more
    }
    assert len(backups(course, "db")) == 1
