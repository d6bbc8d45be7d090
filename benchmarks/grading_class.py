"""A mixed class in all units, graded without and with its experiments: the same marks, and memory that does not grow.

Run it with `make benchmarks`. Hand-ins are solved, blank in one exercise, wrong in one, or have experiments changed
and cells added; what those with a known wrong solution are worth stands in the unit's form. `--students` says how many;
a run that was stopped goes on where it was if it is given the same `--folder`.
"""

import argparse
import os
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("RNNKIT_PROFILE", "check")

import nbformat  # noqa: E402
import psutil  # noqa: E402
from grading_units import ROOT, answers_of, filled, hand_in  # noqa: E402
from report import machine, table, versions, write_section  # noqa: E402
from rich.console import Console  # noqa: E402

from rnnkit.course.grading.grade import Options, grade  # noqa: E402
from rnnkit.course.grading.marks.marking import Course  # noqa: E402
from rnnkit.course.notebooks.derive import copy_course  # noqa: E402
from rnnkit.course.notebooks.form import form_of  # noqa: E402
from rnnkit.course.paths import UNITS  # noqa: E402

FULL = 85.0  # what is marked by itself; the rest by hand
WAYS = {"without experiments": False, "with experiments": True}
KINDS = ("solved", "wrong", "wrong", "blank", "changed")


class Memory:
    """Memory of the grader itself and of its workers, by the number of hand-ins that are executed, at its highest."""

    def __init__(self, results: Path) -> None:
        self.results, self.seen, self._on = results, {}, True
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> dict[int, tuple[float, float]]:
        self._on = False
        self._thread.join()
        return self.seen

    def _watch(self) -> None:
        me = psutil.Process()
        while self._on:
            done = len(list(self.results.glob("*/results/*")))
            workers = [0.0]
            for process in me.children():
                try:
                    workers.append(process.memory_info().rss / 2**20)
                except psutil.Error:
                    continue
            now = me.memory_info().rss / 2**20, max(workers)
            self.seen[done] = tuple(map(max, self.seen.get(done, (0.0, 0.0)), now))
            time.sleep(0.5)


def mixed(course: Course, unit: str, folder: Path, students: int) -> dict[str, float]:
    """Write hand-ins of five kinds; gives the points of those where they are known."""
    answers = answers_of(unit)
    form = form_of(ROOT / "course" / "source" / unit / f"{unit}.py")  # wrong solutions are in no copy
    worth = {
        c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points
        for c in course.released(unit).cells
        if "points" in c.metadata.get("nbgrader", {})
    }
    wrong = [solution for solution in form.wrong_solutions().values() if solution.loses]
    exercises = [exercise.grade_id for exercise in form.exercises]
    expected = {}
    for number in range(students):
        kind, given, lost = KINDS[number % len(KINDS)], dict(answers), 0.0
        if kind == "wrong":
            chosen = wrong[number % len(wrong)]
            given[chosen.exercise] = chosen.code
            lost = sum(worth[check] for check in chosen.loses)
        if kind == "blank":
            del given[exercises[number % len(exercises)]]
        notebook = filled(course.released(unit), given)
        if kind == "changed":
            for cell in notebook.cells:
                if "experiment" in cell.metadata.get("tags", []):
                    cell.source += "\nprint('once more')"
            notebook.cells.append(nbformat.v4.new_code_cell(f"mine = {number}"))
        student = hand_in(notebook, folder, number, unit)
        if kind != "blank":
            expected[student] = FULL - lost
    return expected


def marked(folder: Path, units: list[str], students: int, workers: int, experiments: bool) -> tuple[dict, float, dict]:
    """Marks by unit and student, seconds on the clock, and memory."""
    if not (folder / "course").exists():
        copy_course(ROOT, folder)
    os.environ["RNNKIT_ROOT"], os.environ["RNNKIT_BUILD"] = str(folder), str(folder / "build")
    course = Course.here()
    for unit in units:
        course.prepare(unit)
    expected = {unit: mixed(course, unit, folder / "hand_ins", students) for unit in units}
    memory, start = Memory(folder / "build" / "grading"), time.perf_counter()
    options = Options(folder / "hand_ins", workers, experiments=experiments)
    outcomes = grade(units, options, Console(stderr=True))
    seconds, seen = time.perf_counter() - start, memory.end()
    found = {(outcome.unit, outcome.student): (outcome.points, outcome.status) for outcome in outcomes}
    for unit, rows in expected.items():
        for student, points in rows.items():
            if found[unit, student][0] != points:
                raise RuntimeError(f"{unit}, {student}: expected {points:g} points, received {found[unit, student]}")
    return found, seconds, seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--units", nargs="*", default=list(UNITS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=WAYS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, rows, marks = options.folder or Path(name), [], []
        for way in options.ways:
            found, seconds, seen = marked(
                folder / way.split()[0], options.units, options.students, options.workers, WAYS[way]
            )
            marks.append(found)
            few = max((count for count in seen if count <= 10), default=min(seen))
            cells = [f"{60 * len(found) / seconds:.1f}"]
            cells += [f"{seen[count][process]:.0f}" for process in (0, 1) for count in (few, max(seen))]
            rows.append([way, *cells])
            print(way, f"{seconds:.0f} s", *cells, Counter(status for _, status in found.values()), flush=True)
    different = [key for key in marks[0] if marks[0][key] != marks[-1][key]]
    print(f"{len(marks[0])} hand-ins, {len(different)} marked differently", *different[:5])
    if different:
        raise SystemExit(1)
    if options.units != list(UNITS) or options.folder or options.ways != list(WAYS):
        return
    head = [
        f"{len(marks[0])} hand-ins",
        "a minute",
        "grader, MB, at 10",
        "at the end",
        "worker, MB, at 10",
        "at the end",
    ]
    made = f"`make benchmarks` · {machine()} · {versions('nbgrader', 'tensorflow')} · load {os.getloadavg()[2]:.1f}"
    note = "All have the same marks both ways, and the points that their wrong solutions are worth."
    write_section("grading-class", f"## Grading a mixed class\n\n{made}\n\n{table(head, rows)}\n\n{note}\n")


if __name__ == "__main__":
    main()
