"""Execute the solved notebooks headless, with progress, and gather their figures and points in one table."""

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbgrader.utils import determine_grade, is_grade, is_solution
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from rnnkit._files import write_beside_then_rename
from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.notebooks.index_page import points_of, write_index
from rnnkit.course.notebooks.outcome import Outcome, fingerprint, keep, kept
from rnnkit.course.notebooks.page import describe_pictures, page_of
from rnnkit.course.paths import build_dir, project_root
from rnnkit.course.teaching.profiles import profile
from rnnkit.course.teaching.results import RESULT_MIME


def run_units(units: Iterable[str], console: Console | None = None, again: bool = False) -> list[Outcome]:
    """Execute notebooks one after the other, write `build/run/<unit>.html` for each, and `build/run/index.html`.

    The profile in force is RNNKIT_PROFILE, "quick" by default. A notebook that was run before is not run again if
    nothing has changed that its outcome depends on (`rnnkit.course.notebooks.outcome.fingerprint`).

    Args:
        units: their names.
        console: where progress is shown, and a line for each finished page.
        again: run all of them, whether anything has changed or not.

    Raises:
        ValueError: an unknown unit or profile, before anything is run.
    """
    console = console or Console()
    profile()
    notebooks = {unit: solved_notebook(script_of(unit)) for unit in units}
    titles = {unit: _title(unit, notebook) for unit, notebook in notebooks.items()}
    index = build_dir() / "run" / "index.html"
    prints = {unit: fingerprint(notebook) for unit, notebook in notebooks.items()}
    outcomes = {}
    if not again:
        earlier = {unit: kept(index.with_name(f"{unit}.html"), prints[unit]) for unit in notebooks}
        outcomes = {unit: outcome for unit, outcome in earlier.items() if outcome is not None}
    write_index(index, titles, outcomes)
    console.print(f"{index} fills as notebooks finish", highlight=False, soft_wrap=True)
    for outcome in outcomes.values():
        _report(console, outcome, "nothing has changed")
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        for unit, notebook in notebooks.items():
            if unit in outcomes:
                continue
            write_index(index, titles, outcomes, running=unit)
            cells = sum(cell.cell_type == "code" for cell in notebook.cells)
            task = progress.add_task(unit, total=cells)
            start = time.perf_counter()
            execute(notebook, on_cell=partial(progress.advance, task))
            outcomes[unit] = _outcome(unit, titles[unit], notebook, time.perf_counter() - start)
            keep(outcomes[unit], prints[unit])
            _report(console, outcomes[unit], f"{outcomes[unit].seconds:.0f} s")
    write_index(index, titles, outcomes)
    return [outcomes[unit] for unit in notebooks]


def _report(console: Console, outcome: Outcome, how: str) -> None:
    figure = f"[red]{escape(in_short(outcome.errors))}[/]" if outcome.errors else escape(outcome.figure)
    console.print(f"{escape(str(outcome.page))}  {how}  {figure}", highlight=False, soft_wrap=True)


def _title(unit: str, notebook: NotebookNode) -> str:
    """The notebook's first heading."""
    lines = (line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), unit)


def execute(notebook: NotebookNode, on_cell: Callable[[], object] = lambda: None) -> None:
    """Run all cells of a notebook in place, going on after errors as nbgrader does."""
    environment = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **os.environ,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # pictures into the page, whatever the shell says
    }
    client = NotebookClient(
        notebook,
        timeout=None,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(project_root())}},
        on_cell_executed=lambda **_: on_cell(),
    )
    client.execute(env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    describe_pictures(notebook)


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
