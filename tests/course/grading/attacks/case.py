"""What a case of the corpus is, and what it is made of."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode

from rnnkit.course.grading.marks.marking import Course
from tests.course.grading.course import UNIT, solved

# What no student may get to see. No submission of the corpus holds these words itself.
CANARIES = {
    "environment": "canary-in-the-environment-8c1f",
    "home": "canary-in-the-home-folder-8c1f",
    "gradebook": "canary-in-the-gradebook-8c1f",
    "neighbour": "canary-in-another-submission-8c1f",
    "solution": "commutative and associative, up to rounding",
    "hidden check": "default_rng(71)",
    "hidden input": repr(float(np.random.default_rng(71).normal())),  # the first number that `total` is asked
}
# Parts of the corpus run beside each other: each has marks of its own to look for on the machine that they share.
PART = int(os.environ.get("RNNKIT_CORPUS_PART", "0"))
LEFT_BEHIND = str(86313 + PART)  # seconds that a process of a submission's sleeps; by them it is found
WAS_HERE = f"rnnkit-was-here-{PART}"  # name of the files that submissions try to write outside

WRONG = {"total": "def total(x):\n    return 0.0", "apply": "def apply(function, x, rng):\n    return []"}


@dataclass(frozen=True)
class Place:
    """Where a corpus is laid out. Submissions know all of it, which is more than any student knows."""

    course: Course
    home: Path
    submitted: Path
    port: int  # of a listener on loopback

    def solved(self, unit: str = UNIT, **replaced: str) -> NotebookNode:
        return solved(self.course, unit, **replaced)

    def wrong(self, *first: str, last: str | None = None, **replaced: str) -> NotebookNode:
        """No exercise is done right; cells of the student's own come before them, and one comes last."""
        return added(self.solved(**{**WRONG, **replaced}), *first, last=last)

    def right(self, *first: str, last: str | None = None, **replaced: str) -> NotebookNode:
        """Every exercise is done right but for those replaced, beside cells of the student's own."""
        return added(self.solved(**replaced), *first, last=last)


def added(notebook: NotebookNode, *first: str, last: str | None = None) -> NotebookNode:
    """The notebook with cells after its first code cell, and one at its end."""
    at = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code") + 1
    notebook.cells[at:at] = [nbformat.v4.new_code_cell(source, id=f"own-{i}") for i, source in enumerate(first)]
    if last is not None:
        notebook.cells.append(nbformat.v4.new_code_cell(last, id="own-last"))
    return notebook


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Pipe:
    """A named pipe."""


Files = dict[str, "NotebookNode | str | bytes | Link | Pipe"]
Made = NotebookNode | str | bytes | Files | Link | None


@dataclass(frozen=True)
class Case:
    """A submission and what it must get.

    Args:
        name: the student's id ends in it.
        says: what the submission does.
        make: a notebook; or the files of the unit's folder; or a link in the folder's place; or None for no folder.
        points: that it must get.
        why: they are the right ones.
        status: that ours must say; several, divided by |, where chance decides.
        unit, group: `group` names the limits under which it is run.
        plain: False where plain nbgrader would harm the machine; then `harm` says what.
    """

    name: str
    says: str
    make: Callable[[Place], Made]
    points: float
    why: str
    status: str = "marked"
    unit: str = UNIT
    group: str = "usual"
    plain: bool = True
    harm: str = ""
    family: str = field(default="", compare=False)


def lay(made: Made, folder: Path, student: str, unit: str) -> None:
    """Lay a submission where students' work is collected."""
    (folder / student).mkdir(parents=True, exist_ok=True)
    if made is None:
        return
    if isinstance(made, Link):
        (folder / student / unit).symlink_to(made.target)
        return
    if isinstance(made, NotebookNode) or not isinstance(made, dict):
        made = {f"{unit}.ipynb": made}
    for name, content in made.items():
        path = folder / student / unit / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.target)
        elif isinstance(content, Pipe):
            os.mkfifo(path)
        else:
            text = nbformat.writes(content) if isinstance(content, NotebookNode) else content
            path.write_bytes(text.encode() if isinstance(text, str) else text)
