"""`import rnnkit` is light, and its names are all there."""

import subprocess
import sys

import rnnkit

PROBE = """
import sys, time
start = time.perf_counter()
import rnnkit
seconds = time.perf_counter() - start
heavy = [name for name in ("tensorflow", "keras", "torch", "jax", "matplotlib") if name in sys.modules]
print(seconds, *heavy)
"""


def test_import_is_light_and_quick():
    runs = [
        subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(3)
    ]
    assert all(len(run) == 1 for run in runs), f"import rnnkit loaded {runs[0][1:]}"
    assert min(float(run[0]) for run in runs) < 0.3


def test_all_names_resolve():
    for name in rnnkit.__all__:
        assert getattr(rnnkit, name) is not None
    assert set(rnnkit.__all__) <= set(dir(rnnkit))


def test_unknown_name_is_named():
    try:
        rnnkit.Elmann  # noqa: B018
    except AttributeError as error:
        assert "no attribute 'Elmann'" in str(error)
    else:
        raise AssertionError("expected AttributeError")
