"""Plausible wrong hand-ins of unit 08: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "08_energy",
    {
        "diagonal_kept_and_all_units_at_once": ["diagonal_kept", "all_units_at_once"],
        "likelihood_that_overflows_and_weights_without_the_shift": [
            "exponentials_that_overflow",
            "absolute_eigenvalues",
        ],
        "free_energy_without_a_and_cd_from_drawn_hidden_units": ["free_energy_without_a", "drawn_hidden_units"],
    },
)
