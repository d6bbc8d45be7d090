"""Plausible wrong hand-ins of unit 03: solution cells replaced, and the checks that they lose, by grade_id."""

from tests.course.units.from_form import hand_ins

WRONG = hand_ins(
    "03_acceleration",
    {
        "windows that leak the test set": ["span_forgotten"],
        "a target that lies in the last frame": ["target_one_hop_on"],
        "an extra sigma and a forecast that re-reads the truth": ["sigma_around_the_cell", "re_reads_the_truth"],
        "the output gate sees the old cell": ["output_gate_sees_the_old_cell"],
        "cells overwritten and a trace that begins too early": ["cell_overwritten", "begins_with_c_0"],
    },
)
