"""The gradient that REINFORCE estimates is that of the expected reward, with and without a baseline."""

import numpy as np
import pytest
from keras import ops
from scipy.stats import norm

from rnnkit._autodiff import value_and_gradients
from rnnkit.applications import log_density, reinforce_losses
from rnnkit.applications.reinforce import rewards


def gradient(function, value):
    """The gradient of a scalar function of one tensor. PyTorch gives none where the tensor has no part in it."""
    (_, _), [found] = value_and_gradients(
        lambda a: (function(a[0]) + 0.0 * ops.sum(a[0]), ()), [ops.convert_to_tensor(value)]
    )
    return ops.convert_to_numpy(found)


def test_log_density_is_that_of_scipy_and_its_slope_the_distance_in_variances():
    rng = np.random.default_rng(0)
    l, mu, sigma = rng.normal(size=(7, 3)), rng.normal(size=(7, 3)), 0.7  # noqa: E741
    expected = norm.logpdf(l, mu, sigma).sum(axis=1)
    np.testing.assert_allclose(log_density(l, mu, sigma), expected, rtol=1e-5)
    slope = gradient(lambda mean: ops.sum(log_density(l, mean, sigma)), mu)
    np.testing.assert_allclose(slope, (l - mu) / sigma**2, rtol=1e-4, atol=1e-5)
    assert not gradient(lambda place: ops.sum(log_density(place, mu, sigma)), l).any()  # what is drawn is a constant


# A toy with two places, of which one is right: two choices, the first at odds 1 : 3, the second at 3 : 2. A batch that
# has each pair of choices as often as it is chosen, 20 in all, is the expectation itself, with no luck in it.
ODDS = (0.25, 0.75), (0.6, 0.4)
PAIRS = [(i, j) for i in range(2) for j in range(2) for _ in range(round(20 * ODDS[0][i] * ODDS[1][j]))]
REWARD = np.array([[0.0, 1.0], [1.0, 3.0]])  # by first and second choice


def policy(theta):
    return ops.log_softmax(theta, axis=-1)


def policy_gradient(pairs, baselines):
    """Of L_π by the two choices' scores, on a batch of pairs."""
    pairs = np.asarray(pairs)
    chosen = ops.convert_to_tensor(np.eye(2, dtype="float32")[pairs])

    def loss(theta):
        return reinforce_losses(ops.sum(chosen * policy(theta), axis=-1), REWARD[tuple(pairs.T)], baselines)[0]

    return gradient(loss, np.log(ODDS).astype("float32"))


def enumerated():
    """The gradient of −E[R] by the scores: the expectation is a sum over the four pairs."""

    def expected(theta):
        p = ops.exp(policy(theta))
        return -ops.sum(p[0][:, None] * p[1][None, :] * ops.convert_to_tensor(REWARD.astype("float32")))

    return gradient(expected, np.log(ODDS).astype("float32"))


def baseline(kind):
    """b for each pair: none, the mean reward, or what is known before the choice, which may see the choices before."""
    mean = np.sum(np.outer(*ODDS) * REWARD)
    after_first = REWARD @ ODDS[1]
    table = {
        "none": [(0.0, 0.0) for _ in PAIRS],
        "any": [(5.0, -3.0) for _ in PAIRS],
        "mean": [(mean, mean) for _ in PAIRS],
        "learned": [(mean, after_first[i]) for i, _ in PAIRS],
    }
    return np.array(table[kind], "float32")


@pytest.mark.parametrize("kind", ["none", "any", "mean", "learned"])
def test_estimate_is_the_enumerated_gradient_whatever_the_baseline(kind):
    assert len(PAIRS) == 20
    np.testing.assert_allclose(policy_gradient(PAIRS, baseline(kind)), enumerated(), atol=1e-6)


def test_a_baseline_that_sees_its_own_choice_would_bias_it():
    cheating = np.array([(REWARD[pair], REWARD[pair]) for pair in PAIRS], "float32")
    assert np.abs(policy_gradient(PAIRS, cheating) - enumerated()).max() > 0.05


def test_a_baseline_lowers_the_variance():
    def variance(kind):
        each = [policy_gradient([pair], b[None]) for pair, b in zip(PAIRS, baseline(kind), strict=True)]
        return np.var(each, axis=0).sum()

    assert variance("learned") < variance("mean") < 0.7 * variance("none") < variance("any")


def test_the_reward_of_a_normal_place_rises_by_the_closed_form():
    """P(l > 0) = Φ(μ/σ), whose slope is the density φ(μ/σ)/σ."""
    mu, sigma, count = 0.3, 0.5, 200_000
    drawn = mu + sigma * np.random.default_rng(1).normal(size=(count, 1))
    R, b = (drawn[:, 0] > 0).astype("float32"), np.full((count, 1), 0.5, "float32")

    def loss(mean):
        return reinforce_losses(
            log_density(drawn, mean + ops.zeros((count, 1), dtype="float32"), sigma)[:, None], R, b
        )[0]

    error = np.std((R - 0.5) * (drawn[:, 0] - mu) / sigma**2) / np.sqrt(count)
    expected = norm.pdf(mu / sigma) / sigma
    assert abs(-gradient(loss, np.float32(mu)) - expected) < 4 * error < 0.02


def test_neither_loss_teaches_the_others_weights():
    rng = np.random.default_rng(2)
    log_pi, b, R = (rng.normal(size=shape).astype("float32") for shape in ((5, 3), (5, 3), 5))
    assert not gradient(lambda x: reinforce_losses(log_pi, R, x)[0], b).any()
    assert not gradient(lambda x: reinforce_losses(x, R, b)[1], log_pi).any()
    assert not gradient(lambda x: sum(reinforce_losses(log_pi, x, b)), R).any()
    np.testing.assert_allclose(gradient(lambda x: reinforce_losses(log_pi, R, x)[1], b), 2 * (b - R[:, None]) / 5, 1e-5)


@pytest.mark.parametrize("y", [[2, 0, 1], [[2], [0], [1]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]]])
def test_reward_is_one_for_the_right_class(y):
    p = np.array([[0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [0.0, 0.9, 0.1]])
    np.testing.assert_array_equal(rewards(np.array(y), ops.convert_to_tensor(p)), [1, 0, 1])
