"""Annealed importance sampling against exact ln Z, for every kind of RBM."""

import numpy as np
import pytest

from rnnkit.datasets import bars_and_stripes
from rnnkit.energy import RBM, annealed_log_partition, exact_log_partition
from tests.energy.test_rbm import KIND_PAIRS, random_rbm


@pytest.mark.parametrize(("visible", "hidden"), KIND_PAIRS)
def test_annealing_comes_within_its_error_of_the_exact_value(visible, hidden):
    """Five seeds; the mean error must be small and no estimate further off than chance allows."""
    scale = 0.2 if visible == hidden == "continuous" else 0.6
    rbm = random_rbm(visible, hidden, 6, 5, scale=scale, seed=11)
    rbm.base_intercept_ = np.random.default_rng(12).normal(0.0, 0.5, 6)  # any start will do
    exact = exact_log_partition(rbm)
    found = [annealed_log_partition(rbm, n_chains=400, n_temperatures=300, random_state=seed) for seed in range(5)]
    errors = np.array([estimate.log_partition - exact for estimate in found])
    assert np.abs(errors).max() < 5 * np.median([estimate.standard_error for estimate in found])
    assert np.median([estimate.standard_error for estimate in found]) < 0.05
    assert abs(errors.mean()) < 0.05
    assert found[0].log_weights.shape == (400,)


def test_one_temperature_is_plain_importance_sampling_and_unbiased():
    """With K = 1 the mean weight still is Z / Z₀: many chains find it."""
    rbm = random_rbm("boolean", "boolean", 4, 3, scale=0.4, seed=13)
    estimate = annealed_log_partition(rbm, n_chains=200_000, n_temperatures=1, random_state=0)
    assert estimate.log_partition == pytest.approx(exact_log_partition(rbm), abs=0.01)


def test_few_temperatures_are_unbiased_too():
    """A Gibbs step at the temperature before is off by 15 standard errors here."""
    rbm = random_rbm("boolean", "boolean", 4, 3, scale=1.0, seed=13)
    estimate = annealed_log_partition(rbm, n_chains=200_000, n_temperatures=3, random_state=0)
    assert abs(estimate.log_partition - exact_log_partition(rbm)) < 4 * estimate.standard_error
    assert estimate.standard_error < 0.005


def test_a_learnt_rbm_too_large_to_enumerate_is_scored_by_annealing():
    """Its likelihood agrees with the exact one of the same net, whose 24 hidden units are summed in closed form."""
    x = bars_and_stripes(3)
    rbm = RBM(24, batch_size=14, n_iter=1500, learning_rate=0.05, random_state=0).fit(x)
    exact = rbm.score(x)  # 9 visible units: enumerated
    estimate = annealed_log_partition(rbm, n_chains=500, n_temperatures=2000, random_state=1)
    assert -rbm.free_energy(x).mean() - estimate.log_partition == pytest.approx(exact, abs=0.1)
    big = random_rbm("boolean", "boolean", 21, 22, scale=0.05)
    assert np.isfinite(big.score(np.ones((2, 21))))
    with pytest.raises(ValueError, match="n: expected at most 20 units for enumeration, received 21"):
        exact_log_partition(big)


def test_two_blocks_that_do_not_meet_have_the_product_of_their_partition_functions():
    """Too large to enumerate whole, but not in halves."""
    left, right = (random_rbm("boolean", "boolean", 12, 11, scale=0.5, seed=seed) for seed in (14, 15))
    W = np.block([[left.components_, np.zeros((11, 12))], [np.zeros((11, 12)), right.components_]])
    whole = RBM.from_parameters(
        W,
        np.concatenate([left.intercept_visible_, right.intercept_visible_]),
        np.concatenate([left.intercept_hidden_, right.intercept_hidden_]),
        random_state=0,
    )
    expected = exact_log_partition(left) + exact_log_partition(right)
    assert whole.log_partition() == pytest.approx(expected, abs=0.1)
