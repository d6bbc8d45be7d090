"""Tables of numbers in text files of the user's own."""

import csv
from pathlib import Path

TIME_COLUMNS = {"t", "time", "timestamp", "seconds", "time_s", "t_s"}


def read_text(file: Path) -> str:
    """The file's text, or a ValueError where it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file.name}: expected text in UTF-8, received other bytes. Save it as UTF-8.") from None


def read_table(name: str, text: str) -> tuple[tuple[str, ...] | None, list[list[float]]]:
    """Columns' names, if there is a header, and rows of numbers; separated by comma, semicolon, tab or spaces.

    Args:
        name: of the file, for messages.
        text: of the file, not empty.

    Raises:
        ValueError: rows of different widths, or a cell that is not a number; the message names the row.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = next((d for d in (";", "\t", ",") if d in lines[0]), None)
    rows = [line.split() for line in lines] if delimiter is None else list(csv.reader(lines, delimiter=delimiter))
    header = None if all(map(_is_number, rows[0])) else tuple(cell.strip() for cell in rows[0])
    width = len(rows[0])
    table = []
    for number, row in enumerate(rows[1:] if header else rows, start=2 if header else 1):
        if len(row) != width:
            raise ValueError(f"{name}, row {number}: expected {width} columns as in row 1, received {len(row)}.")
        wrong = [cell for cell in row if not _is_number(cell)]
        if wrong:
            raise ValueError(f"{name}, row {number}: expected numbers, received {wrong[0]!r}. Fill or drop the row.")
        table.append([float(cell) for cell in row])
    return header, table


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
