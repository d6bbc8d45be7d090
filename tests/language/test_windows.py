"""Windows against a loop."""

import numpy as np
import pytest

from rnnkit.language import windows


@pytest.mark.parametrize(
    ("count", "length"), [(51, 50), (101, 50), (100, 50), (23, 4), (24, 4), (25, 4), (26, 4), (2, 1)]
)
def test_windows_against_a_loop(count, length):
    text = np.random.default_rng().integers(0, 99, size=count)
    expected_inputs, expected_targets = [], []
    start = 0
    while start + length < count:
        expected_inputs.append([text[start + t] for t in range(length)])
        expected_targets.append([text[start + t + 1] for t in range(length)])
        start += length
    inputs, targets = windows(text, length)
    assert inputs.dtype == targets.dtype == np.int32
    np.testing.assert_array_equal(inputs, expected_inputs)
    np.testing.assert_array_equal(targets, expected_targets)


@pytest.mark.parametrize(
    ("numbers", "length", "message"),
    [
        ([1, 2], 0, "length: expected at least 1 word, received 0"),
        (list(range(50)), 50, r"numbers: expected at least 51 words .* received 50. Give a longer text or a smaller"),
        ([], 1, "numbers: expected at least 2 words .* received 0"),
        ([[1, 2], [3, 4]], 1, r"numbers: expected shape \(N,\), received \(2, 2\)"),
    ],
)
def test_errors(numbers, length, message):
    with pytest.raises(ValueError, match=message):
        windows(numbers, length)
