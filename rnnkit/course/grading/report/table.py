"""`rnnkit marks`: the marks in a terminal of 80 columns."""

from collections.abc import Collection

from rich.table import Table
from rich.text import Text

from rnnkit.course.grading.marks.gradebook import Marks


def marks_table(marks: Marks, students: Collection[str] = ()) -> Table:
    """A row a student and unit; the total is told only where all is marked.

    Args:
        marks: what the gradebook has.
        students: of these alone; all by default.

    Raises:
        ValueError: one that is not known.
    """
    if unknown := sorted(set(students) - {student.id for student in marks.students}):
        raise ValueError(f"student: expected one that the gradebook knows, received {', '.join(unknown)}.")
    table = Table(title="marks", title_justify="left")
    for name in ("student", "unit", "checks", "by hand", "late", "total"):
        table.add_column(name, justify="left" if name in ("student", "unit") else "right")
    for mark in marks.rows:
        if students and mark.student.id not in students:
            continue
        total = f"{mark.total:g}" if mark.final else "waits" if mark.counts else mark.status
        given = f"{mark.manual:g}" + (f" + {mark.manual_open:g} open" if mark.manual_open else "")
        late = f"−{mark.penalty:g}" if mark.penalty else ""
        row = (f"{mark.automatic:g}", given, late) if mark.counts else ("", "", "")
        table.add_row(Text(mark.student.id), mark.unit, *row, total)
    return table
