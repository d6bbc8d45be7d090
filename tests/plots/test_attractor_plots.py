"""The pictures of unit 07 show what they were given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from rnnkit.plots.basin_map import basin_map
from rnnkit.plots.bifurcation import bifurcation, exponent_curve
from rnnkit.plots.phase_animation import phase_animation
from rnnkit.plots.phase_portrait import mark_fixed_points, phase_portrait
from rnnkit.plots.state_cloud import state_cloud


@pytest.fixture
def axes():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def test_arrows_point_where_states_move_and_all_have_one_length_on_the_page(axes):
    phase_portrait(axes, lambda x: np.stack([-x[:, 0], 0 * x[:, 1]], axis=1), (-2, 2, -1, 1), arrows=5)
    [arrows] = axes.collections
    x = arrows.XY[:, 0]
    np.testing.assert_allclose(np.sign(arrows.U), -np.sign(x))
    np.testing.assert_allclose(arrows.V, 0)
    np.testing.assert_allclose(np.abs(arrows.U[x != 0]), 4.0)
    shade = np.asarray(arrows.get_array())
    assert shade[np.abs(x) == 2].min() > shade[np.abs(x) == 1].max() > shade[x == 0].max()


def test_fixed_points_have_a_mark_for_each_kind(axes):
    points = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])
    mark_fixed_points(axes, points, ["saddle", "stable", "saddle", "unstable"])
    drawn = {line.get_label(): line for line in axes.lines}
    np.testing.assert_allclose(drawn["fixed point, saddle"].get_xydata(), points[[0, 2]])
    np.testing.assert_allclose(drawn["fixed point, stable"].get_xydata(), points[[1]])
    assert len({line.get_marker() for line in axes.lines}) == 3


def test_basins_lie_where_they_are_and_what_reaches_nothing_is_blank(axes):
    labels = np.array([[0, 1], [-1, 1], [0, 0]])
    basin_map(axes, labels, (0, 2, 0, 3), ["a", "b"], [np.array([[0.5, 0.5]]), np.array([[1.5, 2.0], [1.5, 1.0]])])
    [image] = axes.images
    assert image.origin == "lower" and image.get_extent() == [0, 2, 0, 3]
    np.testing.assert_array_equal(np.ma.getmaskarray(image.get_array()), labels < 0)
    colours = image.cmap(image.norm(image.get_array()))
    assert len(np.unique(colours[labels >= 0], axis=0)) == 2
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [(0.5, 0.5)])
    assert [text.get_text() for text in axes.legend().get_texts()] == ["a", "b"]


def test_basins_whose_hues_look_alike_to_some_differ_in_lightness(axes):
    basin_map(axes, np.array([[0, 1, 2]]), (0, 3, 0, 1), ["a", "b", "c"])
    [image] = axes.images
    blue, orange, green = image.cmap(image.norm(image.get_array()))[0, :, :3] @ [0.2126, 0.7152, 0.0722]
    assert blue < 0.6 and min(orange, green) > 0.8
    legend = [line.get_markerfacecolor() for line in axes.legend().get_lines()]
    np.testing.assert_allclose(legend, image.cmap.colors)


def test_each_value_lies_above_its_parameter(axes):
    bifurcation(axes, np.array([1.0, 2.0]), np.array([[3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]), name="gain")
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [(1, 3), (1, 4), (1, 5), (2, 6), (2, 7), (2, 8)])


def test_chaos_is_shaded(axes):
    exponent_curve(axes, np.arange(5.0), np.array([-1.0, -1.0, 2.0, 2.0, -1.0]), name="gain")
    shaded = axes.collections[0].get_paths()[0].vertices
    assert shaded[:, 1].min() == 0 and shaded[:, 1].max() == 2


def test_a_cloud_has_every_state(axes):
    states = np.random.default_rng(0).normal(size=(3, 4, 2))
    state_cloud(axes, states)
    np.testing.assert_allclose(axes.lines[0].get_xydata(), states.reshape(12, 2))


def test_the_animation_is_a_gif_that_moves(tmp_path):
    t = np.linspace(0, 6, 40)
    runs = {"one": np.stack([np.sin(t), np.cos(t)], axis=1), "two": np.stack([np.cos(t), np.sin(t)], axis=1)}
    path = phase_animation(tmp_path / "new" / "a.gif", runs, 0.1, stride=19, dpi=40)
    with Image.open(path) as gif:
        assert gif.format == "GIF" and gif.n_frames == 3
        first = np.asarray(gif.convert("RGB"), dtype=int)
        gif.seek(2)
        assert np.abs(np.asarray(gif.convert("RGB"), dtype=int) - first).max() > 50
