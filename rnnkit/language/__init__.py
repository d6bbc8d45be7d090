"""Word models: vocabulary, counting models, windows, perplexity, sampling, generation. Keras only for generation."""

from rnnkit.language.generator import Generator, load
from rnnkit.language.network import network_perplexity, word_probabilities
from rnnkit.language.ngrams import KneserNey, Unigram
from rnnkit.language.perplexity import perplexity, text_perplexity
from rnnkit.language.sampling import sample, softmax
from rnnkit.language.vocabulary import END, UNKNOWN, Vocabulary, detokenise, tokenise
from rnnkit.language.windows import windows

__all__ = [
    "END",
    "UNKNOWN",
    "Generator",
    "KneserNey",
    "Unigram",
    "Vocabulary",
    "detokenise",
    "load",
    "network_perplexity",
    "perplexity",
    "sample",
    "softmax",
    "text_perplexity",
    "tokenise",
    "windows",
    "word_probabilities",
]
