"""Scenes of coloured shapes: pictures show what they say, the parser knows each true sentence, the entropy is exact."""

import itertools
from collections import Counter

import numpy as np
import pytest

from rnnkit.datasets import Scene, Shape, make_scenes
from rnnkit.datasets.scenes import (
    COLOURS,
    ENTROPY,
    FORMS,
    HELD_OUT,
    all_sentences,
    grade,
    grade_shares,
    mistakes,
    parse,
    scene_words,
)

SCENE = Scene((Shape("small", "red", "circle"), Shape("large", "blue", "cross")), "left")


def test_sentences_have_the_entropy_that_is_said():
    data = make_scenes(4, seed=1, captions=6000)
    for sentences, scene in zip(data.sentences, data.scenes, strict=True):
        counts = np.array(list(Counter(sentences).values()))
        assert len(counts) == len(set(all_sentences(scene))) == 12
        shares = counts / counts.sum()
        # The estimate's bias is −(12 − 1) / (2 · 6000), its spread far less.
        assert -np.sum(shares * np.log(shares)) == pytest.approx(ENTROPY, abs=0.005)
    assert pytest.approx(np.log(12)) == ENTROPY


def test_every_sentence_of_the_generator_is_true_and_in_the_vocabulary():
    data = make_scenes(200, seed=2)
    words = set(scene_words())
    for sentences, scene in zip(data.sentences, data.scenes, strict=True):
        assert all(grade(sentence, scene) == 0 and set(sentence.split()) <= words for sentence in sentences)
    assert grade_shares([s[0] for s in data.sentences], data.scenes).tolist() == [1, 0, 0, 0]


def test_a_sentence_is_true_of_a_scene_only_if_it_is_one_of_its_twelve():
    data = make_scenes(60, seed=3)
    for one, other in itertools.product(data.scenes[:20], data.scenes):
        for sentence in all_sentences(one):
            assert (mistakes(sentence, other) == 0) == (sentence in all_sentences(other))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("a red circle left of a blue cross", 0),
        ("the large blue cross right of the small red circle", 0),
        ("a red circle right of a blue cross", 1),
        ("a blue cross left of a red circle", 1),
        ("a red circle above a blue cross", 1),
        ("a green circle left of a blue cross", 1),
        ("one large red circle left of one large blue cross", 1),
        ("a green square left of a blue cross", 2),
        ("a blue circle left of a red cross", 2),
        ("a green square left of a green square", 4),
        ("a red circle left of the blue cross", 9),
        ("a red circle left of a large blue cross", 9),
        ("a red circle left a blue cross", 9),
        ("", 9),
    ],
)
def test_mistakes_by_hand(sentence, expected):
    assert mistakes(sentence, SCENE) == expected
    assert grade(sentence, SCENE) == min(3, expected)
    assert (parse(sentence) is None) == (expected == 9)


def test_pictures_show_the_scene():
    """Without noise the pixels of each colour are there, and lie as the relation says."""
    data = make_scenes(60, seed=4, noise=0.0)
    for image, scene in zip(data.images, data.scenes, strict=True):
        if scene.shapes[0].colour == scene.shapes[1].colour:
            continue
        places = [np.argwhere(np.all(np.isclose(image, COLOURS[s.colour]), axis=-1)) for s in scene.shapes]
        (y0, x0), (y1, x1) = (place.mean(axis=0) for place in places)
        assert (x1 - x0 if scene.relation == "left" else y1 - y0) > 12
        assert abs(y1 - y0 if scene.relation == "left" else x1 - x0) < 9
        for shape, place in zip(scene.shapes, places, strict=True):
            height = np.ptp(place[:, 0]) + 1
            assert (height <= 9) == (shape.size == "small")
            fill = len(place) / height / (np.ptp(place[:, 1]) + 1)
            expected = {"square": 1.0, "circle": 0.78, "triangle": 0.55, "cross": 0.55}[shape.form]
            assert fill == pytest.approx(expected, abs=0.15)


def test_held_out_pairs_are_in_every_or_in_no_picture():
    pairs = [
        [{(s.colour, s.form) for s in scene.shapes} for scene in make_scenes(400, 5, held_out=held_out).scenes]
        for held_out in (False, True)
    ]
    assert not any(set(HELD_OUT) & pair for pair in pairs[0])
    assert all(set(HELD_OUT) & pair for pair in pairs[1])
    assert set().union(*pairs[0]) == set(itertools.product(COLOURS, FORMS)) - set(HELD_OUT)


def test_a_seed_gives_the_same_pictures():
    one, same, other = (make_scenes(3, seed) for seed in (6, 6, 7))
    assert np.array_equal(one.images, same.images) and one.sentences == same.sentences
    assert not np.array_equal(one.images, other.images)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"count": 0}, "count: expected a positive integer"),
        ({"count": 2, "captions": 1.5}, "captions: expected a positive integer"),
        ({"count": 2, "seed": -1}, "seed: expected an integer of at least 0"),
        ({"count": 2, "noise": -0.1}, "noise: expected a finite number, at least 0"),
        ({"count": 2, "held_out": 1}, "held_out: expected True or False"),
    ],
)
def test_errors(settings, message):
    with pytest.raises(ValueError, match=message):
        make_scenes(**{"seed": 0, **settings})
    with pytest.raises(ValueError, match="sentences: expected one for each of 1 scenes, one or more, received 0"):
        grade_shares([], [SCENE])
