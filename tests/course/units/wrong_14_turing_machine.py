"""Plausible wrong hand-ins of unit 14: solution cells replaced, and the checks that they lose, by grade_id.

The wrong solutions are those of the unit's form, where each stands with the checks that it loses.
"""

from rnnkit.course.notebooks.derive import script_of
from rnnkit.course.notebooks.form import form_of

FORM = form_of(script_of("14_turing_machine"))


def submission(*names):
    """A hand-in with the wrong solutions of these names, and the checks that it loses."""
    wrong = [FORM.wrong_solutions()[name] for name in names]
    lost = {check for solution in wrong for check in solution.loses}
    return {solution.exercise: solution.code for solution in wrong}, tuple(sorted(lost))


WRONG = {
    "starts_with_the_second": submission("starts_with_the_second"),
    "moves_backwards_and_powers_that_vanish": submission("moves_backwards", "powers_that_vanish"),
    "overflowing_strength_and_written_in_place": submission("overflowing_strength", "written_in_place"),
}
