"""Plausible wrong hand-ins of unit 13: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "13_attention",
    {
        "column_before_row": ["column_before_row"],
        "density_of_the_clipped_and_punishes_the_right": ["density_of_the_clipped", "punishes_the_right"],
        "best_is_the_mean_and_baseline_learns_from_the_policy": ["best_is_the_mean", "baseline_learns_from_the_policy"],
    },
)
