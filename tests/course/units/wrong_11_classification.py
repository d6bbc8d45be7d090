"""Plausible wrong hand-ins of unit 11: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "11_classification",
    {
        "padding_in_the_mean": ["padding_in_the_mean"],
        "softmax_over_time_and_windows_split": ["softmax_over_time", "windows_split"],
    },
)
