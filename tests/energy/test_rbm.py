"""RBMs of all kinds against plain enumeration, integration on a grid, closed forms and finite differences."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from rnnkit.datasets import bars_and_stripes
from rnnkit.energy import DBN, RBM, DBNClassifier
from rnnkit.energy.units import KINDS
from tests.oracles import energy as oracle

VALUES = {"boolean": (0.0, 1.0), "spin": (-1.0, 1.0)}
N, M = 4, 3
# The lecture's four kinds, and spins.
KIND_PAIRS = [
    ("boolean", "boolean"),
    ("boolean", "continuous"),
    ("continuous", "boolean"),
    ("continuous", "continuous"),
    ("spin", "boolean"),
    ("spin", "continuous"),
    ("continuous", "spin"),
]


def random_rbm(visible="boolean", hidden="boolean", n=N, m=M, seed=0, scale=0.35, **settings):
    rng = np.random.default_rng(seed)
    W, a, b = (rng.normal(0.0, scale, shape) for shape in ((m, n), n, m))
    return RBM.from_parameters(W, a, b, visible=visible, hidden=hidden, **settings)


def parameters(rbm):
    return rbm.components_, rbm.intercept_visible_, rbm.intercept_hidden_


@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_under_a_field(kind):
    """Its ℓ, mean and draws, against sums over its values or an integral."""
    unit, field = KINDS[kind], 0.7
    if unit.values is None:
        moments = [quad(lambda x, k=k: x**k * np.exp(x * field - x * x / 2), -30, 30)[0] for k in range(3)]
        assert unit.potential(np.array([1.0, 3.0])) == 5.0
    else:
        moments = [sum(x**k * np.exp(x * field) for x in unit.values) for k in range(3)]
    mean = moments[1] / moments[0]
    assert unit.log_partition(np.array(field)) == pytest.approx(np.log(moments[0]), rel=1e-10)
    assert unit.mean(np.array(field)) == pytest.approx(mean, rel=1e-9)
    assert unit.field_of_mean(np.array(mean)) == pytest.approx(field, rel=1e-9)
    draws = unit.draw(np.full(100_000, mean), np.random.default_rng(0))
    assert draws.mean() == pytest.approx(mean, abs=0.02)
    assert draws.var() == pytest.approx(moments[2] / moments[0] - mean**2, abs=0.02)
    assert np.isfinite(unit.log_partition(np.array([-800.0, 800.0]))).all()


def grid(kind, size, points=81, reach=7.0):
    """All states of the units, or a grid of them with the logarithm of a cell's volume."""
    if kind in VALUES:
        return np.array(list(itertools.product(VALUES[kind], repeat=size))), 0.0
    axis = np.linspace(-reach, reach, points)
    return np.array(list(itertools.product(axis, repeat=size))), size * np.log(axis[1] - axis[0])


@pytest.mark.parametrize(("visible", "hidden"), KIND_PAIRS)
def test_likelihood_is_the_joint_distribution_summed_over_hidden_units(visible, hidden):
    """Sums over all states, or over a fine grid (which for Gaussians is exact to all digits)."""
    n, m = (2 if kind == "continuous" else size for kind, size in ((visible, 3), (hidden, 4)))
    points = 29 if visible == hidden else 81
    rbm = random_rbm(visible, hidden, n, m, scale=0.3)
    W, a, b = parameters(rbm)
    (v, volume_v), (h, volume_h) = grid(visible, n, points), grid(hidden, m, points)
    square = [0.5 * np.sum(x * x, axis=1) if kind == "continuous" else 0.0 for x, kind in ((v, visible), (h, hidden))]
    log_joint = v @ W.T @ h.T + (v @ a - square[0])[:, None] + h @ b - square[1]
    some = np.random.default_rng(1).integers(0, [len(v), len(h)], size=(5, 2))
    for i, j in some:  # the matrix is what the oracle says
        e = oracle.rbm_energy(v[i], h[j], W, a, b, visible == "continuous", hidden == "continuous")
        assert -e == pytest.approx(log_joint[i, j], abs=1e-10)
        assert rbm.energy(v[i : i + 1], h[j : j + 1])[0] == pytest.approx(e, abs=1e-10)
    largest = log_joint.max()
    by_v = np.log(np.exp(log_joint - largest).sum(axis=1)) + largest + volume_h
    log_z = np.log(np.exp(by_v - by_v.max()).sum()) + by_v.max() + volume_v
    assert rbm.log_partition() == pytest.approx(log_z, rel=1e-8)
    near = np.abs(v).max(axis=1) < 3  # where the grid of hidden units reaches far enough
    np.testing.assert_allclose(rbm.score_samples(v[near]), (by_v - log_z)[near], atol=1e-7)
    mean = np.exp(log_joint - log_joint.max(axis=1, keepdims=True)) @ h
    mean /= np.exp(log_joint - log_joint.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(rbm.transform(v[near]), mean[near], atol=1e-6)


def test_enumeration_takes_the_smaller_side_or_either():
    """The same Z from 3 visible or 7 hidden units: the RBM upside down."""
    W, a, b = parameters(random_rbm("boolean", "spin", 7, 3))
    one = RBM.from_parameters(W, a, b, visible="boolean", hidden="spin")
    other = RBM.from_parameters(W.T, b, a, visible="spin", hidden="boolean")
    assert one.log_partition() == pytest.approx(other.log_partition(), rel=1e-13)


def test_continuous_visible_units_over_boolean_hidden_ones_are_a_mixture_of_gaussians():
    rbm = random_rbm("continuous", "boolean", 3, 2)
    W, a, b = parameters(rbm)
    v = np.random.default_rng(2).normal(size=(6, 3))
    states = np.array(list(itertools.product([0.0, 1.0], repeat=2)))
    means = a + states @ W
    weights = np.exp(states @ b + 0.5 * np.sum(means**2, axis=1))
    density = sum(w * multivariate_normal(mu).pdf(v) for w, mu in zip(weights / weights.sum(), means, strict=True))
    np.testing.assert_allclose(rbm.score_samples(v), np.log(density), rtol=1e-10)


def test_continuous_units_on_both_sides_are_one_gaussian():
    rbm = random_rbm("continuous", "continuous", 4, 2, scale=0.3)
    W, a, b = parameters(rbm)
    covariance = np.linalg.inv(np.eye(4) - W.T @ W)
    v = np.random.default_rng(2).normal(size=(6, 4))
    gaussian = multivariate_normal(covariance @ (a + b @ W), covariance)
    np.testing.assert_allclose(rbm.score_samples(v), gaussian.logpdf(v), rtol=1e-10)


@pytest.mark.parametrize(("visible", "hidden"), KIND_PAIRS)
def test_gibbs_sampling_has_the_moments_of_enumeration(visible, hidden):
    """First and second moments of v after many steps, from states far off."""
    rbm = random_rbm(visible, hidden, 3, 2, scale=0.25 if visible == hidden == "continuous" else 0.5, seed=3)
    v, _ = grid(visible, 3, 37, 6.0)
    p = np.exp(-rbm.free_energy(v))
    p /= p.sum()
    chains = rbm.gibbs(np.full((40_000, 3), 1.0), n_steps=40, random_state=0)
    np.testing.assert_allclose(chains.mean(axis=0), p @ v, atol=0.04)
    np.testing.assert_allclose(chains.T @ chains / len(chains), v.T @ (p[:, None] * v), atol=0.08)
    assert (rbm.sample(10, 5, random_state=1) == rbm.sample(10, 5, random_state=1)).all()


@pytest.mark.parametrize(("visible", "hidden"), KIND_PAIRS)
@pytest.mark.parametrize("learning", ["cd", "pcd"])
def test_an_update_follows_the_gradient_of_the_exact_likelihood(visible, hidden, learning):
    """CD with many steps and chains is unbiased: its step is the likelihood's gradient, by finite differences."""
    rng = np.random.default_rng(4)
    v = rng.choice(VALUES[visible], size=(5, 3)) if visible in VALUES else rng.normal(size=(5, 3))
    rbm = random_rbm(visible, hidden, 3, 2, scale=0.4, seed=5)
    expected = []
    for name in ("components_", "intercept_visible_", "intercept_hidden_"):
        weight, slopes = getattr(rbm, name), np.zeros_like(getattr(rbm, name))
        for place in np.ndindex(weight.shape):
            values = []
            for nudge in (1e-5, -1e-5):
                moved = clone_of(rbm)
                getattr(moved, name)[place] += nudge
                values.append(moved.score(v))
            slopes[place] = (values[0] - values[1]) / 2e-5
        expected.append(slopes)
    moved, copies = clone_of(rbm), 20_000
    moved.set_params(learning=learning)
    moved._k, moved._decay = 25, 0.0
    moved.h_samples_ = KINDS[hidden].draw(np.full((copies, 2), 0.3), rng)
    moved._update(np.tile(v, (copies // 5, 1)), 1e-3, rng)
    for name, slopes in zip(("components_", "intercept_visible_", "intercept_hidden_"), expected, strict=True):
        np.testing.assert_allclose((getattr(moved, name) - getattr(rbm, name)) / 1e-3, slopes, atol=0.05)


def clone_of(rbm):
    W, a, b = parameters(rbm)
    return RBM.from_parameters(W.copy(), a.copy(), b.copy(), visible=rbm.visible, hidden=rbm.hidden)


def test_one_step_of_cd_starts_at_the_data():
    """With hidden units that are nearly certain, CD-1's model part is the data's reconstruction, by a plain loop."""
    rng = np.random.default_rng(6)
    W = 60.0 * rng.choice([-1.0, 1.0], size=(2, 3))
    v = np.array([[1.0, 0, 1], [0, 1, 1], [1, 1, 0], [0, 0, 1]])
    rbm = RBM.from_parameters(W, [30.0, -30, 30], [-30.0, 30.0], learning="cd", learning_rate=0.5)
    before = [part.copy() for part in parameters(rbm)]
    rbm._k, rbm._decay = 1, 0.0
    rbm._update(v, 0.5, rng)
    gradient = [np.zeros_like(part) for part in before]
    for row in v:
        h = (W @ row + before[2] > 0).astype(float)
        again = (W.T @ h + before[1] > 0).astype(float)
        h_again = (W @ again + before[2] > 0).astype(float)
        gradient[0] += (np.outer(h, row) - np.outer(h_again, again)) / 4
        gradient[1] += (row - again) / 4
        gradient[2] += (h - h_again) / 4
    assert np.abs(gradient[0]).max() > 0.2
    for now, then, slope in zip(parameters(rbm), before, gradient, strict=True):
        np.testing.assert_allclose(now - then, 0.5 * slope, atol=1e-8)


def test_persistent_chains_go_on():
    x = bars_and_stripes(2)
    rbm = RBM(3, n_chains=7, random_state=0).partial_fit(x)
    first = rbm.h_samples_
    assert first.shape == (7, 3)
    rbm.partial_fit(x)
    assert rbm.h_samples_ is not first


def test_weights_decay_by_their_part_and_biases_do_not():
    """One update from the same weights with the same draws, without decay and with it."""
    x, updated = bars_and_stripes(2), []
    for decay in (0.0, 0.25):
        rbm = RBM(3, learning="cd", learning_rate=0.1, weight_decay=decay, random_state=0)
        rbm.partial_fit(x)
        rbm.components_ = before = np.random.default_rng(1).normal(size=(3, 4))
        before = before.copy()
        rbm._partial_rng = np.random.default_rng(2)
        updated.append(rbm.partial_fit(x))
    np.testing.assert_allclose(updated[0].components_ - updated[1].components_, 0.1 * 0.25 * before, atol=1e-12)
    np.testing.assert_array_equal(updated[0].intercept_visible_, updated[1].intercept_visible_)
    np.testing.assert_array_equal(updated[0].intercept_hidden_, updated[1].intercept_hidden_)


def test_pcd_beats_cd_1_on_bars_and_stripes_by_exact_likelihood():
    """Two seeds and fewer updates; benchmarks/energy.py has five and all."""
    x = bars_and_stripes(3)
    scores = {}
    for learning in ("cd", "pcd"):
        settings = {"learning_rate": (0.2, 0.001), "batch_size": 14, "n_chains": 100, "n_iter": 8000}
        runs = [RBM(8, learning=learning, random_state=seed, **settings).fit(x).score(x) for seed in range(2)]
        scores[learning] = np.mean(runs)
    assert -np.log(14) > scores["pcd"] > scores["cd"] + 0.2


def test_pseudo_likelihood_is_the_sum_of_conditionals():
    for visible, hidden in (("boolean", "boolean"), ("spin", "continuous")):
        rbm = random_rbm(visible, hidden, 4, 3)
        v = np.array(list(itertools.product(VALUES[visible], repeat=4)))
        log_p = rbm.score_samples(v)
        expected = np.zeros(len(v))
        for i, row in enumerate(v):
            for k in range(4):
                flipped = row.copy()
                flipped[k] = sum(VALUES[visible]) - row[k]
                other = log_p[(v == flipped).all(axis=1)][0]
                expected[i] -= np.logaddexp(0.0, other - log_p[i])
        np.testing.assert_allclose(rbm.pseudo_likelihood(v), expected, rtol=1e-10)


def test_free_energy_hidden_means_and_updates_are_scikit_learns():
    """The same weights in BernoulliRBM; and PCD with certain units makes the same update there."""
    rbm = random_rbm(n=6, m=4, scale=1.0)
    peer = BernoulliRBM(4)
    peer.components_, peer.intercept_visible_, peer.intercept_hidden_ = (p.copy() for p in parameters(rbm))
    peer.n_features_in_ = 6
    v = np.random.default_rng(0).choice([0.0, 1.0], size=(5, 6))
    np.testing.assert_allclose(rbm.free_energy(v), peer._free_energy(v), rtol=1e-12)
    np.testing.assert_allclose(rbm.transform(v), peer.transform(v), rtol=1e-12)
    big = RBM.from_parameters(500 * rbm.components_, rbm.intercept_visible_, rbm.intercept_hidden_)
    peer.components_ = 500 * peer.components_
    peer.learning_rate, h = 0.3, np.random.default_rng(1).choice([0.0, 1.0], size=(5, 4))
    peer.h_samples_, big.h_samples_, big._k, big._decay = h.copy(), h.copy(), 1, 0.0
    peer._fit(v, np.random.RandomState(0))
    big._update(v, 0.3, np.random.default_rng(0))
    certain = np.abs(h @ big.components_) > 20
    assert certain.mean() > 0.5
    np.testing.assert_allclose(
        big.components_ - 500 * rbm.components_, peer.components_ - 500 * rbm.components_, atol=1e-8
    )


def test_float32_stays_float32():
    x = bars_and_stripes(3).astype("float32")
    for visible, hidden in KIND_PAIRS[:3]:
        rbm = RBM(5, visible, hidden, n_iter=3, learning_rate=0.01, random_state=0).fit(x)
        assert {part.dtype for part in (*parameters(rbm), rbm.h_samples_, rbm.transform(x), rbm.gibbs(x))} == {x.dtype}


def test_maximum_likelihood_of_the_gaussian_kind_is_that_of_probabilistic_pca():
    """Its singular values: s² = 1 − 1/λ for the m largest eigenvalues λ > 1 of the data's covariance."""
    rng = np.random.default_rng(7)
    basis = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    x = rng.normal(size=(2000, 5)) * np.sqrt([3.0, 2.0, 1.0, 1.0, 1.0]) @ basis.T
    eigenvalues = np.sort(np.linalg.eigvalsh(np.cov(x.T)))[::-1]
    x -= x.mean(axis=0)
    settings = {"learning": "cd", "n_steps": 5, "batch_size": 500, "n_iter": 400, "learning_rate": (0.1, 0.002)}
    rbm = RBM(2, "continuous", "continuous", random_state=0, **settings).fit(x)
    found = np.linalg.svd(rbm.components_, compute_uv=False)
    np.testing.assert_allclose(found**2, 1 - 1 / eigenvalues[:2], atol=0.03)
    assert rbm.score(x) > RBM.from_parameters(np.zeros((2, 5)), visible="continuous").score(x) + 0.1


def test_the_unstable_kind_explains_itself_and_refuses():
    x = 5.0 * np.random.default_rng(8).normal(size=(200, 1)) @ np.ones((1, 4))
    settings = {"learning": "cd", "n_iter": 200, "learning_rate": 0.05, "random_state": 0}
    with pytest.raises(ValueError, match="unstable: expected .* largest singular value of W is below 1; here it is .*"):
        RBM(2, "continuous", "continuous", **settings).fit(x)
    bounded = RBM(2, "continuous", "continuous", unstable="bound", **settings).fit(x)
    assert np.linalg.norm(bounded.components_, 2) <= 0.99 + 1e-12
    assert np.isfinite(bounded.score(x))
    with pytest.raises(ValueError, match="rbm: expected a finite Z, received none"):
        RBM.from_parameters(1.01 * np.eye(2), visible="continuous", hidden="continuous").log_partition()
    runaway = RBM.from_parameters(1.2 * np.eye(2), visible="continuous", hidden="continuous")
    assert np.abs(runaway.gibbs(np.ones((9, 2)), 50, random_state=0)).max() > 1e4  # what it is refused for


def test_learning_that_diverges_is_named():
    x = 1e3 * np.random.default_rng(9).normal(size=(30, 3))
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match="learning_rate: expected one that lets learning con"),
    ):
        RBM(2, "continuous", "boolean", learning_rate=1e300, n_iter=5).fit(x)


def checked():
    short = {"n_iter": 3, "learning_rate": 0.01, "random_state": 0}
    dbn = DBN((4, 3), visible="continuous", **short)
    return [
        RBM(3, "continuous", "boolean", **short),
        RBM(2, "continuous", "continuous", unstable="bound", **short),
        dbn,
        DBNClassifier(dbn, n_iter=60, learning_rate=0.02),
    ]


@parametrize_with_checks(checked())
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_pipeline_clone_and_not_fitted():
    rng = np.random.default_rng(10)
    x, y = rng.normal(size=(120, 6)), np.repeat([0, 1], 60)
    x[y == 1, :3] += 3
    pipeline = make_pipeline(MinMaxScaler(), RBM(8, n_iter=5, random_state=0), LogisticRegression()).fit(x, y)
    assert pipeline.score(x, y) > 0.8
    assert clone(RBM(3, "spin", learning_rate=(0.1, 0.01))).get_params()["learning_rate"] == (0.1, 0.01)
    with pytest.raises(NotFittedError):
        RBM().transform(x)
    names = RBM(2, n_iter=1).fit(bars_and_stripes(2)).get_feature_names_out()
    assert names.tolist() == ["rbm0", "rbm1"]


B = bars_and_stripes(2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: RBM(2, "ternary").fit(B),
            "visible: expected one of 'boolean', 'spin', 'continuous', received 'ternary'",
        ),
        (lambda: RBM(2, hidden=None).fit(B), "hidden: expected one of 'boolean', 'spin', 'continuous', received None"),
        (lambda: RBM(2).fit(2 * B), "X: expected values from 0 to 1 for boolean visible units, received 0 to 2"),
        (lambda: RBM(2, learning="cd1").fit(B), "learning: expected one of 'cd', 'pcd', received 'cd1'"),
        (lambda: RBM(2, unstable="ignore").fit(B), "unstable: expected one of 'refuse', 'bound'"),
        (lambda: RBM(0).fit(B), "n_components: expected a positive integer, received 0"),
        (lambda: RBM(2, n_steps=0).fit(B), "n_steps: expected a positive integer, received 0"),
        (lambda: RBM(2, learning_rate=0.0).fit(B), "learning_rate: expected a finite number above 0, received 0.0"),
        (lambda: RBM(2, learning_rate=(1, 2, 3)).fit(B), "learning_rate: expected a number or a pair"),
        (lambda: RBM(2, weight_decay=-1.0).fit(B), "weight_decay: expected a finite number, at least 0, received -1"),
        (lambda: RBM(2, n_iter=1).fit(B).transform(B[:, :3]), "X has 3 features, but RBM is expecting 4"),
        (lambda: RBM(2, n_iter=1).fit(B).pseudo_likelihood(0.5 * B), "X: expected the values 0 and 1 alone"),
        (lambda: random_rbm("continuous").pseudo_likelihood(np.ones((1, 4))), "visible: expected 'boolean' or 'spin'"),
        (lambda: RBM.from_parameters(np.ones((2, 3)), np.ones(2)), r"intercept_visible: expected shape \(3,\)"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
