"""The parts of unit 08's experiment."""

import numpy as np
import pytest

from rnnkit.course.experiments import energy as lab
from rnnkit.datasets import bars_and_stripes
from rnnkit.energy import DBN, RBM, BoltzmannMachine, Hopfield, all_states


def test_photos_are_half_white_and_unlike():
    photos = lab.photos()
    assert photos.shape == (2, 2400)
    assert set(np.unique(photos)) == {-1.0, 1.0}
    assert np.abs(photos.mean(axis=1)).max() < 0.01
    assert abs(np.mean(photos[0] * photos[1])) < 0.3


def test_digits_have_ink_and_paper():
    digits = lab.digit_pictures()
    assert digits.shape == (10, 64)
    assert len(np.unique(digits, axis=0)) == 10
    assert digits[0].reshape(8, 8)[3, 3] == -1.0  # the hole of the zero
    assert digits[1].reshape(8, 8)[3, 3] == 1.0


def test_a_film_begins_at_the_start_and_ends_in_a_minimum():
    rng = np.random.default_rng(0)
    memory = Hopfield(random_state=0).fit(rng.choice([-1.0, 1.0], size=(3, 50)))
    start = rng.choice([-1.0, 1.0], size=(4, 50))
    frames, energies, flips = lab.film(memory, start, 7)
    assert len(frames) == len(energies) == len(flips) <= 7
    np.testing.assert_array_equal(frames[0], start)
    np.testing.assert_array_equal(frames[-1], memory.predict(start))
    np.testing.assert_array_equal(energies[-1], memory.energy(frames[-1]))
    assert (np.diff(energies, axis=0) <= 1e-12).all()
    assert (flips[-1] >= (frames[-1] != start).sum(axis=1)).all() and (flips[0] == 0).all()


def test_lattices_have_onsagers_magnetization_below_the_critical_temperature_and_lose_it_above():
    cold, hot = (np.abs(lab.lattice(t, size=24, sweeps=150, chains=6).mean(axis=(1, 2))).mean() for t in (1.8, 4.0))
    assert cold == pytest.approx(float(lab.onsager_magnetization(1.8)), abs=0.02)
    assert hot < 0.15
    assert lab.onsager_magnetization(np.array([2.3, 5.0])).tolist() == [0.0, 0.0]
    assert float(lab.onsager_magnetization(2.0)) == pytest.approx(0.911, abs=1e-3)  # published tables


def test_a_learning_run_takes_exact_likelihoods():
    x = bars_and_stripes(3)
    rbm, taken, scores = lab.learning_run(x, "cd", 0, updates=30, points=4)
    assert taken[0] == 1 and taken[-1] == 30 and len(scores) == len(taken)
    again = RBM.from_parameters(rbm.components_, rbm.intercept_visible_, rbm.intercept_hidden_)
    assert scores[-1] == pytest.approx(again.score(x), rel=1e-12)


def test_couplings_come_back_with_the_error_that_theory_expects():
    """One pair by its closed form, then eight units by repeated learning."""
    pair = BoltzmannMachine.from_parameters([[0.0, 0.7], [0.7, 0.0]])
    # Without biases the pair's product has the variance 1 - tanh(J)^2, on its own
    assert lab.expected_coupling_error(pair, 400) == pytest.approx((1 - np.tanh(0.7) ** 2) ** -0.5 / 20, rel=1e-9)
    machine = lab.random_machine()
    above = np.triu_indices(8, 1)
    found = [BoltzmannMachine().fit(lab.drawn(machine, 20_000, seed)).couplings_ for seed in range(4)]
    errors = np.sqrt(np.mean((np.array(found) - machine.couplings_)[:, *above] ** 2))
    assert errors == pytest.approx(lab.expected_coupling_error(machine, 20_000), rel=0.25)


def test_an_rbm_by_hand_has_the_probabilities_that_it_is_given():
    states = all_states(4)
    p = np.random.default_rng(6).dirichlet(np.ones(16))
    least = p.argmin()
    others = np.arange(16) != least
    rbm = lab.rbm_by_hand(states[others], p[others], floor=p[least], sharpness=40.0)
    np.testing.assert_allclose(np.exp(rbm.score_samples(states)), p, rtol=1e-6)
    bars = bars_and_stripes(3)
    near = [lab.rbm_by_hand(bars, np.full(14, 1 / 14), floor).score(bars) for floor in (1e-2, 1e-4, 1e-6)]
    assert near[0] < near[1] < near[2] < -np.log(14) < near[2] + 1e-3


def test_features_are_those_of_the_layers():
    rng = np.random.default_rng(7)
    x = rng.random((30, 6))
    dbn = DBN((5, 4), n_iter=2, random_state=0).fit(x)
    one, two = lab.layer_features(dbn, x)
    np.testing.assert_allclose(two, dbn.transform(x))
    np.testing.assert_allclose(
        one[3], 1 / (1 + np.exp(-(dbn.rbms_[0].components_ @ x[3] + dbn.rbms_[0].intercept_hidden_)))
    )


def test_a_unit_that_is_on_for_some_pictures_sees_their_mean():
    x = np.random.default_rng(8).random((10, 6))
    units = np.zeros((10, 2))
    units[:, 0], units[[2, 5], 1] = 0.5, 1.0
    np.testing.assert_allclose(
        lab.seen_by(units, x), [x[[2, 5]].mean(axis=0) - x.mean(axis=0), np.zeros(6)], atol=1e-12
    )
