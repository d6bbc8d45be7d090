"""A package's public names, loaded on first use (PEP 562): a module that nobody asks for need not be there."""

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

from rnnkit import _spelling


def names_of(package: str, homes: Mapping[str, str], modules: Collection[str] = ()) -> Callable[[str], Any]:
    """The `__getattr__` of a package, whose wrong names are guessed from its `__all__`.

    Args:
        package: its dotted name.
        homes: public name → the module of the package that it is in.
        modules: further modules of the package that are loaded by their names.
    """

    def get(name: str) -> Any:
        if name in homes:
            value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
            setattr(sys.modules[package], name, value)
            return value
        if name in homes.values() or name in modules:
            return importlib.import_module(f"{package}.{name}")
        # AttributeError's `name` and `obj` are left out: with them a traceback adds Python's own guess to this one.
        guess = _spelling.guess(name, sys.modules[package].__all__)
        raise AttributeError(f"module {package!r} has no attribute {name!r}{guess}")

    return get
