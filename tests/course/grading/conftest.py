"""A tiny course, marked once by plain nbgrader, and a page in a browser."""

import shutil

import pytest

from rnnkit.course.notebooks.derive import run_nbgrader
from tests.course.grading.tiny_course import UNIT, WORK, autograde, hand_in, make_course
from tests.course.once import made_once

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DUE = "2027-01-15 12:00:00 UTC"
HANDED_IN = {
    "ada": "2027-01-15 11:00:00 UTC",  # in time
    "bob": "2027-01-17 12:00:00 UTC",  # 2 days, minus the hour of grace
    "cyd": "2027-01-15 12:30:00 UTC",  # within the hour of grace
    "dan": None,
}


@pytest.fixture(scope="session")
def marked_once(tmp_path_factory):
    """A project folder whose course was marked; not to be changed."""

    def make(root):
        course = make_course(root)
        run_nbgrader(course, "db", "assignment", "add", UNIT, "--duedate", DUE)
        for student in WORK:
            hand_in(course, student, HANDED_IN[student])
        autograde(course)

    return made_once(tmp_path_factory, "marked-by-nbgrader", make)


@pytest.fixture
def marked(marked_once, tmp_path, monkeypatch):
    """A copy of it, with a build folder of its own."""
    root = tmp_path / "project"
    shutil.copytree(marked_once, root)
    monkeypatch.setenv("RNNKIT_ROOT", str(root))
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path / "build"))
    return root


@pytest.fixture
def page():
    """An empty page in Chromium, which reaches nothing outside this computer."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # A container's root may not use Chromium's own sandbox.
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page()
        page.set_default_timeout(90_000)
        yield page
        browser.close()
