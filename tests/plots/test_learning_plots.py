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


def test_learning_curves_show_each_start_and_the_medians():
    passes = np.array([1, 2, 5])
    errors = np.array([[0.5, 0.4, 0.1], [0.5, 0.3, 0.2], [0.6, 0.1, 0.15]])
    figure, panels = plt.subplots(1, 2)
    learning_curves(panels, {"EKF": (passes, errors), "descent": (passes, errors + 0.1)}, "passes")
    for panel, own, other in ((panels[0], errors, errors + 0.1), (panels[1], errors + 0.1, errors)):
        guess, behind, *starts, median = panel.lines
        np.testing.assert_allclose(guess.get_ydata(), 0.5)
        np.testing.assert_allclose(behind.get_xydata().T, [passes, np.median(other, axis=0)])
        np.testing.assert_allclose([line.get_ydata() for line in starts], own)
        np.testing.assert_allclose(median.get_xydata().T, [passes, np.median(own, axis=0)])
        assert {line.get_color() for line in starts} == {median.get_color()} != {behind.get_color()}
        assert panel.get_xscale() == "log" and panel.get_xlabel() == "passes"
    assert [panel.get_title() for panel in panels] == ["EKF", "descent"]
    assert panels[0].lines[-1].get_color() != panels[1].lines[-1].get_color()
    plt.close(figure)


def test_growth_shows_values_and_powers(ax):
    sizes = np.array([4, 8, 16])
    assert growth(ax, sizes, {"a": sizes**2.0, "b": sizes**3.0 + 5, "c": 9.0 * sizes}, "time (s)", powers=(2, 3)) is ax
    drawn = {line.get_label(): line for line in ax.lines if line.get_linestyle() == "-"}
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(drawn["a"].get_xydata(), np.stack([sizes, sizes**2], axis=1))
    assert list(drawn) == ["a", "b", "c"] and len({line.get_color() for line in drawn.values()}) == 3
    for line, power in zip(dashed, (2, 3), strict=True):
        x, y = line.get_xydata().T
        np.testing.assert_allclose(np.diff(np.log(y)) / np.diff(np.log(x)), power)
        assert x[-1] == 16
    assert [text.get_text() for text in ax.texts] == ["a ~ m²", "b ~ m³", "c"]
    assert [text.get_color() for text in ax.texts] == [line.get_color() for line in drawn.values()]
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_title()) == ("log", "log", "time (s)")


def test_signal_writes_each_value_in_its_place(ax):
    values = np.array([[0.0, 0.25, 0.0], [-0.1, 0.0, 0.0]])
    assert signal_by_unit(ax, values, "δ") is ax
    np.testing.assert_array_equal(ax.images[0].get_array(), values.T)
    assert {(*text.get_position(), text.get_text()) for text in ax.texts} == {(0, 1, "0.25"), (1, 0, "-0.1")}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["unit 1", "unit 2", "unit 3"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"]
