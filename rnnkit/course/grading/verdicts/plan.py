"""Which cells of a hand-in run in which kernel, and what comes of the kernels together.

A hand-in has a kernel for each list of what its exercises may use; in it only that is installed. Cells run there in the
notebook's order, but for released experiments, on which no mark depends, and for the checks, which run outside.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from rnnkit.course.grading.verdicts.checks import Checks, digest_of
from rnnkit.course.grading.verdicts.executed import Executed

# What a student's code says where it wants something that is not there.
_WANTING = re.compile(
    r"\b(?:Name|Import|ModuleNotFound|FileNotFound)Error\b|is not defined|No module named"
    r"|module '[\w.]+' has no attribute"
)


@dataclass(frozen=True)
class Plan:
    """A kernel's part of a hand-in.

    Args:
        checks: of the unit.
        uses: what is installed in the kernel; None is all.
        grade_ids: of the checks that are made in it.
        whole: whether every cell is run, experiments and checks too.
        visible: whether the kernel gets to see no hidden input, and its outputs and words are what is shown.
    """

    checks: Checks
    uses: tuple[str, ...] | None
    grade_ids: tuple[str, ...]
    whole: bool = False
    visible: bool = False

    def runs(self, cell: NotebookNode) -> bool:
        """Whether a code cell is run."""
        if self.whole:
            return True
        checks = is_grade(cell) and not is_solution(cell)
        return not checks and digest_of(cell.source) not in self.checks.experiments

    def told(self, grade_id: str, reason: str) -> str:
        """A check's reason, with what the exercise may use where it may be that the student has used something else."""
        uses = next((step.uses for step in self.checks.steps if step.grade_id == grade_id), None)
        if self.uses is None or uses is None or not _WANTING.search(reason):
            return reason
        return (
            f"{reason[:700].rstrip('.')}. This exercise is marked where nothing is installed but what it may use: "
            f"{', '.join(uses) or 'nothing'} and Python's own modules; your earlier exercises are there too"
        )


def together(runs: Sequence[tuple[Plan, Executed]], shown: Executed | None, seconds: float) -> Executed:
    """What came of a hand-in from what came of its kernels.

    Args:
        runs: its kernels.
        shown: a run of the whole notebook, whose outputs are taken.
        seconds: that all of them have taken.
    """
    first = next((executed for _, executed in runs if executed.status != "marked"), runs[0][1])
    points = {name: number for _, executed in runs for name, number in executed.points.items()}
    reasons = {name: text for _, executed in runs for name, text in executed.reasons.items()}
    notebook = shown.notebook if shown else _outputs(runs)
    busiest = max(executed.busiest for _, executed in runs)
    order = [name for name in runs[0][0].checks.grade_ids() if name in points]
    return replace(
        first,
        notebook=notebook,
        points={name: points[name] for name in order},
        reasons={name: reasons[name] for name in order if name in reasons},
        seconds=seconds,
        busiest=busiest,
    )


def kernel_by_cell(plans: Sequence[Plan], cells: Sequence[NotebookNode]) -> list[int | None]:
    """Which kernel's outputs each cell shows: that of the next check. Released cells that set up show none."""
    checks = plans[0].checks
    kernel_of = {name: number for number, plan in enumerate(plans) for name in plan.grade_ids}
    chosen: list[int | None] = []
    number = next(reversed(kernel_of.values()), 0)
    for cell in reversed(cells):
        number = kernel_of.get(cell.metadata.get("nbgrader", {}).get("grade_id"), number)
        chosen.append(None if cell.cell_type == "code" and digest_of(cell.source) in checks.released else number)
    return chosen[::-1]


def _outputs(runs: Sequence[tuple[Plan, Executed]]) -> str:
    """The notebook with each cell's outputs from the kernel that shows it."""
    if len(runs) == 1 and runs[0][0].uses is None:
        return runs[0][1].notebook
    notebooks = [nbformat.reads(executed.notebook, as_version=4) for _, executed in runs]
    chosen = kernel_by_cell([plan for plan, _ in runs], notebooks[0].cells)
    for index, (cell, number) in enumerate(zip(notebooks[0].cells, chosen, strict=True)):
        if number is None:
            cell.outputs = []
        else:
            notebooks[0].cells[index] = notebooks[number].cells[index]
    return nbformat.writes(notebooks[0])
