"""Answers that are nearly the same words: within the class, with the model answer, with a function of rnnkit.

Names count and comments do not. Two short answers may well be alike, so those of few words are left out; what is alike
is shown to whoever marks, side by side, and costs nobody a point.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from textwrap import dedent

from rnnkit.course.grading.report.remarks import words
from rnnkit.course.grading.sandbox.library import package

LEAST = 60  # words of an answer
ALIKE = 0.9  # of two answers' words, those in common, in the same order
_PIECE = 5  # words; pairs that share fewer than half of such pieces are not compared
MODEL = "the model answer"


@dataclass(frozen=True)
class Pair:
    """Two answers to an exercise that are alike; `whose` names students, or where in rnnkit a text is."""

    exercise: str
    whose: tuple[str, str]
    texts: tuple[str, str]
    share: float


def similar(exercise: str, answers: Mapping[str, str], stub: str, model: str) -> list[Pair]:
    """The pairs of answers to an exercise that are alike, the most alike first.

    Args:
        exercise: its grade_id.
        answers: by student.
        stub: the cell as released; an answer that is still the same is none.
        model: the solution.
    """
    same: dict[tuple[str, ...], list[str]] = {}
    for student, text in answers.items():
        found = tuple(words(text))
        if len(found) >= LEAST and text.strip() != stub.strip():
            same.setdefault(found, []).append(student)
    pairs = [
        Pair(exercise, (whose[0], ", ".join(whose[1:])), (answers[whose[0]], answers[whose[1]]), 1.0)
        for whose in same.values()
        if len(whose) > 1
    ]
    pieces = {found: _pieces(found) for found in same}
    for one, other in combinations(same, 2):
        if (share := _share(one, pieces[one], other, pieces[other])) >= ALIKE:
            whose = same[one][0], same[other][0]
            pairs.append(Pair(exercise, whose, (answers[whose[0]], answers[whose[1]]), share))
    for found, students in same.items():
        for name, text, share in [*_of_the_library(pieces[found]), (MODEL, model, _within(pieces[found], model))]:
            if share >= ALIKE:
                pairs.append(Pair(exercise, (", ".join(students), name), (answers[students[0]], text), share))
    return sorted(pairs, key=lambda pair: -pair.share)


def _within(pieces: set[tuple[str, ...]], model: str) -> float:
    """The share of the model answer's pieces that an answer has; 0 for a model answer of few words."""
    known = tuple(words(model))
    return len(pieces & _pieces(known)) / len(_pieces(known)) if len(known) >= LEAST else 0.0


def _of_the_library(pieces: set[tuple[str, ...]]) -> Iterator[tuple[str, str, float]]:
    """The functions of rnnkit that share pieces with an answer: name, text, and the share of theirs that it has."""
    functions, homes = _functions(package())
    for number, count in Counter(number for piece in pieces for number in homes.get(piece, ())).items():
        name, text, most = functions[number]
        yield name, text, count / most


@lru_cache(maxsize=1)
def _functions(folder: Path) -> tuple[list[tuple[str, str, int]], dict[tuple[str, ...], list[int]]]:
    """rnnkit's functions of enough words: name, text and number of pieces; and by piece those that it is in."""
    functions: list[tuple[str, str, int]] = []
    homes: dict[tuple[str, ...], list[int]] = {}
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                source = dedent("\n".join(text.splitlines()[node.body[0].lineno - 1 : node.end_lineno]))
                found = tuple(words(source))
                if len(found) >= LEAST:
                    for piece in _pieces(found):
                        homes.setdefault(piece, []).append(len(functions))
                    functions.append((f"{file.relative_to(folder.parent)}, {node.name}", source, len(_pieces(found))))
    return functions, homes


def _pieces(found: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {found[at : at + _PIECE] for at in range(len(found) - _PIECE + 1)}


def _share(one: tuple, pieces: set, other: tuple, others: set) -> float:
    if 2 * len(pieces & others) < min(len(pieces), len(others)):
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
