"""Files that are written whole or not at all, and by one process at a time."""

import os
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


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


def locked(file: IO) -> bool:
    """Try to take an open file's lock, and say whether this process has it; on Windows it always has.

    The system gives it back when the file is closed, or when the process ends, however it ends. It is the process's own
    and not inherited: what a killed process leaves running does not hold it.
    """
    if fcntl is None:
        return True
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
