"""Hopfield networks against plain loops, scipy's pseudo-inverse, and the capacity of theory."""

import itertools

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rnnkit.energy import Hopfield, capacity_curve, overlap
from tests.oracles import energy as oracle


def random_spins(*shape, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=shape)


def test_hebbs_rule_is_the_mean_product_with_a_diagonal_of_zeros():
    patterns = random_spins(3, 7)
    J = Hopfield().fit(patterns).couplings_
    for i, k in itertools.product(range(7), repeat=2):
        expected = 0.0 if i == k else sum(p[i] * p[k] for p in patterns) / 7
        assert J[i, k] == pytest.approx(expected, abs=1e-15)


def test_pseudo_inverse_is_numpys_for_correlated_patterns():
    rng = np.random.default_rng(1)
    patterns = np.where(rng.random((5, 23)) < 0.8, 1.0, -1.0)
    patterns[4] = patterns[0]  # twice the same
    expected = patterns.T @ np.linalg.pinv(patterns.T)
    np.fill_diagonal(expected, 0.0)
    memory = Hopfield("pseudo-inverse").fit(patterns)
    np.testing.assert_allclose(memory.couplings_, expected, atol=1e-12)
    np.testing.assert_array_equal(memory.couplings_, memory.couplings_.T)
    np.testing.assert_array_equal(memory.predict(patterns), patterns)
    assert not (Hopfield().fit(patterns).predict(patterns) == patterns).all()  # Hebb's rule mixes them


def test_partial_fit_adds_up_to_fit():
    patterns = random_spins(5, 11)
    memory = Hopfield().partial_fit(patterns[:2]).partial_fit(patterns[2:])
    np.testing.assert_allclose(memory.couplings_, Hopfield().fit(patterns).couplings_, atol=1e-15)
    assert memory.n_patterns_ == 5


def test_energy_is_the_sum_over_pairs():
    memory = Hopfield().fit(random_spins(4, 9))
    states = random_spins(6, 9, seed=1)
    expected = [oracle.energy(x, memory.couplings_, np.zeros(9)) for x in states]
    np.testing.assert_allclose(memory.energy(states), expected, atol=1e-12)
    np.testing.assert_allclose(memory.score_samples(states), -memory.energy(states))


@pytest.mark.parametrize("learning", ["hebbian", "pseudo-inverse"])
def test_every_step_flips_one_unit_at_most_and_the_energy_never_rises(learning):
    n = 60
    memory = Hopfield(learning, random_state=0).fit(random_spins(14, n))  # beyond what Hebb's rule holds
    start = random_spins(25, n, seed=1)
    before, energy, flips = start.copy(), memory.energy(start), 0
    for ended, x, settled in memory.flips(start):  # noqa: B007
        assert ((x != before).sum(axis=1) <= 1).all()
        moved = (x != before).any(axis=1)
        assert not (ended and moved.any())
        now = memory.energy(x)
        assert (now[moved] < energy[moved] - 1e-12).all()  # and falls wherever a unit flips
        np.testing.assert_array_equal(now[~moved], energy[~moved])
        before, energy, flips = x.copy(), now, flips + moved.sum()
    assert flips > 200
    assert settled.all()
    for state in x:  # where it ends no flip of a unit lowers the energy
        others = np.repeat(state[None], n, axis=0)
        np.fill_diagonal(others, -state)
        assert (memory.energy(others) >= memory.energy(state[None]) - 1e-12).all()
    result = memory.recall(start)
    np.testing.assert_array_equal(result.states[-1], x)
    np.testing.assert_array_equal(memory.predict(start), x)
    assert (np.diff(result.energies, axis=0) <= 1e-12).all()
    assert result.settled.all()


def test_a_sweep_updates_the_units_in_turn_each_by_the_fields_of_that_moment():
    """A plain loop, in the order that the network draws, makes the same flips."""
    n = 31
    memory = Hopfield(random_state=5, max_sweeps=1).fit(random_spins(12, n))
    start = random_spins(4, n, seed=2)
    order = np.random.default_rng(5).permuted(np.tile(np.arange(n), (4, 1)), axis=1)
    for row, ranks in enumerate(order):
        x = start[row].copy()
        for i in np.argsort(ranks):
            field = sum(memory.couplings_[i, k] * x[k] for k in range(n))
            if abs(field) > 1e-12:
                x[i] = 1.0 if field > 0 else -1.0
        assert (x != start[row]).sum() > 1
        np.testing.assert_array_equal(memory.predict(start)[row], x)


def test_rounding_of_a_field_that_is_zero_flips_nothing():
    """Patterns in pairs of opposite sign products cancel; a state between them has fields of 0, and stays."""
    patterns = np.array([[1.0, 1, 1, 1, 1, 1], [1, 1, 1, -1, -1, -1]])
    memory = Hopfield().fit(patterns)
    state = np.array([[1.0, 1, 1, 1, -1, 1]])  # the last three feel each other with 2 / 6 and the first three with 0
    assert memory.predict(state)[0].tolist() == [1, 1, 1, 1, 1, 1]
    tie = Hopfield().fit([[1.0, 1.0], [1.0, -1.0]])
    for x in itertools.product([-1.0, 1.0], repeat=2):
        assert tuple(tie.predict([x])[0]) == x


def test_orders_are_random_and_repeat_with_the_seed():
    patterns, starts = random_spins(20, 50), random_spins(30, 50, seed=1)
    ends = [Hopfield(random_state=seed).fit(patterns).predict(starts) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(ends[0], ends[1])
    assert (ends[0] != ends[2]).any()


def test_capacity_of_hebbs_rule_is_near_0_138():
    """N = 400, four nets: benchmarks/energy.py has N = 1,000."""
    low, high = capacity_curve(400, [0.10, 0.20], trials=4, seed=3).mean(axis=1)
    assert low > 0.97
    assert high < 0.7


def test_pseudo_inverse_holds_what_hebbs_rule_cannot():
    assert capacity_curve(120, [0.6], trials=2, learning="pseudo-inverse").min() == 1.0
    assert capacity_curve(120, [0.6], trials=2).max() < 0.7


def test_overlap_counts_bits():
    assert overlap(np.array([[1, 1, -1, 1]]), np.array([[1, -1, -1, 1]])).tolist() == [0.5]


def test_scikit_learns_conventions():
    memory = Hopfield("pseudo-inverse", max_sweeps=7, random_state=3)
    copy = clone(memory)
    assert copy.get_params() == memory.get_params() and copy is not memory
    with pytest.raises(NotFittedError):
        memory.predict([[1.0, -1.0]])
    patterns = random_spins(4, 30)
    pipeline = make_pipeline(FunctionTransformer(lambda x: np.where(x > 0.5, 1.0, -1.0)), Hopfield(random_state=0))
    pipeline.fit(0.5 + 0.5 * patterns)
    np.testing.assert_array_equal(pipeline.predict(0.5 + 0.4 * patterns), patterns)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Hopfield("oja").fit([[1, -1]]),
            "learning: expected one of 'hebbian', 'pseudo-inverse', received 'oja'",
        ),
        (lambda: Hopfield().fit([[0.0, 1.0]]), "X: expected the values -1 and 1 alone, received 0.0 among others"),
        (lambda: Hopfield().fit([[1, -1]]).predict([[1, 1, 1]]), "X has 3 features, but Hopfield is expecting 2"),
        (lambda: Hopfield(max_sweeps=0).fit([[1, -1]]).predict([[1, 1]]), "max_sweeps: expected a positive integer"),
        (lambda: Hopfield("pseudo-inverse").partial_fit([[1, -1]]), "learning: expected 'hebbian' in partial_fit"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
