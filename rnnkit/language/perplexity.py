"""How well a model predicts words."""

from typing import Any

import numpy as np


def perplexity(probabilities: Any) -> float:
    r"""exp(-(1/N) Σ_t ln p_t): the number of equally likely words that would be as hard to guess.

    Args:
        probabilities: p_t, the probability given to each word that really came next, shape (N,), between 0 and 1.

    Returns:
        At least 1; infinite when one probability is 0.

    Raises:
        ValueError: no probabilities, or one outside 0 to 1.

    Example:
        >>> perplexity([0.25, 0.25, 0.25])
        4.0
    """
    p = np.asarray(probabilities, dtype=np.float64).ravel()
    if not p.size:
        raise ValueError("probabilities: expected at least one, received none. Give a longer text.")
    if not ((p >= 0) & (p <= 1)).all():
        wrong = p[~((p >= 0) & (p <= 1))][0]
        raise ValueError(
            f"probabilities: expected values from 0 to 1, received {wrong}. Give probabilities, not logits."
        )
    if (p == 0).any():
        return float("inf")
    return float(np.exp(-np.log(p).mean()))


def text_perplexity(model: Any, texts: Any) -> float:
    """Perplexity of a counting model (`Unigram`, `KneserNey`) over all words of the texts.

    Args:
        model: has `probability(word, context)`.
        texts: sequences of word numbers; each starts with an empty context.

    Raises:
        ValueError: no words.

    Example:
        >>> from rnnkit.language import Unigram
        >>> text_perplexity(Unigram([[0, 1]], size=2), [[0, 0, 1], [1]])
        2.0
    """
    memory = getattr(model, "order", 1) - 1
    return perplexity(
        [
            model.probability(word, text[max(0, position - memory) : position])
            for text in texts
            for position, word in enumerate(text)
        ]
    )
