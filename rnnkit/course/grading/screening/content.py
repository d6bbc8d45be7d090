"""From the bytes of a submitted notebook to plain cells, of which nothing is believed but their kind and text."""

import json
import re
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from rnnkit.course.grading.screening.files import Refused, quoted

_DEPTH = 60
_DIGITS = 400
_PARTS = 500_000
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


@dataclass(frozen=True)
class SizeLimits:
    """How large a submission may be: the notebook's file, what of it is kept, its cells, the files beside it."""

    notebook_bytes: int = 20_000_000
    source_characters: int = 1_000_000
    cells: int = 2_000
    files: int = 500


@dataclass
class PlainCell:
    """A cell as it was handed in. `claimed` is nbgrader's metadata, whatever it holds; `id` the cell's own, or none."""

    kind: str
    source: str
    claimed: dict[str, Any] | None
    tags: list[str]
    id: str | None


def plain_cells(content: bytes, limits: SizeLimits, repairs: list[str]) -> tuple[list[PlainCell], object]:
    """The cells of a notebook file, and the name of its kernel.

    Args:
        content: the file's bytes.
        limits: caps.
        repairs: what had to be mended is added to it, in words.

    Raises:
        Refused: not a notebook that can be read without guessing.
    """
    document = _document(content, repairs)
    if document.get("nbformat") == 3:
        document = _upgraded(document)
        repairs.append("upgraded from notebook format 3")
    elif type(document.get("nbformat")) is not int or document["nbformat"] != 4:
        raise Refused(f"not a notebook of format 4: nbformat is {quoted(document.get('nbformat'))}")
    elif document.get("nbformat_minor") in (0, 1, 2, 3, 4):
        repairs.append(f"upgraded from notebook format 4.{int(document['nbformat_minor'])}")
    raw = document.get("cells")
    if not isinstance(raw, list):
        raise Refused("the notebook has no list of cells")
    if len(raw) > limits.cells:
        raise Refused(f"{len(raw)} cells, more than {limits.cells}")
    cells = [_cell(position, cell) for position, cell in enumerate(raw)]
    if sum(len(cell.source) for cell in cells) > limits.source_characters:
        raise Refused(f"the cells hold more than {limits.source_characters:,} characters")
    for position, cell in enumerate(cells):
        # Half a character, which no file and no kernel takes; a word processor's broken emoji.
        cell.source, halves = _LONE_SURROGATE.subn("\N{REPLACEMENT CHARACTER}", cell.source)
        if halves:
            repairs.append(f"cell {position}: broken characters replaced")
    return cells, _kernel(document)


def _document(content: bytes, repairs: list[str]) -> dict[str, Any]:
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
        repairs.append("byte order mark removed")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"the notebook is not UTF-8 (byte {error.start})") from None
    if text.count("{") + text.count("[") > _PARTS:  # each may take a hundred bytes of memory
        raise Refused(f"the notebook is made of more than {_PARTS:,} parts")
    try:
        document = json.loads(
            text,
            object_pairs_hook=_each_key_once,
            parse_int=_integer,
            parse_constant=lambda _: None,  # NaN in an output, which is dropped; nowhere else is it taken
        )
    except RecursionError:
        raise Refused("the notebook is nested absurdly deep") from None
    except json.JSONDecodeError as error:
        raise Refused(f"the notebook is not JSON (line {error.lineno}: {error.msg.lower()})") from None
    if not isinstance(document, dict):
        raise Refused(f"not a notebook: expected an object, received a {type(document).__name__}")
    _bounded(document)
    return document


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two readers may take different ones of two values, so neither is taken.
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Refused(f"the notebook gives {quoted(twice)} twice in one place")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise Refused(f"the notebook holds a number of {len(digits)} digits")
    return int(digits)


def _bounded(document: object) -> None:
    """Refuse what is nested so deep that a later step could not copy it."""
    level: list[Any] = [document]
    depth = 0
    while level:
        if depth > _DEPTH:
            raise Refused("the notebook is nested absurdly deep")
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        level, depth = [value for value in below if isinstance(value, dict | list)], depth + 1


def _upgraded(document: dict[str, Any]) -> NotebookNode:
    for sheet in document.get("worksheets") or []:
        for cell in sheet.get("cells") or [] if isinstance(sheet, dict) else []:
            if isinstance(cell, dict) and cell.get("cell_type") == "code":
                cell["outputs"] = []
    try:
        upgraded = nbformat.convert(nbformat.from_dict(document), 4)
    except Exception as error:  # whatever a reader of old notebooks makes of bad ones
        raise Refused(f"a notebook of format 3 that cannot be upgraded ({type(error).__name__})") from None
    for cell in upgraded.cells:
        cell.pop("id", None)  # drawn at random by nbformat
    return upgraded


def _cell(position: int, cell: object) -> PlainCell:
    if not isinstance(cell, dict):
        raise Refused(f"cell {position} is a {type(cell).__name__}, not a cell")
    kind, source, metadata = cell.get("cell_type"), cell.get("source"), cell.get("metadata")
    if kind not in ("code", "markdown", "raw"):
        raise Refused(f"cell {position} is of an unknown kind: {quoted(kind)}")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Refused(f"cell {position} has no text")
    metadata = metadata if isinstance(metadata, dict) else {}
    claimed, tags = metadata.get("nbgrader"), metadata.get("tags")
    tags = [tag for tag in tags if isinstance(tag, str) and _TAG.fullmatch(tag)] if isinstance(tags, list) else []
    own = cell.get("id")
    return PlainCell(
        kind=kind,
        source=source,
        claimed=claimed if isinstance(claimed, dict) else None,
        tags=sorted(set(tags))[:20],
        id=own if isinstance(own, str) else None,
    )


def _kernel(document: dict[str, Any]) -> object:
    value: object = document
    for key in ("metadata", "kernelspec", "name"):
        value = value.get(key) if isinstance(value, dict) else None
    return value
