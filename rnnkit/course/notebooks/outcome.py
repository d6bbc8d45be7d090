"""What a notebook gave when it was run, and whether that can be used again."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nbformat import NotebookNode

import rnnkit
from rnnkit._digest import digest_of
from rnnkit._files import write_beside_then_rename
from rnnkit.course.teaching.profiles import profile
from rnnkit.datasets import PACKAGES

_FIGURES_DEPEND_ON = ("keras", "tensorflow", "jax", "torch", "numpy", "scipy", *PACKAGES)
_NOT_IN_A_NOTEBOOK = ("course/grading/", "course/notebooks/", "course/cli.py", "course/instructor_cli.py")


@dataclass(frozen=True)
class Outcome:
    """What one notebook gave. Points are the automatic ones; `manual` are those that a person gives."""

    unit: str
    title: str
    seconds: float
    figure: str
    baseline: str
    holds: bool
    points: float
    possible: float
    manual: float
    errors: tuple[str, ...]
    page: Path


def keep(outcome: Outcome, fingerprint: str) -> None:
    """Write an outcome beside its page, with the fingerprint of what it was computed from."""
    fields = {**asdict(outcome), "page": outcome.page.name}
    content = json.dumps({"fingerprint": fingerprint, "outcome": fields}, indent=1, ensure_ascii=False)
    write_beside_then_rename(outcome.page.with_suffix(".json"), content + "\n")


def kept(page: Path, fingerprint: str | None = None) -> Outcome | None:
    """The outcome that was kept beside a page; None if it had errors or is not there, or is of something else."""
    try:
        found = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
        fields, of = found["outcome"], found["fingerprint"]
        outcome = Outcome(**{**fields, "page": page, "errors": tuple(fields["errors"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    usable = fingerprint in (None, of) and page.is_file() and not outcome.errors
    return outcome if usable else None


def fingerprint(notebook: NotebookNode) -> str:
    """A digest of all that a notebook's outcome depends on: its cells, the profile, rnnkit's code, versions, data."""
    digest = hashlib.sha256()
    for part in _parts(notebook):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _parts(notebook: NotebookNode) -> Iterator[bytes]:
    for cell in notebook.cells:
        yield json.dumps([cell.cell_type, cell.source, cell.metadata], sort_keys=True).encode()
    yield json.dumps([profile(), os.environ.get("KERAS_BACKEND", ""), sys.version]).encode()
    for name in _FIGURES_DEPEND_ON:
        yield f"{name} {_version(name)}".encode()
    yield digest_of(Path(rnnkit.__file__).parent, _NOT_IN_A_NOTEBOOK).encode()
    for name in sorted(name for name in os.environ if name.startswith("RNNKIT_DATA_")):
        data = Path(os.environ[name])
        yield name.encode()
        yield data.read_bytes() if data.is_file() else bytes(data)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "none"
