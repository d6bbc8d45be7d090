"""BLEU and CIDEr against sacrebleu, the authors' program and the formulas."""

from collections import Counter

import numpy as np
import pytest
import sacrebleu

from rnnkit.course.experiments.caption_measures import bleu, cider

AUTHORS = (0.8975050632598404, 3.5104607177746225)  # pycocoevalcap's Cider().compute_score


def random_texts(seed, pictures):
    """Sentences of seven words, and one to four references each."""
    rng = np.random.default_rng(seed)

    def text():
        return " ".join("abcdefg"[i] for i in rng.integers(7, size=rng.integers(1, 12)))

    return [text() for _ in range(pictures)], [[text() for _ in range(rng.integers(1, 5))] for _ in range(pictures)]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_bleu_is_sacrebleu_s(n):
    """Of 100 sentences together, and of each ten of them."""
    said, references = random_texts(121 + n, 100)
    theirs = sacrebleu.BLEU(max_ngram_order=n, tokenize="none", smooth_method="none")
    for chosen in [slice(0, 100), *(slice(i, i + 10) for i in range(0, 100, 10))]:
        known = references[chosen]
        each = [[texts[j] if j < len(texts) else None for texts in known] for j in range(max(map(len, known)))]
        expected = theirs.corpus_score(said[chosen], each).score / 100
        assert bleu(said[chosen], known, n) == pytest.approx(expected, rel=1e-12)


def by_the_formulas(said, references, n=4, sigma=6.0):
    """CIDEr-D with a dict for each vector, a run at a time (Vedantam and others, 2015)."""
    total = 0.0
    for i, sentence in enumerate(said):
        for k in range(1, n + 1):

            def vector(text, k=k):
                words, g = text.split(), {}
                for run, h in Counter(tuple(words[j : j + k]) for j in range(len(words) - k + 1)).items():
                    inside = [any(f" {' '.join(run)} " in f" {other} " for other in texts) for texts in references]
                    g[run] = h * np.log(len(references) / max(1, sum(inside)))
                return g

            c = vector(sentence)
            for reference in references[i]:
                s = vector(reference)
                both = np.sqrt(sum(g**2 for g in c.values()) * sum(g**2 for g in s.values()))
                dot = sum(min(g, s.get(run, 0)) * s.get(run, 0) for run, g in c.items())
                further = len(sentence.split()) - len(reference.split())
                part = 10 * np.exp(-(further**2) / (2 * sigma**2)) * dot / both if both else 0
                total += part / n / len(references[i]) / len(said)
    return total


@pytest.mark.parametrize("seed", [122, 123])
def test_cider_is_its_formulas(seed):
    said, references = random_texts(seed, 12)
    expected = by_the_formulas(said, references)
    assert cider(said, references) == pytest.approx(expected, rel=1e-12) and expected > 0.1


def test_cider_is_that_of_the_authors_program():
    """Values of pycocoevalcap 1.2, written down, as its wheel has 100 MB."""
    said, references = random_texts(124, 20)
    assert cider(said, references) == pytest.approx(AUTHORS[0], rel=1e-10)
    said = ["a red cross above a blue circle", "one white square", "the large red square left of the small red cross"]
    known = [
        ["a blue circle below a red cross", "the red cross above the blue circle"],
        ["one white square right of one red square"],
        ["a red square left of a red cross", "the small red cross right of the large red square", "one red cross"],
    ]
    assert cider(said, known) == pytest.approx(AUTHORS[1], rel=1e-10)


def test_cider_of_the_same_and_of_others():
    said = ["a red cross here", "the blue circle is there", "one white square below it"]
    assert cider(said, [[text] for text in said]) == pytest.approx(10)
    assert cider(said, [[text] for text in said[1:] + said[:1]]) == 0
    assert cider(["a b"], [["a b"]]) == 0  # what stands in the references of each picture tells none of them
