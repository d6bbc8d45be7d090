"""The pictures of unit 03 show the values they are given, at the right times, with units."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from rnnkit.plots.forecasts import STYLES, forecasts  # noqa: E402
from rnnkit.plots.horizon_error import horizon_error  # noqa: E402
from rnnkit.plots.signal_split import signal_split  # noqa: E402


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def names(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_split(ax):
    signal = np.sin(np.arange(100.0))
    parts = [slice(0, 40), slice(50, 60), slice(70, 100)]
    assert signal_split(ax, signal, parts, 20.0, windows=[(70, 12, 8), (80, 12, 8)], unit="m/s²") is ax
    np.testing.assert_allclose(ax.lines[0].get_xydata(), np.stack([np.arange(100) / 20, signal], axis=1))
    shaded = sorted((patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches)
    np.testing.assert_allclose(shaded, [(0, 2), (2.5, 3), (3.5, 5)])
    for past, target, first in ((1, 2, 3.5), (3, 4, 4.0)):
        np.testing.assert_allclose(ax.lines[past].get_xdata(), [first, first + 0.6])
        np.testing.assert_allclose(ax.lines[target].get_xdata(), [first + 0.6, first + 1.0])
    assert ax.lines[1].get_ydata()[0] < ax.lines[3].get_ydata()[0]
    assert [(text.get_text(), text.get_position()[0]) for text in ax.texts] == [
        ("training", 1.0),
        ("validation", 2.75),
        ("test", 4.25),
    ]
    assert names(ax) == ["a past", "its target"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (s)", "acceleration (m/s²)")


def test_split_of_a_long_signal_is_its_range(ax):
    signal = np.random.default_rng(0).normal(size=6000)
    signal_split(ax, signal, [slice(0, 3000), slice(3100, 6000)], 1000.0)
    [band] = ax.collections
    corners = band.get_paths()[0].vertices
    at = corners[np.isclose(corners[:, 0], 0.02)][:, 1]  # the second column of 300, samples 20 to 39
    np.testing.assert_allclose([at.min(), at.max()], [signal[20:40].min(), signal[20:40].max()])
    assert not ax.lines and ax.get_legend() is None


def test_forecasts(ax):
    past, truth = np.arange(30.0), np.arange(30.0, 36.0)
    assert forecasts(ax, past, truth, {"LSTM": truth + 1, "other": truth - 1}, 2.0, frame=3) is ax
    np.testing.assert_allclose(ax.lines[0].get_xydata()[-1], (0, 29))  # the last sample seen, at time 0
    assert len(ax.lines[0].get_xdata()) == len(truth)
    np.testing.assert_allclose(ax.lines[1].get_xydata()[0], (0.5, 30))
    np.testing.assert_allclose(ax.lines[2].get_ydata(), truth + 1)
    assert ax.lines[2].get_color() == STYLES["LSTM"][0]
    assert names(ax) == ["truth", "LSTM", "other"]
    assert [line.get_xdata()[0] for line in ax.lines[4:]] == [1.5]
    assert "(s)" in ax.get_xlabel() and ax.get_ylabel() == "acceleration (g)"


def test_horizon_error(ax):
    errors = {"LSTM": np.linspace(1, 2, 9), "persistence": np.linspace(2, 3, 9)}
    assert horizon_error(ax, errors, 3.0, frame=3) is ax
    np.testing.assert_allclose(ax.lines[0].get_xydata(), np.stack([np.arange(1, 10) / 3, errors["LSTM"]], axis=1))
    assert [line.get_xdata()[0] for line in ax.lines[2:]] == [1.0, 2.0]
    assert names(ax) == ["LSTM", "persistence"]
    assert ax.get_ylim()[0] == 0 and ax.get_ylabel() == "RMSE (g)"


def test_models_can_be_told_apart():
    assert len({colour for colour, _ in STYLES.values()}) == len(STYLES)
