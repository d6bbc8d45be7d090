"""A student's first hour in JupyterLab: Run All around blank exercises, a wrong answer, a right one, a slider."""

import re

import pytest

from rnnkit.course.notebooks.derive import script_of
from rnnkit.course.notebooks.form import form_of
from rnnkit.course.paths import project_root
from tests.course.lab import UNIT, Notebook, lab  # noqa: F401

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_run_all_a_wrong_answer_and_a_right_one(lab, page):  # noqa: F811
    (address, token), work = lab
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.goto(f"{address}/lab/tree/{UNIT}.ipynb?token={token}")
    notebook = Notebook(page)
    notebook.cell("import numpy").wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()

    notebook.run_all()
    form = form_of(script_of(UNIT))
    for exercise in form.exercises:
        if not exercise.by_hand:
            [said] = notebook.outputs(f"# Check: {exercise.title} (")
            assert "is not written yet" in said and len(said.splitlines()) == 1
    drawn = sum(bool(experiment.alt) for experiment in form.experiments)
    assert page.locator(".jp-OutputArea-output img").count() >= drawn > 2
    errors = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")
    assert errors.count() == sum(len(exercise.checks) for exercise in form.exercises)

    forward = form.exercise("forward")
    wrong = forward.wrong[0]
    notebook.write("def forward(", wrong.code)
    notebook.run(f"# Check: {forward.title}")
    [said] = notebook.outputs(f"# Check: {forward.title}")
    assert said.startswith("✗ ") and wrong.says in said and "Traceback" not in said
    notebook.write("def forward(", re.sub(r"^ *###.*\n", "", forward.solution, flags=re.MULTILINE))
    notebook.run(f"# Check: {forward.title}")
    [said] = notebook.outputs(f"# Check: {forward.title}")
    assert said.startswith(f"✓ {forward.title}\n  · f for bits 1 0 1") and "10 points, if" in said

    explored = notebook.cell("explore(clipped_way").locator(".jp-OutputArea-output img")
    before = explored.get_attribute("src")
    slider = notebook.cell("explore(clipped_way").locator(".noUi-handle").first
    slider.focus()
    slider.press("ArrowRight")
    for _ in range(100):
        if explored.get_attribute("src") != before:
            break
        page.wait_for_timeout(200)
    assert explored.count() == 1 and explored.get_attribute("src") != before

    page.keyboard.press("Control+S")
    for _ in range(100):
        if "✓" in (work / f"{UNIT}.ipynb").read_text(encoding="utf-8"):
            break
        page.wait_for_timeout(200)
    assert "✓" in (work / f"{UNIT}.ipynb").read_text(encoding="utf-8")
    given = (project_root() / "notebooks" / f"{UNIT}.ipynb").read_bytes()
    assert (work.parent / "notebooks" / f"{UNIT}.ipynb").read_bytes() == given
