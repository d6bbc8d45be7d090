"""`rnnkit run`: what it prints, what it keeps, and what it does again."""

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

import rnnkit
from rnnkit.course.notebooks import kernels, run
from rnnkit.course.notebooks import outcome as outcome_module
from rnnkit.course.notebooks.outcome import Outcome, fingerprint
from rnnkit.course.notebooks.run import run_units, table_of
from rnnkit.course.teaching.results import RESULT_MIME

UNITS = ("01_xor", "02_bit_counting", "03_acceleration")


def small_notebook(text):
    cells = [nbformat.v4.new_markdown_cell(f"# The unit {text}"), nbformat.v4.new_code_cell("1 + 1")]
    return nbformat.v4.new_notebook(cells=cells)


class Course:
    """Notebooks that a real kernel need not run: which were executed, and what stops or fails in which."""

    def __init__(self):
        self.executed, self.texts = [], {unit: unit for unit in UNITS}
        self.stops_at = self.fails_at = None
        self.turns, self.at_once = {}, 0

    def solved_notebook(self, script):
        return small_notebook(self.texts[script.stem])

    async def execute(self, notebook, on_cell, kernels):
        text = notebook.cells[0].source.removeprefix("# The unit ")
        if text == self.stops_at:
            raise KeyboardInterrupt
        self.at_once = max(self.at_once, kernels)
        for _ in range(self.turns.get(text, 1)):
            await asyncio.sleep(0)
        self.executed.append(text)
        result = {"figure": f"figure of {text}", "baseline": "nothing <b>", "holds": True}
        notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", data={RESULT_MIME: result})]
        if text == self.fails_at:
            notebook.cells[1].outputs.append(nbformat.v4.new_output("error", ename="ValueError", evalue="broken"))
        on_cell()


@pytest.fixture
def course(monkeypatch, tmp_path):
    found = Course()
    monkeypatch.setattr(run, "solved_notebook", found.solved_notebook)
    monkeypatch.setattr(run, "execute_beside_others", found.execute)
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path))
    return found


def printed(*arguments, **options):
    console = Console(file=io.StringIO(), width=80)  # no terminal
    options.setdefault("workers", 1)
    run_units(*arguments, console=console, **options)
    return console.file.getvalue()


def test_a_line_a_finished_page_without_a_terminal(course, tmp_path):
    lines = printed(UNITS).splitlines()
    assert lines[0].startswith(str(tmp_path / "run" / "index.html"))
    for unit in UNITS:
        page = tmp_path / "run" / f"{unit}.html"
        assert any(re.fullmatch(rf"{page}  \d+ s  figure of {unit}", line) for line in lines), lines
        assert f"<title>The unit {unit}</title>" in page.read_text()


def test_what_was_interrupted_goes_on_where_it_was(course, tmp_path):
    course.stops_at, index = UNITS[1], tmp_path / "run" / "index.html"
    with pytest.raises(KeyboardInterrupt):
        printed(UNITS)
    text = index.read_text()
    assert f'href="{UNITS[0]}.html"' in text and f'href="{UNITS[1]}.html"' not in text
    assert [text.count(f'<tr class="{state}">') for state in ("running", "waiting")] == [1, 1]
    assert 'http-equiv="refresh"' in text
    course.stops_at = None
    assert "nothing has changed  figure of 01_xor" in printed(UNITS)
    assert course.executed == list(UNITS)
    text = index.read_text()
    assert all(f'href="{unit}.html"' in text for unit in UNITS) and "nothing &lt;b&gt;" in text
    assert "refresh" not in text


def test_only_what_has_changed_is_run_again(course):
    printed(UNITS)
    course.texts[UNITS[2]], course.executed = "three", []
    [first, _, third] = run_units(UNITS, Console(file=io.StringIO()))
    assert course.executed == ["three"]
    assert (first.figure, third.title, third.points) == ("figure of 01_xor", "The unit three", 0)
    printed(UNITS, again=True)
    assert course.executed == ["three", UNITS[0], UNITS[1], "three"]


def test_one_that_is_run_alone_leaves_the_others_in_the_index(course, tmp_path):
    printed(UNITS[:2])
    printed(UNITS[2:])
    own, earlier = (tmp_path / "run" / "index.html").read_text().split("From earlier runs")
    assert [own.count("href="), earlier.count("href=")] == [1, 2] and f'href="{UNITS[0]}.html"' in earlier
    printed(UNITS)
    assert "earlier" not in (tmp_path / "run" / "index.html").read_text()


def test_a_notebook_that_failed_is_run_again(course):
    course.fails_at = UNITS[0]
    assert "cell 1: ValueError: broken" in printed(UNITS[:1])
    course.fails_at = None
    assert "figure of 01_xor" in printed(UNITS[:1])
    assert course.executed == [UNITS[0]] * 2


@pytest.mark.parametrize("harm", ["page", "json"])
def test_a_page_that_is_not_whole_is_made_again(course, tmp_path, harm):
    printed(UNITS[:1])
    page = tmp_path / "run" / "01_xor.html"
    page.unlink() if harm == "page" else page.with_suffix(".json").write_text("{")
    printed(UNITS[:1])
    assert course.executed == [UNITS[0]] * 2 and page.is_file()


def test_side_by_side_lines_and_table_keep_their_order(course, tmp_path):
    course.turns = {UNITS[0]: 50}
    console = Console(file=io.StringIO(), width=80)
    outcomes = run_units(UNITS, console, workers=2)
    assert course.executed == [UNITS[1], UNITS[2], UNITS[0]] and course.at_once == 2
    assert [outcome.unit for outcome in outcomes] == list(UNITS)
    assert re.findall(r"figure of (\w+)", console.file.getvalue()) == list(UNITS)


def test_what_has_finished_is_told_where_one_before_it_is_stopped(course, tmp_path):
    console = Console(file=io.StringIO(), width=80)
    course.turns, course.stops_at = {UNITS[0]: 50}, UNITS[2]
    with pytest.raises(KeyboardInterrupt):
        run_units(UNITS, console, workers=2)
    assert re.findall(r"figure of (\w+)", console.file.getvalue()) == [UNITS[1]]
    text = (tmp_path / "run" / "index.html").read_text()
    assert [text.count(f'<tr class="{state}">') for state in ("running", "waiting")] == [2, 0]


def test_no_more_workers_than_units_and_not_less_than_one(course):
    printed(UNITS[:1], workers=5)
    assert course.at_once == 1
    with pytest.raises(ValueError, match="workers: expected a positive integer, received 0"):
        run_units(UNITS, workers=0)


HOLDER = """
import asyncio, pathlib, sys, time
from rnnkit.course.notebooks.kernels import alone
async def hold():
    async with alone(pathlib.Path(sys.argv[1]), lambda: None):
        print("held", flush=True)
        sys.stdin.readline()
asyncio.run(hold())
"""


def test_a_unit_that_another_process_runs_is_waited_for_and_then_not_run_again(course, tmp_path, monkeypatch):
    printed(UNITS[:1])
    [page, kept] = [tmp_path / "run" / f"01_xor.{kind}" for kind in ("html", "json")]
    outcome = kept.read_text()
    kept.unlink()
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "locks" / "01_xor.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"

        async def finish(_):
            kept.write_text(outcome)
            other.communicate("\n")

        monkeypatch.setattr(kernels.asyncio, "sleep", finish)
        lines = printed(UNITS[:1])
    assert "01_xor: another process is at work on it; waiting" in lines
    assert "nothing has changed  figure of 01_xor" in lines and course.executed == [UNITS[0]] and page.is_file()


def test_two_kernels_share_the_cores_and_the_users_threads_hold(monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_FORCE_GPU_ALLOW_GROWTH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(kernels, "cores", lambda: 6)
    monkeypatch.setenv("MKL_NUM_THREADS", "4")
    alone, beside, many = (kernels.environment(count) for count in (1, 2, 20))
    threads = [settings["TF_NUM_INTRAOP_THREADS"] for settings in (alone, beside, many)]
    assert threads == ["6", "3", "1"]
    assert {alone["OMP_NUM_THREADS"], beside["OPENBLAS_NUM_THREADS"]} == {"1"} and alone["MKL_NUM_THREADS"] == "4"
    assert "TF_FORCE_GPU_ALLOW_GROWTH" not in alone and beside["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"


INTERRUPTED = """
import nbformat, os
from rnnkit.course.notebooks import run
os.environ["RNNKIT_BUILD"] = {build!r}
def sleeping(script):
    code = "import os, pathlib, time; pathlib.Path({build!r}, 'pid-%s').write_text(str(os.getpid())); time.sleep(300)"
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code % script.stem)])
run.solved_notebook = sleeping
run.run_units({units!r}, workers=2)
"""


def test_ctrl_c_ends_both_kernels(tmp_path):
    program = INTERRUPTED.format(build=str(tmp_path), units=UNITS[:2])
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) as process:
        pids = [tmp_path / f"pid-{unit}" for unit in UNITS[:2]]
        for _ in range(600):
            if all(path.exists() and path.read_text() for path in pids):
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        said = process.communicate(timeout=60)[1]
    assert said.rstrip().endswith("KeyboardInterrupt") and time.monotonic() - started < 30
    for path in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.read_text()), 0)


def changes(tmp_path):
    """Each changes one thing that a figure may depend on."""
    package = tmp_path / "rnnkit"
    (package / "layers").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    data = tmp_path / "data.csv"
    data.write_text("1,2")
    return {
        "profile": lambda patch: patch.setenv("RNNKIT_PROFILE", "full"),
        "backend": lambda patch: patch.setenv("KERAS_BACKEND", "other"),
        "code": lambda patch: patch.setattr(rnnkit, "__file__", str(package / "__init__.py")),
        "version": lambda patch: patch.setattr(outcome_module, "version", lambda name: version(name) + "1"),
        "data": lambda patch: patch.setenv("RNNKIT_DATA_RECIPES", str(data)),
        "other data": lambda patch: (patch.setenv("RNNKIT_DATA_RECIPES", str(data)), data.write_text("1,3")),
    }


def test_the_fingerprint_is_that_of_all_that_a_figure_depends_on(monkeypatch, tmp_path):
    notebook = small_notebook("one")
    found = {"as it is": fingerprint(notebook), "cells": fingerprint(small_notebook("two"))}
    for name, change in changes(tmp_path).items():
        with monkeypatch.context() as patch:
            change(patch)
            found[name] = fingerprint(notebook)
    assert len(set(found.values())) == len(found), found
    assert fingerprint(small_notebook("one")) == found["as it is"]  # cells' random names are no part of it


def test_the_table_fits_80_columns_and_cuts_no_word():
    figure = "a chaotic series, 84 steps alone: NRMSE 3.1e-4 (median of 3); two spike patterns told apart 100 %"
    outcomes = [
        Outcome("10_system_identification", "T", 123.4, figure, "published 2.8e-4", True, 85, 85, 15, (), Path("p")),
        Outcome("02_bit_counting", "T", 5.0, "RMSE [0.5]", "", False, 0, 85, 15, (), Path("p")),
    ]
    console = Console(file=io.StringIO(), width=80)
    console.print(table_of(outcomes))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    for word in (*figure.split(), "10_system_identification", "85 of 85 + 15 by hand", "RMSE [0.5] (does not hold)"):
        assert word in text, text
