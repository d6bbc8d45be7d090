"""Part-points, counts and the page that formgrader shows, without a browser."""

import json
import shutil

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook

from rnnkit.course.grading.formgrader.counts import Count, CourseAPI, counts, waiting
from rnnkit.course.grading.formgrader.page import hand_in_page
from rnnkit.course.grading.formgrader.rubric import read_rubric, write_rubric
from rnnkit.course.grading.marks.course import course_app
from tests.course.grading import payloads
from tests.course.grading.tiny_course import SCRIPT, UNIT

PARTS = [{"points": 2, "text": "names <b>why</b>"}, {"points": -0.5, "text": "too long"}]
RESOURCES = {
    "assignment_id": UNIT, "notebook_id": UNIT, "submission_id": "0" * 32, "index": 0, "total": 3, "base_url": "",
    "student": "<i>ada</i>", "last_name": "</title><script>hit(1)</script>", "first_name": "Ada",
}  # fmt: skip


def test_a_rubric_is_kept_by_question(tmp_path):
    assert read_rubric(tmp_path, UNIT, "why") == []
    kept = write_rubric(tmp_path, UNIT, "why", [PARTS[0] | {"text": " names\n <b>why</b> "}, PARTS[1]])
    assert kept == PARTS == read_rubric(tmp_path, UNIT, "why")
    write_rubric(tmp_path, UNIT, "other", PARTS[:1])
    assert read_rubric(tmp_path, UNIT, "why") == PARTS and read_rubric(tmp_path, UNIT, "other") == PARTS[:1]
    assert list(json.loads((tmp_path / "rubrics" / f"{UNIT}.json").read_text())) == ["why", "other"]


@pytest.mark.parametrize(
    "parts",
    [
        "text", [1], [{"points": "2", "text": "a"}], [{"points": True, "text": "a"}], [{"points": 2, "text": " "}],
        [{"points": float("nan"), "text": "a"}], [{"points": 1, "text": "a"}, {"points": 2, "text": "a"}],
        [{"points": 1, "text": "a" * 501}], [{"points": 1, "text": f"{n}"} for n in range(41)],
    ],
)  # fmt: skip
def test_what_is_no_rubric_is_refused(tmp_path, parts):
    with pytest.raises(ValueError, match="expected"):
        write_rubric(tmp_path, UNIT, "why", parts)
    assert not (tmp_path / "rubrics").exists()


def test_a_rubric_stays_in_its_folder(tmp_path):
    for unit in ("../escaped", "a/b", "", ".hidden"):
        with pytest.raises(ValueError, match="unit: expected"):
            write_rubric(tmp_path / "course", unit, "why", PARTS)
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "rubrics" / f"{UNIT}.json").write_text("[]")
    with pytest.raises(ValueError, match=f"{UNIT}.json: expected"):
        read_rubric(tmp_path, UNIT, "why")
    with pytest.raises(ValueError, match=f"{UNIT}.json: expected"):
        write_rubric(tmp_path, UNIT, "why", PARTS)


def test_what_was_handed_in_is_counted(marked):
    course = marked / "course"
    shutil.rmtree(course / "submitted")  # `rnnkit grade` takes hand-ins from elsewhere
    shutil.rmtree(course / "autograded" / "dan")  # as if it was refused
    app = course_app(marked)
    with Gradebook(app.coursedir.db_url) as gradebook:
        due = "2027-01-15 12:00 UTC"
        assert counts(gradebook, app.coursedir) == [Count(UNIT, due, handed_in=4, refused=1, by_hand=2, waiting=2)]
        open_ones = waiting(gradebook, app.coursedir, UNIT)
        assert {gradebook.find_submission_notebook_by_id(one).student.id for one in open_ones} == {"ada", "bob"}
        grade = gradebook.find_grade("why", UNIT, UNIT, "ada")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        gradebook.db.commit()
        assert counts(gradebook, app.coursedir) == [Count(UNIT, due, handed_in=4, refused=1, by_hand=2, waiting=1)]
        (course / "allowances.csv").write_text("student,unit,extra days,excused,why\nbob,all,,yes,\n")
        assert counts(gradebook, app.coursedir) == [Count(UNIT, due, handed_in=4, refused=1, by_hand=1, waiting=0)]
        (course / "allowances.csv").unlink()
        shutil.rmtree(course / "autograded" / "bob")
        assert waiting(gradebook, app.coursedir, UNIT) == []  # of bob there is nothing to show
    assert CourseAPI(app.coursedir, parent=app).get_assignment(UNIT)["num_submissions"] == 4


def shown(notebook, folder, root):
    path = folder / "hand_in.ipynb"
    nbformat.write(notebook, path)
    return BeautifulSoup(hand_in_page(path, RESOURCES, root / "course", "nonce-here"), "html.parser")


@pytest.fixture
def course(tmp_path):
    """A project's folder that has the tiny unit's solutions and a rubric."""
    import jupytext

    source = tmp_path / "project" / "course" / "source" / UNIT
    source.mkdir(parents=True)
    nbformat.write(jupytext.reads(SCRIPT, fmt="py:percent"), source / f"{UNIT}.ipynb")
    write_rubric(tmp_path / "project" / "course", UNIT, "why", PARTS)
    return tmp_path / "project"


def test_names_model_answer_and_formulas_are_in_the_page(course, tmp_path):
    import jupytext

    notebook = jupytext.reads(SCRIPT, fmt="py:percent")
    notebook.cells[-1].source = "Because $\\frac{a}{b}$."
    page = shown(notebook, tmp_path, course)
    labels = [label.text for label in page.select(".nbgrader-label")]
    assert labels[:3] == ["1 · Sums: the student's answer", "1 · Sums, check 1", "1 · Sums, check 2"]
    assert labels[3].startswith("Question")
    [asked] = page.select(".asked")
    assert asked.select_one(".panel-body mfrac") and "neutral element" in asked.select_one("aside .model").text
    assert json.loads(asked.select_one(".rubric")["data-parts"]) == PARTS
    assert not page.find_all(src=lambda value: value and not value.startswith("/formgrader/"))
    assert page.select_one("#why.score") and page.select_one("textarea#why-comment")


@pytest.mark.parametrize("name", payloads.fields_and_outputs())
def test_no_script_of_a_student_is_in_the_page(name, course, tmp_path):
    page = shown(payloads.notebook(payloads.fields_and_outputs()[name], "hit(1)"), tmp_path, course)
    for tag in page.find_all(True):
        assert not [key for key in tag.attrs if key.startswith("on")], tag
        assert "hit(1)" not in str([tag.get(key) for key in ("href", "src", "srcdoc", "action", "style")]), tag
        if tag.name == "script":
            assert tag["nonce"] == "nonce-here" and tag["src"].startswith("/formgrader/") and not tag.text
        assert tag.name not in ("style", "title") or "hit(1)" not in tag.text


def test_a_broken_rubric_keeps_nobody_from_marking(course, tmp_path):
    import jupytext

    (course / "course" / "rubrics" / f"{UNIT}.json").write_text("<b>no JSON")
    page = shown(jupytext.reads(SCRIPT, fmt="py:percent"), tmp_path, course)
    [rubric] = page.select(".rubric")
    assert json.loads(rubric["data-parts"]) == [] and f"{UNIT}.json: expected" in rubric.select_one(".told").text
