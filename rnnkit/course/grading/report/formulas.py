"""Pages of students' notebooks, whose equations need no network and may be anything."""

import re
from html import escape
from xml.etree import ElementTree

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
    """Pages of notebooks that were made harmless when they were marked."""

    renderer = _Careful
