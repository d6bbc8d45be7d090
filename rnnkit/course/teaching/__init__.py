"""What the course's notebooks share: profiles, checks that explain themselves, results for the table."""

from rnnkit.course.teaching.checks import check_array, check_equal, check_raises
from rnnkit.course.teaching.explore import explore
from rnnkit.course.teaching.profiles import PROFILES, choose, profile
from rnnkit.course.teaching.quiet import quiet
from rnnkit.course.teaching.results import RESULT_MIME, report_result
from rnnkit.course.teaching.speaking import CheckFailed, speak_in_jupyter

__all__ = [
    "PROFILES",
    "RESULT_MIME",
    "CheckFailed",
    "check_array",
    "check_equal",
    "check_raises",
    "choose",
    "explore",
    "profile",
    "quiet",
    "report_result",
]

speak_in_jupyter()
