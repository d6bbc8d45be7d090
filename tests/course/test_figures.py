"""README's figures are written by a command: rows are found, and only what was measured changes."""

import importlib.util
import json

import pytest

from rnnkit.course.paths import UNITS, project_root


@pytest.fixture
def figures():
    specification = importlib.util.spec_from_file_location("figures", project_root() / "docs" / "figures.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def outcome(unit, **changes):
    return {"unit": unit, "figure": "a | b", "baseline": "c", "holds": True, "seconds": 12.6, "errors": [], **changes}


def test_every_unit_has_a_row_which_a_run_rewrites(figures):
    readme = (project_root() / "README.md").read_text(encoding="utf-8")
    assert [match["unit"] for match in figures.ROW.finditer(readme)] == list(UNITS)
    changed = figures.with_figures(readme, {UNITS[2]: outcome(UNITS[2])}).splitlines()
    [(before, after)] = [(a, b) for a, b in zip(readme.splitlines(), changed, strict=True) if a != b]
    assert after.endswith("| a \\| b | c | 13 |")
    assert before.split(" | ")[:2] == after.split(" | ")[:2]
    assert "(does not hold) |" in figures.with_figures(readme, {UNITS[2]: outcome(UNITS[2], holds=False)})


def test_a_run_with_errors_changes_no_row(figures, tmp_path):
    for unit, errors in ((UNITS[0], []), (UNITS[1], ["cell 3: ValueError"])):
        (tmp_path / f"{unit}.json").write_text(json.dumps({"outcome": outcome(unit, errors=errors)}))
    assert set(figures.outcomes_of(tmp_path)) == {UNITS[0]}
