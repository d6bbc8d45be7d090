"""Diagrams in units: a line `![](diagram:elman)` in a unit's source becomes the picture itself.

It stands in the cell as data, so that a notebook that is opened alone shows it without another file or host. Not as an
attachment: JupyterLab shows none of SVG. Its alternative text is what the picture says of itself.
"""

import base64
import re
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
        folder: of the diagrams, `docs/diagrams` of the project by default.

    Raises:
        ValueError: there is no such diagram.
    """
    return _REFERENCE.sub(lambda match: _picture(match[1], folder or project_root() / "docs" / "diagrams"), text)


def _picture(name: str, folder: Path) -> str:
    path = folder / f"{name}.svg"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in folder.glob("*.svg"))) or "none"
        raise ValueError(f"diagram: expected one of {known}, received {name!r}. Draw them with: make diagrams")
    svg = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg)
    said = f"{root.findtext(f'{_SVG}title')}. {root.findtext(f'{_SVG}desc')}"
    data = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{escape(said)}" width="{root.get("width")}" src="data:image/svg+xml;base64,{data}">'
