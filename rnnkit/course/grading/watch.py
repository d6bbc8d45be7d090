"""`rnnkit grade --watch`: marks hand-ins as they arrive, and keeps a page that says how far it is."""

import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from pathlib import Path

from rich.console import Console

from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.grade import Options, grade
from rnnkit.course.grading.marks.gradebook import read_outcomes
from rnnkit.course.grading.marks.marking import Course
from rnnkit.course.grading.screening.outputs import told
from rnnkit.course.paths import build_dir

Found = dict[str, tuple]  # what lies there of a unit, by unit

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
{refresh}<title>Grading: {state}</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 62rem; margin: 2rem auto;
    padding: 0 1rem; }}
  table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
  th, td {{ padding: .25rem .7rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }}
  .note {{ color: #555; }}
</style>
</head>
<body>
<h1>Grading: {state}</h1>
<p class="note">{moment}</p>
<table><thead><tr><th scope="col">unit</th><th scope="col">hand-ins</th></tr></thead>
<tbody>{counts}</tbody></table>
<h2>To look at</h2>
<table><thead><tr><th scope="col">student</th><th scope="col">unit</th><th scope="col">status</th>
<th scope="col">why</th></tr></thead>
<tbody>{odd}</tbody></table>
</body>
</html>
"""
TRIES = 3  # of what could not be done; then it waits for a change
_FINE = ("marked", "repaired", "missing")


def watch(
    units: Sequence[str],
    options: Options,
    console: Console,
    every: float = 10.0,
    passes: Callable[[], bool] = lambda: True,
) -> None:
    """Grade what is new, again and again, until Ctrl-C.

    A hand-in is taken when its folder has not changed between two looks, so that none is read half written. What
    could not be done is tried again, and what is marked is not executed again.

    Args:
        units: names of units; by default those that somebody handed in.
        options: as for `grade`.
        console: where it reports.
        every: seconds between two looks.
        passes: asked before each look whether to go on.

    Raises:
        ValueError: a time that is none, a folder that is none.
        SandboxMissing: no sandbox on this host, and it was not switched off.
    """
    if not 0 < every <= 3600:
        raise ValueError(f"every: expected seconds above 0 and at most 3600, received {every}.")
    if not options.submitted.is_dir():
        raise ValueError(f"submitted: expected a folder of students' folders, received {options.submitted}.")
    known = Course.here(options.db_url).units()
    page = build_dir() / "grading" / "status.html"
    console.print(f"watching {options.submitted}; {page.resolve().as_uri()}; Ctrl-C ends it", soft_wrap=True)
    before: Found = {}
    marked: Found = {}
    failed: Counter[str] = Counter()
    first = True
    try:
        while passes():
            there = look(options.submitted, units or known)
            new = [unit for unit in there if there[unit] == before.get(unit) != marked.get(unit)]
            before = there
            for unit in new:
                _write(page, known, f"marking {unit}", every)
                fresh = options.fresh and unit not in marked
                done = _grade(unit, replace(options, fresh=fresh), console, first)
                first = False
                failed[unit] = 0 if done else failed[unit] + 1
                if done or failed[unit] == TRIES:
                    marked[unit], failed[unit] = there[unit], 0
            _write(page, known, "waiting for hand-ins", every)
            time.sleep(every)
    except KeyboardInterrupt:
        pass
    finally:
        _write(page, known, "ended", 0)
    console.print("ended; type the command again to go on")


def look(submitted: Path, units: Sequence[str]) -> Found:
    """What lies in the folders of some units: names, sizes and times of files, without opening any."""
    found: dict[str, list] = {}
    for student in _entries(submitted):
        for unit in units:
            folder = submitted / student.name / unit
            if student.is_dir(follow_symlinks=False) and _is_folder(folder):
                files = [(entry.name, *_size(entry)) for entry in _entries(folder)]
                found.setdefault(unit, []).append((student.name, tuple(files)))
    return {unit: tuple(found[unit]) for unit in sorted(found)}


def status_page(units: Sequence[str], state: str, every: float, moment: datetime) -> str:
    """The page: no script, no network; what comes from outside is escaped. It is read again by the browser itself."""
    counts, odd = [], []
    for unit in units:
        outcomes = list(read_outcomes(unit).values())
        if not outcomes:
            continue
        by_status = Counter(outcome["status"] for outcome in outcomes)
        said = ", ".join(f"{count} {status}" for status, count in sorted(by_status.items()))
        counts.append(f"<tr><td>{escape(unit)}</td><td>{escape(said)}</td></tr>")
        for outcome in outcomes:
            if outcome["status"] not in _FINE:
                cells = outcome["student"], unit, outcome["status"], outcome["reason"] or ""
                odd.append(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>")
    return _PAGE.format(
        refresh=f'<meta http-equiv="refresh" content="{max(2, round(every))}">\n' if every else "",
        state=escape(state),
        moment=f"{moment:%Y-%m-%d %H:%M:%S %Z}",
        counts="\n".join(counts),
        odd="\n".join(odd),
    )


def _grade(unit: str, options: Options, console: Console, first: bool) -> bool:
    """One unit, and whether all of it could be done; what goes wrong is told, and the watch goes on."""
    try:
        outcomes = grade([unit], options, console, back_up=first)
    except (ValueError, FileNotFoundError, RuntimeError) as error:
        if first:  # nothing has worked so far: it is how the command was given
            raise
        console.print(f"Error: {told(str(error), 500)}", highlight=False, markup=False, soft_wrap=True)
        return False
    by_status = Counter(outcome.status for outcome in outcomes)
    said = ", ".join(f"{count} {status}" for status, count in sorted(by_status.items()))
    console.print(f"{datetime.now():%H:%M:%S} {unit}: {said}", highlight=False)
    return not by_status["not run"]


def _write(page: Path, units: Sequence[str], state: str, every: float) -> None:
    write_beside_then_rename(page, status_page(units, state, every, datetime.now().astimezone()))


def _entries(folder: Path) -> list[os.DirEntry]:
    """A folder's entries by name; none where it has gone, or cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _size(entry: os.DirEntry) -> tuple[int, int]:
    try:
        found = entry.stat(follow_symlinks=False)
        return found.st_size, found.st_mtime_ns
    except OSError:
        return -1, -1
