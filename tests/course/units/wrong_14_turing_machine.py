"""Plausible wrong hand-ins of unit 14: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "14_turing_machine",
    {
        "starts_with_the_second": ["starts_with_the_second"],
        "moves_backwards_and_powers_that_vanish": ["moves_backwards", "powers_that_vanish"],
        "overflowing_strength_and_written_in_place": ["overflowing_strength", "written_in_place"],
    },
)
