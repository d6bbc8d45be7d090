"""Counting models against NLTK, against plain enumeration, and against the closed forms."""

import math

import numpy as np
import pytest

from rnnkit.language import KneserNey, Unigram, text_perplexity


def random_texts(seed, size=6, sizes=(9, 31, 14, 22)):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(size), size=size)
    texts = []
    for length in sizes:
        text = [int(rng.integers(size))]
        while len(text) < length:
            text.append(int(rng.choice(size, p=weights[text[-1]])))
        texts.append(text)
    return [list(range(size)), *texts]  # each word is seen


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("discount", [None, 0.1, 0.75])
def test_probabilities_sum_to_one_after_any_context(order, discount):
    texts, size = random_texts(order), 8  # words 6 and 7 are never seen
    model = KneserNey(order, texts, size, discount)
    contexts = [[], [0], [7], [2, 3], [7, 7, 1], [5, 0, 1, 2, 3], *(text[:k] for text in texts for k in (1, 2, 3))]
    for context in contexts:
        p = [model.probability(word, context) for word in range(size)]
        assert sum(p) == pytest.approx(1, abs=1e-12)
        assert min(p) > 0


@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_equal_to_nltk(order, seed):
    lm = pytest.importorskip("nltk.lm")
    from nltk.util import everygrams

    texts, size = random_texts(seed), 6
    padded = [["<s>"] * (order - 1) + [str(word) for word in text] for text in texts]
    # NLTK would count the start mark as a word that can follow; here it is a context only.
    grams = [[gram for gram in everygrams(text, max_len=order) if gram[-1] != "<s>"] for text in padded]
    peer = lm.KneserNeyInterpolated(order, discount=0.3)
    peer.fit(grams, vocabulary_text=[word for text in padded for word in text])
    model = KneserNey(order, texts, size, discount=0.3, interpolate_unigrams=False)
    for text in texts:
        for position in range(order, len(text)):
            context = text[position - order + 1 : position]
            expected = peer.score(str(text[position]), [str(word) for word in context])
            assert model.probability(text[position], context) == pytest.approx(expected, rel=1e-9)


def enumerated(order, texts, size, discounts, word, context):
    """Equations (1) and (2) by going through the padded texts at each call."""
    grams = []
    for text in texts:
        padded = [-1] * (order - 1) + list(text)
        grams += [tuple(padded[i : i + order]) for i in range(len(text))]
    context = tuple(([-1] * order + list(context))[len(context) + 1 :])

    def count(gram):
        k = len(gram)
        if k == order:
            return sum(g == gram for g in grams)
        wider = {g[order - k - 1 :] for g in grams}
        return sum(g[1:] == gram for g in wider)

    def p(k):
        if k == 0:
            return 1 / size
        h = context[order - k :]
        following = [count((*h, w)) for w in range(size)]
        if not sum(following):
            return p(k - 1)
        d = discounts[k - 1]
        rest = d * sum(c > 0 for c in following) / sum(following)
        return max(following[word] - d, 0) / sum(following) + rest * p(k - 1)

    return p(order)


@pytest.mark.parametrize(("order", "discount"), [(1, 0.4), (2, 0.6), (3, None)])
def test_equal_to_enumeration_also_at_the_start_of_a_text(order, discount):
    texts, size = random_texts(11, sizes=(7, 12, 5)), 7
    model = KneserNey(order, texts, size, discount)
    for context in ([], [1], [0, 1], [3, 6], [2, 5, 5], texts[1][:4]):
        for word in range(size):
            expected = enumerated(order, texts, size, model._discounts, word, context)
            assert model.probability(word, context) == pytest.approx(expected, rel=1e-12)


def test_estimated_discount():
    model = KneserNey(2, [[0, 1], [0, 1, 2], [0]], size=3)
    # Three start with 0, (0, 1) is seen twice, (1, 2) once: n1 = n2 = 1.
    assert model._discounts[1] == pytest.approx(1 / 3)


def test_unigram_is_the_relative_frequency():
    model = Unigram([[0, 2, 2], [1, 2]], size=4)
    assert [model.probability(word, [1]) for word in range(4)] == pytest.approx([0.2, 0.2, 0.6, 0])


def test_text_perplexity_is_the_product_of_the_words():
    texts, test = random_texts(3), [[0, 4, 2, 2, 1], [5], [3, 1, 0]]
    for order in (1, 2, 3):
        model = KneserNey(order, texts, size=6)
        product = math.prod(model.probability(t[i], t[:i]) for t in test for i in range(len(t)))
        assert text_perplexity(model, test) == pytest.approx(product ** (-1 / 9))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: KneserNey(0, [[0]], 1), "order: expected at least 1, received 0"),
        (lambda: KneserNey(2, [[0]], 1, discount=1.5), "discount: expected a value from 0 to 1, or None, received 1.5"),
        (lambda: KneserNey(2, [], 1), "texts: expected at least one word, received none"),
        (lambda: Unigram([[]], 1), "texts: expected at least one word, received none"),
        (lambda: Unigram([[0]], 0), "size: expected at least 1 word in the vocabulary, received 0"),
        (lambda: Unigram([[0, 3]], 3), "texts: expected word numbers from 0 to 2, received 0 to 3"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
