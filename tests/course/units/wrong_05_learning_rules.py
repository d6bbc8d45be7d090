"""Plausible wrong hand-ins of unit 05: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "05_learning_rules",
    {
        "recurrent_weights_not_transposed": ["recurrent_weights_not_transposed"],
        "error_of_the_step_alone_and_no_q": ["error_of_the_step_alone", "without_q"],
        "delta_ip_missing": ["delta_ip_missing"],
        "w_transposed_and_ekf_sign_and_global": [
            "w_transposed",
            "away_from_the_target",
            "one_filter_for_all_weights",
        ],
    },
)
