"""A word model saved, loaded, and written with; its steps against the whole network at once."""

import numpy as np
import pytest

from rnnkit.language import END, UNKNOWN, Generator, Vocabulary, load, network_perplexity, tokenise, word_probabilities
from rnnkit.language import generator as module

WORDS = ["tea", "cake", "boil", "the", "water", ".", "\n", "chocolate"]


@pytest.fixture(scope="module")
def generator():
    import keras

    keras.utils.set_random_seed(3)
    vocabulary = Vocabulary([WORDS])
    size = len(vocabulary)
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(size, 5, embeddings_initializer=keras.initializers.RandomNormal(stddev=1)),
            keras.layers.Dropout(0.5),
            keras.layers.LSTM(7, return_sequences=True),
            keras.layers.Dense(size, kernel_initializer=keras.initializers.RandomNormal(stddev=1)),
        ]
    )
    return Generator(model, vocabulary)


def probabilities_of(model, inputs):
    z = np.asarray(model(np.array([inputs])), dtype=float)[0]
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def test_word_probabilities_against_one_text_at_a_time(generator):
    rng = np.random.default_rng()
    texts = [rng.integers(0, 10, size=size).tolist() for size in (4, 1, 9, 6)]
    received = word_probabilities(generator.model, texts)
    expected = []
    for text in texts:
        p = probabilities_of(generator.model, [0, *text[:-1]])
        expected.append([p[t, word] for t, word in enumerate(text)])
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4)
    joined = np.concatenate(expected)
    assert network_perplexity(generator.model, texts) == pytest.approx(np.exp(-np.log(joined).mean()), rel=1e-4)


def test_many_texts_keep_their_order(generator, monkeypatch):
    from rnnkit.language import network

    monkeypatch.setattr(network, "_WORDS_AT_ONCE", 16)
    texts = [[(3 * i + t) % 10 for t in range(1 + i % 5)] for i in range(40)]
    received = word_probabilities(generator.model, texts)
    assert [len(p) for p in received] == [len(text) for text in texts]
    for i in (0, 17, 39):
        np.testing.assert_allclose(received[i], word_probabilities(generator.model, [texts[i]])[0], rtol=1e-4)


def test_no_text_or_an_empty_one(generator):
    for texts in ([], [[1], []]):
        with pytest.raises(ValueError, match="texts: expected at least one text, none of them empty"):
            word_probabilities(generator.model, texts)


def test_steps_equal_the_whole_network(generator):
    start = "chocolate cake\nboil the water ."
    inputs = [0, *generator.vocabulary.encode(tokenise(start))]
    expected = np.asarray(generator.model(np.array([inputs])))[0, -1]
    np.testing.assert_allclose(generator.logits(start), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        generator.logits(), np.asarray(generator.model(np.array([[0]])))[0, 0], rtol=1e-4, atol=1e-5
    )


def test_near_zero_temperature_is_argmax(generator):
    vocabulary = generator.vocabulary
    numbers = [0, *vocabulary.encode(["chocolate"])]
    for _ in range(12):
        z = np.asarray(generator.model(np.array([numbers])))[0, -1].copy()
        z[1] = -np.inf
        if z.argmax() == 0:
            break
        numbers.append(int(z.argmax()))
    expected = module.detokenise(vocabulary.decode(numbers[1:]))
    assert generator.generate("Chocolate", words=12, temperature=1e-6, seed=0) == expected


def test_seed_length_and_marks(generator):
    texts = [generator.generate("tea", words=30, temperature=2.0, seed=seed) for seed in (1, 1, 2, 3, 4, 5)]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 2
    for text in texts:
        assert text.startswith("tea")
        assert UNKNOWN not in text and END not in text
        assert len(tokenise(text)) <= 31


def test_saved_and_loaded_writes_the_same_twice_over(generator, tmp_path):
    folder = tmp_path / "models" / "recipes-quick"
    for _ in range(2):  # the second replaces the first
        assert generator.save(folder) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["model.keras", "vocabulary.json"]
    assert [path.name for path in folder.parent.iterdir()] == ["recipes-quick"]
    again = load(folder)
    settings = dict(start="chocolate cake", words=20, temperature=1.3, seed=8)
    assert again.generate(**settings) == generator.generate(**settings)


def test_an_interrupted_save_leaves_the_old_one(generator, tmp_path, monkeypatch):
    folder = generator.save(tmp_path / "recipes")

    def stop(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(generator.vocabulary, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        generator.save(folder)
    assert load(folder).vocabulary.words == generator.vocabulary.words
    assert [path.name for path in tmp_path.iterdir()] == ["recipes"]


def test_the_best_trained_profile_is_the_default(generator, tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path))
    with pytest.raises(
        FileNotFoundError, match="recipes-quick.model.keras, which is missing. Train one: run the notebook"
    ):
        load()
    for profile in ("check", "full"):
        generator.save(tmp_path / "models" / f"recipes-{profile}")
        assert module.default_folder().name == f"recipes-{profile}"
    assert load().vocabulary.words == generator.vocabulary.words


def test_damaged_or_missing_files(generator, tmp_path):
    folder = generator.save(tmp_path / "m")
    content = (folder / "model.keras").read_bytes()
    (folder / "model.keras").write_bytes(content[: len(content) // 2])
    with pytest.raises(
        ValueError, match="expected a saved Keras model, received .*model.keras, which is damaged .*Delete"
    ):
        load(folder)
    (folder / "model.keras").write_bytes(content)
    (folder / "vocabulary.json").write_text("{}")
    with pytest.raises(ValueError, match="vocabulary.json, which is damaged"):
        load(folder)
    Vocabulary([["one"]]).save(folder / "vocabulary.json")
    with pytest.raises(
        ValueError, match="vocabulary: expected 10 words, one for each of the model's outputs, received 3"
    ):
        load(folder)
    (folder / "vocabulary.json").unlink()
    with pytest.raises(FileNotFoundError, match="vocabulary.json, which is missing"):
        load(folder)


def test_a_folder_with_something_else_is_not_replaced(generator, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="folder: expected a new folder or a saved model's"):
        generator.save(tmp_path)
    with pytest.raises(ValueError, match="folder: expected a new folder"):
        generator.save(tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_bad_arguments(generator):
    with pytest.raises(ValueError, match="start: expected words of the model's vocabulary, received 'zugzwang'"):
        generator.generate("chocolate zugzwang")
    with pytest.raises(ValueError, match="words: expected at least 1, received 0"):
        generator.generate("tea", words=0)
    with pytest.raises(ValueError, match="temperature: expected a positive number, received -1"):
        generator.generate("tea", temperature=-1)
