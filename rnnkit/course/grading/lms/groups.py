"""Who works together: a CSV file with the columns `group` and `student`, a row a member."""

from collections.abc import Collection
from pathlib import Path

from rnnkit.course.grading.lms.tables import cell, columns_of, read_table

KNOWN = {"group": ("group", "group name", "group_name"), "student": ("student", "student id", "username", "login_id")}


def read_groups(path: Path, students: Collection[str]) -> dict[str, list[str]]:
    """Members' ids by a group's name.

    Args:
        path: the file.
        students: ids on the roster.

    Raises:
        ValueError: a column missing, a member that the roster does not have, or one in two groups.
    """
    rows = read_table(path)
    columns = columns_of(path, rows[0] if rows else [], KNOWN)
    if len(columns) < len(KNOWN):
        raise ValueError(
            f"{path}: expected the columns group and student, received {', '.join(rows[0]) if rows else 'none'}."
        )
    groups: dict[str, list[str]] = {}
    group_of: dict[str, str] = {}
    for number, row in enumerate(rows[1:], start=2):
        group, student = cell(row, columns, "group"), cell(row, columns, "student")
        if not group and not student:
            continue
        if not group or student not in students:
            raise ValueError(
                f"{path}, row {number}: expected a group and a student of the roster, received {row!r:.80}."
            )
        if student in group_of:
            raise ValueError(f"{path}, row {number}: {student} is in {group_of[student]} already; one group each.")
        group_of[student] = group
        groups.setdefault(group, []).append(student)
    return groups
