"""Beam search over sentences for a batch of images at once: NumPy, and a function that gives the next word's log p."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnkit.applications._captions import END


@dataclass(frozen=True)
class Beams:
    """Hypotheses of each image, the best first.

    Attributes:
        words: shape (batch, beam, longest), filled up with END.
        log_p: natural logarithm of each sentence's probability, shape (batch, beam); −∞ where there are fewer.
        scores: what they are ordered by, the same shape.
    """

    words: np.ndarray
    log_p: np.ndarray
    scores: np.ndarray


def search(
    step: Callable[[np.ndarray, np.ndarray], np.ndarray], batch: int, beam: int, longest: int, length_penalty: float
) -> Beams:
    """The best sentences by beam search; the finished compete with the unfinished, by log p / lengthᵅ.

    Args:
        step: from the last words, shape (batch · beam,), and the hypotheses that they continue, indices of the same
            shape into those of the call before, to the log-probabilities of the next words, (batch · beam, V).
        batch: images.
        beam: hypotheses kept for each.
        longest: words of a sentence at most; after so many the step has to give END the probability 1.
        length_penalty: α; the length counts the end.

    Returns:
        The hypotheses. With α = 0 a score can only fall, so that no sentence is lost but by the beam's width.
    """
    log_p = np.full((batch, beam), -np.inf)
    log_p[:, 0] = 0.0
    words = np.full((batch, beam, longest + 1), END)
    length, done = np.zeros((batch, beam), int), np.zeros((batch, beam), bool)
    last, parent = np.full(batch * beam, END), np.arange(batch * beam)
    rows = np.arange(batch)[:, None]
    for k in range(longest + 1):
        following = step(last, parent).reshape(batch, beam, -1)
        size = following.shape[-1]
        following = np.where(done[..., None], np.where(np.arange(size) == END, 0.0, -np.inf), following)
        total = log_p[..., None] + following
        lengths = np.where(done, length, k + 1)
        scores = (total / (lengths**length_penalty)[..., None]).reshape(batch, -1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :beam]
        source, word = best // size, best % size
        words, length, done = words[rows, source], lengths[rows, source], done[rows, source]
        words[..., k] = word
        done |= word == END
        log_p, score = total.reshape(batch, -1)[rows, best], scores[rows, best]
        last, parent = word.ravel(), (rows * beam + source).ravel()
        if np.all(done | (log_p == -np.inf)):
            break
    return Beams(words[..., :longest], log_p, score)
