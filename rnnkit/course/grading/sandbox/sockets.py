"""The sockets of a kernel that lie in its sandbox's own file system, reached from outside it.

Nothing of the host is writable for the kernel. Its sockets are opened once, before any of the student's code runs, by
the numbers of the files: whatever lies under their names later is not looked at. No link is followed on the way.
"""

import asyncio
import contextlib
import os
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rnnkit.course.grading.sandbox.control_group import descendants

START = 120.0  # seconds until a kernel has made its sockets, on a busy machine
_FLAGS = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC if hasattr(os, "O_PATH") else 0


class Sockets:
    """Sockets of a kernel, each with a link of ours that leads to it.

    Args:
        folder: of this process alone; gets the links.
        inside: what the sockets' paths begin with in the sandbox, a name that nothing outside has: "/tmp/k1f2e".
        numbers: what they end with: "/tmp/k1f2e-1".
    """

    def __init__(self, folder: Path, inside: str, numbers: Sequence[int]) -> None:
        self._inside, self._numbers = inside, numbers
        self._opened: dict[int, int] = {}  # number of a socket → descriptor
        self.prefix = folder / "k"  # of the links, "<prefix>-1"

    async def open(self, pid: int, alive: Callable[[], bool]) -> None:
        """Wait until a process below `pid` has made all of them, and open them.

        Raises:
            RuntimeError: the kernel ended, or took too long.
        """
        until = time.monotonic() + START
        while not any(self._opens(process) for process in descendants(pid)):
            if not alive():
                raise RuntimeError("the kernel ended before it was there")
            if time.monotonic() > until:
                raise RuntimeError(f"the kernel was not there after {START:g} s")
            await asyncio.sleep(0.05)
        for number, descriptor in self._opened.items():
            Path(f"{self.prefix}-{number}").symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")

    def close(self) -> None:
        """Let go of them. The links are the folder's."""
        for descriptor in self._opened.values():
            os.close(descriptor)
        self._opened = {}

    def _opens(self, pid: int) -> bool:
        folder, name = os.path.split(self._inside)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            here = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, here)
            for part in folder.strip("/").split("/"):
                here = os.open(part, _FLAGS | os.O_DIRECTORY, dir_fd=here)
                stack.callback(os.close, here)
            for number in self._numbers:
                self._opened[number] = os.open(f"{name}-{number}", _FLAGS, dir_fd=here)
                if not stat.S_ISSOCK(os.fstat(self._opened[number]).st_mode):
                    raise OSError
            return True
        self.close()
        return False
