"""Plausible wrong hand-ins of unit 02: solution cells replaced, and the checks that they lose, by grade_id.

The wrong solutions are those of the unit's form, where each stands with the checks that it loses.
"""

from rnnkit.course.notebooks.derive import script_of
from rnnkit.course.notebooks.form import form_of

FORM = form_of(script_of("02_bit_counting"))


def submission(*names):
    """A hand-in with the wrong solutions of these names, and the checks that it loses."""
    wrong = [FORM.wrong_solutions()[name] for name in names]
    lost = {check for solution in wrong for check in solution.loses}
    return {solution.exercise: solution.code for solution in wrong}, tuple(sorted(lost))


WRONG = {
    "gradient_sign_reversed": submission("gradient_sign_reversed"),
    "sums_too_early_and_rprop_moves_before_delta": submission("sums_too_early", "moves_before_delta"),
}
