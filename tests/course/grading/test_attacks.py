"""The corpus, graded: every mark is the right one, and nothing around it has changed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnnkit.course.grading.sandbox.bubblewrap import missing
from tests.course.grading.attacks import FAMILIES, PARTS, SMALL, corpus, part, small
from tests.course.grading.attacks.case import CANARIES
from tests.course.grading.attacks.plain import RESULTS
from tests.course.grading.attacks.table import TABLE, demanded, right, text_of

ROOT = Path(__file__).parents[3]
needs_a_sandbox = pytest.mark.skipif(missing() is not None, reason=f"no sandbox: {missing()}")


def test_the_corpus_is_whole():
    cases = corpus()
    assert len({case.name for case in cases.values()}) >= 40
    tried = {case.name for case in cases.values() if case.plain and case.name != "full-again"}
    assert tried == set(json.loads(RESULTS.read_text())), "run python -m tests.course.grading.attacks.plain"
    assert all(case.harm for case in cases.values() if not case.plain)


def test_the_parts_are_the_corpus():
    parts = [part(number) for number in range(PARTS)]
    assert {student for cases in parts for student in cases} == set(corpus())
    assert all(list(cases)[0] == "000-full" and list(cases)[-1].endswith("full-again") for cases in (*parts, small()))
    few = small().values()
    assert {case.name for case in few} == {*SMALL, "full-again"}
    # Of each family one, but for the one that takes Keras: hand-ins to such units are marked in test_marking.
    assert {case.family for case in few} == set(FAMILIES) - {"with Keras"}


def test_the_table_says_what_is_demanded():
    """The runs below demand of each case the points and the status that stand in the table."""
    text = text_of({student: demanded(case) for student, case in corpus().items()})
    before = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    if text != before:
        TABLE.write_text(text, encoding="utf-8")
    assert text == before, f"{TABLE.name} was out of date and has been written anew: look at it, and commit it"


def graded(folder, cases, number, *words):
    """Grade cases; no mark is wrong, and no harm was done."""
    home = {"HOME": str(folder / "home"), "RNNKIT_CANARY": CANARIES["environment"], "PYTHONPATH": str(ROOT)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RNNKIT_")}
    command = [sys.executable, "-m", "tests.course.grading.attacks.ours", str(folder), *words]
    environment = {**kept, **home, "RNNKIT_CORPUS_PART": str(number)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((folder / "ours.json").read_text())
    rows = found["rows"]
    wrong = {
        student: (row["points"], row["status"], row["reason"], "expected", cases[student].points, cases[student].status)
        for student, row in rows.items()
        if not right(cases[student], row)
    }
    assert not wrong
    assert set(rows) == set(cases)
    assert found["untouched"] and found["untouched"] == found["untouched after"]
    assert (found["left"], found["changed"], found["planted"], found["leaked"], found["reached"]) == ([], [], [], {}, 0)


@pytest.mark.timeout(1800)
@needs_a_sandbox
def test_a_case_of_each_mechanism(tmp_path):
    graded(tmp_path, small(), PARTS, "small")


@pytest.mark.long
@pytest.mark.timeout(3600)
@needs_a_sandbox
@pytest.mark.parametrize("number", range(PARTS))
def test_a_part_of_the_corpus(tmp_path, number):
    graded(tmp_path, part(number), number, "part", str(number))
