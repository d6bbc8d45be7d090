"""What a late hand-in costs: nbgrader's LateSubmissionPlugin with a rule in days.

Set in `course/nbgrader_config.py`. nbgrader asks it when it marks, with the seconds between the due date (the student's
extension included) and the time in `timestamp.txt`.
"""

import math
from collections.abc import Callable, Iterable, Iterator

from nbformat.v4 import new_notebook
from nbgrader.api import Assignment, Gradebook, Notebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps import NbGrader
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import Enum, Float

from rnnkit.course.grading.marks.allowances import grant_extensions

SECONDS_A_DAY = 86_400


class LateDays(LateSubmissionPlugin):
    """A fixed penalty for each day begun, after some hours of grace, up to a maximum.

    The clock starts when the hours of grace are over, so that nothing jumps: one second later is one day begun. A
    penalty in percent is taken of the points reached, one in points is the same for all; nbgrader itself never takes
    more than the points reached.

    Traits, all set as `c.LateDays.<name>` in `course/nbgrader_config.py`:
        unit: "percent" of the points reached, or "points".
        per_day: how much each day begun costs.
        grace_hours: how late a hand-in may be without cost.
        maximum: the most that is taken, in the same unit; 100 percent by default.

    Example:
        >>> rule = LateDays(unit="percent", per_day=10, grace_hours=1, maximum=50)
        >>> rule.days(3600), rule.days(3601), rule.days(25 * 3600 + 1)
        (0, 1, 2)
        >>> rule.late_submission_penalty("ada", 80.0, 26 * 3600)
        16.0
    """

    unit = Enum(("percent", "points"), "percent", help="percent of the points reached, or points").tag(config=True)
    per_day = Float(10, min=0, help="cost of each day begun").tag(config=True)
    grace_hours = Float(1, min=0, help="hours after the due date that cost nothing").tag(config=True)
    maximum = Float(100, min=0, help="the most that is taken, in the same unit").tag(config=True)

    def days(self, total_seconds_late: float) -> int:
        """Days begun after the hours of grace."""
        return max(0, math.ceil((total_seconds_late - 3600 * self.grace_hours) / SECONDS_A_DAY))

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float:
        """Points that are taken from `score`; asked by nbgrader.

        Args:
            student_id: not used; the rule is the same for all.
            score: points reached in the notebook.
            total_seconds_late: seconds after the student's due date.

        Returns:
            A penalty ≥ 0, at most `score`.
        """
        cost = min(self.maximum, self.per_day * self.days(total_seconds_late))
        return max(0.0, min(score, cost * score / 100 if self.unit == "percent" else cost))


def days_by_rule(app: NbGrader) -> Callable[[float], int]:
    """A function from seconds late to days begun by the course's rule.

    A rule that does not count days, such as nbgrader's own, gets those since the due date.
    """
    plugin = AssignLatePenalties(parent=app).plugin_class(parent=app)
    return getattr(plugin, "days", lambda seconds: math.ceil(seconds / SECONDS_A_DAY))


def renew_penalties(app: NbGrader, gradebook: Gradebook, units: Iterable[str]) -> None:
    """Apply the course's rule again to the late hand-ins of some units.

    nbgrader applies it while it marks automatically. Points given by hand come later, and extensions too; a penalty
    that depends on them must follow. What writes the gradebook is nbgrader's own step, AssignLatePenalties.
    """
    chosen = list(units)
    grant_extensions(app, gradebook, chosen)
    step = AssignLatePenalties(parent=app)
    step.init_plugin()
    late = list(_outdated(step.plugin_inst, gradebook, chosen))
    gradebook.db.rollback()  # nothing was written; the step opens the gradebook itself
    for names in late:
        step.preprocess(new_notebook(), {"nbgrader": {**names, "db_url": app.coursedir.db_url}})


def _outdated(plugin: LateSubmissionPlugin, gradebook: Gradebook, units: list[str]) -> Iterator[dict[str, str]]:
    """Hand-ins whose penalty is not what the rule gives now."""
    query = gradebook.db.query(
        SubmittedAssignment,
        Assignment.name.label("assignment"),
        Notebook.name.label("notebook"),
        SubmittedNotebook.score.label("score"),
        SubmittedNotebook.late_submission_penalty.label("penalty"),
    ).select_from(SubmittedNotebook)
    query = query.join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    query = query.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    query = query.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    for entry in query.filter(Assignment.name.in_(units)).all():
        submission, due = entry.SubmittedAssignment, 0.0
        if submission.total_seconds_late:
            asked = plugin.late_submission_penalty(submission.student_id, entry.score, submission.total_seconds_late)
            due = min(max(asked or 0.0, 0.0), max(entry.score, 0.0))
        if not math.isclose(due, entry.penalty or 0.0, abs_tol=1e-9):
            yield {"notebook": entry.notebook, "assignment": entry.assignment, "student": submission.student_id}
