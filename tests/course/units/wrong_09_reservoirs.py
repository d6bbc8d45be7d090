"""Plausible wrong hand-ins of unit 09: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "09_reservoirs",
    {
        "leak_the_wrong_way_round": ["leak_reversed"],
        "radius_of_w_alone_and_a_penalty_on_the_bias": ["radius_of_w_alone", "penalty_on_the_bias"],
        "correlation_not_squared_and_an_output_one_step_late": ["correlation_not_squared", "output_one_step_late"],
        "euler_in_place_of_the_exact_step": ["euler_step"],
    },
)
