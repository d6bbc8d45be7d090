"""A marked notebook made harmless for the instructor's browser.

nbgrader's formgrader and feedback pages, and nbconvert's pages, put a student's Markdown, HTML output, JavaScript and
picture data into the page as they are. What is written here is what they read, so that nothing in it runs.
"""

import base64
import binascii
import math
import re
from copy import deepcopy
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from rnnkit.course.grading.screening.html import as_text, calm_tex, clean_html, clean_markdown, whole_characters
from rnnkit.course.notebooks.derive import KERNELSPEC

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TAG = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
_PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_NBGRADER: dict[str, type | tuple[type, ...]] = {
    "schema_version": int, "grade": bool, "locked": bool, "solution": bool, "task": bool, "points": (int, float)
}  # fmt: skip
_NBGRADER_TEXT = {
    "grade_id": _ID,
    "checksum": re.compile("[0-9a-f]{32}"),
    "cell_type": re.compile("code|markdown|raw"),
}
_ESCAPE = re.compile("\x1b(?:\\[[0-9;]{0,40}[@-~]?)?")
_LONGEST = 100_000
_LARGEST_PICTURE = 10_000_000
_MOST_OUTPUTS = 500
_MOST_WORK = 20_000_000


def harmless(notebook: NotebookNode) -> NotebookNode:
    """A copy of a notebook of which nothing runs in a browser, whatever a student wrote or put out.

    Markdown, tables, PNG and JPEG pictures, formulas, text and coloured errors stay; Markdown that needs no cleaning is
    left letter by letter, so that nbgrader's checksums still hold. SVG, JavaScript, widgets, attachments, and metadata
    but nbgrader's are dropped, and it is said where an output is gone for it. Applied twice it changes nothing more.

    Args:
        notebook: format 4, with outputs, as it comes from a kernel.

    Returns:
        A new notebook; the argument is not changed.

    Example:
        >>> from nbformat.v4 import new_code_cell, new_notebook
        >>> output = NotebookNode(output_type="display_data", metadata={}, data={"text/html": "<p onclick='x()'>2</p>"})
        >>> harmless(new_notebook(cells=[new_code_cell("f()", outputs=[output])])).cells[0].outputs[0].data
        {'text/html': '<p>2</p>'}
    """
    described = {"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}}
    clean = NotebookNode(cells=[], metadata=_node(described), nbformat=4, nbformat_minor=5)
    taken = _page_ids(notebook)
    used: set[str] = set()
    for place, cell in enumerate(notebook.cells):
        kept = _cell(cell, taken)
        own = cell.get("id")
        fits = isinstance(own, str) and _ID.fullmatch(own) is not None and own not in used
        kept.id = own if fits else _unused(used, place)
        used.add(kept.id)
        clean.cells.append(kept)
    return clean


def _cell(cell: NotebookNode, taken: frozenset[str]) -> NotebookNode:
    source, metadata = _text(cell.get("source")), _metadata(cell)
    if cell.get("cell_type") == "code":
        outputs = [_output(output, taken) for output in cell.get("outputs", [])[:_MOST_OUTPUTS]]
        if len(cell.get("outputs", [])) > _MOST_OUTPUTS:
            outputs.append(new_output("stream", name="stdout", text="… (more outputs are not shown)"))
        count = cell.get("execution_count")
        count = count if type(count) is int and 0 <= count < 10**9 else None
        code = {"cell_type": "code", "source": source, "execution_count": count}
        return _node({**code, "outputs": [output for output in outputs if output is not None], "metadata": metadata})
    if cell.get("cell_type") == "raw" and "<" not in source:
        return _node({"cell_type": "raw", "source": source, "metadata": metadata})
    shown = clean_markdown(source, taken) if cell.get("cell_type") == "markdown" else as_text(source)
    clean = new_markdown_cell(shown)
    clean.metadata = _node(metadata)
    return clean


def _output(output: NotebookNode, taken: frozenset[str]) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=_printed(output.get("text")))
    if kind == "error":
        lines = output.get("traceback")
        lines = [_printed(line) for line in lines[:1000]] if isinstance(lines, list) else []
        if sum(len(line) for line in lines) > _LONGEST:
            lines = [_printed("\n".join(lines))]
        named = {"ename": _printed(output.get("ename")), "evalue": _printed(output.get("evalue"))}
        return new_output("error", **named, traceback=lines)
    if kind not in ("display_data", "execute_result"):
        return None
    given = output.get("data")
    data, sizes = _data(given if isinstance(given, dict) else {}, taken)
    metadata = output.get("metadata")
    for kind_of_picture in sizes:
        sizes[kind_of_picture] = _size(metadata.get(kind_of_picture)) if isinstance(metadata, dict) else {}
    clean = _node({"output_type": kind, "data": data, "metadata": {k: v for k, v in sizes.items() if v}})
    if kind == "execute_result":
        count = output.get("execution_count")
        clean.execution_count = count if type(count) is int and 0 <= count < 10**9 else None
    return clean


def _data(given: dict[str, Any], taken: frozenset[str]) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
    """What can be shown of an output's forms, and which of them are pictures."""
    data: dict[str, str] = {}
    for mime, magic in _PICTURES.items():
        picture = _picture(_text(given.get(mime)), magic)
        if picture is not None:
            data[mime] = picture
    if "text/html" in given:
        cleaned = clean_html(_text(given["text/html"]))
        if cleaned is not None:
            data["text/html"] = cleaned
    if "text/markdown" in given:
        data["text/markdown"] = clean_markdown(_text(given["text/markdown"]), taken)
    if "text/latex" in given:
        data["text/latex"] = calm_tex(_text(given["text/latex"]))[:_LONGEST]
    if "text/plain" in given:
        data["text/plain"] = _printed(given["text/plain"])
    if not data:
        kinds = ", ".join(sorted(str(kind) for kind in given)) or "nothing"
        data["text/plain"] = _printed(f"(an output that is not shown here: {kinds[:200]})")
    return data, {mime: {} for mime in _PICTURES if mime in data}


def _picture(coded: str, magic: bytes) -> str | None:
    try:
        content = base64.b64decode("".join(coded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not content.startswith(magic) or len(content) > _LARGEST_PICTURE:
        return None
    return base64.b64encode(content).decode("ascii")


def _size(metadata: object) -> dict[str, int]:
    sides = metadata if isinstance(metadata, dict) else {}
    return {k: v for k, v in sides.items() if k in ("width", "height") and type(v) is int and 0 < v <= 10_000}


def _metadata(cell: NotebookNode) -> dict[str, Any]:
    given = cell.get("metadata")
    given = given if isinstance(given, dict) else {}
    metadata: dict[str, Any] = {k: given[k] for k in ("deletable", "editable") if isinstance(given.get(k), bool)}
    tags = given.get("tags")
    tags = [tag for tag in tags if isinstance(tag, str) and _TAG.fullmatch(tag)] if isinstance(tags, list) else []
    if tags:
        metadata["tags"] = tags
    marked = given.get("nbgrader")
    if isinstance(marked, dict) and _grade_id(cell):
        kept = {k: marked[k] for k, kind in _NBGRADER.items() if k in marked and isinstance(marked[k], kind)}
        if not math.isfinite(kept.get("points", 0)):
            del kept["points"]
        for key, pattern in _NBGRADER_TEXT.items():
            if isinstance(marked.get(key), str) and pattern.fullmatch(marked[key]):
                kept[key] = marked[key]
        wanted = {"schema_version", "grade", "locked", "solution"} | ({"points"} if kept.get("grade") else set())
        if wanted <= set(kept):  # nbgrader's pages fail on less
            metadata["nbgrader"] = kept
    return metadata


def _grade_id(cell: NotebookNode) -> str | None:
    given = cell.get("metadata")
    marked = given.get("nbgrader") if isinstance(given, dict) else None
    grade_id = marked.get("grade_id") if isinstance(marked, dict) else None
    return grade_id if isinstance(grade_id, str) and _ID.fullmatch(grade_id) else None


def _page_ids(notebook: NotebookNode) -> frozenset[str]:
    """Ids by which formgrader finds its own fields for points and comments."""
    ids = [grade_id for cell in notebook.cells if (grade_id := _grade_id(cell))]
    return frozenset(name + suffix for name in ids for suffix in ("", "-comment", "_extra_credit"))


def _text(value: object) -> str:
    if isinstance(value, list):
        value = "".join(piece for piece in value if isinstance(piece, str))
    return whole_characters(value) if isinstance(value, str) else ""


def _printed(value: object) -> str:
    """A text with the codes for its colours, of a length and number that nbconvert can work through."""
    text = _text(value)
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "\n… (cut)"
    if text.count("\x1b") * len(text) > _MOST_WORK:
        text = _ESCAPE.sub("", text)
    return text


def _unused(used: set[str], place: int) -> str:
    name = f"cell-{place:04d}"
    while name in used:
        name += "-"
    return name


def _node(value: dict[str, Any]) -> NotebookNode:
    node = NotebookNode()
    node.update(deepcopy(value))
    return node
