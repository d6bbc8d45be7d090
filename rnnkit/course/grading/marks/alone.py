"""One grader at a time for a course: another one waits, and finds what the first has finished."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(folder: Path, waits: Callable[[], None], seconds: float = 0.5) -> Iterator[None]:
    """Hold the folder's lock. The system gives it back when the process ends, however it ends.

    Args:
        folder: where the file `.lock` lies.
        waits: called once if another process has it.
        seconds: between two tries.
    """
    if fcntl is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        told = False
        while True:
            try:
                # Of the process, and not inherited: a worker that outlives a killed grader does not hold it.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except (BlockingIOError, PermissionError):
                if not told:
                    waits()
                    told = True
                time.sleep(seconds)
        yield
