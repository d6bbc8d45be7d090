"""What the nets of unit 15 are compared with, and where their next point is expected."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal

from rnnkit.applications import Writing
from rnnkit.course.experiments import handwriting_comparison as compare
from rnnkit.course.experiments import handwriting_depth as depth
from rnnkit.course.experiments.handwriting import Reader, new_model, writing_task
from rnnkit.datasets import generate_pen_digits


@pytest.fixture(scope="module")
def task():
    return writing_task(generate_pen_digits(300), train=20, test=6, length=2)


def test_one_normal_for_all_points_is_scipys(task):
    seen, asked = task.train.strokes[:, 1:].reshape(-1, 3), task.test.strokes[:, 1:].reshape(-1, 3)
    normal = multivariate_normal(seen[:, :2].mean(axis=0), np.cov(seen[:, :2].T))
    share = seen[:, 2].mean()
    nats = normal.logpdf(asked[:, :2]) + np.where(asked[:, 2] == 1, np.log(share), np.log(1 - share))
    assert_allclose(compare.normal_by_phase(task.train, task.test, phases=1), nats.mean(), rtol=1e-5)


def test_a_normal_for_each_place_knows_when_the_pen_is_lifted(task):
    nats = []
    for point in range(1, 16):
        seen = task.train.strokes[:, [p for p in range(1, 16) if p % 8 == point % 8], :2].reshape(-1, 2)
        normal = multivariate_normal(seen.mean(axis=0), np.cov(seen.T))
        nats.append(normal.logpdf(task.test.strokes[:, point, :2]))
    assert_allclose(compare.normal_by_phase(task.train, task.test), np.mean(nats), rtol=1e-5)


def test_other_texts_have_no_digit_right():
    assert compare.others(["2718", "90"]) == ["3829", "01"]


@pytest.mark.parametrize("name", compare.NETS)
def test_a_net_is_measured_on_the_texts_held_out(task, name, tmp_path):
    net = compare.trained(task, tmp_path, updates=10, units=4, batch=2, **compare.NETS[name])
    told = [task.test.texts] if net.model.alphabet else []
    assert_allclose(net.nats, net.model.log_prob(task.test.strokes, *told).mean(), rtol=1e-5)
    assert net.losses.shape == (10,) and net.model.components == (1 if "1 component" in name else 10)
    wrong = compare.nats_of(net.model, task.test, compare.others(task.test.texts))
    assert (wrong == net.nats) == (net.model.alphabet is None)
    assert 0 <= compare.legibility(net.model, Reader(task.digits), task.test.texts[:2], task.test.scale, 1.0) <= 1


def test_strings_are_read_as_their_own_texts(task):
    reader = Reader(task.digits)
    assert compare.strings_read(reader, task.train, task.train.texts) > 0.99
    assert compare.strings_read(reader, task.train, compare.others(task.train.texts)) < 0.01


def test_a_cloud_is_where_the_next_point_is_expected():
    """One narrow component at an offset of (1, −2), leaning: the cloud is a normal there, in units of the paper."""
    y_hat = np.array([[0.0, 0.0, 1.0, -2.0, np.log(0.3), np.log(0.2), np.arctanh(0.5)]] * 2)
    strokes = np.array([[0.0, 0, 0], [2.0, 1.0, 0], [1.0, -2.0, 1]])
    scale = np.array([50.0, 30.0])
    clouds = compare.clouds(Writing(strokes, y_hat, None), scale, cell=2.0, margin=31.0)
    left, right, low, high = clouds.extent
    rows, columns = clouds.values.shape[1:]
    assert_allclose([left, low, (right - left) / columns, (high - low) / rows], [-31, -61, 2, 2])
    x, y = np.meshgrid(left + 1 + 2 * np.arange(columns), low + 1 + 2 * np.arange(rows))
    widths, cross = np.array([0.3, 0.2]) * scale, 0.5 * 0.3 * 0.2 * scale.prod()
    covariance = [[widths[0] ** 2, cross], [cross, widths[1] ** 2]]
    for cloud, pen in zip(clouds.values, ([0, 0], [100, 30]), strict=True):
        density = multivariate_normal(pen + [1, -2] * scale, covariance).pdf(np.dstack([x, y]))
        assert_allclose(cloud, density / density.max(), atol=1e-5)


def test_the_nets_of_the_committed_rows_have_the_weights_that_are_said():
    assert list(compare.DEPTHS) == list(depth.ROWS)
    for name, settings in compare.DEPTHS.items():
        model = new_model(updates=1, alphabet="0123456789", **settings)
        model((np.zeros((1, 1, 3), "float32"), model.encode(["1"])))
        assert model.count_params() == depth.ROWS[name][0]
        assert abs(model.count_params() / depth.ROWS["two layers with skips"][0] - 1) < 0.01
