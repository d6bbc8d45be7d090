"""Memory and number of processes, bounded by the kernel where control groups can be made, else watched from outside.

In a group of its own a submission also has one share of the processors, however many processes want them.

An address-space limit would not do: TensorFlow reserves many times what it uses.
"""

import contextlib
import os
import time
import uuid
from functools import lru_cache
from pathlib import Path

import psutil

ROOT = Path("/sys/fs/cgroup")
SHARES = 1024  # of the processors, in version 1; the same for all


class ControlGroup:
    """Processes started with `prefix` and all that they start.

    Args:
        memory: bytes, file systems in memory included.
        processes: how many at a time, threads counted.
    """

    def __init__(self, memory: int, processes: int) -> None:
        self._memory, self._processes = memory, processes
        _sweep(ROOT)
        self.folders = _version_2(memory, processes) or _version_1(memory, processes)

    @property
    def prefix(self) -> list[str]:
        """To be put before a command: the process enters the group before it becomes the command."""
        if not self.folders:
            return []
        enter = "; ".join(f"echo $$ > {folder}/cgroup.procs" for folder in self.folders)
        return ["/bin/sh", "-c", f'{enter}; exec "$@"', "sh"]

    def exceeded(self, pid: int) -> str | None:
        """Which limit was passed, in words, or None. Without a control group the tree below `pid` is measured."""
        for folder in self.folders:
            with contextlib.suppress(OSError, ValueError):
                if _oom_kills(folder):
                    return f"out of memory (more than {self._memory >> 20} MB)"
        if self.folders:
            return None
        processes = _tree(pid)
        if sum(map(_threads, processes)) > self._processes:
            return f"too many processes (more than {self._processes})"
        if sum(map(_resident, processes)) > self._memory and sum(map(_share, processes)) > self._memory:
            return f"out of memory (more than {self._memory >> 20} MB)"
        return None

    def remove(self) -> None:
        """End what is left in the group, and the group."""
        for folder in self.folders:
            for _ in range(50):
                with contextlib.suppress(OSError):
                    for pid in (folder / "cgroup.procs").read_text().split():
                        os.kill(int(pid), 9)
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)
        self.folders = []


@lru_cache(maxsize=8)
def _sweep(root: Path) -> None:
    """Remove the empty groups of graders that were killed: the number of the process that made it is in each name."""
    for folder in (*root.glob("rnnkit-*-*"), *root.glob("*/rnnkit-*-*")):
        with contextlib.suppress(OSError, ValueError):  # one that is not empty stays, and one that is not ours
            if not psutil.pid_exists(int(folder.name.split("-")[1])):
                folder.rmdir()


def _name() -> str:
    return f"rnnkit-{os.getpid()}-{uuid.uuid4().hex[:12]}"


def _version_2(memory: int, processes: int) -> list[Path]:
    folder = ROOT / _name()
    if not (ROOT / "cgroup.controllers").exists():
        return []
    try:
        (ROOT / "cgroup.subtree_control").write_text("+memory +pids")
        with contextlib.suppress(OSError):  # where it is not to be had, a group has no share of its own
            (ROOT / "cgroup.subtree_control").write_text("+cpu")
        folder.mkdir()
        (folder / "memory.max").write_text(str(memory))
        with contextlib.suppress(OSError):  # where there is no swap there is no limit to it
            (folder / "memory.swap.max").write_text("0")
        (folder / "memory.oom.group").write_text("1")
        (folder / "pids.max").write_text(str(processes))
    except OSError:
        with contextlib.suppress(OSError):
            folder.rmdir()
        return []
    return [folder]


def _version_1(memory: int, processes: int) -> list[Path]:
    name = _name()
    settings = (("memory", "memory.limit_in_bytes", memory), ("pids", "pids.max", processes))
    folders: list[Path] = []
    for controller, setting, value in settings:
        folder = ROOT / controller / name
        try:
            if not (ROOT / controller / "cgroup.procs").exists():
                raise OSError
            folder.mkdir()
            folders.append(folder)
            (folder / setting).write_text(str(value))
            if not os.access(folder / "cgroup.procs", os.W_OK):
                raise OSError
        except OSError:
            for made in folders:
                with contextlib.suppress(OSError):
                    made.rmdir()
            return []
    return [*folders, *_share_of_processors(name)]


def _share_of_processors(name: str) -> list[Path]:
    """A group that has as much of them as any other; none where there is no such controller."""
    folder = ROOT / "cpu" / name
    if not (ROOT / "cpu" / "cgroup.procs").exists():
        return []
    try:
        folder.mkdir()
        (folder / "cpu.shares").write_text(str(SHARES))
        if not os.access(folder / "cgroup.procs", os.W_OK):
            raise OSError
    except OSError:
        with contextlib.suppress(OSError):
            folder.rmdir()
        return []
    return [folder]


def _oom_kills(folder: Path) -> int:
    for name in ("memory.events", "memory.oom_control"):
        if (folder / name).exists():
            fields = dict(line.split()[:2] for line in (folder / name).read_text().splitlines())
            return int(fields.get("oom_kill", 0))
    return 0


def descendants(pid: int) -> list[int]:
    """The process and all below it, by their numbers; empty where it has ended."""
    return [process.pid for process in _tree(pid)]


def runnable(pid: int) -> int:
    """How many of the process and those below it run, or would if there were a processor."""
    found = 0
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            found += process.status() == psutil.STATUS_RUNNING
    return found


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


# A process may end between two questions: then it takes nothing.
def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def _share(process: psutil.Process) -> int:
    """Memory of a process, pages that it shares counted in parts."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:  # another user's, too
        return _resident(process)


def _threads(process: psutil.Process) -> int:
    try:
        return process.num_threads()
    except psutil.Error:
        return 0
