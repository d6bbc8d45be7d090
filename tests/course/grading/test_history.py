"""Which mark changed, when and by what."""

import json
import os
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from rnnkit.course.cli import app
from rnnkit.course.grading.marks.changes import changes_table, moved
from rnnkit.course.grading.marks.history import (
    ELSEWHERE,
    Change,
    changed_by,
    end_of,
    forget_in_history,
    history_path,
    read_history,
    take_note,
)

UNIT, CHECK, QUESTION = "00_unit", "check_a", "why"
pytestmark = pytest.mark.filterwarnings("ignore:Object of type")  # of nbgrader's order of adding


@pytest.fixture
def url(tmp_path, monkeypatch):
    """A gradebook of one unit and two hand-ins that nobody has marked."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    url = f"sqlite:///{tmp_path}/gradebook.db"
    with Gradebook(url) as gradebook:
        gradebook.add_assignment(UNIT)
        gradebook.add_notebook(UNIT, UNIT)
        gradebook.add_grade_cell(CHECK, UNIT, UNIT, max_score=10, cell_type="code")
        gradebook.add_grade_cell(QUESTION, UNIT, UNIT, max_score=5, cell_type="markdown")
        gradebook.add_solution_cell(QUESTION, UNIT, UNIT)
        for student in ("ada", "bob"):
            gradebook.add_student(student)
            gradebook.add_submission(UNIT, student)
    return url


def give(url, student="ada", cell=CHECK, **scores):
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade(cell, UNIT, UNIT, student)
        for name, points in scores.items():
            setattr(grade, name, points)
        gradebook.db.commit()


def told(url, after=0):
    return [(c.student, c.cell, c.what, c.old, c.new) for c in read_history(url, after)]


def test_each_change_is_written_when_it_is_committed(url):
    assert told(url) == []
    give(url, auto_score=8.0)
    give(url, auto_score=8.0)  # nothing new
    with changed_by("formgrader"):
        give(url, cell=QUESTION, manual_score=2.5, extra_credit=1.0)
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade(CHECK, UNIT, UNIT, "ada")
        gradebook.db.commit()  # what was read is old now
        grade.auto_score = 6.0
        gradebook.db.flush()
        grade.auto_score = 5.0
        gradebook.db.rollback()
        grade.auto_score = 3.0
        gradebook.find_submission(UNIT, "ada").notebooks[0].late_submission_penalty = 1.5
        gradebook.db.commit()
    expected = [
        ("ada", CHECK, "check", None, 8),
        ("ada", QUESTION, "by hand", None, 2.5),
        ("ada", QUESTION, "extra credit", None, 1),
        ("ada", CHECK, "check", 8, 3),
        ("ada", "", "late days", None, 1.5),
    ]
    assert sorted(told(url), key=str) == sorted(expected, key=str)
    [by_hand] = [change for change in read_history(url) if change.what == "by hand"]
    assert by_hand.by == "formgrader" and by_hand.when.startswith("20") and by_hand.when.endswith("+00:00")


def test_what_another_program_changed_is_found(url, monkeypatch):
    give(url, auto_score=8.0)
    path = history_path(url)
    kept = path.read_bytes()
    give(url, auto_score=2.0)
    path.write_bytes(kept)  # as if nobody had seen it
    with Gradebook(url) as gradebook:
        assert take_note(gradebook, url) == 1 and take_note(gradebook, url) == 0
    assert told(url)[-1] == ("ada", CHECK, "check", 8, 2) and read_history(url)[-1].by == ELSEWHERE


def test_a_line_that_was_cut_off_spoils_no_other(url):
    give(url, auto_score=8.0)
    path = history_path(url)
    path.write_bytes(path.read_bytes() + b'{"when": "2027-0')
    give(url, "bob", auto_score=4.0)
    assert [row[0] for row in told(url)] == ["ada", "bob"]
    start = end_of(url)
    give(url, "bob", auto_score=5.0)
    assert told(url, start) == [("bob", CHECK, "check", 4, 5)]


def test_a_student_is_forgotten(url):
    give(url, auto_score=8.0)
    give(url, "bob", auto_score=4.0)
    assert forget_in_history(url, "ada") == 1 and forget_in_history(url, "ada") == 0
    assert [row[0] for row in told(url)] == ["bob"] and "ada" not in history_path(url).read_text()


def test_a_long_table_is_of_exercises(url, tmp_path):
    changes = [Change("", "", "", f"s{n}", UNIT, CHECK, "check", 5, 10 if n % 3 else 0) for n in range(90)]
    changes.append(Change("", "", "", "s1", UNIT, CHECK, "check", 10, 5))  # as it was
    with Gradebook(url) as gradebook:
        rows = moved(changes, gradebook, tmp_path)
    assert len(rows) == 89
    table = changes_table(rows)
    assert table.row_count == 1 and [list(column.cells)[0] for column in table.columns][3:] == ["59", "30", "0"]
    assert changes_table(rows[:60]).row_count == 60


def test_the_commands(marked, tmp_path):
    url = f"sqlite:///{marked}/course/gradebook.db"
    runner = CliRunner(env={"COLUMNS": "80"})
    result = runner.invoke(app, ["marks"])
    assert result.exit_code == 0 and "waits" in result.output and max(map(len, result.output.splitlines())) <= 80
    with changed_by("formgrader"), Gradebook(url) as gradebook:
        gradebook.find_grade("why", "00_tiny", "00_tiny", "ada").manual_score = 2.5
        gradebook.db.commit()
    result = runner.invoke(app, ["marks", "--history", "--student", "ada"])
    assert result.exit_code == 0, result.output
    assert "– → 2.5" in result.output and "formgrader" in result.output and "bob" not in result.output
    assert max(map(len, result.output.splitlines())) <= 80
    assert json.loads(history_path(url).read_text().splitlines()[0])["student"] in ("ada", "bob", "cyd", "dan")
    assert runner.invoke(app, ["marks", "--student", "eve"]).exit_code == 2
