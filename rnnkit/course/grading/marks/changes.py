"""Changes of marks for people: old → new."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from rich.table import Table
from rich.text import Text

from rnnkit.course.grading.marks.history import WORDS, Change
from rnnkit.course.grading.marks.names import names_in

CHECK, BY_HAND = WORDS["auto_score"], WORDS["manual_score"]


@dataclass(frozen=True)
class Moved:
    """What came of some changes of one mark together. `stands` are the points by hand, which count in its place."""

    student: str
    unit: str
    name: str
    what: str
    old: float | None
    new: float | None
    stands: float | None = None


def moved(changes: Sequence[Change], gradebook: Gradebook, root: Path) -> list[Moved]:
    """The first old and the last new value of each mark that is another now; one that is new has no old one."""
    ends: dict[tuple[str, str, str, str], tuple[float | None, float | None]] = {}
    for change in changes:
        key = change.unit, change.student, change.cell, change.what
        ends[key] = ends.get(key, (change.old, None))[0], change.new
    names = {unit: names_in(root, unit) for unit in {change.unit for change in changes}}
    rows = []
    for (unit, student, cell, what), (old, new) in sorted(ends.items()):
        if old == new:
            continue
        name = names[unit][cell].name if cell in names[unit] else cell
        stands = _by_hand(gradebook, unit, student, cell) if what == CHECK else None
        rows.append(Moved(student, unit, name, what, old, new, stands))
    return rows


def changes_table(rows: Sequence[Moved], longest: int = 60) -> Table:
    """A row a mark; of a long list a row an exercise, with how many went up and down."""
    table = Table(title="marks that changed", title_justify="left")
    if len(rows) <= longest:
        for name in ("student", "exercise", "by", "old → new", ""):
            table.add_column(name, no_wrap=name == "old → new")
        for row in rows:
            stands = "" if row.stands is None else f"{row.stands:g} by hand stands"
            table.add_row(Text(row.student), row.name, row.what, f"{_told(row.old)} → {_told(row.new)}", stands)
        return table
    for name in ("unit", "exercise", "by", "up", "down", "stands"):
        table.add_column(name, justify="right" if name in ("up", "down", "stands") else "left")
    groups: dict[tuple[str, str, str], list[Moved]] = {}
    for row in rows:
        groups.setdefault((row.unit, row.name, row.what), []).append(row)
    for (unit, name, what), them in sorted(groups.items()):
        counted = [row for row in them if row.stands is None]
        up = sum((row.new or 0) > (row.old or 0) for row in counted)
        table.add_row(unit, name, what, str(up), str(len(counted) - up), str(len(them) - len(counted)))
    return table


def history_table(changes: Sequence[Change], root: Path) -> Table:
    """A row a change."""
    table = Table(title="history of marks", title_justify="left")
    for name in ("when, UTC", "student", "exercise", "old → new", "what", "by"):
        table.add_column(name, no_wrap=name == "old → new")
    names = {unit: names_in(root, unit) for unit in {change.unit for change in changes}}
    for c in changes:
        name = names[c.unit][c.cell].name if c.cell in names[c.unit] else c.cell
        when, by = c.when[:16].replace("T", " "), f"{c.by} ({c.who})" if c.who else c.by
        told = f"{_told(c.old)} → {_told(c.new)}"
        table.add_row(
            when, Text(c.student), f"{c.unit.split('_')[0]}: {name}" if name else c.unit, told, c.what, Text(by)
        )
    return table


def _by_hand(gradebook: Gradebook, unit: str, student: str, cell: str) -> float | None:
    try:
        return gradebook.find_grade(cell, unit, unit, student).manual_score
    except MissingEntry:
        return None


def _told(points: float | None) -> str:
    return "–" if points is None else f"{points:g}"
