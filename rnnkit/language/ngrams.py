r"""Word models that count: relative frequency, and interpolated Kneser-Ney of any order.

With c the count of an n-gram, h = w_1 ... w_{k-1} a context, h' the context without its first word:

    p_k(w | h) = max(c(hw) - D_k, 0) / c(h.) + D_k N(h.) / c(h.) p_{k-1}(w | h')        (1)
    p_1(w)     = max(c(w) - D_1, 0) / c(.)  + D_1 N(.) / c(.) / V                        (2)

where N(h.) is the number of different words seen after h. In the highest order c is how often the n-gram was
seen; in every lower order it is the number of different words seen before it (Kneser and Ney). A context that was
never seen passes on to the next lower order. V is the number of words in the vocabulary.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from rnnkit._checks import fraction, positive_integer

NGram = tuple[int, ...]


def _check_texts(texts: Iterable[Sequence[int]], size: int) -> list[list[int]]:
    positive_integer("size", size, "at least 1 word in the vocabulary")
    lists = [[int(word) for word in text] for text in texts]
    if not any(lists):
        raise ValueError("texts: expected at least one word, received none. Give a longer text.")
    for text in lists:
        if text and not 0 <= min(text) <= max(text) < size:
            raise ValueError(
                f"texts: expected word numbers from 0 to {size - 1}, received {min(text)} to {max(text)}. "
                "Encode with the vocabulary whose size you give."
            )
    return lists


class Unigram:
    """Each word's relative frequency, whatever came before it.

    Args:
        texts: sequences of word numbers.
        size: number of words in the vocabulary.

    Raises:
        ValueError: no words, a number outside the vocabulary, or size not positive.

    Example:
        >>> Unigram([[0, 1, 1, 2]], size=3).probability(1)
        0.5
    """

    def __init__(self, texts: Iterable[Sequence[int]], size: int) -> None:
        lists = _check_texts(texts, size)
        counts = np.bincount(np.concatenate([np.array(text, int) for text in lists]), minlength=size)
        self.probabilities = counts / counts.sum()

    def probability(self, word: int, context: Sequence[int] = ()) -> float:
        """p(word), shape (); the context is not looked at."""
        return float(self.probabilities[word])


class KneserNey:
    """Interpolated Kneser-Ney model of order n: (1) and (2) above.

    Each text begins with n - 1 start marks, which are contexts only and never predicted.

    Args:
        order: n, the number of words in an n-gram; 2 is a bigram model.
        texts: sequences of word numbers.
        size: V, the number of words in the vocabulary.
        discount: D for every order, between 0 and 1; None estimates n1 / (n1 + 2 n2) for each order, where
            n1 and n2 are the numbers of n-grams with count one and two.
        interpolate_unigrams: False drops the discount and the uniform part of (2), as NLTK does; words never
            seen then have probability 0.

    Raises:
        ValueError: order or size not positive, discount outside 0 to 1, no words.

    Source: Kneser and Ney, Improved backing-off for m-gram language modeling, 1995; Chen and Goodman, An empirical
    study of smoothing techniques for language modeling, 1999, sections 2.7 and 3.

    Example:
        >>> model = KneserNey(2, [[0, 1, 0, 1, 2]], size=3)
        >>> round(sum(model.probability(word, [1]) for word in range(3)), 12)
        1.0
    """

    START = -1

    def __init__(
        self,
        order: int,
        texts: Iterable[Sequence[int]],
        size: int,
        discount: float | None = None,
        interpolate_unigrams: bool = True,
    ) -> None:
        positive_integer("order", order, "at least 1")
        if discount is not None:
            fraction("discount", discount, expected="a value from 0 to 1, or None")
        lists = _check_texts(texts, size)
        self.order, self.size = order, size
        self.interpolate_unigrams = interpolate_unigrams
        self._counts = self._count(lists)
        self._totals: list[Counter[NGram]] = []
        self._followers: list[Counter[NGram]] = []
        self._discounts: list[float] = []
        for counts in self._counts:
            totals: Counter[NGram] = Counter()
            for ngram, count in counts.items():
                totals[ngram[:-1]] += count
            self._totals.append(totals)
            self._followers.append(Counter(ngram[:-1] for ngram in counts))
            self._discounts.append(_estimate_discount(counts) if discount is None else discount)

    def _count(self, texts: list[list[int]]) -> list[Counter[NGram]]:
        """Counts of the n-grams with 1, 2, ... n words; all but the last are numbers of different left neighbours."""
        n = self.order
        highest: Counter[NGram] = Counter()
        for text in texts:
            padded = [self.START] * (n - 1) + text
            highest.update(zip(*(padded[i:] for i in range(n)), strict=False))
        orders = [highest]
        while len(orders) < n:
            orders.append(Counter(ngram[1:] for ngram in orders[-1]))
        return orders[::-1]

    def probability(self, word: int, context: Sequence[int] = ()) -> float:
        """p(word | context), shape ().

        Args:
            word: the number of a word.
            context: numbers of the words before it, from the text's beginning or at least n - 1 of them.
        """
        history = self._history(context)
        p = 1.0 / self.size if self.interpolate_unigrams else 0.0
        for k in range(self.order):
            h = history[len(history) - k :]
            total = self._totals[k].get(h, 0)
            if not total:
                break
            discount = self._discounts[k] if k or self.interpolate_unigrams else 0.0
            count = self._counts[k].get((*h, word), 0)
            p = (max(count - discount, 0.0) + discount * self._followers[k][h] * p) / total  # (1), (2)
        return p

    def _history(self, context: Sequence[int]) -> NGram:
        n = self.order
        padded = [self.START] * (n - 1) + [int(word) for word in context[max(0, len(context) - n + 1) :]]
        return tuple(padded[len(padded) - n + 1 :])


def _estimate_discount(counts: Counter[NGram]) -> float:
    ones = sum(count == 1 for count in counts.values())
    twos = sum(count == 2 for count in counts.values())
    return ones / (ones + 2 * twos) if ones and twos else 0.5
