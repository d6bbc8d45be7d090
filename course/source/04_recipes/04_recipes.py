# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   rnnkit:
#     goals:
#       - turn a text into words, numbers, windows and targets, and back again;
#       - say why a look-up takes the place of a product with one-hot rows;
#       - measure a model of words by its perplexity on texts that it has not seen, and compare it with models that count;
#       - draw words at a temperature without an overflow or the logarithm of 0;
#       - build the lecture's network in Keras, with a target at every word.
#     prerequisites:
#       - Python's strings, lists and dicts, and a little of regular expressions;
#       - NumPy's indexing with arrays of integers;
#       - the softmax, and what an LSTM is (unit 3).
#     minutes: 150
#     difficulty: medium
#     exercises:
#       tokenise:
#         title: A text as words
#         difficulty: easy
#         uses: [numpy, re]
#       encode_decode: {title: Words as numbers, difficulty: easy}
#       one_hot: {title: One-hot rows and a look-up, difficulty: easy}
#       cut_windows: {title: Windows and their targets, difficulty: medium}
#       perplexity: {title: The perplexity, difficulty: medium}
#       temperature: {title: Drawing the next word, difficulty: medium}
#       network:
#         title: The network in Keras
#         difficulty: medium
#         uses: [numpy, keras]
#       question: {title: What the figures say, difficulty: hard}
#     self_test:
#       - question: A text of 101 words is cut into windows of 50, with the next word as the target at every position. How many
#           windows are there?
#         choices:
#           - "1"
#           - "2"
#           - "51"
#         answer: b
#         why: Two windows need 100 words as inputs, and their targets reach one word further, to word 101. With 100 words there
#           would be one window only.
#       - question: A model gives each word that comes a probability of 1/20, and never more or less. What is its perplexity?
#         choices:
#           - "20"
#           - "0.05"
#           - "ln 20"
#         answer: a
#         why: The mean of the logarithms is −ln 20, and the exponential of ln 20 is 20, as many words as it chooses among with
#           equal chances. ln 20 is the cross-entropy in nats.
#       - question: All logits are made larger by 5. What becomes of the probabilities at temperature 0.5?
#         choices:
#           - They get sharper, as at a lower temperature.
#           - The large ones overflow.
#           - They stay the same.
#         answer: c
#         why: Numerator and denominator are both multiplied by $e^{5/0.5}$. For the same reason the largest logit may be taken
#           away first, so that nothing overflows. Multiplying all logits is what would make them sharper.
#     key_points:
#       - A product with a one-hot row is a row of the matrix, so look it up.
#       - With a target at every position a window of 50 words teaches 50 times as much for nearly the same work.
#       - Hold out whole texts, not pieces of them, and make the vocabulary from the others alone.
#       - A perplexity says something beside that of a model that only counts.
#       - Keep logits as long as possible; the temperature divides them, and no logarithm of a probability is needed.
#     sources:
#       - 'M. Smart, Introduction to Recurrent Neural Nets (2020), with SciNet''s slides on LSTMs, the network that writes recipes.'
#       - 'A. Graves, Generating Sequences With Recurrent Neural Networks (2013), [arXiv 1308.0850](https://arxiv.org/abs/1308.0850), section 3, on predicting text.'
# ---

# %% [markdown]
# # 4 · A network that writes recipes
#
# **The question.** A recurrent network reads a recipe word by word and says after each word what comes next. The lecture
# trains such a network and lets it write; it looks at what was written and stops there. We also ask *how good* it is, with
# a number, on recipes it has never seen, and against models that only count words: does an LSTM with 256 units know more
# about recipes than a table of word pairs?
#
# You will write seven small functions: words to numbers and back, one-hot rows, the 50-word windows, the perplexity, the
# sampler, and the network. The experiment in between uses the library's own functions, so it runs before yours do.

# %%
import numpy as np

from rnnkit.course.teaching import check_array, check_equal, check_raises, choose, profile, quiet, report_result

# %% [markdown]
# The exercises need no more than that, but for the last one. The experiments do:

# %% tags=["experiment"]
with quiet():  # TensorFlow's start-up log
    import keras

import os
from collections import Counter

import matplotlib.pyplot as plt

from rnnkit import language
from rnnkit.course.experiments.recipes import split_corpus, train_in_parts, word_network
from rnnkit.course.paths import build_dir
from rnnkit.datasets import generate_recipes, load_recipes
from rnnkit.plots import COLOURS
from rnnkit.plots.next_word_bars import plot_next_word_bars
from rnnkit.plots.perplexity_bars import plot_perplexity_bars
from rnnkit.plots.perplexity_curve import plot_perplexity_curve
from rnnkit.plots.text_columns import TextColumns

own_file = os.environ.get("RNNKIT_DATA_RECIPES")
try:
    recipes = load_recipes(own_file)
    source = own_file or "English Wikibooks Cookbook, CC BY-SA"
except FileNotFoundError as missing:
    if own_file:
        raise
    recipes = generate_recipes(choose(check=60, quick=1500, full=3000), seed=0)
    source = f"a small built-in grammar, NOT real recipes, because of this: {missing}"
recipes = recipes[: choose(check=60, quick=None, full=None)]
print(f"{len(recipes)} recipes. Source: {source}")

# %% [markdown]
# The lecture uses a file with 4,869 recipes. Ours are 3,129 from the English
# [Wikibooks Cookbook](https://en.wikibooks.org/wiki/Cookbook), written by its contributors, licence CC BY-SA. Each is a title, its
# ingredients and its steps, one a line. Your own file does as well: `RNNKIT_DATA_RECIPES=PATH`, set before Jupyter starts, names a text (blank lines
# between recipes), a JSON or a CSV file. Here is one recipe.

# %% tags=["experiment"]
print(min(recipes[:200], key=lambda recipe: abs(len(recipe.text) - 500)).text)

# %% [markdown]
# ## 1 Words
#
# The lecture analyses the text "to find all unique words". First one has to say what a word is. Here: everything in lower
# case (so that *The dog* and *the dog* share a word, as in the lecture's example, "The dog is in the dog crate.", where 7
# words in a row make 5 unique ones), each run of letters or digits is a word, each punctuation mark is a word by itself,
# and the end of a line is one too, since a recipe without lines is hard to cook from. Other white space only separates.
#
# **Exercise 1 (10 points).** Write `tokenise`.

# %% [markdown] hint="tokenise"
# Lower case first. Then one call of `re.findall` can do the rest: a regular expression with alternatives, divided by `|`,
# of which the first that fits is taken.

# %% [markdown] hint="tokenise"
# There are three kinds of words: the end of a line, a run of one or more `\w`, and a single character that is neither `\w`
# nor white space. Other white space fits none of them, so it is left out.


# %% nbgrader={"grade": false, "grade_id": "tokenise", "locked": false, "schema_version": 3, "solution": true, "task": false}
import re


def tokenise(text):
    """Split a text into lower-case words; punctuation marks and line ends are words of their own.

    Args:
        text: a string.

    Returns:
        A list of strings, for example ["stir", ".", "\\n", "serve", "!"] for "Stir.\\nServe!"
    """
    ### BEGIN SOLUTION
    return re.findall(r"\n|\w+|[^\w\s]", text.lower())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_tokenise", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
_expected = ["the", "dog", "is", "in", "the", "dog", "crate", "."]
check_equal("tokenise('The dog is in the dog crate.')", tokenise("The dog is in the dog crate."), _expected)
_expected = ["1½", "cups", "oil", ",", "\n", "salt"]
check_equal("tokenise('1½ cups  oil,\\nsalt')", tokenise("1½ cups  oil,\nsalt"), _expected)
### BEGIN HIDDEN TESTS
import string as _string


def _words_by_hand(text):
    words, word = [], ""
    for letter in text.lower() + " ":
        if letter.isalnum() or letter == "_":
            word += letter
            continue
        if word:
            words.append(word)
            word = ""
        if letter == "\n" or not letter.isspace():
            words.append(letter)
    return words


_rng = np.random.default_rng(41)
for _ in range(20):
    _text = "".join(_rng.choice(list(_string.ascii_letters + "é½012  \n\n\t.,;()-'°"), size=83))
    check_equal(f"tokenise({_text!r})", tokenise(_text), _words_by_hand(_text))
check_equal("tokenise('')", tokenise(""), [])
### END HIDDEN TESTS

# %% [markdown]
# ## 2 Numbers
#
# A vocabulary is a list of words; a word's number is its position in that list. Words seen only a few times teach a network
# little, so the vocabulary keeps those seen 5 times or more, and all others share the entry `<unknown>`. Another special
# entry, `<end>`, closes each recipe. Whole recipes are held out, one in ten, and the vocabulary is made from the others
# alone: what is held out must be as new to the model as tomorrow's recipe.
#
# **Exercise 2 (10 points).** Write `encode` and `decode`.

# %% [markdown] hint="encode_decode"
# Searching the list for each word would be slow. Make a dict from word to number once, by `enumerate`.

# %% [markdown] hint="encode_decode"
# A dict's `get` takes a second argument, for words that are not there. It is the number of the entry that is called as the
# argument `unknown` says, wherever in the vocabulary it stands.


# %% nbgrader={"grade": false, "grade_id": "encode_decode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode(words, vocabulary, unknown="<unknown>"):
    """Numbers of words.

    Args:
        words: a list of strings.
        vocabulary: a list of different strings, `unknown` among them.
        unknown: stands for every word that is not in the vocabulary.

    Returns:
        Integers, an array (or list) of the same length as `words`.
    """
    ### BEGIN SOLUTION
    number_of_word = {word: number for number, word in enumerate(vocabulary)}
    return np.array([number_of_word.get(word, number_of_word[unknown]) for word in words], dtype=int)
    ### END SOLUTION


def decode(numbers, vocabulary):
    """Words of numbers: a list of strings of the same length."""
    ### BEGIN SOLUTION
    return [vocabulary[number] for number in numbers]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_encode_decode", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
_vocabulary = ["the", "dog", "is", "<unknown>", "in", "crate"]
check_array("encode(the dog in cat the)", encode(["the", "dog", "in", "cat", "the"], _vocabulary), [0, 1, 4, 3, 0])
check_equal("decode(5, 3, 0)", decode([5, 3, 0], _vocabulary), ["crate", "<unknown>", "the"])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(42)
_vocabulary = [f"word{number}" for number in _rng.permutation(31)]
_vocabulary.insert(int(_rng.integers(1, 31)), "<rare>")
_words = [str(word) for word in _rng.choice(_vocabulary + ["x", "y"], size=47)]
_expected = []
for _word in _words:
    _place = [i for i in range(len(_vocabulary)) if _vocabulary[i] == _word]
    _expected.append(_place[0] if _place else _vocabulary.index("<rare>"))
_given = list(_words), list(_vocabulary)
check_array("encode(random words, unknown='<rare>')", encode(_words, _vocabulary, "<rare>"), _expected)
check_equal("the words, afterwards", _words, _given[0])
check_equal("the vocabulary, afterwards", _vocabulary, _given[1])
check_equal("decode(random numbers)", decode(_expected, _vocabulary), [_vocabulary[i] for i in _expected])
### END HIDDEN TESTS

# %% tags=["experiment"]
corpus = split_corpus(recipes, held_out=0.1, min_count=5, seed=0)
vocabulary = corpus.vocabulary
held_out_words = sum(map(len, corpus.test))
unknown = np.mean(np.concatenate(corpus.test) == vocabulary.encode([language.UNKNOWN])[0])
print(f"{len(corpus.train)} recipes with {len(corpus.train_stream) - 1} words to learn from")
print(f"{len(corpus.test)} recipes with {held_out_words} words held out, {unknown:.1%} of them unknown")
print(f"{len(vocabulary)} words in the vocabulary, the most frequent: {vocabulary.words[2:14]}")

# %% [markdown]
# How much is lost with the rare words? Half of all different words are seen once or twice, and hardly any of the text is made
# of them:

# %% tags=["experiment"] alt="Two plots over the rank of a word on a logarithmic axis, 8,841 words in all; the 5,500 that are seen less than 5 times are shaded. Left, how often each is seen, on a logarithmic axis: the curve falls nearly straight, from about 45,000 times over the, 25,000, on, 2,500, preheat, 450, and savory, 20, to 1. Right, the share of the text that the most frequent words make up together: 30 % for ten words, 63 % for a hundred, 93 % for a thousand, and 98 % where the shade begins."
counted = Counter(word for recipe in recipes for word in language.tokenise(recipe.text)).most_common()
times = np.array([count for _, count in counted])
rank, covered, kept = np.arange(1, len(times) + 1), np.cumsum(times) / times.sum(), int((times >= 5).sum())
figure, panels = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
panels[0].plot(rank, times, color=COLOURS[0], linewidth=2)
for place in sorted({min(place, len(times)) for place in (4, 30, 200, 1500)}):
    word, count = counted[place - 1]
    panels[0].plot(place, count, "o", color=COLOURS[5])
    panels[0].annotate(word, (place, count), xytext=(6, 4), textcoords="offset points")
panels[0].set(xscale="log", yscale="log", xlabel="rank of the word", ylabel="times in all recipes")
panels[1].plot(rank, 100 * covered, color=COLOURS[0], linewidth=2)
panels[1].set(xscale="log", xlabel="how many of the most frequent words", ylabel="share of the text (%)", ylim=(0, 103))
for axes in panels:
    axes.axvspan(kept, len(times), color="0.88", zorder=0, label="seen less than 5 times")
    axes.set_xlim(1, len(times))
    axes.grid(alpha=0.3)
panels[0].legend(frameon=False, loc="lower left")
plt.show()
print(f"{len(times)} different words; {np.mean(times <= 2):.0%} of them are seen once or twice")
print(f"the 100 most frequent make up {covered[min(99, len(times) - 1)]:.0%} of the text")
print(
    f"those seen less than 5 times are {1 - kept / len(times):.0%} of the words, {1 - covered[kept - 1]:.1%} of the text"
)

# %% [markdown]
# ## 3 One-hot rows, and why nobody makes them
#
# The lecture gives each word a row that is 1 at the word's number and 0 elsewhere. For its example sentence:

# %% tags=["experiment", "nbval-check-output"]
sentence = language.tokenise("The dog is in the dog crate")
five_words = ["the", "dog", "is", "in", "crate"]
numbers = [five_words.index(word) for word in sentence]
print(numbers)
print(np.eye(len(five_words), dtype=int)[numbers])

# %% [markdown]
# A layer multiplies this row $x_t$ (length $V$) by a matrix $W$ ($V \times M$). All but one of the terms are zero:
#
# $$ (x_t W)_m = \sum_{v=1}^{V} x_{t,v} W_{v,m} = W_{w_t,m} \qquad \text{where } w_t \text{ is the word's number.} $$
#
# So the product *is* row $w_t$ of $W$, and a network may as well look the row up: that is all that `keras.layers.Embedding`
# does, forward and backward. **Where the lecture goes wrong in practice:** it stores the one-hot rows. With 200,000 windows of
# 50 words and 5,000 unique words that is $200{,}000 \cdot 50 \cdot 5{,}000 = 5 \cdot 10^{10}$ numbers, 50 GB even at one byte each.
# The same windows as integers of 4 bytes are 40 MB.
#
# **Exercise 3 (10 points).** Write `one_hot` and `look_up`.

# %% [markdown] hint="one_hot"
# Begin with zeros, one row a number. Two arrays of integers as an index set one place in each row.

# %% [markdown] hint="one_hot"
# The look-up needs no loop: an array of integers as an index gives a row for each of them, and keeps the integers' shape.


# %% nbgrader={"grade": false, "grade_id": "one_hot", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_hot(numbers, size):
    """One-hot rows of word numbers.

    Args:
        numbers: integers, shape (T,).
        size: V, the number of words in the vocabulary.

    Returns:
        Zeros and ones, shape (T, V).
    """
    ### BEGIN SOLUTION
    rows = np.zeros((len(numbers), size))
    rows[np.arange(len(numbers)), numbers] = 1
    return rows
    ### END SOLUTION


def look_up(W, numbers):
    """The product of the one-hot rows with W, without making a one-hot row.

    Args:
        W: shape (V, M).
        numbers: integers of any shape, for example (B, T).

    Returns:
        The shape of `numbers` with one more axis: (..., M), for example (B, T, M).
    """
    ### BEGIN SOLUTION
    return np.asarray(W)[np.asarray(numbers)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_one_hot", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_array("one_hot([2, 0, 2], 4)", one_hot(np.array([2, 0, 2]), 4), [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]])
_W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
check_array("look_up(W, [2, 0])", look_up(_W, np.array([2, 0])), [[5.0, 6.0], [1.0, 2.0]])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(43)
_W, _numbers = _rng.normal(size=(11, 3)), _rng.integers(0, 11, size=(4, 7))
_product = np.zeros((4, 7, 3))
for _b in range(4):
    for _t in range(7):
        for _v in range(11):
            _product[_b, _t] += (1.0 if _numbers[_b, _t] == _v else 0.0) * _W[_v]
_given = _W.copy(), _numbers.copy()
check_array("look_up(W, numbers of shape (4, 7))", look_up(_W, _numbers), _product)
check_array("W, afterwards", _W, _given[0], rtol=0, atol=0)
check_array("the numbers, afterwards", _numbers, _given[1], rtol=0, atol=0)
_expected = [[float(_v == _n) for _v in range(11)] for _n in _numbers[0]]
check_array("one_hot(numbers, 11)", one_hot(_numbers[0], 11), _expected)
check_array("the numbers, afterwards", _numbers, _given[1], rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## 4 Windows of 50 words
#
# The lecture breaks the text into 50-word pieces; "the target will be the next word". That is one target for 50 words read.
# We keep the windows and set a target at *every* position: the network's output after word $t$ is compared with word $t+1$.
# This is a difference from the lecture, and a large one: 50 targets a window instead of 1, for nearly the same work.
#
# $$ \text{input } w_{kL}, \dots, w_{kL+L-1} \qquad \text{target } w_{kL+1}, \dots, w_{kL+L} \qquad L = 50 $$
#
# **Exercise 4 (15 points).** Write `cut_windows`.

# %% [markdown] hint="cut_windows"
# How many windows are there? The last one's targets reach one word further than its inputs, so one word less than the
# text has can be input.

# %% [markdown] hint="cut_windows"
# Cut off what does not fill a window, and let `reshape` do the cutting. The targets are cut in the same way, from a text
# that begins one word later.


# %% nbgrader={"grade": false, "grade_id": "cut_windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cut_windows(numbers, length=50):
    """Cut a text into windows one after another, with the next word as the target at each position.

    Args:
        numbers: the text, integers of shape (N,).
        length: L, words in a window.

    Returns:
        (inputs, targets), integers, each of shape (K, L); K is as large as the text allows, every target included.
        A rest that does not fill a window is left out.
    """
    ### BEGIN SOLUTION
    count = (len(numbers) - 1) // length
    inputs = np.asarray(numbers[: count * length]).reshape(count, length)
    targets = np.asarray(numbers[1 : count * length + 1]).reshape(count, length)
    return inputs, targets
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_cut_windows", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_inputs, _targets = cut_windows(np.array([10, 11, 12, 13, 14, 15, 16, 17]), length=3)
check_array("inputs for 8 words, length 3", _inputs, [[10, 11, 12], [13, 14, 15]])
check_array("targets for 8 words, length 3", _targets, [[11, 12, 13], [14, 15, 16]])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(44)
for _n, _length in ((31, 5), (32, 5), (35, 5), (29, 7), (30, 7), (8, 7), (103, 50)):
    _text = _rng.integers(0, 1000, size=_n)
    _count = 0
    while (_count + 1) * _length + 1 <= _n:
        _count += 1
    _before = _text.copy()
    _inputs, _targets = cut_windows(_text, _length)
    check_array("the text, afterwards", _text, _before, rtol=0, atol=0)
    for _name, _received, _shift in (("inputs", _inputs, 0), ("targets", _targets, 1)):
        _expected = [[_text[_k * _length + _t + _shift] for _t in range(_length)] for _k in range(_count)]
        check_array(f"{_name} for {_n} words, length {_length}", _received, _expected)
### END HIDDEN TESTS

# %% [markdown]
# ## 5 Perplexity
#
# A model gives the word that really comes next a probability $p_t$. Its perplexity over $N$ words is
#
# $$ P = \exp\Big(-\frac{1}{N} \sum_{t=1}^{N} \ln p_t\Big) , $$
#
# the number of equally likely words among which it would be as hard to choose. A model that knows nothing has $P = V$. The mean is
# taken over the *logarithms*; one word that the model held for impossible makes $P$ infinite.
#
# The network's output layer gives logits $z_{t,v}$, and $p_t = e^{z_{t,w}} / \sum_v e^{z_{t,v}}$ with $w$ the word that came. Compute
# $\ln p_t$ from the logits directly, as $z_{t,w} - m_t - \ln \sum_v e^{z_{t,v} - m_t}$ with $m_t = \max_v z_{t,v}$:
# nothing can overflow, and there is no $\ln 0$.
#
# **Exercise 5 (10 points).** Write `perplexity`.

# %% [markdown] hint="perplexity"
# Follow the formula in the text: the greatest logit of each row first, then the logarithm of a sum of exponentials none of
# which exceeds 1.

# %% [markdown] hint="perplexity"
# The logit of the word that came is one in each row: two arrays of integers as an index pick them. The mean is taken over
# the logarithms, and the minus belongs to it.


# %% nbgrader={"grade": false, "grade_id": "perplexity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def perplexity(logits, targets):
    """Perplexity of the words that came, from the logits before them.

    Args:
        logits: shape (N, V).
        targets: numbers of the words that came, shape (N,).

    Returns:
        A number, at least 1.
    """
    ### BEGIN SOLUTION
    greatest = logits.max(axis=1)
    log_sum = greatest + np.log(np.exp(logits - greatest[:, None]).sum(axis=1))
    log_p = logits[np.arange(len(targets)), targets] - log_sum
    return np.exp(-log_p.mean())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_perplexity", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_array("perplexity of equal logits, 7 words", perplexity(np.zeros((3, 7)), np.array([0, 6, 2])), 7.0)
_p = np.array([[0.5, 0.5], [0.125, 0.875]])
check_array("perplexity for p = 1/2, 1/8", perplexity(np.log(_p), np.array([0, 0])), 4.0)
### BEGIN HIDDEN TESTS
import math as _math

_rng = np.random.default_rng(45)
_logits, _targets = _rng.normal(scale=3, size=(13, 5)), _rng.integers(0, 5, size=13)
_sum = 0.0
for _t in range(13):
    _total = sum(_math.exp(_z) for _z in _logits[_t])
    _sum -= _math.log(_math.exp(_logits[_t, _targets[_t]]) / _total)
_given = _logits.copy(), _targets.copy()
check_array("perplexity of random logits", perplexity(_logits, _targets), _math.exp(_sum / 13))
check_array("the logits, afterwards", _logits, _given[0], rtol=0, atol=0)
check_array("the targets, afterwards", _targets, _given[1], rtol=0, atol=0)
_shift = _rng.normal(scale=1e4, size=(13, 1))
check_array("perplexity with 10000s added to the logits", perplexity(_logits + _shift, _targets), _math.exp(_sum / 13))
_far = np.zeros((20, 2))
_far[0, 1] = 1000.0  # the word that came has a probability of exp(-1000), which is 0 as a floating-point number
_expected = _math.exp((1000 + 19 * _math.log(2)) / 20)
check_array("perplexity with one logit 1000 below", perplexity(_far, np.zeros(20, int)), _expected)
### END HIDDEN TESTS

# %% [markdown]
# ### What counting reaches
#
# Three models that count the same words of the same recipes, all on the same vocabulary, tested on every word of the held-out
# recipes, the `<end>` included, each recipe from its first word:
#
# - **unigram**: how frequent a word is, whatever came before;
# - **bigram** and **3-gram**: how often a word followed the last one or two words, mixed with what shorter contexts say, by
#   interpolated Kneser-Ney smoothing, among the strongest of the classical ways (`rnnkit/language/ngrams.py` has the equations).

# %% tags=["experiment"]
size = len(vocabulary)
perplexities = {
    "unigram": language.text_perplexity(language.Unigram(corpus.train, size), corpus.test),
    "bigram (Kneser-Ney)": language.text_perplexity(language.KneserNey(2, corpus.train, size), corpus.test),
    "3-gram (Kneser-Ney)": language.text_perplexity(language.KneserNey(3, corpus.train, size), corpus.test),
}
for name, value in perplexities.items():
    print(f"{name}: {value:.1f}")

# %% [markdown]
# ## 6 Choosing the next word
#
# The lecture's network writes by always taking the most probable word, which soon goes round in circles. To draw a word
# instead, with a knob for boldness, divide the logits by a temperature $\tau > 0$ before the softmax:
#
# $$ p_i = \frac{e^{z_i/\tau}}{\sum_j e^{z_j/\tau}} $$
#
# $\tau = 1$ is what the network learned, $\tau < 1$ is safer, $\tau > 1$ is bolder. Many scripts take the softmax's output and
# compute $\ln p$ to get the logits back; a probability that was rounded to 0 then gives $\ln 0$. Logits need no logarithm.
#
# **Exercise 6 (15 points).** Write `softmax` and `sample`.

# %% tags=["experiment", "nbval-check-output"]
for temperature in (0.25, 1.0, 4.0):
    print(temperature, language.softmax([2.0, 1.0, 0.0, -1000.0], temperature).round(3))

# %% [markdown] hint="temperature"
# Take the greatest logit away before you divide by the temperature and take the exponential. Make new arrays: the logits
# belong to the caller. Test the temperature first of all.

# %% [markdown] hint="temperature"
# `rng.choice` draws from `len(logits)` numbers with the probabilities `p`. They have been divided by the temperature in your
# softmax already, and must not be a second time.


# %% nbgrader={"grade": false, "grade_id": "temperature", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(logits, temperature=1.0):
    """Probabilities of the words.

    Args:
        logits: shape (V,), numbers of any size; -inf excludes a word.
        temperature: positive.

    Returns:
        Shape (V,), sum 1.

    Raises:
        ValueError: the temperature is not positive.
    """
    ### BEGIN SOLUTION
    if not temperature > 0:
        raise ValueError(f"temperature: expected a positive number, received {temperature}.")
    e = np.exp((logits - np.max(logits)) / temperature)
    return e / e.sum()
    ### END SOLUTION


def sample(logits, temperature, rng):
    """Draw a word with the probabilities softmax(logits, temperature).

    Args:
        logits: shape (V,).
        temperature: positive.
        rng: a NumPy generator; `rng.choice` or `rng.random` will do.

    Returns:
        The word's number, from 0 to V - 1.
    """
    ### BEGIN SOLUTION
    return int(rng.choice(len(logits), p=softmax(logits, temperature)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_temperature", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
check_array("softmax([0, ln 3])", softmax(np.log([1.0, 3.0])), [0.25, 0.75])
check_array("softmax([0, ln 3], temperature 0.5)", softmax(np.log([1.0, 3.0]), 0.5), [0.1, 0.9])
check_raises("softmax with temperature 0", ValueError, lambda: softmax(np.zeros(3), 0.0))
check_raises("sample with temperature -1", ValueError, lambda: sample(np.zeros(3), -1.0, np.random.default_rng(0)))
_logits = np.array([0.5, 2.0, -1.0])
softmax(_logits, 0.5)
check_array("the logits, afterwards", _logits, [0.5, 2.0, -1.0], rtol=0, atol=0)
_drawn = sample(np.array([0.0, 900.0, 0.0]), 1.0, np.random.default_rng(0))
check_equal("sample where one word is certain", int(_drawn), 1)
### BEGIN HIDDEN TESTS
import math as _math

_rng = np.random.default_rng(46)
for _tau in (0.4, 1.0, 2.3):
    _logits = _rng.normal(scale=2, size=6)
    _e = [_math.exp(_z / _tau) for _z in _logits]
    _expected = [_x / sum(_e) for _x in _e]
    check_array(f"softmax(random logits, {_tau})", softmax(_logits, _tau), _expected)
    check_array(f"softmax(random logits + 2000, {_tau})", softmax(_logits + 2000.0, _tau), _expected)
    # what is handed in is drawn from by nothing else, and only once
    _draws = [int(sample(_logits.copy(), _tau, np.random.default_rng([48, _draw]))) for _draw in range(1500)]
    for _word in range(6):
        _share, _wanted = _draws.count(_word) / 1500, _expected[_word]
        _deviation = _math.sqrt(_wanted * (1 - _wanted) / 1500)
        if abs(_share - _wanted) > 6 * _deviation + 1e-3:
            raise AssertionError(
                f"sample at temperature {_tau}: word {_word} expected in {_wanted:.3f} of the draws, "
                f"received {_share:.3f}."
            )
_again = [[int(sample(np.zeros(9), 1.0, np.random.default_rng([49, _n]))) for _n in range(20)] for _ in range(2)]
check_equal("words drawn from equal generators", _again[0], _again[1])
with np.errstate(divide="raise", invalid="raise", over="raise"):
    check_array("softmax with an excluded word", softmax(np.array([1.0, -np.inf, 1.0]), 0.7), [0.5, 0.0, 0.5])
### END HIDDEN TESTS

# %% [markdown]
# ## 7 The network
#
# The lecture's: one LSTM layer with 256 units, then a fully connected layer as wide as the vocabulary, softmax. With its letters
# (weights $W$, $R$; Keras's layer has no peepholes $p$ but has biases $b$):
#
# $$
# \begin{aligned}
# z_t &= \tanh(W^z x_t + R^z y_{t-1} + b^z) &
# i_t &= \sigma(W^i x_t + R^i y_{t-1} + b^i) \\
# f_t &= \sigma(W^f x_t + R^f y_{t-1} + b^f) &
# o_t &= \sigma(W^o x_t + R^o y_{t-1} + b^o) \\
# c_t &= z_t \odot i_t + f_t \odot c_{t-1} &
# y_t &= \tanh(c_t) \odot o_t
# \end{aligned}
# $$
#
# (The slide is headed "Vanilla RNN" and puts the bar of the gates' arguments on their values too; both are slips.)
#
# ![](diagram:lstm)
#
# In the picture, as in unit 3, indices of gates stand below and the time above; its $g$ and $h$ are both tanh here.
#
# The lecture adds two remarks. In Keras "the output of all the LSTM cells in the layer" goes back into each cell, not only the
# cell's own: the R are full matrices, 256 × 256, where a cell that heard only itself would need one number. And the tanh of the
# state is optional, "only done to put the output in the same range (-1 to 1) as a typical hidden layer". Keras's layer has one
# `activation` for it and for $z_t$; `rnnkit.PeepholeLSTM(256, output_activation="linear")` leaves out this one alone.
#
# Here $x_t$ is a row looked up from a table with 128 columns (the one-hot row times a matrix, then the LSTM's $W$). The last layer
# gives logits; the softmax sits in the loss and in the sampler, where it can be computed safely.
#
# **Exercise 7 (15 points).** Write `build_network`, in Keras:

# %%
with quiet():
    import keras

# %% [markdown] hint="network"
# Three layers after an input of unknown length: an embedding, an LSTM, a dense layer.

# %% [markdown] hint="network"
# The LSTM hands on only its last output unless it is told otherwise, and the dense layer is to give logits: what would an
# activation do to them?


# %% nbgrader={"grade": false, "grade_id": "network", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_network(size, embedding, units):
    """The network: look-up, LSTM with an output at every position, logits over the words. Not compiled.

    Args:
        size: V, words in the vocabulary.
        embedding: columns of the look-up table.
        units: of the LSTM.

    Returns:
        A built Keras model from word numbers, shape (B, T) for any B and T, to logits, shape (B, T, V).
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(size, embedding),
            keras.layers.LSTM(units, return_sequences=True),
            keras.layers.Dense(size),
        ]
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_network", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_network = build_network(11, 3, 4)
_out = keras.ops.convert_to_numpy(_network(np.array([[1, 2, 3, 4, 5], [0, 10, 9, 8, 7]])))
check_equal("shape of the output for input shape (2, 5)", tuple(_out.shape), (2, 5, 11))
check_equal("number of weights", _network.count_params(), 11 * 3 + 4 * 4 * (3 + 4 + 1) + (4 + 1) * 11)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(47)
_network = build_network(13, 5, 3)
_table, _kernel, _recurrent, _bias, _W, _b = (_rng.normal(size=_w.shape) for _w in _network.get_weights())
_network.set_weights([_table, _kernel, _recurrent, _bias, _W, _b])
_x = _rng.integers(0, 13, size=(2, 7))
_expected = np.zeros((2, 7, 13))
for _k in range(2):
    _y, _c = np.zeros(3), np.zeros(3)
    for _t in range(7):
        _a = _table[_x[_k, _t]] @ _kernel + _y @ _recurrent + _bias
        _i, _f, _z, _o = _a[:3], _a[3:6], _a[6:9], _a[9:]
        _c = np.tanh(_z) / (1 + np.exp(-_i)) + _c / (1 + np.exp(-_f))
        _y = np.tanh(_c) / (1 + np.exp(-_o))
        _expected[_k, _t] = _y @ _W + _b
check_array("logits of the network", keras.ops.convert_to_numpy(_network(_x)), _expected, rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# ### Training
#
# The lecture trains with plain SGD for 200 passes over the text. We use Adam, with a rate that rises in the first updates and then
# falls to zero along a cosine, and start the last layer's bias at the logarithms of the words' frequencies, so that the network
# begins at the unigram's level instead of at $P = V$. The profile `full` makes more passes, with dropout.
#
# Training can be stopped at any time (the square button): after each part Keras's `BackupAndRestore` saves the weights and the
# optimizer, and running the cells again goes on from the last whole part, with the windows that would have come next.

# %% tags=["experiment"]
keras.utils.set_random_seed(0)
window = 50
batch, top_rate = choose(check=(32, 0.01), quick=(64, 0.02), full=(32, 0.01))
one_pass = len(corpus.train_stream) // (window * batch)
steps = choose(check=2, quick=max(one_pass, 150), full=5 * max(one_pass, 150))
dropout = choose(check=0.0, quick=0.0, full=0.3)

model = word_network(corpus.word_frequencies, dropout)
rate = keras.optimizers.schedules.CosineDecay(
    0.0, decay_steps=steps - steps // 12, warmup_target=top_rate, warmup_steps=steps // 12
)
model.compile(
    optimizer=keras.optimizers.Adam(rate),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    jit_compile=False,
)
history = train_in_parts(
    model,
    corpus,
    build_dir() / "training" / "recipes",
    steps=steps,
    parts=choose(check=2, quick=10, full=25),
    batch=batch,
    length=window,
)

# %% [markdown]
# The held-out curve below is taken from windows that start in the middle of a recipe with an empty memory. The final figure is
# taken as for the counting models: every word of every held-out recipe, each recipe read from its beginning.

# %% tags=["experiment"]
perplexities["LSTM, 256 units"] = language.network_perplexity(model, corpus.test)

generator = language.Generator(model, vocabulary)
folder = generator.save(build_dir() / "models" / f"recipes-{profile()}")
print(f"model and vocabulary saved: {folder.parent.name}/{folder.name} in the build folder")

# %% tags=["experiment"] alt="Left, the perplexity while training, on a logarithmic axis over the words trained on. On training words it falls from 251 to 26, on held-out windows from 146 to 25; both cross the bigram's 43.3 after 150,000 to 220,000 words, and the 3-gram's 27.9 after 330,000 to 400,000. Right, bars of the perplexity on the held-out recipes: unigram 291.2, bigram 43.3, 3-gram 27.9, LSTM 24.7."
figure, axes = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
plot_perplexity_curve(
    axes[0],
    history.words,
    {"training words": history.train, "held-out windows": history.test},
    {name: value for name, value in perplexities.items() if "gram" in name and name != "unigram"},
)
axes[0].set_title("While training")
plot_perplexity_bars(axes[1], perplexities, highlight="LSTM, 256 units")
axes[1].set_title("Held-out recipes, all words")
plt.show()

# %% [markdown]
# ### What the network expects next
#
# At the beginning of a recipe, after some words:

# %% tags=["experiment"] alt="Bars of the ten most probable next words after three beginnings. After the title's first word, chocolate, all are below 0.05: cheese, the end of the line, a bracket, unknown, and, chips. After 2 cups: water 0.15, a bracket 0.13, then milk, white, chicken below 0.04. After preheat the oven to: ten numbers, 350 first with 0.35, then 180, 200, 375, 400."
starts = ["chocolate", "chocolate cake\n1 cup sugar\n2 cups", "roast chicken\n1 chicken\nsalt\npreheat the oven to"]
known = [start for start in starts if all(word in vocabulary for word in language.tokenise(start))] or [""]
figure, axes = plt.subplots(1, len(known), figsize=(4 * len(known), 3.6), layout="constrained", squeeze=False)
for ax, start in zip(axes[0], known, strict=True):
    probabilities = language.softmax(generator.logits(start))
    title = "… " + start.splitlines()[-1] + " …" if start else "(beginning)"
    plot_next_word_bars(ax, vocabulary.words, probabilities, title, top=10)
plt.show()

# %% [markdown]
# What the temperature does to such a row of bars: the order of the words stays, their distances do not.

# %% tags=["experiment"] alt="Bars of the ten most probable next words after 2 cups at three temperatures, in the same order and on the same axis. At 0.3 water has 0.64 and a bracket 0.35, the others nothing. At 0.7 they have 0.34 and 0.26, milk and the seven others a few hundredths or less. At 1.1 they have 0.12 and 0.1, and the others are nearly as long as before."
start = known[len(known) // 2]
figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained", sharex=True)
for ax, temperature in zip(axes, (0.3, 0.7, 1.1), strict=True):
    probabilities = language.softmax(generator.logits(start), temperature)
    plot_next_word_bars(ax, vocabulary.words, probabilities, f"τ = {temperature}", top=10)
    ordered = np.sort(probabilities)[::-1]
    most = np.searchsorted(np.cumsum(ordered), 0.9) + 1
    print(f"τ = {temperature}: the first word has {ordered[0]:.0%}, {most} words together have 90 %")
plt.show()

# %% [markdown]
# ### Three recipes at three temperatures
#
# The same beginning, the same seed. A low temperature repeats itself, a high one forgets what it was cooking; and nothing in the
# network tastes the result. To write more of them later, without training: `rnnkit generate --start chocolate`.

# %% tags=["experiment"]
start, most = known[0], choose(check=25, quick=220, full=220)
TextColumns(
    {
        f"τ = {temperature}": generator.generate(start, words=most, temperature=temperature, seed=1)
        for temperature in (0.3, 0.7, 1.1)
    }
)

# %% tags=["experiment"]
baseline = choose(check="bigram (Kneser-Ney)", quick="bigram (Kneser-Ney)", full="3-gram (Kneser-Ney)")
report_result(
    figure=f"LSTM perplexity {perplexities['LSTM, 256 units']:.1f} on held-out recipes",
    baseline=f"{perplexities[baseline]:.1f} {baseline}",
    holds=perplexities["LSTM, 256 units"] < perplexities[baseline],
)

# %% [markdown]
# ## The question
#
# 1. Suppose we had held out one *window* in ten at random instead of one *recipe* in ten. In which direction would the held-out
#    perplexity move, for the LSTM and for the 3-gram, and why would that figure be misleading?
# 2. The 3-gram sees two words back. Name one thing in a recipe that the LSTM can get right and the 3-gram cannot, and a way to
#    measure it on the generated recipes.
# 3. What does the sampler do as $\tau \to 0$ and as $\tau \to \infty$? Which value of $\tau$ has the smallest perplexity on the
#    training text, and why does one still sample below it?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. (5 points) It would fall for both: the other windows of the same recipe, with its title, ingredients and turns of phrase, would
#    have been trained on. The figure would then measure memory of those recipes, not what the model does with a new recipe, and it
#    would reward the model that memorises most.
# 2. (5 points) Anything that depends on words further back than two: using in the steps the ingredients that were listed, keeping
#    to the dish named in the title, closing a bracket, ending a recipe at a sensible length. For example: the share of listed
#    ingredients that occur again in the steps, compared with the same share in held-out recipes and in recipes whose steps were
#    exchanged with another recipe's.
# 3. (5 points) As τ → 0 it takes the most probable word always (argmax); as τ → ∞ all words become equally likely. The network was
#    trained to minimise the cross-entropy at τ = 1, so τ close to 1 has the smallest perplexity on that text. Below 1 the many
#    words of small probability, which are mostly estimation errors, are drawn less often; one drawn error is read back by the
#    network and spoils what follows.
# ### END SOLUTION
