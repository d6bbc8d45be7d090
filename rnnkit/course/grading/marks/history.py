"""Which mark changed, when and by what: a line a change, in a file beside the gradebook to which lines are only added.

Every change that goes through nbgrader's gradebook in a process of `rnnkit` is written when it is committed, those made
in the formgrader among them. What was changed elsewhere is found by comparing, and said to be so.
"""

import getpass
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Assignment, BaseCell, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from rnnkit._files import write_beside_then_rename
from rnnkit.course.paths import project_root

WORDS = {"auto_score": "check", "manual_score": "by hand", "extra_credit": "extra credit"}
LATE = "late days"
ELSEWHERE = "found in the gradebook"
_PENDING = "rnnkit changes"
_by: ContextVar[str] = ContextVar("by", default="")
_silent: ContextVar[bool] = ContextVar("silent", default=False)


@dataclass(frozen=True)
class Change:
    """A mark that changed. `cell` is the grade_id, or empty for a late penalty; `what` is one of WORDS or LATE."""

    when: str
    by: str
    who: str
    student: str
    unit: str
    cell: str
    what: str
    old: float | None
    new: float | None


def history_path(db_url: str) -> Path | None:
    """The file of a gradebook: beside it, or in the course's folder where a server keeps it; None in memory."""
    url = make_url(db_url)
    if url.get_backend_name() != "sqlite":
        return project_root() / "course" / "gradebook.db.history.jsonl"
    return Path(f"{url.database}.history.jsonl") if url.database else None


def read_history(db_url: str, after: int = 0) -> list[Change]:
    """All changes in their order, from a place in the file on, without a line that was not written to its end."""
    path = history_path(db_url)
    if path is None or not path.is_file():
        return []
    with path.open("rb") as file:
        file.seek(after)
        lines = file.read().decode(encoding="utf-8", errors="replace").split("\n")
    return [Change(**json.loads(line)) for line in lines if line.endswith("}")]


def end_of(db_url: str) -> int:
    """The place where the next change will stand."""
    path = history_path(db_url)
    return path.stat().st_size if path is not None and path.is_file() else 0


@contextmanager
def changed_by(what: str) -> Iterator[None]:
    """Within this block changes are said to be by `what`; by default by the command that was typed."""
    token = _by.set(what)
    try:
        yield
    finally:
        _by.reset(token)


@contextmanager
def unwritten() -> Iterator[None]:
    """Within this block nothing is written: marks are taken away to be given again as they were."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def note_lost(db_url: str, marks: Iterable[tuple[str, str, str, float]]) -> None:
    """Write down marks by hand that are no more: student, unit, cell, points."""
    by_hand = WORDS["manual_score"]
    lines = [_change(student, unit, cell, by_hand, points, None) for student, unit, cell, points in marks]
    _append(db_url, lines)


def take_note(gradebook: Gradebook, db_url: str) -> int:
    """Write down what the gradebook has and the history does not know: changes by other programs, or of before.

    Returns:
        How many.
    """
    known = {(c.student, c.unit, c.cell, c.what): c.new for c in read_history(db_url)}
    found = [
        _change(*key, known.get(key), value, ELSEWHERE)
        for key, value in _marks_in(gradebook)
        if value != known.get(key) and (value or known.get(key))
    ]
    _append(db_url, found)
    return len(found)


def forget_in_history(db_url: str, student: str) -> int:
    """Take a student's lines out of the history, as a whole or not at all. Returns how many there were."""
    changes = read_history(db_url)
    kept = [change for change in changes if change.student != student]
    path = history_path(db_url)
    if path is not None and len(kept) < len(changes):
        write_beside_then_rename(path, "".join(map(_line, kept)))
    return len(changes) - len(kept)


def _marks_in(gradebook: Gradebook) -> Iterator[tuple[tuple[str, str, str, str], float | None]]:
    columns = [getattr(Grade, name) for name in WORDS]
    query = gradebook.db.query(SubmittedAssignment.student_id, Assignment.name, BaseCell.name.label("cell"), *columns)
    query = query.select_from(Grade).join(BaseCell, BaseCell.id == Grade.cell_id)
    query = query.join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
    query = query.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    query = query.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    for student, unit, cell, *values in query:
        for what, value in zip(WORDS.values(), values, strict=True):
            yield (student, unit, cell, what), value
    query = gradebook.db.query(SubmittedAssignment.student_id, Assignment.name, SubmittedNotebook)
    query = query.select_from(SubmittedNotebook)
    query = query.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    query = query.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    for student, unit, notebook in query:
        yield (student, unit, "", LATE), notebook.late_submission_penalty


def _change(
    student: str, unit: str, cell: str, what: str, old: float | None, new: float | None, by: str | None = None
) -> Change:
    command = " ".join(["rnnkit", *sys.argv[1:2]])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Change(now, by or _by.get() or command, _user(), student, unit, cell, what, old, new)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return ""


def _line(change: Change) -> str:
    return json.dumps(asdict(change), ensure_ascii=False) + "\n"


def _append(db_url: str, changes: Iterable[Change]) -> None:
    text, path = "".join(map(_line, changes)), history_path(db_url)
    if path is None or not text:
        return
    with path.open("a+b", buffering=0) as file:  # one write: two graders do not mix their lines
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":  # a line that was cut off stays alone
                text = "\n" + text
        file.write(text.encode())


def _collect(session: Session, _: object) -> None:
    """After a flush, when old and new values are both there."""
    if _silent.get():
        return
    for entry in [*session.new, *session.dirty]:
        if isinstance(entry, Grade):
            names = entry.student.id, entry.assignment.name, entry.name
            fields = WORDS
        elif isinstance(entry, SubmittedNotebook):
            names, fields = (entry.student.id, entry.assignment.assignment.name, ""), {"late_submission_penalty": LATE}
        else:
            continue
        for field, what in fields.items():
            history = inspect(entry).attrs[field].history
            old, new = (next(iter(values or ()), None) for values in (history.deleted, history.added))
            if history.has_changes() and old != new and (what != LATE or old or new):
                session.info.setdefault(_PENDING, []).append(_change(*names, what, old, new))


def _write(session: Session) -> None:
    changes = session.info.pop(_PENDING, None)
    if changes:
        _append(session.get_bind().engine.url.render_as_string(hide_password=False), changes)


def _drop(session: Session) -> None:
    session.info.pop(_PENDING, None)


def _watch() -> None:
    for column in [*(getattr(Grade, name) for name in WORDS), SubmittedNotebook.late_submission_penalty]:
        event.listen(column, "set", lambda *_: None, active_history=True)  # so that the old value is read first
    event.listen(Session, "after_flush", _collect)
    event.listen(Session, "after_commit", _write)
    event.listen(Session, "after_rollback", _drop)


_watch()
