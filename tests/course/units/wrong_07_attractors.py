"""Plausible wrong hand-ins of unit 07: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "07_attractors",
    {
        "slope_on_the_wrong_side_and_newton_without_the_identity": [
            "slope_on_the_wrong_side",
            "newton_without_the_identity",
        ],
        "eigenvalues_as_in_continuous_time_and_a_period_of_the_last_state_alone": [
            "eigenvalues_as_in_continuous_time",
            "last_state_alone",
        ],
        "eigenvalues_in_place_of_the_diagonal_and_one_tau_for_all": [
            "eigenvalues_in_place_of_the_diagonal",
            "one_tau_for_all",
        ],
        "frame_not_made_orthogonal": ["frame_not_made_orthogonal"],
    },
)
