"""From logits to words, against SciPy and against frequencies."""

import numpy as np
import pytest

from rnnkit.language import sample, softmax


@pytest.mark.parametrize("temperature", [0.05, 0.7, 1.0, 13.0])
def test_softmax_against_scipy(temperature):
    special = pytest.importorskip("scipy.special")
    logits = np.random.default_rng(0).normal(scale=4, size=(3, 5, 7))
    np.testing.assert_allclose(softmax(logits, temperature), special.softmax(logits / temperature, axis=-1), rtol=1e-12)


def test_nothing_overflows_and_no_logarithm_of_zero():
    logits = np.array([5000.0, -5000.0, -np.inf, 5000.0])
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        assert softmax(logits, 0.01).tolist() == [0.5, 0, 0, 0.5]
        assert sample([-np.inf, 0, -1e308], 1e-3, np.random.default_rng(0)) == 1


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_sample_has_the_softmax_as_its_frequencies(temperature):
    rng = np.random.default_rng()
    logits = rng.normal(scale=2, size=5)
    counts = np.bincount([sample(logits, temperature, rng) for _ in range(5000)], minlength=5)
    p = softmax(logits, temperature)
    assert (np.abs(counts - 5000 * p) < 6 * np.sqrt(5000 * p * (1 - p)) + 3).all()


def test_same_generator_same_words():
    logits = np.zeros(50)
    first, second = ([sample(logits, 1.0, rng) for _ in range(20)] for rng in map(np.random.default_rng, (3, 3)))
    assert first == second


@pytest.mark.parametrize("temperature", [0, 0.0, -1, float("nan"), float("inf")])
def test_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match=f"temperature: expected a positive number, received {temperature}.*argmax"):
        softmax([1.0], temperature)


@pytest.mark.parametrize("logits", [[], 3.0, np.zeros((2, 0))])
def test_no_words(logits):
    with pytest.raises(ValueError, match=r"logits: expected shape \(..., V\)"):
        softmax(logits)


@pytest.mark.parametrize("logits", [[np.nan, 1], [np.inf, 1], [-np.inf, -np.inf], [[0, 1], [np.nan, 0]]])
def test_not_numbers(logits):
    with pytest.raises(ValueError, match="logits: expected numbers below .inf, one finite in each row"):
        softmax(logits)


def test_sample_takes_one_row():
    with pytest.raises(ValueError, match=r"logits: expected shape \(V,\), received \(2, 3\)"):
        sample(np.zeros((2, 3)), 1.0, np.random.default_rng(0))
