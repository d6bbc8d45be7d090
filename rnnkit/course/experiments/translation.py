"""Unit 12's second part: number words from English to German, by the network and the search that say what is seen."""

from dataclasses import dataclass
from functools import partial

import keras
import numpy as np

from rnnkit.applications import ShowAndTell, caption_words
from rnnkit.course.experiments import captions
from rnnkit.course.experiments.captions import Profile

MOST = 9_999
LONGEST = 6  # words of an English number up to MOST; a German one has 7
ENGLISH = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    "twenty thirty forty fifty sixty seventy eighty ninety",
)
GERMAN = (
    "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn",
    "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
)
QUICK = Profile(images=3000, captions=1, batch=64, epochs=20, units=64, rate=1e-2)
CHECK = Profile(images=64, captions=1, batch=32, epochs=1, units=8, rate=1e-2)
FULL = Profile(images=20_000, captions=1, batch=64, epochs=30, units=128, rate=5e-3)


@dataclass(frozen=True)
class Translations:
    """Numbers in the words of both languages. The fields are named as those of scenes, so that one code takes both.

    Attributes:
        numbers: the numbers, shape (count,).
        images: what the network is shown: the English words by their numbers, filled up with 0, (count, LONGEST).
        sentences: what it shall say: a list of one text each, the number in German.
    """

    numbers: np.ndarray
    images: np.ndarray
    sentences: list[list[str]]


def english(number: int) -> str:
    """A number from 1 to 9,999 in English words, the American way, without "and".

    Example:
        >>> english(1_321)
        'one thousand three hundred twenty one'
    """
    ones, tens = (words.split() for words in ENGLISH)
    for unit, name in ((1000, "thousand"), (100, "hundred")):
        if number >= unit:
            return f"{english(number // unit)} {name} {english(number % unit)}".strip()
    if number < 20:
        return ones[number - 1] if number else ""
    return f"{tens[number // 10 - 2]} {english(number % 10)}".strip()


def german(number: int, before: bool = False) -> str:
    """A number from 1 to 9,999 in German words, apart, which in a text are written together.

    Args:
        number: the number.
        before: whether a word follows that it counts: then one is ein, and eins elsewhere.

    Example:
        >>> german(1_321)
        'ein tausend drei hundert ein und zwanzig'
    """
    ones, tens = (words.split() for words in GERMAN)
    for unit, name in ((1000, "tausend"), (100, "hundert")):
        if number >= unit:
            return f"{german(number // unit, True)} {name} {german(number % unit)}".strip()
    if number < 20:
        return "ein" if before and number == 1 else ones[number - 1] if number else ""
    first = f"{german(number % 10, True)} und " if number % 10 else ""
    return first + tens[number // 10 - 2]


def translations(numbers: np.ndarray) -> Translations:
    """The same numbers in both languages."""
    known = {word: i + 1 for i, word in enumerate(english_words())}
    shown = np.zeros((len(numbers), LONGEST), np.int32)
    for row, number in zip(shown, numbers, strict=True):
        words = english(int(number)).split()
        row[: len(words)] = [known[word] for word in words]
    return Translations(numbers, shown, [[german(int(number))] for number in numbers])


def english_words() -> list[str]:
    """The English vocabulary."""
    return [*" ".join(ENGLISH).split(), "hundred", "thousand"]


def german_words() -> list[str]:
    """The German vocabulary."""
    return caption_words([*GERMAN, "ein und hundert tausend"])


def parts(profile: Profile, test: int, seed: int) -> tuple[Translations, Translations]:
    """Numbers for training and other numbers for the test, each drawn once, all equally likely."""
    drawn = np.random.default_rng(seed).choice(MOST, size=profile.images + test, replace=False) + 1
    return translations(drawn[: profile.images]), translations(drawn[profile.images :])


def encoder(seed: int, units: int) -> keras.Model:
    """An LSTM that reads the English words, in an image model's place: its last state is what it has read."""
    keras.utils.set_random_seed(seed)
    layers = [
        keras.Input((LONGEST,), dtype="int32"),
        keras.layers.Embedding(len(english_words()) + 1, 32, mask_zero=True),
        keras.layers.LSTM(units),
    ]
    return keras.Sequential(layers, name="encoder")


def network(profile: Profile, seed: int) -> ShowAndTell:
    """The compiled network: that of the captions, with an encoder in the image model's place and German words."""
    return captions.network(profile, seed, partial(encoder, units=profile.units), german_words())


def word_for_word(number: int) -> str:
    """Each English word replaced by its German one, in the order of English; one is ein but for the last word."""
    pairs = zip(" ".join(ENGLISH).split(), " ".join(GERMAN).split(), strict=True)
    known = {**dict(pairs), "hundred": "hundert", "thousand": "tausend"}
    *first, last = english(number).split()
    return " ".join([*("ein" if word == "one" else known[word] for word in first), known[last]])


def turned(numbers: np.ndarray) -> np.ndarray:
    """Whether German says the ones before the tens, and English does not."""
    return (numbers % 100 > 20) & (numbers % 10 > 0)


def exact(said: list[str], test: Translations) -> np.ndarray:
    """Which translations are right, word by word."""
    return np.array([text == texts[0] for text, texts in zip(said, test.sentences, strict=True)])
