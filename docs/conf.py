"""Sphinx's settings for the site. `python docs/build_site.py` gathers its pages and calls Sphinx."""

import re

from docutils import nodes

import rnnkit
from rnnkit.course.notebooks.page import mathml

project, author, html_title = "rnnkit", "the rnnkit authors", "rnnkit"
copyright = author
version = release = rnnkit.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["files"]

# Pages: Furo has search, dark mode and a menu for small screens, and asks no other host.
html_theme = "furo"
html_static_path = ["site.css", "site.js"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_extra_path = ["files"]  # beside the pages: see build_site.py
html_copy_source = html_show_sourcelink = False
html_math_renderer = "mathml"
pygments_style, pygments_dark_style = "a11y-light", "a11y-dark"

# Notebooks: executed by `rnnkit run` alone.
nb_execution_mode = "off"
nb_ipywidgets_js = {}
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_dmath_allow_labels = False
myst_fence_as_directive = ["math"]
myst_heading_anchors = 3

# Docstrings.
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_inherit_docstrings = False  # Keras's are not for Sphinx
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # what Napoleon takes for a type may be the name of two attributes
napoleon_google_docstring, napoleon_numpy_docstring = True, False
napoleon_custom_sections = [("Call arguments", "params_style"), "Source"]

_APART = re.compile(
    r"(?P<display>^ *\$\$.*?\$\$ *$)|(?P<doctest>^ *>>> .*?(?=^\s*$|\Z))|(?P<code>`[^`]+`)|\$(?P<inline>[^$]+?)\$",
    re.MULTILINE | re.DOTALL,
)


def restructured(text: str) -> str:
    """A docstring, which is Markdown with equations, as reStructuredText."""
    text = re.sub(r"(?m)^( *)Args: (those of .*), then$", r"\1Its arguments are \2, then:\n\n\1Args:", text)
    text = re.sub(r"(?m)^( +[\w, ]+,)\n +(?=[\w, ]+: )", r"\1 ", text)  # names of arguments over two lines
    parts, end = [], 0
    for match in _APART.finditer(text):
        parts += [_plain(text[end : match.start()]), _special(match)]
        end = match.end()
    return "".join([*parts, _plain(text[end:])])


def _plain(text: str) -> str:
    # An attribute's name is Napoleon's to escape.
    either = r"(?P<name>^ +\w+_:)|(?P<mark>[|*\\]|(?<=\w)_(?!\w))"
    return re.sub(either, lambda match: match["name"] or "\\" + match["mark"], text, flags=re.MULTILINE)


def _special(match: re.Match) -> str:
    if match["display"]:
        indent = re.match(" *", match[0])[0]
        lines = (f"{indent}   {line.strip()}" for line in match[0].strip(" $\n").splitlines())
        return "\n".join(["", f"{indent}.. math::", "", *lines, ""])
    if match["code"]:
        return f"`{match['code']}`"
    return f":math:`{match['inline']}`" if match["inline"] else match[0]


def _docstring(app, what, name, thing, options, lines: list[str]) -> None:
    lines[:] = restructured("\n".join(lines)).splitlines()


def _left_out(app, what, name, thing, skip, options) -> bool | None:
    return (getattr(thing, "__doc__", None) or "").startswith("The cell's `") or None


def _inline(writer, node) -> None:
    writer.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _display(writer, node) -> None:
    writer.body.append(f'<div class="equation">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app) -> None:
    """Docstrings before Napoleon reads them; equations as MathML, which needs no script and no font of its own."""
    app.connect("autodoc-process-docstring", _docstring, priority=400)
    app.connect("autodoc-skip-member", _left_out)  # what a layer only passes on from its cell
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
