"""One grader at a time for a course: another one waits, and finds what the first has finished."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rnnkit._files import locked


@contextmanager
def alone(folder: Path, waits: Callable[[], None], seconds: float = 0.5) -> Iterator[None]:
    """Hold the folder's lock. The system gives it back when the process ends, however it ends.

    Args:
        folder: where the file `.lock` lies.
        waits: called once if another process has it.
        seconds: between two tries.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        told = False
        while not locked(file):
            if not told:
                waits()
                told = True
            time.sleep(seconds)
        yield
