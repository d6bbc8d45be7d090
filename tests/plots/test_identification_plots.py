"""What the pictures of unit 10 hold."""

import matplotlib.pyplot as plt
import numpy as np

from rnnkit.plots.embedding_choice import false_neighbour_curve, information_curve
from rnnkit.plots.model_runs import model_runs


def test_what_is_said_stands_at_the_end_of_what_was_measured():
    figure, axes = plt.subplots()
    model_runs(axes, np.arange(5.0), {"short": np.array([7.0, 8.0])}, interval=0.5, xlabel="time (s)", ylabel="i (A)")
    np.testing.assert_allclose(axes.lines[0].get_xydata()[:, 0], [0, 0.5, 1, 1.5, 2])
    np.testing.assert_allclose(axes.lines[1].get_xydata(), [(1.5, 7), (2, 8)])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "i (A)")
    plt.close(figure)


def test_choices_of_lag_and_dimension():
    figure, (left, right) = plt.subplots(1, 2)
    information_curve(left, np.array([2.0, 1.0, 0.5, 0.8]), 2)
    np.testing.assert_allclose(left.lines[1].get_xydata(), [(2, 0.5)])
    false_neighbour_curve(right, {"x": np.array([0.9, 0.1, 0.0])})
    np.testing.assert_allclose(right.lines[0].get_xydata(), [(1, 90), (2, 10), (3, 0)])
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["x", "1 %"]
    plt.close(figure)
