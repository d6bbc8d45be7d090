"""Where students' code runs: bubblewrap's namespaces, a read-only system, and nothing of the instructor's in sight."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from rnnkit.course.grading.sandbox import calls
from rnnkit.course.grading.sandbox.library import package, package_folders

MB = 2**20
HOME = "/home/student"  # inside
ORPHAN_GRACE = 300.0  # seconds beside twice the limit of a run, after which what nobody ends ends itself
REMEDY = (
    "Install bubblewrap (apt-get install bubblewrap, dnf install bubblewrap) on a Linux host that allows user "
    "namespaces; on macOS and Windows grade inside a Linux container or virtual machine. Or give --no-sandbox: "
    "students' code then runs with your rights, can read and change your files and the gradebook, and reach the "
    "network."
)


class SandboxMissing(RuntimeError):
    """There is no sandbox on this host; the message holds the remedy."""


@dataclass(frozen=True)
class Limits:
    """What one submission may take. Seconds, and bytes."""

    seconds: float = 900.0  # the whole notebook
    cell_seconds: float = 300.0
    memory: int = 4096 * MB
    processes: int = 512  # threads count
    output: int = 20 * MB
    disk: int = 512 * MB  # of its private file system, which is memory
    cpu_seconds: int = 1800  # of any one process
    threads: int = 1  # of the numerical libraries: the same number of threads, the same rounding


@dataclass(frozen=True)
class Place:
    """What a process in the sandbox sees beside the system.

    `packages` stand in place of all installed packages and of rnnkit, which are there if it is None.
    """

    read_only: Sequence[Path] = ()
    writable: Sequence[Path] = ()
    environment: dict[str, str] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)  # path inside → descriptor that its content is read from
    packages: Sequence[Path] | None = None


@lru_cache(maxsize=1)
def missing() -> str | None:
    """Why there is no sandbox here, or None where there is one. It is tried, not guessed."""
    if sys.platform != "linux":
        return f"the sandbox needs Linux's namespaces, and this is {sys.platform}"
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap (bwrap) is not installed"
    tried = subprocess.run(command(["true"], Limits(), Place()), capture_output=True, text=True, check=False)
    return f"bubblewrap does not work on this host: {tried.stderr.strip()}" if tried.returncode else None


def require() -> None:
    """Refuse where there is no sandbox.

    Raises:
        SandboxMissing: with the remedy.
    """
    reason = missing()
    if reason:
        raise SandboxMissing(f"{reason}. {REMEDY}")


def command(inner: Sequence[str], limits: Limits, place: Place) -> list[str]:
    """The command that runs `inner` in a sandbox of its own.

    It has its own user, process, IPC, network, host-name and control-group namespaces; of the file system it sees the
    system and Python read-only, a private home and /tmp, and what `place` adds. Some system calls are refused. It ends
    when the process that started it ends.
    """
    options = ["--unshare-all", "--die-with-parent", "--new-session", "--hostname", "sandbox", "--cap-drop", "ALL"]
    for folder in ("/tmp", HOME):
        options += ["--size", str(limits.disk), "--tmpfs", folder]
    for path in _system_paths():
        options += ["--ro-bind", str(path), str(path)]
    for link in ("/bin", "/lib", "/lib64", "/lib32", "/sbin"):
        if os.path.islink(link):
            options += ["--symlink", os.readlink(link), link]
        elif os.path.isdir(link):
            options += ["--ro-bind", link, link]
    options += ["--proc", "/proc", "--dev", "/dev", "--size", str(limits.disk), "--tmpfs", "/dev/shm"]
    if place.packages is not None:
        options += _only(place.packages)
    for path in place.read_only:
        options += ["--ro-bind", str(path), str(path)]
    for path in place.writable:
        options += ["--bind", str(path), str(path)]
    for inside, descriptor in place.files.items():
        options += ["--file", str(descriptor), inside]
    options += ["--remount-ro", "/", "--clearenv", "--chdir", HOME]
    for name, value in {**environment(limits), **place.environment}.items():
        options += ["--setenv", name, value]
    return calls.options([shutil.which("bwrap") or "bwrap", *options, "--", *_limited(inner, limits)])


def environment(limits: Limits) -> dict[str, str]:
    """The whole environment inside: nothing of the instructor's, and all that makes a run repeatable."""
    threads = str(limits.threads)
    settings = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(package().parent),
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "RNNKIT_PROFILE": os.environ.get("RNNKIT_PROFILE", "check"),
        "RNNKIT_BUILD": f"{HOME}/build",
        "KERAS_BACKEND": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": threads,
        "NBGRADER_EXECUTION": "autograde",
    }
    for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
        settings[f"{library}_NUM_THREADS"] = threads
    return settings


def bounded(inner: Sequence[str], limits: Limits) -> list[str]:
    """The command of a single run, which ends by itself long after it should have been ended.

    Whoever starts a sandbox ends it in time. But bubblewrap 0.8 does not notice when its starter is killed in the
    first milliseconds, before it has asked to be told; `timeout` bounds how long what is then left behind can stay.
    """
    return ["timeout", "--foreground", "--signal=KILL", f"{2 * limits.seconds + ORPHAN_GRACE:.3f}", *inner]


def _limited(inner: Sequence[str], limits: Limits) -> list[str]:
    """The command under limits of its own: the shell's `ulimit`, before it becomes the command."""
    size = limits.disk // 512  # the shell counts in blocks
    script = f'ulimit -c 0; ulimit -t {limits.cpu_seconds}; ulimit -f {size}; ulimit -n 1024; exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *inner]


@lru_cache(maxsize=1)
def _system_paths() -> tuple[Path, ...]:
    """The system, Python and its packages; of an editable checkout the package's folder alone."""
    wanted = [Path("/usr"), *(Path("/etc") / name for name in ("ld.so.cache", "fonts", "alternatives", "localtime"))]
    wanted += [Path(sys.base_prefix), Path(sys.prefix), Path(sysconfig.get_paths()["purelib"])]
    wanted += [package(), Path(sys.executable).resolve().parent]  # the program itself, where a link leads to it
    kept: list[Path] = []
    for path in sorted({path for path in wanted if path.exists()}, key=lambda path: len(path.parts)):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return tuple(kept)


def _only(packages: Sequence[Path]) -> list[str]:
    """The options that put empty folders over those of installed packages and of rnnkit, and a few packages in them."""
    options, folders = [], [*package_folders(), package()]
    for folder in folders:
        options += ["--tmpfs", str(folder)]
    for path in packages:
        options += ["--ro-bind", str(path), str(path)]
    for folder in folders:
        options += ["--remount-ro", str(folder)]
    return options
