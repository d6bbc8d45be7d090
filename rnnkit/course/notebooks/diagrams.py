"""Diagrams in units: a line `![](diagram:elman)` in a unit's source becomes the picture itself.

It stands in the cell as data, so that a notebook that is opened alone shows it without another file or host. Not as an
attachment: JupyterLab shows none of SVG. Its alternative text is what the picture says of itself.
"""

import base64
import re
from functools import cache
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from rnnkit.course.paths import project_root

_REFERENCE = re.compile(r"!\[\]\(diagram:([a-z_]+)\)")
_SVG = "{http://www.w3.org/2000/svg}"


def with_diagrams(text: str, folder: Path | None = None) -> str:
    """A Markdown cell's text with its diagrams in it.

    Args:
        text: Markdown.
        folder: of the diagrams; by default `docs/diagrams` of the project, or else of this checkout.

    Raises:
        ValueError: there is no such diagram.
    """
    return _REFERENCE.sub(lambda match: _picture(match[1], folder or _folder()), text)


@cache
def sources() -> frozenset[str]:
    """What the pictures of all diagrams have as `src`: the only ones that a page of a hand-in may show."""
    return frozenset(_source(path.read_text(encoding="utf-8")) for path in _folder().glob("*.svg"))


def _folder() -> Path:
    places = [root / "docs" / "diagrams" for root in (project_root(), Path(__file__).resolve().parents[3])]
    return next((place for place in places if place.is_dir()), places[0])


def _source(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _picture(name: str, folder: Path) -> str:
    path = folder / f"{name}.svg"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in folder.glob("*.svg"))) or "none"
        raise ValueError(f"diagram: expected one of {known}, received {name!r}. Draw them with: make diagrams")
    svg = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg)
    said = f"{root.findtext(f'{_SVG}title')}. {root.findtext(f'{_SVG}desc')}"
    return f'<img alt="{escape(said)}" width="{root.get("width")}" src="{_source(svg)}">'
