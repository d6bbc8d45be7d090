"""The same layers and Ω on JAX and PyTorch: our own tests, run again on the other backends."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SELECTED = {
    "torch": ["layers", "dynamics", "optimizers", "regularizers"],
    "jax": [
        "layers/test_elman.py",
        "layers/test_jordan.py",
        "layers/test_peephole_lstm.py",
        "dynamics",
        "regularizers",
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("backend", SELECTED)
def test_on_another_backend(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is in the extra [peers]")
    command = [sys.executable, "-m", "pytest", "-q", "--numprocesses=0", "-p", "no:cacheprovider"]
    command += [str(TESTS / path) for path in SELECTED[backend]]
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_ENABLE_X64": "1"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=TESTS.parent)
    assert result.returncode == 0, result.stdout[-4000:]
