"""A tiny course, marked once by plain nbgrader."""

import shutil

import pytest

from rnnkit.course.notebooks.derive import run_nbgrader
from tests.course.grading.tiny_course import UNIT, WORK, autograde, hand_in, make_course
from tests.course.once import made_once

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
