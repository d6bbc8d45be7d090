"""System calls that students' code cannot make: a filter that bubblewrap hands to the kernel (seccomp).

Namespaces hide what is the host's, and leave ways around them: memory that belongs to no process and is not seen from
outside (memfd, System V), keys that a session's programs share, sockets to the machine below a virtual one, and
namespaces of one's own, in which more can be mounted. Nothing that a notebook does needs them.
"""

import errno
import os
import platform
import struct
import sys
from collections.abc import Sequence
from functools import lru_cache

# Numbers on x86_64 and aarch64.
_REFUSED = {
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "shmget": (29, 194),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
}
# Said not to be there: then the C library and its like take another way.
_ABSENT = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "clone3": (435, 435),  # its flags lie in memory, where the filter does not see them
    "io_uring_setup": (425, 425),
}
_CLONE, _SOCKET = (56, 220), (41, 198)
_NEW_USER = 0x10000000
_FAMILIES = (1, 2, 10, 16)  # Unix, IPv4, IPv6, netlink: those that a network namespace holds, or the file system
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x40000000  # numbers from here on are those of another convention

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16  # places of what is looked at; a machine of little end first


def options(words: Sequence[str]) -> list[str]:
    """A command of bubblewrap's, with the filter; as it is on a machine whose numbers are not known here.

    A descriptor would have to be passed on by whoever starts it. So a shell opens the filter by its name below /proc,
    and becomes the command.
    """
    descriptor = _descriptor()
    if descriptor is None:
        return list(words)
    opened = f'exec 9</proc/{os.getpid()}/fd/{descriptor}; exec "$@"'
    return ["/bin/sh", "-c", opened, "sh", words[0], "--seccomp", "9", *words[1:]]


def program(machine: str) -> bytes | None:
    """The filter for a machine, as the kernel wants it; None where its numbers are not known.

    Example:
        >>> len(program("x86_64")) % 8, program("s390x")
        (0, None)
    """
    if machine not in _MACHINES:
        return None
    column, architecture = _MACHINES[machine]
    refuse, absent = _returned(errno.EPERM), _returned(errno.ENOSYS)
    lines = [_line(_LOAD, _ARCHITECTURE), _line(_EQUAL, architecture, yes=1), refuse, _line(_LOAD, _NUMBER)]
    lines += [_line(_AT_LEAST, _X32, no=1), refuse]
    for numbers, answer in ((_REFUSED, refuse), (_ABSENT, absent)):
        for pair in numbers.values():
            lines += [_line(_EQUAL, pair[column], no=1), answer]
    lines += [_line(_EQUAL, _CLONE[column], no=4), _line(_LOAD, _FIRST), _line(_ANY_OF, _NEW_USER, no=1), refuse]
    lines += [_line(_RETURN, _ALLOW)]
    known = [_line(_EQUAL, family, yes=len(_FAMILIES) - place) for place, family in enumerate(_FAMILIES)]
    other = [_line(_LOAD, _FIRST), *known, _returned(errno.EAFNOSUPPORT)]
    lines += [_line(_EQUAL, _SOCKET[column], no=len(other)), *other, _line(_RETURN, _ALLOW)]
    return b"".join(lines)


def _line(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """An instruction; `yes` and `no` are how many a comparison leaps over."""
    return struct.pack("HBBI", code, yes, no, value)


def _returned(number: int) -> bytes:
    return _line(_RETURN, _ERROR | number)


@lru_cache(maxsize=1)
def _descriptor() -> int | None:
    """The filter in memory; it lives as long as this process."""
    found = program(platform.machine())
    if found is None or sys.byteorder != "little" or not hasattr(os, "memfd_create"):
        return None
    descriptor = os.memfd_create("rnnkit-calls")
    os.write(descriptor, found)
    return descriptor
