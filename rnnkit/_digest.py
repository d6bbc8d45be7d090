"""What the library is, in one text: whatever depends on it is made anew when it has changed."""

import hashlib
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def library_digest() -> str:
    """A digest of the sources of this package. Unlike a version's number it changes with each of their characters."""
    return digest_of(Path(__file__).parent)


def digest_of(folder: Path, without: tuple[str, ...] = ()) -> str:
    """A digest of the Python files below a folder, by their names and contents, without those that begin like this."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(without):
            found.update(f"{name}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
