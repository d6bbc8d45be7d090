# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   rnnkit:
#     goals:
#       - write a glimpse of an image, sharp in the middle and coarse around it;
#       - write the gradient of an expected reward that cannot be differentiated, and prove it by enumeration;
#       - say what a baseline changes in that gradient and what it does not;
#       - say which part of a network with hard attention is taught by which loss;
#       - compare what a network gains and loses by looking at a part of an image only.
#     prerequisites:
#       - the softmax and its cross-entropy (unit 11);
#       - mean and variance of a random variable, and the normal density;
#       - how a recurrent network is trained through time (unit 2).
#     minutes: 150
#     difficulty: medium
#     exercises:
#       glimpse: {title: A glimpse, difficulty: medium}
#       draw_location: {title: Where to look next, difficulty: easy}
#       policy_gradient: {title: REINFORCE, difficulty: medium}
#       estimate_variance: {title: The baseline, difficulty: medium}
#       hybrid_loss: {title: Three losses in one, difficulty: hard}
#       question: {title: Looking at a part or at the whole, difficulty: hard}
#     self_test:
#       - question: Why is the location not taught by the gradient of the cross-entropy, as all other parts are?
#         choices:
#           - The glimpse is cut out at whole pixels, so that its slope by the location is 0 or does not exist.
#           - The location is learnt before the network can answer.
#           - The cross-entropy does not depend on the location.
#         answer: a
#         why: The answer does depend on where the network looked. But the corner in (2) is rounded, and a small change of the
#           location changes either nothing or whole rows of pixels at once.
#       - question: The baseline is 5 where all rewards are 0 or 1. What does this do to the estimate's mean?
#         choices:
#           - It turns the sign round, as all advantages are negative.
#           - Nothing. Only its variance grows.
#           - It makes the mean 0.
#         answer: b
#         why: The mean of the slope of the log-probability is 0, so any number times it leaves the mean as it was. With few draws the
#           estimate is useless all the same.
#       - question: A network was right, and the baseline had expected 0.9. What happens to the locations that it drew?
#         choices:
#           - They are made much likelier.
#           - They are made less likely.
#           - They are made a little likelier.
#         answer: c
#         why: The advantage is 1 − 0.9 = 0.1. What goes as well as expected teaches little.
#       - question: An image is twice as high and twice as wide. What happens to the number of multiplications?
#         choices:
#           - It stays the same for the glimpses and is four times as large for a convolution.
#           - It is four times as large for both.
#           - It is twice as large for the glimpses and four times as large for a convolution.
#         answer: a
#         why: A glimpse has the same number of pixels on any image, and the number of glimpses is fixed. A convolution computes each
#           filter at each pixel.
#     key_points:
#       - A glimpse costs the same whatever the size of the image. Where the digit is, the network has to find out.
#       - "Hard attention chooses a place, and a choice has no slope: the locator is taught by reward, all the rest by the slope."
#       - REINFORCE makes likelier what was drawn when the reward was better than expected. A baseline leaves its mean and lowers its variance.
#       - Chosen glimpses are worth more than random ones. It does not follow that they beat looking at everything.
#     sources:
#       - 'Z. Wu, Recurrent Neural Networks (2015), the slides on visual attention.'
#       - 'V. Mnih, N. Heess, A. Graves and K. Kavukcuoglu, Recurrent Models of Visual Attention (2014), [arXiv 1406.6247](https://arxiv.org/abs/1406.6247).'
# ---

# %% [markdown]
# # 13 · Look where it matters
#
# A convolutional network computes each of its filters at each pixel of an image. You do not read like that: your eye is sharp in
# the middle only, and goes from place to place. **Can a network learn where to look?** Its agent "only has limited bandwidth to
# observe the environment", says the lecture: some glimpses, say six, of a few numbers each. After the last glimpse it says what
# it has seen, and the reward is whether that is right. Nobody tells it where the digit is.
#
# The network is V. Mnih, N. Heess, A. Graves and K. Kavukcuoglu's (2014), and the quotations are from Z. Wu's lecture
# (2015). The digits are E. Alpaydin's and C. Kaynak's; docs/data.md has their licence.

# %%
import numpy as np

from rnnkit.course.teaching import check_array, check_equal, choose, profile, quiet, report_result

with quiet():  # TensorFlow's start-up log
    import keras

import matplotlib.pyplot as plt

from rnnkit.applications import GlimpseSensor
from rnnkit.course.experiments import attention as lab
from rnnkit.course.paths import build_dir
from rnnkit.datasets import OpticalDigits, load_optical_digits
from rnnkit.plots import COLOURS

print(f"profile {profile()}, Keras {keras.__version__} on {keras.backend.backend()}")

# %% [markdown]
# The environment: digits of 8 × 8 pixels, each somewhere on a dark canvas of 24 × 24. Those in the test were written by other people.

# %% tags=["nbval-check-output"]
TESTED = choose(check=200, quick=None, full=None)  # None is all of them
training, test = load_optical_digits()
tested = OpticalDigits(test.images[:TESTED], test.labels[:TESTED], test.source)
canvases = lab.on_canvases(tested, seed=9)
print(f"{len(training)} digits to train on, {len(test)} of other people to test")
print(f"a canvas has {canvases.images[0].size} pixels, a digit {test.images[0].size}")
print("source:", test.source)

# %% [markdown]
# ## What the network sees
#
# A location $l = (l_1, l_2)$ is a row and a column, −1 at the upper and left border of an image of H × W pixels, 1 at the lower and
# right one. Around it, K square crops are cut out, each twice as wide as the one before, and each is averaged down to s × s
# numbers: sharp in the middle, coarse around it. Crop k = 0, …, K − 1 is $s_k$ pixels wide and begins in row r and column c:
#
# $$s_k = 2^k s \tag{1}$$
# $$(r, c) = \Big\lfloor \tfrac{1}{2}(l + 1) \cdot (H, W) - \tfrac{1}{2} s_k + \tfrac{1}{2} \Big\rfloor \tag{2}$$
# $$\rho_{kij} = \frac{1}{4^k} \sum_{m < 2^k} \sum_{n < 2^k} x_{r + 2^k i + m,\; c + 2^k j + n} \tag{3}$$
#
# Pixels outside of the image are 0.
#
# ![](diagram:glimpses)
#
# *Numbers in the picture are those of the equations of `rnnkit.RecurrentAttention`.*
#
# **Exercise 1 (20 points).** Write (1) to (3).

# %% [markdown] hint="glimpse"
# Crops may hang over the border on any side, or lie outside altogether. Put the image into the middle of a larger array of zeros first;
# `np.pad` does that. Which crop decides how wide its margin has to be?

# %% [markdown] hint="glimpse"
# With a margin on all sides, the crop begins at r plus the margin. For the averages, look at a crop's rows as s groups of $2^k$
# rows, and its columns alike: reshape it to four axes, and take the mean over two of them.


# %% nbgrader={"grade": false, "grade_id": "glimpse", "locked": false, "schema_version": 3, "solution": true, "task": false}
def glimpse(image, l, size, scales):  # noqa: E741
    """The crops around a location, each averaged down to size x size, (1) to (3).

    image: shape (H, W), not changed. l: shape (2,), row and column, each from -1 to 1. size: s. scales: K.
    Returns shape (scales, size, size), the finest first.
    """
    ### BEGIN SOLUTION
    sides = np.array(image.shape)
    margin = 2 ** (scales - 1) * size
    padded = np.pad(image, margin)
    seen = []
    for k in range(scales):
        width = 2**k
        s_k = width * size  # (1)
        r, c = np.floor((np.asarray(l) + 1) / 2 * sides - s_k / 2 + 1 / 2).astype(int) + margin  # (2)
        crop = padded[r : r + s_k, c : c + s_k]
        seen.append(crop.reshape(size, width, size, width).mean(axis=(1, 3)))  # (3)
    return np.array(seen)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_glimpse", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
numbers = np.arange(36.0).reshape(6, 6)
check_array(
    "the middle of 6 x 6 pixels",
    glimpse(numbers, np.array([0.0, 0.0]), 2, 2),
    [[[14, 15], [20, 21]], [[10.5, 12.5], [22.5, 24.5]]],
)
check_array("the upper left corner", glimpse(numbers, np.array([-1.0, -1.0]), 2, 1), [[[0, 0], [0, 0]]])
check_array("the right border", glimpse(numbers, np.array([0.0, 1.0]), 2, 1), [[[17, 0], [23, 0]]])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(131)
_image = _rng.random((9, 14))
_kept = _image.copy()
for _size, _scales in ((1, 1), (3, 2), (2, 4)):
    for _l in (np.array([-1.0, 1.0]), np.array([1.0, -0.3]), _rng.uniform(-1, 1, 2), _rng.uniform(-1, 1, 2)):
        _expected = np.zeros((_scales, _size, _size))
        for _k in range(_scales):
            _f = 2**_k
            _r, _c = (int(np.floor((_l[a] + 1) / 2 * _image.shape[a] - _f * _size / 2 + 0.5)) for a in range(2))
            for _row in range(_f * _size):
                for _column in range(_f * _size):
                    _y, _x = _r + _row, _c + _column
                    if 0 <= _y < 9 and 0 <= _x < 14:
                        _expected[_k, _row // _f, _column // _f] += _image[_y, _x] / _f**2
        check_array(
            f"{_scales} scales of size {_size} at {_l.round(2)}", glimpse(_image, _l, _size, _scales), _expected
        )
check_array("the image, afterwards", _image, _kept, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# The network below gets three crops of 4 × 4, which are 4, 8 and 16 pixels wide: 48 numbers of the canvas' 576.

# %% tags=["experiment"] alt="A canvas of 24 by 24 pixels with a 4 to the right of its middle, and three squares around one place on it, 4, 8 and 16 pixels wide. Beside it what each square gives, 4 by 4 numbers: the smallest shows a part of the strokes pixel by pixel, the middle one most of the digit in blocks of two pixels, the widest a bright spot of a few blocks on a dark ground."
place = np.array([0.15, 0.3])
shown = canvases.images[4]
views = np.asarray(GlimpseSensor(size=4, scales=3)(shown[None], place[None]))[0]
figure, panels = plt.subplots(1, 4, figsize=(10, 2.9), layout="constrained")
panels[0].imshow(shown[..., 0], cmap="gray", vmin=0, vmax=1, extent=(0, lab.CANVAS, lab.CANVAS, 0))
for k, (colour, line) in enumerate(zip(COLOURS[1:], ("-", "--", ":"), strict=False)):
    width = 4 * 2**k
    r, c = np.floor((place + 1) / 2 * lab.CANVAS - width / 2 + 0.5)
    panels[0].add_patch(plt.Rectangle((c, r), width, width, fill=False, edgecolor=colour, linestyle=line, linewidth=2))
    panels[k + 1].imshow(views[..., k], cmap="gray", vmin=0, vmax=1)
    panels[k + 1].set(title=f"{width} pixels wide", xticks=range(4), yticks=range(4))
    for spine in panels[k + 1].spines.values():
        spine.set(edgecolor=colour, linestyle=line, linewidth=2)
panels[0].set(title=f"canvas with a {canvases.labels[4]}", xlabel="column [pixel]", ylabel="row [pixel]")
plt.show()

# %% [markdown]
# ## Where it looks next
#
# A recurrent core keeps what was seen: $h_t$ comes from $h_{t-1}$ and from glimpse and location t. From $h_t$ a small network, the
# locator, makes the mean $\mu$ of the next location, between −1 and 1. In training the location is drawn around it, to try out
# what another place would have given:
#
# $$l = \mu + \sigma \varepsilon, \qquad \varepsilon \sim N(0, I) \tag{4}$$
# $$\log \pi(l) = -\frac{1}{2\sigma^2} \sum_{d=1}^{2} (l_d - \mu_d)^2 - 2 \log\big(\sigma \sqrt{2\pi}\big) \tag{5}$$
# $$\frac{\partial \log \pi(l)}{\partial \mu} = \frac{l - \mu}{\sigma^2} \tag{6}$$
#
# (In (5), the π under the root is the number.) A location beyond the border is drawn back to it before the network looks, each of its
# two numbers by itself. But what was drawn with the density (5) is l itself.
#
# **Exercise 2 (15 points).** Write (4) to (6) for I images at once. Draw ε with `rng.standard_normal` in the shape of `mu`.

# %% [markdown] hint="draw_location"
# There are two locations: the one that was drawn and the one that is looked at. Which of them stands in (5) and (6)?

# %% [markdown] hint="draw_location"
# (5) has one number an image: a sum over the two coordinates. The last term belongs to both coordinates, and counts once for each.


# %% nbgrader={"grade": false, "grade_id": "draw_location", "locked": false, "schema_version": 3, "solution": true, "task": false}
def draw_location(mu, sigma, rng):
    """Draw locations (4), with the log-density (5) and its slope (6).

    mu: shape (I, 2). sigma: a number > 0. rng: a random generator.
    Returns where the network looks, shape (I, 2), from -1 to 1; log-density, shape (I,); slope, shape (I, 2).
    """
    ### BEGIN SOLUTION
    drawn = mu + sigma * rng.standard_normal(mu.shape)  # (4)
    log_density = -np.sum((drawn - mu) ** 2, axis=1) / (2 * sigma**2) - 2 * np.log(sigma * np.sqrt(2 * np.pi))  # (5)
    return np.clip(drawn, -1, 1), log_density, (drawn - mu) / sigma**2  # (6)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_draw_location", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
means = np.array([[0.0, 0.5], [0.9, -0.9], [-0.2, 0.1]])
looked, log_density, slope = draw_location(means, 0.5, np.random.default_rng(3))
epsilon = np.random.default_rng(3).standard_normal((3, 2))
check_array("where it looks", looked, np.clip(means + 0.5 * epsilon, -1, 1))
check_array("slope of the log-density", slope, epsilon / 0.5)
check_array("log-density", log_density, [-(a**2 + b**2) / 2 - np.log(0.25 * 2 * np.pi) for a, b in epsilon])
### BEGIN HIDDEN TESTS
from scipy.stats import multivariate_normal as _normal  # noqa: E402

_means = np.random.default_rng(132).uniform(-1, 1, (40, 2))
_kept = _means.copy()
for _sigma in (0.03, 2.0):
    _drawn = _means + _sigma * np.random.default_rng(8).standard_normal((40, 2))
    _looked, _density, _slope = draw_location(_means, _sigma, np.random.default_rng(8))
    check_array(f"where it looks, σ = {_sigma}", _looked, np.minimum(1, np.maximum(-1, _drawn)))
    _expected = [_normal.logpdf(x, m, _sigma**2) for x, m in zip(_drawn, _means, strict=True)]
    check_array(f"log-density, σ = {_sigma}", _density, _expected, rtol=1e-5, atol=1e-7)
    _by_differences = [
        [
            (_normal.logpdf(x, m + d, _sigma**2) - _normal.logpdf(x, m - d, _sigma**2)) / (2e-4 * _sigma)
            for d in np.eye(2) * 1e-4 * _sigma
        ]
        for x, m in zip(_drawn, _means, strict=True)
    ]
    check_array(f"slope, σ = {_sigma}", _slope, _by_differences, rtol=1e-4, atol=1e-5)
check_array("the means, afterwards", _means, _kept, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## A reward has no slope
#
# The reward R is 1 if the answer is right, else 0. It depends on where the network looked, but not in a way that can be
# differentiated. What can be differentiated is its expectation. Take a simpler choice, of one among n places, by scores θ:
#
# $$\pi_k = \frac{e^{\theta_k}}{\sum_m e^{\theta_m}}, \qquad \mathrm{E}[R] = \sum_k \pi_k R_k \tag{7}$$
#
# As $\nabla \pi_k = \pi_k \nabla \log \pi_k$, the slope of the expectation is itself an expectation, and can be estimated by trying. After I
# draws, of the places $c_i$ with the rewards $R_i$, REINFORCE (R. J. Williams 1992) estimates it by
#
# $$\hat g = \frac{1}{I} \sum_i (R_i - b)\, \nabla_\theta \log \pi_{c_i}, \qquad
#   \frac{\partial \log \pi_c}{\partial \theta_k} = \delta_{kc} - \pi_k \tag{8}$$
#
# $\delta_{kc}$ is 1 for k = c, else 0. b is any number, the **baseline**; Exercise 4 is about it.
#
# **Exercise 3 (20 points).** Write (8), the estimate of $\nabla_\theta \mathrm{E}[R]$. Scores of 1,000 must not overflow. The check has no luck in it: a batch
# in which each place occurs just as often as it is drawn must give the exact slope of (7).

# %% [markdown] hint="policy_gradient"
# For each draw there is a vector with as many numbers as there are places: 1 at the place that was drawn, and from all of it the
# probabilities are taken away. Rows of the unit matrix are such ones.

# %% [markdown] hint="policy_gradient"
# Each draw's vector is multiplied with its own advantage $R_i - b$, and only then the mean over draws is taken. A softmax stays the same when
# the largest score is taken away from all of them.


# %% nbgrader={"grade": false, "grade_id": "policy_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def policy_gradient(theta, chosen, rewards, baseline):
    """The estimated slope of the expected reward by the scores, (8).

    theta: the n places' scores, shape (n,). chosen: places drawn, integers, shape (I,). rewards: shape (I,).
    baseline: a number. Returns shape (n,).
    """
    ### BEGIN SOLUTION
    likeness = np.exp(theta - np.max(theta))
    pi = likeness / np.sum(likeness)  # (7)
    slopes = np.eye(len(theta))[chosen] - pi
    return np.mean((rewards - baseline)[:, None] * slopes, axis=0)  # (8)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_policy_gradient", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
# Two places, drawn once and three times in four; the reward is in the first. The slope is π_k (R_k − E[R]).
odds, draws, won = np.log([1.0, 3.0]), np.array([1, 0, 1, 1]), np.array([0.0, 1.0, 0.0, 0.0])
exact = [0.25 * (1 - 0.25), 0.75 * (0 - 0.25)]
for b in (0.0, 0.25, 5.0):
    check_array(f"two places, baseline {b}", policy_gradient(odds, draws, won, b), exact)
check_array("large scores", policy_gradient(odds + 1000, draws, won, 0.0), exact)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(133)
_counts = np.array([3, 1, 7, 5, 4])
_of_place, _odds = _rng.normal(size=5), np.log(_counts)
_chosen = _rng.permutation(np.repeat(np.arange(5), _counts))


def _expected_reward(scores):
    """By enumeration (7)."""
    weights = [float(np.exp(s)) for s in scores]
    return sum(w * float(r) for w, r in zip(weights, _of_place, strict=True)) / sum(weights)


_exact = [(_expected_reward(_odds + d) - _expected_reward(_odds - d)) / 2e-5 for d in np.eye(5) * 1e-5]
for _b in (0.0, -1.3):
    _received = policy_gradient(_odds, _chosen, _of_place[_chosen], _b)
    check_array(f"five places against enumeration, baseline {_b}", _received, _exact, rtol=1e-5, atol=1e-7)
_theta, _some, _won = _rng.normal(size=3), np.array([2, 2, 0, 2, 1, 0, 2]), _rng.normal(size=7)
_pi = np.exp(_theta) / sum(float(np.exp(t)) for t in _theta)
_estimate = [sum((_won[i] - 0.4) * ((_some[i] == k) - _pi[k]) for i in range(7)) / 7 for k in range(3)]
check_array("seven draws of three places", policy_gradient(_theta, _some, _won, 0.4), _estimate)
### END HIDDEN TESTS

# %% [markdown]
# ## What the baseline is for
#
# The mean of (8) is the same for any b, because the mean of $\nabla \log \pi$ is 0. A single draw's variance is not:
#
# $$V(b) = \sum_k \pi_k\, (R_k - b)^2\, \lVert \nabla_\theta \log \pi_k \rVert^2 - \lVert \nabla_\theta \mathrm{E}[R] \rVert^2 \tag{9}$$
#
# $\lVert\cdot\rVert^2$ is the sum of a vector's squares, and here $R_k$ is the reward of place k. As the last term is free of b, the best
# baseline is that of a weighted mean of squares:
#
# $$b^* = \frac{\sum_k \pi_k\, R_k\, \lVert \nabla_\theta \log \pi_k \rVert^2}{\sum_k \pi_k\, \lVert \nabla_\theta \log \pi_k \rVert^2} \tag{10}$$
#
# **Exercise 4 (15 points).** Write (9) and (10).

# %% [markdown] hint="estimate_variance"
# The vectors $\nabla_\theta \log \pi_k$ of all places are a square table: the unit matrix, with the probabilities taken away from each row.
# Their squared lengths are one number a row.

# %% [markdown] hint="estimate_variance"
# The last term of (9) is the squared length of a mean vector: weight each row of the table by $\pi_k R_k$ and add up first, then take the
# square. It has no b in it.


# %% nbgrader={"grade": false, "grade_id": "estimate_variance", "locked": false, "schema_version": 3, "solution": true, "task": false}
def estimate_variance(theta, rewards, baseline):
    """The variance of a single draw's estimate (9), and the baseline that makes it least (10).

    theta: the n places' scores, shape (n,). rewards: of each place, shape (n,). baseline: a number.
    Returns two numbers.
    """
    ### BEGIN SOLUTION
    pi = np.exp(theta - np.max(theta))
    pi = pi / np.sum(pi)
    slopes = np.eye(len(theta)) - pi
    squares = np.sum(slopes**2, axis=1)
    exact = (pi * rewards) @ slopes
    variance = np.sum(pi * (rewards - baseline) ** 2 * squares) - np.sum(exact**2)  # (9)
    return variance, np.sum(pi * rewards * squares) / np.sum(pi * squares)  # (10)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_estimate_variance", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
two, won_first = np.log([1.0, 3.0]), np.array([1.0, 0.0])
received = estimate_variance(two, won_first, 0.0)
check_equal("number of results", len(received), 2)
check_array("variance without a baseline", received[0], 0.25 * 2 * 0.75**2 - 2 * 0.1875**2)
check_array("the best baseline", received[1], 0.75)
check_array("variance at the best baseline", estimate_variance(two, won_first, 0.75)[0], 0, atol=1e-12)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(134)
_counts = np.array([2, 6, 1, 3])
_theta, _won = np.log(_counts) + 3.0, _rng.normal(size=4)
_draws = np.repeat(np.arange(4), _counts)


def _by_draws(b):
    """The variance over all draws, each place as often as it is drawn."""
    each = [(_won[c] - b) * np.array([(k == c) - _counts[k] / 12 for k in range(4)]) for c in _draws]
    return np.var(each, axis=0).sum()


for _b in (0.0, 0.7, -4.0):
    check_array(f"variance, baseline {_b}", estimate_variance(_theta, _won, _b)[0], _by_draws(_b))
_best = estimate_variance(_theta, _won, 0.0)[1]
_parabola = np.polyfit([-1.0, 0.0, 1.0], [_by_draws(b) for b in (-1.0, 0.0, 1.0)], 2)
check_array("the best of all baselines", _best, -_parabola[1] / (2 * _parabola[0]))
check_array("the same from another start", estimate_variance(_theta, _won, 9.0)[1], _best)
### END HIDDEN TESTS

# %% [markdown]
# How much is it worth? Ten places, equally likely, and the reward is in one of them. The estimate's mean stays, and its spread does not.

# %% tags=["experiment"] alt="Left, the variance of one draw's estimate over the baseline, a parabola: 1.16 at −1, least with less than 0.1 at 0.1, and 0.8 at 1. Right, two histograms of 400 estimates around the exact slope 0.09: with the baseline 0.1 they lie between 0.03 and 0.15, with −1 between −0.04 and 0.24."
n, batch = 10, 128
slopes = np.eye(n) - 1 / n
rng = np.random.default_rng(0)
drawn = rng.integers(0, n, (400, batch))
b_line = np.linspace(-1, 1, 81)
length = (slopes**2).sum(axis=1)
by_b = [
    np.mean((np.eye(n)[3] - b) ** 2 * length) - np.sum(np.mean(np.eye(n)[3][:, None] * slopes, axis=0) ** 2)
    for b in b_line
]
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
panels[0].plot(b_line, by_b, color=COLOURS[0])
panels[0].set(xlabel="baseline b", ylabel="variance of one draw's estimate", xticks=np.arange(-1, 1.1, 0.5))
for b, colour, hatch in ((-1.0, COLOURS[1], "//"), (0.1, COLOURS[0], "")):
    estimates = (((drawn == 3) - b)[..., None] * slopes[drawn]).mean(axis=1)[:, 3]
    step = (0.9 - b) / batch  # by which one more draw of the right place moves an estimate; two such values a bar
    edges = np.arange(estimates.min() - step / 2, estimates.max() + 2 * step, 2 * step)
    label = f"b = {b:g}".replace("-", "−")
    panels[1].hist(estimates, edges, density=True, color=colour, hatch=hatch, alpha=0.7, label=label)
    print(
        f"baseline {b:4.1f}: estimate {estimates.mean():.3f}, standard deviation {estimates.std():.3f}; exact {0.1 * 0.9:.3f}"
    )
panels[1].axvline(0.09, color="0.2", linestyle="--", label="exact")
panels[1].set(xlabel=f"estimated slope of the right place's score, {batch} draws", ylabel="density of 400 estimates")
panels[1].legend()
for axes in panels:
    axes.grid(alpha=0.3)
plt.show()

# %% [markdown]
# ## All of it together
#
# An image has T choices and one reward, "the classification result of the last step". With its answers' probabilities p after the last glimpse,
# the right class y, and what a small network has expected before each choice, $b_{it}$:
#
# $$R_i = \begin{cases} 1 & \text{if the likeliest class is } y_i \\ 0 & \text{else} \end{cases}, \qquad A_{it} = R_i - b_{it} \tag{11}$$
# $$L = -\frac{1}{I}\sum_i \log p_i(y_i) \;-\; \frac{w}{I} \sum_i \sum_t A_{it} \log \pi_{it} \;+\; \frac{1}{I} \sum_i \sum_t A_{it}^2 \tag{12}$$
#
# The first part teaches glimpses, core and answer. The second teaches the locator, and there **A is a constant**. The third
# teaches the baseline. So L has these slopes:
#
# $$\frac{\partial L}{\partial \log \pi_{it}} = -\frac{w}{I} A_{it}, \qquad \frac{\partial L}{\partial b_{it}} = -\frac{2}{I} A_{it} \tag{13}$$
#
# **Exercise 5 (15 points).** Write (11) to (13). L is minimized, while (8) said where the reward rises: mind the sign.

# %% [markdown] hint="hybrid_loss"
# Begin with the reward: the place of the largest probability in each row, compared with the label. It is a 0 or a 1 for each image, and needs one axis
# more before the baselines are taken away from it.

# %% [markdown] hint="hybrid_loss"
# In each part the sum goes over the steps, and the mean over images only. The slope by the baseline comes from the third part alone.


# %% nbgrader={"grade": false, "grade_id": "hybrid_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hybrid_loss(p, labels, log_policy, baselines, w):
    """The loss (12), and its slopes by log-probabilities and baselines (13).

    p: shape (I, classes), after the last glimpse. labels: integers, shape (I,). log_policy, baselines: shape (I, T).
    w: the weight of the policy's part. Returns a number and two arrays of shape (I, T).
    """
    ### BEGIN SOLUTION
    count = len(labels)
    rewards = (np.argmax(p, axis=1) == labels).astype(float)
    a = rewards[:, None] - baselines  # (11)
    answer = -np.sum(np.log(p[np.arange(count), labels])) / count
    policy = -np.sum(a * log_policy) / count
    baseline = np.sum(a**2) / count
    return answer + w * policy + baseline, -w * a / count, -2 * a / count  # (12), (13)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_hybrid_loss", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
said, right = np.array([[0.7, 0.3], [0.6, 0.4]]), np.array([0, 1])
before, expected = np.array([[-1.0, -2.0, 0.5], [-0.5, -1.5, -3.0]]), np.array([[0.5, 0.5, 0.75], [0.0, 0.5, 0.25]])
loss, by_policy, by_baseline = hybrid_loss(said, right, before, expected, 0.5)
advantage = np.array([[0.5, 0.5, 0.25], [0.0, -0.5, -0.25]])
check_array("slope by the log-probabilities", by_policy, -0.25 * advantage)
check_array("slope by the baselines", by_baseline, -advantage)
check_array(
    "the loss",
    loss,
    -(np.log(0.7) + np.log(0.4)) / 2 - 0.25 * (-0.5 - 1.0 + 0.125 + 0.75 + 0.75) + (0.5625 + 0.3125) / 2,
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(135)
_p, _labels = _rng.dirichlet(np.ones(4), 7), _rng.integers(0, 4, 7)
_labels[:3] = _p[:3].argmax(axis=1)
_log_policy, _baselines = _rng.normal(size=(7, 5)), _rng.normal(size=(7, 5))
_kept = _log_policy.copy(), _baselines.copy()


def _value(log_policy, baselines, constant):
    """(12) in loops, with the advantage of the policy's part as it was."""
    total = 0.0
    for i in range(7):
        won = 1.0 if max(range(4), key=lambda k: _p[i, k]) == _labels[i] else 0.0
        total -= np.log(_p[i, _labels[i]])
        for t in range(5):
            total += -1.7 * (won - constant[i, t]) * log_policy[i, t] + (won - baselines[i, t]) ** 2
    return total / 7


_loss, _by_policy, _by_baseline = hybrid_loss(_p, _labels, _log_policy, _baselines, 1.7)
check_array("the loss of 7 images", _loss, _value(_log_policy, _baselines, _baselines))
for _i, _t in ((0, 0), (2, 4), (6, 1)):
    _move = np.zeros((7, 5))
    _move[_i, _t] = 1e-5
    _up, _down = (_value(_log_policy + s * _move, _baselines, _baselines) for s in (1, -1))
    check_array("slope by one log-probability", _by_policy[_i, _t], (_up - _down) / 2e-5, rtol=1e-4, atol=1e-7)
    _up, _down = (_value(_log_policy, _baselines + s * _move, _baselines) for s in (1, -1))
    check_array("slope by one baseline", _by_baseline[_i, _t], (_up - _down) / 2e-5, rtol=1e-4, atol=1e-7)
check_array("log-probabilities, afterwards", _log_policy, _kept[0], rtol=0, atol=0)
check_array("baselines, afterwards", _baselines, _kept[1], rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## The experiment
#
# `rnnkit.RecurrentAttention` with six glimpses, a core of 128 units and σ = 0.15. In training the first glimpse is anywhere, in the
# test at the centre, and there the locations are the means: without noise, as an answer that is averaged over many noisy tries would look
# better than one try is. Beside it the same network, trained and tested with **random** glimpses, and a small **convolutional** network that sees
# every pixel. All digits are put to new places in each pass over them.
#
# The profile `quick` trains for about 8,000 updates of 128 canvases, the convolutional network for about 350; `full` takes six times as many. A training that was
# interrupted goes on where it was.
#
# The rate of 0.0007 was chosen on digits held out of the training, with other seeds (not run here; 8,000 updates each, mean ± standard
# deviation). With it and six seeds, glimpses 3 to 5 were 3.9 ± 0.2 times as often on the digit as random ones; with 0.002 and three seeds only
# 2.7 ± 0.1 times; with 0.004 and one, as often. As long as the answers are poor, the rewards say little of the places, and a fast locator goes
# far by them. The answers would rather have 0.002: then 91 % were right and not 88 %, with random glimpses 69 % and not 62 %. So the difference
# in the next picture is some points smaller if each may have its better rate.

# %% tags=["experiment"]
PARTS, WHOLE_PARTS, COUNT = choose(check=(1, 1, 200), quick=(67, 3, None), full=(402, 18, None))
shown_digits = OpticalDigits(training.images[:COUNT], training.labels[:COUNT], training.source)
steps = lab.steps_of(shown_digits, PARTS)
networks = {policy: lab.network(policy, steps, seed=1) for policy in ("learned", "random")}
for policy, model in networks.items():
    print(f"{policy} glimpses, {steps} updates, {lab.multiplications(model, lab.CANVAS):,} multiplications an image")
    lab.train(model, shown_digits, PARTS, build_dir() / "13_attention" / policy, seed=1)
found = {policy: lab.measured(model, canvases) for policy, model in networks.items()}

# %% tags=["experiment"]
whole = lab.convolutional_network(lab.steps_of(shown_digits, WHOLE_PARTS), seed=1)
lab.train(whole, shown_digits, WHOLE_PARTS, build_dir() / "13_attention" / "convolutional", seed=1)


def share_right(drawn_canvases):
    """The convolutional network's share of right answers."""
    return float((whole.predict(drawn_canvases.images, verbose=0).argmax(axis=1) == drawn_canvases.labels).mean())


seen_whole = share_right(canvases)
for policy, of in found.items():
    print(f"{policy:8s} right after glimpse 1 to 6:", "  ".join(f"{100 * share:.1f} %" for share in of["accuracy"]))
print(f"convolutional network: {100 * seen_whole:.1f} %")
times = found["learned"]["on_digit"] / found["random"]["on_digit"].mean()
print(f"on the digit, random: {100 * found['random']['on_digit'].mean():.0f} % of the glimpses")
print("on the digit, learned:", "  ".join(f"{100 * share:.0f} %" for share in found["learned"]["on_digit"]))
print("as a multiple of random:", "  ".join(f"{ratio:.1f}" for ratio in times))

# %% tags=["experiment"] alt="Left, the share of right answers after one to six glimpses. Learned glimpses rise from 30 to 85 %, random ones stay below them, from 21 to 62 %; a dashed line for the convolutional network is above both at 97 %, a dotted one for a guess at 10 %. Right, the share of glimpses whose centre is on the digit: random ones 10 to 14 % throughout, learned ones 23 % at first, 27 % at the second, 39 to 40 % from the third to the fifth, and 17 % at the sixth."
figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
number = np.arange(1, 7)
for (policy, of), colour, marker in zip(found.items(), COLOURS, "os", strict=False):
    panels[0].plot(number, 100 * of["accuracy"], color=colour, marker=marker, label=f"{policy} glimpses")
    panels[1].plot(number, 100 * of["on_digit"], color=colour, marker=marker, label=f"{policy} glimpses")
panels[0].axhline(100 * seen_whole, color=COLOURS[2], linestyle="--", label="convolutional, all pixels")
panels[0].axhline(10, color="0.2", linestyle=":", label="a guess")
panels[0].set(xlabel="glimpses", ylabel="right answers [%]", ylim=(0, 103))
panels[1].set(xlabel="glimpse", ylabel="centre is on the digit [%]", ylim=(0, 50))
for axes in panels:
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
plt.show()

# %% [markdown]
# To look where one chooses to is worth more than twenty points over random places, and each glimpse up to the last adds to it. The
# first glimpse is at the centre by order, and there is a digit in $(8/17)^2$ = 22 % of the cases. Glimpses 3 to 5 are on the digit more
# than three times as often as random ones. The sixth is so one and a half times as often only: the network has mostly made up its mind by then, and a place that hardly changes the reward is hardly taught.
#
# And the convolutional network, which sees each pixel, is right in 97 %, after less than a twentieth of the updates. On this canvas it needs
# twice the multiplications.
#
# Where has the network looked? These are the first eight digits of the test.

# %% tags=["experiment"] alt="Eight canvases with a digit from 0 to 7 each, and the centres of six numbered glimpses, joined by a line. All begin at the centre and go to the lower right of it; the third to the fifth are mostly on the digit or at its edge, some of them beyond it, and the sixth mostly away from it, at an empty place. Six are read rightly at the end: 0, 4 and 7 from the second glimpse on, 1 and 3 from the third, the 6 from the fourth. The 2 is read as 1, the 5 as 9."
figure, panels = plt.subplots(2, 4, figsize=(10, 5.4), layout="constrained")
shades = plt.get_cmap("plasma")(np.linspace(0.25, 0.95, 6))
for i, axes in enumerate(panels.flat):
    rows, columns = found["learned"]["places"][i].T
    axes.imshow(canvases.images[i, ..., 0], cmap="gray", vmin=0, vmax=1.3, extent=(0, lab.CANVAS, lab.CANVAS, 0))
    axes.plot(columns, rows, color="white", linewidth=0.8)
    for t in range(6):
        axes.plot(columns[t], rows[t], "o", color=shades[t], markersize=11, alpha=0.85, clip_on=False)
        ink = "white" if t < 3 else "black"
        axes.text(columns[t], rows[t], str(t + 1), ha="center", va="center", fontsize=8, color=ink)
    says = " ".join(map(str, found["learned"]["answers"][i]))
    axes.set(title=f"a {canvases.labels[i]}, read as {says}", xticks=[0, 12, 24], yticks=[0, 12, 24])
    axes.title.set_fontsize(9)
figure.supxlabel("column [pixel]")
figure.supylabel("row [pixel]")
plt.show()

# %% [markdown]
# ## A larger canvas
#
# "Unlike CNN, this framework could recognize an image of arbitrary input size without scaling", says the lecture. Here are the same trained networks on
# larger canvases, with as many glimpses as before and with twice as many. A location's unit is 12 pixels throughout, so that a move is as long as in training.

# %% tags=["experiment"]
SIDES = choose(check=(24,), quick=(24, 36, 48), full=(24, 36, 48, 72, 96))
larger = {"six learned": [], "twelve learned": [], "twelve random": [], "convolutional": []}
for side in SIDES:
    wide = lab.on_canvases(tested, side, seed=9)
    learned_there = lab.measured(networks["learned"], wide, glimpses=12)
    shares = (
        learned_there["accuracy"][5],
        learned_there["accuracy"][11],
        lab.measured(networks["random"], wide, glimpses=12)["accuracy"][11],
        share_right(wide),
    )
    for name, share in zip(larger, shares, strict=True):
        larger[name].append(float(share))
    print(f"{side} x {side}:", ", ".join(f"{name} {100 * of[-1]:.1f} %" for name, of in larger.items()))
    print("  on the digit, learned:", " ".join(f"{100 * share:.0f} %" for share in learned_there["on_digit"]))

# %% tags=["experiment"] alt="Left, the share of right answers over the side of the canvas, 24, 36 and 48 pixels. Six learned glimpses fall from 85 to 52 and 32 %, twelve from 72 to 42 and 27 %, twelve random ones from 54 to 41 and 29 %; the convolutional network stays at 97 and 96 %. Right, multiplications an image on logarithmic axes: level lines at 0.38 and 0.76 million for six and twelve glimpses; the convolutional network rises from 0.75 million at 24 pixels to 48 million at 192."
colours = COLOURS[0], COLOURS[3], COLOURS[1], COLOURS[2]  # of learned, random and convolutional as above
figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for (name, shares), colour, marker in zip(larger.items(), colours, "oDs^", strict=True):
    panels[0].plot(SIDES, 100 * np.array(shares), color=colour, marker=marker, label=name)
panels[0].set_xticks(SIDES)
panels[0].set(xlabel="side of the canvas [pixel] (trained on 24)", ylabel="right answers [%]", ylim=(0, 103))
all_sides = np.array([24, 36, 48, 72, 96, 192])
six = lab.multiplications(networks["learned"], lab.CANVAS)
costs = {
    "six learned": [six] * len(all_sides),
    "twelve learned": [2 * six] * len(all_sides),
    "convolutional": [lab.multiplications(whole, int(side)) for side in all_sides],
}
for (name, cost), colour, marker in zip(costs.items(), (*colours[:2], colours[3]), "oD^", strict=True):
    panels[1].plot(all_sides, cost, color=colour, marker=marker, label=name)
    print(f"{name:14s}", ", ".join(f"{side}: {value:,}" for side, value in zip(all_sides, cost, strict=True)))
panels[1].set(xlabel="side of the canvas [pixel]", ylabel="multiplications an image", xscale="log", yscale="log")
panels[1].set_xticks(all_sides, [str(side) for side in all_sides])
panels[1].minorticks_off()
for axes in panels:
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
plt.show()

# %% [markdown]
# The glimpses do cost the same on a canvas of any size, and a convolution's cost grows with the area: on 192 × 192 pixels it needs 125 times as
# many multiplications as six glimpses. But the network of this unit is not right there. It has learnt how to find a digit on 24 pixels, from a coarsest
# crop that shows half of them; on 48 pixels it is right in a third of the cases, and with twelve glimpses no more often than the network that has learnt with random
# ones. More glimpses than in training do harm, on 24 pixels too: nothing has taught it where to look after the sixth, nor to keep what it knows. The convolutional network stays at 96 %, as its filters and their largest answers
# know of no canvas. So "arbitrary input size" holds for what can be computed, and for the cost; what is learnt on one size is not
# known on another.

# %% tags=["experiment"]
chosen, at_random = (float(found[policy]["accuracy"][-1]) for policy in ("learned", "random"))
report_result(
    figure=f"digits on a canvas of 9 times their area, six learned glimpses: {100 * chosen:.0f} % right, "
    f"the third to fifth {times[2:5].mean():.1f} times as often on the digit as random ones",
    baseline=f"six random glimpses {100 * at_random:.0f} %, a convolutional net that sees all {100 * seen_whole:.0f} %",
    holds=chosen - at_random >= 0.15 and times[2:5].mean() >= 3,
)

# %% [markdown]
# ## Question (15 points, marked by hand)
#
# (a) In (12) no gradient goes from the first part into the locator, nor from the second into the core. What would each of the two connections
# mean, and which of them cannot exist at all? (b) The share of right answers rises up to the last glimpse, although the network could have gone to the digit at once. Why
# does nothing in (11) ask it to hurry, and how would you change the reward so that it does? (c) By your own figures: for which images would you take the glimpses, and for which the
# convolutional network?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# (a) From the cross-entropy into the locator: the answer's slope by the place that was looked at. It does not exist, as the crop is cut at whole pixels
# (an interpolated crop would have one, but it would say only what a shift of a pixel changes). From the policy's part into the core: the core would learn to keep what
# helps to choose the next place. That is possible, and the paper does it; here the core learns from the answers alone, so that a noisy slope does not disturb it.
#
# (b) The reward is that of the last step alone, and all T glimpses are taken in any case: where the first five go matters only by what the sixth
# answer makes of it. To ask for haste, give a reward at each step (then each choice is credited with the rewards that come after it), or let the network
# decide when to stop, and take something off the reward for each glimpse.
#
# (c) On small images the convolutional network is better and needs only about twice as many multiplications. Its cost grows with the area, that of the glimpses does not: they pay where images
# are large, the object is small, and something coarse tells where it is. They have to be trained on such images, though: on canvases larger than those in training these ones lose most of
# what they could do.
# ### END SOLUTION
