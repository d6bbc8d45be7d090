"""One student's data goes, everywhere; the others' stays."""

import json
import os
import sqlite3
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from rnnkit.course.cli import app
from rnnkit.course.grading.marks.course import course_app
from rnnkit.course.grading.marks.forget import traces
from rnnkit.course.grading.marks.history import read_history

UNIT = "00_unit"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A project with two students, adam and eve, wherever data of theirs can be."""
    root, build = tmp_path / "project", tmp_path / "build"
    (root / "course" / "source").mkdir(parents=True)
    (root / "course" / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'a'\n")
    monkeypatch.setenv("RNNKIT_ROOT", str(root))
    monkeypatch.setenv("RNNKIT_BUILD", str(build))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # nbgrader's alembic
    with Gradebook(course_app().coursedir.db_url) as gradebook:
        gradebook.add_assignment(UNIT)
        gradebook.add_notebook(UNIT, UNIT)
        gradebook.add_grade_cell("check", UNIT, UNIT, max_score=10, cell_type="code")
        for student in ("adam", "eve"):
            gradebook.add_student(student)
            gradebook.add_submission(UNIT, student)
            gradebook.find_grade("check", UNIT, UNIT, student).auto_score = 7
            gradebook.db.commit()
    for student in ("adam", "eve"):
        for folder in (
            root / "course" / "submitted",
            root / "course" / "autograded",
            build / "feedback",
            tmp_path / "in",
        ):
            (folder / student / UNIT).mkdir(parents=True)
            (folder / student / UNIT / f"{UNIT}.ipynb").write_text(f"work of {student}")
        (build / "grading" / UNIT / "staged" / student).mkdir(parents=True)
        for room, suffix in (("results", "json"), ("marked", "txt")):
            (build / "grading" / UNIT / room).mkdir(parents=True, exist_ok=True)
            (build / "grading" / UNIT / room / f"{student}.{suffix}").write_text(f"result of {student}")
    rows = [{"student": student} for student in ("adam", "eve")]
    (build / "grading" / UNIT / "outcomes.json").write_text(json.dumps(rows))
    (build / "grading" / UNIT / "remarks.html").write_text("adam and eve")
    (build / "grading" / "backups" / "1").mkdir(parents=True)
    (build / "report").mkdir()
    (build / "report" / "marks.csv").write_text("adam,7\neve,7\n")
    return tmp_path


def holding(folder, word):
    """What is named after a student, or holds the name."""
    return [
        path
        for path in folder.rglob("*")
        if word in path.name or (path.is_file() and word.encode() in path.read_bytes())
    ]


def test_nothing_of_the_student_is_left_and_all_of_the_other(course):
    assert len(holding(course, "adam")) > 12 and read_history(course_app().coursedir.db_url)
    result = CliRunner().invoke(app, ["forget", "adam", "--submitted", str(course / "in"), "--yes"])
    assert result.exit_code == 0, result.output
    assert holding(course, "adam") == []
    with Gradebook(course_app().coursedir.db_url) as gradebook:
        assert [student.id for student in gradebook.students] == ["eve"]
        assert gradebook.find_grade("check", UNIT, UNIT, "eve").auto_score == 7
    assert (course / "in" / "eve" / UNIT / f"{UNIT}.ipynb").read_text() == "work of eve"
    assert (course / "build" / "grading" / UNIT / "results" / "eve.json").exists()
    assert {change.student for change in read_history(course_app().coursedir.db_url)} == {"eve"}
    with sqlite3.connect(course_app().coursedir.db_url.removeprefix("sqlite:///")) as file:
        assert file.execute("select count(*) from submitted_assignment").fetchone() == (1,)


def test_an_id_that_begins_alike_is_another_student(course):
    staged = course / "build" / "grading" / UNIT / "staged"
    (staged / "adam.b").mkdir()
    assert staged / "adam" in traces("adam") and staged / "adam.b" not in traces("adam")


def test_it_asks_first_and_names_a_student_who_is_not_there(course):
    asked = CliRunner().invoke(app, ["forget", "adam"], input="n\n")
    assert asked.exit_code == 1 and str(course / "project" / "course" / "submitted" / "adam") in asked.output
    assert len(holding(course, "adam")) > 12
    for folder in (course / "build" / "report", course / "build" / "grading" / "backups"):
        assert folder.exists()
