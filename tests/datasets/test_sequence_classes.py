"""Speakers and exercises: the files as their sources describe them, read without importing the packages."""

import importlib.metadata

import numpy as np
import pytest

from rnnkit.datasets import load_accelerometer, load_japanese_vowels, load_watch_exercises


def installed(name):
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


needs_aeon = pytest.mark.skipif(not installed("aeon"), reason="the data package aeon is not installed")
needs_seglearn = pytest.mark.skipif(not installed("seglearn"), reason="the data package seglearn is not installed")


@needs_aeon
def test_vowels_are_those_of_the_archive():
    train, test = load_japanese_vowels()
    assert np.bincount(train.speakers).tolist() == [30] * 9
    assert np.bincount(test.speakers).tolist() == [31, 35, 88, 44, 29, 24, 40, 50, 29]  # as the archive counts them
    lengths = [len(s) for s in train.sequences + test.sequences]
    assert (min(lengths), max(lengths)) == (7, 29)
    assert {s.shape[1] for s in train.sequences + test.sequences} == {12}
    # The archive's first frame begins 1.860936 -0.207383.
    assert train.sequences[0][0, :2].tolist() == [1.860936, -0.207383]


@needs_seglearn
def test_exercises_are_the_recordings_of_the_accelerometer():
    data, plain = load_watch_exercises(), load_accelerometer()
    assert all(np.array_equal(a[:, :3], b) for a, b in zip(data.signals, plain.signals, strict=True))
    said = [
        f"{data.names[e]}, subject {p}, {'right' if side else 'left'}"
        for e, p, side in zip(data.exercises, data.people, data.sides, strict=True)
    ]
    assert said == plain.labels
    assert len(set(data.people)) == 10 and np.bincount(data.exercises).tolist() == [20] * 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no data", "expected lines after @data, received none"),
        ("@data\n1,2:3:1", "expected channels of equal lengths .* line 1"),
        ("@data\n1,2:3,4:1\n1,x:3,4:1", "line 2"),
        ("@data\n1,nan:3,4:1", "expected finite numbers"),
    ],
)
def test_other_files_are_refused(text, message, tmp_path):
    (tmp_path / "JapaneseVowels_TRAIN.ts").write_text(text)
    with pytest.raises(ValueError, match=message):
        load_japanese_vowels(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"JapaneseVowels_TRAIN\.ts"):
        load_japanese_vowels(tmp_path)
