"""A whole class: screen, execute, mark; what is finished is kept, whatever happens."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import nbformat
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from rnnkit._digest import library_digest
from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.interrupt import interrupted_between_steps
from rnnkit.course.grading.marks.alone import alone
from rnnkit.course.grading.marks.gradebook import read_outcomes
from rnnkit.course.grading.marks.history import take_note
from rnnkit.course.grading.marks.marking import Course
from rnnkit.course.grading.marks.names import cells_of, names_in
from rnnkit.course.grading.marks.steps import result_path
from rnnkit.course.grading.report import remarks_page
from rnnkit.course.grading.sandbox.bubblewrap import Limits, require
from rnnkit.course.grading.screening.outputs import told
from rnnkit.course.grading.screening.screen import Screened, refused_folders, screen, stage, students_in
from rnnkit.course.grading.verdicts.checks import Checks
from rnnkit.course.grading.verdicts.pool import Local, Pool, Task, Workers, task_of
from rnnkit.course.paths import build_dir


@dataclass(frozen=True)
class Outcome:
    """A row of the table. Status: marked, repaired, timed out, out of memory, died, refused, missing or not run."""

    student: str
    unit: str
    status: str
    reason: str
    repairs: tuple[str, ...]
    points: float
    possible: float
    manual_open: float
    seconds: float
    submitted: str | None


@dataclass(frozen=True)
class Options:
    """How to grade. `fresh` executes and marks again what is finished; `experiments` runs them too, for the pages.

    `students` are those marked, all by default; `exercise` is the one whose points are written, all by default.
    """

    submitted: Path
    workers: int = 1
    scheduler: str | None = None
    certificate: Path | None = None
    unencrypted: bool = False
    sandboxed: bool = True
    db_url: str | None = None
    fresh: bool = False
    limits: Limits = Limits()
    experiments: bool = False
    students: tuple[str, ...] = ()
    exercise: str | None = None


def grade(
    units: Sequence[str], options: Options, console: Console | None = None, back_up: bool = True
) -> list[Outcome]:
    """Grade units; a run that was stopped, however it was, goes on where it was.

    Returns:
        An outcome for each student of the gradebook or the folder, and unit.

    Raises:
        ValueError: an unknown unit, a folder that is none.
        SandboxMissing: no sandbox on this host, and it was not switched off.
        KeyboardInterrupt: Ctrl-C, between two steps; a second one at once.
    """
    if not options.submitted.is_dir():
        raise ValueError(f"submitted: expected a folder of students' folders, received {options.submitted}.")
    if options.workers < 1:
        raise ValueError(f"workers: expected at least 1, received {options.workers}.")
    if options.sandboxed:
        require()
    if options.exercise and len(units) != 1:
        raise ValueError(f"exercise: expected one unit with it, received {len(units)}.")
    console = console or Console()
    course = Course.here(options.db_url)
    known = {*course.roster(), *students_in(options.submitted)}
    if strangers := sorted(set(options.students) - known):
        raise ValueError(
            f"student: expected one of the roster or of {options.submitted}, received {', '.join(strangers)}."
        )
    with one_grader(console), interrupted_between_steps() as step:
        for unit in units:
            step()
            for line in course.prepare(unit):
                console.print(line, markup=False, highlight=False, soft_wrap=True)
        if back_up:
            course.back_up()
        with course.gradebook() as gradebook:
            take_note(gradebook, course.db_url)
        outcomes = []
        with Pool(_workers(options), step) as pool:
            for unit in units:
                outcomes += _Unit(course, unit, options, console).grade(pool, step)
    return outcomes


def one_grader(console: Console) -> AbstractContextManager[None]:
    """While it is held no other grader of this course is at work."""
    return alone(build_dir() / "grading", lambda: console.print("another grader is at work on this course; waiting"))


def _workers(options: Options) -> Workers:
    if options.scheduler is None:
        return Local(options.workers)
    from rnnkit.course.grading.verdicts.cluster import Cluster  # Dask takes a second to load

    return Cluster(options.scheduler, options.certificate, options.unencrypted)


class _Unit:
    """Grading one unit. Its folder under build/grading keeps each step's result, written whole or not at all."""

    def __init__(self, course: Course, unit: str, options: Options, console: Console) -> None:
        self.course, self.unit, self.options, self.console = course, unit, options, console
        self.folder = build_dir() / "grading" / unit
        self.checks, self.released = course.checks(unit), course.released(unit)
        self.possible = course.possible(unit)
        self.only = cells_of(names_in(course.root.parent, unit), options.exercise) if options.exercise else ()
        self.ran: dict[str, tuple[str, str, float]] = {}  # status, reason and seconds of each execution
        self.failed: dict[str, str] = {}  # by no fault of the submission
        self.staged, self.results, self.marked = (self.folder / name for name in ("staged", "results", "marked"))

    def grade(self, pool: Pool, step: Callable[[], None]) -> list[Outcome]:
        students = sorted({*self.course.roster(), *students_in(self.options.submitted)})
        students = [s for s in students if s in self.options.students or not self.options.students]
        screened: dict[str, Screened] = {}
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, TimeRemainingColumn(), console=self.console) as progress:
            bar = progress.add_task(f"{self.unit}: screened", total=len(students))
            keys = {}
            for student in students:
                step()
                found = screen(self.options.submitted, student, self.unit, self.released)
                keys[student] = key_of(found, self.checks, self.options.experiments)
                if found.notebook is not None:
                    stage(found, self.staged)
                screened[student] = replace(found, notebook=None)  # the memory does not grow with the class
                progress.advance(bar)
            running = [s for s in students if screened[s].refusal is None]
            bar = progress.add_task(f"{self.unit}: executed and marked", total=len(running))
            for student in running:
                step()
                kept = self._kept(student, keys[student])
                if kept is not None:
                    self.ran[student] = kept["status"], kept["reason"], kept["seconds"]
                    self._mark(student, keys[student])
                    progress.advance(bar)
            tasks = self._tasks([student for student in running if student not in self.ran])
            for student, executed in pool.run(tasks):
                progress.advance(bar)
                if isinstance(executed, str):
                    self.failed[student] = executed
                    continue
                kept = {"key": keys[student], "limits": asdict(self.options.limits), **asdict(executed)}
                write_beside_then_rename(result_path(self.results, student), json.dumps(kept))
                self.ran[student] = executed.status, executed.reason, executed.seconds
                self._mark(student, keys[student])
        outcomes = [self._outcome(screened[student]) for student in students]
        for name, why in refused_folders(self.options.submitted) if not self.options.students else ():
            outcomes.append(Outcome(name, self.unit, "refused", why, (), 0.0, self.possible, 0.0, 0.0, None))
        if not self.options.students:
            self._remark(running)
        rows = [asdict(outcome) for outcome in outcomes]
        if self.options.students:  # the others' stay
            rows += [row for student, row in read_outcomes(self.unit).items() if student not in self.options.students]
        write_beside_then_rename(self.folder / "outcomes.json", json.dumps(rows, indent=1) + "\n")
        return outcomes

    def _remark(self, students: list[str]) -> None:
        """Write the page of remarks on what was handed in. No student gets to see it."""
        exercises = self.course.exercises(self.unit)
        remarks, pairs = remarks_page.gathered(students, self.unit, self.staged, exercises, self.released, self.checks)
        page = remarks_page.written(self.folder / "remarks.html", self.unit, remarks, pairs)
        if remarks or pairs:
            told = f"{self.unit}: {len(remarks)} remarks, {len(pairs)} pairs of similar answers, for you alone: {page}"
            self.console.print(told, highlight=False, soft_wrap=True)

    def _kept(self, student: str, key: str) -> dict | None:
        """The result of an earlier run, if it still holds."""
        path = result_path(self.results, student)
        if self.options.fresh or not path.exists():
            return None
        kept = json.loads(path.read_text(encoding="utf-8"))
        # What ran to its end would do so under other limits too; what did not, might.
        holds = kept.get("key") == key and (kept["status"] == "marked" or kept["limits"] == asdict(self.options.limits))
        return kept if holds else None

    def _tasks(self, students: list[str]) -> Iterator[Task]:
        for student in students:
            text = (self.staged / student / self.unit / f"{self.unit}.ipynb").read_text(encoding="utf-8")
            options = self.options
            yield task_of(student, text, self.checks, options.limits, options.sandboxed, options.experiments)

    def _mark(self, student: str, key: str) -> None:
        """Write the marks into the gradebook, unless it has them. Twice would do no harm."""
        done = self.marked / f"{student}.txt"
        target = f"{key} {self.course.db_url}"
        written = done.exists() and done.read_text() == target  # so it was; the gradebook may be another since
        if (
            not self.options.fresh
            and not self.only
            and written
            and self.course.has_marks(self.unit, student, self.results)
        ):
            return
        try:
            self.course.mark(self.unit, student, self.staged, self.results, self.only)
        except Exception as error:  # its own fault or the gradebook's: the others go on, and what was executed is kept
            self.failed[student] = told(f"not marked: {error}", 500)
            return
        if not self.only:  # the other exercises are brought up to date by the next run for all
            write_beside_then_rename(done, target)

    def _outcome(self, screened: Screened) -> Outcome:
        student, reason = screened.student, screened.refusal
        points, possible, manual, seconds = 0.0, self.possible, 0.0, 0.0
        if student in self.failed:
            status, reason = "not run", f"{self.failed[student]}; grade again"
        elif reason is not None:
            status = "missing" if reason.startswith("missing") else "refused"
            if status == "refused":
                self.course.refuse(self.unit, student)
        else:
            status, reason, seconds = self.ran[student]
            points, possible, manual = self.course.points(self.unit, student)
            if status == "marked" and screened.repairs:
                status = "repaired"
        submitted = screened.submitted.isoformat() if screened.submitted else None
        row = status, reason, screened.repairs, points, possible, manual, round(seconds, 2), submitted
        return Outcome(student, self.unit, *row)


def key_of(screened: Screened, checks: Checks, experiments: bool = False) -> str:
    """What a result depends on, in one text. Another submission, another check, another library: another key.

    The unit counts by its checks, which hold the cells that set up, and by the hand-in, which was made of its release.
    """
    text = "" if screened.notebook is None else nbformat.writes(screened.notebook)
    parts = text, checks.digest, library_digest(), "with experiments" if experiments else ""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def table_of(outcomes: Sequence[Outcome], longest: int = 60) -> Table:
    """A row a student and unit; of a class that is too long to be read, only of those that are to be looked at."""
    title = "marks"
    if len(outcomes) > longest:
        seen = [o for o in outcomes if o.status not in ("marked", "missing")]
        title = f"of {len(outcomes)} hand-ins these were not just marked; rnnkit marks shows all"
        outcomes = seen
    table = Table(title=title, title_justify="left")
    for name in ("student", "unit", "points", "open", "status", "what was repaired, or why not"):
        table.add_column(name, justify="right" if name in ("points", "open") else "left")
    for o in outcomes:
        why = "; ".join([*o.repairs, *([o.reason] if o.reason else [])])
        open_points = f"{o.manual_open:g}" if o.manual_open else ""
        points = f"{o.points:g} of {o.possible:g}"
        table.add_row(Text(o.student), o.unit, points, open_points, o.status, Text(why))
    return table
