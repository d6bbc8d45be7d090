"""The rules of a unit's form: `rnnkit notebooks --check` says which of them a unit breaks."""

import ast
import importlib
import importlib.util
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import jupytext
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution
from rich.console import Console
from rich.markup import escape

from rnnkit.course.notebooks.derive import script_of
from rnnkit.course.notebooks.form import Exercise, UnitForm, alt_of, form_of
from rnnkit.course.notebooks.names import names_bound, names_read
from rnnkit.course.paths import UNITS

POINTS = 100
HINTS = 2
QUESTIONS = 3
_COURSE = "rnnkit.course."  # where its own answers are
# Calls that train, and calls that put a picture on the page. `display` alone may show a table.
_TRAINS = {"fit", "train_on_batch", "train_step", "train", "descend"}
_DRAWS = {"show", "animation", "Image", "explore"}
_PREPARES = {"subplots", "figure", "report_result"}


def report_on_forms(console: Console, root: Path | None = None) -> bool:
    """Print what is wrong with the units' forms.

    Returns:
        Whether a rule is broken.
    """
    broken = False
    for unit in UNITS:
        for complaint in complaints(script_of(unit, root)):
            console.print(f"[red]{unit}:[/]", escape(complaint), highlight=False, soft_wrap=True)
            broken = True
    return broken


def complaints(script: Path) -> list[str]:
    """What is wrong with a unit's form, each rule that it breaks in a sentence.

    Args:
        script: the unit's percent script.
    """
    notebook = jupytext.read(script)
    if "rnnkit" not in notebook.metadata:
        return ["expected a form in the script's header, found none; see docs/unit_form.md"]
    try:
        form = form_of(script)
    except ValueError as error:
        return [str(error)]
    return [
        *_of_unit(form),
        *(f"exercise {e.grade_id}: {complaint}" for e in form.exercises for complaint in _of_exercise(e)),
        *_of_wrong_solutions(form),
        *_of_self_test(form),
        *_of_cells(notebook),
    ]


def _of_unit(form: UnitForm) -> Iterator[str]:
    if form.minutes <= 0:
        yield f"minutes: expected more than 0, received {form.minutes}"
    for name, least in (("goals", 2), ("prerequisites", 1), ("key_points", 3), ("sources", 2)):
        if len(getattr(form, name)) < least:
            yield f"{name}: expected at least {least}, received {len(getattr(form, name))}"
    points = sum(exercise.points for exercise in form.exercises)
    if points != POINTS:
        yield f"points: expected {POINTS} over all exercises, received {points:g}"
    titles = [exercise.title for exercise in form.exercises]
    texts = [*form.goals, *form.prerequisites, *form.key_points, *titles]
    yield from (f"{text!r} stands there twice" for text in _twice(texts))
    if not all(texts):
        yield "an empty text among goals, prerequisites, key points and titles"


def _of_exercise(exercise: Exercise) -> Iterator[str]:
    if exercise.by_hand:
        return
    if not exercise.checks:
        yield "expected a check before the next exercise, found none"
    if len(exercise.hints) != HINTS or not all(exercise.hints):
        yield f"expected {HINTS} hints in steps, received {len([hint for hint in exercise.hints if hint])}"
    told = " ".join(" ".join(hint.split()) for hint in exercise.hints)
    for line in exercise.solution.splitlines():
        line = " ".join(line.split())
        if len(line) > 20 and not line.startswith(("def ", "#")) and line in told:
            yield f"a hint tells the solution's line {line!r}"
    if not exercise.wrong:
        yield "expected at least one plausible wrong solution in wrong.py, found none"
    yield from (f"uses: {name!r} does not exist" for name in exercise.uses if not _exists(name))
    yield from (f"uses: {name!r} is the course's own" for name in exercise.uses if f"{name}.".startswith(_COURSE))


def _of_wrong_solutions(form: UnitForm) -> Iterator[str]:
    every = [wrong for exercise in form.exercises for wrong in exercise.wrong]
    checks = {check for exercise in form.exercises for check in exercise.checks}
    for name in _twice(wrong.name for wrong in every):
        yield f"wrong solution {name}: its name stands there twice"
    for says in _twice(wrong.says for wrong in every):
        yield f"two wrong solutions have the sentence {says!r}; each says its own"
    for wrong in every:
        exercise, where = form.exercise(wrong.exercise), f"wrong solution {wrong.name}:"
        if not wrong.says.endswith("."):
            yield f"{where} expected a sentence for the student in the comment that it starts with, found none"
        if not set(wrong.loses) & set(exercise.checks):
            yield f"{where} loses: expected a check of {wrong.exercise}, received {', '.join(wrong.loses) or 'none'}"
        if unknown := set(wrong.loses) - checks:
            yield f"{where} loses: {', '.join(sorted(unknown))} is no check of the unit"
        try:
            if missing := names_bound(exercise.solution) - names_bound(wrong.code):
                yield f"{where} does not define {', '.join(sorted(missing))}"
            if ast.dump(ast.parse(wrong.code)) == ast.dump(ast.parse(exercise.solution)):
                yield f"{where} it is the solution"
        except SyntaxError as error:
            yield f"{where} {error}"


def _of_self_test(form: UnitForm) -> Iterator[str]:
    if len(form.self_test) < QUESTIONS:
        yield f"self_test: expected at least {QUESTIONS} questions, received {len(form.self_test)}"
    for number, question in enumerate(form.self_test, start=1):
        if len(question.choices) < 2 or len(set(question.choices)) < len(question.choices):
            yield f"self_test, question {number}: expected two or more different choices"
        if not question.question or not question.why or not all(question.choices):
            yield f"self_test, question {number}: an empty text"


def _of_cells(notebook: NotebookNode) -> Iterator[str]:
    """Experiments are tagged, no check depends on them, and every picture is described."""
    from_experiments: set[str] = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        first = (cell.source.splitlines() or [""])[0]
        try:
            called, bound = _called(cell.source), names_bound(cell.source)
        except SyntaxError as error:
            yield f"the cell {first!r} is no plain Python: {error}"
            continue
        experiment = "experiment" in cell.metadata.get("tags", [])
        if experiment:
            from_experiments |= bound
        elif is_grade(cell) or is_solution(cell):
            if needed := from_experiments & (names_read(cell.source) - bound):
                yield f"{cell.metadata.nbgrader.grade_id}: needs {', '.join(sorted(needed))} of an experiment"
            from_experiments -= bound
        else:
            from_experiments -= bound
            if working := called & (_TRAINS | _DRAWS | _PREPARES):
                yield f"the cell {first!r} trains or draws ({', '.join(sorted(working))}): tag it experiment"
            if needed := from_experiments & names_read(cell.source):
                yield f"the cell {first!r} needs {', '.join(sorted(needed))} of an experiment: tag it so"
        alt = alt_of(cell)
        if experiment and called & _DRAWS and not all([*alt, alt]):
            yield f"the cell {first!r} draws: expected its picture in words as alt, found none"
        if alt and not called & _DRAWS:
            yield f"the cell {first!r} has an alt, but draws nothing"
    alts = [alt for cell in notebook.cells for alt in alt_of(cell)]
    yield from (f"two pictures have the alt {alt!r}; each is described for itself" for alt in _twice(alts))


def _called(source: str) -> set[str]:
    """The last names of all that a cell calls."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {f.attr for f in calls if isinstance(f, ast.Attribute)} | {f.id for f in calls if isinstance(f, ast.Name)}


def _exists(name: str) -> bool:
    """Whether a dotted name is there. No more is loaded than finding it needs; `__all__` is taken at its word."""
    package, _, inside = name.partition(".")
    try:
        if importlib.util.find_spec(package) is None:
            return False
        found: object = importlib.import_module(package) if inside else None
        *way, last = inside.split(".")
        for part in way:
            found = getattr(found, part)
    except (AttributeError, ImportError, ValueError):
        return False
    return not inside or last in getattr(found, "__all__", ()) or hasattr(found, last)


def _twice(texts: Iterable[str]) -> list[str]:
    return [text for text, count in Counter(texts).items() if count > 1]
