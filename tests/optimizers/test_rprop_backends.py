"""iRprop+ is told the loss by `fit` on every backend."""

import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

import rnnkit


def trained_by_fit():
    """The net of `plain_loop`, trained with 1 and with 3 steps a call, which PyTorch does not offer."""
    rng = np.random.default_rng(0)
    x, y, w, b = (rng.normal(size=size).astype("float32") for size in ((9, 4), (9, 3), (4, 3), (3,)))
    found = []
    for steps in (1, 3) if keras.backend.backend() != "torch" else (1,):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "tanh")])
        model.set_weights([w, b])
        model.compile(rnnkit.Rprop(2.0, variant="irprop+"), "mse", steps_per_execution=steps)
        model.fit(np.tile(x, (3, 1)), np.tile(y, (3, 1)), batch_size=9, epochs=9, verbose=0, shuffle=False)
        found.append(np.concatenate([value.ravel() for value in model.get_weights()]))
    return found


def plain_loop(steps, first=2.0):
    """Igel and Hüsken's iRprop+ on the net of the probe; how often an undo was called for, and how often not."""
    rng = np.random.default_rng(0)
    x, y, w, b = (rng.normal(size=size) for size in ((9, 4), (9, 3), (4, 3), (3,)))
    x, weights = np.hstack([x, np.ones((9, 1))]), np.vstack([w, b])
    step, move, before, last, undone = np.full_like(weights, first), np.zeros_like(weights), 0, np.inf, [0, 0]
    for _ in range(steps):
        output = np.tanh(x @ weights)
        loss, gradient = np.mean((output - y) ** 2), x.T @ ((output - y) * (1 - output**2))
        for entry in np.ndindex(weights.shape):
            case = gradient[entry] * (before[entry] if np.ndim(before) else 0)
            step[entry] = min(max(step[entry] * (1.2 if case > 0 else 0.5 if case < 0 else 1), 1e-6), 50)
            if case < 0:
                undone[int(loss > last)] += 1
                weights[entry] -= move[entry] * (loss > last)
                gradient[entry] = 0
            else:
                move[entry] = -np.sign(gradient[entry]) * step[entry]
                weights[entry] += move[entry]
        before, last = gradient, loss
    return weights.ravel(), undone


def trained_on(backend, tmp_path):
    """In this process where it runs on that backend, else in one of its own."""
    if backend == keras.backend.backend():
        return trained_by_fit()
    path = str(tmp_path / "weights.npy")
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    run = subprocess.run([sys.executable, __file__, path], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    return np.load(path)


@pytest.mark.parametrize(
    "backend",
    ["tensorflow", pytest.param("torch", marks=pytest.mark.long), pytest.param("jax", marks=pytest.mark.long)],
)
def test_fit_equals_a_plain_loop(backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is in the extra [peers]")
    expected, undone = plain_loop(27)
    assert min(undone) > 5
    for received in trained_on(backend, tmp_path):
        np.testing.assert_allclose(received, expected, atol=1e-4)


if __name__ == "__main__":
    np.save(sys.argv[1], trained_by_fit())
