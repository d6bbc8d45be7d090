"""Plausible wrong hand-ins of unit 04: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "04_recipes",
    {
        "targets_not_shifted_and_one_target_a_window": ["targets_not_shifted", "last_output_only"],
        "mean_of_probabilities_and_temperature_twice": ["mean_of_probabilities", "temperature_twice"],
        "line_ends_lost_and_logits_changed_in_place": ["line_ends_lost", "logits_changed_in_place"],
    },
)
