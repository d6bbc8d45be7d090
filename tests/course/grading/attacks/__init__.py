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
    turned,
)
from tests.course.grading.attacks.case import Case

PARTS = 2
# A case for each mechanism that keeps a mark right: what a change of the grader's can break, in the short tier.
SMALL = (
    "full",
    "half",
    "bad-json",
    "misnamed",
    "checks-edited",
    "exit-in-function",
    "background",
    "patched-numpy-testing",
    "patched-no-asserts",
    "forged-result",
    "equal",
    "arguments-emptied",
    "inputs-printed",
    "border-verdicts",
    "border-huge",
    "environment",
    "write",
    "link-notebook",
    "script-output",
    "turned-memory-of-nobody",
)

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
    "the interpreter turned": turned,
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


def part(number: int) -> dict[str, Case]:
    """One of `PARTS` parts of the corpus: every so manieth case, with honest work before and after them."""
    return _enclosed({s: c for at, (s, c) in enumerate(corpus().items()) if at % PARTS == number})


def small() -> dict[str, Case]:
    """The cases named in `SMALL`, with honest work before and after them."""
    return _enclosed({student: case for student, case in corpus().items() if case.name in SMALL})


def _enclosed(cases: dict[str, Case]) -> dict[str, Case]:
    first, *_, last = corpus().items()  # others try to read the first
    return {**dict([first]), **cases, **dict([last])}
