"""Generated recordings that stand in for a missing package: their kinds can be told apart, and people differ."""

import numpy as np
import pytest

from rnnkit.datasets import generate_vowels, generate_watch_exercises


def features(signal):
    """The spectrum of each axis, a few frequencies, without phase."""
    return np.log(np.abs(np.fft.rfft(signal - signal.mean(axis=0), axis=0))[1:60] + 1).reshape(-1)


def nearest(known, labels, asked):
    return np.array([labels[np.argmin(((known - one) ** 2).sum(axis=1))] for one in asked])


def test_exercises_are_told_apart_also_of_other_people_and_people_differ():
    watch = generate_watch_exercises(seed=3)
    assert len(watch.signals) == 140 and watch.signals[0].shape == (1500, 6)
    assert np.bincount(watch.people).tolist() == [14] * 10 and np.bincount(watch.exercises).tolist() == [20] * 7
    gravity = np.linalg.norm(np.mean([signal[:, :3].mean(axis=0) for signal in watch.signals], axis=0))
    assert 0.5 < gravity < 1.1  # in g, over wrists turned in several ways
    x, new = np.stack([features(signal) for signal in watch.signals]), watch.people >= 7
    said = nearest(x[~new], watch.exercises[~new], x[new])
    assert (said == watch.exercises[new]).mean() > 0.5  # a guess: 1 in 7
    alike = []  # whether the nearest other recording of the same exercise is the same person's
    for i in range(140):
        same = np.flatnonzero((watch.exercises == watch.exercises[i]) & (np.arange(140) != i))
        alike.append(watch.people[same[np.argmin(((x[same] - x[i]) ** 2).sum(axis=1))]] == watch.people[i])
    assert np.mean(alike) > 0.2  # a guess: 1 in 19


def test_the_same_seed_gives_the_same_and_another_another():
    first, again, other = (generate_watch_exercises(2, 4, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.signals[5], again.signals[5])
    assert not np.allclose(first.signals[5], other.signals[5])
    np.testing.assert_array_equal(generate_vowels(1)[0].sequences[7], generate_vowels(1)[0].sequences[7])


def test_speakers_are_told_apart():
    train, test = generate_vowels(seed=2)
    assert np.bincount(train.speakers).tolist() == [30] * 9
    assert {len(sequence) for sequence in train.sequences} <= set(range(7, 30))
    means = [np.stack([sequence.mean(axis=0) for sequence in part.sequences]) for part in (train, test)]
    right = (nearest(means[0], train.speakers, means[1]) == test.speakers).mean()
    assert 0.6 < right <= 1


def test_bad_sizes_are_named():
    with pytest.raises(ValueError, match="people: "):
        generate_watch_exercises(people=0)
    with pytest.raises(ValueError, match="seconds: "):
        generate_watch_exercises(seconds=-1)
