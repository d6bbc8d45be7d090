"""CSV files of people: separators, encodings and names of columns as platforms and spreadsheets write them."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

MOST_BYTES = 20_000_000


def read_table(path: Path) -> list[list[str]]:
    """The rows of a CSV file, in UTF-8 or UTF-16, with commas, semicolons or tabs.

    Raises:
        ValueError: it is none.
    """
    if not path.is_file():
        raise ValueError(f"{path}: expected a CSV file, found none there.")
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path}: expected a CSV file of at most {MOST_BYTES / 1e6:g} MB, received a larger one.")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: expected a CSV file in UTF-8; save it again, as CSV UTF-8.") from None
    if "\0" in text:
        raise ValueError(f"{path}: expected a CSV file, received one that is no text.")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if row]
    except csv.Error as error:
        raise ValueError(f"{path}: expected a CSV file, received one that cannot be read ({error}).") from None


def columns_of(path: Path, header: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Where the columns are that have one of the known names, upper and lower case alike.

    Raises:
        ValueError: two columns have names of the same.
    """
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        for name, titles in known.items():
            if title.strip().casefold() in titles:
                if name in found:
                    raise ValueError(f"{path}: expected one column for the {name}, received two.")
                found[name] = place
    return found


def cell(row: Sequence[str], columns: Mapping[str, int], name: str) -> str:
    """A cell without blanks around it; empty where the table has no such column, or the row ends before."""
    place = columns.get(name, len(row))
    return row[place].strip() if place < len(row) else ""
