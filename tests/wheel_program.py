"""Run by test_wheel.py where nothing but the wheel and one backend is installed: README's example, saved and loaded."""

import importlib
import subprocess
import sys

import keras
import numpy as np

import rnnkit

LOAD = """
import sys
import keras, numpy as np
import rnnkit
model = keras.models.load_model(sys.argv[1])
np.save(sys.argv[2], model.predict(np.load(sys.argv[3]), verbose=0))
"""


def main(folder):
    """Train, save, load in another process, and say what was installed that nobody asked for."""
    rng = np.random.default_rng(0)
    x, y = rng.random((16, 10, 3)).astype("float32"), rng.random((16, 1)).astype("float32")
    layers = [rnnkit.PeepholeLSTM(4, return_sequences=True), rnnkit.Elman(3, 2), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((10, 3)), *layers])
    model.compile("adam", "mse")
    rnnkit.GradientNormRegularizer(0.1).attach(model)
    losses = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0], losses
    expected = model.predict(x, verbose=0)
    paths = [f"{folder}/{name}" for name in ("model.keras", "y.npy", "x.npy")]
    model.save(paths[0])
    np.save(paths[2], x)
    subprocess.run([sys.executable, "-c", LOAD, *paths], check=True)
    np.testing.assert_allclose(np.load(paths[1]), expected, rtol=1e-5, atol=1e-6)
    others = {"tensorflow", "jax", "torch"} - {keras.backend.backend()}
    unasked = sorted({"sklearn", "matplotlib", "typer", *others} & set(sys.modules))
    assert not unasked, unasked
    try:
        importlib.import_module("rnnkit.energy")
    except ModuleNotFoundError as error:
        assert "pip install 'rnnkit[energy]'" in str(error)
    else:
        raise AssertionError("scikit-learn came without being asked for")


if __name__ == "__main__":
    main(sys.argv[1])
