"""Splitting by recipe, and a training that gives the same network whether or not it was stopped."""

import numpy as np
import pytest

from rnnkit.course.experiments.recipes import split_corpus, train_in_parts, window_order, word_network
from rnnkit.datasets import Recipe, generate_recipes
from rnnkit.language import UNKNOWN


@pytest.fixture(scope="module")
def corpus():
    return split_corpus(generate_recipes(60, seed=5), held_out=0.2, min_count=3)


def make_model(size):
    import keras

    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            keras.layers.Embedding(size, 5),
            keras.layers.SimpleRNN(6, return_sequences=True, unroll=True),
            keras.layers.Dense(size),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.02, 12)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    return model


def test_no_recipe_is_on_both_sides_and_the_vocabulary_is_the_training_one():
    recipes = generate_recipes(40, seed=1)
    once = [Recipe(f"Only {word}", steps=["Wait."]) for word in ("zugzwang", "quokka", "xylem", "ibex")]
    corpus = split_corpus([*recipes, *recipes, *once], held_out=0.3, min_count=1)
    sides = [{tuple(corpus.vocabulary.decode(text)) for text in side} for side in (corpus.train, corpus.test)]
    assert not sides[0] & sides[1]
    assert len(corpus.train) + len(corpus.test) == 44
    held_out = {word for text in sides[1] for word in text}
    assert UNKNOWN in held_out
    assert not any(UNKNOWN in text for text in sides[0])


def test_word_frequencies_sum_to_one_and_none_is_zero(corpus):
    assert corpus.word_frequencies.sum() == pytest.approx(1)
    assert corpus.word_frequencies.min() > 0
    assert corpus.train_stream[0] == 0 == corpus.train_stream[-1]
    assert len(corpus.test_stream) == 1 + sum(map(len, corpus.test))


def test_the_network_begins_near_the_unigram():
    frequencies = np.array([0.5, 0.2, 0.2, 0.1])
    model = word_network(frequencies)
    assert model.count_params() == 4 * 128 + 4 * 256 * (128 + 256 + 1) + (256 + 1) * 4
    logits = np.asarray(model(np.array([[0, 1, 2, 3, 0], [3, 3, 2, 1, 0]])))
    assert logits.shape == (2, 5, 4)
    np.testing.assert_allclose(logits, np.broadcast_to(np.log(frequencies), logits.shape), atol=0.1)


def test_each_pass_sees_every_window_once_in_another_order():
    order = window_order(7, 19, seed=3)
    assert sorted(order[:7]) == sorted(order[7:14]) == list(range(7))
    assert list(order[:7]) != list(order[7:14])
    assert len(order) == 19


class Stop(Exception):
    pass


def test_stopped_and_resumed_equals_unbroken(corpus, tmp_path):
    import keras

    size = len(corpus.vocabulary)
    settings = dict(steps=12, parts=4, batch=3, length=5, report=False)

    def stop(batch, logs):
        stop.calls += 1
        if stop.calls == 8:  # in the middle of the third part
            raise Stop

    stop.calls = 0
    broken = make_model(size)
    with pytest.raises(Stop):
        train_in_parts(
            broken,
            corpus,
            tmp_path,
            **settings,
            callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=stop)],
        )
    resumed, unbroken = make_model(size), make_model(size)
    updates = []
    counter = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: updates.append(batch))
    history = train_in_parts(resumed, corpus, tmp_path, **settings, callbacks=[counter])
    expected = train_in_parts(unbroken, corpus, tmp_path / "other", **settings)
    assert len(updates) == 6
    for received, wanted in zip(resumed.get_weights(), unbroken.get_weights(), strict=True):
        np.testing.assert_allclose(received, wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(history.train, expected.train, rtol=1e-5)
    assert list(history.words) == [45, 90, 135, 180]
    assert not list(tmp_path.glob("*/keras"))


@pytest.mark.parametrize("name", ["steps", "parts", "batch"])
def test_sizes_must_be_positive(name, corpus, tmp_path):
    settings = {"steps": 2, "parts": 1, "batch": 2, name: 0}
    with pytest.raises(ValueError, match=f"{name}: expected at least 1, received 0"):
        train_in_parts(None, corpus, tmp_path, **settings)


def test_split_errors():
    with pytest.raises(ValueError, match="held_out: expected a share between 0 and 1, received 1"):
        split_corpus(generate_recipes(3), held_out=1)
    with pytest.raises(ValueError, match="recipes: expected at least 2 different ones, received 1"):
        split_corpus(generate_recipes(1) * 3)
