"""Plausible wrong hand-ins of unit 12: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "12_captions",
    {
        "not_shifted": ["not_shifted"],
        "without_the_end_and_not_clipped": ["without_the_end", "not_clipped"],
        "finished_ones_go_on_and_padding_is_counted": ["finished_ones_go_on", "padding_is_counted"],
    },
)
