"""Feedback pages, one a student and unit."""

import json
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from rnnkit.course.cli import app
from rnnkit.course.grading.report import feedback
from rnnkit.course.grading.report.feedback import write_feedback
from rnnkit.course.grading.report.write import write_report
from tests.course.grading.payloads import PNG
from tests.course.grading.tiny_course import UNIT


@pytest.mark.timeout(1200)
def test_pages_are_gathered_and_show_points_given_later(marked, tmp_path):
    with Gradebook(f"sqlite:///{marked}/course/gradebook.db", "rnnkit") as gradebook:
        grade = gradebook.find_grade("why", UNIT, UNIT, "ada")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.find_comment("why", UNIT, UNIT, "ada").manual_comment = "Say why it is neutral."
        gradebook.db.commit()
    runner = CliRunner()
    result = runner.invoke(app, ["feedback", UNIT])
    assert result.exit_code == 0, result.output
    folder = tmp_path / "build" / "feedback"
    pages = {path.parent.name: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}
    assert sorted(pages) == ["ada", "bob", "cyd", "dan"]
    assert {path.name for path in folder.rglob("*.html")} == {f"{UNIT}.html"}
    told = {student: words(page) for student, page in pages.items()}
    assert "points 10.5 of 12" in told["ada"] and "2.5 of 4 points" in told["ada"]
    assert "Say why it is neutral." in told["ada"] and "waits" not in told["ada"]
    assert "points 6 of 12" in told["cyd"]  # an answer left blank waits for nobody
    # bob's is late, and waits: 2 points by checks, 4 open.
    assert "waits for marking" in told["bob"] and "so far; 4 points wait for marking" in told["bob"]
    assert not (marked / "course" / "feedback").exists()

    times = {path.parent.name: path.stat().st_mtime_ns for path in folder.rglob("*.html")}
    with Gradebook(f"sqlite:///{marked}/course/gradebook.db", "rnnkit") as gradebook:
        gradebook.find_comment("why", UNIT, UNIT, "bob").manual_comment = "Better."
        gradebook.db.commit()
    result = runner.invoke(app, ["feedback", UNIT])
    assert result.exit_code == 0 and "wrote 4 pages" in " ".join(result.output.split()), result.output
    changed = {
        path.parent.name for path in folder.rglob("*.html") if path.stat().st_mtime_ns != times[path.parent.name]
    }
    assert changed == {"bob"} and "Better." in (folder / "bob" / f"{UNIT}.html").read_text(encoding="utf-8")

    result = runner.invoke(app, ["feedback", "09_none"])
    assert result.exit_code == 2 and "the gradebook knows" in " ".join(result.output.split())


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.split("</head>")[1]))


def test_exercises_have_names_and_only_what_changed_is_written(marked, tmp_path):
    pages, complaints = write_feedback()
    assert complaints == [] and len(pages) == 4
    [ada] = [page for page in pages if page.parent.name == "ada"]
    told = words(ada.read_text(encoding="utf-8"))
    assert "Sums" in told and "1 · Sums, check 1 6 of 6" in told and "Question · Sums" in told
    assert "Test cell" not in told and "check_total" not in told
    before = {page: page.stat().st_mtime_ns for page in pages}
    with Gradebook(f"sqlite:///{marked}/course/gradebook.db", "rnnkit") as gradebook:
        gradebook.find_comment("total", UNIT, UNIT, "bob").manual_comment = "Which numbers does it add?"
        gradebook.db.commit()
    write_feedback()
    assert [page.parent.name for page in pages if page.stat().st_mtime_ns != before[page]] == ["bob"]


def test_no_remark_for_instructors_reaches_a_student(marked, tmp_path):
    """Neither a page nor a file for a learning platform holds anything but notebook, points and comments."""
    secret = "COPIED-FROM-BOB"
    folder = tmp_path / "build" / "grading" / UNIT
    (folder / "results").mkdir(parents=True)
    row = {"student": "ada", "unit": UNIT, "status": "marked", "reason": secret, "repairs": [secret]}
    (folder / "outcomes.json").write_text(json.dumps([{**row, "remarks": [secret]}]))
    (folder / "results" / "ada.json").write_text(json.dumps({"remarks": [secret]}))
    (folder / "similar.html").write_text(secret)
    pages, _ = write_feedback()
    _, files = write_report()
    for_students = [*pages, *(path for path in files if path.name in ("canvas.csv", "moodle.csv", "marks.csv"))]
    assert len(for_students) == 7
    assert not [path for path in for_students if secret in path.read_text(encoding="utf-8")]
    shown = {path.name for path in (tmp_path / "build" / "feedback").rglob("*") if path.is_file()}
    assert shown == {f"{UNIT}.html"}


def test_equations_need_no_script_and_no_network(marked):
    path = marked / "course" / "autograded" / "ada" / UNIT / f"{UNIT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    written = "It is $\\frac{a}{2}$, not $\\frac{$ nor $\\href{javascript:x()}{y}$ nor $" + "{" * 3000 + "$."
    [cell] = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "why"]
    cell.source = written
    nbformat.write(notebook, path)
    pages, complaints = write_feedback()
    assert complaints == [] and len(pages) == 4
    text = next(page for page in pages if page.parent.name == "ada").read_text(encoding="utf-8")
    assert "<mfrac><mrow><mi>a</mi></mrow><mrow><mn>2</mn></mrow></mfrac>" in text and r"<code>\frac{</code>" in text
    assert "<script" not in text and 'href="javascript' not in text and "mathjax" not in text.lower()
    assert "default-src 'none'" in text


def files_in(folder):
    return {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}


def test_the_same_bytes_from_one_process_and_from_two(marked, tmp_path, monkeypatch):
    monkeypatch.setattr(feedback, "FEW", 1)
    one = write_feedback(workers=1)
    first = {name: path.read_bytes() for name, path in files_in(tmp_path / "build" / "feedback").items()}
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path / "other"))
    two = write_feedback(workers=2)
    folder = tmp_path / "other" / "feedback"
    assert {name: path.read_bytes() for name, path in files_in(folder).items()} == first
    assert [len(first), len(one[0]), len(two[0])] == [4, 4, 4] and one[1] == two[1] == []

    times = {name: path.stat().st_mtime_ns for name, path in files_in(folder).items()}
    monkeypatch.setattr(feedback, "ProcessPoolExecutor", None)  # nothing is made, so nothing is started
    assert write_feedback(workers=2) == two
    assert {name: path.stat().st_mtime_ns for name, path in files_in(folder).items()} == times

    with Gradebook(f"sqlite:///{marked}/course/gradebook.db", "rnnkit") as gradebook:
        gradebook.find_grade("check_empty", UNIT, UNIT, "cyd").auto_score = 1
        gradebook.db.commit()
    write_feedback(workers=1)
    changed = [name.parent.name for name, path in files_in(folder).items() if path.stat().st_mtime_ns != times[name]]
    assert changed == ["cyd"]


def test_one_page_that_cannot_be_made(marked, tmp_path, monkeypatch):
    monkeypatch.setattr(feedback, "FEW", 1)
    (marked / "course" / "autograded" / "bob" / UNIT / f"{UNIT}.ipynb").write_text("{")
    pages, complaints = write_feedback(workers=2)
    assert [page.parent.name for page in pages] == ["ada", "cyd", "dan"]
    assert len(complaints) == 1 and complaints[0].startswith(f"bob, {UNIT}: no page: Expecting")
    with pytest.raises(ValueError, match="workers: expected at least 1, received 0"):
        write_feedback(workers=0)


def test_a_picture_and_a_comment_with_an_open_tag(marked):
    path = marked / "course" / "autograded" / "ada" / UNIT / f"{UNIT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    [cell] = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "total"]
    cell.outputs = [nbformat.v4.new_output("display_data", {"image/png": PNG, "text/plain": "x"})]
    nbformat.write(notebook, path)
    with Gradebook(f"sqlite:///{marked}/course/gradebook.db", "rnnkit") as gradebook:
        gradebook.find_comment("why", UNIT, UNIT, "ada").manual_comment = "Say <b>why it is neutral."
        gradebook.db.commit()
    pages, _ = write_feedback()
    page = BeautifulSoup(pages[0].read_text(encoding="utf-8"), "html.parser")
    assert [image["alt"] for image in page.find_all("img")] == ["No description has been provided for this image"]
    text = pages[0].read_text(encoding="utf-8")
    assert text.count("<b>") == text.count("</b>")
