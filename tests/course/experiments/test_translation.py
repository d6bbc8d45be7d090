"""Unit 12's second part: numbers in two languages, and an encoder in the image model's place."""

import dataclasses

import keras
import numpy as np
import pytest

from rnnkit.course.experiments import captions, translation
from rnnkit.course.experiments.translation import (
    LONGEST,
    MOST,
    encoder,
    english,
    exact,
    german,
    parts,
    translations,
    turned,
    word_for_word,
)

SMALL = dataclasses.replace(translation.QUICK, images=60, epochs=2, units=8)


def value(words, ones, tens, hundred, thousand):
    """What number words say, by adding and multiplying."""
    total = part = 0
    for word in words:
        if word in (hundred, thousand):
            part *= 100 if word == hundred else 1000
            total, part = total + part, 0
        elif word != "und":
            part += ones.index(word) + 1 if word in ones else 10 * tens.index(word) + 20
    return total + part


def test_words_say_their_number():
    english_ones, english_tens = (words.split() for words in translation.ENGLISH)
    german_ones, german_tens = (words.split() for words in translation.GERMAN)
    for number in range(1, MOST + 1):
        one, other = english(number).split(), german(number).split()
        assert value(one, english_ones, english_tens, "hundred", "thousand") == number
        other = ["eins" if word == "ein" else word for word in other]
        assert value(other, german_ones, german_tens, "hundert", "tausend") == number
        assert len(one) <= LONGEST and len(other) <= captions.LONGEST


@pytest.mark.parametrize(
    "number, one, other",
    [
        (1, "one", "eins"),
        (17, "seventeen", "siebzehn"),
        (21, "twenty one", "ein und zwanzig"),
        (101, "one hundred one", "ein hundert eins"),
        (1030, "one thousand thirty", "ein tausend dreißig"),
        (9876, "nine thousand eight hundred seventy six", "neun tausend acht hundert sechs und siebzig"),
    ],
)
def test_words_of_some_numbers(number, one, other):
    assert (english(number), german(number)) == (one, other)


def test_word_for_word_is_right_where_the_order_is_the_same():
    numbers = np.arange(1, MOST + 1)
    right = exact([word_for_word(number) for number in numbers], translations(numbers))
    assert right.tolist() == (~turned(numbers)).tolist()
    assert word_for_word(101) == "ein hundert eins" and word_for_word(42) == "vierzig zwei"


def test_no_number_of_the_test_is_learnt():
    training, test = parts(SMALL, 40, seed=3)
    assert len({*training.numbers.tolist(), *test.numbers.tolist()}) == 100
    assert training.images.shape == (60, LONGEST) and test.sentences[7] == [german(int(test.numbers[7]))]


def test_the_encoder_reads_the_words_and_no_padding():
    model = encoder(0, 5)
    shown = translations(np.array([7, 9421])).images
    embedding, lstm = model.layers
    for row, length in zip(shown, (1, 6), strict=True):
        alone = lstm(embedding(row[None, :length]))
        np.testing.assert_allclose(keras.ops.convert_to_numpy(model(row[None])), alone, rtol=1e-5)
    assert (shown[0] > 0).tolist() == [True] + 5 * [False]


def test_the_captions_code_trains_and_says_it():
    training, test = parts(SMALL, 10, seed=0)
    model = translation.network(SMALL, seed=0)
    losses = captions.train(model, training, SMALL, report=None)
    assert losses[1] < losses[0]
    assert len(captions.said_of(model, test, 3)) == 10
    assert captions.loss_on(model, test) > 0


@pytest.mark.long
def test_it_translates_numbers_that_it_has_never_read():
    """Three seeds gave 99.4, 100 and 99.4 % of 1,000 new numbers."""
    training, test = parts(translation.QUICK, 1000, seed=1)
    model = translation.network(translation.QUICK, seed=1)
    captions.train(model, training, translation.QUICK, report=None)
    assert exact(captions.said_of(model, test, 1), test).mean() >= 0.95
