"""BLEU and CIDEr: how much of a sentence stands in sentences that people have written, without knowing what is true."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_array


def bleu(sentences: Sequence[str], references: Sequence[Sequence[str]], n: int = 4) -> float:
    """BLEU-n of sentences together, each with its references (Papineni and others, 2002, without smoothing)."""
    found, total, own, nearest = np.zeros(n), np.zeros(n), 0, 0
    for sentence, texts in zip(sentences, references, strict=True):
        words, known = sentence.split(), [text.split() for text in texts]
        own += len(words)
        nearest += min((abs(len(other) - len(words)), len(other)) for other in known)[1]
        for k in range(n):
            most: Counter[tuple[str, ...]] = Counter()
            for other in known:
                most |= _runs(other, k + 1)
            runs = _runs(words, k + 1)
            found[k] += (runs & most).total()
            total[k] += runs.total()
    if not found.all():
        return 0.0
    return float(min(1.0, np.exp(1 - nearest / own)) * np.exp(np.mean(np.log(found / total))))


def _runs(words: list[str], k: int) -> Counter[tuple[str, ...]]:
    return Counter(_each(words, k))


def _each(words: list[str], k: int) -> Iterable[tuple[str, ...]]:
    return zip(*(words[i:] for i in range(k)), strict=False)


def cider(sentences: Sequence[str], references: Sequence[Sequence[str]], n: int = 4, sigma: float = 6.0) -> float:
    r"""CIDEr-D of sentences, each with its references: the mean over them, 10 at most.

    A sentence's runs of k words are counted, and those weigh less that stand in the references of many pictures:
    $g_w = h_w \ln(|I| / d_w)$. For each reference s of a candidate c, and over k = 1 to n and all references as a mean,

    $$10\, e^{-(l_c - l_s)^2 / 2\sigma^2}\, \frac{\min(g_c, g_s) \cdot g_s}{\lVert g_c\rVert \lVert g_s\rVert}$$

    Source:
        R. Vedantam, C. L. Zitnick and D. Parikh, CIDEr: Consensus-based Image Description Evaluation (2015). As in the
        authors' program, $h_w$ is a count and not divided by a sentence's length, and $d_w$ is 1 at least.
    """
    pictures = np.repeat(np.arange(len(references)), [len(texts) for texts in references])
    texts = [text.split() for text in [*sentences, *(text for texts in references for text in texts)]]
    score, lengths, count = np.zeros(len(pictures)), np.array([len(words) for words in texts]), len(sentences)
    for k in range(n):
        h = _counted(texts, k + 1)
        has = csr_array((np.ones(len(pictures)), (pictures, np.arange(len(pictures))))) @ h[count:]
        g = h.multiply(np.log(len(references) / np.maximum(1, (has > 0).sum(axis=0)))).tocsr()
        norm = np.sqrt(g.multiply(g).sum(axis=1))
        c, s = g[:count][pictures], g[count:]
        both = norm[pictures] * norm[count:]
        score += c.minimum(s).multiply(s).sum(axis=1) / np.where(both > 0, both, 1) / n
    score *= 10 * np.exp(-((lengths[pictures] - lengths[count:]) ** 2) / (2 * sigma**2))
    return float(np.mean(np.bincount(pictures, score) / np.bincount(pictures)))


def _counted(texts: Sequence[list[str]], k: int) -> csr_array:
    """How often each run of k words stands in each text, shape (texts, different runs)."""
    number: dict[tuple[str, ...], int] = {}
    places = [(i, number.setdefault(run, len(number))) for i, words in enumerate(texts) for run in _each(words, k)]
    rows, columns = np.array(places, int).reshape(-1, 2).T
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(texts), max(1, len(number))))
