"""Unit 12's experiment: who says what, how it is graded, and a training that goes on."""

import dataclasses

import pytest

from rnnkit.course.experiments import captions
from rnnkit.course.experiments.captions import (
    QUICK,
    colours_swapped,
    compare,
    loss_on,
    nearest_pictures,
    network,
    train,
    training_scenes,
)
from rnnkit.datasets.scenes import ENTROPY, grade

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


def test_all_four_are_graded(run):
    model, data, _, _ = run
    test = captions.test_scenes(12)
    result = compare(model, data, test)
    assert set(result.grades) == {"greedy", "beam 5", "nearest neighbour", "random sentence"}
    assert all(shares.sum() == pytest.approx(1) for shares in result.grades.values())
    trues = [s for sentences in data.sentences for s in sentences]
    assert set(result.sentences["nearest neighbour"]) | set(result.sentences["random sentence"]) <= set(trues)
    assert result.table().count("%") == 16
    assert loss_on(model, test) > ENTROPY


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
