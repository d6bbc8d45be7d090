"""A JupyterLab that `rnnkit lab` has started, and a notebook in its page."""

import os
import re
import shutil
import sys

import pytest

from rnnkit.course.paths import project_root
from tests.course.servers import jupyter

UNIT = "02_bit_counting"
# All cells are in the page, those out of sight too; and nothing asks for news in the corner.
SETTINGS = {
    "notebook-extension/tracker": '{"windowingMode": "none"}',
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
}


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab that `rnnkit lab` has started on a copy of one unit, and the copy's folder."""
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    for unit in ("01_xor", UNIT):  # the first is what a project is known by
        shutil.copy(project_root() / "notebooks" / f"{unit}.ipynb", root / "notebooks")
    settings = tmp_path / "jupyter" / "lab" / "user-settings" / "@jupyterlab"
    for name, text in SETTINGS.items():
        path = settings / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = {
        **{
            name: value for name, value in os.environ.items() if name != "MPLBACKEND"
        },  # the tests draw without a window
        "RNNKIT_ROOT": str(root),
        "RNNKIT_PROFILE": "check",
        "JUPYTER_CONFIG_DIR": str(tmp_path / "jupyter"),
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "jupyter" / "lab" / "user-settings"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "jupyter"),
    }
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    command = [sys.executable, "-m", "rnnkit.course.cli", "lab", "--", *options]
    with jupyter(command, environment, tmp_path / "lab.log", "lab") as address:
        yield address, root / "work"


class Notebook:
    """A notebook in JupyterLab's page."""

    def __init__(self, page):
        self.page = page

    def cell(self, text):
        return self.page.locator(".jp-CodeCell").filter(has=self.page.locator(".jp-InputArea", has_text=text)).first

    def outputs(self, text):
        return self.cell(text).locator(".jp-OutputArea-output").all_inner_texts()

    def count(self):
        """How many cells the kernel has executed: the highest number in a prompt."""
        prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        return max((int(number) for prompt in prompts for number in re.findall(r"\d+", prompt)), default=0)

    def run_all(self):
        before, cells = self.count(), self.page.locator(".jp-CodeCell").count()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self.wait_for(before + cells)

    def write(self, text, code):
        """Put code in a cell's place, and run it."""
        self.cell(text).locator(".cm-content").first.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(code)
        self.run(code.splitlines()[0])

    def run(self, text):
        before = self.count()
        self.cell(text).locator(".cm-content").first.click()
        self.page.keyboard.press("Shift+Enter")
        self.wait_for(before + 1)

    def wait_for(self, executed):
        for _ in range(600):
            if self.count() >= executed:
                self.page.wait_for_timeout(300)  # for the last output
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{self.count()} cells were executed, of {executed}")
