"""What students' code cannot ask the kernel for, and what it still can."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from rnnkit.course.grading.sandbox import calls
from rnnkit.course.grading.sandbox.bubblewrap import MB, Limits, Place, command

needs_sandbox = pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}")
NAMED = {**calls._REFUSED, **calls._ABSENT, "clone": calls._CLONE, "socket": calls._SOCKET}
CODE = """
import ctypes, errno, os, socket, subprocess, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
def asked(name, *arguments):
    ctypes.set_errno(0)
    found = libc.syscall(NUMBERS[name], *arguments)
    print(name, "done" if found >= 0 else errno.errorcode[ctypes.get_errno()])
asked("add_key", b"user", b"rnnkit", b"x", 1, -3)
asked("keyctl", 0, -3, 0)
asked("shmget", 0, 4096, 0o1666)
asked("memfd_create", b"x", 0)
asked("unshare", 0x10000000)
asked("clone", 0x10000000 | 17, 0, 0, 0, 0)
asked("mount", b"none", b"/tmp", b"tmpfs", 0, None)
asked("io_uring_setup", 8, ctypes.create_string_buffer(120))
asked("ptrace", 16, 1, 0, 0)
for family in (40, 38, 17):  # virtual machines', the kernel's ciphers, raw
    try:
        socket.socket(family, socket.SOCK_STREAM).close()
        print(family, "done")
    except OSError as error:
        print(family, errno.errorcode[error.errno])
for family in (socket.AF_UNIX, socket.AF_INET):
    socket.socket(family).close()
thread = threading.Thread(target=print, args=("thread",))
thread.start()
thread.join()
sys.stdout.flush()
if os.fork() == 0:
    print("fork", flush=True)
    os._exit(0)
os.wait()
print(subprocess.run(["echo", "program"], capture_output=True, text=True).stdout.strip())
"""


def run(code):
    inside = command([sys.executable, "-c", code], Limits(disk=32 * MB), Place(packages=()))
    return subprocess.run(inside, capture_output=True, text=True, timeout=60, check=False)


@needs_sandbox
@pytest.mark.skipif(calls._descriptor() is None, reason="the numbers of this machine are not known")
def test_what_leads_around_the_namespaces_is_refused_and_work_is_not():
    column = calls._MACHINES[calls.platform.machine()][0]
    numbers = {name: pair[column] for name, pair in NAMED.items()}
    done = run(f"NUMBERS = {numbers}\n{CODE}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        *(f"{name} EPERM" for name in ("add_key", "keyctl", "shmget")),
        "memfd_create ENOSYS",
        *(f"{name} EPERM" for name in ("unshare", "clone", "mount")),
        "io_uring_setup ENOSYS",
        "ptrace EPERM",
        *(f"{family} EAFNOSUPPORT" for family in (40, 38, 17)),
        *("thread", "fork", "program"),
    ]


def header(name):
    return next(
        (p for p in (Path("/usr/include") / name, *Path("/usr/include").glob(f"*/{name}")) if p.is_file()), None
    )


@pytest.mark.parametrize("name, column", [("asm/unistd_64.h", 0), ("asm-generic/unistd.h", 1)])
def test_the_numbers_are_the_kernels(name, column):
    path = header(name)
    if path is None or (column == 0 and calls.platform.machine() != "x86_64"):
        pytest.skip("the system's headers are not installed")
    known = dict(re.findall(r"#define __NR3?2?6?4?_?(\w+)\s+(\d+)$", path.read_text(), re.MULTILINE))
    told = {call: pair[column] for call, pair in NAMED.items() if call in known}  # older headers lack the newest
    assert len(told) > 20 and {call: int(known[call]) for call in told} == told


def test_a_machine_that_is_not_known_has_no_filter(monkeypatch):
    assert calls.program("riscv64") is None
    monkeypatch.setattr(calls, "_descriptor", lambda: None)
    assert calls.options(["bwrap", "--", "true"]) == ["bwrap", "--", "true"]
