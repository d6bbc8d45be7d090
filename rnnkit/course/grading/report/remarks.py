"""What an answer names that its exercise may not use: a remark for whoever marks, never a mark by itself.

Cells are read as words. Python's own parser would say more, but a text that is nested deeply enough ends its process.
"""

import io
import re
import sys
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from rnnkit.course.grading.screening.cells import names_defined
from rnnkit.course.grading.verdicts.checks import digest_of

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+([^#;\n]+)|import[ \t]+([^#;\n]+))", re.MULTILINE)
_ALWAYS = ("rnnkit.course.teaching",)
# By which one gets at what was not imported, or runs a text.
_REACHING = {"__import__", "ctypes", "eval", "exec", "gc", "globals", "importlib", "inspect", "open", "sys"}


@dataclass(frozen=True)
class Remark:
    """An exercise's answer names what it may not use."""

    student: str
    exercise: str
    names: tuple[str, ...]


def remarks_on(
    student: str, notebook: NotebookNode, uses: Mapping[str, Sequence[str]], released: Sequence[str]
) -> list[Remark]:
    """The remarks on a hand-in.

    Args:
        student: who handed it in.
        notebook: the clean notebook, as screening leaves it.
        uses: what the exercises may use, by their grade_ids.
        released: digests of the unit's own cells; they are not the student's words, but what they import has its names.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    bound = {name: full for cell in cells for name, full in imports(cell.source).items()}
    own = [cell.source for cell in cells if digest_of(cell.source) not in released and not _is_check(cell)]
    found = []
    for cell in cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in uses:
            read = _reached(cell.source, own)
            named = {name for source in read for name in _named(source, bound) if not _allowed(name, uses[grade_id])}
            if named:
                found.append(Remark(student, grade_id, tuple(sorted(named))))
    return found


def words(source: str) -> list[str]:
    """A cell's tokens, without comments, docstrings and layout; up to where it is no Python."""
    found: list[str] = []
    statement = True
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
                statement = True
            elif token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER):
                if not (statement and token.type == tokenize.STRING):
                    found.append(token.string)
                statement = False
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def imports(source: str) -> dict[str, str]:
    """The names that a cell's import statements bind, and what they stand for.

    Example:
        >>> imports("import a.b, c as d\\nfrom e import (f, g as h)")
        {'a': 'a', 'd': 'c', 'f': 'e.f', 'h': 'e.g'}
    """
    found = {}
    for module, names, modules in _IMPORT.findall(source):
        for part in (names or modules).strip("() \t\\").split(","):
            name, _, alias = (word.strip() for word in part.partition(" as "))
            if name and module:
                found[alias or name] = f"{module}.{name}"
            elif name:
                found[alias or name.partition(".")[0]] = name if alias else name.partition(".")[0]
    return found


def _named(source: str, bound: Mapping[str, str]) -> Iterator[str]:
    """The full names of what a cell imports, and of imported things that it uses."""
    yield from imports(source).values()
    found = words(source)
    for place, word in enumerate(found):
        if place and found[place - 1] == ".":
            continue
        if word in bound:
            full = bound[word]
            while found[place + 1 : place + 2] == ["."] and place + 2 < len(found):
                full, place = f"{full}.{found[place + 2]}", place + 2
            yield full
        elif word in _REACHING:
            yield word


def _allowed(name: str, uses: Sequence[str]) -> bool:
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top in _REACHING:
        return top not in _REACHING
    return any(f"{name}.".startswith(f"{use}.") or use.startswith(f"{name}.") for use in (*uses, *_ALWAYS))


def _reached(source: str, own: Sequence[str]) -> list[str]:
    """A cell, and the student's own cells that define what it names, and what these name."""
    read, waiting = [], [source]
    while waiting:
        cell = waiting.pop()
        read.append(cell)
        named = set(words(cell))
        waiting += [other for other in own if other not in (*read, *waiting) and names_defined(other) & named]
    return read


def _is_check(cell: NotebookNode) -> bool:
    info = cell.metadata.get("nbgrader", {})
    return bool(info.get("grade")) and not info.get("solution")
