"""What the library is, in one text: whatever depends on it is made anew when it has changed."""

import hashlib
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def library_digest() -> str:
    """A digest of the sources of this package. Unlike a version's number it changes with each of their characters."""
    return digest_of(Path(__file__).parent)


def digest_of(folder: Path) -> str:
    """A digest of the Python files below a folder, by their names and contents."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
