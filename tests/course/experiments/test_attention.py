"""Digits stand whole on their canvases, and glimpses on a digit are counted."""

import numpy as np
import pytest

from rnnkit.course.experiments import attention
from rnnkit.datasets.optical_digits import generate_optical_digits


def test_each_digit_is_whole_on_its_canvas():
    digits = generate_optical_digits(30)
    drawn = attention.on_canvases(digits, 20, seed=3)
    for image, (row, column), digit in zip(drawn.images[..., 0], drawn.corners, digits.images, strict=True):
        np.testing.assert_allclose(image[row : row + 8, column : column + 8], digit / 16)
        assert np.isclose(image.sum(), digit.sum() / 16)
    assert drawn.corners.min() == 0 and drawn.corners.max() == 12
    with pytest.raises(ValueError, match="side: expected at least 8, the digits' own size, received 7"):
        attention.on_canvases(digits, 7)


def test_glimpses_on_the_digit_are_counted():
    drawn = attention.on_canvases(generate_optical_digits(200), seed=1)
    found = attention.measured(attention.network("random", 10, seed=0), drawn)
    error = np.sqrt(0.111 * 0.889 / 200)
    assert np.abs(found["on_digit"] - (8 / 24) ** 2).max() < 4 * error  # of a uniform place
