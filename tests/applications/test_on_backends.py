"""The applications' own tests on JAX and PyTorch, in a process each."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
HERE = Path(__file__).parent
# XLA spends its time on compiling, not on running what is as small as here. JAX has float64 only if asked.
# Against the loops to 1e-12, and an exact roll: on TensorFlow only. Elsewhere what is computed here in float64 comes
# out with the precision of float32.
# Training and saving with each controller take a minute to compile on JAX; the contract of the layers has them.
NOT_HERE = "not loops and not closed_gate and not any_cell"
SETTINGS = {"PYTEST_ADDOPTS": "", "XLA_FLAGS": "--xla_backend_optimization_level=0", "JAX_ENABLE_X64": "1"}


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_applications_on_another_backend(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is in the extra [peers]")
    command = [sys.executable, "-m", "pytest", str(HERE), "-o", "addopts=", "-p", "no:xdist", "-p", "no:cacheprovider"]
    inner = subprocess.run(
        [*command, "-q", "-rfE", "--tb=short", "-m", "not long", "-k", NOT_HERE],
        env={**os.environ, **SETTINGS, "KERAS_BACKEND": backend},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
    )
    print(inner.stdout[-6000:])
    assert inner.returncode == 0, f"the applications fail on {backend}:\n{inner.stdout[-6000:]}\n{inner.stderr[-2000:]}"
    assert " passed" in inner.stdout, inner.stdout[-2000:]
