"""The window: it never goes back, and it looks where its bumps are."""

import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose, assert_array_equal

from rnnkit.applications import SoftWindow


def numbers(value):
    return ops.convert_to_numpy(value)


def random_window(seed=0, bumps=3, features=5):
    rng = np.random.default_rng(seed)
    window = SoftWindow(bumps)
    window.build((None, features))
    window.kernel.assign(rng.normal(scale=2, size=window.kernel.shape))
    return rng, window


def test_it_never_goes_back():
    rng, window = random_window()
    text, kappa = np.eye(4, dtype="float32")[rng.integers(0, 4, size=(2, 7))], np.zeros((2, 3), "float32")
    for _ in range(50):
        _, new = window(rng.normal(size=(2, 5)).astype("float32"), kappa, text)
        assert (numbers(new) >= numbers(kappa)).all()
        kappa = new
    assert (numbers(kappa) > 0).all()


def test_a_sharp_bump_reads_one_character():
    """β so large that only the character at κ is seen, with the weight α."""
    alpha, beta, kappa = np.array([[0.7]]), np.array([[1e4]]), np.array([[3.0]])
    phi = numbers(SoftWindow.phi(*(ops.convert_to_tensor(x) for x in (alpha, beta, kappa)), 5))
    assert_allclose(phi, [[0, 0, 0.7, 0, 0]], atol=1e-12)


def test_untrained_it_goes_about_a_step_at_a_time():
    window = SoftWindow(2, step=0.25, kernel_initializer="zeros")
    _, kappa = window(np.ones((1, 3), "float32"), np.zeros((1, 2), "float32"), np.ones((1, 4, 2), "float32"))
    assert_allclose(numbers(kappa), 0.25)


def test_what_is_after_the_end_is_not_seen():
    rng, window = random_window(1)
    hidden, kappa = rng.normal(size=(2, 5)).astype("float32"), rng.uniform(0, 4, size=(2, 3)).astype("float32")
    text = rng.normal(size=(2, 4, 6)).astype("float32")
    longer = np.concatenate([text, np.zeros((2, 3, 6), "float32")], axis=1)
    for a, b in zip(window(hidden, kappa, text), window(hidden, kappa, longer), strict=True):
        assert_array_equal(numbers(a), numbers(b))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(bumps=0), "bumps: expected the number of bumps, at least 1, received 0"),
        (dict(bumps=2, step=0.0), "step: expected a positive number, received 0.0"),
    ],
)
def test_errors(settings, message):
    with pytest.raises(ValueError, match=message):
        SoftWindow(**settings)
