"""One small comparison of code with oracle for each set of equations: random weights, all sizes different, no zeros.

A case is a function decorated with `case` and the dotted names of what it compares; it fails by an assertion. Cases
are quick, as they are run once for every term that is dropped from a line.
"""

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

CASES: dict[str, tuple[tuple[str, ...], Callable[[], None]]] = {}


def case(*owners: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a comparison for the docstrings with these dotted names."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        CASES[f"{function.__module__.rpartition('.')[2]}-{function.__name__}"] = (owners, function)
        return function

    return register


def every_case() -> dict[str, tuple[tuple[str, ...], Callable[[], None]]]:
    """All of them by name, "file-function"."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"{__name__}.{module.name}")
    return CASES
