"""Write the last run's figures into the README's table of notebooks: python docs/figures.py, after make run

A row keeps its title and its question. Units that were not run in the profile quick keep theirs whole.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from rnnkit._files import write_beside_then_rename
from rnnkit.course.paths import build_dir, project_root

ROW = re.compile(r"^(?P<kept>\| \[[^\]]+\]\(notebooks/(?P<unit>\w+)\.ipynb\) \| [^|]+ \|) .*$", re.MULTILINE)
MINUS = re.compile(r"(?<!\w)-(?=\d)")


def with_figures(readme: str, outcomes: dict[str, dict[str, Any]]) -> str:
    """The README with each row's figure, what it is compared with and seconds as in its unit's outcome."""

    def row(match: re.Match) -> str:
        found = outcomes.get(match["unit"])
        if found is None:
            return match[0]
        figure, baseline = (MINUS.sub("−", found[name].replace("|", "\\|")) for name in ("figure", "baseline"))
        held = "" if found["holds"] else " (does not hold)"
        return f"{match['kept']} {figure}{held} | {baseline} | {found['seconds']:.0f} |"

    return ROW.sub(row, readme)


def outcomes_of(folder: Path) -> dict[str, dict[str, Any]]:
    """What `rnnkit run` has left in a folder, by unit; those with errors are left out."""
    found = (json.loads(path.read_text(encoding="utf-8"))["outcome"] for path in folder.glob("*.json"))
    return {outcome["unit"]: outcome for outcome in found if not outcome["errors"]}


def main() -> None:
    """Rewrite README.md, and say which rows are old."""
    readme = project_root() / "README.md"
    text, outcomes = readme.read_text(encoding="utf-8"), outcomes_of(build_dir() / "run")
    if not outcomes:
        sys.exit("no figures: expected what `rnnkit run` leaves in build/run, found nothing. Run make run first.")
    write_beside_then_rename(readme, with_figures(text, outcomes))
    old = [match["unit"] for match in ROW.finditer(text) if match["unit"] not in outcomes]
    print(f"{len(outcomes)} rows written" + (f"; as they were: {', '.join(old)}" if old else ""))


if __name__ == "__main__":
    main()
