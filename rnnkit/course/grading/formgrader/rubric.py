"""Part-points of a question marked by hand, with a comment each: one list for the whole class.

It stands in `course/rubrics/<unit>.json`, by the question's grade_id, and may be written there before marking begins.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

from rnnkit._files import write_beside_then_rename

_NAME = re.compile(r"[A-Za-z0-9_-]+(?:[ .][A-Za-z0-9_-]+)*")
_LONGEST, _MOST = 500, 40


def read_rubric(course: Path, unit: str, cell: str) -> list[dict[str, Any]]:
    """The parts of a question: `points` and `text`.

    Raises:
        ValueError: the file holds something else.
    """
    path = _path(course, unit)
    if not path.is_file():
        return []
    try:
        parts = json.loads(path.read_text(encoding="utf-8")).get(cell, [])
        return [_part(part) for part in parts]
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f'{path}: expected {{"question": [{{"points": 2, "text": "..."}}]}}, received {error}.'
        ) from None


def write_rubric(course: Path, unit: str, cell: str, parts: Any) -> list[dict[str, Any]]:
    """Put a list in the place of a question's parts, as they are then kept.

    Raises:
        ValueError: no such list.
    """
    if not isinstance(parts, list) or len(parts) > _MOST:
        raise ValueError(f"a rubric: expected a list of at most {_MOST} parts, received {str(parts)[:80]!r}.")
    kept = [_part(part) for part in parts]
    if len({part["text"] for part in kept}) < len(kept):
        raise ValueError("a rubric: expected each text once, received one twice.")
    path = _path(course, unit)
    read_rubric(course, unit, cell)  # what is no list of parts is not written over
    whole = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    whole[cell] = kept
    write_beside_then_rename(path, json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    return kept


def _part(part: Any) -> dict[str, Any]:
    points, text = (part.get("points"), part.get("text")) if isinstance(part, dict) else (None, None)
    good = isinstance(points, int | float) and not isinstance(points, bool) and math.isfinite(points)
    text = " ".join(text.split()) if isinstance(text, str) else ""
    if not good or not 0 < len(text) <= _LONGEST:
        raise ValueError(f"a part: expected points, a number, and a text, received {str(part)[:80]!r}.")
    return {"points": points, "text": text}


def _path(course: Path, unit: str) -> Path:
    if not _NAME.fullmatch(unit):
        raise ValueError(f"unit: expected a name of letters and digits, received {unit!r}.")
    return course / "rubrics" / f"{unit}.json"
