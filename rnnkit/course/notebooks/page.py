"""A notebook that was run as a page of its own: no script and no other host, equations as MathML."""

import re
from copy import deepcopy
from html import escape
from typing import Any

from jinja2 import DictLoader, pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from rnnkit.course.notebooks.form import alt_of

PICTURES = {"image/png", "image/gif"}
# nbconvert's page without what it loads from other hosts: RequireJS, MathJax, Mermaid.
_TEMPLATE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block extra_css %}<style>
math[display="block"] { margin: .75em 0; overflow-x: auto; overflow-y: hidden; }
.jp-RenderedImage img, .jp-RenderedHTMLCommon img { max-width: 100%; height: auto; }
</style>{% endblock %}
"""
_NEIGHBOUR = re.compile(r"\]\((\d\d_\w+)\.ipynb\)")
_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
_FUNCTION = re.compile(r"\\(?:ln|log|exp|tanh|sin|cos)(?=\s+[A-Za-z\\])")
_HIDDEN = re.compile(r"^ *### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS *\n?", re.MULTILINE | re.DOTALL)


def mathml(tex: str, display: str = "inline") -> str:
    """An equation for browsers.

    The library leaves no space before an equation's number and after a function's name, and does not know `aligned`.

    Example:
        >>> "<msup><mi>a</mi><mn>2</mn></msup>" in mathml("a^2")
        True
    """
    tex = _FUNCTION.sub(r"\g<0>\\,", tex.strip().replace(r"\tag", r"\qquad\tag"))
    for end in ("begin", "end"):
        tex = tex.replace(f"\\{end}{{aligned}}", f"\\{end}{{align*}}")
    return convert(tex, display=display)


class MathMLRenderer(IPythonRenderer):
    """Markdown whose equations need no script."""

    def block_math(self, body: str) -> str:
        return mathml(body, "block")

    def inline_math(self, body: str) -> str:
        return mathml(body)

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")


class MathMLExporter(HTMLExporter):
    """nbconvert's pages with MathML in place of MathJax."""

    renderer: type[MathMLRenderer] = MathMLRenderer

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        attachments = context.get("cell", {}).get("attachments", {})
        return MarkdownWithMath(renderer=self.renderer(escape=False, attachments=attachments)).render(source)


def page_of(notebook: NotebookNode, title: str) -> str:
    """The page of a solved notebook, as HTML: with its solutions, without the hidden part of its checks."""
    exporter = MathMLExporter(extra_loaders=[DictLoader({"page.html.j2": _TEMPLATE})], template_file="page.html.j2")
    return exporter.from_notebook_node(_to_read(notebook, title))[0]


def describe_pictures(notebook: NotebookNode) -> None:
    """Give each picture its text from the unit's form, where Jupyter's tools look for it: in its own metadata."""
    for cell in notebook.cells:
        texts = iter(alt_of(cell))
        for output in cell.get("outputs", []):
            for mime in PICTURES & set(output.get("data", {})):
                if text := next(texts, ""):
                    output.metadata.setdefault(mime, NotebookNode())["alt"] = text


def _to_read(notebook: NotebookNode, title: str) -> NotebookNode:
    """A copy for the page, with the unit's title: nbgrader's marks would be headings in Markdown, and nbconvert's lab
    template leaves out GIFs and what describes a picture.
    """
    copy = deepcopy(notebook)
    copy.metadata.title = title
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            cell.source = "\n".join(line for line in cell.source.splitlines() if line not in _MARKS)
            cell.source = _NEIGHBOUR.sub(r"](\1.html)", cell.source)  # pages lie beside each other, as notebooks do
        elif cell.cell_type == "code":
            cell.source = _HIDDEN.sub("", cell.source).rstrip()
        for output in cell.get("outputs", []):
            for mime in PICTURES & set(output.get("data", {})):
                alt = output.metadata.get(mime, {}).get("alt", "")
                if not alt and mime == "image/png":
                    continue  # of a unit without a form; nbconvert says that nothing describes it
                source = "".join(output.data[mime].split())
                output.data["text/html"] = f'<img alt="{escape(alt or "animation")}" src="data:{mime};base64,{source}">'
    return copy
