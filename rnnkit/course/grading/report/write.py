"""`rnnkit report`: marks as CSV files and one HTML page."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from nbgrader.apps import NbGrader
from nbgrader.preprocessors import AssignLatePenalties

from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.marks.course import course_app
from rnnkit.course.grading.marks.gradebook import Marks, read_marks
from rnnkit.course.grading.marks.late import LateDays
from rnnkit.course.grading.report.csv_files import canvas_csv, marks_csv, moodle_csv
from rnnkit.course.grading.report.page import html_page
from rnnkit.course.paths import build_dir


def write_report(
    units: Sequence[str] = (), root: Path | None = None, unfinished: bool = False
) -> tuple[Marks, list[Path]]:
    """Write `marks.csv`, `canvas.csv`, `moodle.csv` and `report.html` to `build/report/`.

    Args:
        units: names of units; by default all that somebody handed in.
        root: a project folder, with `course/` in it; found by itself if not given.
        unfinished: give Canvas and Moodle also the points of hand-ins that wait for points given by hand.

    Returns:
        The marks, and the files.

    Raises:
        ValueError: a unit that the gradebook does not know, or nothing handed in.
        FileNotFoundError: no gradebook.
    """
    app = course_app(root)
    marks = read_marks(app, units)
    page = html_page(marks, app.coursedir.course_id or "course", rule_in_words(app), datetime.now().astimezone())
    contents = {
        "marks.csv": marks_csv(marks),
        "canvas.csv": canvas_csv(marks, unfinished),
        "moodle.csv": moodle_csv(marks, unfinished),
        "report.html": page,
    }
    folder = build_dir() / "report"
    for name, content in contents.items():
        # As bytes: the CSV files have the line ends that RFC 4180 wants, on every system.
        write_beside_then_rename(folder / name, content.encode())
    return marks, [folder / name for name in contents]


def rule_in_words(app: NbGrader) -> str:
    """The course's rule for late hand-ins, in a sentence."""
    plugin = AssignLatePenalties(parent=app).plugin_class(parent=app)
    if not isinstance(plugin, LateDays):
        return f"Late hand-ins: by the rule {type(plugin).__name__}; days are counted from the due date."
    unit = "percent of the points reached" if plugin.unit == "percent" else "points"
    return (
        f"Late hand-ins: {plugin.grace_hours:g} h of grace, then {plugin.per_day:g} {unit} for each day begun, "
        f"{plugin.maximum:g} {'percent' if plugin.unit == 'percent' else 'points'} at most."
    )
