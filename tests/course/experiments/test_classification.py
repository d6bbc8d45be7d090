"""Unit 11's experiment: people are split, a stopped run goes on, scores are shares."""

from itertools import product

import numpy as np
import pytest

from rnnkit.course.experiments import classification
from rnnkit.course.experiments.classification import (
    MIRROR,
    Fold,
    country,
    digits,
    exercise_windows,
    fitted,
    folds,
    nearest_digit,
    nearest_mean_vector,
    recalled,
    score,
    speakers,
    turned,
    unseen_people,
)
from rnnkit.datasets import (
    PenDigits,
    Vowels,
    WatchExercises,
    generate_pen_digits,
    generate_watch_exercises,
    load_watch_exercises,
)

LEFT = [-1, 1, 1, 1, -1, -1]  # a left arm seen in a mirror across x: two axes' accelerations and one rotation remain


def some_exercises():
    """Four people who swing one of two ways, one of them twice as fast; two of them with the left arm."""
    rng = np.random.default_rng(0)
    exercises, people = np.tile([0, 1], 4), np.repeat([1, 2, 3, 4], 2)
    sides, time = people % 2, np.arange(420) / 50
    signals = [
        np.sin(2 * np.pi * (1 + e) * time)[:, None] * (np.ones(6) if right else LEFT) + 0.1 * rng.normal(size=(420, 6))
        for e, right in zip(exercises, sides, strict=True)
    ]
    return WatchExercises(signals, exercises, people, sides, ("slow", "fast"), 50.0, "made up")


def test_each_person_is_in_one_fold():
    groups = list(folds(np.repeat(np.arange(1, 11), 14), seed=3))
    assert sorted(np.concatenate(groups)) == list(range(1, 11)) and {len(g) for g in groups} == {2}


def test_windows_are_of_one_recording():
    x, recording = exercise_windows(some_exercises())
    assert x.shape == (3 * 8, 50, 6)  # 105 steps: starts 0, 25, 50
    assert recording.tolist() == np.repeat(np.arange(8), 3).tolist()
    right, left = some_exercises().signals[1:3]
    np.testing.assert_allclose(x[4, 0], right[100:104].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(x[7, 0], left[100:104].mean(axis=0) * LEFT, rtol=1e-5)


@pytest.mark.parametrize("data", [load_watch_exercises, generate_watch_exercises])
def test_no_other_mirror_makes_the_arms_as_alike(data):
    """Of the 64 ways to change signs that of the lab gives left arms the means and correlations of right ones."""
    try:
        data = data()
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    kinds = list(zip(data.exercises.tolist(), data.sides.tolist(), strict=True))

    def moments(side):
        of = [[s for s, kind in zip(data.signals, kinds, strict=True) if kind == (e, side)] for e in range(7)]
        means = [np.mean([s.mean(axis=0) / s.std(axis=0) for s in some], axis=0) for some in of]
        return np.array(means), np.array([np.mean([np.corrcoef(s.T) for s in some], axis=0) for some in of])

    (mean, correlation), (right_mean, right_correlation) = moments(0), moments(1)

    def apart(signs):
        off = ((mean * signs - right_mean) ** 2).sum()
        return off + ((correlation * np.outer(signs, signs) - right_correlation) ** 2).sum() / 2

    assert min(product((1, -1), repeat=6), key=apart) == tuple(MIRROR)


def test_turning_the_watch_is_a_rotation_of_both_vectors():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 7, 6))
    vectors, found = x.reshape(400, 7, 2, 3), turned(x, 10.0, rng).reshape(400, 7, 2, 3)
    inner = np.einsum("ntvi,nsui->ntvsu", vectors, vectors)  # lengths and angles within a window, both vectors
    np.testing.assert_allclose(np.einsum("ntvi,nsui->ntvsu", found, found), inner, atol=1e-12)
    volume, others = (np.linalg.det(v[:, :3, 0]) for v in (vectors, found))
    np.testing.assert_allclose(others, volume, atol=1e-12)  # no mirror
    # A rotation by a has the trace 1 + 2 cos a, and a² has the mean 3 · 10² for three axes of 10°.
    R = np.stack([np.linalg.lstsq(a[:, 0], b[:, 0], rcond=None)[0] for a, b in zip(vectors, found, strict=True)])
    angles = np.rad2deg(np.arccos((np.trace(R, axis1=1, axis2=2) - 1) / 2))
    assert np.sqrt(np.mean(angles**2)) == pytest.approx(10 * np.sqrt(3), rel=0.1)
    np.testing.assert_array_equal(turned(x, 0.0, rng), x)


def test_a_network_is_trained_on_windows_turned_anew_in_each_pass(monkeypatch):
    """and scaled by the windows as they were."""
    seen = []
    monkeypatch.setattr(classification, "turned", lambda x, degrees, rng: seen.append((degrees, rng.random())) or 3 * x)
    x = np.random.default_rng(0).normal(size=(10, 5, 6)).astype(np.float32)
    trained = fitted(x, np.arange(10) % 2, classes=2, seed=0, epochs=3, turn=4.0)
    assert [degrees for degrees, _ in seen] == [4.0] * 3 and len({number for _, number in seen}) == 3
    np.testing.assert_allclose(trained.scale, x.std(axis=(0, 1)), rtol=1e-5)


def test_a_recording_is_named_by_the_mean_of_log_probabilities():
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.001, 0.999], [0.2, 0.8]])  # their mean probabilities name the other
    assert score(p, np.array([0, 0, 0, 1]), np.array([1, 1])) == (0.5, 1.0)


def test_a_stopped_run_goes_on_with_the_next_fold(tmp_path):
    said = []
    found = unseen_people(some_exercises(), tmp_path, epochs=8, report=said.append)
    assert [fold.count for fold in found] == [4, 4] and len(said) == 2
    assert np.mean([fold.windows for fold in found]) > 0.9
    [second] = tmp_path.glob("*-1.json")
    second.unlink()
    first = next(iter(tmp_path.glob("*-0.json")))
    first.write_text('{"people": [7, 8], "windows": 0.5, "recordings": 0.25, "count": 9}')  # kept, and believed
    again = unseen_people(some_exercises(), tmp_path, epochs=8, report=None)
    assert again[0] == Fold([7, 8], 0.5, 0.25, 9)
    assert again[1].people == found[1].people


def test_speakers_are_told_apart():
    rng = np.random.default_rng(1)

    def part():
        who = np.tile(np.arange(9), 4)
        return Vowels([rng.normal(size=(rng.integers(5, 9), 12)) * 0.3 + np.eye(12)[w] for w in who], who, "made up")

    train, test = part(), part()
    assert nearest_mean_vector(train, test) > 0.9
    assert speakers(train, test, epochs=12) > 0.9
    wrong = Vowels(test.sequences, (test.speakers + 1) % 9, "")
    assert nearest_mean_vector(train, wrong) == pytest.approx(0, abs=0.1)


def test_only_the_first_folds():
    [fold] = unseen_people(some_exercises(), limit=1, epochs=1, report=None)
    assert fold.people == next(folds(some_exercises().people)).tolist()


@pytest.mark.parametrize("read", ["last", "mean"])
def test_what_is_said_at_the_last_step_is_what_is_said_of_the_sequence(read):
    """Scaled by the training sequences alone, for the sequence and for its steps alike."""
    rng = np.random.default_rng(0)
    x, new = 5 + 3 * rng.normal(size=(40, 6, 2)), rng.normal(size=(3, 6, 2))
    trained = fitted(x.astype(np.float32), rng.integers(0, 3, 40), classes=3, seed=0, epochs=1, read=read)
    np.testing.assert_allclose(trained.mean, x.mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(trained.scale, x.std(axis=(0, 1)), rtol=1e-5)
    at_each_step = trained.at_each_step(new)
    assert at_each_step.shape == (3, 6, 3)
    np.testing.assert_allclose(at_each_step[:, -1], trained.probabilities(new), atol=1e-6)
    np.testing.assert_allclose(at_each_step[:, 2], trained.probabilities(new[:, :3]), atol=1e-6)


def test_generated_digits_are_read():
    train, test = generate_pen_digits(600, seed=0).split(0.25)
    assert digits(train, test, epochs=12) > 0.9


def test_the_nearest_digit_by_all_distances():
    rng = np.random.default_rng(1)
    train, test = (PenDigits(rng.normal(size=(n, 8, 2)), rng.integers(0, 10, n), "made up") for n in (30, 20))
    right = 0
    for points, label in zip(test.points, test.labels, strict=True):
        distances = [((points - other) ** 2).sum() for other in train.points]
        right += train.labels[distances.index(min(distances))] == label
    assert nearest_digit(train, test) == right / 20


def test_only_the_first_word_tells_the_country():
    x, labels = country(400, 3, np.random.default_rng(0))
    words = x.argmax(axis=2)
    assert x.shape == (400, 4, 7) and set(x.sum(axis=2).ravel()) == {1.0}
    assert words[:, 0].tolist() == labels.tolist() and set(labels) == {0, 1}
    assert set(words[:, 1:-1].ravel()) == {2, 3, 4, 5} and set(words[:, -1]) == {6}


def test_a_forget_gate_that_begins_open_keeps_the_country():
    assert recalled("LSTM", 40, updates=60, forget_bias=5.0) > 0.95
    assert recalled("LSTM", 40, updates=60) < 0.7
