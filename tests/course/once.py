"""What takes long to make and is only read, or copied, is made once a run."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock


def made_once(factory, name: str, make: Callable[[Path], object], inputs: Iterable[Path] = ()) -> Path:
    """A folder that the first worker that needs it makes, and the others find.

    Args:
        factory: pytest's tmp_path_factory.
        name: of the folder.
        make: fills an empty folder, which is renamed afterwards: nothing in it may know where it is.
        inputs: files on which its content depends.

    Returns:
        The folder, not to be changed.
    """
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # of all workers of this run
    digest = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in inputs)).hexdigest()[:16]
    folder = shared / f"{name}-{digest}"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            make(part)
            part.rename(folder)
    return folder
