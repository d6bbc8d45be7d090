"""The pictures of unit 09 show what they were given."""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from rnnkit.plots.continuation import continuation
from rnnkit.plots.delay_portrait import animated_parting, animated_portraits, delay_portrait
from rnnkit.plots.memory_curve import memory_curve
from rnnkit.plots.spike_raster import spike_raster


def test_spikes_lie_at_their_times_with_inhibitory_neurons_on_top():
    figure, axes = plt.subplots()
    spike_raster(axes, np.array([1.0, 2.0, 5.0]), np.array([0, 2, 0]), np.array([True, False, False]), ends=3.0)
    excitatory, inhibitory = axes.lines
    np.testing.assert_allclose(excitatory.get_xydata(), [(2.0, 1.0)])
    np.testing.assert_allclose(inhibitory.get_xydata(), [(1.0, 2.0), (5.0, 2.0)])
    plt.close(figure)


def test_a_portrait_is_the_series_against_its_past():
    figure, axes = plt.subplots()
    delay_portrait(axes, np.array([1.0, 2.0, 4.0, 8.0]), 2)
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [(1.0, 4.0), (2.0, 8.0)])
    plt.close(figure)


def test_the_animation_is_a_gif_that_moves(tmp_path):
    t = np.arange(60.0)
    path = animated_portraits(tmp_path / "new" / "a.gif", {"one": np.sin(t), "two": np.cos(t)}, 3, stride=20, dpi=40)
    with Image.open(path) as gif:
        assert gif.format == "GIF" and gif.n_frames == 3
        first = np.asarray(gif.convert("RGB"), dtype=int)
        gif.seek(2)
        assert np.abs(np.asarray(gif.convert("RGB"), dtype=int) - first).max() > 50


def test_the_animation_goes_on_to_the_last_step_and_shows_the_two_apart(tmp_path):
    t = np.arange(60.0)
    truth, orange = np.sin(t / 5), np.array([0xE6, 0x9F, 0x00])
    shown = {}
    for name, said in {"same": truth, "other": np.where(t < 40, truth, 0.0)}.items():
        path = animated_parting(tmp_path / "new" / f"{name}.gif", truth, said, 3, tail=10, stride=27, dpi=40)
        with Image.open(path) as gif:
            assert gif.format == "GIF" and gif.n_frames == 3  # steps 5, 32 and 59
            for frame in (1, 2):
                gif.seek(frame)
                page = np.asarray(gif.convert("RGB"), dtype=int)[:, :128]  # the portrait, left
                rows, columns = np.nonzero(np.abs(page - orange).max(axis=2) < 60)
                shown[name, frame] = set(zip(rows.tolist(), columns.tolist(), strict=True))
    assert shown["same", 1] == shown["other", 1]
    assert shown["same", 2] != shown["other", 2]


def test_the_continuation_starts_one_step_after_what_was_seen():
    figure, axes = plt.subplots()
    continuation(axes, np.arange(7.0), np.array([3.5, 4.5]), seen=4, mark=2)
    truth, said, mark = axes.lines
    np.testing.assert_allclose(truth.get_xdata(), [-3, -2, -1, 0, 1, 2, 3])
    np.testing.assert_allclose(said.get_xydata(), [(1, 3.5), (2, 4.5)])
    assert list(mark.get_xdata()) == [2, 2]
    plt.close(figure)


def test_the_memory_curve_counts_delays_from_one():
    figure, axes = plt.subplots()
    memory_curve(axes, {"a": np.array([1.0, 0.5]), "b": np.array([0.9])})
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [(1, 1.0), (2, 0.5)])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    plt.close(figure)
