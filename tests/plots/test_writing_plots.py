"""The pictures of a pen show what they were given."""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from scipy.interpolate import CubicHermiteSpline

from rnnkit.plots.pen_path import pen_path, smooth
from rnnkit.plots.writing_animation import writing_animation


def test_the_line_is_the_spline_through_the_points():
    points = np.random.default_rng(0).normal(size=(6, 2))
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    spline = CubicHermiteSpline(np.arange(6), points, (ends[2:] - ends[:-2]) / 2)
    np.testing.assert_allclose(smooth(points, between=4), spline(np.linspace(0, 5, 21)), atol=1e-12)


def test_each_stroke_is_a_line():
    figure, axes = plt.subplots()
    strokes = [np.array([[0.0, 0.0], [1.0, 1.0]]), np.random.default_rng(1).normal(size=(4, 2))]
    assert len(pen_path(axes, strokes).lines) == 2
    np.testing.assert_allclose(axes.lines[0].get_xydata(), strokes[0])
    plt.close(figure)


def test_the_film_goes_on_from_frame_to_frame(tmp_path):
    points = np.array([[0.0, 0.0], [2.0, 3.0], [4.0, 0.0], [6.0, 3.0]])
    phi = np.array([[0.9, 0.1, 0.0], [0.5, 0.5, 0.0], [0.1, 0.9, 0.0]])
    figure = plt.figure(figsize=(3, 3))
    path = writing_animation(figure, tmp_path / "film.gif", points, np.array([0, 1, 0, 1]), phi, "27")
    assert [text.get_text() for text in figure.axes[1].get_xticklabels()] == ["2", "7"]
    line = figure.axes[0].lines[0].get_xydata()
    np.testing.assert_allclose(line[~np.isnan(line[:, 0])], points)
    assert np.isnan(line[2]).all()  # the pen was off the paper
    plt.close(figure)
    with Image.open(path) as film:
        assert film.n_frames == 4


def test_the_film_shows_where_the_next_point_is_expected(tmp_path):
    points, phi = np.array([[0.0, 0.0], [2.0, 3.0], [4.0, 0.0]]), np.full((2, 1), 0.5)
    clouds = np.random.default_rng(2).random((2, 4, 5))
    figure = plt.figure(figsize=(3, 3))
    path = writing_animation(
        figure, tmp_path / "film.gif", points, np.array([0, 0, 1]), phi, "7", clouds, (-1.0, 5.0, -1.0, 4.0)
    )
    [image] = figure.axes[0].images
    assert list(image.get_extent()) == [-1.0, 5.0, -1.0, 4.0]
    np.testing.assert_array_equal(image.get_array(), np.zeros((4, 5)))  # after the last point none is expected
    plt.close(figure)
    with Image.open(path) as film:
        assert film.n_frames == 3
        frames = []
        for k in range(3):
            film.seek(k)
            frames.append(np.array(film.convert("RGB")).astype(int))
    assert (frames[0][..., 2] < frames[2][..., 2] - 40).any()  # orange, where the last frame is white
