"""The instructor's commands of `rnnkit`: units derived, run and released, hand-ins marked and reported.

The archive for students is without this file, and with it without these commands.
"""

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from rnnkit._cores import cores
from rnnkit.course.console import console, errors_in_one_line
from rnnkit.course.grading.lms.commands import app as lms_app
from rnnkit.course.paths import UNITS, build_dir, project_root
from rnnkit.course.teaching.profiles import PROFILES

app = typer.Typer()
app.add_typer(lms_app)  # roster, collect and fill


@app.command()
def run(
    units: Annotated[list[str] | None, typer.Argument(help=f"out of {', '.join(UNITS)}; all by default")] = None,
    chosen_profile: Annotated[str | None, typer.Option("--profile", help=f"{', '.join(PROFILES)}")] = None,
    data: Annotated[
        Path | None, typer.Option(help="your own recipes (text, JSON, CSV) or acceleration signal (CSV, JSON)")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="also those of which nothing has changed")] = False,
    workers: Annotated[
        int | None, typer.Option(help="how many run at once; by default 2 where there are two cores")
    ] = None,
) -> None:
    """Execute the solved notebooks, write one page each to build/run, and print a table.

    A run that was interrupted goes on with the notebook that it was at.
    """
    if chosen_profile:
        os.environ["RNNKIT_PROFILE"] = chosen_profile
    if data is not None:
        _use_own_data(data, units)
    with errors_in_one_line():
        from rnnkit.course.notebooks.run import run_units, table_of

        began = time.monotonic()
        outcomes = run_units(units or UNITS, console, again, workers)
        console.print(table_of(outcomes))
        minutes, seconds = divmod(round(time.monotonic() - began), 60)
        console.print(f"Pages, after {minutes} min {seconds} s: {build_dir() / 'run'}", highlight=False)
    if any(o.errors for o in outcomes):
        raise typer.Exit(1)


@app.command()
def notebooks(
    check: Annotated[
        bool, typer.Option("--check", help="write nothing; fail on one out of date or a form broken")
    ] = False,
) -> None:
    """Derive the students' notebooks from course/source."""
    with errors_in_one_line():
        from rnnkit.course.notebooks.derive import drifted, write_student_notebooks
        from rnnkit.course.notebooks.form_rules import report_on_forms

        if not check:
            for path in write_student_notebooks():
                console.print(f"wrote {path}", highlight=False)
            return
        broken = report_on_forms(console)
        stale = drifted()
    for unit in stale:
        console.print(
            f"[red]notebooks/{unit}.ipynb is not what course/source/{unit}/{unit}.py gives; run make notebooks"
        )
    raise typer.Exit(1 if stale or broken else 0)


@app.command()
def formgrader(
    options: Annotated[list[str] | None, typer.Argument(help="for Jupyter Server itself, after --")] = None,
) -> None:
    """Open nbgrader's formgrader on the course, to give points by hand: its address is printed and opened."""
    with errors_in_one_line():
        from rnnkit.course.grading.formgrader.command import server_command

        folder = project_root() / "course"
    # nbgrader reads its settings from the folder that it is started in.
    raise typer.Exit(subprocess.run(server_command(folder, options or ()), check=False, cwd=folder).returncode)


@app.command()
def report(
    units: Annotated[list[str] | None, typer.Argument(help="all that were handed in by default")] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="give Canvas and Moodle also what waits for points by hand")
    ] = False,
) -> None:
    """Write the marks to build/report: CSV files, also for Canvas and Moodle, and a page with pictures."""
    with errors_in_one_line():
        from rnnkit.course.grading.report.write import write_report

        marks, files = write_report(units or (), unfinished=unfinished)
    waiting = sum(row.counts and not row.final for row in marks.rows)
    if waiting:
        told = "they are in the files for Canvas and Moodle as they stand" if unfinished else "no file calls them final"
        console.print(f"[yellow]{waiting} hand-ins wait for points given by hand, and {told}: rnnkit formgrader")
    for path in files:
        console.print(f"wrote {path}", highlight=False, soft_wrap=True)


@app.command()
def feedback(
    units: Annotated[list[str] | None, typer.Argument(help="all that were handed in by default")] = None,
    workers: Annotated[int, typer.Option(help="pages at a time; all cores by default")] = 0,
) -> None:
    """Write a page for each student and unit to build/feedback/<student>/<unit>.html, where something has changed."""
    with errors_in_one_line():
        from rnnkit.course.grading.report.feedback import write_feedback

        pages, complaints = write_feedback(units or (), workers=workers or cores())
    console.print(f"wrote {len(pages)} pages to {build_dir() / 'feedback'}", highlight=False, soft_wrap=True)
    for complaint in complaints:
        console.print("[red]Error:[/]", escape(complaint), highlight=False, soft_wrap=True)
    raise typer.Exit(1 if complaints else 0)


@app.command()
def release(
    solutions: Annotated[
        bool, typer.Option("--solutions", help="for after the deadline: pages of the last run, with explanations")
    ] = False,
) -> None:
    """Write the archive for students: notebooks and library, without solutions and hidden checks."""
    with errors_in_one_line():
        from rnnkit.course.notebooks.release import write_release, write_solutions

        console.print(f"wrote {write_solutions() if solutions else write_release()}", highlight=False, soft_wrap=True)


@app.command()
def grade(
    submitted: Annotated[Path, typer.Option(help="folder with a folder for each student, as nbgrader collects them")],
    units: Annotated[list[str] | None, typer.Argument(help="those that somebody handed in by default")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="go on with what arrives, until Ctrl-C")] = False,
    every: Annotated[float, typer.Option(help="seconds between two looks, with --watch")] = 10.0,
    workers: Annotated[int, typer.Option(help="submissions at a time on this machine")] = 0,
    scheduler: Annotated[str | None, typer.Option(help="address of a Dask scheduler instead, tls://…")] = None,
    certificate: Annotated[Path | None, typer.Option(help="of that scheduler, by `rnnkit certificate`")] = None,
    unencrypted: Annotated[bool, typer.Option(help="allow a scheduler that everybody can run code on")] = False,
    sandbox: Annotated[bool, typer.Option(help="--no-sandbox: students' code runs with your rights")] = True,
    db: Annotated[str | None, typer.Option(help="gradebook: sqlite:///… or postgresql://…")] = None,
    resume: Annotated[bool, typer.Option(help="--no-resume: execute and mark again what is finished")] = True,
    minutes: Annotated[float, typer.Option(help="for a whole notebook")] = 15.0,
    cell_minutes: Annotated[float, typer.Option(help="for one of its cells")] = 5.0,
    memory: Annotated[int, typer.Option(help="MB for a notebook")] = 4096,
    experiments: Annotated[
        bool, typer.Option("--with-experiments", help="run them too, so that pages show them; no mark depends on it")
    ] = False,
    student: Annotated[list[str] | None, typer.Option(help="this one alone; may be given several times")] = None,
    exercise: Annotated[
        str | None, typer.Option(help="write its points alone; its name in the notebook's cell")
    ] = None,
) -> None:
    """Mark a whole class: each notebook in a sandbox, the checks outside of it, the marks in nbgrader's gradebook.

    After a check was mended what depends on it is marked again, and a table says which marks changed. Points given by
    hand stand; they are to be confirmed again only where the answer is another one.
    """
    with errors_in_one_line():
        from rnnkit.course.grading.grade import Options, table_of
        from rnnkit.course.grading.grade import grade as grade_units
        from rnnkit.course.grading.marks.changes import changes_table, moved
        from rnnkit.course.grading.marks.history import end_of, read_history
        from rnnkit.course.grading.marks.marking import Course
        from rnnkit.course.grading.sandbox.bubblewrap import MB, Limits

        if not sandbox:
            console.print(
                "[yellow]No sandbox:[/] students' code runs with your rights. It can read and change your files and "
                "the gradebook, and reach the network. Verdicts are still formed in another process."
            )
        limits = Limits(seconds=60 * minutes, cell_seconds=60 * cell_minutes, memory=memory * MB)
        processes = workers or max(1, (os.cpu_count() or 1))
        options = Options(
            submitted, processes, scheduler, certificate, unencrypted, sandbox, db, not resume, limits, experiments
        )
        options = replace(options, students=tuple(student or ()), exercise=exercise)
        if watch:
            from rnnkit.course.grading.watch import watch as keep_watching

            keep_watching(units or (), options, console, every)
            return
        course = Course.here(db)
        chosen = units or [u for u in course.units() if any(submitted.glob(f"*/{u}"))]
        if not chosen:
            raise ValueError(f"{submitted}: expected <student>/<unit>/ folders of the course's units, found none.")
        before = end_of(course.db_url)
        outcomes = grade_units(chosen, options, console)
        with course.gradebook() as gradebook:
            done = read_history(course.db_url, before)
            changed = [row for row in moved(done, gradebook, course.root.parent) if row.old is not None]
    console.print(table_of(outcomes))
    if changed:
        console.print(changes_table(changed))
    console.print(f"Details: {build_dir() / 'grading'}", highlight=False)
    if any(o.status == "not run" for o in outcomes):
        raise typer.Exit(1)


@app.command()
def best(
    unit: Annotated[str, typer.Argument(help="the unit")],
    submitted: Annotated[Path, typer.Option(help="as for grade; beside it lies what `rnnkit collect` replaced")],
    workers: Annotated[int, typer.Option(help="submissions at a time on this machine")] = 0,
    sandbox: Annotated[bool, typer.Option(help="--no-sandbox: students' code runs with your rights")] = True,
) -> None:
    """Of several hand-ins of a student take the best: then `rnnkit grade` marks that one."""
    with errors_in_one_line():
        from rnnkit.course.grading.attempts import best as take_best
        from rnnkit.course.grading.grade import Options

        taken = take_best(unit, Options(submitted, workers or (os.cpu_count() or 1), sandboxed=sandbox), console)
    for row in taken:
        reached = ", ".join(f"{points:g}" for points in row.points)
        console.print(f"{row.student}: {reached} points; number {row.chosen} counts", highlight=False, markup=False)
    if not taken:
        console.print("nobody handed in several")


@app.command()
def forget(
    student: Annotated[str, typer.Argument(help="whose data is deleted")],
    submitted: Annotated[Path | None, typer.Option(help="the folder of hand-ins, if theirs are to go too")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Delete one student's data: gradebook, history, hand-ins, results, pages; backups and reports of the class too."""
    with errors_in_one_line():
        from rnnkit.course.grading.marks.forget import forget as forget_all
        from rnnkit.course.grading.marks.forget import traces

        for path in traces(student, submitted):
            console.print(path, markup=False, highlight=False, soft_wrap=True)
    if not yes and not typer.confirm(f"Delete these, and {student} in gradebook and history, for good?"):
        raise typer.Exit(1)
    with errors_in_one_line():
        for what in forget_all(student, submitted):
            console.print(f"deleted: {what}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def marks(
    units: Annotated[list[str] | None, typer.Argument(help="all that were handed in by default")] = None,
    student: Annotated[list[str] | None, typer.Option(help="of this one alone; may be given several times")] = None,
    history: Annotated[bool, typer.Option("--history", help="which mark changed, when and by what")] = False,
    last: Annotated[int, typer.Option(help="changes shown, the newest")] = 200,
) -> None:
    """Show the marks that the gradebook has, or their history."""
    with errors_in_one_line():
        from rnnkit.course.grading.marks.changes import history_table
        from rnnkit.course.grading.marks.course import course_app, open_gradebook
        from rnnkit.course.grading.marks.gradebook import read_marks
        from rnnkit.course.grading.marks.history import read_history, take_note
        from rnnkit.course.grading.report.table import marks_table

        course = course_app()
        if history:
            with open_gradebook(course) as gradebook:
                take_note(gradebook, course.coursedir.db_url)
            found = [
                change
                for change in read_history(course.coursedir.db_url)
                if (not units or change.unit in units) and (not student or change.student in student)
            ]
            console.print(history_table(found[-last:], project_root()))
            if len(found) > last:
                console.print(f"the newest {last} of {len(found)} changes; all: --last {len(found)}")
        else:
            console.print(marks_table(read_marks(course, units or ()), student or ()))


@app.command()
def certificate(path: Annotated[Path, typer.Argument(help="file to write; keep it from all others")]) -> None:
    """Make a certificate with which a Dask scheduler, its workers and `rnnkit grade` know each other."""
    with errors_in_one_line():
        from rnnkit.course.grading.verdicts.cluster import write_certificate

        written = write_certificate(path)
    console.print(f"wrote {written}; docs/cluster.md says how it is used", highlight=False, soft_wrap=True)


def _use_own_data(path: Path, units: list[str] | None) -> None:
    variables = {
        "03_acceleration": "RNNKIT_DATA_ACCELERATION",
        "04_recipes": "RNNKIT_DATA_RECIPES",
        "10_system_identification": "RNNKIT_DATA_IDENTIFICATION",
    }
    if not units or len(units) != 1 or units[0] not in variables:
        raise typer.BadParameter(f"--data goes with exactly one unit out of {', '.join(variables)}; received {units}.")
    if not path.is_file():
        raise typer.BadParameter(f"--data: expected a file, received {path}, which is not there.")
    os.environ[variables[units[0]]] = str(path.resolve())
