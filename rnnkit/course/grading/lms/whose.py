"""Which student of the roster a file of a download is from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from rnnkit.course.grading.lms.names import Named
from rnnkit.course.grading.lms.roster import Person, plain
from rnnkit.course.grading.lms.tables import cell, columns_of, read_table
from rnnkit.course.grading.screening.files import Refused, quoted

# Of Moodle's grading worksheet, which is downloaded beside the hand-ins (mod/assign/gradingtable.php).
WORKSHEET = {
    "identifier": ("identifier",),
    "name": ("full name",),
    "email": ("email address",),
    "number": ("id number", "username"),
    "time": ("last modified (submission)",),
    "grade": ("grade",),
    "most": ("maximum grade",),
}
_TIMES = ("%d %B %Y, %I:%M %p", "%d %B %Y, %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


@dataclass(frozen=True)
class Participant:
    """A row of Moodle's grading worksheet. `submitted` is None where it names no time that could be read."""

    number: str
    name: str
    email: str
    id_number: str
    submitted: datetime | None


def read_worksheet(path: Path, zone: tzinfo | None = None) -> dict[str, Participant]:
    """The rows of a grading worksheet by the number in "Participant 4711".

    Args:
        path: the CSV file.
        zone: of its times; this machine's by default.

    Raises:
        ValueError: not a grading worksheet.
    """
    rows = read_table(path)
    columns = columns_of(path, rows[0] if rows else [], WORKSHEET)
    if "identifier" not in columns:
        raise ValueError(f"{path}: expected Moodle's grading worksheet, with a column Identifier; received none.")
    found = {}
    for row in rows[1:]:
        number = number_in(cell(row, columns, "identifier"))
        if number:
            name, email, own = (cell(row, columns, title) for title in ("name", "email", "number"))
            found[number] = Participant(number, name, email, own, time_in(cell(row, columns, "time"), zone))
    return found


def number_in(identifier: str) -> str:
    """The number at the end, whatever language the word before it is of.

    Example:
        >>> number_in("Participant 4711"), number_in("Teilnehmer/in4711"), number_in("nobody")
        ('4711', '4711', '')
    """
    digits = len(identifier) - len(identifier.rstrip("0123456789"))
    return identifier[len(identifier) - digits :]


def time_in(text: str, zone: tzinfo | None = None) -> datetime | None:
    """A moment as Moodle writes it in English: "Sunday, 29 November 2026, 2:53 PM"; None if it is none.

    Example:
        >>> from datetime import UTC
        >>> time_in("Sunday, 29 November 2026, 2:53 PM", UTC).isoformat(), time_in("-")
        ('2026-11-29T14:53:00+00:00', None)
    """
    day, comma, rest = text.partition(", ")
    text = rest if comma and day.isalpha() else text
    for form in _TIMES:
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        return moment.replace(tzinfo=zone) if zone else moment.astimezone()
    return None


class Whose:
    """Finds students. Canvas's number decides, or Moodle's worksheet; a name only where it is one student's.

    Args:
        roster: the students.
        worksheet: Moodle's, by the number of its participants.
        groups: members' ids by a group's name; a group's file is that of all.
    """

    def __init__(
        self,
        roster: Sequence[Person],
        worksheet: Mapping[str, Participant] | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.worksheet, self.groups = worksheet or {}, {plain(name): list(ids) for name, ids in (groups or {}).items()}
        self.by_id = {person.id: person for person in roster}
        self.by_lms = {person.lms: person for person in roster if person.lms}
        self.by_email: dict[str, list[Person]] = {}
        self.by_name: dict[str, list[Person]] = {}
        for person in roster:
            self.by_email.setdefault(person.email.casefold(), []).append(person)
            for spelling in person.spellings:
                self.by_name.setdefault(spelling, []).append(person)

    def students(self, named: Named) -> list[str]:
        """The ids: one, or a group's.

        Raises:
            Refused: it cannot be told; the message says why.
        """
        if plain(named.name) in self.groups:
            return self.groups[plain(named.name)]
        if named.platform == "own":
            return [self._one([self.by_id[named.number]] if named.number in self.by_id else [], named)]
        if named.platform == "canvas" and named.number in self.by_lms:
            return [self.by_lms[named.number].id]
        row = self.worksheet.get(named.number) if named.platform == "moodle" else None
        if row is not None:
            if row.id_number in self.by_id:
                return [row.id_number]
            if row.email and row.email.casefold() in self.by_email:
                return [self._one(self.by_email[row.email.casefold()], named)]
        found = self.by_name.get(plain(named.name), [])
        if named.platform == "canvas":  # one with another number is another student of that name
            found = [person for person in found if not person.lms]
        return [self._one(found, named)]

    def group_of(self, student: str) -> Sequence[str]:
        """The members of a student's group; none where there is no group."""
        return next((members for members in self.groups.values() if student in members), ())

    def submitted(self, named: Named) -> datetime | None:
        """When, as the worksheet has it."""
        row = self.worksheet.get(named.number) if named.platform == "moodle" else None
        return row.submitted if row else None

    @staticmethod
    def _one(found: Sequence[Person], named: Named) -> str:
        who = f"{quoted(named.name)} ({quoted(named.number)})"
        if not found:
            raise Refused(f"{who} is not on the roster; see `rnnkit roster`, and for Moodle --worksheet")
        if len(found) > 1:
            ids = ", ".join(person.id for person in found[:4])
            raise Refused(f"{who} can be {ids}; give Moodle's grading worksheet, --worksheet")
        return found[0].id
