"""Plausible wrong hand-ins of unit 06: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "06_long_memory",
    {
        "jacobian_transposed": ["jacobian_transposed"],
        "signals_from_the_wrong_side_and_omega_squared": ["signals_from_the_wrong_side", "ratio_squared"],
        "radius_of_real_parts_and_a_model_without_omega": ["radius_of_real_parts", "a_model_without_omega"],
    },
)
