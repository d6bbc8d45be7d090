"""A training that gives the same net whether or not it was stopped, and a reader of what is written."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rnnkit.applications import Writing
from rnnkit.course.experiments.handwriting import (
    ALPHABET,
    Reader,
    as_recorded,
    new_model,
    strokes_of,
    train,
    writing_task,
)
from rnnkit.datasets import generate_pen_digits, pen_points


@pytest.fixture(scope="module")
def task():
    return writing_task(generate_pen_digits(300), train=20, test=10, length=2)


class Stop(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize("alphabet", [None, ALPHABET])
def test_a_training_that_was_stopped_goes_on(task, alphabet, tmp_path, capsys):
    sizes = dict(updates=6, parts=3, batch=4)
    make = dict(updates=6, units=5, layers=1, components=2, alphabet=alphabet, bumps=2)
    whole = new_model(1, **make)
    losses = train(whole, task.train, tmp_path / "a", report="it", **sizes)
    assert capsys.readouterr().out.splitlines()[-1] == f"it: part 3 of 3, loss {losses[-1]:.3f} nats a point"
    with pytest.raises(KeyboardInterrupt):
        train(new_model(1, **make), task.train, tmp_path / "b", callbacks=[Stop()], **sizes)
    resumed = new_model(1, **make)
    assert_allclose(train(resumed, task.train, tmp_path / "b", **sizes), losses, rtol=1e-5)
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert_allclose(a, b, atol=1e-6)
    assert list((tmp_path / "b").iterdir()) == []


def test_the_parts_have_no_digit_in_common(task):
    """Strings of the test are made of digits that the training has not seen, in the training's units."""
    assert not {points.tobytes() for points in task.digits.points} & {p.tobytes() for p in task.held_out.points}
    assert len(task.digits) + len(task.held_out) == 300
    assert_array_equal(task.test.scale, task.train.scale)


def writings(strings):
    return [Writing(strokes, np.zeros((len(strokes) - 1, 7)), None) for strokes in strings.strokes]


def test_held_out_digits_are_read_and_shuffled_texts_are_not(task):
    reader = Reader(task.digits)
    assert reader.legibility(writings(task.train), task.train.texts, task.train.scale) > 0.99
    assert reader.legibility(writings(task.test), task.test.texts, task.test.scale) > 0.85
    other = ["".join(str((int(digit) + 3) % 10) for digit in text) for text in task.test.texts]
    assert reader.legibility(writings(task.test), other, task.test.scale) < 0.1


def test_a_missing_digit_is_not_read(task):
    reader, cut = Reader(task.digits), [strokes[:8] for strokes in task.train.strokes]
    written = [Writing(strokes, np.zeros((7, 7)), None) for strokes in cut]
    assert_allclose(reader.legibility(written, task.train.texts, task.train.scale), 0.5, atol=0.01)


def test_strokes_end_where_the_pen_is_lifted(task):
    strokes = task.train.strokes[0]
    first, second = strokes_of(strokes, task.train.scale)
    assert_array_equal(np.concatenate([first, second]), pen_points(strokes, task.train.scale))
    assert len(first) == len(second) == 8


def test_a_digit_is_brought_into_its_box():
    line = np.array([[5.0, 5.0], [6.0, 7.0], [9.0, 13.0]])  # on a straight line, at unequal distances
    assert_allclose(as_recorded(line), np.linspace(0, 100, 8)[:, None] * [1, 1])
