"""The map from a Boltzmann machine to an RBM: every state has the same probability, by enumeration."""

import numpy as np
import pytest

from rnnkit.energy import BoltzmannMachine, Hopfield, all_states, hubbard_stratonovich
from tests.energy.test_boltzmann import VALUES, random_parameters
from tests.oracles import energy as oracle


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("n", [1, 2, 5, 9])
@pytest.mark.parametrize("extra", [None, 0.0, 1.3])
def test_the_marginal_equals_the_machine_to_1e_12(kind, n, extra):
    J, b = random_parameters(n, seed=n)
    machine = BoltzmannMachine.from_parameters(J, b, kind=kind)
    least = max(0.0, -np.linalg.eigvalsh(J)[0])
    rbm = hubbard_stratonovich(machine, None if extra is None else least + extra)
    p = oracle.distribution(J.tolist(), b.tolist(), VALUES[kind])
    received = np.exp(rbm.score_samples(np.array(list(p))))
    np.testing.assert_allclose(received, list(p.values()), rtol=0, atol=1e-12)
    assert rbm.hidden == "continuous" and rbm.visible == kind
    assert len(rbm.components_) <= max(1, n - (not extra))


@pytest.mark.parametrize("kind", VALUES)
def test_log_likelihood_of_fourteen_units_to_1e_12(kind):
    J, b = random_parameters(14, seed=3, scale=0.4)
    machine = BoltzmannMachine.from_parameters(J, b, kind=kind)
    x = all_states(14, VALUES[kind])[::37]
    rbm = hubbard_stratonovich(machine)
    np.testing.assert_allclose(rbm.score_samples(x), machine.score_samples(x), rtol=0, atol=1e-11)
    np.testing.assert_allclose(np.exp(rbm.score_samples(x)), np.exp(machine.score_samples(x)), rtol=1e-11, atol=1e-12)


def test_hopfields_memory_needs_a_hidden_unit_a_pattern():
    patterns = np.random.default_rng(0).choice([-1.0, 1.0], size=(3, 12))
    J = Hopfield().fit(patterns).couplings_
    machine = BoltzmannMachine.from_parameters(2.0 * J)
    rbm = hubbard_stratonovich(machine)
    assert rbm.components_.shape == (3, 12)
    span = np.linalg.lstsq(patterns.T, rbm.components_.T, rcond=None)[0]
    np.testing.assert_allclose(patterns.T @ span, rbm.components_.T, atol=1e-10)
    x = all_states(12, (-1.0, 1.0))[::11]
    np.testing.assert_allclose(np.exp(rbm.score_samples(x)), np.exp(machine.score_samples(x)), atol=1e-12)


def test_errors_name_the_argument():
    machine = BoltzmannMachine.from_parameters([[0.0, 2.0], [2.0, 0.0]])
    with pytest.raises(
        ValueError, match=r"shift: expected at least 2, so that J \+ s·I has no negative .* received 1.9"
    ):
        hubbard_stratonovich(machine, shift=1.9)
    hidden = BoltzmannMachine.from_parameters([[0.0, 2.0], [2.0, 0.0]], n_hidden=1)
    with pytest.raises(ValueError, match="machine: expected one without hidden units, received one with 1"):
        hubbard_stratonovich(hidden)
