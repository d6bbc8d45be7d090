"""A student's own copies of the notebooks: what is handed out stays as it is, and nothing writes over work."""

import hashlib
import json
import shutil
from pathlib import Path

from rnnkit._files import write_beside_then_rename

FOLDER = "work"
_NOTE = ".copied.json"  # the digest of each notebook when it was copied


def prepare_work(root: Path) -> tuple[Path, list[str]]:
    """Copy the notebooks that are not there yet, and those that were renewed and that nobody has worked in.

    Args:
        root: the project's folder, with `notebooks` in it.

    Returns:
        The folder of the copies; and the names of notebooks that were renewed since they were copied and worked in,
        whose copies stay as they are.

    Raises:
        FileNotFoundError: there are no notebooks to copy.
    """
    sources = sorted((root / "notebooks").glob("*.ipynb"))
    if not sources:
        raise FileNotFoundError(f"notebooks: expected notebooks in {root / 'notebooks'}; there are none.")
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    note = folder / _NOTE
    copied: dict[str, str] = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
    behind = []
    for source in sources:
        copy, now = folder / source.name, _digest(source)
        if copy.exists() and copied.get(source.name) == now:
            continue
        if copy.exists() and _digest(copy) not in (now, copied.get(source.name)):
            behind.append(source.name)
            continue
        part = copy.with_name(f".{copy.name}.part")
        shutil.copyfile(source, part)
        part.replace(copy)
        copied[source.name] = now
    write_beside_then_rename(note, json.dumps(copied, indent=1) + "\n")
    return folder, behind


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
