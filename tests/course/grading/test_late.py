"""The rule for late hand-ins, by nbgrader: timestamp.txt, due date, plugin."""

import sqlite3

import pytest
from nbgrader.plugins import LateSubmissionPlugin
from traitlets import TraitError
from traitlets.config import Config

from rnnkit.course.grading.marks.late import LateDays
from rnnkit.course.notebooks.derive import run_nbgrader
from tests.course.grading.tiny_course import UNIT

HOUR, DAY = 3600, 24 * 3600


def penalties(root):
    with sqlite3.connect(root / "course" / "gradebook.db") as database:
        return dict(
            database.execute(
                "select sa.student_id, sn.late_submission_penalty from submitted_notebook sn "
                "join submitted_assignment sa on sa.id = sn.assignment_id"
            )
        )


@pytest.mark.timeout(1200)
def test_nbgrader_takes_what_the_course_says(marked):
    # bob has 2 points and is 48 h late: 47 h after the grace are 2 days begun, 20 percent.
    assert penalties(marked) == {"ada": None, "bob": pytest.approx(0.4), "cyd": 0, "dan": None}
    settings = marked / "course" / "nbgrader_config.py"
    changed = 'c.LateDays.unit = "points"\nc.LateDays.per_day = 0.5\nc.LateDays.grace_hours = 0\n'
    settings.write_text(settings.read_text() + changed)
    run_nbgrader(marked / "course", "autograde", UNIT, "--force", "--student=bob")
    run_nbgrader(marked / "course", "autograde", UNIT, "--force", "--student=cyd")
    assert penalties(marked) == {"ada": None, "bob": 1, "cyd": 0.5, "dan": None}


@pytest.mark.parametrize(
    ("seconds", "days"),
    [(0, 0), (HOUR, 0), (HOUR + 1, 1), (HOUR + DAY, 1), (HOUR + DAY + 1, 2), (HOUR + 7 * DAY, 7)],
)
def test_days_begun_after_the_grace(seconds, days):
    rule = LateDays(config=Config(LateDays={"grace_hours": 1}))
    assert rule.days(seconds) == days


@pytest.mark.parametrize(
    ("settings", "score", "days", "penalty"),
    [
        ({"unit": "percent", "per_day": 10, "maximum": 50}, 80, 3, 24),
        ({"unit": "percent", "per_day": 10, "maximum": 50}, 80, 9, 40),
        ({"unit": "percent", "per_day": 30}, 80, 9, 80),
        ({"unit": "points", "per_day": 4, "maximum": 10}, 80, 2, 8),
        ({"unit": "points", "per_day": 4, "maximum": 10}, 80, 3, 10),
        ({"unit": "points", "per_day": 4, "maximum": 10}, 6, 3, 6),
        ({"per_day": 0}, 80, 3, 0),
        ({"per_day": 10}, -1, 3, 0),
    ],
)
def test_cost(settings, score, days, penalty):
    rule = LateDays(grace_hours=0, **settings)
    assert isinstance(rule, LateSubmissionPlugin)
    assert rule.late_submission_penalty("ada", score, days * DAY) == pytest.approx(penalty)


@pytest.mark.parametrize("settings", [{"unit": "apples"}, {"per_day": -1}, {"grace_hours": -1}, {"maximum": -1}])
def test_a_rule_that_makes_no_sense_is_refused(settings):
    with pytest.raises(TraitError, match=next(iter(settings))):
        LateDays(**settings)
