"""What the course's notebooks share: profiles, checks that explain themselves, results for the table."""

from rnnkit.teaching.checks import check_array, check_equal, check_raises
from rnnkit.teaching.profiles import PROFILES, choose, profile
from rnnkit.teaching.quiet import quiet
from rnnkit.teaching.results import RESULT_MIME, report_result

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
