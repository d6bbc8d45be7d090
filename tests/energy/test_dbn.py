"""Deep belief networks: the bound and the samples by enumeration, fine-tuning by finite differences, digits."""

import itertools

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rnnkit.datasets import bars_and_stripes
from rnnkit.energy import DBN, RBM, DBNClassifier

X = bars_and_stripes(3)
SETTINGS = {"batch_size": 14, "n_chains": 100, "learning_rate": 0.03}


def states(n):
    return np.array(list(itertools.product([0.0, 1.0], repeat=n)))


def exact_log_likelihood(dbn, x):
    """ln p(v) of a DBN with two layers, by the sum over all states of the layer between: p(v | h) p(h)."""
    low, top = dbn.rbms_
    h = states(len(low.components_))
    p_h = np.exp(top.score_samples(h))
    on = 1 / (1 + np.exp(-(h @ low.components_ + low.intercept_visible_)))
    p_v = [np.prod(np.where(row > 0.5, on, 1 - on), axis=1) @ p_h for row in x]
    return np.log(p_v)


def test_the_bound_is_below_the_likelihood_and_rises_with_the_second_layer():
    scores = []
    settings = {"learning": "cd", "n_iter": 3000, "batch_size": 14, "learning_rate": (0.2, 0.005)}
    for seed in range(2):
        dbn = DBN((6, 9), random_state=seed, **settings).fit(X)
        bound, exact = dbn.bound(X, n_samples=None), exact_log_likelihood(dbn, X)
        assert (bound <= exact + 1e-10).all()
        assert (exact - bound).mean() < 1.0
        scores.append((dbn.rbms_[0].score(X), bound.mean()))
    first, second = np.mean(scores, axis=0)
    assert second > first + 0.1


def test_a_new_layer_starts_as_the_one_below_upside_down_where_the_bound_is_the_likelihood():
    dbn = DBN((5, 9), n_iter=40, random_state=0, **SETTINGS).fit(X)
    low = dbn.rbms_[0]
    dbn.rbms_[1] = RBM.from_parameters(low.components_.T, low.intercept_hidden_, low.intercept_visible_)
    np.testing.assert_allclose(dbn.bound(X, n_samples=None), low.score_samples(X), atol=1e-10)
    # And this is where learning starts: with a rate of nearly nothing it has not left it.
    still = DBN((5, 9), n_iter=1, random_state=0, batch_size=14, learning_rate=1e-9).fit(X)
    assert np.abs(still.rbms_[1].components_ - still.rbms_[0].components_.T).max() < 1e-7
    other = DBN((5, 7), n_iter=1, random_state=0, batch_size=14, learning_rate=1e-9).fit(X)
    assert other.rbms_[1].components_.shape == (7, 5)


def test_the_bound_by_sampling_has_the_mean_of_the_bound_by_enumeration():
    dbn = DBN((6, 5, 4), n_iter=300, random_state=1, **SETTINGS).fit(X)
    exact = dbn.bound(X, n_samples=None)
    assert dbn.bound(X, n_samples=3000).mean() == pytest.approx(exact.mean(), abs=0.03)
    visible = DBN((4, 3), visible="continuous", n_iter=20, learning_rate=0.01, random_state=0).fit(X)
    assert visible.bound(X, 2000).mean() == pytest.approx(visible.bound(X, None).mean(), abs=0.03)


@pytest.mark.parametrize("layers", [(6,), (6, 5)])
def test_samples_have_the_distribution_of_the_stack(layers):
    dbn = DBN(layers, n_iter=800, random_state=2, **SETTINGS).fit(X)
    x = states(9)
    log_p = exact_log_likelihood(dbn, x) if len(layers) == 2 else dbn.rbms_[0].score_samples(x)
    p = np.exp(log_p)
    assert p.sum() == pytest.approx(1.0)
    drawn = dbn.sample(20_000, n_steps=300, random_state=0)
    index = drawn @ 2 ** np.arange(8, -1, -1)
    counts = np.bincount(index.astype(int), minlength=512) / len(drawn)
    assert 0.5 * np.abs(counts - p).sum() < 0.07  # total variation; sampling noise alone gives about 0.04
    means = dbn.sample(50, n_steps=5, means=True, random_state=0)
    assert len(layers) == 1 or ((means > 0) & (means < 1)).all()


def test_transform_goes_up_by_means():
    dbn = DBN((6, 4), n_iter=20, random_state=0, **SETTINGS).fit(X)
    up = X
    for rbm in dbn.rbms_:
        up = 1 / (1 + np.exp(-(up @ rbm.components_.T + rbm.intercept_hidden_)))
    np.testing.assert_allclose(dbn.transform(X), up, rtol=1e-12)
    assert dbn.get_feature_names_out().tolist() == ["dbn0", "dbn1", "dbn2", "dbn3"]


def test_gradients_of_fine_tuning_by_finite_differences():
    rng = np.random.default_rng(0)
    x, codes = rng.random((11, 5)), rng.integers(0, 3, 11)
    net = DBNClassifier(DBN((4, 6), n_iter=1), n_iter=1, weight_decay=0.2, random_state=0).fit(x, codes)
    net.weights_ = [rng.normal(size=w.shape) for w in net.weights_]
    _, gradients = net.loss_and_gradients(x, codes)
    for weight, gradient in zip(net.weights_, gradients, strict=True):
        for place in np.ndindex(weight.shape):
            kept, values = weight[place], []
            for nudge in (1e-6, -1e-6):
                weight[place] = kept + nudge
                values.append(net.loss_and_gradients(x, codes)[0])
            weight[place] = kept
            assert gradient[place] == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-7)


def test_fine_tuning_is_adam_as_its_paper_has_it():
    """Kingma and Ba (2014), the order of computation at the end of section 2; scikit-learn's has no public name."""
    rng = np.random.default_rng(0)
    x, codes, rate = rng.random((11, 5)), rng.integers(0, 2, 11), 0.02
    settings = {"learning_rate": rate, "batch_size": 11, "weight_decay": 0.01, "random_state": 0}
    dbn = DBN((4, 3), n_iter=1, random_state=0).fit(x)
    net = DBNClassifier(n_iter=7, **settings).fit_from(dbn, x, codes)
    replay = DBNClassifier(n_iter=1, **settings).fit_from(dbn, x, codes)
    replay._start(dbn, np.random.default_rng(0))
    m, v = ([np.zeros_like(w) for w in replay.weights_] for _ in range(2))
    for t in range(1, 8):
        step = rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        for i, g in enumerate(replay.loss_and_gradients(x, codes)[1]):
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.999 * v[i] + 0.001 * g * g
            replay.weights_[i] -= step * m[i] / (np.sqrt(v[i]) + 1e-8)
    for tuned, replayed in zip(net.weights_, replay.weights_, strict=True):
        np.testing.assert_allclose(tuned, replayed, rtol=0, atol=1e-9)


def test_digits_in_a_pipeline():
    digits = load_digits()
    seen, test, y_seen, y_test = train_test_split(
        digits.data, digits.target, train_size=1000, random_state=0, stratify=digits.target
    )
    dbn = DBN((60, 60), learning="cd", n_iter=30, learning_rate=0.05, random_state=0)
    scale = FunctionTransformer(lambda v: v / 16)
    tuned = make_pipeline(scale, DBNClassifier(dbn, n_iter=30, random_state=0)).fit(seen, y_seen)
    assert tuned.score(test, y_test) > 0.95
    assert tuned[-1].loss_curve_[-1] < 0.2 * tuned[-1].loss_curve_[0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: DBN(()).fit(X), r"layers: expected a sequence of positive integers, received \(\)"),
        (lambda: DBN((3, 0)).fit(X), r"layers\[1\]: expected a positive integer, received 0"),
        (lambda: DBN((3,)).fit(3 * X), "X: expected values from 0 to 1 for boolean visible units"),
        (lambda: DBN((3,), n_iter=1).fit(X).bound(X, 0), "n_samples: expected a positive integer, received 0"),
        (
            lambda: DBNClassifier(learning_rate=0).fit(X, np.arange(14) % 2),
            "learning_rate: expected a finite number above",
        ),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
