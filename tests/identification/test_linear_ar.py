"""Linear AR against signals whose prediction is known, and against the conditions that define its minimum."""

import numpy as np
import pytest

from rnnkit.identification import choose_linear_ar, cut_windows, fit_linear_ar, free_run


@pytest.mark.parametrize("omega", [0.2, 0.7, 2.1])
def test_a_sinusoid_is_an_ar_2(omega):
    """sin(ωt) = 2 cos(ω) sin(ω(t−1)) − sin(ω(t−2)), for any phase and amplitude."""
    signal = 3.0 * np.sin(omega * np.arange(80) + 0.4)
    windows = cut_windows(signal, 5, 1)
    model = fit_linear_ar(windows.past, windows.target, order=2)
    np.testing.assert_allclose(model.weights[:, 0], [-1, 2 * np.cos(omega)], atol=1e-9)
    np.testing.assert_allclose(model.bias, 0, atol=1e-9)


def test_h_samples_ahead_of_a_sinusoid():
    """x(t+h) = (sin((h+1)ω) x(t) − sin(hω) x(t−1)) / sin(ω)."""
    omega, n_output = 0.37, 6
    windows = cut_windows(np.cos(omega * np.arange(90)), 4, n_output)
    model = fit_linear_ar(windows.past, windows.target, order=2)
    for h in range(1, n_output + 1):
        expected = np.array([-np.sin(h * omega), np.sin((h + 1) * omega)]) / np.sin(omega)
        np.testing.assert_allclose(model.weights[:, h - 1], expected, atol=1e-8)


def test_two_sinusoids_free_running_for_a_thousand_samples():
    t = np.arange(1200)
    signal = np.sin(0.31 * t) + 0.5 * np.cos(1.13 * t + 1) + 2.0
    windows = cut_windows(signal[:200], 9, 3)
    model = fit_linear_ar(windows.past, windows.target, order=9)
    forecast = free_run(model.predict, signal[None, 191:200], n_frames=333)
    np.testing.assert_allclose(forecast[0], signal[200:1199], atol=1e-4)


@pytest.mark.parametrize("ridge", [0.0, 0.03, 2.0])
def test_the_gradient_is_zero_at_the_minimum(ridge):
    rng = np.random.default_rng(1)
    past, target = rng.normal(size=(50, 6)) + 3, rng.normal(size=(50, 2))
    model = fit_linear_ar(past, target, order=4, ridge=ridge)
    assert model.weights.shape == (4, 2) and model.bias.shape == (2,)

    def loss(weights, bias):
        total = 0.0
        for w in range(50):
            for h in range(2):
                predicted = bias[h] + sum(weights[k, h] * past[w, 2 + k] for k in range(4))
                total += (predicted - target[w, h]) ** 2 / 50
        return total + ridge * (weights**2).sum()

    best = loss(model.weights, model.bias)
    for _ in range(20):
        a, b = 1e-3 * rng.normal(size=(4, 2)), 1e-3 * rng.normal(size=2)
        up, down = loss(model.weights + a, model.bias + b), loss(model.weights - a, model.bias - b)
        assert up > best and down > best
        assert abs(up - down) < 1e-9


def test_a_known_ar_process_is_recovered():
    rng = np.random.default_rng(2)
    true, n = np.array([-0.5, 0.3, 0.9]), 40_000  # oldest first; its poles lie inside the unit circle
    assert np.abs(np.roots([1, *-true[::-1]])).max() < 1
    signal = np.zeros(n)
    noise = rng.normal(size=n)
    for t in range(3, n):
        signal[t] = signal[t - 3 : t] @ true + noise[t]
    windows = cut_windows(signal, 3, 1)
    model = fit_linear_ar(windows.past, windows.target, order=3)
    np.testing.assert_allclose(model.weights[:, 0], true, atol=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_choice_is_the_best_of_separate_fits(seed):
    """Past samples of unequal spread, of which the last three alone matter: a middle order has to win."""
    rng = np.random.default_rng(seed)
    spread, true = np.linspace(4, 1, 12), rng.normal(size=(3, 2)) + 1

    def windows(n):
        past = spread * rng.normal(size=(n, 12)) + 5
        return past, past[:, -3:] @ true + rng.normal(size=(n, 2))

    train, held = windows(30), windows(500)
    orders, ridges = (1, 3, 12), (1e-3, 0.1, 30.0)
    errors = {}
    for order in orders:
        for ridge in ridges:
            model = fit_linear_ar(*train, order, ridge)
            errors[order, ridge] = np.mean((model.predict(held[0]) - held[1]) ** 2)
    order, ridge = min(errors, key=errors.get)
    assert order == 3
    best = choose_linear_ar(train, held, orders, ridges)
    assert (best.order, best.ridge) == (order, ridge)
    expected = fit_linear_ar(*train, order, ridge)
    np.testing.assert_allclose(best.weights, expected.weights, rtol=1e-8)
    np.testing.assert_allclose(best.bias, expected.bias, rtol=1e-8)


def test_each_ridge_is_tried():
    """Where the past says nothing, the larger ridge wins, and its weights are those of a fit with it."""
    rng = np.random.default_rng(0)
    train, held = ((rng.normal(size=(n, 4)), rng.normal(size=(n, 2))) for n in (12, 400))
    best = choose_linear_ar(train, held, (3,), (1e-3, 30.0))
    assert best.ridge == 30.0
    np.testing.assert_allclose(best.weights, fit_linear_ar(*train, 3, 30.0).weights, rtol=1e-8)


X, Y = np.zeros((5, 3)), np.zeros((5, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_linear_ar(X, Y[:4], 2), r"same number of windows, at least 1, received \(5, 3\) and \(4, 2\)"),
        (lambda: fit_linear_ar(X[:0], Y[:0], 2), r"at least 1, received \(0, 3\) and \(0, 2\)"),
        (lambda: fit_linear_ar(X, Y[:, 0], 2), r"received \(5, 3\) and \(5,\)"),
        (lambda: fit_linear_ar(X, Y, 4), "order: expected 1 to 3, the samples of a past, received 4"),
        (lambda: fit_linear_ar(X, Y, 0), "order: expected 1 to 3"),
        (lambda: fit_linear_ar(X, Y, 2, -1.0), "ridge: expected 0 or more, received -1.0"),
        (lambda: fit_linear_ar(X, Y, 2, 1.0).predict(X[:, :1]), r"past: expected shape \(windows, 2 or more\)"),
        (lambda: choose_linear_ar((X, Y), (X, Y), (), (1.0,)), "orders, ridges: expected one or more each"),
        (lambda: choose_linear_ar((X, Y), (X, Y), (1,), (0.0,)), "orders, ridges: expected one or more each"),
        (lambda: choose_linear_ar((X, Y), (X, Y), (4,), (1.0,)), "order: expected 1 to 3"),
        (lambda: choose_linear_ar((X, Y * np.nan), (X, Y), (2,), (1.0,)), "expected finite numbers"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
