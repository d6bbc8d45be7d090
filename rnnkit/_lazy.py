"""A package's public names, loaded on first use (PEP 562): a module that nobody asks for need not be there."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from rnnkit import _spelling


def names_of(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    Args:
        package: its dotted name.
        homes: public name → the module of the package that it is in.
    """

    def get(name: str) -> Any:
        if name in homes:
            value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
            setattr(sys.modules[package], name, value)
            return value
        if name in homes.values():
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}{_spelling.guess(name, homes)}")

    return get
