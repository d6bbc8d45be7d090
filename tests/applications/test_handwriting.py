"""The net that writes: training, masks, saving, writing, errors; and the same on every backend."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import rnnkit
from rnnkit.applications import Handwriting, MixtureLoss, bivariate_mixture
from rnnkit.datasets import generate_pen_digits, pen_strings

DIGITS = "0123456789"
CELLS = {
    "keras": lambda: [6, 7],
    "own": lambda: [rnnkit.PeepholeLSTMCell(6), keras.layers.GRUCell(7), rnnkit.CFNCell(4)],
    "one": lambda: [6],
}


def data(count=6, length=2, seed=0):
    return pen_strings(generate_pen_digits(40), count, length, seed)


def model_of(alphabet=DIGITS, cells="keras", seed=0, **settings):
    """A net all of whose weights are random."""
    model = Handwriting(CELLS[cells](), components=2, alphabet=alphabet, bumps=3, **settings)
    strings = data(1)
    model.log_prob(strings.strokes, strings.texts if alphabet else None)
    rng = np.random.default_rng(seed)
    model.set_weights([w + rng.normal(scale=0.3, size=w.shape).astype("float32") for w in model.get_weights()])
    return model


@pytest.mark.parametrize(
    ("alphabet", "cells", "connections"),
    [
        (None, "keras", "skip"),
        (None, "own", "stacked"),
        (DIGITS, "own", "skip"),
        (DIGITS, "keras", "stacked"),
        (DIGITS, "one", "stacked"),
    ],
)
def test_it_is_saved_and_loaded(alphabet, cells, connections, tmp_path):
    model, strings = model_of(alphabet, cells, connections=connections), data()
    texts = strings.texts if alphabet else None
    model.save(tmp_path / "pen.keras")
    again = keras.models.load_model(tmp_path / "pen.keras")
    assert_array_equal(again.log_prob(strings.strokes, texts), model.log_prob(strings.strokes, texts))


def test_after_training_it_is_saved_with_optimizer_and_loss(tmp_path):
    model, strings = Handwriting([6, 7], 2, DIGITS), data()
    model.compile(keras.optimizers.Adam(0.02), MixtureLoss())
    inputs, targets = model.training_data(strings.strokes, strings.texts)
    before = model.evaluate(inputs, targets, verbose=0)
    model.fit(inputs, targets, epochs=8, verbose=0)
    after = model.evaluate(inputs, targets, verbose=0)
    assert after < before - 0.3
    assert_allclose(after, -model.log_prob(strings.strokes, strings.texts).mean(), rtol=1e-4)
    model.save(tmp_path / "pen.keras")
    again = keras.models.load_model(tmp_path / "pen.keras")
    assert_allclose(again.evaluate(inputs, targets, verbose=0), after, rtol=1e-5)


@pytest.mark.parametrize("alphabet", [None, DIGITS])
def test_shorter_strings_are_masked(alphabet):
    """Together with longer ones, a string has the density that it has alone, and the loss is the mean over points."""
    model, short, long = model_of(alphabet), data(2, 1, seed=3), data(2, 3, seed=4)
    texts = (short.texts + long.texts) if alphabet else None
    together = model.log_prob([*short.strokes, *long.strokes], texts)
    assert together.shape == (4, 23)
    alone = model.log_prob(short.strokes, short.texts if alphabet else None)
    assert_allclose(together[:2, :7], alone, atol=1e-5)
    assert (together[:2, 7:] == 0).all() and (together[2:] != 0).all()
    model.compile("sgd", MixtureLoss())
    inputs, targets = model.training_data([*short.strokes, *long.strokes], texts)
    assert_allclose(model.evaluate(inputs, targets, verbose=0), -together.sum() / (2 * 7 + 2 * 23), rtol=1e-5)


def test_it_only_sees_the_past():
    model, strings = model_of(), data(2)
    changed = strings.strokes.copy()
    changed[:, 9:, :2] += 1
    before, after = (model.log_prob(strokes, strings.texts) for strokes in (strings.strokes, changed))
    assert_allclose(before[:, :8], after[:, :8], atol=1e-5)
    assert (np.abs(before - after)[:, 8:10] > 1e-3).all()


def test_the_text_makes_a_difference_with_an_alphabet_only():
    strings = data(3)
    wrong = [text[::-1] + "7" for text in strings.texts]
    assert (model_of().log_prob(strings.strokes, wrong) != model_of().log_prob(strings.strokes, strings.texts)).any()
    with pytest.raises(ValueError, match="texts: expected none, as this net has no alphabet"):
        model_of(None).log_prob(strings.strokes, strings.texts)


@pytest.mark.parametrize("alphabet", [None, DIGITS])
def test_what_it_writes_has_the_densities_it_says(alphabet):
    """Read again, a writing's points have the densities that they were drawn from."""
    model = model_of(alphabet)
    texts = ["42", "314"] if alphabet else None
    writings = model.write(texts, count=2, steps=12, seed=5)
    assert len(writings) == 2
    for i, writing in enumerate(writings):
        assert len(writing.strokes) == len(writing.y_hat) + 1 <= 13
        assert set(writing.strokes[:, 2]) <= {0.0, 1.0} and (writing.strokes[0] == 0).all()
        expected = bivariate_mixture.log_prob(writing.y_hat, writing.strokes[1:].astype("float32"))
        found = model.log_prob([writing.strokes], texts and [texts[i]])[0]
        assert_allclose(found, keras.ops.convert_to_numpy(expected), atol=1e-4)
        assert (writing.phi is None) == (texts is None)
        if texts:  # the window as if the shorter text stood alone, and one place behind the longest
            assert writing.phi.shape == (len(writing.y_hat), 4) and (writing.phi >= 0).all()
    again = model.write(texts, count=2, steps=12, seed=5)
    assert all((a.strokes == b.strokes).all() for a, b in zip(writings, again, strict=True))


def test_writing_ends_where_the_window_has_left_the_text():
    model = model_of()
    window = model.recurrent.cell.window
    window.kernel.assign(np.zeros(window.kernel.shape))
    window.bias.assign(np.repeat([0.0, 3.0, np.log(0.25)], 3))  # every bump goes a quarter of a character a step
    model.density.bias.assign(np.concatenate([[50.0], np.zeros(12)]))
    model.density.kernel.assign(np.zeros(model.density.kernel.shape))  # and the pen is lifted after every point
    two, four = model.write(["12", "1234"], seed=0)
    # κ is k / 4 after k steps, and nearest to U + 1 from k = 4 (U + ½) + 1 on, a step after the last point.
    assert len(two.y_hat) == 10 and len(four.y_hat) == 18
    limited = model.write(["1234"], steps=3)
    assert len(limited[0].y_hat) == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(cells="lstm"), "cells: expected a list of recurrent cells or numbers of units, received 'lstm'"),
        (dict(cells=[]), "cells: expected a list of at least one recurrent cell"),
        (dict(cells=[0]), "cells: expected numbers of units of at least 1, received 0"),
        (dict(components=0), "components: expected the number of components, at least 1, received 0"),
        (dict(alphabet=""), "alphabet: expected None or a text of different characters, received ''"),
        (dict(alphabet="010"), "alphabet: expected None or a text of different characters, received '010'"),
        (dict(connections="all"), "connections: expected"),
        (dict(alphabet="01", connections=[[1, 0], [0, 1]], cells=[3]), "connections: expected 'skip' or 'stacked'"),
    ],
)
def test_errors_of_the_constructor(settings, message):
    with pytest.raises(ValueError, match=message):
        Handwriting(**{"cells": [3, 4], **settings})


STROKES = data(2).strokes


def with_value(value, column=0):
    strokes = STROKES.copy()
    strokes[1, 4, column] = value
    return strokes


@pytest.mark.parametrize(
    ("strokes", "texts", "message"),
    [
        (with_value(np.nan), ["12", "34"], r"strokes\[1\]: expected finite numbers, received nan at \(4, 0\)"),
        (with_value(0.5, 2), ["12", "34"], r"strokes\[1\]: expected 1 as third number where the pen is lifted"),
        (with_value(-1.0, 2), ["12", "34"], r"strokes\[1\]: .*-1 only after the end"),
        (STROKES[0], ["12"], r"strokes\[0\]: expected shape \(points, 3\), received \(3,\)"),
        (STROKES[..., :2], ["12", "34"], r"strokes: expected shape \(texts, points, 3\) or a list"),
        (STROKES[:, :1], ["12", "34"], r"strokes\[0\]: expected at least 2 points, received 1"),
        (STROKES, ["12"], "texts: expected one for each of 2 strokes, received 1"),
        (STROKES, None, r"texts: expected a list of at least one text, received \[\]"),
        (STROKES, "12", "texts: expected a list of at least one text, received '12'"),
        (STROKES, ["12", ""], "texts: expected texts of at least one character, received ''"),
        (STROKES, ["12", "3x"], "expected characters of the alphabet '0123456789', received 'x' in '3x'. Leave it out"),
    ],
)
def test_errors_of_data(strokes, texts, message):
    with pytest.raises(ValueError, match=message):
        Handwriting([3], alphabet=DIGITS).log_prob(strokes, texts)


def test_errors_of_writing():
    model = Handwriting([3], alphabet=DIGITS)
    with pytest.raises(ValueError, match="bias: expected a finite number, at least 0, received -1"):
        model.write(["1"], bias=-1.0)
    with pytest.raises(ValueError, match="texts: expected texts of at least one character"):
        model.write([""])
    with pytest.raises(ValueError, match="texts: expected none"):
        Handwriting([3]).write(["1"])


@pytest.mark.long
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_on_another_backend(backend):
    pytest.importorskip(backend)
    tests = ["test_bivariate_mixture.py", "test_soft_window.py", "test_handwriting.py"]
    command = [sys.executable, "-m", "pytest", "-o", "addopts=", "-p", "no:xdist", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(
        [*command, *(str(Path(__file__).with_name(name)) for name in tests), "-k", "not another_backend"],
        env={**os.environ, "KERAS_BACKEND": backend, "PYTEST_ADDOPTS": "", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
