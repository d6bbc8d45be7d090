"""Windows, frames and the split by time, against loops and by enumeration of sample numbers."""

import numpy as np
import pytest

from rnnkit.identification import cut_frames, cut_windows, split_by_time


@pytest.mark.parametrize(
    ("n", "n_past", "n_output", "stride"), [(41, 7, 3, 1), (40, 6, 5, 4), (12, 8, 4, 3), (11, 8, 4, 3)]
)
def test_windows_against_a_loop(n, n_past, n_output, stride):
    signal = np.random.default_rng(n).normal(size=n)
    windows = cut_windows(signal, n_past, n_output, stride)
    past, target, starts = [], [], []
    start = 0
    while start + n_past + n_output <= n:
        past.append([signal[start + k] for k in range(n_past)])
        target.append([signal[start + n_past + k] for k in range(n_output)])
        starts.append(start)
        start += stride
    np.testing.assert_array_equal(windows.past, np.array(past).reshape(-1, n_past))
    np.testing.assert_array_equal(windows.target, np.array(target).reshape(-1, n_output))
    assert windows.starts.tolist() == starts


@pytest.mark.parametrize(("n_step", "n_input", "hop"), [(5, 3, 2), (4, 3, 3), (1, 6, 2), (3, 2, 5)])
def test_frames_against_a_loop(n_step, n_input, hop):
    n_past = (n_step - 1) * hop + n_input
    past = np.random.default_rng(n_step).normal(size=(7, n_past))
    frames = cut_frames(past, n_step, n_input, hop)
    assert frames.shape == (7, n_step, n_input)
    for w in range(7):
        for s in range(n_step):
            for k in range(n_input):
                assert frames[w, s, k] == past[w, s * hop + k]


def test_frames_end_to_end_by_default():
    past = np.arange(24).reshape(2, 12)
    np.testing.assert_array_equal(cut_frames(past, 4, 3), past.reshape(2, 4, 3))


def test_no_target_sample_was_in_the_past():
    """Overlapping frames must not show the network what it has to predict."""
    n_step, n_input, hop = 5, 10, 3
    windows = cut_windows(np.arange(200), (n_step - 1) * hop + n_input, n_input, stride=7)
    frames = cut_frames(windows.past, n_step, n_input, hop)
    for frame, target in zip(frames, windows.target, strict=True):
        assert frame.max() + 1 == target.min()
        assert target.tolist() == list(range(target.min(), target.min() + n_input))


@pytest.mark.parametrize("n", [300, 301, 347])
@pytest.mark.parametrize("gap", [0, 1, 13])
def test_split_leaks_nothing(n, gap):
    """The signal is the sample numbers: no number is in windows of two parts, nor two of them nearer than the gap."""
    shares = (0.5, 0.2, 0.3)
    parts = split_by_time(n, shares, gap)
    numbers = np.arange(n)
    seen = []
    for part in parts:
        windows = cut_windows(numbers[part], 20, 5, stride=3)
        seen.append(set(windows.past.ravel().tolist()) | set(windows.target.ravel().tolist()))
    for earlier in range(3):
        for later in range(earlier + 1, 3):
            assert not seen[earlier] & seen[later]
            assert min(seen[later]) - max(seen[earlier]) > gap
    for before, after in zip(parts, parts[1:], strict=False):
        assert after.start - before.stop == gap
    assert parts[0].start == 0 and parts[-1].stop == n
    kept = n - 2 * gap
    for part, share in zip(parts, shares, strict=True):
        assert abs((part.stop - part.start) - share * kept) <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cut_windows(np.zeros((4, 2)), 2, 1), r"signal: expected shape \(samples,\), received \(4, 2\)"),
        (lambda: cut_windows(np.zeros(4), 0, 1), "n_past: expected a whole number above 0, received 0"),
        (lambda: cut_windows(np.zeros(4), 1, -1), "n_output: expected a whole number above 0, received -1"),
        (lambda: cut_windows(np.zeros(4), 1, 1, 0), "stride: expected a whole number above 0, received 0"),
        (lambda: cut_windows(np.zeros(4), 1.5, 1), "n_past: expected a whole number above 0, received 1.5"),
        (lambda: cut_frames(np.zeros((2, 9)), 3, 3, 2), r"past: expected shape \(windows, 7\) .* received \(2, 9\)"),
        (lambda: cut_frames(np.zeros(7), 3, 3, 2), r"past: expected shape \(windows, 7\) .* received \(7,\)"),
        (lambda: cut_frames(np.zeros((2, 9)), 0, 3), "n_step: expected a whole number above 0"),
        (lambda: cut_frames(np.zeros((2, 9)), 3, 0), "n_input: expected a whole number above 0"),
        (lambda: cut_frames(np.zeros((2, 9)), 3, 3, 0), "hop: expected a whole number above 0"),
        (lambda: split_by_time(100, (0.5, 0.4), 0), "shares: expected two or more positive numbers that add up to 1"),
        (lambda: split_by_time(100, (1.0,), 0), "shares: expected two or more"),
        (lambda: split_by_time(100, (1.5, -0.5), 0), "shares: expected two or more positive"),
        (lambda: split_by_time(100, (0.5, 0.5), -1), "gap: expected 0 samples or more, received -1"),
        (lambda: split_by_time(10, (0.5, 0.5), 9), "n_samples: expected enough for 2 parts and 1 gaps of 9 samples"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
