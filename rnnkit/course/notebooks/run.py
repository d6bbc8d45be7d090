"""Execute the solved notebooks headless, with progress, and gather their figures and points in one table."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import determine_grade, is_grade, is_solution
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from rnnkit._checks import positive_integer
from rnnkit._cores import cores
from rnnkit._files import write_beside_then_rename
from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.notebooks.index_page import points_of, write_index
from rnnkit.course.notebooks.kernels import alone, execute_beside_others
from rnnkit.course.notebooks.outcome import Outcome, fingerprint, keep, kept
from rnnkit.course.notebooks.page import page_of
from rnnkit.course.paths import UNITS, build_dir
from rnnkit.course.teaching.profiles import profile
from rnnkit.course.teaching.results import RESULT_MIME


def run_units(
    units: Iterable[str], console: Console | None = None, again: bool = False, workers: int | None = None
) -> list[Outcome]:
    """Execute notebooks side by side, write `build/run/<unit>.html` for each, and `build/run/index.html`.

    The profile in force is RNNKIT_PROFILE, "quick" by default. A notebook that was run before is not run again if
    nothing has changed that its outcome depends on (`rnnkit.course.notebooks.outcome.fingerprint`). One that another
    process is running is waited for.

    Args:
        units: their names.
        console: where progress is shown, and a line for each finished page, in the order of the units.
        again: run all of them, whether anything has changed or not.
        workers: how many notebooks run at once; two by default, where there are two cores.

    Returns:
        Their outcomes, in the order of the units.

    Raises:
        ValueError: an unknown unit or profile or no worker, before anything is run.
    """
    profile()
    workers = positive_integer("workers", min(2, cores()) if workers is None else workers)
    run = _Run({unit: solved_notebook(script_of(unit)) for unit in units}, console or Console(), again)
    run.console.print(f"{run.index} fills as notebooks finish", highlight=False, soft_wrap=True)
    try:
        asyncio.run(run.all(workers))
    finally:
        run.tell_the_rest()
    return [run.outcomes[unit] for unit in run.notebooks]


class _Run:
    """Notebooks that are executed, what came of them, and how far that was told."""

    def __init__(self, notebooks: dict[str, NotebookNode], console: Console, again: bool) -> None:
        self.notebooks, self.console, self.again = notebooks, console, again
        self.titles = {unit: _title(unit, notebook) for unit, notebook in notebooks.items()}
        self.prints = {unit: fingerprint(notebook) for unit, notebook in notebooks.items()}
        self.index = build_dir() / "run" / "index.html"
        self.outcomes: dict[str, Outcome] = {}
        self.running: list[str] = []
        self.lines: dict[str, str] = {}  # that wait for those of units before them
        self.untold = list(notebooks)

    async def all(self, workers: int) -> None:
        """Execute all, so many at once, in their order."""
        if not self.again:
            for unit in self.notebooks:
                self._take_kept(unit)
        self._show()
        waiting = [unit for unit in self.notebooks if unit not in self.outcomes]
        workers = min(workers, len(waiting))
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=self.console) as progress:
            units = iter(waiting)
            await asyncio.gather(*(self._work(units, workers, progress) for _ in range(workers)))

    async def _work(self, units: Iterator[str], workers: int, progress: Progress) -> None:
        for unit in units:  # which all workers share
            waits = f"{unit}: another process is at work on it; waiting"
            tell = partial(self.console.print, waits, highlight=False, soft_wrap=True)
            async with alone(build_dir() / "locks" / f"{unit}.lock", tell):
                if self.again or not self._take_kept(unit):  # which the other process may have finished
                    await self._one(unit, workers, progress)
            self._show()

    async def _one(self, unit: str, workers: int, progress: Progress) -> None:
        notebook = self.notebooks[unit]
        self.running.append(unit)
        self._show()
        cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        task = progress.add_task(unit, total=cells)
        start = time.perf_counter()
        await execute_beside_others(notebook, partial(progress.advance, task), workers)
        outcome = _outcome(unit, self.titles[unit], notebook, time.perf_counter() - start)
        keep(outcome, self.prints[unit])
        self.running.remove(unit)
        self._finished(unit, outcome, f"{outcome.seconds:.0f} s")

    def _take_kept(self, unit: str) -> bool:
        """Take what an earlier run or another process has kept, if it is of what would be run now."""
        outcome = kept(self.index.with_name(f"{unit}.html"), self.prints[unit])
        if outcome is None:
            return False
        self._finished(unit, outcome, "nothing has changed")
        return True

    def _finished(self, unit: str, outcome: Outcome, how: str) -> None:
        self.outcomes[unit] = outcome
        figure = f"[red]{escape(in_short(outcome.errors))}[/]" if outcome.errors else escape(outcome.figure)
        self.lines[unit] = f"{escape(str(outcome.page))}  {how}  {figure}"

    def _show(self) -> None:
        """Write the index, and print the lines whose turn it is."""
        write_index(self.index, self.titles, self.outcomes, self.running, self._earlier())
        while self.untold and self.untold[0] in self.lines:
            self._tell(self.untold[0])

    def _earlier(self) -> list[Outcome]:
        """Those of other units that earlier runs have left, also with another profile or older code."""
        others = (self.index.with_name(f"{unit}.html") for unit in UNITS if unit not in self.notebooks)
        return [outcome for outcome in map(kept, others) if outcome is not None]

    def tell_the_rest(self) -> None:
        """Print what has finished and waits for a unit that will not."""
        for unit in [unit for unit in self.untold if unit in self.lines]:
            self._tell(unit)

    def _tell(self, unit: str) -> None:
        self.untold.remove(unit)
        self.console.print(self.lines.pop(unit), highlight=False, soft_wrap=True)


def _title(unit: str, notebook: NotebookNode) -> str:
    """The notebook's first heading."""
    lines = (line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), unit)


def in_short(errors: Sequence[str]) -> str:
    """The first error, which the others mostly follow from, and how many there were.

    Example:
        >>> in_short(["cell 1: ValueError: empty", "cell 3: NameError: x", "cell 4: NameError: x"])
        'cell 1: ValueError: empty (2 more cells failed after it)'
    """
    more = len(errors) - 1
    cells = "cell" if more == 1 else "cells"
    return errors[0] + (f" ({more} more {cells} failed after it)" if more else "")


def table_of(outcomes: Iterable[Outcome]) -> Table:
    """One row a notebook, in 80 columns: what it took, the headline figure and what that is compared with."""
    table = Table(title=f"profile: {profile()}", title_justify="left", show_lines=True)
    table.add_column("notebook", no_wrap=True)
    table.add_column("figure, and what it is compared with")
    for o in outcomes:
        figure = o.figure if o.holds or not o.figure else f"{o.figure} (does not hold)"
        found = f"{figure}; {o.baseline}" if figure and o.baseline else figure or "none"
        table.add_row(f"{o.unit}\n{o.seconds:.0f} s, {points_of(o)}", escape(found))
    return table


def _outcome(unit: str, title: str, notebook: NotebookNode, seconds: float) -> Outcome:
    folder = build_dir() / "run"
    page = folder / f"{unit}.html"
    write_beside_then_rename(folder / f"{unit}.ipynb", nbformat.writes(notebook) + "\n")
    write_beside_then_rename(page, page_of(notebook, title))
    result = _result(notebook)
    graded = [cell for cell in notebook.cells if is_grade(cell)]
    automatic = [determine_grade(cell) for cell in graded if not is_solution(cell)]
    return Outcome(
        unit=unit,
        title=title,
        seconds=seconds,
        figure=result.get("figure", ""),
        baseline=result.get("baseline", ""),
        holds=result.get("holds", False),
        points=sum(points for points, _ in automatic),
        possible=sum(most for _, most in automatic),
        manual=sum(cell.metadata.nbgrader.points for cell in graded if is_solution(cell)),
        errors=tuple(errors_of(notebook).values()),
        page=page,
    )


def errors_of(notebook: NotebookNode) -> dict[int, str]:
    """The cells that raised: their position, and the error in one line."""
    found = {}
    for position, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found[position] = f"cell {position}: {output.ename}: {output.evalue}"
    return found


def _result(notebook: NotebookNode) -> dict:
    """The last result that a cell reported."""
    results = [
        output.data[RESULT_MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if RESULT_MIME in output.get("data", {})
    ]
    return results[-1] if results else {}
