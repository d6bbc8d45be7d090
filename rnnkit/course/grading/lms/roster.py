"""`rnnkit roster FILE`: names, e-mail addresses and the platform's numbers, from CSV into nbgrader's gradebook."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, Student

from rnnkit.course.grading.lms.tables import cell, columns_of, read_table
from rnnkit.course.grading.screening.files import fit_for_a_name, quoted

# As Canvas's gradebook export, Moodle's list of participants and its grade export, and nbgrader's own commands name
# them. Where several could be the id, the first that the file has: folders, tables and nbgrader have it as the name.
KNOWN = {
    "id": ("student id", "student_id", "username"),
    "login": ("sis login id", "login", "login id"),
    "sis": ("id number", "sis user id", "idnumber"),
    "email": ("email address", "email", "e-mail", "e-mail address"),
    "first": ("first name", "first_name", "firstname", "given name"),
    "last": ("last name", "last_name", "lastname", "surname"),
    "full": ("student", "full name", "name", "first name / last name"),
    "lms": ("id", "lms_user_id", "lms id", "user id", "canvas user id"),
}
_NO_STUDENT = ("points possible", "student, test")  # rows of Canvas's export


@dataclass(frozen=True)
class Person:
    """A student as the roster has them; `lms` is the platform's number, which Canvas writes into file names."""

    id: str
    first: str = ""
    last: str = ""
    email: str = ""
    lms: str = ""

    @property
    def spellings(self) -> set[str]:
        """The name as platforms may write it."""
        return {plain(self.first + self.last), plain(self.last + self.first)} - {""}


def plain(name: str) -> str:
    """A name by its letters and digits alone, in lower case.

    Example:
        >>> plain("O'Neil, Zoë") == plain("oneilzoë")
        True
    """
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def read_roster(path: Path) -> tuple[list[Person], list[str]]:
    """The students of a CSV file, and which rows were refused, in words.

    Raises:
        ValueError: not a CSV file, or no column that could be the student's id.
    """
    rows = read_table(path)
    columns = columns_of(path, rows[0] if rows else [], KNOWN)
    by = next((name for name in ("id", "login", "sis", "email") if name in columns), None)
    if by is None:
        raise ValueError(
            f"{path}: expected a column for the student's id, one of student id, username, SIS Login ID, ID number or "
            f"email; received {', '.join(rows[0])[:200] if rows else 'an empty file'}."
        )
    people: dict[str, Person] = {}
    refused = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(map(str.strip, row)) or cell(row, columns, "full").casefold() in _NO_STUDENT:
            continue
        person = _person(row, columns, cell(row, columns, by))
        wrong = _wrong(person, people)
        if wrong:
            refused.append(f"row {number}, {quoted(person.id)}: {wrong}")
        else:
            people[person.id] = person
    return list(people.values()), refused


def write_roster(gradebook: Gradebook, people: Sequence[Person]) -> tuple[int, int]:
    """Add students, and bring those known up to date; an empty cell changes nothing, and nobody is taken out.

    Returns:
        How many were added, and how many of the others changed.
    """
    known = {entry.id: entry for entry in gradebook.students}
    added = changed = 0
    for person in people:
        columns = {
            "first_name": person.first,
            "last_name": person.last,
            "email": person.email,
            "lms_user_id": person.lms,
        }
        given = {name: value for name, value in columns.items() if value}
        before = known.get(person.id)
        if before is None:
            gradebook.db.add(Student(id=person.id, **given))
            added += 1
        elif any((getattr(before, name) or "") != value for name, value in given.items()):
            for name, value in given.items():
                setattr(before, name, value)
            changed += 1
    gradebook.db.commit()
    return added, changed


def roster_of(gradebook: Gradebook) -> list[Person]:
    """The students whom the gradebook knows."""
    names = ("id", "first_name", "last_name", "email", "lms_user_id")
    return [Person(*(str(getattr(entry, name) or "") for name in names)) for entry in gradebook.students]


def _person(row: Sequence[str], columns: dict[str, int], student: str) -> Person:
    first, last = cell(row, columns, "first"), cell(row, columns, "last")
    if not (first or last):
        full = cell(row, columns, "full")
        last, comma, first = (part.strip() for part in full.partition(","))  # as Canvas sorts
        if not comma:
            first, _, last = full.rpartition(" ")
    return Person(student, first, last, cell(row, columns, "email"), cell(row, columns, "lms"))


def _wrong(person: Person, before: dict[str, Person]) -> str | None:
    if not fit_for_a_name(person.id):
        return "cannot be a student's id: it names folders"
    if person.id in before:
        return "there before"
    if not all(value.isprintable() and len(value) <= 200 for value in (person.first, person.last, person.email)):
        return "a name or an address that cannot be one"
    if person.email and (person.email.count("@") != 1 or " " in person.email):
        return f"{quoted(person.email)} is no e-mail address"
    if person.lms and person.lms in {other.lms for other in before.values()}:
        return f"{quoted(person.lms)}, the platform's number, is another student's too"
    return None
