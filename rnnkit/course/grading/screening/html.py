"""HTML and Markdown that were not written here, made so that a browser shows them and runs nothing.

nh3 (Rust's ammonia), which parses as browsers do, decides what is let through. Before it, each `<` that begins no tag
of those allowed is made text, so that who marks sees all that was written.
"""

import re
from functools import lru_cache

import nh3
from bs4 import BeautifulSoup
from nbconvert.filters import markdown2html

from rnnkit.course.notebooks.diagrams import sources
from rnnkit.course.paths import UNITS

# No img but the course's own: a picture from elsewhere tells its owner who looks. No style, form, svg or math.
_TAGS = frozenset(
    "a abbr b blockquote br caption code dd del details div dl dt em font h1 h2 h3 h4 h5 h6 hr i input ins kbd li mark "
    "ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr tt u ul var".split()
)
# A whole tag with an allowed name. In values no `<`: whatever an end without a beginning would swallow stays in sight.
_TAG = re.compile(
    rf"</?(?:{'|'.join(sorted(_TAGS))})"
    r"""(?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>=`]++))?+)*+\s*+/?>""",
    re.IGNORECASE | re.ASCII,
)
_PICTURE = re.compile(r'<img alt="[^"<>]*" width="\d{1,4}" src="([^"<>]*)"\s*/?>')
_BEGINS = re.compile("<(?!!--)")  # comments are the parser's to leave out
_STYLE = r"(?:text-align|color|background-color|font-weight|font-style|text-decoration) *: *[a-z0-9#-]{1,30}"
_VALUES = {
    # Nothing of the instructor's own server; the course's cells lead from unit to unit.
    "href": re.compile(rf"(?:https?://|mailto:|#).*|(?:{'|'.join(UNITS)})\.ipynb", re.DOTALL | re.IGNORECASE),
    "title": re.compile(r"[^<>&\"']*"),
    "style": re.compile(f" *{_STYLE} *(?:; *{_STYLE} *)*;? *"),
    "align": re.compile("left|right|center"),
    "color": re.compile("[a-zA-Z0-9#]{1,30}"),
    "border": re.compile(r"\d"),
    "colspan": re.compile(r"\d{1,3}"),
    "rowspan": re.compile(r"\d{1,3}"),
    "start": re.compile(r"\d{1,6}"),
}
# What Pygments, pandas and Markdown write; formgrader's scripts go by other classes.
_CLASS = re.compile(r"[a-z]{1,2}[0-9]?|highlight|dataframe|anchor-link|task-list-item|language-[\w+-]+", re.ASCII)
_BOX = {"class": "task-list-item-checkbox", "type": "checkbox", "disabled": "", "checked": ""}
_ID = re.compile(r"[^\s\"<>]{1,300}")
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_PAGE_IDS = frozenset(
    ("top", "toc", "notebook", "notebook-container", "statusmessage", "MathJax", "require", "mermaid")
)
# TeX that makes links, attributes or loads code. Letters end a command's name, nothing else does.
_ACTIVE_TEX = re.compile(
    r"\\(?=(?:href|url|class|cssId|style|html[A-Za-z]*|data|require|mmlToken|toggle|mathtip|texttip|tooltip|"
    r"unicode|bbox|includegraphics)(?![A-Za-z]))"
)
_SHEETS = re.compile(r"<style\b[^>]*>.*?</style\s*>", re.DOTALL | re.IGNORECASE)  # pandas writes one before each table
_OPENS = re.compile(r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.IGNORECASE)
_UNCLOSED_MATH = re.compile(r"\\begin\{|\\\\[\[(]")
_HALF = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST = 200_000
_LONGEST_MARKDOWN = 40_000
_MOST_TAGS = 6_000
_MOST_REOPENED = 200_000
_MOST_STEPS = 10_000_000
_NOTE = "Shown without what could run in a browser, or as text:"


def whole_characters(text: str) -> str:
    """A text that can be written as UTF-8: half characters replaced."""
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", text)


def calm_tex(text: str) -> str:
    """A text in which MathJax finds formulas, but no command that makes a link or loads anything.

    Example:
        >>> calm_tex(r"$\\href{javascript:alert(1)}{\\frac{1}{2}}$")
        '$∖href{javascript:alert(1)}{\\\\frac{1}{2}}$'
    """
    return _ACTIVE_TEX.sub("\N{SET MINUS}", text)


def clean_html(text: str) -> str | None:
    """HTML of which a browser runs nothing; None where it is too large or too tangled to be cleaned.

    Example:
        >>> clean_html("<b onclick='x()'>2</b><script>x()</script>")
        '<b>2</b>&lt;script&gt;x()&lt;/script&gt;'
    """
    return _cleaned(_SHEETS.sub("", text), frozenset(_PAGE_IDS), headings=False)


@lru_cache(maxsize=512)
def clean_markdown(source: str, taken_ids: frozenset[str] = frozenset()) -> str:
    """Markdown that nbconvert renders to HTML of which a browser runs nothing.

    Args:
        source: Markdown. What is harmless comes back as it is; the rest as cleaned HTML, or as text.
        taken_ids: ids that the page uses; a heading that would get one of them is let through without it.

    Example:
        >>> clean_markdown("**bold**, $x^2$, [link](https://example.org)")
        '**bold**, $x^2$, [link](https://example.org)'
        >>> "javascript" in clean_markdown("[link](javascript:x)")
        False
    """
    source = whole_characters(source)
    reserved = _PAGE_IDS | taken_ids
    if _renders_clean(source, reserved):
        return source
    rendered = _rendered(source)
    cleaned = None if rendered is None else _cleaned(rendered, reserved, headings=False)
    if cleaned is not None:
        block = f"<div><em>{_NOTE}</em> {_on_one_line(cleaned)}</div>"
        if _renders_clean(block, reserved):
            return block
    return as_text(source)


def as_text(source: str) -> str:
    """Markdown that shows a text letter by letter, whatever it is."""
    shown = source if len(source) <= _LONGEST_MARKDOWN else source[:_LONGEST_MARKDOWN] + " … (cut)"
    coded = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in shown)
    return f"<div><em>{_NOTE}</em><pre>{coded}</pre></div>"


def _renders_clean(source: str, reserved: frozenset[str]) -> bool:
    """Whether nothing has to be taken out of what nbconvert makes of a source."""
    rendered = _rendered(source)
    if rendered is None:
        return False
    cleaned = _cleaned(rendered, reserved, headings=True)
    # Within an element, so that a stray end tag, or a start without an end, shows as a difference.
    return cleaned is not None and _parsed(f"<div>{rendered}</div>") == _parsed(f"<div>{cleaned}</div>")


def _rendered(source: str) -> str | None:
    # nbconvert seeks the end of each unclosed formula through the whole rest.
    if len(source) > 8 * _LONGEST_MARKDOWN or len(_UNCLOSED_MATH.findall(source)) * len(source) > _MOST_STEPS:
        return None
    try:
        rendered = markdown2html(source)
    except Exception:  # a missing attachment, nesting: nbconvert raises, and would raise when the page is made
        return None
    # Then it seeks links to files, from each place where one could begin to the end of the line.
    begins = rendered.count("[") + rendered.count("<a") + rendered.count("<i")
    return rendered if begins * len(rendered) <= _MOST_STEPS else None


def _cleaned(text: str, reserved: frozenset[str], headings: bool) -> str | None:
    # The parser looks through all open tags at each tag; and each unclosed format is opened again in each paragraph.
    tags = text.count("<")
    if len(text) > _LONGEST or tags > _MOST_TAGS or len(_OPENS.findall(text)) * tags > _MOST_REOPENED:
        return None

    def allowed(tag: str, name: str, value: str) -> str | None:
        if name == "id":
            good = headings and tag in _HEADINGS and bool(_ID.fullmatch(value)) and value not in reserved
        elif tag == "img":
            good = name in ("alt", "width") or (name == "src" and value in sources())
        elif tag == "input":
            good = _BOX.get(name) == value
        elif name == "class":
            good = all(_CLASS.fullmatch(word) for word in value.split())
        else:
            good = name in _VALUES and _VALUES[name].fullmatch(value) is not None
        return value if good else None

    try:
        safe = nh3.clean(
            _others_as_text(text),
            tags={*_TAGS, "img"},
            attributes={"*": {"id", "class", *_VALUES}, "input": set(_BOX), "img": {"alt", "width", "src"}},
            attribute_filter=allowed,
            url_schemes={"http", "https", "mailto", "data"},  # `allowed` has the last word
            link_rel=None,
        )
        soup = BeautifulSoup(safe, "html.parser")
        for box in soup.find_all("input"):  # of a task list; anything else to click on or write in goes
            if box.get("type") != "checkbox" or "disabled" not in box.attrs:
                box.decompose()
        for piece in soup.find_all(string=_ACTIVE_TEX):
            piece.replace_with(calm_tex(piece))
        return str(soup)
    except (RecursionError, ValueError):  # at the limits of what reads it
        return None


def _others_as_text(text: str) -> str:
    """HTML in which only allowed tags, whole ones, are still tags, and comments comments; nothing in it is unseen."""
    text = _UNSEEN.sub("?", text)

    def begin(found: re.Match[str]) -> str:
        picture = _PICTURE.match(text, found.start())
        own = picture is not None and picture[1] in sources()
        return "<" if own or _TAG.match(text, found.start()) else "&lt;"

    return _BEGINS.sub(begin, text)


def _on_one_line(text: str) -> str:
    """HTML that Markdown takes for one piece, and changes nothing in."""
    soup = BeautifulSoup(text, "html.parser")
    for piece in soup.find_all(string=re.compile(r"[\r\n]")):
        if piece.find_parent("pre") is None:
            piece.replace_with(re.sub(r"[\r\n]+", " ", piece))
    return str(soup).replace("\r", "").replace("\n", "&#10;")


def _parsed(text: str) -> str:
    return str(BeautifulSoup(text, "html.parser"))
