"""The whole corpus in one run: every mark is the right one, and nothing around it has changed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnnkit.course.grading.sandbox.bubblewrap import missing
from tests.course.grading.attacks import corpus
from tests.course.grading.attacks.case import CANARIES
from tests.course.grading.attacks.plain import RESULTS
from tests.course.grading.attacks.table import TABLE, right, text_of

ROOT = Path(__file__).parents[3]


def test_the_corpus_is_whole():
    cases = corpus()
    assert len({case.name for case in cases.values()}) >= 40
    tried = {case.name for case in cases.values() if case.plain and case.name != "full-again"}
    assert tried == set(json.loads(RESULTS.read_text())), "run python -m tests.course.grading.attacks.plain"
    assert all(case.harm for case in cases.values() if not case.plain)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(missing() is not None, reason=f"no sandbox: {missing()}")
def test_attacks(tmp_path):
    home = {"HOME": str(tmp_path / "home"), "RNNKIT_CANARY": CANARIES["environment"], "PYTHONPATH": str(ROOT)}
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("RNNKIT_")}, **home}
    command = [sys.executable, "-m", "tests.course.grading.attacks.ours", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((tmp_path / "ours.json").read_text())
    rows, cases = found["rows"], corpus()
    wrong = {
        student: (row["points"], row["status"], row["reason"], "expected", cases[student].points, cases[student].status)
        for student, row in rows.items()
        if not right(cases[student], row)
    }
    assert not wrong
    assert set(rows) == set(cases)
    assert found["untouched"] and found["untouched"] == found["untouched after"]
    assert (found["left"], found["changed"], found["planted"], found["leaked"], found["reached"]) == ([], [], [], {}, 0)
    text = text_of(rows)
    before = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    if text != before:
        TABLE.write_text(text, encoding="utf-8")
    assert text == before, f"{TABLE.name} was out of date and has been written anew: look at it, and commit it"
