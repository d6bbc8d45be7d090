"""A corpus of submissions, honest, broken and dishonest, with the mark that each must get."""

from dataclasses import replace

from tests.course.grading.attacks import (
    border,
    broken,
    counting,
    forged_kernel,
    honest,
    lies,
    patched,
    reading,
    resources,
    scripts,
)
from tests.course.grading.attacks.case import Case

FAMILIES = {
    "honest": honest,
    "broken": broken,
    "takes too much": resources,
    "checks that cannot fail": patched,
    "forged messages of the kernel's": forged_kernel,
    "lying values": lies,
    "forged answers to the checker": border,
    "reading, writing, reaching out": reading,
    "scripts": scripts,
    "with Keras": counting,
}


def corpus() -> dict[str, Case]:
    """Student → case. Honest work comes first, last, and after every 24th submission."""
    cases = [replace(case, family=family) for family, module in FAMILIES.items() for case in module.CASES]
    again = next(case for case in cases if case.name == "full")
    found: dict[str, Case] = {}
    for case in cases:
        if len(found) % 24 == 0 and found:
            found[f"{len(found):03d}-full-again"] = replace(again, name="full-again", family="honest")
        found[f"{len(found):03d}-{case.name}"] = case
    found[f"{len(found):03d}-full-again"] = replace(again, name="full-again", family="honest")
    return found
