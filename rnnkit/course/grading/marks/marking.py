"""The instructor's side of a unit: its sources, checks, gradebook, and nbgrader's programs run in this process."""

import logging
import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.apps import NbGraderAPI
from nbgrader.utils import is_grade, is_solution
from traitlets.config import Config

from rnnkit.course.grading.marks.course import course_app
from rnnkit.course.grading.marks.steps import MakeHarmless, TakeMarks, TakeOutputs, read_result
from rnnkit.course.grading.marks.takeover import is_another, take_over, waits
from rnnkit.course.grading.screening.harmless import harmless
from rnnkit.course.grading.verdicts.checks import Checks, checks_of
from rnnkit.course.notebooks.derive import derive_unit, solved_notebook
from rnnkit.course.notebooks.form import Exercise, form_in, uses_by_check
from rnnkit.course.paths import build_dir, project_root


@dataclass(frozen=True)
class Course:
    """A course folder and its gradebook."""

    root: Path
    db_url: str

    def __post_init__(self) -> None:
        # nbgrader makes a gradebook with alembic, which it starts by its bare name.
        programs, path = str(Path(sys.executable).parent), os.environ.get("PATH", "")
        if programs not in path.split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([programs, path])

    @staticmethod
    def here(db_url: str | None = None) -> "Course":
        """The project's course, with the gradebook that its settings name, or another one."""
        root = project_root() / "course"
        return Course(root, db_url or course_app(root.parent).coursedir.db_url)

    def units(self) -> list[str]:
        """Folders of `course/source` that hold a unit."""
        # A set: a unit that was derived has a notebook beside its script.
        return sorted({p.parent.name for p in (self.root / "source").glob("*/*") if p.stem == p.parent.name})

    def prepare(self, unit: str) -> list[str]:
        """Derive a unit's notebooks and register it with the gradebook, if that was not done yet.

        A gradebook that has the unit from another release, with other cells, is taken over.

        Returns:
            What the instructor is to be told, if anything.

        Raises:
            ValueError: there is no such unit.
        """
        if unit not in self.units():
            raise ValueError(f"unit: expected one of {', '.join(self.units())}, received {unit!r}.")
        script, solved = (self.root / "source" / unit / f"{unit}{suffix}" for suffix in (".py", ".ipynb"))
        released = self.root / "release" / unit / f"{unit}.ipynb"
        made = [path.stat().st_mtime for path in (solved, released) if path.exists()]
        old = len(made) < 2 or (script.exists() and min(made) < script.stat().st_mtime)

        def derive() -> None:
            derive_unit(unit, self.root.parent, ["--db", self.db_url])

        fresh = solved_notebook(script) if old and script.exists() else nbformat.read(solved, as_version=4)
        with self.gradebook() as gradebook:
            another = is_another(gradebook, unit, fresh)
        if another or waits(self.db_url, unit):
            taken = take_over(self.db_url, unit, derive)
            return taken.told() if taken else []
        if old or not self._registered(unit):
            derive()
        return []

    def checks(self, unit: str) -> Checks:
        solved, script = (self.root / "source" / unit / f"{unit}{suffix}" for suffix in (".ipynb", ".py"))
        uses = uses_by_check(script) if script.exists() else None
        return checks_of(unit, nbformat.read(solved, as_version=4), uses)

    def exercises(self, unit: str) -> tuple[Exercise, ...]:
        """The exercises of a unit's form that are answered by code; none of a unit without a form."""
        script = self.root / "source" / unit / f"{unit}.py"
        form = form_in(jupytext.read(script), unit) if script.exists() else None
        return () if form is None else tuple(exercise for exercise in form.exercises if not exercise.by_hand)

    def released(self, unit: str) -> NotebookNode:
        return nbformat.read(self.root / "release" / unit / f"{unit}.ipynb", as_version=4)

    def roster(self) -> list[str]:
        """The students whom the gradebook knows."""
        with self.gradebook() as gradebook:
            return sorted(student.id for student in gradebook.students)

    def gradebook(self) -> Gradebook:
        return Gradebook(self.db_url, "rnnkit")

    def back_up(self) -> Path:
        """Copy the gradebook and the sources to a folder of their own, before a run."""
        folder = build_dir() / "grading" / "backups" / f"{datetime.now():%Y%m%d-%H%M%S-%f}"
        folder.mkdir(parents=True)
        shutil.copytree(self.root / "source", folder / "source")
        if self.db_url.startswith("sqlite:///") and Path(self.db_url[10:]).exists():
            with (
                closing(sqlite3.connect(self.db_url[10:])) as old,
                closing(sqlite3.connect(folder / "gradebook.db")) as new,
            ):
                old.backup(new)
        return folder

    def mark(self, unit: str, student: str, staged: Path, results: Path, only: Sequence[str] = ()) -> None:
        """Write a student's marks into the gradebook, by nbgrader's own autograde.

        Args:
            unit: the unit's name.
            student: whose.
            staged: folder of the notebooks that were taken in.
            results: folder of what came of executing them.
            only: grade_ids of the cells that are marked; all by default.

        Raises:
            RuntimeError: nbgrader refused; the message is its own.
        """
        with self.gradebook() as gradebook:
            _submission(gradebook, unit, student)
        config = _settings(self.root)
        config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.db_url = self.db_url
        config.CourseDirectory.submitted_directory = str(staged)
        config.Autograde.sanitize_preprocessors = ["nbgrader.preprocessors.ClearOutput"]
        config.Autograde.autograde_preprocessors = [
            TakeOutputs,
            "nbconvert.preprocessors.ClearMetadataPreprocessor",
            "nbgrader.preprocessors.LimitOutput",
            TakeMarks,
            "nbgrader.preprocessors.AssignLatePenalties",
            MakeHarmless,
            "nbgrader.preprocessors.CheckCellMetadata",
        ]
        config.TakeOutputs.results = config.TakeMarks.results = str(results)
        config.TakeMarks.only = list(only)
        config.TakeMarks.unchanged = self._unchanged(unit, student, staged)
        done = _quietly(lambda: NbGraderAPI(config=config).autograde(unit, student, force=True, create=True))
        if not done["success"]:
            raise RuntimeError(f"nbgrader could not mark {student}: {done.get('error') or done.get('log')}")

    def _unchanged(self, unit: str, student: str, staged: Path) -> list[str]:
        """Cells that give points for the same answer as when it was marked before, the exercises above included."""
        before = self.root / "autograded" / student / unit / f"{unit}.ipynb"
        if not before.is_file():
            return []
        now = nbformat.read(staged / student / unit / f"{unit}.ipynb", as_version=4)
        old = {_grade_id(c): c.source for c in nbformat.read(before, as_version=4).cells if is_solution(c)}
        unchanged, same = [], True
        for cell in harmless(now).cells:  # as it was kept
            if is_solution(cell) and cell.cell_type == "markdown":
                unchanged += [_grade_id(cell)] * (old.get(_grade_id(cell)) == cell.source)
            elif is_solution(cell):
                same = same and old.get(_grade_id(cell)) == cell.source
            if is_grade(cell) and cell.cell_type == "code" and same:
                unchanged.append(_grade_id(cell))
        return unchanged

    def has_marks(self, unit: str, student: str, results: Path) -> bool:
        """Whether the gradebook has the points of a student's result."""
        points = read_result(results, student).points
        with self.gradebook() as gradebook:
            try:
                submission = gradebook.find_submission(unit, student)
            except MissingEntry:
                return False
            found = {grade.name: grade.auto_score for notebook in submission.notebooks for grade in notebook.grades}
        return all(found.get(name) == reached for name, reached in points.items())

    def refuse(self, unit: str, student: str) -> None:
        """Give a submission that cannot be run no points."""
        with self.gradebook() as gradebook:
            submission = _submission(gradebook, unit, student)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0.0, False
            gradebook.db.commit()

    def points(self, unit: str, student: str) -> tuple[float, float, float]:
        """A student's points, the most there are, and those that a person still has to give."""
        with self.gradebook() as gradebook:
            submission = gradebook.find_submission(unit, student)
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            still_open = sum(g.max_score for g in grades if g.needs_manual_grade or (g.score is None))
            return float(submission.score), float(submission.max_score), float(still_open)

    def possible(self, unit: str) -> float:
        """The most points there are in a unit."""
        with self.gradebook() as gradebook:
            return float(gradebook.find_assignment(unit).max_score)

    def _registered(self, unit: str) -> bool:
        with self.gradebook() as gradebook:
            try:
                return bool(gradebook.find_assignment(unit).notebooks)
            except MissingEntry:
                return False


def _grade_id(cell: NotebookNode) -> str:
    return cell.metadata.nbgrader.grade_id


def _submission(gradebook: Gradebook, unit: str, student: str) -> SubmittedAssignment:
    """A student's entry, which is made if there is none."""
    gradebook.update_or_create_student(student)
    with gradebook.db.no_autoflush:  # nbgrader asks for its parts before it is added, of which SQLAlchemy warns
        return gradebook.update_or_create_submission(unit, student)


@lru_cache(maxsize=4)
def _read_settings(root: Path) -> Config:
    return course_app(root.parent).config


def _settings(root: Path) -> Config:
    """The course's settings, to be changed at will."""
    return deepcopy(_read_settings(root))


def _quietly(call: Any) -> Any:
    """nbgrader logs to the console what it also returns; its folder must be the current one."""
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    before = os.getcwd()
    try:
        return call()
    finally:
        os.chdir(before)
