"""A free-running forecast lives on its own predictions."""

import numpy as np
import pytest

from rnnkit.identification import free_run


@pytest.mark.parametrize(("n_past", "n_output"), [(7, 3), (3, 3), (2, 5)])
def test_against_a_loop(n_past, n_output):
    """Also where a frame is longer than the past."""
    rng = np.random.default_rng(n_past)
    weights, past = rng.normal(size=(n_past, n_output)), rng.normal(size=(4, n_past))
    forecast = free_run(lambda x: np.tanh(x @ weights), past, n_frames=6)
    assert forecast.shape == (4, 6 * n_output)
    for w in range(4):
        history = list(past[w])
        for _ in range(6):
            last = history[-n_past:]
            history += [np.tanh(sum(last[k] * weights[k, h] for k in range(n_past))) for h in range(n_output)]
        np.testing.assert_allclose(forecast[w], history[n_past:])


def test_what_it_was_shown():
    shown = []

    def predict(past):
        shown.append(past.copy())
        return past[:, -2:] + 10

    free_run(predict, np.array([[0.0, 1.0, 2.0]]), n_frames=3)
    assert [s.tolist() for s in shown] == [[[0, 1, 2]], [[2, 11, 12]], [[12, 21, 22]]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: free_run(lambda x: x, np.zeros((2, 3)), 0), "n_frames: expected 1 or more, received 0"),
        (
            lambda: free_run(lambda x: x, np.zeros(3), 1),
            r"past: expected shape \(windows, past samples\), received \(3,\)",
        ),
        (
            lambda: free_run(lambda x: x[:1], np.zeros((2, 3)), 1),
            r"predict: .* shape \(2, n_output\), received \(1, 3\)",
        ),
        (
            lambda: free_run(lambda x: x[:, 0], np.zeros((2, 3)), 1),
            r"predict: .* shape \(2, n_output\), received \(2,\)",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
