"""The pictures of unit 05 show the values they are given, with units and names."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from rnnkit.plots.growth import growth  # noqa: E402
from rnnkit.plots.learning_curves import learning_curves  # noqa: E402
from rnnkit.plots.signal_by_unit import signal_by_unit  # noqa: E402


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_learning_curves_show_median_and_range(ax):
    passes = np.array([1, 2, 5])
    errors = np.array([[0.5, 0.4, 0.1], [0.5, 0.3, 0.2], [0.6, 0.1, 0.15]])
    assert learning_curves(ax, {"EKF": (passes, errors), "descent": (passes, errors + 0.1)}, "passes") is ax
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 0.5)
    np.testing.assert_allclose(ax.lines[1].get_xydata(), [[1, 0.5], [2, 0.3], [5, 0.15]])
    corners = ax.collections[0].get_paths()[0].vertices
    for x, low, high in zip(passes, [0.5, 0.1, 0.1], [0.6, 0.4, 0.2], strict=True):
        here = corners[corners[:, 0] == x, 1]
        assert (here.min(), here.max()) == (low, high)
    assert [line.get_label() for line in ax.lines] == ["a guess (0.5)", "EKF", "descent"]
    assert len({line.get_color() for line in ax.lines}) == 3
    assert ax.get_xscale() == "log" and ax.get_xlabel() == "passes"


def test_growth_shows_values_and_powers(ax):
    sizes = np.array([4, 8, 16])
    assert growth(ax, sizes, {"a": sizes**2.0, "b": sizes**3.0 + 5, "c": 9.0 * sizes}, "time (s)", powers=(2, 3)) is ax
    np.testing.assert_allclose(ax.lines[0].get_xydata(), np.stack([sizes, sizes**2], axis=1))
    for line, power in zip(ax.lines[3:], (2, 3), strict=True):
        x, y = line.get_xydata().T
        np.testing.assert_allclose(np.diff(np.log(y)) / np.diff(np.log(x)), power)
        assert x[-1] == 16
    assert [text.get_text() for text in ax.texts] == ["~ n²", "~ n³"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_ylabel()) == ("log", "log", "time (s)")


def test_signal_writes_each_value_in_its_place(ax):
    values = np.array([[0.0, 0.25, 0.0], [-0.1, 0.0, 0.0]])
    assert signal_by_unit(ax, values, "δ") is ax
    np.testing.assert_array_equal(ax.images[0].get_array(), values.T)
    assert {(*text.get_position(), text.get_text()) for text in ax.texts} == {(0, 1, "0.25"), (1, 0, "-0.1")}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["unit 1", "unit 2", "unit 3"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"]
