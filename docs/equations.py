"""Write docs/equations.md: the equations of every layer, out of the docstrings that stand beside the code.

Run `python docs/equations.py` after a change to a docstring; a test fails when the page has drifted.
"""

import inspect
import re
from pathlib import Path
from xml.etree import ElementTree

PAGE = Path(__file__).with_name("equations.md")

HEAD = """# The layers' equations

Letters are the lectures'; numbers too, where a lecture or paper has them. Rows of a batch are examples, so that the
lectures' W x is `x @ W` in the code, where each numbered line ends in its number. Where a lecture is wrong or silent,
the text below says what is done instead. Written by `python docs/equations.py` from the docstrings.
"""


def page() -> str:
    """The whole page, one section a layer."""
    from rnnkit import applications, layers

    named = {name: getattr(home, name) for home in (layers, applications) for name in home.__all__}
    kinds = [named[name] for name in sorted(named, key=str.lower)]
    shown = [kind for kind in kinds if inspect.isclass(kind) and "$$" in (kind.__doc__ or "")]
    return "\n".join([HEAD, *(section(kind) for kind in shown)])


def section(kind: type) -> str:
    """One layer's equations and source."""
    text = inspect.cleandoc(kind.__doc__ or "")
    name = kind.__name__.removesuffix("Cell")
    equations = re.sub(r"(?m)^\$\$(.*?)\$\$$", _fenced, text.split("\nArgs:")[0], flags=re.DOTALL)
    source = re.search(r"(?ms)^Source:\n(.*?)(?:\n\n|\Z)", text)
    where = Path(inspect.getfile(kind)).relative_to(PAGE.parents[1]).as_posix()
    lines = [f"## {name}", "", equations.strip(), "", *pictures(kind)]
    if source:
        lines += ["Source: " + " ".join(source[1].split()), ""]
    whole = "\n".join([*lines, f"Code: [{where}](../{where})", ""])
    return re.sub(r"\n{3,}", "\n\n", whole)


def pictures(kind: type) -> list[str]:
    """The diagrams of a layer, with what they say of themselves."""
    lines, namespace = [], "{http://www.w3.org/2000/svg}"
    for path in sorted((PAGE.parent / "diagrams").glob("*.svg")):
        picture = ElementTree.parse(path).getroot()
        if picture.get("data-about", "").rpartition(".")[2] == kind.__name__:
            title, said = (picture.findtext(f"{namespace}{part}") for part in ("title", "desc"))
            lines += [f"![{title}. {said}](diagrams/{path.name})", ""]
    return lines


def _fenced(match: re.Match) -> str:
    formula = "\n".join(line.strip() for line in match[1].strip().splitlines())
    return f"\n```math\n{formula}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
