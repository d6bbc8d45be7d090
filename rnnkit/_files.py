"""Files that are written whole or not at all."""

import os
from pathlib import Path


def write_beside_then_rename(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: an interrupted run leaves the old file as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if isinstance(content, str):
            beside.write_text(content, encoding="utf-8")
        else:
            beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
