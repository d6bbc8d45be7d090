"""The pictures of unit 08 show what they were given."""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from rnnkit.plots.likelihood_curves import likelihood_curves
from rnnkit.plots.overlap_curve import overlap_curve
from rnnkit.plots.picture_grid import picture_grid
from rnnkit.plots.probabilities import probabilities
from rnnkit.plots.recall_animation import recall_animation


def test_pictures_stand_in_rows_with_gaps():
    figure, axes = plt.subplots()
    pictures = np.arange(18.0).reshape(3, 6) / 17
    sheet = picture_grid(axes, pictures, (2, 3), columns=2).images[0].get_array()
    assert sheet.shape == (5, 7)
    shown = np.ma.filled(np.ma.masked_invalid(sheet), -1.0)
    np.testing.assert_allclose(shown[:2, :3], pictures[0].reshape(2, 3))
    np.testing.assert_allclose(shown[:2, 4:], pictures[1].reshape(2, 3))
    np.testing.assert_allclose(shown[3:, :3], pictures[2].reshape(2, 3))
    assert (shown[2] == -1).all() and (shown[:, 3] == -1).all() and (shown[3:, 4:] == -1).all()
    plt.close(figure)


def test_a_row_ends_with_its_last_picture():
    figure, axes = plt.subplots()
    assert picture_grid(axes, np.zeros((3, 6)), (2, 3), columns=10).images[0].get_array().shape == (2, 11)
    plt.close(figure)


def test_a_marked_picture_has_a_frame_and_a_cross_and_no_other_has():
    figure, axes = plt.subplots()
    picture_grid(axes, np.zeros((3, 6)), (2, 3), columns=2, colours="RdBu", marked=[False, False, True])
    frame, *cross = (line.get_xydata() for line in axes.lines)
    np.testing.assert_allclose(frame[:3], [(-0.5, 2.5), (2.5, 2.5), (2.5, 4.5)])  # the third one, in the second row
    np.testing.assert_allclose(cross, [[(-0.5, 2.5), (2.5, 4.5)], [(-0.5, 4.5), (2.5, 2.5)]])
    assert axes.images[0].get_cmap().name == "RdBu"
    plt.close(figure)


def test_curves_are_means_over_nets_and_over_seeds():
    figure, (left, right) = plt.subplots(1, 2)
    overlap_curve(left, np.array([0.1, 0.2]), {"Hebb": np.array([[1.0, 0.8], [0.5, 0.3]])})
    np.testing.assert_allclose(left.lines[0].get_xydata(), [(0.1, 0.9), (0.2, 0.4)])
    likelihood_curves(right, np.array([1, 5]), {"PCD": np.array([[-4.0, -2.0], [-6.0, -3.0]])}, -1.5, "best")
    np.testing.assert_allclose(right.lines[1].get_xydata(), [(1, -5.0), (5, -2.5)])
    np.testing.assert_allclose(right.lines[0].get_ydata(), -1.5)
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["best", "PCD"]
    plt.close(figure)


def test_each_state_is_a_point():
    figure, axes = plt.subplots()
    first, second = np.array([0.1, 0.6, 0.3]), np.array([0.2, 0.5, 0.3])
    probabilities(axes, first, second, ("one", "other"))
    np.testing.assert_allclose(axes.lines[-1].get_xydata(), np.stack([first, second], axis=1))
    assert axes.get_xlabel() == "p(x), one" and axes.get_xscale() == "log"
    plt.close(figure)


def test_the_animation_has_a_page_a_frame_and_ends_with_the_last_state(tmp_path):
    frames = np.ones((3, 2, 6))
    frames[2] = -1.0
    energies, flips = np.array([[2.0, 2], [1, 1], [0, 1]]), np.array([[0, 0], [3, 3], [6, 6]])
    figure = plt.figure(figsize=(4, 2))
    path = recall_animation(figure, tmp_path / "deep" / "film.gif", frames, energies, flips, (2, 3), ["a", "b"])
    plt.close(figure)
    with Image.open(path) as film:
        assert film.n_frames == 3
        pages = []
        for k in range(3):
            film.seek(k)
            pages.append(np.asarray(film.convert("L"), dtype=float))
    assert pages[0].mean() > pages[2].mean() + 20  # the pictures have turned from white to black
    assert np.abs(pages[0] - pages[1]).max() > 20  # the point has moved
