"""What the course's notebooks share: profiles, checks that explain themselves, results for the table."""

from rnnkit.course.teaching.checks import check_array, check_equal, check_raises
from rnnkit.course.teaching.profiles import PROFILES, choose, profile
from rnnkit.course.teaching.quiet import quiet
from rnnkit.course.teaching.results import RESULT_MIME, report_result

__all__ = [
    "PROFILES",
    "RESULT_MIME",
    "check_array",
    "check_equal",
    "check_raises",
    "choose",
    "profile",
    "quiet",
    "report_result",
]
