"""Processor seconds of one more hand-in, unit by unit: `rnnkit grade` without and with experiments, and plain nbgrader.

Run it with `make benchmarks`. Start-up that a class pays once is taken off: a hand-in's seconds are those of `--count`
and one hand-ins minus those of one. `--units` and `--ways` choose; a section of RESULTS.md is written for all of them.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("RNNKIT_PROFILE", "check")

import nbformat  # noqa: E402
import psutil  # noqa: E402
from nbformat import NotebookNode  # noqa: E402
from report import machine, table, versions, write_section  # noqa: E402
from rich.console import Console  # noqa: E402

from rnnkit.course.grading.grade import Options, grade  # noqa: E402
from rnnkit.course.grading.marks.marking import Course  # noqa: E402
from rnnkit.course.notebooks.derive import copy_course, run_nbgrader, script_of, solved_notebook  # noqa: E402
from rnnkit.course.paths import UNITS, project_root  # noqa: E402

ROOT = project_root()  # before RNNKIT_ROOT names a copy
ASKED, TIMES = 5.0, 5.0  # processor seconds of a hand-in at most, and times as much in plain nbgrader


class Clock:
    """The processor time of this process and of all below it, those in sandboxes too, whose times no parent is told.

    It looks twenty times a second, and counts what a process had used when it was last seen.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int, float], float] = {}
        threading.Thread(target=self._watch, daemon=True).start()

    def seconds(self) -> float:
        time.sleep(0.2)
        return sum(self._seen.values())

    def _watch(self) -> None:
        me = psutil.Process()
        while True:
            for process in (me, *me.children(recursive=True)):
                try:
                    used = process.cpu_times()
                    self._seen[process.pid, process.create_time()] = used.user + used.system
                except psutil.Error:
                    continue
            time.sleep(0.05)


def course_in(folder: Path, unit: str) -> Course:
    """A copy of the course with a gradebook of its own, in which the unit is registered."""
    copy_course(ROOT, folder)
    os.environ["RNNKIT_ROOT"], os.environ["RNNKIT_BUILD"] = str(folder), str(folder / "build")
    course = Course.here()
    course.prepare(unit)
    return course


def answers_of(unit: str) -> dict[str, str]:
    """The solved notebook's cells by their grade_ids."""
    cells = solved_notebook(script_of(unit)).cells
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in cells if "nbgrader" in cell.metadata}


def filled(notebook: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    """A released notebook with answers in their cells; one without an answer stays as it was released."""
    for cell in notebook.cells:
        info = cell.metadata.get("nbgrader", {})
        if info.get("solution"):
            cell.source = answers.get(info["grade_id"], cell.source)
    return notebook


def hand_in(notebook: NotebookNode, folder: Path, number: int, unit: str) -> str:
    """Lay a notebook where a student hands it in, and give the student's id."""
    student = f"student{number:03d}"
    path = folder / student / unit / f"{unit}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return student


def hand_ins(course: Course, unit: str, folder: Path, count: int) -> None:
    """Solved notebooks as students hand them in, each with a cell of its own."""
    answers = answers_of(unit)
    for number in range(count):
        notebook = filled(course.released(unit), answers)
        notebook.cells.append(nbformat.v4.new_code_cell(f"student = {number}"))
        hand_in(notebook, folder, number, unit)


def measured(unit: str, way: str, count: int, clock: Clock) -> tuple[float, float]:
    """Processor seconds, and seconds on the clock, of so many hand-ins in a course of their own."""
    with tempfile.TemporaryDirectory() as name:
        course = course_in(Path(name), unit)
        folder = course.root / "submitted" if way == "nbgrader" else Path(name) / "hand_ins"
        hand_ins(course, unit, folder, count)
        before, start = clock.seconds(), time.perf_counter()
        if way == "nbgrader":
            run_nbgrader(course.root, "autograde", unit, "--Execute.kernel_name=python3")
        else:
            options = Options(folder, experiments=way == "with experiments")
            grade([unit], options, Console(file=open(os.devnull, "w")))  # noqa: SIM115
        taken = time.perf_counter() - start, clock.seconds() - before
        points = {course.points(unit, student)[0] for student in course.roster()}
    if points != {85.0}:
        raise RuntimeError(f"{unit}, {way}: expected 85 points for each, received {points}")
    return taken[1], taken[0]


def one_more(unit: str, way: str, count: int, clock: Clock) -> tuple[float, float]:
    """Processor seconds, and seconds on the clock, that one more hand-in takes."""
    few, many = (measured(unit, way, number, clock) for number in (1, count + 1))
    return (many[0] - few[0]) / count, (many[1] - few[1]) / count


WAYS = ("without experiments", "with experiments", "nbgrader")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--units", nargs="*", default=list(UNITS))
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=WAYS)
    options = parser.parse_args()
    clock, rows = Clock(), []
    for unit in options.units:
        found = {way: one_more(unit, way, options.count, clock) for way in options.ways}
        rows.append((unit, found))
        print(unit, *(f"{way}: {cpu:.2f} CPU s, {wall:.2f} s;" for way, (cpu, wall) in found.items()), flush=True)
    means = {way: statistics.mean(found[way][0] for _, found in rows) for way in options.ways}
    print("mean", *(f"{way}: {cpu:.2f} CPU s;" for way, cpu in means.items()))
    if options.units != list(UNITS) or options.ways != list(WAYS):
        return
    lines = [[unit, *(f"{found[way][0]:.2f}" for way in WAYS)] for unit, found in rows]
    lines.append(["mean", *(f"{means[way]:.2f}" for way in WAYS)])
    mean, machines, students = means["without experiments"], 8, 300
    hours = students * len(UNITS) * mean / 2 / 3600
    note = (
        f"Mean {mean:.2f} s a hand-in (asked: at most {ASKED:g}); nbgrader takes {means['nbgrader'] / mean:.1f} times "
        f"that (asked: {TIMES:g}). It is {120 / mean:.0f} hand-ins a minute on two quiet cores. A class "
        f"of {students} in {len(UNITS)} units takes them {hours:.1f} hours; eight such machines of a Dask cluster take "
        f"{hours / machines:.1f}."
    )
    made = f"`make benchmarks` · {machine()} · {versions('nbgrader', 'tensorflow')}"
    head = ["processor seconds of one more hand-in", "`rnnkit grade`", "with experiments", "nbgrader autograde"]
    text = f"## Grading, unit by unit\n\n{made}\n\n{options.count} hand-ins.\n\n{table(head, lines)}\n\n{note}\n"
    write_section("grading-units", text)


if __name__ == "__main__":
    main()
