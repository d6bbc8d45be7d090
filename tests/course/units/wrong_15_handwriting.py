"""Plausible wrong hand-ins of unit 15: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "15_handwriting",
    {
        "overflowing_shares": ["overflowing_shares"],
        "logarithm_of_a_zero_and_coin_reversed": ["logarithm_of_a_zero", "coin_reversed"],
        "kappa_in_place_and_no_correlation": ["kappa_in_place", "no_correlation"],
    },
)
