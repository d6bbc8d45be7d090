# ruff: noqa: E501  (the header of a cell is one line)
"""A course of one unit that imports nothing: two checks, one of them partly hidden, and a question marked by hand."""

import shutil

import jupytext
import nbformat

from rnnkit.course.notebooks.derive import KERNELSPEC, run_nbgrader
from rnnkit.course.paths import project_root

UNIT = "00_tiny"

SCRIPT = '''\
# %% [markdown]
# # Sums

# %% nbgrader={"grade": false, "grade_id": "total", "locked": false, "schema_version": 3, "solution": true, "task": false}
def total(values):
    """The sum of the values."""
    ### BEGIN SOLUTION
    result = 0
    for value in values:
        result = result + value
    return result
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_total", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
assert total([1, 2]) == 3
### BEGIN HIDDEN TESTS
assert total([5, -2, 40]) == 43
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "check_empty", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
assert total([]) == 0

# %% [markdown] nbgrader={"grade": true, "grade_id": "why", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Because the empty sum is the neutral element.
# ### END SOLUTION
'''

RIGHT = "def total(values):\n    return sum(values)"
ANSWER = "Nothing added to nothing is nothing."
# By student: the exercise's cell, the answer. Points of the checks: 8, 2, 6, 0.
WORK = {
    "ada": (RIGHT, ANSWER),
    "bob": ("def total(values):\n    return 0 if not values else 1", ANSWER),
    "cyd": ("def total(values):\n    return sum(values) if values else None", None),
    "dan": (None, None),
}
AUTOMATIC = {"ada": 8, "bob": 2, "cyd": 6, "dan": 0}


def make_course(root):
    """The course's folder, with the unit registered and released, by this project's settings."""
    course = root / "course"
    (course / "source" / UNIT).mkdir(parents=True)
    shutil.copy(project_root() / "course" / "nbgrader_config.py", course)
    notebook = jupytext.reads(SCRIPT, fmt="py:percent")
    notebook.metadata = nbformat.NotebookNode(kernelspec=KERNELSPEC, language_info={"name": "python"})
    nbformat.write(notebook, course / "source" / UNIT / f"{UNIT}.ipynb")
    run_nbgrader(course, "generate_assignment", UNIT, "--force")
    return course


def hand_in(course, student, timestamp=None):
    """Put a student's work where nbgrader looks for it."""
    solution, answer = WORK[student]
    notebook = nbformat.read(course / "release" / UNIT / f"{UNIT}.ipynb", as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        replacement = {"total": solution, "why": answer}.get(grade_id)
        if replacement is not None:
            cell.source = replacement
    folder = course / "submitted" / student / UNIT
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{UNIT}.ipynb")
    if timestamp:
        (folder / "timestamp.txt").write_text(timestamp)


def autograde(course, *options):
    """Mark all that was handed in with plain nbgrader."""
    run_nbgrader(course, "autograde", UNIT, "--force", *options)
