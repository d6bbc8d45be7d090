"""Perplexity against its closed forms."""

import math

import numpy as np
import pytest

from rnnkit.language import perplexity


def test_geometric_mean_of_the_inverse_probabilities():
    p = np.random.default_rng().uniform(0.01, 1, size=37)
    assert perplexity(p) == pytest.approx(math.prod(1 / x for x in p) ** (1 / 37))


def test_equally_likely_words_and_a_certain_text_and_an_impossible_one():
    assert perplexity(np.full(9, 1 / 23)) == pytest.approx(23)
    assert perplexity([1.0, 1.0]) == 1
    assert perplexity([1.0, 0.0]) == math.inf


@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([], "probabilities: expected at least one, received none"),
        ([0.5, 1.5], "probabilities: expected values from 0 to 1, received 1.5. Give probabilities, not logits"),
        ([0.5, -0.1], "received -0.1"),
        ([np.nan], "received nan"),
    ],
)
def test_errors(p, message):
    with pytest.raises(ValueError, match=message):
        perplexity(p)
