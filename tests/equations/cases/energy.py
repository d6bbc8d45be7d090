"""Energy models."""

import numpy as np
from numpy.testing import assert_allclose

from rnnkit.energy import DBN, RBM, BoltzmannMachine, DBNClassifier, Hopfield, hubbard_stratonovich, units
from rnnkit.energy.gibbs import gibbs_sweeps
from rnnkit.energy.partition import annealed_log_partition, exact_log_partition
from tests.equations.cases import case
from tests.oracles import energy as oracle

E = "rnnkit.energy"
PAIRS = [("boolean", "boolean"), ("spin", "boolean"), ("continuous", "spin"), ("spin", "continuous")]


def couplings(rng, n):
    J = rng.normal(size=(n, n))
    J = J + J.T
    np.fill_diagonal(J, 0.0)
    return J, rng.normal(size=n)


def an_rbm(visible="boolean", hidden="boolean", m=3, n=4, scale=0.7, seed=1):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(m, n)) * scale, rng.normal(size=n), rng.normal(size=m)
    return RBM.from_parameters(*weights, visible=visible, hidden=hidden), weights


@case(f"{E}.boltzmann.BoltzmannMachine")
def boltzmann():
    rng = np.random.default_rng(0)
    J, b = couplings(rng, 5)
    for kind, values in (("spin", (-1.0, 1.0)), ("boolean", (0.0, 1.0))):
        machine = BoltzmannMachine.from_parameters(J, b, kind=kind, n_hidden=2)
        x = rng.choice(values, (7, 5))
        assert_allclose(machine.energy(x), [oracle.energy(row, J, b) for row in x], atol=1e-12)
        expected = [oracle.log_probability(row[:3], J, b, values) for row in x]
        assert_allclose(machine.score_samples(x[:, :3]), expected, atol=1e-10)


@case(f"{E}.boltzmann.BoltzmannMachine")
def boltzmann_learning():
    data = np.array([[1, 1, -1], [1, -1, 1], [-1, 1, 1], [-1, -1, -1], [1, 1, 1], [1, 1, -1], [-1, 1, -1]], float)
    machine = BoltzmannMachine(n_iter=60).fit(data)
    slopes = oracle.likelihoods_slope(data, machine.couplings_, machine.intercept_, (-1.0, 1.0))
    assert_allclose(slopes[0], 0, atol=1e-5)
    assert_allclose(slopes[1], 0, atol=1e-5)


@case(f"{E}.gibbs.gibbs_sweeps")
def gibbs():
    J, b = couplings(np.random.default_rng(3), 4)
    for values in ((-1.0, 1.0), (0.0, 1.0)):
        x = np.random.default_rng(4).choice(values, (60, 4))
        blocks = [np.array([i]) for i in range(4)]
        drawn = gibbs_sweeps(x, J, b, values, 1, np.random.default_rng(5), blocks)
        rng = np.random.default_rng(5)
        numbers = np.concatenate([rng.random((60, 1)) for _ in range(4)], axis=1)
        expected = [oracle.gibbs_sweep(row, J, b, values, u) for row, u in zip(x, numbers, strict=True)]
        np.testing.assert_array_equal(drawn, expected)


@case(f"{E}.hopfield.Hopfield")
def hopfield():
    rng = np.random.default_rng(6)
    patterns, x = rng.choice([-1.0, 1.0], (3, 9)), rng.choice([-1.0, 1.0], (5, 9))
    for storage, rule in (("hebbian", oracle.hebb), ("pseudo-inverse", oracle.pseudo_inverse)):
        memory = Hopfield(storage, random_state=0).fit(patterns)
        J = rule(patterns)
        assert_allclose(memory.couplings_, J, atol=1e-12)
        assert_allclose(memory.energy(x), [oracle.hopfield_energy(row, J) for row in x], atol=1e-12)
        for row in memory.predict(x):
            assert [oracle.hopfield_update(row, J.round(12), i) for i in range(9)] == row.tolist()


@case(f"{E}.hubbard_stratonovich.hubbard_stratonovich")
def hubbard():
    J, b = couplings(np.random.default_rng(7), 4)
    for kind in ("spin", "boolean"):
        rbm = hubbard_stratonovich(BoltzmannMachine.from_parameters(J, b, kind=kind), shift=7.0)
        squared, a = oracle.hubbard_stratonovich(J, b, 7.0, kind == "boolean")
        assert_allclose(rbm.components_.T @ rbm.components_, squared, atol=1e-10)
        assert_allclose(rbm.intercept_visible_, a, atol=1e-12)


@case(f"{E}.units")
def kinds():
    fields = np.array([-1.3, 0.4, 2.2])
    for kind in ("boolean", "spin", "continuous"):
        expected = [oracle.log_partition_of_unit(f, kind) for f in fields]
        assert_allclose(units.kind_of("visible", kind).log_partition(fields), expected, atol=1e-10)


@case(f"{E}.rbm.RBM")
def rbm():
    for visible, hidden in PAIRS:
        model, (W, a, b) = an_rbm(visible, hidden)
        rng = np.random.default_rng(8)
        v, h = (
            rng.normal(size=(2, size)) if kind == "continuous" else rng.choice(oracle.STATES[kind], (2, size))
            for kind, size in ((visible, 4), (hidden, 3))
        )
        squares = visible == "continuous", hidden == "continuous"
        expected = [oracle.rbm_energy(*pair, W, a, b, *squares) for pair in zip(v, h, strict=True)]
        assert_allclose(model.energy(v, h), expected, atol=1e-12)
        means = [oracle.rbm_means(*pair, W, a, b, visible, hidden) for pair in zip(v, h, strict=True)]
        assert_allclose(model._mean_h(v), [mean for mean, _ in means], atol=1e-12)
        assert_allclose(model._mean_v(h), [mean for _, mean in means], atol=1e-12)
        assert_allclose(model.transform(v), model._mean_h(v))
        free = [oracle.free_energy(row, W, a, b, visible, hidden) for row in v]
        assert_allclose(model.free_energy(v), free, atol=1e-10)
        if "continuous" not in (visible, hidden):
            expected = [oracle.rbm_log_probability(row, W, a, b, visible, hidden) for row in v]
            assert_allclose(model.score_samples(v), expected, atol=1e-10)


@case(f"{E}.rbm.RBM")
def rbm_update():
    """PCD with more chains than examples: the data's mean less the chains'."""
    v = np.random.default_rng(9).choice([0.0, 1.0], (5, 4))
    model = RBM(3, n_chains=7, learning_rate=0.3, random_state=0).partial_fit(v)
    W, a, b, h = (
        x.copy() for x in (model.components_, model.intercept_visible_, model.intercept_hidden_, model.h_samples_)
    )
    model._partial_rng = np.random.default_rng(10)
    model.partial_fit(v)
    rng = np.random.default_rng(10)

    def mean_h(v):
        return np.array([oracle.rbm_means(row, h[0], W, a, b, "boolean", "boolean")[0] for row in v])

    mean_v = np.array([oracle.rbm_means(v[0], row, W, a, b, "boolean", "boolean")[1] for row in h])
    v_model = (rng.random(mean_v.shape) < mean_v).astype(float)
    slopes = oracle.rbm_slope(v, mean_h(v), v_model, mean_h(v_model))
    for new, old, slope in zip(
        (model.components_, model.intercept_visible_, model.intercept_hidden_), (W, a, b), slopes, strict=True
    ):
        assert_allclose(new, old + 0.3 * slope, atol=1e-12)


@case(f"{E}.partition.exact_log_partition")
def partition():
    for visible, hidden, m, n in (
        ("boolean", "boolean", 2, 4),
        ("spin", "boolean", 4, 2),
        ("spin", "continuous", 1, 3),
        ("continuous", "boolean", 3, 1),
        ("continuous", "continuous", 1, 1),
    ):
        model, (W, a, b) = an_rbm(visible, hidden, m, n, scale=0.3)
        assert_allclose(exact_log_partition(model), oracle.rbm_partition(W, a, b, visible, hidden), atol=1e-9)


@case(f"{E}.partition.annealed_log_partition")
def annealing():
    model, (W, a, b) = an_rbm(m=3, n=4)
    model.base_intercept_ = start = np.array([0.5, -0.3, 0.8, 0.1])
    found = annealed_log_partition(model, n_chains=6, n_temperatures=3, random_state=11)
    log_Z, log_w, error = oracle.annealed(W, a, b, start, 6, 3, np.random.default_rng(11))
    assert_allclose(found.log_weights, log_w, atol=1e-10)
    assert_allclose([found.log_partition, found.standard_error], [log_Z, error], atol=1e-10)


def a_stack():
    (below, bottom), (above, top) = an_rbm(m=3, n=2, seed=12), an_rbm(m=4, n=3, seed=13)
    stack = DBN((3, 4), random_state=0)
    stack.rbms_, stack.n_features_in_ = [below, above], 2
    return stack, (bottom, top)


@case(f"{E}.dbn.DBN")
def stack_bound():
    stack, weights = a_stack()
    v = np.array([[0.0, 1.0], [1.0, 1.0]])
    model, top = an_rbm(m=2, n=4, seed=16)
    stack.rbms_.append(model)
    expected = [oracle.stack_bound(row, (*weights, top)) for row in v]
    assert_allclose(stack.bound(v, None), expected, atol=1e-10)


@case(f"{E}.dbn.DBN")
def stack_samples():
    stack, weights = a_stack()
    drawn = stack.sample(4000, n_steps=12, random_state=14)
    for v, p in oracle.stack_distribution(weights).items():
        assert abs(np.mean((drawn == v).all(axis=1)) - p) < 5 * np.sqrt(p * (1 - p) / 4000)


@case(f"{E}.dbn_classifier.DBNClassifier")
def classifier():
    rng = np.random.default_rng(15)
    net = DBNClassifier(weight_decay=0.3)
    shapes = [(3, 4), (3,), (5, 3), (5,), (5, 2), (2,)]
    net.weights_, net.classes_, net.n_features_in_ = [rng.normal(size=s) for s in shapes], np.array([0, 1]), 4
    net.dbn_ = None
    v, codes = rng.random((6, 4)), rng.integers(0, 2, 6)
    found = [oracle.classifier(row, code, net.weights_, 0.3) for row, code in zip(v, codes, strict=True)]
    assert_allclose(net.predict_proba(v), [p for p, _ in found], atol=1e-12)
    assert_allclose(net.loss_and_gradients(v, codes)[0], np.mean([loss for _, loss in found]), atol=1e-12)
