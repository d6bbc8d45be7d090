"""Reading a submission's files: no link is followed, nothing but a regular file is opened, and none beyond its cap."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path

from nbgrader.utils import parse_utc

# In nbgrader's format, always in UTC by default: 2026-11-21 17:47:04.123456 UTC
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)(?: (?:([+-]\d{4})|([A-Z]{1,5})))?", re.ASCII)
_MADE_BY_MACHINES = {".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "__MACOSX", "desktop.ini", "__pycache__"}
# A file system takes 255; a student's files have the name with a process's number and an end.
_NAME_BYTES = 200

_KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}


class Refused(ValueError):
    """A submission that is not marked; the message says why, in words for the instructor."""


class Missing(Refused):
    """Nothing was handed in."""


def quoted(text: object, length: int = 60) -> str:
    """A student's words inside ours: one line, cut, without control characters or anything that turns text around.

    Example:
        >>> quoted("a\\x1b[31m\\nb" + "c" * 100, length=8)
        "'a�[31m�b…'"
    """
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text)[: length + 1])
    return f"'{shown if len(shown) <= length else shown[:length] + '…'}'"


def fit_for_a_name(name: str) -> bool:
    """Whether a folder's name can be a student's id: it reaches paths, patterns, tables and the gradebook.

    Example:
        >>> [fit_for_a_name(name) for name in ("ada", "Jörg Müller", "o'neil-2", "..", "a/b", "a*", "", " ada")]
        [True, True, True, False, False, False, False, False]
    """
    if not 0 < len(name) <= 100 or name != name.strip() or name[0] in ".-" or len(os.fsencode(name)) > _NAME_BYTES:
        return False
    return all(unicodedata.category(c)[0] in "LMN" or c in " ._-'@," for c in name)


@contextmanager
def folder_of(submitted: Path, student: str, unit: str) -> Iterator[int]:
    """A descriptor of the folder <submitted>/<student>/<unit>, reached without following a link below `submitted`.

    Raises:
        Missing: there is no such folder.
        Refused: the student's or the unit's folder is not a plain folder, or its name is none.
    """
    for name in (student, unit):
        if not fit_for_a_name(name):
            raise Refused(f"{quoted(name)} cannot be the name of a student or unit")
    opened = [os.open(submitted, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for name, what in ((student, "student"), (unit, "unit")):
            try:
                _must_be("a folder", os.stat(name, dir_fd=opened[-1], follow_symlinks=False).st_mode, name)
                opened.append(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=opened[-1]))
            except FileNotFoundError:
                raise Missing(f"no folder {quoted(name)} of this {what}") from None
            except OSError as error:
                raise Refused(f"the {what}'s folder {quoted(name)} cannot be opened: {_why(error)}") from None
        yield opened[-1]
    finally:
        for descriptor in reversed(opened):
            os.close(descriptor)


def names_in(folder: int, most: int) -> list[str]:
    """The names in a folder, sorted.

    Raises:
        Refused: there are more than `most`.
    """
    with os.scandir(folder) as entries:
        names = [entry.name for entry in islice(entries, most + 1)]
    if len(names) > most:
        raise Refused(f"the folder holds more than {most} files")
    return sorted(names)


def read(folder: int, name: str, most: int) -> bytes:
    """The bytes of a regular file in a folder.

    Raises:
        FileNotFoundError: it is not there.
        Refused: it is a link, a pipe, a device or a folder, or longer than `most` bytes.
    """
    # Looked at before it is opened: opening a device can do things. And after, in case it was exchanged.
    _must_be("a file", os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode, name)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise Refused(f"{quoted(name)} cannot be opened: {_why(error)}") from None
    with os.fdopen(descriptor, "rb") as file:
        _must_be("a file", os.fstat(file.fileno()).st_mode, name)
        content = file.read(most + 1)
    if len(content) > most:
        raise Refused(f"{quoted(name)} is larger than {most / 1e6:g} MB")
    return content


def notebook_among(names: list[str], unit: str) -> str:
    """The notebook of a unit among the files that were handed in: the right name, or the only one it can be.

    Raises:
        Missing: no notebook.
        Refused: several, and which one is meant cannot be told.

    Example:
        >>> notebook_among(["02_bits (1).ipynb", "notes.ipynb"], "02_bits")
        '02_bits (1).ipynb'
    """
    notebooks = [name for name in names if name.lower().endswith(".ipynb") and not name.startswith(".")]
    if f"{unit}.ipynb" in notebooks:
        return f"{unit}.ipynb"
    if not notebooks:
        raise Missing("no notebook in the folder")
    # What browsers, file managers and JupyterLab make of the name.
    copy = re.compile(re.escape(unit) + r"(?:[ _]?\(\d+\)|[-_ ]?(?:copy|final|solved|submission)?\d*)", re.IGNORECASE)
    close = [name for name in notebooks if copy.fullmatch(name[: -len(".ipynb")])]
    if len(notebooks) == 1 or len(close) == 1:
        return (close or notebooks)[0]
    shown = ", ".join(quoted(name) for name in notebooks[:4])
    raise Refused(f"{len(notebooks)} notebooks, none named {unit}.ipynb, and which is meant cannot be told: {shown}")


def strangers(names: list[str], taken: str) -> list[str]:
    """The files that are left out: all but the notebook, the time stamp, and what machines leave behind."""
    return [name for name in names if name not in (taken, "timestamp.txt") and name not in _MADE_BY_MACHINES]


def time_of(text: str) -> datetime | None:
    """The moment that a timestamp.txt names, in UTC without a zone, as the gradebook keeps it; None if it is not one.

    Example:
        >>> time_of("2026-11-21 17:47:04.5 UTC"), time_of("2026-11-21 17:47:04 +0100"), time_of("yesterday")
        (datetime.datetime(2026, 11, 21, 17, 47, 4, 500000), datetime.datetime(2026, 11, 21, 16, 47, 4), None)
    """
    match = _TIMESTAMP.fullmatch(text.strip())
    if not match:
        return None
    moment, offset, _ = match.groups()
    try:
        # nbgrader would take +0100 for 100 seconds.
        return parse_utc(f"{moment}{offset}" if offset else text.strip())
    except (ValueError, OverflowError):
        return None


def _must_be(wanted: str, mode: int, name: str) -> None:
    kind = _KINDS.get(stat.S_IFMT(mode), "a device")
    if kind != wanted:
        raise Refused(f"{quoted(name)} is {kind}, not {wanted}")


def _why(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
