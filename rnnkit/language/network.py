"""A network of words: what it says about texts, and how good that is."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.language.perplexity import perplexity

_WORDS_AT_ONCE = 8192


def word_probabilities(model: Any, texts: Sequence[Sequence[int]], start: int = 0) -> list[np.ndarray]:
    """Probability that a network gives to each word of each text, with its state carried from the text's beginning.

    The network reads `start` first, so that the first word is predicted too, as the counting models predict it.

    Args:
        model: Keras model from word numbers (B, T) to logits (B, T, V), for any T, that looks only back.
        texts: sequences of word numbers.
        start: number read before the first word.

    Returns:
        For each text an array of shape (its number of words,).

    Raises:
        ValueError: no texts, or an empty one.
    """
    if not texts or not all(len(text) for text in texts):
        raise ValueError("texts: expected at least one text, none of them empty. Leave the empty ones out.")
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    result: list[np.ndarray] = [np.empty(0)] * len(texts)
    while order:
        longest = len(texts[order[min(len(order), 32) - 1]])
        batch = order[: max(1, min(32, _WORDS_AT_ONCE // longest))]
        order = order[len(batch) :]
        length = max(len(texts[i]) for i in batch)
        targets = np.full((len(batch), length), start, np.int32)
        for row, i in enumerate(batch):
            targets[row, : len(texts[i])] = texts[i]
        inputs = np.concatenate([np.full((len(batch), 1), start, np.int32), targets[:, :-1]], axis=1)
        logits = np.asarray(model.predict_on_batch(inputs))
        greatest = logits.max(axis=-1, keepdims=True)
        chosen = np.take_along_axis(logits - greatest, targets[..., None], axis=-1)[..., 0]
        p = np.exp(chosen) / np.exp(logits - greatest).sum(axis=-1)
        for row, i in enumerate(batch):
            result[i] = p[row, : len(texts[i])].astype(np.float64)
    return result


def network_perplexity(model: Any, texts: Sequence[Sequence[int]], start: int = 0) -> float:
    """Perplexity of a network over all words of the texts; arguments as for `word_probabilities`."""
    return perplexity(np.concatenate(word_probabilities(model, texts, start)))
