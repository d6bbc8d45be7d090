"""A zip archive from outside, read without trusting it, and without writing anything."""

import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rnnkit.course.grading.screening.content import SizeLimits
from rnnkit.course.grading.screening.files import Refused, quoted

_NAME_BYTES = 200
_BLOCK = 1 << 20


@dataclass(frozen=True)
class ZipLimits:
    """Bounds on an archive: files in it, bytes of one and of all that are unpacked."""

    files: int = 20_000
    file_bytes: int = SizeLimits.notebook_bytes
    all_bytes: int = 4_000_000_000


@dataclass(frozen=True)
class Member:
    """A file of the archive: its path, and its content or why it was refused."""

    path: str
    content: bytes = b""
    refusal: str | None = None


class Zip:
    """An archive that somebody else made.

    Args:
        source: a file, or its bytes.
        limits: what is too much.

    Raises:
        ValueError: it is no zip archive, or holds more files than the limit.
    """

    def __init__(self, source: Path | bytes, limits: ZipLimits = ZipLimits()) -> None:
        self.limits, self.left = limits, limits.all_bytes
        what = "the archive" if isinstance(source, bytes) else str(source)
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise ValueError(f"{what}: expected a zip archive, received another file ({error}).") from None
        if len(self.archive.infolist()) > limits.files:
            raise ValueError(f"{what}: expected at most {limits.files} files, received more; collect a part at a time.")

    def members(self, wanted: tuple[str, ...] = ()) -> Iterator[Member]:
        """The files, in the archive's order; folders are left out. Content only of names with a wanted end."""
        seen: set[str] = set()
        for info in self.archive.infolist():
            try:
                named = _checked(info, seen)
                if named and (not wanted or info.filename.lower().endswith(wanted)):
                    yield Member(info.filename, self._content(info))
                elif named:
                    yield Member(info.filename)
            except Refused as error:
                yield Member(info.filename, refusal=str(error))

    def _content(self, info: zipfile.ZipInfo) -> bytes:
        """The bytes: no more than the stated size, whatever comes, and in blocks, so that the memory is bounded too."""
        if info.file_size > min(self.limits.file_bytes, self.left):
            raise Refused(self._too_much())
        content = bytearray()
        try:
            with self.archive.open(info) as file:
                while block := file.read(_BLOCK):
                    content += block
        except Exception as error:  # damaged in a way of its own: zlib, lzma, bz2 and zipfile each have their errors
            raise Refused(f"cannot be unpacked ({type(error).__name__})") from None
        finally:
            self.left -= len(content)
        return bytes(content)

    def _too_much(self) -> str:
        if self.left < self.limits.file_bytes:
            return f"more than {self.limits.all_bytes / 1e6:g} MB with what came before"
        return f"larger than {self.limits.file_bytes / 1e6:g} MB"


def file_name(name: str) -> str:
    """A student's file name, if it can be that of a file beside a notebook.

    Raises:
        Refused: it cannot.

    Example:
        >>> file_name("02_bits (1).ipynb")
        '02_bits (1).ipynb'
    """
    if not name.isprintable() or name != name.strip() or name.startswith(".") or set(name) & set('/\\:*?"<>|'):
        raise Refused("a name that cannot be a file's")
    if len(name.encode(errors="replace")) > _NAME_BYTES:
        raise Refused(f"a name of more than {_NAME_BYTES} bytes")
    return name


def _checked(info: zipfile.ZipInfo, seen: set[str]) -> bool:
    """Whether it is a file, and not a folder.

    Raises:
        Refused: it is anything else, or would lie elsewhere.
    """
    path, mode = info.filename, info.external_attr >> 16
    if info.is_dir():
        return False
    if info.flag_bits & 0x1:
        raise Refused("encrypted")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Refused("a link" if stat.S_ISLNK(mode) else "neither a file nor a folder")
    # orig_filename has what stood behind a NUL, and the other system's separators.
    if any(sign in info.orig_filename for sign in ("\\", "\0")) or not path.isprintable():
        raise Refused("a name that cannot be a file's")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "" in parts or ":" in parts[0][:2]:
        raise Refused("a path that leads out of the archive")
    if path in seen:
        raise Refused(f"{quoted(path)} twice; the first counts")
    seen.add(path)
    return True
