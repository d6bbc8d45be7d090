"""`build/run/index.html`: all units of a run in one table, rewritten as they finish."""

from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path

from rnnkit._files import write_beside_then_rename
from rnnkit.course.notebooks.outcome import Outcome
from rnnkit.course.teaching.profiles import profile

_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.4; }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem; border-bottom: 1px solid #8886; }
td.seconds, th.seconds { text-align: right; white-space: nowrap; }
tr.waiting { opacity: .6; }
"""


def write_index(
    page: Path,
    titles: Mapping[str, str],
    outcomes: Mapping[str, Outcome],
    running: Collection[str] = (),
    earlier: Collection[Outcome] = (),
) -> None:
    """Write the page of a run.

    Args:
        page: the file to write.
        titles: of all units of the run, by unit, in order.
        outcomes: of those that are finished, by unit.
        running: the units that are being run. While units are missing the page loads itself again.
        earlier: of other units, whose pages an earlier run has left.
    """
    rows = "".join(_row(unit, titles[unit], outcomes.get(unit), unit in running) for unit in titles)
    before = "".join(_row(outcome.unit, outcome.title, outcome, False) for outcome in earlier)
    before = f"<h2>From earlier runs</h2>\n{_table(before)}" if before else ""
    done = len(outcomes) == len(titles)
    again = "" if done else '<meta http-equiv="refresh" content="5">'
    page_text = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{again}
<title>rnnkit: {len(outcomes)} of {len(titles)} notebooks</title><style>{_STYLE}</style></head><body>
<h1>Recurrent networks</h1>
<p>{len(outcomes)} of {len(titles)} notebooks finished, profile {profile()}.</p>
{_table(rows)}{before}</body></html>
"""
    write_beside_then_rename(page, page_text)


def _table(rows: str) -> str:
    return f"""<table>
<thead><tr><th>notebook</th><th>figure</th><th>compared with</th><th>points</th><th class="seconds">seconds</th>
</tr></thead>
<tbody>
{rows}</tbody></table>
"""


def _row(unit: str, title: str, outcome: Outcome | None, running: bool) -> str:
    if outcome is None:
        state = "running" if running else "waiting"
        return f'<tr class="{state}"><td>{escape(title)}</td><td colspan="3">{state}</td><td></td></tr>\n'
    figure = outcome.errors[0] if outcome.errors else outcome.figure
    if not outcome.errors and not outcome.holds:
        figure += " (does not hold)"
    return (
        f'<tr><td><a href="{escape(outcome.page.name)}">{escape(title)}</a></td><td>{escape(figure)}</td>'
        f"<td>{escape(outcome.baseline)}</td><td>{escape(points_of(outcome))}</td>"
        f'<td class="seconds">{outcome.seconds:.0f}</td></tr>\n'
    )


def points_of(outcome: Outcome) -> str:
    """Points in words.

    Example:
        >>> points_of(Outcome("01_xor", "Temporal XOR", 1.0, "", "", True, 80, 85, 15, (), Path("01_xor.html")))
        '80 of 85 + 15 by hand'
    """
    manual = f" + {outcome.manual:g} by hand" if outcome.manual else ""
    return f"{outcome.points:g} of {outcome.possible:g}{manual}"
