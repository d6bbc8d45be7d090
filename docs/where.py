"""Where each numbered equation stands: the site's pages with the lines of code and of oracles, and the table of them.

Numbers of lines are those of the files at the time when the site is built, so that none is kept that could be wrong.
"""

import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tests.equations import lines  # noqa: E402

INTRODUCTION = """
## Where each equation stands

Each leads to the line of code that computes it, and to the same line of its oracle: plain NumPy loops, written apart,
with which a test compares the code. A unit is named where its text or code names the class or function.

| Of | Equation | Code | Oracle | Units |
|:--|--:|:--|:--|:--|
"""


def table_and_pages(sources: Mapping[str, str], reference: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The table in Markdown, and the pages of the files that it leads to by their names.

    Args:
        sources: the units' sources by unit.
        reference: pages of the library's reference by the dotted name of a module.
    """
    modules, oracles = lines.library(), lines.oracles()
    rows, files = [], set()
    words = {
        unit: set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
        for unit, text in sources.items()
    }
    for owner, numbers in sorted(lines.owners(modules).items()):
        module, name = lines.split(owner, modules)
        of = f"[`{name or owner}`]({reference[module.name]})" if module.name in reference else f"`{name or owner}`"
        code = lines.lines_of(owner, modules) or lines.inherited(owner, modules)
        units = " ".join(f"[{int(unit[:2])}](units/{unit}.ipynb)" for unit in using(name, words))
        for first, number in zip([True] + [False] * len(numbers), numbers, strict=False):
            places = [line for line in code if number in line.numbers]
            places = places or [line for line in lines.inherited(owner, modules) if number in line.numbers]
            checks = [line for line in oracles.get(owner, []) if number in line.numbers]
            files |= {line.module for line in (*places, *checks)}
            cells = (of if first else "", f"({number})", leads(places), leads(checks), units if first else "")
            rows.append(f"| {' | '.join(cells)} |")
    pages = {f"code/{module}.md": page_of_file(module) for module in sorted(files)}
    return INTRODUCTION + "\n".join(rows) + "\n", pages


def using(name: str, words: Mapping[str, set[str]]) -> Iterator[str]:
    """The units among whose words is a class, its layer or a function."""
    names = {name, name.removesuffix("Cell")} - {""}
    return (unit for unit in words if names & words[unit])


def leads(places: list[lines.Line]) -> str:
    """Links to lines."""
    return ", ".join(
        f'<a href="code/{line.module}.html#L-{line.row}">{line.module.rpartition(".")[2]}.py, line {line.row}</a>'
        for line in places
    )


def page_of_file(module: str) -> str:
    """A file's text as a page on which each line can be led to."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    style = HtmlFormatter(lineanchors="L", linenos="inline", wrapcode=True)
    text = highlight(path.read_text(encoding="utf-8"), PythonLexer(), style)
    title = path.relative_to(ROOT).as_posix()
    label = f'<div class="lines" role="region" aria-label="{escape(title)}">'
    return f"---\norphan: true\n---\n# {title}\n\n```{{raw}} html\n{label}{text}</div>\n```\n"
