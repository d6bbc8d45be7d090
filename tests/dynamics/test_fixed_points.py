"""Fixed points against closed forms and scipy.optimize.root."""

import numpy as np
import pytest
from scipy.optimize import root

import rnnkit
from rnnkit.dynamics import Map, as_map, fixed_points
from tests.double_precision import double_precision  # noqa: F401

pytestmark = pytest.mark.usefixtures("double_precision")


def henon(a=1.4, b=0.3):
    def jacobian(x):
        top = np.stack([-2 * a * x[:, 0], np.ones(len(x))], axis=1)
        return np.stack([top, np.tile([b, 0.0], (len(x), 1))], axis=1)

    return Map(lambda x: np.stack([1 - a * x[:, 0] ** 2 + x[:, 1], b * x[:, 0]], axis=1), jacobian)


def random_cell(kind, seed):
    cell = {
        "lstm": lambda: rnnkit.PeepholeLSTMCell(2, dtype="float64"),
        "ctrnn": lambda: rnnkit.CTRNNCell(4, dt=0.3, method="rk4", dtype="float64"),
    }[kind]()
    cell.build((None, 2))
    rng = np.random.default_rng(seed)
    cell.set_weights([1.5 * rng.normal(size=w.shape) for w in cell.get_weights()])
    return cell


@pytest.mark.parametrize("kind", ["lstm", "ctrnn"])
def test_agrees_with_scipys_root(kind):
    """SciPy stays where we say a cell rests, and from starts of its own finds no place that we have missed."""
    cell, rng = random_cell(kind, 3), np.random.default_rng(4)
    inputs, starts = rng.normal(size=2), rng.uniform(-3, 3, size=(60, 4))
    found, step = fixed_points(cell, starts, inputs), as_map(cell, inputs).step
    assert len(found.points) >= 1
    np.testing.assert_array_less(found.residuals, 1e-10)

    def solve(start):
        return root(lambda x: step(x[None])[0] - x, start, tol=1e-12)

    for point in found.points:
        np.testing.assert_allclose(solve(point + 1e-4).x, point, atol=1e-8)
    theirs = [one.x for one in map(solve, starts[:4]) if one.success]
    assert theirs
    for x in theirs:
        assert np.linalg.norm(found.points - x, axis=1).min() < 1e-6


def test_henons_points_have_their_closed_form():
    """(b − 1)/2 ± … over a, with the eigenvalues −a x ± √(a² x² + b)."""
    found = fixed_points(henon(), np.random.default_rng(0).uniform(-2, 2, size=(40, 2)))
    x = (-0.7 + np.array([-1, 1]) * np.sqrt(0.49 + 5.6)) / 2.8
    np.testing.assert_allclose(found.points, np.stack([x, 0.3 * x], axis=1), atol=1e-10)
    for one, eigenvalues in zip(x, found.eigenvalues, strict=True):
        expected = -1.4 * one + np.array([1, -1]) * np.sqrt(1.96 * one**2 + 0.3)
        np.testing.assert_allclose(eigenvalues, sorted(expected, key=lambda v: -abs(v)), atol=1e-9)
    assert found.kinds == ["saddle", "saddle"] and not found.stable.any()
    assert set(found.reached) == {0, 1}


def test_points_of_period_two_have_their_closed_form():
    found = fixed_points(henon(), np.random.default_rng(1).uniform(-2, 2, size=(60, 2)), period=2)
    x = (0.7 + np.array([-1, 1]) * np.sqrt(5.6 - 3 * 0.49)) / 2.8
    of_two = np.stack([x, 0.3 * x[::-1]], axis=1)
    assert len(found.points) == 4
    for point in of_two:
        k = np.linalg.norm(found.points - point, axis=1).argmin()
        np.testing.assert_allclose(found.points[k], point, atol=1e-10)
        # J(x₂) J(x₁) has trace 4a² x₁ x₂ + 2b and determinant b².
        np.testing.assert_allclose(found.eigenvalues[k].sum(), 4 * 1.96 * x[0] * x[1] + 0.6, atol=1e-8)
        np.testing.assert_allclose(found.eigenvalues[k].prod(), 0.09, atol=1e-8)


def test_eigenvalues_along_a_cycle_are_those_of_all_its_steps_at_once():
    """Three steps of a net of three units, whose cycle of three is stable, by central differences."""
    lab = pytest.importorskip("rnnkit.course.experiments.attractors")
    net = lab.tanh_map(*lab.THREE_UNITS)
    found = fixed_points(net, np.random.default_rng(2).uniform(-1, 1, size=(40, 3)), period=3)
    assert found.stable.sum() >= 3
    for point, eigenvalues in zip(found.points, found.eigenvalues, strict=True):
        ends = [net.orbit([point + 1e-6 * e, point - 1e-6 * e], 3)[:, -1] for e in np.eye(3)]
        whole = np.stack([(up - down) / 2e-6 for up, down in ends], axis=1)
        np.testing.assert_allclose(np.abs(eigenvalues[0]), np.abs(np.linalg.eigvals(whole)).max(), rtol=1e-4)


def test_kinds_are_what_runs_from_near_by_do():
    """Linear maps with known eigenvalues around a known point, in a random basis."""
    rng = np.random.default_rng(5)
    basis, point = rng.normal(size=(3, 3)), rng.normal(size=3)
    for values, kind in (((0.5, -0.9, 0.1), "stable"), ((1.2, -0.5, 0.3), "saddle"), ((1.2, -1.5, 2.0), "unstable")):
        A = basis @ np.diag(values) @ np.linalg.inv(basis)
        linear = Map(lambda x, A=A: (x - point) @ A.T + point, lambda x, A=A: np.tile(A, (len(x), 1, 1)))
        found = fixed_points(linear, rng.normal(size=(7, 3)))
        assert found.kinds == [kind]
        assert found.stable.tolist() == [kind == "stable"]
        np.testing.assert_allclose(found.points, [point], atol=1e-9)
        np.testing.assert_allclose(found.radii, [np.abs(values).max()], rtol=1e-9)
        away = np.linalg.norm(linear.orbit(point + 1e-3 * rng.normal(size=(1, 3)), 200)[0, -1] - point)
        assert (away < 1e-6) == (kind == "stable")


def test_the_search_arrives_where_newtons_method_runs_off():
    """x − F(x) = arctan x: beyond 1.39 each of Newton's steps ends further out than the last."""
    system = Map(lambda x: x - np.arctan(x), lambda x: (1 - 1 / (1 + x**2))[:, :, None])
    found = fixed_points(system, np.array([[-20.0], [1.5], [3.0], [8.0]]))
    np.testing.assert_allclose(found.points, [[0.0]], atol=1e-9)
    assert found.reached.tolist() == [0, 0, 0, 0]


def test_a_map_without_a_fixed_point_has_none():
    shift = Map(lambda x: x + 1 + 0.1 * x**2, lambda x: (1 + 0.2 * x)[:, :, None])
    found = fixed_points(shift, np.linspace(-5, 5, 11)[:, None])
    assert found.points.shape == (0, 1) and found.eigenvalues.shape == (0, 1)
    assert found.reached.tolist() == [-1] * 11 and found.kinds == []


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"starts: expected shape \(starts, n\), received \(4,\)"):
        fixed_points(henon(), np.zeros(4))
    with pytest.raises(ValueError, match="period: expected a positive integer, received 0"):
        fixed_points(henon(), np.zeros((4, 2)), period=0)
