"""The picture of unit 06 shows what it was given."""

import matplotlib.pyplot as plt
import numpy as np

from rnnkit.plots.eigenvalues import eigenvalues


def test_points_lie_at_the_eigenvalues_and_far_ones_at_the_edge():
    figure, axes = plt.subplots()
    eigenvalues(axes, np.array([[0.5 + 0.25j, -1j], [2.0 + 3j, -9.0]]), limit=1.5)
    points = axes.lines[-1].get_xydata()
    np.testing.assert_allclose(points, [(0.5, 0.25), (0.0, -1.0), (1.5, 1.5), (-1.5, 0.0)])
    circle = axes.lines[0].get_xydata()
    np.testing.assert_allclose(np.hypot(*circle.T), 1.0)
    assert axes.get_aspect() == 1.0
    plt.close(figure)


def test_a_disc_is_drawn_where_it_is_asked_for():
    figure, axes = plt.subplots()
    eigenvalues(axes, np.array([0.5]), disc=(0.4, 0.55))
    _, circle, centre, _ = (line.get_xydata() for line in axes.lines)
    np.testing.assert_allclose(np.hypot(circle[:, 0] - 0.4, circle[:, 1]), 0.55)
    np.testing.assert_allclose(centre, [(0.4, 0.0)])
    plt.close(figure)
