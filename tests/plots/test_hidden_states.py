"""The picture of unit 01's hidden states shows means by the kind of step, each in its own column."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

from rnnkit.plots.hidden_states import hidden_states  # noqa: E402


def test_each_column_is_the_mean_of_its_kind():
    figure, axes = plt.subplots()
    states = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, -0.6], [0.7, 0.0]])
    assert hidden_states(axes, states, np.array([2, 0, 2, 1]), ("a", "b", "c"), edges=(1,)) is axes
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.3, 0.7, 0.3], [0.4, 0.0, -0.2]])
    assert axes.images[0].get_clim() == (-1.0, 1.0)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    assert axes.lines[0].get_xdata()[0] == 0.5
    plt.close(figure)
