"""Module paths and public names of rnnkit 0.1, for one version: notebooks that were handed out earlier use them.

An old path gives the very module that is at the new one, with a DeprecationWarning, and nothing is loaded before it is
asked for. This is the only place where the library names the course.
"""

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from rnnkit._deprecation import warn_of

# Old path → new path; what is below an old path moved with it.
MOVED = {
    "rnnkit.cli": "rnnkit.course.cli",
    "rnnkit.doctor": "rnnkit.course.doctor",
    "rnnkit.energy.restricted": "rnnkit.energy.rbm",
    "rnnkit.experiments": "rnnkit.course.experiments",
    "rnnkit.grading": "rnnkit.course.grading",
    "rnnkit.grading.late": "rnnkit.course.grading.marks.late",
    "rnnkit.grading.provisioner": "rnnkit.course.grading.sandbox.provisioner",
    "rnnkit.identification.frames": "rnnkit.identification.signal_windows",
    "rnnkit.layers.gates": "rnnkit.layers.gate",
    "rnnkit.notebooks": "rnnkit.course.notebooks",
    "rnnkit.paths": "rnnkit.course.paths",
    "rnnkit.plots.exercise_difficulty": "rnnkit.course.grading.report.plots.exercise_difficulty",
    "rnnkit.plots.late_day_bars": "rnnkit.course.grading.report.plots.late_day_bars",
    "rnnkit.plots.score_histogram": "rnnkit.course.grading.report.plots.score_histogram",
    "rnnkit.plots.status_bars": "rnnkit.course.grading.report.plots.status_bars",
    "rnnkit.reservoirs.keras_layer": "rnnkit.layers.echo_state_conversion",
    "rnnkit.teaching": "rnnkit.course.teaching",
}

# Module → its old public names → what they stand for now.
RENAMED = {
    "rnnkit.identification": {"NARX": "rnnkit.identification.NARXModel"},
    "rnnkit.identification.narx": {"NARX": "rnnkit.identification.narx.NARXModel"},
    "rnnkit.reservoirs": {
        "EchoState": "rnnkit.layers.EchoState",
        "EchoStateCell": "rnnkit.layers.EchoStateCell",
        "fit_readout": "rnnkit.layers.fit_readout",
        "from_layer": "rnnkit.layers.from_layer",
    },
}


def new_path(old: str) -> str | None:
    """Where a module of the old path is now; None for a path that never moved."""
    head, below = old, ""
    while head.count("."):
        if head in MOVED:
            return MOVED[head] + below
        head, _, last = head.rpartition(".")
        below = f".{last}{below}"
    return None


class _Alias(Loader):
    """Gives a module that is imported from elsewhere, and leaves its own specification as it is."""

    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.target)
        self.own = module.__spec__, module.__loader__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__, module.__loader__ = self.own


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("rnnkit."):
            return None
        new = new_path(fullname)
        if new is None:
            return None
        # The frames of importlib in between do not count.
        warn_of(fullname, new)
        return ModuleSpec(fullname, _Alias(new))


def old_names(module: str) -> Callable[[str], Any]:
    """A module's `__getattr__` (PEP 562) for the names that it no longer has."""

    def __getattr__(name: str) -> Any:
        if name not in RENAMED[module]:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        new = RENAMED[module][name]
        warn_of(f"{module}.{name}", new)
        home, _, new_name = new.rpartition(".")
        return getattr(importlib.import_module(home), new_name)

    return __getattr__


def install() -> None:
    """Let old paths be imported. Twice is once.

    Before Python's own finders: below an old package they would find the files of the new one, and load them again.
    """
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
