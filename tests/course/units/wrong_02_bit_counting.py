"""Plausible wrong hand-ins of unit 02: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "02_bit_counting",
    {
        "gradient_sign_reversed": ["gradient_sign_reversed"],
        "sums_too_early_and_rprop_moves_before_delta": ["sums_too_early", "moves_before_delta"],
    },
)
