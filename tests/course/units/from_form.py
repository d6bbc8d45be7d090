"""Wrong hand-ins out of a unit's form, where each wrong solution stands with the checks that it loses."""

from rnnkit.course.notebooks.derive import script_of
from rnnkit.course.notebooks.form import form_of


def hand_ins(unit, chosen):
    """Each hand-in's wrong solutions, by their names, as solution cells replaced and the checks that they lose."""
    solutions = form_of(script_of(unit)).wrong_solutions()
    return {name: _submission([solutions[wrong] for wrong in wrongs]) for name, wrongs in chosen.items()}


def _submission(wrong):
    lost = {check for solution in wrong for check in solution.loses}
    return {solution.exercise: solution.code for solution in wrong}, tuple(sorted(lost))
