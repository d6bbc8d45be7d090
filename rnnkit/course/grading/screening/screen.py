"""Reads what students handed in without trusting any of it, before nbgrader or a kernel sees it.

A submission becomes a clean notebook, made anew of the cells' text and the release's metadata, with a list of what was
mended; or it is refused with a reason. One bad submission never stops the others.
"""

import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.screening.cells import Matching, clean_notebook
from rnnkit.course.grading.screening.content import SizeLimits, plain_cells
from rnnkit.course.grading.screening.files import (
    Missing,
    Refused,
    fit_for_a_name,
    folder_of,
    names_in,
    notebook_among,
    quoted,
    read,
    strangers,
    time_of,
)
from rnnkit.course.notebooks.derive import KERNELSPEC

__all__ = ["Screened", "SizeLimits", "oddities", "refused_folders", "screen", "stage", "students_in"]

_LINK, _NO_NAME = "a link", "a name that cannot be a student's id"
_TOLD = 20  # of many repairs and strange names the first are told


@dataclass(frozen=True)
class Screened:
    """What became of a submission.

    Attributes:
        student: the folder's name.
        unit: the unit's name.
        notebook: the clean notebook; None where it was refused or is missing.
        repairs: what was mended or left out, in words. A student's words in it are in quotation marks, on one line and
            without control characters, but for HTML and for terminals with markup they have yet to be escaped.
        refusal: why it is not marked, in words; it begins with "missing: " where nothing was handed in.
        submitted: when, in UTC, by a timestamp.txt in nbgrader's format.
    """

    student: str
    unit: str
    notebook: NotebookNode | None
    repairs: tuple[str, ...]
    refusal: str | None
    submitted: datetime | None


def students_in(submitted: Path) -> list[str]:
    """The students who handed in: names of the plain folders in `submitted`, sorted. The rest is told by `oddities`.

    Raises:
        ValueError: `submitted` is not a folder.
    """
    return [name for name, odd in _entries(submitted) if odd is None]


def refused_folders(submitted: Path) -> list[tuple[str, str]]:
    """What lies in `submitted`, is no student's folder, but may be meant as one: its name in quotation marks, and why.

    Raises:
        ValueError: `submitted` is not a folder.
    """
    return [(quoted(name), odd) for name, odd in _entries(submitted) if odd in (_LINK, _NO_NAME)]


def oddities(submitted: Path) -> list[str]:
    """What lies in `submitted` and is no student's folder, in words: links, files, names that cannot be ids.

    Raises:
        ValueError: `submitted` is not a folder.
    """
    return [f"{quoted(name)} left out: {odd}" for name, odd in _entries(submitted) if odd is not None]


def screen(
    submitted: Path, student: str, unit: str, released: NotebookNode, limits: SizeLimits | None = None
) -> Screened:
    """Read one submission. Whatever it holds, this returns.

    Args:
        submitted: the folder with a folder for each student.
        student: the student's folder in it.
        unit: the unit's folder in that, and the notebook's name.
        released: the unit's notebook as students got it; its grade_ids, points, flags and checks are the truth.
        limits: caps on sizes.

    Returns:
        The clean notebook with what was mended, or the reason why there is none. The clean notebook holds every
        released graded cell once, with the release's metadata, checks as released, answers and all other cells as
        handed in, without outputs, attachments and other metadata. The same submission gives the same notebook.
    """
    limits = limits or SizeLimits()
    repairs: list[str] = []
    notebook, refusal, moment = None, None, None
    try:
        with folder_of(submitted, student, unit) as folder:
            names = names_in(folder, limits.files)
            moment = _moment(folder, names, repairs)
            content = _handed_in(folder, names, unit, limits, repairs)
        notebook = _cleaned(content, released, limits, repairs)
    except Missing as error:
        refusal = f"missing: {error}"
    except Refused as error:
        refusal = str(error)
    except Exception as error:  # a submission of a kind that nobody thought of must not stop the others
        refusal = f"could not be read ({type(error).__name__})"
    if len(repairs) > _TOLD:
        repairs[_TOLD:] = [f"and {len(repairs) - _TOLD} more"]
    return Screened(student, unit, notebook, tuple(repairs), refusal, moment)


def stage(screened: Screened, folder: Path) -> Path:
    """Write a clean notebook where nbgrader, told that `folder` is its submitted folder, looks for it.

    Args:
        screened: with a notebook.
        folder: gets <student>/<unit>/<unit>.ipynb, and timestamp.txt beside it if the time is known.

    Returns:
        The notebook's path.

    Raises:
        ValueError: there is no notebook, or a name that cannot be a folder's.
    """
    if screened.notebook is None:
        raise ValueError(
            f"screened: expected a submission with a notebook, received {screened.student}'s, which has none "
            f"({screened.refusal}); stage only what was not refused."
        )
    for name in (screened.student, screened.unit):
        if not fit_for_a_name(name):
            raise ValueError(f"screened: expected names that can be folders, received {name!r}; use what screen gives.")
    path = folder / screened.student / screened.unit / f"{screened.unit}.ipynb"
    stamp = path.with_name("timestamp.txt")
    if screened.submitted is None:
        stamp.unlink(missing_ok=True)
    else:
        write_beside_then_rename(stamp, f"{screened.submitted:%Y-%m-%d %H:%M:%S.%f} UTC\n")
    write_beside_then_rename(path, nbformat.writes(screened.notebook) + "\n")
    return path


def _entries(submitted: Path) -> list[tuple[str, str | None]]:
    if not submitted.is_dir():
        raise ValueError(
            f"submitted: expected a folder with a folder for each student, received {submitted}, which is none; "
            "name the right one with --submitted."
        )
    found: list[tuple[str, str | None]] = []
    for path in sorted(submitted.iterdir()):
        mode = path.lstat().st_mode
        odd = None
        if stat.S_ISLNK(mode):
            odd = _LINK
        elif not stat.S_ISDIR(mode):
            odd = "not a folder"
        elif not fit_for_a_name(path.name):
            odd = _NO_NAME
        found.append((path.name, odd))
    return found


def _moment(folder: int, names: list[str], repairs: list[str]) -> datetime | None:
    if "timestamp.txt" not in names:
        return None
    try:
        moment = time_of(read(folder, "timestamp.txt", 1000).decode("ascii", errors="replace"))
    except Refused as error:
        repairs.append(f"no time of handing in: {error}")
        return None
    if moment is None:
        repairs.append("no time of handing in: timestamp.txt is not in nbgrader's format")
    return moment


def _handed_in(folder: int, names: list[str], unit: str, limits: SizeLimits, repairs: list[str]) -> bytes:
    name = notebook_among(names, unit)
    if name != f"{unit}.ipynb":
        repairs.append(f"renamed from {quoted(name)}")
    others = strangers(names, name)
    if others:
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        repairs.append(f"left out: {', '.join(quoted(other) for other in others[:5])}{more}")
    return read(folder, name, limits.notebook_bytes)


def _cleaned(content: bytes, released: NotebookNode, limits: SizeLimits, repairs: list[str]) -> NotebookNode:
    cells, kernel = plain_cells(content, limits, repairs)
    if kernel is not None and kernel != KERNELSPEC["name"]:
        repairs.append(f"kernel {quoted(kernel)} replaced by {KERNELSPEC['name']}")
    found = Matching(cells, released, repairs).find()
    notebook = clean_notebook(cells, found, released, repairs)
    nbformat.validate(notebook)
    return notebook
