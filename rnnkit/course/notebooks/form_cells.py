"""What the reader sees of a unit's form: Markdown cells made from it, so that every text stands once."""

from collections.abc import Iterable, Iterator, Mapping

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from rnnkit.course.notebooks.form import Exercise, Question, UnitForm, hint_for

_NAMES = {"numpy": "NumPy", "scipy": "SciPy", "keras": "Keras"}


def with_form_shown(cells: Iterable[NotebookNode], form: UnitForm, around: str = "") -> list[NotebookNode]:
    """The cells of a unit with its form in them: an overview after the first cell, hints folded, each check with its
    exercise's title in its first line, self-test, key points and sources at the end. The line `around` leads to the
    units before and after, at the beginning and at the end.
    """
    shown: list[NotebookNode] = []
    labels = {check: exercise.title for exercise in form.exercises for check in exercise.checks}
    last_hint = {exercise.hints[-1]: exercise for exercise in form.exercises if exercise.hints}
    for place, cell in enumerate(cells):
        info = cell.metadata.get("nbgrader", {})
        if info.get("grade_id") in labels and cell.cell_type == "code":
            cell.source = f"# Check: {labels[info.grade_id]} ({_points(info.points)})\n{cell.source}"
        if hint_for(cell) is None:
            shown.append(cell)
        elif cell.source.strip() in last_hint:
            shown.append(_markdown(hints(last_hint[cell.source.strip()])))
        if place == 0:
            shown.append(_markdown([*([around, ""] if around else []), *overview(form)]))
    end = ["## Key points", "", *_items(form.key_points)]
    if form.sources:
        end += ["", "## Where it comes from", "", *_items(form.sources)]
    return [*shown, _markdown(self_test(form.self_test)), _markdown([*end, *(["", around] if around else [])])]


def units_around(titles: Mapping[str, str], unit: str) -> str:
    """A line with links to the notebooks before and after a unit's, which lie in the same folder.

    Args:
        titles: of all units, in their order.
        unit: one of them; another has no neighbours.

    Example:
        >>> units_around({"01_xor": "1 · Temporal XOR", "02_bit_counting": "2 · Counting ones"}, "01_xor")
        'Next unit: [2 · Counting ones](02_bit_counting.ipynb)'
    """
    units = list(titles)
    place = units.index(unit) if unit in titles else len(units) + 1
    links = [
        f"{word} unit: [{titles[units[other]]}]({units[other]}.ipynb)"
        for word, other in (("Previous", place - 1), ("Next", place + 1))
        if 0 <= other < len(units)
    ]
    return " · ".join(links)


def overview(form: UnitForm) -> Iterator[str]:
    """Lines of the cell at the top: time, goals, prerequisites, and the exercises in a table."""
    yield f"**Time:** about {_duration(form.minutes)}. **Difficulty:** {form.difficulty}."
    yield from ("", "**After this unit you can**", "", *_items(form.goals))
    yield from ("", "**You need**", "", *_items(form.prerequisites), "")
    yield "| Exercise | Points | Difficulty | It may use |"
    yield "|:--|--:|:--|:--|"
    for number, exercise in enumerate(form.exercises, start=1):
        label = "Question" if exercise.by_hand else str(number)
        uses = "your own words" if exercise.by_hand else may_use(exercise)
        yield f"| {label} · {exercise.title} | {exercise.points:g} | {exercise.difficulty} | {uses} |"


def may_use(exercise: Exercise) -> str:
    """The names that an exercise may use, for the reader.

    Example:
        >>> from types import SimpleNamespace
        >>> may_use(SimpleNamespace(uses=("numpy", "keras", "rnnkit.Rprop")))
        'NumPy, Keras, `rnnkit.Rprop`'
    """
    return ", ".join(_NAMES.get(name, f"`{name}`") for name in exercise.uses)


def hints(exercise: Exercise) -> Iterator[str]:
    """Lines of the cell between an exercise's statement and its answer: each hint folded away."""
    for number, hint in enumerate(exercise.hints, start=1):
        if number > 1:
            yield ""
        yield from _folded(f"Hint {number} of {len(exercise.hints)}", hint)


def self_test(questions: Iterable[Question]) -> Iterator[str]:
    """Lines of the cell with the questions. Their answers are folded, not hidden: nothing is marked here."""
    yield from ("## Check yourself", "", "No points here: choose first, then unfold.")
    for number, question in enumerate(questions, start=1):
        yield from ("", *(("---", "") if number > 1 else ()), f"**{number}.** {question.question}", "")
        lettered = zip("abcdefgh", question.choices, strict=False)
        yield "<br>\n".join(f"({letter}) {choice}" for letter, choice in lettered)
        yield ""
        yield from _folded("Answer", f"**({'abcdefgh'[question.answer]})** {question.why}")


def _points(points: float) -> str:
    return f"{points:g} point{'' if points == 1 else 's'}"


def _folded(summary: str, text: str) -> tuple[str, ...]:
    # The empty lines let Markdown and mathematics inside be what they are.
    return (f"<details><summary>{summary}</summary>", "", text, "", "</details>")


def _items(texts: Iterable[str]) -> Iterator[str]:
    return (f"- {text}" for text in texts)


def _duration(minutes: int) -> str:
    """In words, to the half hour where it is long.

    Example:
        >>> _duration(45), _duration(60), _duration(150)
        ('45 minutes', '1 hour', '2½ hours')
    """
    hours, rest = divmod(minutes, 60)
    if not hours or rest not in (0, 30):
        return f"{minutes} minutes"
    return f"{hours}{'½' if rest else ''} hour{'s' if minutes > 60 else ''}"


def _markdown(lines: Iterable[str] | str, *more: str) -> NotebookNode:
    return new_markdown_cell("\n".join([lines, *more] if isinstance(lines, str) else lines))
