"""The contract on JAX and PyTorch: `test_contract.py` with one layer of a class, in a process for each piece of it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.layers.catalogue import ENTRIES

pytestmark = pytest.mark.long
SUITE = Path(__file__).with_name("test_contract.py")
# XLA spends its time on compiling, not on running what is as small as here.
SETTINGS = {"PYTEST_ADDOPTS": "", "XLA_FLAGS": "--xla_backend_optimization_level=0"}
LAYERS = [entry.name for entry in ENTRIES if not entry.light]
PIECES = 3  # that two workers share them


def selection(piece):
    """pytest's words for the tests of each third layer; those of no layer go with the first."""
    chosen = " or ".join(f"{name}-" for name in LAYERS[piece::PIECES])
    return f"{chosen} or not test_contract[" if piece == 0 else chosen


@pytest.mark.parametrize("piece", range(PIECES))
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_contract_on_another_backend(backend, piece):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is in the extra [peers]")
    command = [sys.executable, "-m", "pytest", str(SUITE), "-o", "addopts=", "-p", "no:xdist", "-p", "no:cacheprovider"]
    inner = subprocess.run(
        [*command, "-q", "-rfE", "--tb=short", "--maxfail=20", "-k", selection(piece)],
        env={**os.environ, **SETTINGS, "KERAS_BACKEND": backend},
        cwd=SUITE.parents[2],
        capture_output=True,
        text=True,
    )
    print(inner.stdout[-6000:])
    assert inner.returncode == 0, f"the contract fails on {backend}:\n{inner.stdout[-6000:]}\n{inner.stderr[-2000:]}"
    assert " passed" in inner.stdout, inner.stdout[-2000:]
