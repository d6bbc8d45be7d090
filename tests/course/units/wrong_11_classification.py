"""Plausible wrong hand-ins of unit 11: solution cells replaced, and the checks that they lose, by grade_id.

The wrong solutions are those of the unit's form, where each stands with the checks that it loses.
"""

from rnnkit.course.notebooks.derive import script_of
from rnnkit.course.notebooks.form import form_of

FORM = form_of(script_of("11_classification"))


def submission(*names):
    """A hand-in with the wrong solutions of these names, and the checks that it loses."""
    wrong = [FORM.wrong_solutions()[name] for name in names]
    lost = {check for solution in wrong for check in solution.loses}
    return {solution.exercise: solution.code for solution in wrong}, tuple(sorted(lost))


WRONG = {
    "padding_in_the_mean": submission("padding_in_the_mean"),
    "softmax_over_time_and_windows_split": submission("softmax_over_time", "windows_split"),
}
