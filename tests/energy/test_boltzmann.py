"""Boltzmann machines and the Ising model against plain enumeration, closed forms and finite differences."""

import itertools

import numpy as np
import pytest
from sklearn.base import clone

from rnnkit.energy import BoltzmannMachine, all_states, ising_lattice
from rnnkit.energy.gibbs import gibbs_sweeps, independent_blocks
from tests.oracles import energy as oracle

VALUES = {"spin": (-1.0, 1.0), "boolean": (0.0, 1.0)}


def random_parameters(n, seed=0, scale=0.7):
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(0.0, scale, (n, n)), 1)
    return J + J.T, rng.normal(0.0, scale, n)


def expected_probabilities(J, b, kind):
    p = oracle.distribution(J.tolist(), b.tolist(), VALUES[kind])
    return np.array(list(p)), np.array(list(p.values()))


@pytest.mark.parametrize("kind", VALUES)
def test_likelihood_and_moments_are_those_of_enumeration_by_loops(kind):
    J, b = random_parameters(6)
    machine = BoltzmannMachine.from_parameters(J, b, kind=kind)
    x, p = expected_probabilities(J, b, kind)
    np.testing.assert_allclose(np.exp(machine.score_samples(x)), p, rtol=1e-12)
    first, second = machine.moments()
    np.testing.assert_allclose(first, p @ x, atol=1e-13)
    np.testing.assert_allclose(second, x.T @ (p[:, None] * x), atol=1e-13)
    np.testing.assert_allclose(machine.energy(x), [oracle.energy(row, J, b) for row in x], atol=1e-12)
    assert machine.score(x) == pytest.approx(np.log(p).mean())


@pytest.mark.parametrize("kind", VALUES)
def test_hidden_units_are_summed_over(kind):
    J, b = random_parameters(6, seed=1)
    machine = BoltzmannMachine.from_parameters(J, b, kind=kind, n_hidden=2)
    x, p = expected_probabilities(J, b, kind)
    assert machine.n_features_in_ == 4
    for v in itertools.product(VALUES[kind], repeat=4):
        expected = p[(x[:, :4] == v).all(axis=1)].sum()
        assert np.exp(machine.score_samples([v]))[0] == pytest.approx(expected, rel=1e-12)


def test_ring_of_spins_has_the_partition_function_of_its_transfer_matrix():
    n, J, b = 20, 0.6, 0.3
    machine = BoltzmannMachine.from_parameters(
        J * (np.roll(np.eye(n), 1, 0) + np.roll(np.eye(n), -1, 0)), np.full(n, b)
    )
    transfer = np.exp([[J + b, -J], [-J, J - b]])
    expected = np.log(np.sum(np.linalg.eigvals(transfer).real ** n))
    assert machine.log_partition() == pytest.approx(expected, rel=1e-12)


def kaufman(m, n, K):
    """ln Z of the m × n Ising lattice on a torus, without field (B. Kaufman, 1949)."""
    theta = [
        np.arccosh(np.cosh(2 * K) ** 2 / np.sinh(2 * K) - np.cos(np.pi * r / n)) if r else 2 * K + np.log(np.tanh(K))
        for r in range(2 * n)
    ]
    odd, even = theta[1::2], theta[0::2]
    products = [
        np.prod([2 * np.cosh(m * t / 2) for t in odd]),
        np.prod([2 * np.sinh(m * t / 2) for t in odd]),
        np.prod([2 * np.cosh(m * t / 2) for t in even]),
        np.prod([2 * np.sinh(m * t / 2) for t in even]),
    ]
    return np.log(0.5 * (2 * np.sinh(2 * K)) ** (m * n / 2) * sum(products))


@pytest.mark.parametrize(("rows", "columns", "temperature"), [(3, 4, 1.3), (5, 3, 3.0), (4, 4, 2.269)])
def test_ising_torus_has_kaufmans_partition_function(rows, columns, temperature):
    machine = BoltzmannMachine.from_parameters(ising_lattice(rows, columns, temperature))
    assert machine.log_partition() == pytest.approx(kaufman(rows, columns, 1 / temperature), rel=1e-10)


def test_ising_neighbours():
    free = ising_lattice(3, 4, temperature=2.0, coupling=-1.0, periodic=False)
    unit = [(i, k) for i in range(3) for k in range(4)]
    for (p, a), (q, c) in itertools.product(enumerate(unit), repeat=2):
        near = abs(a[0] - c[0]) + abs(a[1] - c[1]) == 1
        assert free[p, q] == (-0.5 if near else 0.0)
    torus = ising_lattice(3, 4)
    assert (torus.sum(axis=0) == 4).all()
    assert torus[0, 3] == torus[0, 8] == 1.0
    assert not ising_lattice(1, 1).any()


def test_blocks_have_no_couplings_inside_and_a_lattice_has_two():
    blocks = independent_blocks(ising_lattice(4, 6))
    assert [len(block) for block in blocks] == [12, 12]
    J = np.triu(np.random.default_rng(0).random((15, 15)) < 0.3, 1).astype(float)
    J += J.T
    blocks = independent_blocks(J)
    assert sorted(np.concatenate(blocks)) == list(range(15))
    for block in blocks:
        assert not J[np.ix_(block, block)].any()


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("dense", [True, False])
def test_one_sweep_of_gibbs_sampling_keeps_the_distribution(kind, dense):
    """Chains drawn from p by enumeration, after a sweep: counts of all states against p by their χ²."""
    J, b = random_parameters(4, seed=2)
    if not dense:
        J[0, 2] = J[2, 0] = J[1, 3] = J[3, 1] = 0.0
    x, p = expected_probabilities(J, b, kind)
    rng, chains = np.random.default_rng(3), 200_000
    start = x[rng.choice(len(x), size=chains, p=p)]
    end = gibbs_sweeps(start, J, b, VALUES[kind], 1, rng)
    low, high = VALUES[kind]
    index = (end == high) @ (2 ** np.arange(3, -1, -1))
    counts = np.bincount(index, minlength=16)
    chi2 = np.sum((counts - chains * p) ** 2 / (chains * p))
    assert chi2 < 45  # 15 degrees of freedom: probability 1e-4
    assert (end != start).mean() > 0.1


@pytest.mark.parametrize("kind", VALUES)
def test_samples_reach_the_distribution_from_random_states(kind):
    J, b = random_parameters(5, seed=4, scale=0.5)
    machine = BoltzmannMachine.from_parameters(J, b, kind=kind)
    x = machine.sample(40_000, n_steps=60, random_state=0)
    first, second = machine.moments()
    np.testing.assert_allclose(x.mean(axis=0), first, atol=0.025)
    np.testing.assert_allclose(x.T @ x / len(x), second, atol=0.025)


@pytest.mark.parametrize("kind", VALUES)
def test_learning_exactly_finds_the_machine_that_made_the_data(kind):
    """Data that has each state as often as its probability says: the one maximum is that machine itself."""
    J, b = random_parameters(4, seed=5)
    x, p = expected_probabilities(J, b, kind)
    counts = np.round(20_000 * p).astype(int)
    learnt = BoltzmannMachine(kind).fit(np.repeat(x, counts, axis=0))
    np.testing.assert_allclose(learnt.couplings_, J, atol=0.01)
    np.testing.assert_allclose(learnt.intercept_, b, atol=0.01)
    first, second = learnt.moments()
    shares = counts / counts.sum()
    np.testing.assert_allclose(first, shares @ x, atol=1e-6)
    np.testing.assert_allclose(second, x.T @ (shares[:, None] * x), atol=1e-6)


def test_two_spins_have_the_coupling_of_the_closed_form():
    x = np.repeat([[1, 1], [-1, -1], [1, -1], [-1, 1]], [30, 30, 10, 10], axis=0)
    learnt = BoltzmannMachine().fit(x)
    assert learnt.couplings_[0, 1] == pytest.approx(np.arctanh(0.5), abs=1e-6)  # ⟨x₁x₂⟩ = tanh J
    np.testing.assert_allclose(learnt.intercept_, 0.0, atol=1e-6)


def test_learning_by_sampling_comes_near_the_exact_maximum():
    J, b = random_parameters(5, seed=6, scale=0.5)
    x = BoltzmannMachine.from_parameters(J, b).sample(3000, n_steps=50, random_state=1)
    exact = BoltzmannMachine().fit(x).score(x)
    start = BoltzmannMachine.from_parameters(np.zeros((5, 5))).score(x)
    found = (
        BoltzmannMachine(learning="gibbs", n_chains=500, n_iter=600, learning_rate=0.1, random_state=0).fit(x).score(x)
    )
    assert exact - 0.01 < found <= exact + 1e-9
    assert start < exact - 0.1


PARITY = np.array([x for x in itertools.product([-1.0, 1.0], repeat=3) if np.prod(x) > 0])


@pytest.mark.parametrize(("learning", "least"), [("exact", -1.45), ("gibbs", -1.6)])
def test_hidden_units_learn_what_pairs_cannot_tell(learning, least):
    """Even parity of three spins has no correlations of pairs; without hidden units −3 ln 2 = −2.08 is the best."""
    assert BoltzmannMachine().fit(PARITY).score(PARITY) == pytest.approx(-3 * np.log(2), abs=1e-6)
    settings = {
        "n_iter": 200 if learning == "exact" else 4000,
        "learning_rate": 0.2,
        "n_chains": 200,
        "weight_decay": 0.003,
    }
    scores = [
        BoltzmannMachine(n_hidden=2, learning=learning, random_state=seed, **settings)
        .fit(np.tile(PARITY, (20, 1)))
        .score(PARITY)
        for seed in range(2 if learning == "gibbs" else 3)
    ]
    assert max(scores) > least  # the best possible is −ln 4 = −1.386


def test_gradient_of_the_exact_likelihood_by_finite_differences(monkeypatch):
    from rnnkit.energy import boltzmann

    seen = {}
    monkeypatch.setattr(boltzmann, "minimize", lambda loss, theta, **_: seen.update(loss=loss, n=len(theta)) or stop())

    def stop():
        raise KeyboardInterrupt

    x = np.random.default_rng(7).choice([0.0, 1.0], size=(11, 3))
    with pytest.raises(KeyboardInterrupt):
        BoltzmannMachine("boolean", n_hidden=2, weight_decay=0.3).fit(x)
    theta = np.random.default_rng(8).normal(size=seen["n"])
    _, gradient = seen["loss"](theta)
    for i, nudge in enumerate(1e-5 * np.eye(len(theta))):
        slope = (seen["loss"](theta + nudge)[0] - seen["loss"](theta - nudge)[0]) / 2e-5
        assert gradient[i] == pytest.approx(slope, abs=1e-8)


def test_twenty_units_are_enumerated_and_more_are_refused():
    J, b = np.zeros((20, 20)), np.linspace(-1, 1, 20)
    expected = np.sum(np.log(2 * np.cosh(b)))
    assert BoltzmannMachine.from_parameters(J, b).log_partition() == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match="n: expected at most 20 units for enumeration, received 21"):
        BoltzmannMachine.from_parameters(np.zeros((21, 21))).log_partition()
    with pytest.raises(ValueError, match="learning: expected 'gibbs' for more than 20 units, received 'exact' for 22"):
        BoltzmannMachine(n_hidden=2).fit(np.ones((2, 20)))
    assert all_states(3).tolist() == [list(x) for x in itertools.product([0.0, 1.0], repeat=3)]


def test_clone_and_seeds():
    machine = BoltzmannMachine("boolean", n_hidden=1, learning="gibbs", n_iter=5, random_state=4)
    x = np.random.default_rng(0).choice([0.0, 1.0], size=(9, 4))
    first, second = clone(machine).fit(x), clone(machine).fit(x)
    np.testing.assert_array_equal(first.couplings_, second.couplings_)
    np.testing.assert_array_equal(first.sample(7, 5, random_state=1), second.sample(7, 5, random_state=1))
    assert first.sample(7, 5).shape == (7, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: BoltzmannMachine("ternary").fit([[1, 1]]),
            "kind: expected one of 'spin', 'boolean', received 'ternary'",
        ),
        (lambda: BoltzmannMachine().fit([[0, 1]]), "X: expected the values -1 and 1 alone, received 0"),
        (lambda: BoltzmannMachine(learning="cd").fit([[1, 1]]), "learning: expected one of 'exact', 'gibbs'"),
        (lambda: BoltzmannMachine.from_parameters([[0, 1], [2, 0]]), "couplings: expected a symmetric matrix"),
        (lambda: BoltzmannMachine.from_parameters([[1, 0], [0, 0]]), "couplings: expected a diagonal of zeros"),
        (
            lambda: BoltzmannMachine.from_parameters([[0, 1]]),
            r"couplings: expected a square matrix, received shape \(1, 2\)",
        ),
        (lambda: BoltzmannMachine.from_parameters([[0.0]], [1, 2]), r"intercept: expected shape \(1,\)"),
        (lambda: BoltzmannMachine(weight_decay=-1).fit([[1, 1]]), "weight_decay: expected a finite number, at least 0"),
        (lambda: BoltzmannMachine(n_hidden=-1).fit([[1, 1]]), "n_hidden: expected a positive integer"),
        (
            lambda: BoltzmannMachine(learning="gibbs", learning_rate=0).fit([[1, 1]]),
            "learning_rate: .* above 0, received 0",
        ),
        (lambda: ising_lattice(2, 2, temperature=0.0), "temperature: expected a finite number above 0, received 0.0"),
        (lambda: BoltzmannMachine.from_parameters([[0.0]]).energy([[1, 1]]), r"X: expected shape \(examples, 1\)"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
