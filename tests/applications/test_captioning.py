"""Show and Tell: a proper distribution over sentences, a beam that finds the best one, errors that say what to do."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose

import rnnkit
from rnnkit.applications import ShowAndTell, caption_words

WORDS = ("a", "red", "square")
LONGEST = 3
IMAGES = np.random.default_rng(0).uniform(size=(4, 6, 5, 3)).astype("float32")

CELLS = {
    "keras LSTM": lambda: keras.layers.LSTMCell(7),
    "keras GRU": lambda: keras.layers.GRUCell(7),
    "peephole": lambda: rnnkit.PeepholeLSTMCell(7),
    "elman": lambda: rnnkit.ElmanCell(7, 4),
    "two, stacked": lambda: [keras.layers.LSTMCell(5), rnnkit.GRUCell(7)],
    "deep": lambda: rnnkit.DeepRNNCell([rnnkit.GRUCell(5), keras.layers.LSTMCell(6)]),
}

KINDS = [*((cell, "first") for cell in CELLS), ("elman", "each"), ("two, stacked", "state")]


def cnn():
    return keras.Sequential(
        [keras.Input((6, 5, 3)), keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten()]
    )


def a_model(cell="keras LSTM", image_as="first", longest=LONGEST, seed=1, words=WORDS, spread=2.0):
    """A model with large random weights, so that sentences differ much in probability."""
    keras.utils.set_random_seed(seed)
    model = ShowAndTell(cnn(), CELLS[cell](), words, max_words=longest, embedding_units=6, image_as=image_as)
    rng = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * spread / np.sqrt(weight.shape[0]))
    return model


def all_sentences(words=WORDS, longest=LONGEST):
    return [" ".join(chosen) for n in range(1, longest + 1) for chosen in itertools.product(words, repeat=n)]


def log_p_of_empty(model, images):
    """The one sentence that is no text: its end at once."""
    numbers = np.zeros((len(images), 1, 1), "int32")
    return ops.convert_to_numpy(model([images, numbers]))[:, 0, 0, 0]


def enumerated(model, images=IMAGES):
    """log p of all sentences for each image, the empty one first: shape (images, sentences)."""
    texts = all_sentences(model.words, model.max_words)
    rest = model.sentence_log_prob(images, [texts] * len(images))
    return ["", *texts], np.concatenate([log_p_of_empty(model, images)[:, None], rest], axis=1)


@pytest.mark.parametrize(
    ("cell", "image_as"), [*((cell, "first") for cell in CELLS), *(("elman", "each"), ("two, stacked", "state"))]
)
def test_probabilities_of_all_sentences_sum_to_1(cell, image_as):
    model = a_model(cell, image_as)
    texts, log_p = enumerated(model)
    assert log_p.shape == (4, 1 + 3 + 9 + 27)
    assert_allclose(np.exp(log_p).sum(axis=1), 1.0, atol=2e-6)
    assert np.ptp(log_p, axis=0).max() > 0.05, "the image makes no difference"


@pytest.mark.parametrize(
    ("cell", "image_as"), [*((cell, "first") for cell in CELLS), *(("elman", "each"), ("two, stacked", "state"))]
)
def test_a_wide_beam_finds_every_sentence_in_order(cell, image_as):
    model = a_model(cell, image_as)
    texts, log_p = enumerated(model)
    found = model.generate(IMAGES, beam=len(texts))
    for i, captions in enumerate(found):
        assert len({c.text for c in captions}) == len(captions) == len(texts)
        assert_allclose([c.log_prob for c in captions], np.sort(log_p[i])[::-1], atol=2e-4)
        assert captions[0].text == texts[np.argmax(log_p[i])]
        assert all(c.forced == (len(c.words) == LONGEST) for c in captions)


@pytest.mark.parametrize("penalty", [0.7, 1.0])
def test_a_length_penalty_compares_by_power_of_the_length(penalty):
    model = a_model(seed=3)
    texts, log_p = enumerated(model)
    scores = log_p / np.array([len(text.split()) + 1 for text in texts]) ** penalty
    for i, captions in enumerate(model.generate(IMAGES, beam=len(texts), length_penalty=penalty)):
        assert captions[0].text == texts[np.argmax(scores[i])]
        assert captions[0].log_prob == pytest.approx(
            log_p[i].max() if penalty == 0 else log_p[i][np.argmax(scores[i])], abs=1e-4
        )


def test_greedy_takes_the_likeliest_word_and_a_beam_can_beat_it():
    better = 0
    for seed in (2, 3):
        model = a_model(seed=seed)
        texts, log_p = enumerated(model)
        for i, (greedy, beam) in enumerate(
            zip(model.generate(IMAGES, beam=1), model.generate(IMAGES, beam=4), strict=True)
        ):
            words = []
            while len(words) <= LONGEST:
                numbers = np.array([[[*[WORDS.index(w) + 1 for w in words], 0]]], "int32")
                best = int(np.argmax(ops.convert_to_numpy(model([IMAGES[i : i + 1], numbers]))[0, 0, len(words)]))
                if best == 0:
                    break
                words.append(WORDS[best - 1])
            assert greedy[0].words == tuple(words)
            assert greedy[0].log_prob <= beam[0].log_prob + 1e-5 <= log_p[i].max() + 2e-5
            better += beam[0].log_prob > greedy[0].log_prob + 1e-3
    assert better > 0


def test_log_p_of_a_sentence_is_the_sum_over_its_words_and_its_end():
    model = a_model(longest=5)
    texts = ["a red square", "red", "square a a a a", "red red"]
    found = model.sentence_log_prob(IMAGES, texts)
    for i, text in enumerate(texts):
        numbers = [*[WORDS.index(word) + 1 for word in text.split()], 0]
        total = 0.0
        for t in range(len(numbers)):  # each word from the words before it alone: what comes later is wrong on purpose
            prefix = np.array([[[*numbers[:t], 3, 3][: t + 1]]], "int32")
            total += ops.convert_to_numpy(model([IMAGES[i : i + 1], prefix]))[0, 0, t, numbers[t]]
        assert found[i] == pytest.approx(total, abs=1e-5)


def test_a_batch_is_its_images_one_by_one():
    model = a_model(longest=4)
    together = model.generate(IMAGES, beam=3, batch_size=3)
    for i, captions in enumerate(together):
        [alone] = model.generate(IMAGES[i : i + 1], beam=3)
        assert [c.text for c in alone] == [c.text for c in captions]
        assert_allclose([c.log_prob for c in alone], [c.log_prob for c in captions], atol=1e-5)


def test_loss_is_nats_a_sentence():
    model = a_model()
    model.compile("sgd")
    sentences = [["a red square", "a"], ["red"], ["a a", "square"], ["a square"]]
    log_p = model.sentence_log_prob(IMAGES, sentences)
    assert np.isnan(log_p[1, 1]) and np.isfinite(log_p).sum() == 6
    assert model.evaluate(IMAGES, sentences, batch_size=4, verbose=0) == pytest.approx(-np.nanmean(log_p), rel=1e-5)
    assert model.sentence_log_prob(IMAGES, ["a"] * 4)[0] == pytest.approx(log_p[0, 1], abs=1e-5)


@pytest.mark.parametrize("image_as", ["first", pytest.param("state", marks=pytest.mark.long)])
def test_it_learns_what_each_image_is_called(image_as):
    keras.utils.set_random_seed(0)
    sentences = ["a red square", "square", "red a", "a a a"]
    model = ShowAndTell(cnn(), keras.layers.LSTMCell(16), WORDS, max_words=4, embedding_units=8, image_as=image_as)
    model.compile(keras.optimizers.Adam(0.02))
    history = model.fit(IMAGES, sentences, epochs=120, verbose=0, validation_data=(IMAGES, sentences))
    assert history.history["loss"][-1] < 0.2 < history.history["loss"][0]
    assert "val_loss" in history.history
    assert [captions[0].text for captions in model.generate(IMAGES, beam=2)] == sentences


@pytest.mark.parametrize("cell", ["peephole", pytest.param("two, stacked", marks=pytest.mark.long)])
def test_saved_and_loaded(cell, tmp_path):
    model = a_model(cell, "state")
    model.compile("adam")
    model.fit(IMAGES, ["a", "red a", "square", "a red a"], verbose=0)
    model.save(tmp_path / "captions.keras")
    loaded = keras.models.load_model(tmp_path / "captions.keras")
    assert loaded.words == model.words
    for mine, other in zip(model.generate(IMAGES, beam=4), loaded.generate(IMAGES, beam=4), strict=True):
        assert [c.text for c in mine] == [c.text for c in other]
        assert_allclose([c.log_prob for c in mine], [c.log_prob for c in other], atol=1e-6)
    loaded.fit(IMAGES, ["a", "red a", "square", "a red a"], verbose=0)  # training goes on


def test_caption_words_take_texts_of_both_kinds():
    assert caption_words(["A red, red square.", ["a circle"]]) == [",", ".", "a", "circle", "red", "square"]


def make(image_model=None, cell=None, words=WORDS, **settings):
    return ShowAndTell(image_model or cnn(), cell or CELLS["keras LSTM"](), words, **settings)


ERRORS = [
    (lambda m: m.encode(["a", ""]), r"sentences\[1\]: expected a text of one word or more, received ''"),
    (lambda m: m.encode("a red square"), r"sentences: expected a text, or several, for each image, received 'a red"),
    (lambda m: m.encode([["a"], []]), r"sentences\[1\]: expected a text or more, received none"),
    (lambda m: m.encode(["a", "a blue a"]), r"sentences\[1\]: expected words of the vocabulary, received 'blue'. Give"),
    (lambda m: m.encode(["a a a a"]), r"sentences\[0\]: expected at most max_words = 3 words, received 4"),
    (lambda m: m.fit(IMAGES, ["a"]), r"sentences: expected one item for each of 4 images, received 1"),
    (lambda m: m.generate(IMAGES[:, :4]), r"images: expected shape \('batch', 6, 5, 3\).*received \(4, 4, 5, 3\)"),
    (lambda m: m.generate(IMAGES[0]), r"images: expected shape .* received \(6, 5, 3\). .* images\[None\]"),
    (lambda m: m.generate(IMAGES * np.nan), r"images: expected finite numbers"),
    (lambda m: m.generate(IMAGES, beam=0), r"beam: expected a positive integer, received 0"),
    (lambda m: m.generate(IMAGES, length_penalty=-1), r"length_penalty: expected a finite number, at least 0"),
    (lambda m: make(image_as="last"), r"image_as: expected one of 'first', 'each', 'state', received 'last'"),
    (lambda m: make(words=()), r"words: expected different words"),
    (lambda m: make(words=("a", "a")), r"words: expected different words"),
    (lambda m: make(words=("Red",)), r"words: expected different words in small letters"),
    (lambda m: make(cell=keras.layers.LSTM(3)), r"cell: expected a recurrent cell such as"),
    (lambda m: make(cell="lstm"), r"cell: expected a recurrent cell .* received 'lstm'"),
    (lambda m: make(max_words=0), r"max_words: expected a positive integer"),
    (lambda m: make(keras.Sequential([keras.layers.Flatten()])), r"image_model: expected a built Keras model"),
    (
        lambda m: make(keras.Sequential([keras.Input((6, 5, 3)), keras.layers.ReLU()])),
        r"output shape \(None, 6, 5, 3\)",
    ),
    (lambda m: caption_words([]), r"sentences: expected texts with at least one word"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call(a_model())
