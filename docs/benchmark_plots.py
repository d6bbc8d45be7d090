"""Pictures of the benchmarks, drawn from RESULTS.md when the site is built: ratios with their intervals."""

import math
import re
from pathlib import Path

from diagrams.draw import BLUE, INK, QUIET, Diagram

LEFT, RIGHT, ROW = 250, 540, 22
_TABLE = re.compile(r"(?m)^\|.*×[^|]*\|\n\|[ :|-]+\|\n(?:\|.*\|\n?)+")
_RATIO = re.compile(r"^([\d.]+)(?: \[([\d.]+), ([\d.]+)\])?")


def with_plots(text: str, folder: Path) -> str:
    """RESULTS.md with a picture above each table whose last column is a ratio, ×. They are written to the folder."""
    count = 0

    def drawn(match: re.Match) -> str:
        nonlocal count
        head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in match[0].splitlines())
        found = [(row, ratio) for row in rows if (ratio := _RATIO.match(row[-1])) and float(ratio[1]) > 0]
        if len(head) < 3 or not head[-1].startswith("×") or len(found) < 3:
            return match[0]
        count += 1
        picture = plot(f"ratios_{count}", head, found)
        (folder / f"{picture.name}.svg").write_text(picture.svg(), encoding="utf-8")
        return f"![{picture.title}. {picture.description}](pictures/{picture.name}.svg)\n\n{match[0]}"

    return _TABLE.sub(drawn, text)


def plot(name: str, head: list[str], rows: list[tuple[list[str], re.Match]]) -> Diagram:
    """A point and its interval for each row, on a logarithmic axis with a line at 1; grouped by the first column."""
    groups: dict[str, list[tuple[str, re.Match]]] = {}
    for row, ratio in rows:
        named = ", ".join(cell for cell in row[1:-1] if cell and not re.match(r"[\d.,]+( |$)", cell))
        groups.setdefault(row[0], []).append((named, ratio))
    values = [float(value) for _, ratio in rows for value in ratio.groups() if value and float(value) > 0]
    low, high = math.floor(math.log2(min(*values, 1))), max(1, math.ceil(math.log2(max(*values, 1))))
    said = f"{head[-1]}: a point is the ratio, a bar its interval, the line is 1, and the axis is logarithmic"
    height = 70 + ROW * (len(rows) + len(groups)) + 10 * len(groups)
    d = Diagram(
        name, "benchmarks.RESULTS", f"{head[1]} by {head[0]}", f"{said}. The table below has the numbers.", height
    )

    def place(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (math.log2(max(value, 2.0**low)) - low) / (high - low)

    for power in range(low, high + 1, max(1, (high - low) // 4)):
        d.arrow((place(2.0**power), 40), (place(2.0**power), height - 16), head=False, width=0.4)
        d.text(place(2.0**power), 28, f"{2.0**power:g}", 13, QUIET)
    d.arrow((place(1), 40), (place(1), height - 16), head=False, before=True, width=1.5)
    d.text(20, 28, head[-1], 13, INK, "start", "b")
    y = 40.0
    for group, contenders in groups.items():
        y += ROW + 4
        d.text(20, y, group, 13, INK, "start", "b")
        for contender, ratio in contenders:
            y += ROW
            d.text(34, y, contender.replace("`", ""), 13, INK, "start")
            if ratio[2]:
                d.arrow((place(float(ratio[2])), y), (place(float(ratio[3])), y), head=False, kind="weights", width=4)
            d.circle(place(float(ratio[1])), y, 5, kind="layer")
            d.text(620, y, ratio[1], 13, BLUE, "end")
        y += 6
    return d
