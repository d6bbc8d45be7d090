"""Embedding against loops, mutual information against a closed form and scikit-learn, dimensions of known systems."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm
from sklearn.feature_selection import mutual_info_regression
from sklearn.metrics import mutual_info_score

from rnnkit.datasets import mackey_glass
from rnnkit.identification import choose_dimension, choose_lag, delay_embedding, false_neighbours, mutual_information


@pytest.fixture
def systems():
    return pytest.importorskip("rnnkit.course.experiments.identification")


def test_points_are_the_past_newest_first():
    s = np.random.default_rng(0).normal(size=23)
    expected = [[s[k - 4 * d] for d in range(5)] for k in range(16, 23)]
    np.testing.assert_array_equal(delay_embedding(s, lag=4, dimension=5), expected)


def ar1(correlation, steps, seed):
    rng = np.random.default_rng(seed)
    s, noise = np.empty(steps), rng.normal(0.0, np.sqrt(1 - correlation**2), steps)
    s[0] = rng.normal()
    for k in range(1, steps):
        s[k] = correlation * s[k - 1] + noise[k]
    return s


@pytest.mark.parametrize("correlation", [0.5, 0.8])
def test_information_of_a_gaussian_pair_is_the_closed_form(correlation):
    s, bins = ar1(correlation, 40_000, 1), 12
    found = mutual_information(s, 2, bins) - (bins - 1) ** 2 / (2 * len(s))
    for lag in (1, 2):
        rho = correlation**lag
        inner = norm.ppf(np.arange(1, bins) / bins)
        grid = np.stack(np.meshgrid(np.r_[-9, inner, 9], np.r_[-9, inner, 9]), axis=-1)
        below = multivariate_normal(cov=[[1, rho], [rho, 1]]).cdf(grid)
        p = np.diff(np.diff(below, axis=0), axis=1)  # of each pair of classes, by the distribution itself
        # Over seeds the counted one scatters by 0.0045 at most; its mean is within 0.0005 of the sum.
        assert found[lag] == pytest.approx(np.sum(p * np.log(p * bins**2)), abs=0.014)
        exact = -0.5 * np.log(1 - rho**2)
        assert 0.88 * exact - 0.014 < found[lag] < exact + 0.014  # the classes lose a little


def test_information_is_scikit_learns():
    s, bins = np.cumsum(np.random.default_rng(2).normal(size=500)), 7
    classes = np.searchsorted(np.sort(s)[[round(499 * q / bins) for q in range(1, bins)]], s)
    ours = mutual_information(s, 4, bins)
    for lag in range(5):
        # Which class a value at a quantile falls in differs, six values of 500.
        assert ours[lag] == pytest.approx(mutual_info_score(classes[: 500 - lag], classes[lag:]), abs=0.05)
    smooth = ar1(0.8, 3000, 3)
    by_neighbours = mutual_info_regression(smooth[:-1, None], smooth[1:], random_state=0)[0]
    assert mutual_information(smooth, 1, 16)[1] - 15**2 / 6000 == pytest.approx(by_neighbours, abs=0.05)


def test_information_does_not_see_the_unit_or_a_distortion():
    s = ar1(0.7, 800, 4)
    np.testing.assert_allclose(mutual_information(np.exp(3 * s) - 7, 5), mutual_information(s, 5), rtol=0, atol=1e-12)


def test_the_lag_is_the_first_minimum(systems):
    x = systems.lorenz(6000)[:, 0]
    lag, information = choose_lag(x, 60), mutual_information(x, 60)
    assert all(information[k + 1] < information[k] for k in range(lag)) and information[lag + 1] >= information[lag]
    assert 12 <= lag <= 22  # 0.16 to 0.18 units of time in the literature


def brute_force(s, lag, m, ratio=15.0, size=2.0):
    """Kennel, Brown and Abarbanel's share, pair by pair."""
    n, false = len(s) - m * lag, 0
    for k in range(n):
        nearest, R = None, np.inf
        for j in range(n):
            distance = np.sqrt(sum((s[k + d * lag] - s[j + d * lag]) ** 2 for d in range(m)))
            if j != k and distance < R:
                nearest, R = j, distance
        extra = abs(s[k + m * lag] - s[nearest + m * lag])
        false += extra / R > ratio or np.sqrt(R**2 + extra**2) / np.std(s) > size
    return false / n


def test_false_neighbours_as_in_plain_loops(systems):
    s = systems.henon(90) + 0.01 * np.random.default_rng(5).normal(size=90)
    expected = [brute_force(s, 2, m) for m in (1, 2, 3)]
    np.testing.assert_allclose(false_neighbours(s, 2, 3), expected, rtol=0, atol=1e-12)
    assert 0.1 < expected[0] < 1
    np.testing.assert_allclose(
        false_neighbours(s, 1, 1, 3.0, 0.5), [brute_force(s, 1, 1, 3.0, 0.5)], rtol=0, atol=1e-12
    )


def test_known_systems_have_their_dimensions(systems):
    assert choose_dimension(systems.henon(3000), 1) == 2
    x = systems.lorenz(6000)[:, 0]
    assert choose_dimension(x, choose_lag(x), 4) == 3
    assert choose_dimension(mackey_glass(3000, seed=0), 11, 5) in (3, 4)  # above its attractor's 2.1


def test_noise_has_no_dimension():
    with pytest.raises(ValueError, match="max_dimension: expected a dimension with at most 0.01 of false neighbours"):
        choose_dimension(np.random.default_rng(0).normal(size=1000), 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: delay_embedding(np.arange(6.0), 3, 3), "series: expected 7 samples or more, received 6"),
        (lambda: delay_embedding(np.ones((5, 2)), 1, 1), r"series: expected shape \(samples,\), received \(5, 2\)"),
        (lambda: delay_embedding([1.0, np.nan, 2.0], 1, 2), r"series: expected finite numbers, received nan at \(1,\)"),
        (lambda: delay_embedding(np.arange(6.0), 0, 3), "lag: expected a positive integer, received 0"),
        (lambda: delay_embedding(np.arange(6.0), 1, 2.0), "dimension: expected a positive integer, received 2.0"),
        (lambda: mutual_information(np.ones(9), 2), "series: expected a series that changes, received the constant 1"),
        (lambda: mutual_information(np.arange(8.0), 4), "series: expected 9 samples or more, received 8"),
        (lambda: choose_lag(ar1(0.99, 9000, 0), 3), "max_lag: expected lags among which the mutual information has a"),
        (lambda: false_neighbours(np.arange(9.0), 1, 2, ratio=0), "ratio: expected a number above 0, received 0"),
        (lambda: false_neighbours(np.arange(9.0), 4, 2), "series: expected 10 samples or more, received 9"),
        (lambda: delay_embedding("abc", 1, 1), "series: expected an array of numbers, received str"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
