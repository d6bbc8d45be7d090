"""Grading a class with `rnnkit grade` and with nbgrader's own autograde, in turn: a section of RESULTS.md.

Run it with `make benchmarks`. Both execute the same honest hand-ins of 02_bit_counting, in the check profile; nbgrader
runs the checks in the student's kernel and no sandbox. `--count` says how many.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("RNNKIT_PROFILE", "check")

from grading_units import ROOT, course_in, hand_ins  # noqa: E402
from report import machine, table, versions, write_section  # noqa: E402
from rich.console import Console  # noqa: E402

from rnnkit.course.grading.grade import Options, grade  # noqa: E402
from rnnkit.course.grading.marks.marking import Course  # noqa: E402
from rnnkit.course.grading.sandbox.bubblewrap import Limits, Place, command  # noqa: E402
from rnnkit.course.notebooks.derive import run_nbgrader  # noqa: E402

UNIT = "02_bit_counting"


def plain(count: int) -> float:
    """Seconds that nbgrader's own autograde takes, with Jupyter's own kernel."""
    with tempfile.TemporaryDirectory() as name:
        course = course_in(Path(name), UNIT)
        hand_ins(course, UNIT, course.root / "submitted", count)
        start = time.perf_counter()
        run_nbgrader(course.root, "autograde", UNIT, "--Execute.kernel_name=python3")
        seconds = time.perf_counter() - start
        _require_full(course, count)
    return seconds


def ours(count: int, workers: int) -> float:
    """Seconds that `rnnkit grade` takes, from the start of its workers to its table."""
    with tempfile.TemporaryDirectory() as name:
        course = course_in(Path(name), UNIT)
        hand_ins(course, UNIT, Path(name) / "hand_ins", count)
        start = time.perf_counter()
        options = Options(Path(name) / "hand_ins", workers=workers, limits=Limits())
        grade([UNIT], options, Console(stderr=True))
        seconds = time.perf_counter() - start
        _require_full(course, count)
    return seconds


def _require_full(course: Course, count: int) -> None:
    students = course.roster()
    points = {course.points(UNIT, student)[0] for student in students}
    if len(students) != count or points != {85.0}:
        raise RuntimeError(f"expected {count} hand-ins with 85 points each, received {len(students)} with {points}")


def sandbox_overhead(rounds: int = 20) -> list[float]:
    """Seconds that a Python process takes longer to start and end inside the sandbox than outside, round by round."""
    outside = [sys.executable, "-c", "import numpy"]
    inside, found = command(outside, Limits(), Place()), []
    for _ in range(rounds):
        times = []
        for program in (outside, inside):
            start = time.perf_counter()
            subprocess.run(program, check=True)
            times.append(time.perf_counter() - start)
        found.append(times[1] - times[0])
    return found


def memory_by_class() -> list[list[str]]:
    """The marker's largest memory after 10 and 300 hand-ins of the tests' tiny unit, each in a process of its own."""
    rows = []
    for count in (10, 300):
        alone = [sys.executable, __file__, "--tiny", str(count)]
        # Before this the names told of copies that are gone.
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "RNNKIT_ROOT": str(ROOT)}
        done = subprocess.run(alone, stdout=subprocess.PIPE, text=True, check=True, env=environment)
        seconds, megabytes = map(float, done.stdout.split()[-2:])
        rows.append([str(count), f"{megabytes:.0f}", f"{60 * count / seconds:.0f}"])
    return rows


def tiny(count: int) -> None:
    """Grade so many hand-ins of the tests' tiny unit; print seconds and this process's largest memory in MB."""
    from tests.course.grading.course import UNIT as TINY
    from tests.course.grading.course import hand_in, make_course, solved

    with tempfile.TemporaryDirectory() as name:
        folder = make_course(Path(name))
        os.environ["RNNKIT_ROOT"], os.environ["RNNKIT_BUILD"] = str(folder), str(folder / "build")
        course = Course.here()
        course.prepare(TINY)
        notebook = solved(course)
        for number in range(count):
            hand_in(folder / "hand_ins", f"student{number:03d}", notebook, TINY)
        start = time.perf_counter()
        grade([TINY], Options(folder / "hand_ins", workers=os.cpu_count() or 1), Console(stderr=True))
        print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="hand-ins")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-memory", action="store_true", help="leave out the class of 300")
    parser.add_argument("--tiny", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.tiny:
        return tiny(options.tiny)
    pairs = [(plain(options.count), ours(options.count, options.workers)) for _ in range(options.rounds)]
    ratios = [slow / fast for slow, fast in pairs]
    rows = [
        ["nbgrader autograde", *_speed([p for p, _ in pairs], options.count), "1"],
        [f"rnnkit grade, {options.workers} workers", *_speed([o for _, o in pairs], options.count), _told(ratios)],
    ]
    head = ["", "seconds", "hand-ins a minute", "times as fast (expected: 5)"]
    text = table(head, rows)
    overhead = sandbox_overhead()
    quartiles = statistics.quantiles(overhead, n=4)
    text += (
        f"\n\nThe sandbox around a process costs {quartiles[1]:.3f} s (quartiles {quartiles[0]:.3f} to "
        f"{quartiles[2]:.3f}; asked: under 0.5).\n"
    )
    note = f"{options.count} honest hand-ins of {UNIT}, profile check, {options.rounds} round(s), one after the other."
    write_section("grading", f"## Grading a class\n\n{_made_by()}\n\n{note}\n\n{text}")
    if not options.no_memory:
        memory_section(memory_by_class())


def memory_section(rows: list[list[str]]) -> None:
    """The marker's memory, as a section of RESULTS.md."""
    head = ["hand-ins of a tiny unit", "the marker's largest memory, MB", "hand-ins a minute"]
    write_section("grading-memory", f"## Memory of the marker\n\n{_made_by()}\n\n{table(head, rows)}")


def _made_by() -> str:
    return f"`make benchmarks` · {machine()} · {versions('nbgrader', 'distributed', 'tensorflow')}"


def _speed(seconds: list[float], count: int) -> list[str]:
    return [_told(seconds), _told([60 * count / s for s in seconds])]


def _told(numbers: list[float]) -> str:
    return " ".join(f"{number:.3g}" for number in numbers)


if __name__ == "__main__":
    main()
