"""`rnnkit collect`: the download of a platform becomes hand_ins/<student>/<unit>/; a bad file stops no other."""

import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from rnnkit.course.grading.lms.names import NO_FILES, TAKEN, Named, Names
from rnnkit.course.grading.lms.unzip import Member, Zip, ZipLimits, file_name
from rnnkit.course.grading.lms.whose import Whose
from rnnkit.course.grading.screening.content import SizeLimits
from rnnkit.course.grading.screening.files import Refused, fit_for_a_name, quoted, time_of

EARLIER = "_earlier"  # hand_ins_earlier/<student>/<unit>/<1, 2, …> has what was replaced
_INSIDE = ZipLimits(files=SizeLimits.files, all_bytes=4 * SizeLimits.notebook_bytes)


@dataclass(frozen=True)
class Collected:
    """A row of the table. Status: new, replaced, unchanged, kept or refused."""

    student: str
    status: str
    why: str = ""


@dataclass
class _HandIn:
    """What one student or group handed in."""

    named: Named
    students: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    submitted: datetime | None = None


def collect(
    archives: Sequence[Path], unit: str, hand_ins: Path, names: Names, whose: Whose, keep: str = "last"
) -> list[Collected]:
    """Write the hand-ins of a unit where `rnnkit grade` takes them.

    Args:
        archives: downloads, the later one behind the earlier one.
        unit: the unit.
        hand_ins: gets <student>/<unit>/ with the notebook, and timestamp.txt where the time is known.
        names: patterns of file names.
        whose: finds the student.
        keep: "last" or "first" of several hand-ins. What is not kept lies in <hand_ins>_earlier.

    Returns:
        A row a student, and one for each file that was refused.

    Raises:
        ValueError: an archive that is none, or a name that cannot be the unit's.
    """
    if not fit_for_a_name(unit):
        raise ValueError(f"unit: expected the name of a unit, received {unit!r}.")
    if keep not in ("last", "first"):
        raise ValueError(f"keep: expected last or first, received {keep!r}.")
    rows: dict[str, Collected] = {}
    refused: list[Collected] = []
    for archive in archives:
        for hand_in in _read(Zip(archive), names, whose, refused):
            for student in hand_in.students:
                row = _write(hand_ins, student, unit, hand_in, keep)
                rows[student] = row if student not in rows or row.status != "unchanged" else rows[student]
    return [*sorted(rows.values(), key=lambda row: row.student), *refused]


def _read(archive: Zip, names: Names, whose: Whose, refused: list[Collected]) -> list[_HandIn]:
    """The hand-ins of an archive; a student with two of them, by two numbers, has none."""
    found: dict[tuple[str, str, str], _HandIn] = {}
    for member in archive.members(tuple(TAKEN)):
        try:
            named = _named(member, names)
            if named is None:
                continue
            key = named.platform, named.number, named.name
            if key not in found:
                found[key] = _HandIn(named, whose.students(named), submitted=_moment(named, whose))
            hand_in = found[key]
            for name, content in _files(named.file, member.content):
                hand_in.files.setdefault(name, content)
        except Refused as error:
            refused.append(Collected(quoted(member.path, 80), "refused", str(error)))
    hand_ins = _of_whole_groups(list(found.values()), whose)
    for student, several in _claims(hand_ins).items():
        if len(several) > 1:
            numbers = ", ".join(quoted(hand_in.named.number) for hand_in in several[:4])
            refused.append(Collected(student, "refused", f"several hand-ins by the numbers {numbers}; whose is which?"))
            for hand_in in several:
                hand_in.students = [other for other in hand_in.students if other != student]
    return [hand_in for hand_in in hand_ins if hand_in.students and hand_in.files]


def _of_whole_groups(found: list[_HandIn], whose: Whose) -> list[_HandIn]:
    """What one member handed in is the group's; of several, if all are dated, the last."""
    of_group: dict[tuple[str, ...], list[_HandIn]] = {}
    alone = []
    for hand_in in found:
        members = tuple(whose.group_of(hand_in.students[0]))
        if members and hand_in.files:
            hand_in.students = list(members)
            of_group.setdefault(members, []).append(hand_in)
        else:
            alone.append(hand_in)
    for several in of_group.values():
        moments = [hand_in.submitted for hand_in in several if hand_in.submitted is not None]
        if len(moments) == len(several):
            several[:] = [next(hand_in for hand_in in several if hand_in.submitted == max(moments))]
    return [*alone, *(hand_in for several in of_group.values() for hand_in in several)]


def _claims(found: Sequence[_HandIn]) -> dict[str, list[_HandIn]]:
    claims: dict[str, list[_HandIn]] = {}
    for hand_in in found:
        for student in hand_in.students:
            claims.setdefault(student, []).append(hand_in)
    return claims


def _named(member: Member, names: Names) -> Named | None:
    """What a member's name says; None for what is nobody's notebook."""
    if member.refusal:
        raise Refused(member.refusal)
    parts = member.path.split("/")
    if "__MACOSX" in parts or parts[-1].startswith("."):
        return None
    if not member.path.lower().endswith(tuple(TAKEN)):
        if names.read(f"{member.path}.ipynb") is None and not NO_FILES.search(member.path):
            raise Refused("whose it is cannot be told from its name")
        return None
    named = names.read(member.path)
    if named is None:
        raise Refused("whose it is cannot be told from its name")
    return replace(named, file=file_name(named.file))


def _moment(named: Named, whose: Whose) -> datetime | None:
    found = whose.submitted(named)
    if found is None and named.timestamp:
        known = time_of(named.timestamp)
        found = known.replace(tzinfo=UTC) if known else None
    return found


def _files(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """The notebooks of a file: itself, or those in an archive that a student made."""
    if not name.lower().endswith(".zip"):
        return [(name, content)]
    try:
        inside = Zip(content, _INSIDE)
    except ValueError as error:
        raise Refused(str(error)) from None
    found = []
    for member in inside.members((".ipynb",)):
        if member.refusal:
            raise Refused(f"in it {quoted(member.path)}: {member.refusal}")
        last = member.path.rpartition("/")[2]
        if last.lower().endswith(".ipynb") and "__MACOSX" not in member.path and not last.startswith("."):
            found.append((file_name(last), member.content))
    if not found:
        raise Refused("an archive without a notebook")
    return found


def _write(hand_ins: Path, student: str, unit: str, hand_in: _HandIn, keep: str) -> Collected:
    """One student's folder, written whole or not at all; what was there goes to <hand_ins>_earlier."""
    files: Mapping[str, bytes] = dict(hand_in.files)
    if hand_in.submitted is not None:
        files = {**files, "timestamp.txt": f"{hand_in.submitted.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode()}
    told = "late, says the platform, and not when" if hand_in.named.late and hand_in.submitted is None else ""
    place = hand_ins / student / unit
    for folder in (place.parent, place):
        if folder.is_symlink() or (folder.exists() and not stat.S_ISDIR(folder.lstat().st_mode)):
            return Collected(student, "refused", f"{folder} is no plain folder")
    attempts = hand_ins.with_name(hand_ins.name + EARLIER) / student / unit
    old = place.is_dir()
    if old and _same(place, files):
        return Collected(student, "unchanged", told)
    if any(_same(folder, files) for folder in attempts_in(attempts)):
        return Collected(student, "kept", "handed in again what was there before")
    beside = attempts / f".{os.getpid()}.part"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    for name, content in files.items():
        (beside / name).write_bytes(content)
    number = attempts / str(1 + max((int(folder.name) for folder in attempts_in(attempts)), default=0))
    if old and keep == "first":
        beside.rename(number)
        return Collected(student, "kept", "the first counts")
    place.parent.mkdir(parents=True, exist_ok=True)
    if old:
        place.rename(number)
    beside.rename(place)
    for folder in (attempts, attempts.parent, attempts.parent.parent):
        if not any(folder.iterdir()):
            folder.rmdir()
    return Collected(student, "replaced" if old else "new", told)


def attempts_in(folder: Path) -> list[Path]:
    """The hand-ins that were replaced, in order."""
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name))


def _same(folder: Path, files: Mapping[str, bytes]) -> bool:
    there = {path.name for path in folder.iterdir()}
    return there == set(files) and all((folder / name).read_bytes() == content for name, content in files.items())
