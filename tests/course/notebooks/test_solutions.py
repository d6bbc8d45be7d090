"""Solutions after the deadline: solutions and explanations are there, hidden checks are not, and nothing is old."""

import json
import re
import zipfile
from html import unescape

import nbformat
import pytest
from bs4 import BeautifulSoup

from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.notebooks.form import form_of
from rnnkit.course.notebooks.outcome import Outcome, fingerprint, keep
from rnnkit.course.notebooks.release import write_solutions

UNIT = "02_bit_counting"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """What a run has left of a unit, without running it."""
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path))
    folder = tmp_path / "run"
    folder.mkdir()
    notebook = solved_notebook(script_of(UNIT))
    nbformat.write(notebook, folder / f"{UNIT}.ipynb")
    page = folder / f"{UNIT}.html"
    page.write_text("a page")
    keep(Outcome(UNIT, "2 · Counting ones", 1.0, "f", "b", True, 85.0, 85.0, 15.0, (), page), fingerprint(notebook))
    return folder


def test_a_page_has_solutions_and_explanations_and_no_hidden_check(run):
    path = write_solutions([UNIT])
    with zipfile.ZipFile(path) as file:
        [name] = file.namelist()
        assert re.fullmatch(rf"rnnkit-solutions-[\d.]+/{UNIT}\.html", name)
        page = file.read(name).decode()
    text = " ".join(BeautifulSoup(page, "html.parser").text.split())
    form = form_of(script_of(UNIT))
    for exercise in form.exercises:
        for wrong in exercise.wrong:
            plain = " ".join(re.sub(r"\$[^$]*\$", "", wrong.says).replace("`", "").split())
            assert plain[:30] in text, wrong.says
    assert "f[:, t + 1] = f[:, t] * v_f + x[:, t] * v_x" in text
    assert "f for random inputs" not in text and "HIDDEN" not in text and "BEGIN SOLUTION</h3>" not in unescape(page)


def test_a_unit_that_changed_since_its_run_is_named(run):
    outcome = json.loads((run / f"{UNIT}.json").read_text())
    (run / f"{UNIT}.json").write_text(json.dumps({**outcome, "fingerprint": "another"}))
    with pytest.raises(ValueError, match=f"expected a run of {UNIT}, 03_acceleration as they are now"):
        write_solutions([UNIT, "03_acceleration"])
