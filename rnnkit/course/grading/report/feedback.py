"""`rnnkit feedback`: nbgrader's feedback pages, gathered by student."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.marks.course import course_app, open_gradebook
from rnnkit.course.grading.marks.gradebook import chosen_units
from rnnkit.course.grading.marks.late import renew_penalties
from rnnkit.course.notebooks.derive import run_nbgrader
from rnnkit.course.paths import build_dir, project_root


def write_feedback(units: Sequence[str] = (), root: Path | None = None) -> tuple[list[Path], list[str]]:
    """Run nbgrader's generate_feedback and write `build/feedback/<student>/<unit>.html`.

    The pages are made anew each time: points given by hand do not change the date of a marked notebook.

    Args:
        units: names of units; by default all that somebody handed in.
        root: a project folder, with `course/` in it; found by itself if not given.

    Returns:
        The pages, and what nbgrader said where it could not make one; the others are there all the same.

    Raises:
        ValueError: a unit that the gradebook does not know, or nothing handed in.
        FileNotFoundError: no gradebook.
    """
    app = course_app(root)
    with open_gradebook(app) as gradebook:
        chosen = chosen_units(gradebook, units)
        renew_penalties(app, gradebook, chosen)
    course = (root or project_root()) / "course"
    pages, complaints = [], []
    for unit in chosen:
        with tempfile.TemporaryDirectory() as folder:
            try:
                run_nbgrader(
                    course, "generate_feedback", unit, "--force", f"--CourseDirectory.feedback_directory={folder}"
                )
            except RuntimeError as error:
                complaints.append(str(error))
            for page in sorted(Path(folder).glob(f"*/{unit}/{unit}.html")):
                kept = build_dir() / "feedback" / page.parts[-3] / f"{unit}.html"
                write_beside_then_rename(kept, page.read_bytes())
                pages.append(kept)
    return pages, complaints
