"""Handwriting: mixture, window and stack in float64."""

import keras
import numpy as np
from keras import ops
from numpy.testing import assert_allclose

from rnnkit.applications import MixtureDensity, SoftWindow, WindowedCell, bivariate_mixture
from tests.equations.cases import case
from tests.oracles import handwriting as oracle

A = "rnnkit.applications"


def numbers(value):
    return ops.convert_to_numpy(value)


@case(f"{A}.bivariate_mixture")
def mixture():
    rng = np.random.default_rng(0)
    y_hat = rng.normal(size=(5, 4, 19))
    points = np.concatenate([rng.normal(size=(5, 4, 2)), rng.integers(0, 2, size=(5, 4, 1))], axis=-1)
    for bias in (0.0, 0.7):
        parts = [numbers(part) for part in bivariate_mixture.mixture(y_hat, bias)]
        log_prob = numbers(bivariate_mixture.log_prob(y_hat, points, bias))
        slopes = numbers(bivariate_mixture.gradient(y_hat, points))
        for place in np.ndindex(5, 4):
            expected, expected_log, expected_slopes = oracle.density(y_hat[place], points[place], bias)
            for part, value in zip(parts, expected, strict=True):
                assert_allclose(part[place], value, atol=1e-12)
            assert_allclose(log_prob[place], expected_log, atol=1e-12)
            if bias == 0:
                assert_allclose(slopes[place], expected_slopes, atol=1e-11)


@case(f"{A}.mixture_density.MixtureDensity")
def dense():
    rng = np.random.default_rng(1)
    layer = MixtureDensity(2, dtype="float64")
    h, W, b = rng.normal(size=(3, 5)), rng.normal(size=(5, 13)), rng.normal(size=13)
    layer.build((None, 5))
    layer.kernel.assign(W)
    layer.bias.assign(b)
    assert_allclose(numbers(layer(h)), [oracle.affine(row, W, b) for row in h], atol=1e-12)


@case(f"{A}.soft_window.SoftWindow")
def window():
    rng = np.random.default_rng(2)
    layer = SoftWindow(2, dtype="float64")
    h, W, b = rng.normal(size=(3, 5)), rng.normal(size=(5, 6)), rng.normal(size=6)
    kappa, text = rng.uniform(0, 4, size=(3, 2)), rng.normal(size=(3, 7, 4))
    layer.build((None, 5))
    layer.kernel.assign(W)
    layer.bias.assign(b)
    w, new = layer(h, kappa, text)
    for i in range(3):
        expected_w, expected_kappa, _ = oracle.window(h[i], W, b, kappa[i], text[i])
        assert_allclose(numbers(w)[i], expected_w, atol=1e-12)
        assert_allclose(numbers(new)[i], expected_kappa, atol=1e-12)


def tanh_cell(W, R, b):
    def step(x, h):
        h = np.tanh(x @ W + h @ R + b)
        return h, h

    return step


@case(f"{A}.windowed_cell.WindowedCell")
def windowed():
    rng = np.random.default_rng(3)
    cells = [keras.layers.SimpleRNNCell(units, dtype="float64") for units in (5, 6)]
    cell = WindowedCell(cells, characters=4, bumps=2, dtype="float64")
    x, text, kappa, w = (rng.normal(size=shape) for shape in ((3, 3), (7, 4), (2,), (4,)))
    s_1, s_2 = rng.normal(size=5), rng.normal(size=6)
    cell.build((None, 3))
    for weight in cell.weights:
        weight.assign(rng.normal(size=weight.shape) * 0.5)
    f_1, f_2 = (tanh_cell(*(numbers(part) for part in (c.kernel, c.recurrent_kernel, c.bias))) for c in cells)
    W, b = numbers(cell.window.kernel), numbers(cell.window.bias)
    expected = oracle.windowed(x, f_1, lambda h, k, c: oracle.window(h, W, b, k, c)[:2], f_2, s_1, s_2, kappa, w, text)
    states, found = [ops.convert_to_tensor(part[None]) for part in (s_1, s_2, kappa, w, text)], []
    for row in x:
        y, states = cell(ops.convert_to_tensor(row[None]), states)
        found.append(numbers(y)[0])
    assert_allclose(found, expected, atol=1e-12)
