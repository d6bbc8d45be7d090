"""Unit 03's plumbing: no leak between parts, scores in the signal's unit, forecasts that see no truth."""

import importlib.metadata
import json

import numpy as np
import pytest

from rnnkit.course.experiments import acceleration as lab
from rnnkit.datasets import accelerometer


def task_of(signals, **words):
    settings = {"n_step": 4, "n_input": 5, "hop": 2, "gap": 7, "stride": 3, "test_stride": 4, "n_frames": 3, **words}
    return lab.forecast_task("numbers", signals, 10.0, **settings)


def test_parts_share_no_sample():
    """Every sample has a number of its own, over all signals."""
    task = task_of([np.arange(300), 1000 + np.arange(211), 5000 + np.arange(260)])
    used = [
        set(np.concatenate([part.past.ravel(), part.target.ravel()]).tolist())
        for part in (task.training, task.validation, task.test)
    ]
    used[2] |= set(np.concatenate([task.long_test.past.ravel(), task.long_test.target.ravel()]).tolist())
    assert all(used)
    assert not used[0] & used[1] and not used[0] & used[2] and not used[1] & used[2]
    for earlier, later in ((0, 1), (1, 2), (0, 2)):
        distance = min(abs(a - b) for a in used[earlier] for b in used[later])
        assert distance > 7


def test_targets_follow_the_past_and_frames_are_the_past():
    task = task_of([np.arange(300.0)])
    for part in (task.training, task.validation, task.test, task.long_test):
        np.testing.assert_array_equal(part.target[:, 0], part.past[:, -1] + 1)
    assert task.n_past == 11 and task.n_frames == 3
    frames = task.as_input(task.test.past)
    assert frames.shape == (len(task.test.starts), 4, 5) and frames.dtype == np.float32
    np.testing.assert_allclose(frames[:, -1, -1] * task.scale + task.mean, task.test.past[:, -1], rtol=1e-5)
    np.testing.assert_allclose(task.as_target(task.training.target).mean(), 0, atol=1e-5)
    np.testing.assert_allclose(task.as_target(task.training.target).std(), 1, atol=1e-5)


def test_mean_and_scale_come_from_training_alone():
    signal = np.random.default_rng(0).normal(size=400)
    changed = signal.copy()
    changed[task_of([signal]).splits[0][1].start :] += 100
    assert (task_of([signal]).mean, task_of([signal]).scale) == (task_of([changed]).mean, task_of([changed]).scale)


def test_short_signals_are_left_out_and_windows_thinned():
    long, short = np.random.default_rng(1).normal(size=(2, 400))
    both, alone = task_of([long, short[:20]]), task_of([long])
    np.testing.assert_array_equal(both.training.past, alone.training.past)
    thin = task_of([long], max_windows=5)
    assert {len(p.starts) for p in (thin.training, thin.validation, thin.test, thin.long_test)} == {5}
    assert thin.training.starts[0] == alone.training.starts[0] and thin.training.starts[-1] == alone.training.starts[-1]


def test_scores_by_hand():
    """A ramp of slope 1: holding the last sample errs by h at horizon h, in every frame."""
    task = task_of([np.arange(300.0)])
    scored = lab.score(task, lab.persistence(task))
    np.testing.assert_allclose(scored.by_horizon, np.arange(1, 16))
    assert scored.one_step == pytest.approx(np.sqrt(np.mean(np.arange(1, 6) ** 2)))
    assert scored.free_running == pytest.approx(np.sqrt(np.mean(np.arange(1, 16) ** 2)))
    repeated = lab.score(task, lab.repeat_last_frame(task))
    np.testing.assert_allclose(repeated.by_horizon, np.repeat([5, 10, 15], 5))
    table = lab.score_table(task, {"persistence": scored})
    assert table.splitlines()[0] == "numbers, RMSE in g" and f"{scored.one_step:.3f}" in table


def test_a_free_running_score_never_sees_the_truth():
    """The score of a predictor does not depend on what it could have read after the past."""
    task = task_of([np.random.default_rng(2).normal(size=400)])
    seen = []
    lab.score(task, lambda past: seen.append(past) or np.zeros((len(past), 5)))
    np.testing.assert_array_equal(seen[1], task.long_test.past)
    np.testing.assert_array_equal(seen[2], np.c_[task.long_test.past[:, 5:], np.zeros((len(seen[2]), 5))])
    np.testing.assert_array_equal(seen[3], np.c_[task.long_test.past[:, 10:], np.zeros((len(seen[3]), 10))])
    assert len(seen) == 4


def test_linear_ar_solves_a_sinusoid():
    task = task_of([np.sin(0.4 * np.arange(400))])
    model = lab.linear_ar(task, orders=(2, 50), ridges=(1e-10,))
    assert model.order in (2, task.n_past)
    assert lab.score(task, model.predict).free_running < 1e-3


def test_network_predictor_scales_and_pads():
    """A "network" that repeats the last frame must do so in the signal's own unit, for any number of windows."""

    class LastFrame:
        def predict_on_batch(self, frames):
            assert frames.shape == (8, 4, 5)
            return frames[:, -1]

    task = task_of([100 + 30 * np.random.default_rng(3).normal(size=400)])
    predict = lab.network_predictor(LastFrame(), task, batch_size=8)
    for many in (8, 11, 16):
        past = np.resize(task.training.past, (many, task.n_past))
        np.testing.assert_allclose(predict(past), past[:, -5:], rtol=1e-5)


def test_typical_window_is_the_median():
    task = task_of([np.arange(300.0)])
    n = len(task.long_test.starts)
    errors = np.random.default_rng(4).permutation(n)
    scored = lab.Score(0, 0, np.zeros(15), task.long_test.target + errors[:, None])
    assert errors[lab.typical_window(task, scored)] == n // 2


def test_training_restores_and_reports_in_the_unit():
    import keras

    keras.utils.set_random_seed(0)
    task = task_of([5 * np.sin(0.4 * np.arange(400))])
    model = keras.Sequential([keras.Input((4, 5)), keras.layers.Flatten(), keras.layers.Dense(5)])
    # Three good passes, then steps so large that every later pass is worse.
    steps = 3 * (len(task.training.starts) // 8)
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([steps], [0.05, 2.0])
    model.compile(keras.optimizers.SGD(rate), "mse", run_eagerly=True)
    history = lab.train(model, task, epochs=9, batch_size=8, patience=2)
    assert len(history["training"]) == len(history["validation"]) == 5
    assert history["validation"][-1] > 2 * min(history["validation"])
    held = task.validation
    whole = len(held.starts) // 8 * 8
    kept = np.linspace(0, len(held.starts) - 1, whole).astype(int)
    error = lab.network_predictor(model, task)(held.past[kept]) - held.target[kept]
    assert np.sqrt(np.mean(error**2)) == pytest.approx(min(history["validation"]), rel=1e-4)


def test_own_recording(tmp_path):
    values = np.random.default_rng(5).normal(size=(50, 2))
    (tmp_path / "mine.json").write_text(json.dumps(values.tolist()))
    recordings = lab.read_recordings(str(tmp_path / "mine.json"), sampling_rate=25.0, axis=1)
    np.testing.assert_array_equal(recordings.signals[0], values[:, 1])
    assert recordings.sampling_rate == 25.0 and "1 recording, 50 samples at 25 Hz" in recordings.message
    with pytest.raises(ValueError, match="axis: expected 0 to 1 for axis 0, axis 1, received 2"):
        lab.read_recordings(str(tmp_path / "mine.json"), axis=2)
    with pytest.raises(FileNotFoundError, match="gone.csv"):
        lab.read_recordings(str(tmp_path / "gone.csv"))


def test_without_the_data_package(monkeypatch):
    monkeypatch.setattr(accelerometer, "_PACKAGE", "no-such-distribution-of-accelerations")
    recordings = lab.read_recordings()
    assert "not installed" in recordings.message and "simulated machines" in recordings.message
    task = lab.forecast_task(
        recordings.name, recordings.signals, recordings.sampling_rate, hop=5, gap=50, stride=50, n_frames=3
    )
    assert len(task.training.starts) > 100


def test_with_the_data_package():
    try:
        importlib.metadata.distribution("seglearn")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the data package seglearn is not installed")
    recordings = lab.read_recordings()
    assert recordings.name == "watch" and len(recordings.signals) == 140 and "BSD" in recordings.message


@pytest.mark.parametrize(
    ("signals", "words", "message"),
    [
        ([np.arange(60.0)], {}, r"signals \(numbers\): expected a validation part of 16 samples or more .* received 9"),
        ([np.arange(110.0)], {"n_frames": 9}, "expected a test part of 56 samples or more"),
        ([np.zeros(300)], {}, "expected a signal that changes, received a constant one"),
        ([np.zeros((300, 2))], {}, r"signal: expected shape \(samples,\)"),
    ],
)
def test_errors(signals, words, message):
    with pytest.raises(ValueError, match=message):
        task_of(signals, **words)
