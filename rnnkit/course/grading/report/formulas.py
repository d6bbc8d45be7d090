"""Pages of students' notebooks, whose equations need no network and may be anything."""

import re
from functools import lru_cache
from html import escape
from typing import Any
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from jinja2 import pass_context
from nbconvert.exporters import TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat import NotebookNode

from rnnkit.course.grading.screening.html import calm_tex
from rnnkit.course.notebooks.page import MathMLExporter, MathMLRenderer, mathml

_LONGEST = 5_000
_ATTRIBUTES = frozenset(
    "xmlns display displaystyle mathvariant mathcolor mathbackground columnalign columnspacing columnlines rowspacing "
    "rowlines accent accentunder fence form stretchy symmetric separator lspace rspace minsize maxsize movablelimits "
    "linethickness width height depth voffset notation open close largeop scriptlevel side".split()
)


def formula(tex: str, display: str = "inline") -> str:
    """An equation as MathML, or as its TeX where that is no equation or asks for more than one.

    Example:
        >>> formula("x" * 6000)[:7], "<mfrac>" in formula(r"\\frac{1}{2}")
        ('<code>x', True)
    """
    try:
        if len(tex) > _LONGEST:
            raise ValueError("too long")
        shown = mathml(calm_tex(tex), display)
        for element in ElementTree.fromstring(shown.replace("&nbsp;", " ")).iter():
            if not _ATTRIBUTES.issuperset(re.sub(r"^\{.*\}", "", name) for name in element.attrib):
                raise ValueError("an attribute that shows nothing")
    except (Exception, RecursionError):  # the converter raises what it happens to stumble over
        return f"<code>{escape(tex)}</code>"
    return shown


class _Careful(MathMLRenderer):
    def block_math(self, body: str) -> str:
        return formula(body, "block")

    def inline_math(self, body: str) -> str:
        return formula(body)

    def latex_environment(self, name: str, body: str) -> str:
        return formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")


class StudentsExporter(MathMLExporter):
    """Pages of notebooks that were made harmless when they were marked.

    A class hands in the same notebook with other answers: a cell that was rendered once is not rendered again.
    """

    renderer = _Careful

    def __init__(self, **settings: Any) -> None:
        filters = {"highlight_code": _highlighted, "closed": _closed}
        super().__init__(filters=filters, **settings)

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """The page's filter; a cell with attachments is one of its own."""
        attachments = context.get("cell", {}).get("attachments", {})
        return _rendered(source) if not attachments else _render(source, attachments)

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **more: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page, without nbconvert's second look at it, which takes half of the time: harmless cells have no end
        too few, and a picture that says nothing else is said to be described by nothing."""
        # What HTMLExporter adds to this are scripts, themes and widgets, of which there are none.
        page, resources = TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **more)
        return _UNDESCRIBED.sub(f'<img alt="{_NO_DESCRIPTION}"', page), resources


_UNDESCRIBED = re.compile(r"<img(?=\s)(?![^>]*\salt=)")
_NO_DESCRIPTION = "No description has been provided for this image"


def _render(source: str, attachments: dict[str, Any]) -> str:
    return MarkdownWithMath(renderer=_Careful(escape=False, attachments=attachments)).render(source)


@lru_cache(maxsize=1024)
def _rendered(source: str) -> str:
    return _render(source, {})


@lru_cache(maxsize=1024)
def _coloured(source: str, language: str | None) -> str:
    metadata = {"magics_language": language} if language else {}
    return Highlight2HTML(pygments_lexer="ipython3")(source, metadata=metadata)


def _highlighted(source: str, language: str | None = None, metadata: Any = None) -> str:
    """nbconvert's filter of this name, for notebooks in Python."""
    return _coloured(source, language or (metadata or {}).get("magics_language"))


def _closed(text: str) -> str:
    """HTML that somebody wrote by hand, with all that it opens closed."""
    return str(BeautifulSoup(text, "html.parser"))
