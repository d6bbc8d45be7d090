"""nbgrader's formgrader as `rnnkit formgrader` opens it, in a real browser: what it shows, and points by hand."""

import csv
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from tests.course.grading.tiny_course import UNIT
from tests.course.servers import jupyter

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

# By the answer alone who marks tells whose it is. Plain nbgrader marked it, and left it as it was.
HOSTILE = "Since $\\frac{a}{b}$.\n\n<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"


@pytest.fixture
def formgrader(marked, tmp_path):
    """The address of a formgrader that `rnnkit formgrader` has started, with its token."""
    shutil.rmtree(marked / "course" / "submitted")  # `rnnkit grade` takes hand-ins from elsewhere
    shutil.rmtree(marked / "course" / "autograded" / "dan")  # as if it was refused
    path = marked / "course" / "autograded" / "bob" / UNIT / f"{UNIT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].source = HOSTILE
    nbformat.write(notebook, path)
    folder = tmp_path / "jupyter"
    folder.mkdir()
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder),
        "JUPYTER_DATA_DIR": str(folder),
    }
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    command = [sys.executable, "-m", "rnnkit.course.cli", "formgrader", "--", *options]
    with jupyter(command, environment, tmp_path / "server.log", "formgrader") as address:
        yield address


def rnnkit(*arguments):
    command = [sys.executable, "-m", "rnnkit.course.cli", *arguments]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def report(build):
    rnnkit("report")
    with open(build / "report" / "marks.csv", newline="", encoding="utf-8") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def counted(page, address):
    page.goto(f"{address}/formgrader/gradebook")
    row = page.locator(f"tr[data-unit='{UNIT}']")
    return [row.locator(f".{name}").inner_text() for name in ("handed-in", "refused", "by-hand", "waiting")]


class Asked:
    """The question marked by hand, in a hand-in's page."""

    def __init__(self, page):
        self.page, self.panel = page, page.locator(".asked")
        self.points, self.comment = self.panel.locator("input.score"), self.panel.locator("textarea.comment")
        self.answer = self.panel.locator(".panel-body").inner_text()
        for _ in range(600):  # the page forbids eval, by which Playwright would wait
            if page.evaluate("Boolean(formgrader.grades?.loaded && formgrader.comments?.loaded)"):
                break
            page.wait_for_timeout(100)

    def click(self, part):
        """Press a part of the rubric, and wait until points and comment are kept."""
        with (
            self.page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT"),
            self.page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT"),
        ):
            self.panel.get_by_role("button", name=part).first.click()

    def add(self, points, text):
        self.panel.get_by_label("points of a new part").fill(points)
        self.panel.get_by_label("comment of a new part").fill(text)
        self.panel.get_by_role("button", name="Add").click()
        self.panel.locator("button.part", has_text=text).wait_for()


def test_a_question_is_marked_by_hand(formgrader, page, tmp_path):
    before = report(tmp_path / "build")
    assert (before["ada"]["manual points open"], before["bob"]["manual points open"]) == ("4", "4")
    address, token = formgrader
    wanted, errors = [], []
    page.on("request", lambda request: wanted.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/formgrader?token={token}")
    assert counted(page, address) == ["4", "1", "0 of 2", "2"]
    told = page.request.get(f"{address}/formgrader/api/assignments").json()
    assert [entry["num_submissions"] for entry in told] == [4]

    page.get_by_role("link", name="Mark the next").click()
    first = Asked(page)
    labels = page.locator(".nbgrader-label").all_inner_texts()
    assert labels == ["1 · Sums: the student's answer", "1 · Sums, check 1", "1 · Sums, check 2"] + labels[3:]
    assert labels[3].startswith("Question") and "why" not in labels[3]
    assert "Because the empty sum is the neutral element." in first.panel.locator("aside .model").inner_text()
    assert page.evaluate("document.activeElement.id") == "why"  # where marking begins
    first.add("3", "names the neutral element")
    first.add("2", "says <b>why</b>")
    first.click("names the neutral element")
    assert (first.points.input_value(), first.comment.input_value()) == ("3", "- names the neutral element (3 points)")
    first.click("says <b>why</b>")
    assert first.points.input_value() == "4"  # there are no more
    first.click("says <b>why</b>")
    assert (first.points.input_value(), first.comment.input_value()) == ("3", "- names the neutral element (3 points)")
    first_is = "bob" if "Since" in first.answer else "ada"

    page.get_by_role("link", name="Next that waits").click()
    page.wait_for_load_state("load")
    second = Asked(page)
    assert first.answer != second.answer and second.points.input_value() == ""
    second.click("says <b>why</b>")  # the list is there again
    page.reload()
    second = Asked(page)
    assert second.points.input_value() == "2" and second.comment.input_value() == "- says <b>why</b> (2 points)"
    pressed = second.panel.locator("button.part[aria-pressed=true]").all_inner_texts()
    assert len(pressed) == 1 and "says <b>why</b>" in pressed[0]
    assert counted(page, address) == ["4", "1", "2 of 2", "0"]

    after, second_is = report(tmp_path / "build"), {"ada": "bob", "bob": "ada"}[first_is]
    assert [after[student]["manual points"] for student in (first_is, second_is)] == ["3", "2"]
    assert {row["manual points open"] for row in after.values()} == {"0"}
    history = [line for line in rnnkit("marks", "--history").splitlines() if "formgrader" in line]
    assert any("– → 3" in line and first_is in line for line in history)
    assert any("– → 2" in line and second_is in line for line in history)
    assert errors == [] and all(url.startswith((address, "data:")) for url in wanted)


def test_nothing_of_a_student_runs(formgrader, page):
    address, token = formgrader
    page.goto(f"{address}/formgrader?token={token}")
    page.goto(f"{address}/formgrader/waiting/{UNIT}")
    if "Since" not in Asked(page).answer:
        page.get_by_role("link", name="Next that waits").click()
        page.wait_for_load_state("load")
    assert "<script>window.ran = 1</script>" in Asked(page).answer
    assert page.evaluate("window.ran") is None
    # Even what slipped through would not: the page allows no script but its own.
    page.evaluate("document.body.insertAdjacentHTML('beforeend', `<img src='data:,' onerror='window.ran = 3'>`)")
    link = "<a id='try' href='javascript:void(window.ran = 4)'>x</a>"
    page.evaluate(f"document.body.insertAdjacentHTML('beforeend', `{link}`)")
    page.evaluate("document.getElementById('try').click()")
    page.wait_for_timeout(500)
    assert page.evaluate("window.ran") is None


def test_of_a_hand_in_without_a_file_the_page_says_so(formgrader, page, marked):
    address, token = formgrader
    page.goto(f"{address}/formgrader?token={token}")
    page.goto(f"{address}/formgrader/waiting/{UNIT}")
    shutil.rmtree(marked / "course" / "autograded")
    assert page.reload().status == 404 and "there is nothing to show" in page.inner_text("body")
    assert counted(page, address) == ["4", "4", "0 of 0", "0"]
