"""How `rnnkit formgrader` starts its Jupyter server."""

import sys
from collections.abc import Sequence
from pathlib import Path

_OURS = "rnnkit.course.grading.formgrader"
_THEIRS = "nbgrader.server_extensions"
_OFF = ("formgrader", "assignment_list", "course_list", "validate_assignment")


def server_command(course: Path, options: Sequence[str] = ()) -> list[str]:
    """The command, to be run in the course's folder.

    Args:
        course: that folder, which is all that the server shows.
        options: for Jupyter Server.
    """
    extensions = [f"--ServerApp.jpserver_extensions={_OURS}=True"]
    extensions += [f"--ServerApp.jpserver_extensions={_THEIRS}.{name}=False" for name in _OFF]
    where = [f"--ServerApp.root_dir={course}", "--ServerApp.default_url=/formgrader", "--ServerApp.open_browser=True"]
    return [sys.executable, "-m", "jupyter_server", *where, *extensions, *options]
