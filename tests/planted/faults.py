"""How a planted fault is written down, and where they are gathered.

A list is a module of this folder whose `FAULTS` holds one line a fault: `library` has the library's.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """file: from the project's folder; old: text that stands in it exactly once; new: in its place; test: must fail."""

    file: str
    old: str
    new: str
    test: str

    @property
    def name(self) -> str:
        return f"{Path(self.file).with_suffix('').as_posix()}: {self.old.strip()[:40]}"

    def planted(self, source: str) -> str:
        """The file's text with the fault in it."""
        if source.count(self.old) != 1:
            raise ValueError(
                f"old: expected text that stands once in {self.file}, received {self.old!r}, which stands there "
                f"{source.count(self.old)} times. Bring the line in tests/planted up to date."
            )
        return source.replace(self.old, self.new)


def gathered() -> list[Fault]:
    """The faults of all lists."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    lists = sorted(name for name in names if name not in ("faults", "forks") and not name.startswith("test_"))
    return [fault for name in lists for fault in importlib.import_module(f"tests.planted.{name}").FAULTS]
