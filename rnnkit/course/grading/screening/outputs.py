"""What a kernel sent, made into outputs that every later step can read.

A student's code can send any message in its kernel's name, so outputs may hold what no notebook can: text that no file
takes, numbers for text, data nested deeper than what writes them can follow.
"""

import re
from typing import Any

import nbformat
from nbformat import NotebookNode

_HALF = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_JSON = re.compile(r"application/(.*\+)?json")
_DEEPEST = 30


def writable(text: object) -> str:
    """Text that a file takes: halves of characters are replaced.

    Example:
        >>> writable("a\\ud800b")
        'a�b'
    """
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", str(text))


def told(text: object, length: int = 1000) -> str:
    """A student's words inside ours, for a table or a report: no control or turning characters, and cut.

    Example:
        >>> told("a\\x1b[31m", 4)
        'a�[3'
    """
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", writable(text))[:length]


def make_sound(notebook: NotebookNode) -> None:
    """Replace a notebook's outputs by sound ones; one that is none is dropped."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [made for made in map(_sound, cell.outputs) if made is not None]
            if type(cell.execution_count) is not int:
                cell.execution_count = None


def _sound(output: Any) -> NotebookNode | None:
    try:
        return _MAKE[output["output_type"]](output)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _stream(output: Any) -> NotebookNode:
    if output["name"] not in ("stdout", "stderr"):
        raise ValueError
    return nbformat.v4.new_output("stream", name=output["name"], text=_text(output["text"]))


def _data(output: Any) -> NotebookNode:
    data = {_text(kind): (_plain if _JSON.fullmatch(kind) else _text)(part) for kind, part in output["data"].items()}
    metadata = output["metadata"] if isinstance(output["metadata"], dict) else {}
    made = nbformat.v4.new_output(output["output_type"], data=data, metadata=_plain(metadata))
    if output["output_type"] == "execute_result":
        count = output.get("execution_count")
        made.execution_count = count if type(count) is int else None
    return made


def _error(output: Any) -> NotebookNode:
    lines = [_text(line) for line in output["traceback"]]
    return nbformat.v4.new_output(
        "error", ename=_text(output["ename"]), evalue=_text(output["evalue"]), traceback=lines
    )


_MAKE = {"stream": _stream, "display_data": _data, "execute_result": _data, "error": _error}


def _text(part: Any) -> str:
    if isinstance(part, list) and all(isinstance(line, str) for line in part):
        part = "".join(part)
    if not isinstance(part, str):
        raise ValueError
    return writable(part)


def _plain(part: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise ValueError
    if isinstance(part, dict):
        return {_text(key): _plain(inner, depth + 1) for key, inner in part.items()}
    if isinstance(part, list):
        return [_plain(inner, depth + 1) for inner in part]
    return writable(part) if isinstance(part, str) else part
