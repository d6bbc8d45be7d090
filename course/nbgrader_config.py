"""nbgrader's settings for this course. Run nbgrader from this folder."""

import os

from rnnkit.course.grading.sandbox.provisioner import KERNEL_NAME, KERNELS

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
c.CourseDirectory.course_id = "rnnkit"
# The percent scripts hold solutions and hidden checks: never copied to a release or beside a submission.
c.CourseDirectory.ignore = ["*.py", "*.pyc", "__pycache__", ".ipynb_checkpoints", "feedback", "build"]

c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "*Your answer here.*"

# Marks depend on the checks alone, so the experiments run at their smallest while marking.
os.environ.setdefault("RNNKIT_PROFILE", "check")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# A cell may train a network; nbgrader's 30 s would stop honest work.
c.ExecutePreprocessor.timeout = 600
c.Execute.timeout = 600
# nbgrader fails any check that has written to stderr, TensorFlow's start-up log included.
# An exception is an error output, not stderr, so nothing that matters is lost.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"."
# nbgrader's own autograde runs hand-ins in the sandbox too, or not at all. Only rnnkit grade keeps checks out of reach.
os.environ["JUPYTER_PATH"] = os.pathsep.join([str(KERNELS), *filter(None, [os.environ.get("JUPYTER_PATH")])])
c.Execute.kernel_name = KERNEL_NAME
# A deleted check cell comes back, and is marked.
c.OverwriteCells.add_missing_cells = True

# Late hand-ins. nbgrader compares timestamp.txt beside the notebook with the unit's due date, the student's extension
# included; without a due date nothing is late. Set due dates in the formgrader, or with
#   nbgrader db assignment add 01_xor --duedate "2027-01-15 23:59 CET"
# The rule: an hour of grace for slow networks, then 10 percent of the points reached for each day begun, half of them
# at most, so that late work is still worth doing. For points instead of percent: unit = "points".
# No penalty, only the days in the report: per_day = 0.
c.AssignLatePenalties.plugin_class = "rnnkit.course.grading.marks.late.LateDays"
c.LateDays.unit = "percent"
c.LateDays.per_day = 10
c.LateDays.grace_hours = 1
c.LateDays.maximum = 50
