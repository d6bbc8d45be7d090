"""Extensions and excuses from course/allowances.csv, in late days, marks and the platforms' files."""

import pytest

from rnnkit.course.grading.marks.course import course_app
from rnnkit.course.grading.marks.gradebook import read_marks
from rnnkit.course.grading.report.csv_files import canvas_csv
from tests.course.grading.tiny_course import UNIT

HEADER = "student,unit,extra days,excused,why\n"


def rows(root, text):
    path = root / "course" / "allowances.csv"
    if text is None:
        path.unlink()
    else:
        path.write_text(HEADER + text)
    return {mark.student.id: mark for mark in read_marks(course_app(root)).rows}


@pytest.mark.timeout(1200)
def test_more_time_and_no_mark(marked):
    before = {mark.student.id: mark for mark in read_marks(course_app(marked)).rows}
    assert (before["bob"].late_days, before["bob"].penalty) == (2, pytest.approx(0.4))
    # 48 h late: a day more leaves 23 h after the hour of grace.
    after = rows(marked, f'bob,{UNIT},1,,ill\ncyd,all,,yes,"has credits, of last year"\n')
    assert (after["bob"].late_days, after["bob"].penalty) == (1, pytest.approx(0.2))
    assert after["cyd"].status == "excused" and not after["cyd"].counts
    assert after["cyd"].reason == "has credits, of last year" and after["ada"] == before["ada"]
    assert canvas_csv(read_marks(course_app(marked))).count('"cyd"') and after["dan"] == before["dan"]
    # A unit's own row counts more than that for all; what is taken out is as before.
    after = rows(marked, f"bob,{UNIT},0.5,,\nbob,all,5,yes,\n")
    assert (after["bob"].late_days, after["bob"].status) == (2, "marked")
    assert rows(marked, "bob,all,2,,\n")["bob"].penalty == 0
    assert rows(marked, "") == before


@pytest.mark.timeout(1200)
def test_a_row_that_cannot_be_meant(marked):
    for text, why in (
        ("nobody,all,1,,\n", "row 2: expected a student whom the gradebook knows"),
        ("ada,99_none,1,,\n", "row 2: expected all or a unit"),
        ("ada,all,-1,,\n", "row 2: expected extra days"),
        ("ada,all,nan,,\n", "row 2: expected extra days"),
        ("ada,all,soon,,\n", "row 2: expected extra days"),
        ("ada,all,1,perhaps,\n", "row 2: expected excused"),
        ("ada,all,1,,ill, twice\n", "row 2: expected 5 cells"),
        ("ada,all,1,,\n\nada,all,2,,\n", "row 4: expected one row for a student"),
        ('ada,all,1,,"\n', "cannot be read"),
    ):
        with pytest.raises(ValueError, match=why):
            rows(marked, text)
    (marked / "course" / "allowances.csv").write_text("student,days\n")
    with pytest.raises(ValueError, match="expected the columns"):
        read_marks(course_app(marked))
