"""What a wrong value most likely comes from: what each unit's visible checks say of its plausible wrong solutions.

`python -m rnnkit.course.notebooks.likely_causes` runs them all and writes `rnnkit/course/teaching/likely_causes.json`,
where a failed check in a student's notebook finds the sentence of the wrong solution that gives the same. It holds
fingerprints of what checks say, and neither code nor values.
"""

import io
import json
import os
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass

from nbgrader.utils import is_grade, is_solution

from rnnkit._files import write_beside_then_rename
from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.notebooks.form import form_of
from rnnkit.course.notebooks.names import names_bound, names_read
from rnnkit.course.paths import UNITS
from rnnkit.course.teaching.speaking import CAUSES, CheckFailed, fingerprint

_HIDDEN = "### BEGIN HIDDEN TESTS"  # nbgrader's mark


@dataclass(frozen=True)
class Failure:
    """A check that failed: what it raised, and whether in the part that students see."""

    error: Exception
    visible: bool


def failures(unit: str, replaced: Mapping[str, str] | None = None) -> dict[str, Failure]:
    """Run a unit's checks in this process, its experiments left out.

    Where a solution is replaced, only checks that read it, or a solution that calls it, can come out otherwise; the
    others are not run.

    Args:
        unit: its name.
        replaced: the code in place of a solution, by the solution's grade_id.

    Returns:
        By their grade_id the checks that fail.
    """
    replaced = replaced or {}
    touched: set[str] = set()
    found: dict[str, Failure] = {}
    namespace = {"__name__": "__main__"}
    for cell in solved_notebook(script_of(unit)).cells:
        if cell.cell_type != "code" or "experiment" in cell.metadata.get("tags", []):
            continue
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if is_solution(cell):
            if grade_id in replaced or touched & names_read(cell.source):
                touched |= names_bound(cell.source)
            exec(replaced.get(grade_id, cell.source), namespace)
        elif not is_grade(cell):
            exec(cell.source, namespace)
        elif not replaced or touched & names_read(cell.source):
            try:
                exec(cell.source, namespace)
            except Exception as error:
                found[grade_id] = Failure(error, _is_visible(error, cell.source))
    return found


def _is_visible(error: Exception, source: str) -> bool:
    """Whether it was raised above the hidden part of its cell."""
    above = source.partition(_HIDDEN)[0]
    assert error.__traceback__ is not None and error.__traceback__.tb_next is not None
    return error.__traceback__.tb_next.tb_lineno <= above.count("\n")


def causes_of(unit: str) -> dict[str, list[str]]:
    """For the fingerprint of what a visible check says, the sentences of the wrong solutions that bring it about."""
    found: dict[str, list[str]] = {}
    for wrong in form_of(script_of(unit)).wrong_solutions().values():
        with redirect_stdout(io.StringIO()):
            failed = failures(unit, {wrong.exercise: wrong.code})
        for failure in failed.values():
            if failure.visible and isinstance(failure.error, CheckFailed):
                said = found.setdefault(fingerprint(failure.error.reason), [])
                said += [wrong.says] if wrong.says not in said else []
    return found


def main() -> None:
    """Write the file."""
    os.environ.setdefault("RNNKIT_PROFILE", "check")
    causes: dict[str, list[str]] = {}
    for unit in UNITS:
        of_unit = causes_of(unit)
        print(f"{unit}: {len(of_unit)} likely causes", flush=True)
        for mark, said in of_unit.items():  # units may say the same of the same value
            causes[mark] = list(dict.fromkeys([*causes.get(mark, []), *said]))
    joined = {mark: " Or: ".join(causes[mark]) for mark in sorted(causes)}
    write_beside_then_rename(CAUSES, json.dumps(joined, indent=0, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
