"""Word models."""

from numpy.testing import assert_allclose

from rnnkit.language import KneserNey
from tests.equations.cases import case
from tests.oracles import language as oracle


@case("rnnkit.language.ngrams")
def kneser_ney():
    texts, size = [(0, 1, 2, 1, 0, 3), (1, 2, 0, 1), (3, 1, 2, 2)], 5
    for order in (1, 2, 3):
        model = KneserNey(order, texts, size, discount=0.4)
        for context in ((), (1,), (1, 2), (4, 1), (2, 4)):
            found = [model.probability(word, context) for word in range(size)]
            expected = [oracle.kneser_ney(word, context, texts, order, 0.4, size) for word in range(size)]
            assert_allclose(found, expected, atol=1e-12)
