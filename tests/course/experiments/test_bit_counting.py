"""The counting experiment's gradients against finite differences, its data against the definition."""

import numpy as np
import pytest

from rnnkit.course.experiments import bit_counting as net
from rnnkit.datasets import bit_counting


def test_data_are_the_reference_runs():
    np.random.seed(1)
    expected = np.around(np.random.rand(20 * 10)).reshape(20, 10)
    x, y = bit_counting()
    np.testing.assert_array_equal(x, expected)
    np.testing.assert_array_equal(y, [sum(row) for row in expected])


@pytest.mark.parametrize("v", [(1.2, 1.2), (-1.5, 2.0), (0.3, -0.8)])
def test_gradient_equals_finite_differences(v):
    x, y = bit_counting(sequences=7, length=5, seed=4)

    def error(v_x, v_f):
        total = 0.0
        for row, target in zip(x, y, strict=True):
            f = 0.0
            for bit in row:
                f = f * v_f + bit * v_x
            total += 0.5 * (f - target) ** 2
        return total

    h = 1e-6
    expected = [
        (error(v[0] + h, v[1]) - error(v[0] - h, v[1])) / (2 * h),
        (error(v[0], v[1] + h) - error(v[0], v[1] - h)) / (2 * h),
    ]
    np.testing.assert_allclose(net.gradient(x, y, np.array(v)), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(net.mean_squared_error(x, y, *map(np.array, v)), 2 * error(*v) / 7, rtol=1e-10)


def test_rprop_reaches_the_published_weights():
    x, y = bit_counting()
    path = net.descend(x, y, (-1.5, 2.0), net.rprop_rule(), 1000)
    assert [f"{value:.4f}" for value in path[500]] == ["1.0014", "0.9997"]
    np.testing.assert_allclose(path[1000], 1.0, atol=1e-4)


def test_clipped_steps_are_never_longer_than_the_threshold_allows():
    x, y = bit_counting()
    path = net.descend(x, y, (-1.5, 2.0), net.sgd_rule(0.02, clip=1.0), 300)
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert lengths.max() <= 0.02 * (1 + 1e-9)
    assert np.isclose(lengths[0], 0.02)
    thrown = net.descend(x, y, (-1.5, 2.0), net.sgd_rule(1e-6), 40)
    assert len(thrown) < 40 and np.isfinite(thrown).all()


@pytest.mark.parametrize("arguments", [{"sequences": 0}, {"length": -2}, {"length": 2.5}])
def test_bad_sizes_are_named(arguments):
    [name] = arguments
    with pytest.raises(ValueError, match=f"{name}: expected a positive integer"):
        bit_counting(**arguments)
