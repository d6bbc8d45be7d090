"""The commands that speak with Moodle and Canvas: `rnnkit roster`, `collect` and `fill`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from rnnkit.course.console import console, errors_in_one_line
from rnnkit.course.paths import UNITS

if TYPE_CHECKING:
    from rnnkit.course.grading.marks.marking import Course

app = typer.Typer()


@app.command()
def roster(
    file: Annotated[Path, typer.Argument(help="CSV: Canvas's gradebook, Moodle's participants, or your own")],
) -> None:
    """Take students' names, e-mail addresses and the platform's numbers into the gradebook."""
    with errors_in_one_line():
        from rnnkit.course.grading.lms.roster import read_roster, write_roster

        people, refused = read_roster(file)
        course = _course()
        with course.gradebook() as gradebook:
            added, changed = write_roster(gradebook, people)
    console.print(f"{len(people)} students: {added} new, {changed} changed", highlight=False)
    for row in refused:
        console.print("[yellow]left out:[/]", escape(row), highlight=False, soft_wrap=True)
    raise typer.Exit(1 if refused else 0)


@app.command()
def collect(
    archives: Annotated[list[Path], typer.Argument(help="downloads of Moodle or Canvas, the later one last")],
    unit: Annotated[str | None, typer.Option(help="by default the one that an archive's name has in it")] = None,
    hand_ins: Annotated[Path, typer.Option(help="folder that `rnnkit grade --submitted` takes")] = Path("hand_ins"),
    worksheet: Annotated[Path | None, typer.Option(help="Moodle's grading worksheet: who is who, and when")] = None,
    zone: Annotated[str | None, typer.Option(help="of the worksheet's times, as Europe/Berlin")] = None,
    groups: Annotated[Path | None, typer.Option(help="CSV with the columns group and student")] = None,
    keep: Annotated[str, typer.Option(help="last or first of several hand-ins")] = "last",
) -> None:
    """Make hand_ins/<student>/<unit>/ of what was handed in on Moodle or Canvas."""
    with errors_in_one_line():
        from rnnkit.course.grading.lms.collect import collect as collect_all
        from rnnkit.course.grading.lms.groups import read_groups
        from rnnkit.course.grading.lms.names import Names
        from rnnkit.course.grading.lms.roster import roster_of
        from rnnkit.course.grading.lms.whose import Whose, read_worksheet
        from rnnkit.course.grading.marks.course import course_app

        course = _course()
        with course.gradebook() as gradebook:
            people = roster_of(gradebook)
        participants = read_worksheet(worksheet, _zone(zone)) if worksheet else {}
        together = read_groups(groups, {person.id for person in people}) if groups else {}
        rows = collect_all(
            archives,
            unit or _unit_in(archives, course.units()),
            hand_ins,
            Names(course_app(course.root.parent)),
            Whose(people, participants, together),
            keep,
        )
    table = Table(title="collected", title_justify="left")
    for name in ("student", "status", "what is to be known"):
        table.add_column(name)
    for row in rows:
        table.add_row(Text(row.student), row.status, Text(row.why))
    console.print(table)
    raise typer.Exit(1 if any(row.status == "refused" for row in rows) else 0)


@app.command()
def fill(
    file: Annotated[Path, typer.Argument(help="CSV of the platform: Moodle's grading worksheet, Canvas's gradebook")],
    unit: Annotated[str | None, typer.Argument(help="of a worksheet; by default the one in the file's name")] = None,
) -> None:
    """Write the marks into a file that the platform made, which it takes back as it is: to build/report/<its name>."""
    with errors_in_one_line():
        from rnnkit._files import write_beside_then_rename
        from rnnkit.course.grading.lms.fill import filled
        from rnnkit.course.grading.marks.course import course_app
        from rnnkit.course.grading.marks.gradebook import read_marks
        from rnnkit.course.paths import build_dir

        course = _course()
        settings = course_app(course.root.parent)
        text, notes = filled(file, lambda units: read_marks(settings, units), course.units(), unit)
        path = build_dir() / "report" / file.name
        write_beside_then_rename(path, text.encode())
    for note in notes:
        console.print("[yellow]Note:[/]", escape(note), highlight=False, soft_wrap=True)
    console.print(f"wrote {path}", highlight=False, soft_wrap=True)


def _course() -> "Course":
    from rnnkit.course.grading.marks.marking import Course

    return Course.here()


def _unit_in(archives: list[Path], units: list[str]) -> str:
    from rnnkit.course.grading.lms.roster import plain

    named = {unit for unit in units for archive in archives if plain(unit) in plain(archive.stem)}
    if len(named) != 1:
        raise ValueError(f"unit: expected one in the archive's name, found {len(named)}; name it: --unit {UNITS[0]}")
    return named.pop()


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"zone: expected a name as Europe/Berlin, received {name!r}.") from None
