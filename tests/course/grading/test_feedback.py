"""Feedback pages: nbgrader's own, one a student and unit."""

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from rnnkit.course.cli import app
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
    assert "(Score: 10.5 / 12.0)" in pages["ada"] and "Say why it is neutral." in pages["ada"]
    assert "(Score: 6.0 / 12.0)" in pages["cyd"]
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
