"""The form of a unit: what its source says about itself, for notebooks, site and grader alike.

It stands once, in the source: unit and exercises in the script's YAML header under `jupyter: rnnkit:`, hints in
Markdown cells with `hint="<grade_id>"`, experiments in cells tagged `experiment`, alternative texts as the `alt` of the
cells that draw. Plausible wrong solutions stand beside the script in `wrong.py`, so that what makes notebooks never
reads them. `docs/unit_form.md` describes all of it; `form_rules.py` holds the rules.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from rnnkit.course.notebooks.stated import difficulty, mapping, texts, typed

_UNIT_KEYS = ("goals", "prerequisites", "minutes", "difficulty", "exercises", "self_test", "key_points", "sources")
_EXERCISE_KEYS = ("title", "difficulty", "uses")
_QUESTION_KEYS = ("question", "choices", "answer", "why")


@dataclass(frozen=True)
class WrongSolution:
    """A plausible wrong answer: code in place of the exercise's cell.

    `says` is the sentence for the student; `loses` are the grade_ids of the checks that fail where all else is right,
    those of later exercises that call this one among them.
    """

    name: str
    exercise: str
    code: str
    says: str
    loses: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """A cell to be filled in, by its grade_id.

    `uses` are the names that it may use beside Python's own and those of the student's earlier exercises; `checks` the
    grade_ids of the cells that mark it. An answer in words, marked `by_hand`, has neither these nor wrong solutions.
    """

    grade_id: str
    title: str
    difficulty: str
    uses: tuple[str, ...]
    points: float
    checks: tuple[str, ...]
    by_hand: bool
    solution: str
    hints: tuple[str, ...]
    wrong: tuple[WrongSolution, ...]


@dataclass(frozen=True)
class Experiment:
    """A cell that trains or draws; no check depends on it. `alt` says in words what each of its pictures shows."""

    source: str
    alt: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A question for the reader alone; it has no points. `answer` is the position of the right choice, from 0."""

    question: str
    choices: tuple[str, ...]
    answer: int
    why: str


@dataclass(frozen=True)
class UnitForm:
    """All of a unit's form. `minutes` is what a student needs for the whole of it."""

    unit: str
    title: str
    goals: tuple[str, ...]
    prerequisites: tuple[str, ...]
    minutes: int
    difficulty: str
    exercises: tuple[Exercise, ...]
    experiments: tuple[Experiment, ...]
    self_test: tuple[Question, ...]
    key_points: tuple[str, ...]
    sources: tuple[str, ...]

    def exercise(self, grade_id: str) -> Exercise:
        """The exercise with a grade_id.

        Raises:
            ValueError: the unit has none.
        """
        for exercise in self.exercises:
            if exercise.grade_id == grade_id:
                return exercise
        known = ", ".join(exercise.grade_id for exercise in self.exercises)
        raise ValueError(f"grade_id: expected one of {known}, received {grade_id!r}.")

    def wrong_solutions(self) -> dict[str, WrongSolution]:
        """Those of all exercises by their names, which are unique in a unit."""
        return {wrong.name: wrong for exercise in self.exercises for wrong in exercise.wrong}


def form_of(script: Path) -> UnitForm:
    """The form of a unit.

    Args:
        script: its percent script; its wrong solutions are in `wrong.py` beside it.

    Raises:
        ValueError: there is no form, or a part of it is missing, unknown or of another kind than it must be.
    """
    form = form_in(jupytext.read(script), script.stem, wrong_in(script.with_name("wrong.py")))
    if form is None:
        raise ValueError(f"{script.name}: expected `rnnkit:` in its header, found none. See docs/unit_form.md.")
    return form


def form_in(notebook: NotebookNode, unit: str, wrong: Iterable[WrongSolution] = ()) -> UnitForm | None:
    """The form in a script's notebook as jupytext reads it, with wrong solutions that were read elsewhere.

    Returns:
        None where the script has no form.

    Raises:
        ValueError: as in form_of.
    """
    if "rnnkit" not in notebook.metadata:
        return None
    stated = mapping({"sources": [], **notebook.metadata["rnnkit"]}, "rnnkit", _UNIT_KEYS)
    wrong = tuple(wrong)
    return UnitForm(
        unit=unit,
        title=notebook.cells[0].source.splitlines()[0].lstrip("# "),
        goals=texts(stated["goals"], "goals"),
        prerequisites=texts(stated["prerequisites"], "prerequisites"),
        minutes=typed(stated["minutes"], "minutes", int, "a number"),
        difficulty=difficulty(stated["difficulty"], "difficulty"),
        exercises=tuple(_exercises(notebook, stated["exercises"], wrong)),
        experiments=tuple(
            Experiment(cell.source, alt_of(cell))
            for cell in notebook.cells
            if "experiment" in cell.metadata.get("tags", [])
        ),
        self_test=tuple(_questions(stated["self_test"])),
        key_points=texts(stated["key_points"], "key_points"),
        sources=texts(stated["sources"], "sources"),
    )


def uses_by_check(script: Path) -> dict[str, tuple[str, ...]] | None:
    """What the exercise that a check marks may use, by the check's grade_id; None for a unit without a form."""
    form = form_in(jupytext.read(script), script.stem)
    return None if form is None else {check: exercise.uses for exercise in form.exercises for check in exercise.checks}


def wrong_in(script: Path) -> tuple[WrongSolution, ...]:
    """The wrong solutions in a percent script: one a cell, its sentence in the comment that it starts with.

    Raises:
        ValueError: a cell does not say which exercise it answers, its name, or which checks it loses.
    """
    if not script.is_file():
        return ()
    found = []
    for cell in jupytext.read(script).cells:
        if cell.cell_type != "code":
            continue
        lines = cell.source.splitlines()
        end = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
        says = " ".join(line.lstrip("# ") for line in lines[:end])
        stated = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
        where = f"{script.name}, {lines[0] if lines else 'an empty cell'!r}"
        stated = mapping(stated, where, ("of", "name", "loses"))
        name, of = (typed(stated[key], f"{where}: {key}", str, "a name") for key in ("name", "of"))
        code = "\n".join(lines[end:]).strip() + "\n"
        found.append(WrongSolution(name, of, code, says, texts(stated["loses"], f"{where}: loses")))
    return tuple(found)


def alt_of(cell: NotebookNode) -> tuple[str, ...]:
    """The alternative texts of a cell's pictures, in their order: its `alt`, one text or a list of them.

    Raises:
        ValueError: it is neither.
    """
    alt = cell.metadata.get("alt", [])
    return texts([alt] if isinstance(alt, str) else alt, "alt")


def hint_for(cell: NotebookNode) -> str | None:
    """The grade_id of the exercise that a Markdown cell is a hint for, or None."""
    return cell.metadata.get("hint") if cell.cell_type == "markdown" else None


def _exercises(notebook: NotebookNode, stated: Any, wrong: tuple[WrongSolution, ...]) -> Iterator[Exercise]:
    solutions = [cell for cell in notebook.cells if is_solution(cell)]
    ids = [cell.metadata.nbgrader.grade_id for cell in solutions]
    stated = mapping(stated, "exercises", ids)
    for grade_id, hints in _hints(notebook).items():
        if grade_id not in ids:
            raise ValueError(f"hint: expected one of {', '.join(ids)}, received {grade_id!r} for {hints[0]!r}.")
    for other in wrong:
        if other.exercise not in ids:
            raise ValueError(f"wrong.py: of: expected one of {', '.join(ids)}, received {other.exercise!r}.")
    for cell, grade_id in zip(solutions, ids, strict=True):
        by_hand = is_grade(cell)
        optional = {} if by_hand else {"uses": ["numpy"]}
        entry = mapping({**optional, **stated[grade_id]}, f"exercise {grade_id}", _EXERCISE_KEYS[: 2 + len(optional)])
        checks = () if by_hand else tuple(_checks_after(notebook, cell))
        marked = (cell,) if by_hand else checks
        yield Exercise(
            grade_id=grade_id,
            title=typed(entry["title"], f"exercise {grade_id}: title", str, "a text"),
            difficulty=difficulty(entry["difficulty"], f"exercise {grade_id}: difficulty"),
            uses=() if by_hand else texts(entry["uses"], f"exercise {grade_id}: uses"),
            points=float(sum(check.metadata.nbgrader.points for check in marked)),
            checks=tuple(check.metadata.nbgrader.grade_id for check in checks),
            by_hand=by_hand,
            solution=cell.source,
            hints=tuple(_hints(notebook).get(grade_id, ())),
            wrong=tuple(w for w in wrong if w.exercise == grade_id),
        )


def _checks_after(notebook: NotebookNode, solution: NotebookNode) -> Iterator[NotebookNode]:
    """The checks between a solution and the next one."""
    after = notebook.cells[notebook.cells.index(solution) + 1 :]
    for cell in after:
        if is_solution(cell):
            return
        if is_grade(cell):
            yield cell


def _hints(notebook: NotebookNode) -> dict[str, list[str]]:
    hints: dict[str, list[str]] = {}
    for cell in notebook.cells:
        grade_id = hint_for(cell)
        if grade_id is not None:
            hints.setdefault(grade_id, []).append(cell.source)
    return hints


def _questions(stated: Any) -> Iterator[Question]:
    for number, entry in enumerate(typed(stated, "self_test", list, "a list"), start=1):
        where = f"self_test, question {number}"
        entry = mapping(entry, where, _QUESTION_KEYS)
        choices = texts(entry["choices"], f"{where}: choices")
        letters = "abcdefgh"[: len(choices)]
        if entry["answer"] not in list(letters):
            raise ValueError(f"{where}: answer: expected one of {', '.join(letters)}, received {entry['answer']!r}.")
        question, why = (typed(entry[key], f"{where}: {key}", str, "a text") for key in ("question", "why"))
        yield Question(question.strip(), choices, letters.index(entry["answer"]), why.strip())
