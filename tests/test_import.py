"""`import rnnkit` is light, and its names are all there."""

import importlib.util
import json
import subprocess
import sys

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


def test_unknown_name_is_named():
    try:
        rnnkit.Elmann  # noqa: B018
    except AttributeError as error:
        assert "no attribute 'Elmann'" in str(error)
    else:
        raise AssertionError("expected AttributeError")
