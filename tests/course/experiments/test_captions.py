"""Unit 12's experiment: who says what, how it is graded, and a training that goes on."""

import dataclasses

import numpy as np
import pytest
from nltk.translate.bleu_score import corpus_bleu

from rnnkit.course.experiments import captions
from rnnkit.course.experiments.captions import (
    QUICK,
    bleu,
    colours_swapped,
    compare,
    graded,
    language_model,
    loss_on,
    nearest_pictures,
    network,
    train,
    training_scenes,
    without_habit,
    without_pictures,
    word_probabilities,
)
from rnnkit.datasets.scenes import ENTROPY, all_sentences, grade

SMALL = dataclasses.replace(QUICK, images=64, captions=2, epochs=2, units=12)


@pytest.fixture(scope="module")
def run():
    data = training_scenes(SMALL, seed=0)
    model, said = network(SMALL, seed=0), []
    losses = train(model, data, SMALL, report=said.append)
    return model, data, losses, said


def test_training_tells_its_loss(run):
    _, _, losses, said = run
    assert len(losses) == len(said) == 2 and said[1] == f"pass 2 of 2: {losses[1]:.3f} nats a sentence"
    assert ENTROPY < losses[1] < losses[0]


@pytest.fixture(scope="module")
def language(run):
    return language_model(SMALL, run[1], seed=0)


def test_all_are_graded(run, language):
    model, data, _, _ = run
    test = captions.test_scenes(12)
    result = compare(model, data, test, language)
    assert list(result.grades) == list(result.sentences) == list(result.bleu)
    assert all(shares.sum() == pytest.approx(1) for shares in result.grades.values())
    trues = [s for sentences in data.sentences for s in sentences]
    assert set(result.sentences["nearest neighbour"]) | set(result.sentences["random sentence"]) <= set(trues)
    assert len(set(result.sentences["language model"])) == 1
    assert result.grades["a true sentence"][0] == 1
    assert result.table().count("%") == 4 * len(result.grades) == 28
    assert loss_on(model, test) > ENTROPY


def test_a_language_model_sees_no_picture(run, language):
    data = run[1]
    nothing = without_pictures(data)
    assert nothing.sentences == data.sentences and nothing.images.shape == (64, 1) and np.all(nothing.images == 1)
    alone = language.sentence_log_prob(nothing.images[:2], [data.sentences[0][0]] * 2)
    assert alone[0] == alone[1]


def test_words_have_the_sentence_s_probability(run):
    model, data, _, _ = run
    sentence = data.sentences[3][1]
    p = word_probabilities(model, data.images[3], sentence)
    assert len(p) == len(sentence.split()) + 1
    assert np.log(p).sum() == pytest.approx(model.sentence_log_prob(data.images[3:4], [sentence])[0], rel=1e-5)
    assert word_probabilities(model, data.images[3], "").shape == (1,)


def test_what_is_usual_counts_for_less(run, language):
    """With weight 0 a beam's best; with 1 the one whose probability grew most by the picture, by trying all."""
    model, data, _, _ = run
    few = dataclasses.replace(data, images=data.images[:4])
    found = without_habit(model, language, few, [0.0, 1.0], beam=6)
    beams = model.generate(few.images, beam=6)
    assert found[0] == [captions[0].text for captions in beams]
    for said, options in zip(found[1], beams, strict=True):
        texts = [option.text for option in options if option.text]
        usual = language.sentence_log_prob(np.ones((len(texts), 1)), texts)
        gains = {option.text: option.log_prob for option in options}
        gains |= {text: gains[text] - more for text, more in zip(texts, usual, strict=True)}
        assert gains[said] == pytest.approx(max(gains.values()), abs=1e-4)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_bleu_is_nltk_s(n):
    data = captions.test_scenes(30)
    said = [all_sentences(scene)[i % 12] for i, scene in enumerate(data.scenes[1:] + data.scenes[:1])]
    references = [[text.split() for text in texts] for texts in data.sentences]
    expected = corpus_bleu(references, [text.split() for text in said], weights=[1 / n] * n)
    assert bleu(said, data.sentences, n) == pytest.approx(expected)
    assert 0 < expected < 0.9


def test_bleu_of_the_short_and_of_the_different():
    assert bleu(["a red cross"], [["a red cross left of a blue square"]], 1) == pytest.approx(np.exp(1 - 8 / 3))
    assert bleu(["one white circle"], [["a red cross"]]) == 0
    assert graded({"it": ["a red cross"]}, captions.test_scenes(1)).grades["it"].tolist() == [
        0,
        0,
        0,
        1,
    ]


def test_the_nearest_picture_of_a_training_picture_is_itself(run):
    model, data, _, _ = run
    assert nearest_pictures(model.image_model, data.images, data.images[5:9]).tolist() == [5, 6, 7, 8]


def test_swapped_colours_make_a_true_sentence_false():
    data = captions.test_scenes(50, held_out=True)
    for sentences, scene in zip(data.sentences, data.scenes, strict=True):
        one, other = scene.shapes
        sized = one.size in sentences[0] or other.size in sentences[0]
        # Where the shapes differ by nothing else that is said, swapped colours are a wrong relation: one mistake.
        alike = one.form == other.form and (not sized or one.size == other.size)
        expected = 0 if one.colour == other.colour else 1 if alike else 2
        assert grade(colours_swapped(sentences[0], scene), scene) == expected


@pytest.mark.long
def test_a_stopped_training_goes_on(run, tmp_path):
    _, data, unbroken, _ = run

    class Stopped(Exception):
        pass

    def stop(text):
        raise Stopped

    stopped = network(SMALL, seed=0)
    with pytest.raises(Stopped):
        train(stopped, data, SMALL, tmp_path, report=stop)  # told of the first pass, which is kept
    resumed = network(SMALL, seed=1)
    losses = train(resumed, data, SMALL, tmp_path, report=None)
    assert len(losses) == 1
    assert losses[0] < unbroken[0]  # of a first pass
