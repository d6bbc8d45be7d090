"""Marks, compared with sums that SQL takes from the gradebook, and with what Canvas and Moodle document."""

import base64
import csv
import datetime
import io
import json
import os
import re
import shutil
import sqlite3
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from rnnkit.course.cli import app
from rnnkit.course.grading.report.csv_files import as_text
from rnnkit.course.grading.report.write import write_report
from rnnkit.course.paths import project_root

DUE = datetime.datetime(2027, 1, 15, 12)
UNITS = ("00_first", "01_second")
CHECKS = {"check_a": 30.0, "check_b": 10.0, "check_c": 45.0}
FORMULA = "=HYPERLINK(\"http://x\",'a')"
SCRIPT = "<script>document.title='run'</script>"
# unit, student, hours late, points of the checks, points of the question by hand, extra credit
HANDED_IN = [
    ("00_first", "ada", -5, (30, 10, 45), 15, None),
    ("00_first", "bob", 30, (30, 0, 22.5), None, None),
    ("00_first", "cyd", 300, (0, 0, 0), 7.25, None),
    ("00_first", "dan", 0.5, (30, 10, 0), 10, 2.5),
    ("01_second", "ada", 0, (0, 10, 45), None, None),
    ("01_second", "bob", 2, (30, 10, 45), 15, None),
]
NAMES = {
    "ada": ("Ada", "Lovelace", "ada@example.org", "4711"),
    "bob": ("Bob", "O'Brien, Jr", "bob@example.org", ""),
    "cyd": (FORMULA, SCRIPT, "+cyd@example.org", ""),
    "dan": ("", "", "", ""),
    "eve": ("Eve", "Zero", "eve@example.org", ""),
}
OUTCOMES = [
    {"student": "ada", "unit": "00_first", "status": "marked", "reason": "", "repairs": []},
    {"student": "bob", "unit": "00_first", "status": "repaired", "reason": "", "repairs": ["a foreign kernel's name"]},
    {"student": "cyd", "unit": "00_first", "status": "timed out", "reason": f"stopped {SCRIPT}", "repairs": []},
    {"student": "eve", "unit": "00_first", "status": "refused", "reason": "not JSON", "repairs": []},
    {"student": "zoe", "unit": "00_first", "status": "refused", "reason": "a link", "repairs": []},
]


# nbgrader adds its submissions in an order of which SQLAlchemy warns.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A project folder with a gradebook, filled without nbgrader's commands."""
    root = tmp_path_factory.mktemp("filled")
    (root / "course" / "source").mkdir(parents=True)
    shutil.copy(project_root() / "course" / "nbgrader_config.py", root / "course")
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"  # nbgrader calls alembic by its name
    try:
        with Gradebook(f"sqlite:///{root}/course/gradebook.db", "rnnkit") as gradebook:
            fill(gradebook)
    finally:
        os.environ["PATH"] = before
    return root


@pytest.fixture
def project(filled, tmp_path, monkeypatch):
    root = tmp_path / "project"
    shutil.copytree(filled, root)
    outcomes = tmp_path / "build" / "grading" / "00_first" / "outcomes.json"
    outcomes.parent.mkdir(parents=True)
    outcomes.write_text(json.dumps(OUTCOMES))
    monkeypatch.setenv("RNNKIT_ROOT", str(root))
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path / "build"))
    return root


def fill(gradebook):
    for student, (first, last, email, lms) in NAMES.items():
        gradebook.add_student(student, first_name=first, last_name=last, email=email, lms_user_id=lms)
    for unit in UNITS:
        gradebook.add_assignment(unit, duedate=DUE, course_id="rnnkit")
        gradebook.add_notebook(unit, unit)
        for name, points in CHECKS.items():
            gradebook.add_grade_cell(name, unit, unit, max_score=points, cell_type="code")
        gradebook.add_grade_cell("why", unit, unit, max_score=15, cell_type="markdown")
        gradebook.add_solution_cell("why", unit, unit)
    for unit, student, hours, checks, manual, extra in HANDED_IN:
        gradebook.add_submission(unit, student, timestamp=DUE + datetime.timedelta(hours=hours))
        for name, points in zip(CHECKS, checks, strict=True):
            set_grade(gradebook, unit, student, name, auto_score=points)
        if manual is not None:
            set_grade(gradebook, unit, student, "why", manual_score=manual, extra_credit=extra)
    set_grade(gradebook, "01_second", "ada", "check_c", extra_credit=1.5)  # on top of automatic points


def set_grade(gradebook, unit, student, name, **scores):
    grade = gradebook.find_grade(name, unit, unit, student)
    for field, value in scores.items():
        setattr(grade, field, value)
    grade.needs_manual_grade = False
    gradebook.db.commit()


def read(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


def by_sql(root):
    """(student, unit) → automatic, manual, open, penalty, by the gradebook's own tables."""
    with sqlite3.connect(root / "course" / "gradebook.db") as database:
        rows = database.execute(
            """
            select sa.student_id, a.name,
                   sum(case when g.manual_score is null then coalesce(g.auto_score, 0) else 0 end),
                   sum(coalesce(g.manual_score, 0) + coalesce(g.extra_credit, 0)),
                   sum(case when g.needs_manual_grade then gc.max_score else 0 end),
                   coalesce(max(sn.late_submission_penalty), 0)
            from grade g join submitted_notebook sn on sn.id = g.notebook_id
            join submitted_assignment sa on sa.id = sn.assignment_id
            join assignment a on a.id = sa.assignment_id
            join grade_cells gc on gc.id = g.cell_id group by 1, 2
            """
        ).fetchall()
    return {(student, unit): numbers for student, unit, *numbers in rows}


def test_marks_are_the_gradebooks(project):
    marks, files = write_report()
    header, *rows = read(files[0])
    assert header == (
        "student,name,unit,automatic points,manual points,manual points open,late days,penalty,total,possible,status,"
        "final"
    ).split(",")
    assert len(rows) == 2 * 6  # five on the roster, and one whom only the outcomes know
    found = {(row[0], row[2]): row for row in rows}
    expected = by_sql(project)
    assert len(expected) == len(HANDED_IN)
    for key, row in found.items():
        automatic, manual, still, penalty = expected.get(key, (0, 0, 0, 0))
        assert [float(cell) for cell in row[3:6]] == [automatic, manual, still], key
        assert float(row[7]) == pytest.approx(penalty, abs=0.005)
        assert float(row[8]) == pytest.approx(max(0, automatic + manual - penalty), abs=0.005)
        assert float(row[9]) == 100
    # 30 h late: an hour of grace, 29 h are 2 days begun, 20 percent of 52.5 points. 300 h: half of 7.25 at most.
    assert [found["bob", "00_first"][i] for i in (6, 7, 8)] == ["2", "10.5", "42"]
    assert [found["cyd", "00_first"][i] for i in (6, 7, 8)] == ["13", "3.62", "3.62"]
    assert [found["dan", "00_first"][i] for i in (6, 7, 8)] == ["0", "0", "52.5"]
    assert found["dan", "00_first"][4] == "12.5"


def test_statuses_are_those_of_the_outcomes_or_of_the_gradebook(project):
    _, files = write_report()
    statuses = {(row[0], row[2]): row[-2] for row in read(files[0])[1:]}
    assert {student: statuses[student, "00_first"] for student in "ada bob cyd dan eve zoe".split()} == {
        "ada": "marked",
        "bob": "repaired",
        "cyd": "timed out",
        "dan": "marked",
        "eve": "refused",
        "zoe": "refused",
    }
    assert statuses["bob", "01_second"] == "marked" and statuses["eve", "01_second"] == "missing"


def test_canvas(project):
    _, files = write_report()
    header, possible, *rows = read(files[1])
    # The columns of Canvas's own export, which its import reads: Instructure's guide "How do I import grades".
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *UNITS]
    assert possible == ["    Points Possible", "", "", "", "", "100", "100"]
    found = {row[3]: row for row in rows}
    # ada's second unit and bob's first wait for points given by hand.
    assert found["ada"] == ["Lovelace, Ada", "4711", "ada", "ada", "", "100", ""]
    assert found["bob"][5:] == ["", "90"]
    assert found["dan"][0] == "dan" and found["dan"][5:] == ["52.5", ""]
    assert found["eve"][5:] == ["", ""]
    assert all(len(row) == 7 for row in rows)


def test_moodle(project):
    _, files = write_report(["01_second", "00_first"])
    header, *rows = read(files[2])
    assert header == ["First name", "Last name", "ID number", "Email address", "01_second", "00_first"]
    found = {row[2]: row for row in rows}
    assert found["ada"] == ["Ada", "Lovelace", "ada", "ada@example.org", "-", "100"]
    assert found["eve"][4:] == ["-", "-"]  # Moodle's sign for no grade


def test_nothing_looks_final_before_it_is_marked(project):
    """But for who asks for it, with an option."""
    marks, files = write_report()
    finals = {(row[0], row[2]): row[-1] for row in read(files[0])[1:]}
    assert finals["ada", "00_first"] == "yes" and finals["bob", "00_first"] == finals["ada", "01_second"] == "no"
    assert finals["eve", "00_first"] == ""
    words = " ".join(Page(files[3].read_text(encoding="utf-8")).words)
    # Of the first unit three are marked: 100, 3.62 and 52.5.
    assert "00_first 4 2 1 3 52.0 52.5 100" in re.sub(r"\s+", " ", words)
    assert "Of the checks alone, before late days: 1 hand-ins wait" in words and " waits" in words
    _, files = write_report(unfinished=True)
    found = {row[3]: row[5:] for row in read(files[1])[2:]}
    assert found["ada"] == ["100", "56.5"] and found["bob"] == ["42", "90"]
    found = {row[2]: row[4:] for row in read(files[2])[1:]}
    assert found["ada"] == ["100", "56.5"] and found["eve"] == ["-", "-"]


def test_no_cell_is_a_formula(project):
    _, files = write_report()
    for path in files[:3]:
        for row in read(path):
            for cell in row:
                assert cell == "-" or not re.match(r"\s*[=+\-@]", cell) or re.fullmatch(r"-?\d+(\.\d+)?", cell), cell
    texts = [cell for row in read(files[2]) for cell in row]
    assert f"'{FORMULA}" in texts and "'+cyd@example.org" in texts


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@A", "\t=1", "\r=1", "\n=1", " =1", "＝1", "-"])
def test_what_begins_like_a_formula_is_text(cell):
    assert as_text(cell) == (cell if cell == "-" else f"'{cell}")


def test_points_given_after_the_automatic_marking_change_the_penalty(project):
    write_report()
    with Gradebook(f"sqlite:///{project}/course/gradebook.db", "rnnkit") as gradebook:
        set_grade(gradebook, "00_first", "bob", "why", manual_score=10)
    _, files = write_report(["00_first"])
    [bob] = [row for row in read(files[0]) if row[0] == "bob"]
    assert bob[7:9] == ["12.5", "50"]  # 20 percent of 62.5
    with Gradebook(f"sqlite:///{project}/course/gradebook.db", "rnnkit") as gradebook:
        gradebook.update_or_create_submission("00_first", "bob", extension=datetime.timedelta(days=3))
    _, files = write_report(["00_first"])
    [bob] = [row for row in read(files[0]) if row[0] == "bob"]
    assert bob[6:9] == ["0", "0", "62.5"]


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data.strip())


def test_the_page_holds_all_and_asks_for_nothing(project):
    _, files = write_report()
    text = files[3].read_text(encoding="utf-8")
    page = Page(text)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "iframe", "object", "embed", "link", "base", "form"}
    attributes = [(name, value or "") for _, attrs in page.tags for name, value in attrs.items()]
    assert not [name for name, _ in attributes if name.startswith("on")]
    assert not [
        value for name, value in attributes if name in ("src", "href") and not value.startswith("data:image/png")
    ]
    assert any("default-src 'none'" in attrs.get("content", "") for tag, attrs in page.tags if tag == "meta")
    assert "url(" not in text and "@import" not in text
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(images) == 2 + 2 * len(UNITS) and all(len(image["alt"]) > 20 for image in images)
    for image in images:
        assert base64.b64decode(image["src"].split(",")[1]).startswith(b"\x89PNG")
    words = " ".join(page.words)
    assert SCRIPT in words and f"stopped {SCRIPT}" in words and "a foreign kernel's name" in words
    assert "1 h of grace, then 10 percent of the points reached" in words


@pytest.mark.long
def test_the_page_in_a_browser(project, page):
    _, files = write_report()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(files[3].as_uri())
    assert page.title() == "Marks: rnnkit"  # the name that is a script would have changed it
    assert {url.split(":")[0] for url in asked} <= {"file", "data"} and said == []
    shown = page.locator("img").evaluate_all("them => them.map(image => [image.complete, image.naturalWidth > 0])")
    assert shown == [[True, True]] * 6
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert sideways <= 0


def test_difficulty_is_that_of_the_points(project):
    marks, files = write_report(["00_first"])
    exercises = {exercise.name: exercise for exercise in marks.exercises}
    assert {name: sorted(e.points) for name, e in exercises.items()} == {
        "check_a": [0, 30, 30, 30],
        "check_b": [0, 0, 10, 10],
        "check_c": [0, 0, 22.5, 45],
        "why": [7.25, 12.5, 15],
    }
    assert [e.by_hand for e in exercises.values()] == [False, False, False, True]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", files[3].read_text()))
    # kind, points, hand-ins marked, mean share, median points, full, zero
    assert "check_a check 30 4 75% 30 3 1" in text
    assert "check_c check 45 4 38% 11.2 1 2" in text
    assert "why by hand 15 3 77% 12.5 1 0" in text


def test_the_command_says_what_is_wrong_in_one_line(project, tmp_path):
    runner = CliRunner()
    result = runner.invoke(app, ["report", "09_none"])
    assert result.exit_code == 2
    assert "the gradebook knows (00_first, 01_second), received 09_none" in " ".join(result.output.split())
    result = runner.invoke(app, ["report"])
    assert result.exit_code == 0, result.output
    assert "2 hand-ins wait for points given by hand" in " ".join(result.output.split())
    (tmp_path / "build" / "grading" / "00_first" / "outcomes.json").write_text("{")
    result = runner.invoke(app, ["report"])
    assert result.exit_code == 2 and "outcomes.json: expected a list of outcomes" in " ".join(result.output.split())
    (project / "course" / "gradebook.db").unlink()
    result = runner.invoke(app, ["report"])
    assert result.exit_code == 2 and "rnnkit notebooks" in " ".join(result.output.split())
    assert not (project / "course" / "gradebook.db").exists()
