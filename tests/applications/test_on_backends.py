"""The exact properties of classifier and captions hold on JAX and PyTorch too, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXACT = "padding or last_state or sliding or sum_to_1 or wide_beam or nats or learns or saved"


@pytest.mark.long
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_exact_properties(backend):
    command = [sys.executable, "-m", "pytest", "-o", "addopts=", "-q", "-x", "-m", "not long", "-k", EXACT]
    files = [str(HERE / "test_classification.py"), str(HERE / "test_captioning.py")]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    run = subprocess.run([*command, *files], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:]
