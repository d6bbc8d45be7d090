"""Layers, Ω and Rprop give on JAX and PyTorch what they give on TensorFlow."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.backend_probe import LAYERS, measured

PROBE = Path(__file__).with_name("backend_probe.py")
PARTS = [["elman"], sorted(set(LAYERS) - {"elman"})]  # for two workers to share


def measured_on(backend, names, folder):
    """In this process where it runs on that backend, else in one of its own."""
    if backend == keras.backend.backend():
        return measured(names)
    path = folder / f"{backend}.npz"
    # XLA spends its time on compiling, not on running what is as small as here.
    environment = {**os.environ, "KERAS_BACKEND": backend, "XLA_FLAGS": "--xla_backend_optimization_level=0"}
    command = [sys.executable, str(PROBE), str(path), *names]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-3000:]
    return dict(np.load(path))


@pytest.mark.long
@pytest.mark.parametrize("backend", ["torch", "jax"])
@pytest.mark.parametrize("names", PARTS, ids=["elman", "others"])
def test_same_numbers_on_another_backend(names, backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is in the extra [peers]")
    expected, received = measured_on("tensorflow", names, tmp_path), measured_on(backend, names, tmp_path)
    assert received.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(received[name], expected[name], rtol=2e-3, atol=2e-5, err_msg=name)
