"""The course as nbgrader sees it: its settings and its gradebook."""

import sys
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGrader

from rnnkit.course.grading.marks import history  # noqa: F401  (from here on it writes down what changes)
from rnnkit.course.paths import project_root


def course_app(root: Path | None = None) -> NbGrader:
    """nbgrader's application with the settings that its commands have in the course folder.

    Args:
        root: a project folder, with `course/` in it; found by itself if not given.

    Returns:
        The application: `config` holds the settings, `coursedir` the folders and the gradebook's URL.
    """
    course = (root or project_root()) / "course"
    before = list(sys.path)
    app = NbGrader(log_level="CRITICAL")
    app.load_cwd_config = False  # the course's settings count, whatever folder this is called from
    try:
        app.initialize([], root=str(course))
    finally:
        sys.path[:] = before  # nbgrader puts the current folder in front
    return app


def open_gradebook(app: NbGrader) -> Gradebook:
    """The gradebook of a course, to be used in a `with` statement.

    Raises:
        FileNotFoundError: an SQLite gradebook that is not there; opening it would make an empty one.
    """
    url = app.coursedir.db_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        raise FileNotFoundError(
            f"no gradebook at {url.removeprefix('sqlite:///')}; run `rnnkit notebooks` and `rnnkit grade` first, "
            "or name another by c.CourseDirectory.db_url in course/nbgrader_config.py."
        )
    return Gradebook(url, app.coursedir.course_id)
