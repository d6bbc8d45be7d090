"""What the names in a platform's download say: whose file, and which.

The patterns are nbgrader's, for its `zip_collect`: its FileNameCollectorPlugin applies them, and one of your own,
set as `c.FileNameCollectorPlugin.named_regexp` in `course/nbgrader_config.py`, is asked first. What a student
chooses, the file's name, stands last in both platforms' names; the first match counts, so it cannot name another
student.

Source:
    Moodle: mod/assign/classes/downloader.php; `Full name_participant_assignsubmission_file/` with the files as they
    were (since 3.1), `Full name_participant_assignsubmission_file_file name` without folders; a group's name and number
    in place of the student's. `_` in names is made a blank.
    Canvas: lib/content_zipper.rb; `lovelaceada_user_attachment_file name`, with `_LATE` behind the name of a late one.
"""

import re
from dataclasses import dataclass

from nbgrader.apps import NbGrader
from nbgrader.plugins import FileNameCollectorPlugin

MOODLE = r"(?P<name>[^/_]+)_(?P<student_id>\d+)_assignsubmission_file(?:_?/(?:.*/)?|_)(?P<file_id>[^/]+)\Z"
CANVAS = r"(?P<name>\w+?)(?P<late>_LATE)?_(?P<student_id>\d+)_\d+_(?P<file_id>[^/]+)\Z"
# In the download of one of the two, and nobody's notebook.
NO_FILES = re.compile(r"[^/]*_assignsubmission_onlinetext|[^/]*_(?:text|link)\.html\Z")
TAKEN = [".ipynb", ".zip"]


@dataclass(frozen=True)
class Named:
    """A file of a download.

    Attributes:
        platform: "moodle", "canvas" or "own".
        number: the platform's number of the student or group; with a pattern of one's own, the student's id.
        name: of the student or group, as far as the platform tells it.
        file: the file's own name.
        late: whether the platform says so.
        timestamp: when it was handed in, with a pattern of one's own that has it.
    """

    platform: str
    number: str
    name: str
    file: str
    late: bool = False
    timestamp: str = ""


class Names:
    """The patterns of both platforms, and of the course.

    Args:
        app: the course, from `course_app`; without it only the platforms' patterns.

    Example:
        >>> names = Names()
        >>> names.read("Ada Lovelace_4711_assignsubmission_file/02.ipynb")
        Named(platform='moodle', number='4711', name='Ada Lovelace', file='02.ipynb', late=False, timestamp='')
        >>> names.read("lovelaceada_LATE_12_345_02-1.ipynb")
        Named(platform='canvas', number='12', name='lovelaceada', file='02-1.ipynb', late=True, timestamp='')
        >>> names.read("notes.ipynb") is None
        True
    """

    def __init__(self, app: NbGrader | None = None) -> None:
        self.patterns = []
        own = FileNameCollectorPlugin(parent=app) if app is not None else FileNameCollectorPlugin()
        if own.named_regexp:
            self.patterns.append(("own", own))
        for platform, pattern in (("moodle", MOODLE), ("canvas", CANVAS)):
            self.patterns.append((platform, FileNameCollectorPlugin(named_regexp=pattern)))
        for _, plugin in self.patterns:
            plugin.log.setLevel("ERROR")  # what fits one pattern does not fit the other
            plugin.valid_ext = sorted({*plugin.valid_ext, *TAKEN, *(end.upper() for end in TAKEN)})

    def read(self, path: str) -> Named | None:
        """What a name says; None where no pattern fits, or the file's kind is not one that is taken."""
        for platform, plugin in self.patterns:
            found = plugin.collect(path)
            if found and found.get("student_id") and found.get("file_id"):
                name = found.get("name") or " ".join(filter(None, map(found.get, ("first_name", "last_name")))) or ""
                late, stamp = bool(found.get("late")), found.get("timestamp") or ""
                return Named(platform, found["student_id"], name, found["file_id"].rpartition("/")[2], late, stamp)
        return None
