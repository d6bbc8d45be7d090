"""`rnnkit best`: of several hand-ins of a student the best one counts.

`rnnkit collect` keeps what a later hand-in replaced in <hand_ins>_earlier/<student>/<unit>/<1, 2, …>. All of them are
graded as any other, in a gradebook and a build folder of their own, and the one with most points after the late penalty
is laid where `rnnkit grade` takes it; of equal ones the last. Points given by hand do not count in it.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from rnnkit.course.grading.grade import Options, grade, one_grader
from rnnkit.course.grading.lms.collect import EARLIER, attempts_in
from rnnkit.course.grading.marks.course import course_app, open_gradebook
from rnnkit.course.grading.marks.late import renew_penalties
from rnnkit.course.grading.marks.marking import Course
from rnnkit.course.paths import build_dir

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Best:
    """A student with several hand-ins: the points of each, in order, and which counts now, from 1."""

    student: str
    points: tuple[float, ...]
    chosen: int


def best(unit: str, options: Options, console: Console) -> list[Best]:
    """Lay the best hand-in of each student who has several in <submitted>/<student>/<unit>.

    Raises:
        ValueError: an unknown unit, or a gradebook that cannot be copied.
    """
    course = Course.here(options.db_url)
    if not course.db_url.startswith(_SQLITE):
        raise ValueError(f"db: expected an SQLite gradebook, {_SQLITE}…, of which a copy is made; received another.")
    with one_grader(console):
        for line in course.prepare(unit):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    earlier = options.submitted.with_name(options.submitted.name + EARLIER)
    several = {folder.name: attempts_in(folder / unit) for folder in sorted(earlier.glob("*"))}
    folders = {
        student: [*found, options.submitted / student / unit]
        for student, found in several.items()
        if found and (options.submitted / student / unit).is_dir()
    }
    points: dict[str, list[float]] = {student: [] for student in folders}
    work = build_dir().resolve() / "attempts" / unit
    for number in range(max(map(len, folders.values()), default=0)):
        taken = {student: found[number] for student, found in folders.items() if number < len(found)}
        for student, total in _graded(course, unit, taken, work / str(number), options, console).items():
            points[student].append(total)
    done = []
    for student, reached in points.items():
        chosen = max(range(len(reached)), key=lambda i: (reached[i], i))
        _lay(folders[student], chosen)
        done.append(Best(student, tuple(reached), chosen + 1))
    return done


def _graded(
    course: Course, unit: str, taken: dict[str, Path], work: Path, options: Options, console: Console
) -> dict[str, float]:
    """Automatic points after the penalty, of one hand-in a student; results of an earlier time are kept."""
    hand_ins = work / "hand_ins"
    shutil.rmtree(hand_ins, ignore_errors=True)
    for student, folder in taken.items():
        shutil.copytree(folder, hand_ins / student / unit, symlinks=True)
    url = _copied(course, unit, work / "course")
    with _in_project(work):
        with Course.here(url).gradebook() as gradebook:
            for submission in gradebook.assignment_submissions(unit):
                gradebook.remove_submission(unit, submission.student_id)
        grade([unit], replace(options, submitted=hand_ins, db_url=url), console, back_up=False)
    app = course_app(work)
    app.coursedir.db_url = url
    with open_gradebook(app) as gradebook:
        renew_penalties(app, gradebook, [unit])
    with open_gradebook(app) as gradebook:
        found = {entry.student_id: entry for entry in gradebook.assignment_submissions(unit)}
        rest = {s: entry.score - (entry.late_submission_penalty or 0) for s, entry in found.items()}
    return {student: max(0.0, rest.get(student, 0.0)) for student in taken}


def _lay(folders: list[Path], chosen: int) -> None:
    """The chosen one in the last place, the others in front of it in their order."""
    if chosen == len(folders) - 1:
        return
    place, kept = folders[-1], folders[chosen]
    aside = kept.with_name(f".{os.getpid()}.part")
    kept.rename(aside)
    place.rename(kept)
    aside.rename(place)


def _copied(course: Course, unit: str, copy: Path) -> str:
    """A course folder with the unit alone, so that nothing of the course itself is written over; its gradebook's URL.

    The files keep their dates, by which the unit counts as derived.
    """
    shutil.rmtree(copy, ignore_errors=True)
    for folder in ("source", "release"):
        shutil.copytree(course.root / folder / unit, copy / folder / unit)
    for name in ("nbgrader_config.py", "allowances.csv"):
        if (course.root / name).is_file():
            shutil.copy(course.root / name, copy)
    url = f"{_SQLITE}{copy / 'gradebook.db'}"
    with (
        closing(sqlite3.connect(course.db_url.removeprefix(_SQLITE))) as old,
        closing(sqlite3.connect(copy / "gradebook.db")) as new,
    ):
        old.backup(new)
    return url


@contextmanager
def _in_project(folder: Path) -> Iterator[None]:
    """Another project and its build folder, by the variables that say where they are."""
    others = {"RNNKIT_ROOT": str(folder), "RNNKIT_BUILD": str(folder / "build")}
    before = {name: os.environ.get(name) for name in others}
    os.environ.update(others)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
