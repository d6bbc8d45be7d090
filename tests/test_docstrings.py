"""Every docstring example runs, and every public class and function has a docstring."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import rnnkit

MODULES = sorted(m.name for m in pkgutil.walk_packages(rnnkit.__path__, "rnnkit.") if not m.name.endswith(".cli"))


@pytest.mark.parametrize("name", ["rnnkit", *MODULES])
def test_examples_run(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert result.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_public_names_have_docstrings(name):
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    for public, value in vars(module).items():
        if public.startswith("_") or getattr(value, "__module__", None) != name:
            continue
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__doc__, f"{name}.{public} has no docstring"


def test_the_layers_and_optimizers_have_examples():
    for public in rnnkit._HOME_OF_NAME:
        assert ">>>" in inspect.getdoc(getattr(rnnkit, public)), f"{public} has no example"
