"""Basins and periods against maps whose attractors are known."""

import numpy as np
import pytest

from rnnkit.dynamics import Map, basins, fit_basin_network


def logistic(r):
    return Map(lambda x: r * x * (1 - x), lambda x: (r * (1 - 2 * x))[:, :, None])


@pytest.mark.parametrize(("r", "period"), [(2.8, 1), (3.2, 2), (3.5, 4), (3.55, 8), (3.83, 3)])
def test_periods_of_the_logistic_map(r, period):
    """The textbook's windows; almost all starts get there."""
    starts = np.random.default_rng(0).uniform(0.05, 0.95, size=(30, 1))
    found = basins(logistic(r), starts, steps=3000)
    [attractor] = found.attractors
    assert attractor.period == period and len(attractor.points) == period
    assert attractor.kind == ("fixed point" if period == 1 else "periodic")
    assert (found.labels == 0).all()
    np.testing.assert_allclose(np.roll(attractor.points, -1, axis=0), logistic(r).step(attractor.points), atol=1e-6)


def test_a_cycle_attracts_wherever_on_it_the_orbit_ends():
    """At one of its two points the derivative is −1.9: the product along the cycle counts."""
    for steps in (3000, 3001):
        found = basins(logistic(3.2), np.array([[0.3]]), steps=steps)
        assert [one.period for one in found.attractors] == [2] and found.labels.tolist() == [0]


def test_chaos_is_one_aperiodic_attractor():
    found = basins(logistic(3.9), np.random.default_rng(0).uniform(0.05, 0.95, size=(30, 1)), steps=300)
    [attractor] = found.attractors
    assert (attractor.kind, attractor.period) == ("aperiodic", None)


def test_an_orbit_that_only_starts_at_rest_is_no_fixed_point():
    """It leaves an unstable point within the tail, slowly at first: (1) asks for all steps of the tail."""
    flips = Map(lambda x: np.tanh(-2 * x), lambda x: -2 * (1 - np.tanh(2 * x) ** 2)[:, :, None])
    assert [one.kind for one in basins(flips, [[1e-12]], steps=1).attractors] == ["aperiodic"]


def test_what_runs_off_is_marked():
    """Starts of the logistic map outside [0, 1] go to −∞, those at the unstable points 0 and 1 stay."""
    found = basins(logistic(2.8), np.array([[-0.5], [0.3], [1.5], [0.0], [1.0]]))
    assert found.labels.tolist() == [-1, 0, -1, -1, -1]


def test_newtons_map_has_three_basins():
    """Newton's method for z³ = 1: every start runs to one of the three roots, each a third of the circle around."""

    def step(x):
        z = x[:, 0] + 1j * x[:, 1]
        z = z - (z**3 - 1) / (3 * z**2)
        return np.stack([z.real, z.imag], axis=1)

    starts = np.random.default_rng(1).normal(size=(200, 2))
    found = basins(Map(step, lambda x: np.zeros((len(x), 2, 2))), starts, steps=200)
    roots = np.exp(2j * np.pi * np.arange(3) / 3)
    ends = np.array([one.points[0, 0] + 1j * one.points[0, 1] for one in found.attractors])
    assert len(ends) == 3
    np.testing.assert_allclose(np.abs(ends[:, None] - roots).min(axis=0), 0, atol=1e-9)
    z = starts[:, 0] + 1j * starts[:, 1]
    near = np.abs(z[:, None] - ends).min(axis=1) < 0.3
    assert near.sum() > 5
    np.testing.assert_array_equal(found.labels[near], np.abs(z[near, None] - ends).argmin(axis=1))


def test_a_limit_cycle_in_continuous_time_has_its_period():
    """r' = r (1 − r²), φ' = ω: a circle, run through in 2π/ω, here 12.57 steps; the Jacobian is not needed."""
    dt, omega = 0.25, 2.0

    def step(x):
        r, phi = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0]) + omega * dt
        new = r * np.exp(dt) / np.sqrt(1 + r**2 * (np.exp(2 * dt) - 1))  # the exact solution after dt
        return np.stack([new * np.cos(phi), new * np.sin(phi)], axis=1)

    starts = np.random.default_rng(2).uniform(-2, 2, size=(25, 2))
    found = basins(Map(step, lambda x: np.zeros((len(x), 2, 2))), starts, steps=200, max_period=60)
    [cycle] = found.attractors
    assert cycle.kind == "limit cycle" and (found.labels == 0).all()
    assert cycle.period == pytest.approx(2 * np.pi / omega / dt, rel=1e-3)


def test_a_chaotic_clock_is_no_limit_cycle():
    """A circle that is run through at a speed which a chaotic map sets: the same places at other times."""

    def step(x):
        chaos = 3.9 * x[:, 2] * (1e3 - x[:, 2] * 1e6) * 1e-3  # the logistic map, a thousandth of its size
        phi = np.arctan2(x[:, 1], x[:, 0]) + 0.2 + 0.5e3 * x[:, 2]
        return np.stack([np.cos(phi), np.sin(phi), chaos], axis=1)

    found = basins(Map(step, lambda x: np.zeros((len(x), 3, 3))), np.array([[1.0, 0.0, 3e-4], [0.0, 1.0, 7e-4]]))
    assert {(one.kind, one.period) for one in found.attractors} == {("aperiodic", None)}


def test_two_aperiodic_attractors_are_told_apart():
    """Two copies of a chaotic map on [0, 1] and on [2, 3]."""

    def step(x):
        side = np.where(x > 1.5, 2.0, 0.0)
        return 3.9 * (x - side) * (1 - x + side) + side

    starts = np.array([[0.3], [2.4], [0.7], [2.2], [2.9]])
    assert basins(Map(step, lambda x: x[:, :, None]), starts).labels.tolist() == [0, 1, 0, 1, 1]


def test_the_feed_forward_net_knows_held_out_starts():
    """A net of two units, two fixed points and a cycle of two; the largest basin alone would be a half."""
    lab = pytest.importorskip("rnnkit.course.experiments.attractors")
    net = lab.tanh_map(*lab.TWO_UNITS)
    starts = np.random.default_rng(3).uniform(-1, 1, size=(900, 2))
    found = basins(net, starts, steps=200, tail=100)
    assert sorted(one.period for one in found.attractors) == [1, 1, 2]
    network = fit_basin_network(starts[:600], found.labels[:600], (16,), seed=0)
    known = np.flatnonzero(found.labels[600:] >= 0) + 600
    assert network.score(starts[known], found.labels[known]) > 0.95


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"starts: expected shape \(starts, n\), received \(3,\)"):
        basins(logistic(3.0), np.zeros(3))
    with pytest.raises(ValueError, match="tail: expected more than max_period=64 steps, received 64. Raise tail"):
        basins(logistic(3.0), np.zeros((3, 1)), tail=64)
    with pytest.raises(ValueError, match="labels: expected two attractors or more, received 1"):
        fit_basin_network(np.zeros((4, 2)), [0, 0, -1, 0])
    with pytest.raises(ValueError, match=r"labels: expected one for each of the starts, .* received shapes \(3,\)"):
        fit_basin_network(np.zeros((4, 2)), [0, 0, 1])
