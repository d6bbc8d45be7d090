"""Plausible wrong hand-ins of unit 10: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "10_system_identification",
    {
        "oldest_first_and_a_free_run_that_is_none": ["oldest_first", "only_the_given_outputs"],
        "present_output_among_the_regressors_and_entropy_for_information": ["present_output", "entropy_of_the_pairs"],
        "a_ridge_that_nobody_asked_for_and_the_state_before_the_step": ["a_ridge", "state_before_the_step"],
    },
)
