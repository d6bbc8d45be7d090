"""Two devices train a layer to the weights that one trains it to."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROBE = Path(__file__).with_name("distribution_probe.py")


@pytest.mark.long
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_agree_with_one(backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is in the extra [peers]")
    path = tmp_path / "weights.npz"
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    }
    result = subprocess.run([sys.executable, str(PROBE), str(path)], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-3000:]
    found = dict(np.load(path))
    assert found.pop("devices") == 2
    of_one = {name.removeprefix("one "): value for name, value in found.items() if name.startswith("one ")}
    assert len(of_one) == 9  # five weights of Elman's net, four of the LSTM
    for name, expected in of_one.items():
        np.testing.assert_allclose(found[f"two {name}"], expected, rtol=1e-5, atol=1e-5, err_msg=name)
    start = np.random.default_rng(4)
    for name, value in of_one.items():
        if name.startswith("elman"):
            assert np.abs(value - start.normal(size=value.shape)).max() > 1e-4, f"{name} has not moved"
