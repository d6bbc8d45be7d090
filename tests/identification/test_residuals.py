"""Correlations of residuals: plain loops, SciPy, and what each kind of missing term shows."""

import numpy as np
import pytest
from scipy.stats import norm

from rnnkit.identification import ARX, residual_correlation

rng = np.random.default_rng(3)


def test_correlations_are_those_of_plain_loops_and_the_bound_that_of_scipy():
    e, u, most = rng.normal(2.0, 1.5, 31), rng.normal(-1.0, 0.5, 31), 7
    own, cross = residual_correlation(e, most=most), residual_correlation(e, u, most)
    a, b = e - e.mean(), u - u.mean()
    for tau, value in zip(own.lags, own.values, strict=True):
        assert value == pytest.approx(sum(a[k] * a[k - tau] for k in range(tau, 31)) / sum(a**2), abs=1e-13)
    for tau, value in zip(cross.lags, cross.values, strict=True):
        pairs = [a[k] * b[k - tau] for k in range(31) if 0 <= k - tau < 31]
        assert value == pytest.approx(sum(pairs) / np.sqrt(sum(a**2) * sum(b**2)), abs=1e-13)
    assert own.lags.tolist() == list(range(8)) and cross.lags.tolist() == list(range(-7, 8))
    assert own.bound == pytest.approx(norm.ppf(0.975) / np.sqrt(31), rel=1e-4)


def test_white_noise_leaves_the_bounds_once_in_twenty():
    shares = [residual_correlation(rng.normal(size=400), most=20).outside for _ in range(100)]
    assert np.mean(shares) == pytest.approx(0.05, abs=0.02)


def test_a_missing_input_and_a_missing_output_show():
    u, y = rng.normal(size=600), np.zeros(600)
    for k in range(2, 600):
        y[k] = 0.7 * y[k - 1] + u[k] + 0.6 * u[k - 2] + 0.3 * rng.normal()
    whole, without_input = ARX(2, 1).fit(u, y), ARX(0, 1).fit(u, y)
    e = y[2:] - whole.predict(u, y)
    assert residual_correlation(e).outside < 0.2 and residual_correlation(e, u[2:]).outside < 0.2
    lacking = residual_correlation(y[1:] - without_input.predict(u, y), u[1:], most=5)
    assert lacking.lags[np.abs(lacking.values).argmax()] == 2
    no_past = residual_correlation(y[2:] - ARX(2, 0).fit(u, y).predict(u, y))
    assert no_past.values[1] > 5 * no_past.bound


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="inputs: expected 30 steps, as many as residuals, received 29"):
        residual_correlation(rng.normal(size=30), rng.normal(size=29))
    with pytest.raises(ValueError, match="residuals: expected 27 samples or more, received 9"):
        residual_correlation(rng.normal(size=9))
