"""Plausible wrong hand-ins of unit 01: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "01_xor",
    {
        "ones_last": ["ones_last"],
        "context_forgets_and_no_root": ["context_forgets", "no_root"],
        "hidden_layer_overwritten_and_no_probabilities": ["old_hidden_layer_overwritten", "no_probabilities"],
    },
)
