"""The course as nbgrader releases it, derived once a run, and a page in a browser."""

import shutil

import pytest

from rnnkit.course.notebooks.derive import copy_course, derive, script_of
from rnnkit.course.paths import UNITS, project_root
from tests.course.once import made_once

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def derived(tmp_path_factory):
    """A project folder with nothing but the course, all units released; not to be changed."""
    inputs = [project_root() / "course" / "nbgrader_config.py", *map(script_of, UNITS)]
    return made_once(tmp_path_factory, "derived", lambda folder: derive(copy_course(project_root(), folder)), inputs)


@pytest.fixture
def project(derived, tmp_path, monkeypatch):
    """A copy of it, the project of this test, with a build folder of its own."""
    root = tmp_path / "project"
    shutil.copytree(derived, root)
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
