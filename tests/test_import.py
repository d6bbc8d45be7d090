"""`import rnnkit` is light, and its names are all there."""

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

import rnnkit

PROBE = """
import json, sys
before = set(sys.modules)
import rnnkit
print(json.dumps(sorted(set(sys.modules) - before)))
"""
HEAVY = {"numpy", "tensorflow", "keras", "torch", "jax", "matplotlib", "scipy", "sklearn", "pandas"}
MOST = 60  # modules of Python's own and of rnnkit's


def test_import_is_light():
    """What makes an import slow is what it loads."""
    run = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    loaded = json.loads(run.stdout)
    assert not HEAVY & set(loaded), f"import rnnkit loaded {sorted(HEAVY & set(loaded))}"
    assert len(loaded) <= MOST, f"import rnnkit loaded {len(loaded)} modules: {loaded}"


def test_all_names_resolve():
    absent = set() if importlib.util.find_spec("rnnkit.course") else {"course"}  # the library alone
    for name in set(rnnkit.__all__) - absent:
        assert getattr(rnnkit, name) is not None
    assert set(rnnkit.__all__) <= set(dir(rnnkit))


def test_type_checkers_see_the_names_that_are_loaded():
    tree = ast.parse(Path(rnnkit.__file__).read_text())
    [block] = [n for n in tree.body if isinstance(n, ast.If) and isinstance(n.test, ast.Name)]
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    modules = dict.fromkeys(rnnkit._MODULES, "rnnkit")
    assert seen == {name: f"rnnkit.{package}" for name, package in rnnkit._HOME_OF_NAME.items()} | modules
    assert {*seen, "__version__"} == set(rnnkit.__all__) and len(rnnkit.__all__) == len(seen) + 1


@pytest.mark.parametrize("package", [rnnkit.layers, rnnkit.training])
def test_names_of_packages_are_loaded_on_first_use(package):
    tree = ast.parse(Path(package.__file__).read_text())
    [block] = [n for n in tree.body if isinstance(n, ast.If) and isinstance(n.test, ast.Name)]
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == {name: f"{package.__name__}.{home}" for name, home in package._HOME_OF_NAME.items()}
    assert set(seen) == set(package.__all__) == set(dir(package))
    for name, home in package._HOME_OF_NAME.items():
        assert getattr(package, name) is getattr(getattr(package, home), name)
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'qqqq'"):
        package.qqqq  # noqa: B018


@pytest.mark.parametrize(("wrong", "right"), [("PeepHoleLSTM", "PeepholeLSTM"), ("elman", "Elman"), ("Gru", "GRU")])
def test_wrong_name_is_guessed(wrong, right):
    with pytest.raises(AttributeError, match=f"no attribute '{wrong}'; did you mean '{right}'"):
        getattr(rnnkit, wrong)
    with pytest.raises(AttributeError, match="no attribute 'qqqq'; it has .*Hopfield"):
        rnnkit.qqqq  # noqa: B018


def test_unknown_name_is_named():
    try:
        rnnkit.Elmann  # noqa: B018
    except AttributeError as error:
        assert str(error) == "module 'rnnkit' has no attribute 'Elmann'; did you mean 'Elman'?"
    else:
        raise AssertionError("expected AttributeError")
