"""ATTACKS.md: each case, what plain nbgrader made of it, what ours made of it, and what is right."""

import json
from pathlib import Path
from typing import Any

from tests.course.grading.attacks import FAMILIES, corpus
from tests.course.grading.attacks.case import Case
from tests.course.grading.attacks.plain import RESULTS
from tests.course.grading.course import UNIT

TABLE = Path(__file__).parents[1] / "ATTACKS.md"
HEAD = """# Attacks on the grader, and honest work

Written by `tests/course/grading/test_attacks.py`, which grades the whole corpus of `tests/course/grading/attacks/` in parts and
fails where a mark is not the right one. The unit has {tiny} automatic points, the one with Keras {keras}; written answers
are marked by a person and count nowhere here.

"Plain nbgrader" is nbgrader 0.9.6 with its own settings, each submission in a run of its own with an honest one after
it, cells of at most 15 s; `python -m tests.course.grading.attacks.plain` measures it again and writes `attacks/plain.json`. It
ran inside a sandbox of the harness's, without which it would have reached further. **Bold**: a wrong mark, or harm
beyond it. "Sees": a secret was in the student's own outputs, which come back as feedback.

{totals}

Beside the marks the test looks at what is around them. Of ours, in each part: the marks of students graded before
are untouched, no process is left, no file outside is changed, nobody was connected to, and nothing secret (environment,
home, gradebook, other submissions, solutions, hidden checks) is in a notebook or feedback page that a student gets.
"""
FULL = {UNIT: 30.0, "02_bit_counting": 85.0}


def wrong_by_plain(case: Case, result: dict[str, Any]) -> tuple[bool, bool]:
    """Whether plain nbgrader's mark is wrong, and whether something else was harmed."""
    graded = case.status not in ("refused", "missing")
    mark = (result.get("points") != case.points) if graded else bool(result.get("points"))
    other = "ended" in result or result["exit"] != 0 or result["next"] != FULL[case.unit]
    other = other or any(result.get(key) for key in ("changed", "seen", "reached", "left", "written"))
    return mark, bool(other)


def in_words(case: Case, result: dict[str, Any] | None) -> str:
    """What plain nbgrader made of a case."""
    if result is None:
        return f"not tried: {case.harm}" if case.harm else "not measured yet"
    if "ended" in result:
        return f"**ended, {result['ended']}**"
    wrong, _ = wrong_by_plain(case, result)
    points = result["points"]
    mark = (
        "no mark" if points is None else f"{points if points == 'nan' else format(points, 'g')} of {FULL[case.unit]:g}"
    )
    words = [f"**{mark}**" if wrong else mark]
    if result["exit"] is None:
        words.append("**does not end**")
    elif result["exit"]:
        words.append(f"**exit {result['exit']}**")
    if result["next"] != FULL[case.unit]:
        after = "no mark" if result["next"] is None else f"{result['next']:g}"
        words.append(f"**the next student: {after}**")
    words += [f"**sees: {', '.join(result['seen'])}**"] if result["seen"] else []
    words += [f"**changes {', '.join(result['changed'])}**"] if result["changed"] else []
    for key, text in (("reached", "connects"), ("left", "leaves a process"), ("written", "writes files")):
        words += [f"**{text}**"] if result[key] else []
    return "; ".join(words)


def ours(case: Case, row: dict[str, Any]) -> str:
    """What ours made of a case; a status that chance decides is told as such."""
    if not right(case, row):
        return f"**{row['points']:g} of {FULL[case.unit]:g}, {row['status']}**"
    status = case.status.replace("|", " or ")
    return status if case.status in ("refused", "missing") else f"{row['points']:g} of {FULL[case.unit]:g}, {status}"


def right(case: Case, row: dict[str, Any]) -> bool:
    """Whether ours gave the mark and the status that it must."""
    return row["points"] == case.points and row["status"] in case.status.split("|")


def demanded(case: Case) -> dict[str, Any]:
    """The row that a case must give."""
    return {"points": case.points, "status": case.status.split("|")[0]}


def text_of(rows: dict[str, dict[str, Any]]) -> str:
    """The whole table, from the outcomes of a run by student."""
    plain = json.loads(RESULTS.read_text())
    cases = {student: case for student, case in corpus().items() if case.name != "full-again"}
    measured = [c for c in cases.values() if c.plain and c.name in plain]
    tried = [wrong_by_plain(c, plain[c.name]) for c in measured]
    raised = sum(_raised(c, plain[c.name]) for c in measured)
    totals = (
        f"{len(cases)} cases. Plain nbgrader, {len(tried)} tried: {sum(mark for mark, _ in tried)} wrong marks, {raised} of them too high; "
        f"{sum(other for _, other in tried)} with harm beyond the mark. "
        f"Ours: {sum(not right(c, rows[s]) for s, c in cases.items())} wrong marks."
    )
    lines = [HEAD.format(tiny=30, keras=85, totals=totals)]
    for family in FAMILIES:
        lines += [
            f"## {family.capitalize()}",
            "",
            "| case | what it does | plain nbgrader | ours | why |",
            "|---|---|---|---|---|",
        ]
        for student, case in cases.items():
            if case.family == family:
                cells = (
                    case.name,
                    case.says,
                    in_words(case, plain.get(case.name) if case.plain else None),
                    ours(case, rows[student]),
                )
                lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in (*cells, case.why)) + " |")
        lines.append("")
    return "\n".join(lines)


def _raised(case: Case, result: dict[str, Any]) -> bool:
    points = result.get("points")
    return points == "nan" or (isinstance(points, float) and points > case.points)
