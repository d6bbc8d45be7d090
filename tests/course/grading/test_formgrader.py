"""Points given in nbgrader's formgrader, in a real browser, arrive in the report."""

import csv
import os
import re
import subprocess
import sys

import pytest

from tests.course.grading.tiny_course import UNIT
from tests.course.servers import jupyter

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


@pytest.fixture
def formgrader(marked, tmp_path):
    """The address of a formgrader that `rnnkit formgrader` has started, with its token."""
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


def marks(build):
    with open(build / "report" / "marks.csv", newline="", encoding="utf-8") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def report(build):
    subprocess.run([sys.executable, "-m", "rnnkit.course.cli", "report"], check=True, capture_output=True)
    return marks(build)


def test_points_given_in_the_browser_are_in_the_report(formgrader, page, tmp_path):
    before = report(tmp_path / "build")
    assert (before["ada"]["manual points"], before["ada"]["manual points open"]) == ("0", "4")
    assert before["ada"]["total"] == "8"

    address, token = formgrader
    page.goto(f"{address}/formgrader?token={token}", wait_until="domcontentloaded")
    page.get_by_role("link", name="Manual Grading").first.click()
    page.get_by_role("link", name=UNIT).first.click()
    page.get_by_role("link", name=UNIT).first.click()
    # The hand-ins of the notebook, in random order and without names: the answers tell which is whose.
    page.get_by_role("link", name=re.compile("Submission #")).first.wait_for()
    links = page.locator("a", has_text="Submission #").evaluate_all("them => them.map(a => a.href)")
    given = 0
    for link in links:
        page.goto(link, wait_until="domcontentloaded")
        text = page.locator("#notebook-container").first.inner_text()
        if "return sum(values)" in text and "Nothing added" in text:
            field = page.locator("input#why.score.needs_manual_grade")  # the page has asked for the points
            with page.expect_response(lambda r: "/formgrader/api/grade/" in r.url and r.request.method == "PUT"):
                field.fill("3")
                field.blur()
            given += 1
    assert given == 1

    after = report(tmp_path / "build")
    assert (after["ada"]["manual points"], after["ada"]["manual points open"]) == ("3", "0")
    assert after["ada"]["total"] == "11"
    assert after["bob"] == before["bob"]
