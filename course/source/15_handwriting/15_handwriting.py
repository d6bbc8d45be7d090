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
#       - turn a network's plain outputs into a density of the next point, and score a point by it without under- or
#         overflow;
#       - steer a window over a text, and read from a trained network which character it is writing;
#       - draw from a mixture density, and say what a bias makes better and what it takes away;
#       - measure what a network writes in three ways (nats a point, a text that is wrong, a reader), and say what each of them
#         can and cannot show.
#     prerequisites:
#       - NumPy's broadcasting, the softmax and the logarithm of a normal density;
#       - what an LSTM is, and a network that is fed its own outputs (units 6 and 10).
#     minutes: 150
#     difficulty: medium
#     exercises:
#       strokes: {title: Points to offsets and back, difficulty: easy}
#       parameters: {title: Numbers that stand for a density, difficulty: medium}
#       log_normals: {title: A normal that leans, difficulty: medium}
#       log_density: {title: A mixture and a coin, difficulty: medium}
#       look: {title: The window over the text, difficulty: medium}
#       draw: {title: The next point, difficulty: hard}
#       question: {title: What the figures say, difficulty: hard}
#     self_test:
#       - question: A network tells a density of 3.2 nats for a point. Can a log-density be above 0?
#         choices:
#           - No. A probability is at most 1, so its logarithm is at most 0.
#           - Yes. A density may be above 1 where it is narrow.
#           - Only if the components overlap.
#         answer: b
#         why: It is the integral of a density over the plane that is 1. A normal with both σ = 0.01 has a peak of about
#           1,592, which are 7.4 nats.
#       - question: Somebody measures the same offsets in units that are 10 times as large, so that all numbers become a
#           tenth. By how much does the log-density of a point change, with a network that is just as good?
#         choices:
#           - not at all
#           - by $2 \ln 10$, upwards
#           - by $2 \ln 10$, downwards
#         answer: b
#         why: The same probability now lies on an area that is 100 times as small, so the density is 100 times as large.
#           Nats a point can be compared only if all networks see the same units.
#       - question: All κ̂ of the window are 0 at every step, and κ begins at 0. Where is the window after 5 steps?
#         choices:
#           - at 0, where it began
#           - at 1
#           - at 5
#         answer: c
#         why: By (W3) each step adds exp(0) = 1. The window can be slow, with κ̂ far below 0, but it cannot go back or stand quite
#           still.
#       - question: What does a bias of 5 do to the mixture?
#         choices:
#           - It takes the middle of the largest component, almost always.
#           - It takes the mean of all components.
#           - It makes all components equally likely.
#         answer: a
#         why: By (2) the logarithms of the shares are made 6 times as far apart, and by (4) every σ is divided by $e^5 \approx
#           148$. The mean of the mixture may lie where no pen would ever go.
#     key_points:
#       - A network can tell a whole density, with outputs that are free and functions that keep shares, widths and
#         correlations where they belong.
#       - Where one normal must cover two ways to go on, a mixture has both; the mean of the two may be no way at all.
#       - Densities are handled by their logarithms from end to end, for a product of small ones is 0 before long.
#       - A window whose place only goes forward is attention with a hinge. It finds by itself when a character is finished.
#       - A better density and a more legible hand are two things, and each needs a measurement of its own.
#     sources:
#       - 'Z. Wu, Recurrent Neural Networks (2015), the slides on handwriting.'
#       - 'A. Graves, Generating Sequences With Recurrent Neural Networks (2013), [arXiv 1308.0850](https://arxiv.org/abs/1308.0850), sections 4 and 5.'
# ---

# %% [markdown]
# # 15 · Write 2718
#
# There are many ways to write a 7, and the pen must take one of them. A network that predicts *the* next point of the pen
# takes the mean of all ways, and a mean of two digits is no digit. **Can a network write a text that it is told, in a hand
# that others can read?** It can if it tells a density instead of a point, and draws from it: then the next point, and with
# it the style of the whole line, is up to chance, as it is with people. You will build the density, the window that tells
# the network where in the text it is, and the pen. At the end the network writes a number of your choice.
#
# The network is after A. Graves, Generating Sequences With Recurrent Neural Networks (2013); Z. Wu's lecture has it as an
# example of a deep recurrent network. The numbers of the equations are those of `rnnkit.applications.bivariate_mixture`,
# and with a W those of `rnnkit.applications.SoftWindow`.

# %%
import numpy as np

from rnnkit.course.paths import build_dir
from rnnkit.course.teaching import check_array, choose, profile, quiet, report_result

with quiet():  # TensorFlow's start-up log
    import keras

import matplotlib.pyplot as plt
from IPython.display import Image

from rnnkit.course.experiments import handwriting as lab
from rnnkit.course.experiments import handwriting_comparison as compare
from rnnkit.course.experiments import handwriting_depth as depth
from rnnkit.course.experiments import writing as keeper
from rnnkit.plots import COLOURS
from rnnkit.plots.pen_path import pen_path
from rnnkit.plots.writing_animation import writing_animation

print(f"profile {profile()}, Keras {keras.__version__} on {keras.backend.backend()}")

# %% [markdown]
# The data are single digits of 44 people, each recorded as eight points at equal distances along the pen's way. Strung
# together at random they are texts of five digits. Three tenths of the digits are held out: no text of the test has a
# digit of the training. (Who wrote what is not in the file, so these are unseen digits, not unseen writers.)

# %% tags=["experiment"]
digits = compare.digits_or_generated()
task = lab.writing_task(
    digits,
    train=choose(check=100, quick=6000, full=20000),
    test=choose(check=20, quick=500, full=500),
)
print(f"{len(task.digits):,} digits to learn from, {len(task.held_out):,} held out; source: {digits.source}")
print(
    f"texts of 5 digits and {task.train.strokes.shape[1]} points: {len(task.train.texts):,} and {len(task.test.texts)}"
)

# %% tags=["experiment"] alt="Four texts of five digits in a blue line, each under the text that it writes, 42087, 02533, 04118 and 00558, with the eight points of each digit in orange. The same digit looks different from one to the next: one 1 is a stroke with a foot, another a bent stroke, and the two 0s of one text begin at different places."
figure, panels = plt.subplots(2, 2, figsize=(9, 2.6), layout="constrained")
for axes, strokes, text in zip(panels.flat, task.train.strokes, task.train.texts, strict=False):
    pen_path(axes, lab.strokes_of(strokes, task.train.scale))
    axes.plot(*lab.pen_points(strokes, task.train.scale).T, "o", color=COLOURS[5], markersize=3)
    axes.set_title(f"told: {text}", fontsize="medium")
plt.show()

# %% [markdown]
# ## Where to next
#
# Wherever a digit stands on the paper, the pen moves in the same way. So the network sees not points but **offsets** from
# the point before, divided by their standard deviation over all training texts, which is one number for x and one for y:
#
# $$\Delta_1 = 0, \qquad \Delta_t = \frac{p_t - p_{t-1}}{s} $$
#
# and as a third number whether the pen is lifted after the point.
#
# **Exercise 1 (10 points).** Write the way there and the way back. The way back begins at the origin.

# %% [markdown] hint="strokes"
# The first point has no point before it. If you take the first point as its own predecessor, its offset is 0 by itself.
# `np.diff` has an argument for what to put before the first one.

# %% [markdown] hint="strokes"
# On the way back all offsets up to a point are added up, after each is back in units of the paper. Mind the axis: the sum
# runs over points, not over x and y.


# %% nbgrader={"grade": false, "grade_id": "strokes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def to_strokes(points, lifted, scale):
    """Offsets and pen marks, shape (T, 3).

    points: x and y on the paper, shape (T, 2). lifted: 1 where the pen is lifted after the point, shape (T,).
    scale: s, shape (2,). The first offset is 0.
    """
    ### BEGIN SOLUTION
    offsets = np.diff(points, axis=0, prepend=points[:1]) / scale
    return np.column_stack([offsets, lifted])
    ### END SOLUTION


def to_points(strokes, scale):
    """Points on the paper, shape (T, 2), of which the first is the first offset away from (0, 0).

    strokes: shape (T, 3). scale: s, shape (2,).
    """
    ### BEGIN SOLUTION
    return np.cumsum(strokes[:, :2] * scale, axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_strokes", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
way = np.array([[50.0, 10.0], [60.0, 30.0], [60.0, 50.0], [40.0, 50.0]])
up = np.array([0.0, 0.0, 0.0, 1.0])
there = to_strokes(way, up, np.array([10.0, 20.0]))
check_array("strokes", there, [[0, 0, 0], [1, 1, 0], [0, 1, 0], [-2, 0, 1]])
check_array(
    "points",
    to_points(np.array([[0, 0, 0], [1, 1, 0], [-2, 0, 1]]), np.array([10.0, 20.0])),
    [[0, 0], [10, 20], [-10, 20]],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(151)
_way, _up, _scale = _rng.normal(size=(7, 2)), _rng.integers(0, 2, 7), np.array([0.3, 1.7])
_kept = _way.copy()
_expected = np.zeros((7, 3))
for _t in range(7):
    for _axis in range(2):
        _expected[_t, _axis] = (_way[_t][_axis] - _way[max(_t - 1, 0)][_axis]) / _scale[_axis]
    _expected[_t, 2] = _up[_t]
check_array("strokes of random points", to_strokes(_way, _up, _scale), _expected)
check_array("the points, afterwards", _way, _kept, rtol=0, atol=0)
_strokes = _rng.normal(size=(5, 3))
_kept, _pen, _back = _strokes.copy(), np.zeros(2), []
for _stroke in _strokes:
    _pen = _pen + _stroke[:2] * _scale
    _back.append(_pen)
check_array("points of random strokes", to_points(_strokes, _scale), _back)
check_array("the strokes, afterwards", _strokes, _kept, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## A density for a point
#
# The last layer gives $\hat y = (\hat e, \hat\pi, \hat\mu_1, \hat\mu_2, \hat\sigma_1, \hat\sigma_2, \hat\rho)$, 1 + 6 M
# numbers that may be anything. They stand for M normals in the plane and a coin for lifting the pen. Each normal j has a share
# π, a middle μ, widths σ and a correlation ρ, and functions see to it that shares are positive with the sum 1, widths
# positive, and correlations between −1 and 1:
#
# $$e = \frac{1}{1 + \exp(-\hat e)} \tag{1}$$
# $$\pi^j = \frac{\exp((1 + b)\, \hat\pi^j)}{\sum_k \exp((1 + b)\, \hat\pi^k)} \tag{2}$$
# $$\mu_1^j = \hat\mu_1^j, \quad \mu_2^j = \hat\mu_2^j \tag{3}$$
# $$\sigma_1^j = \exp(\hat\sigma_1^j - b), \quad \sigma_2^j = \exp(\hat\sigma_2^j - b) \tag{4}$$
# $$\rho^j = \tanh \hat\rho^j \tag{5}$$
#
# The bias b is 0 in training. Above 0 it is used in writing: likely components become more likely, and all become narrow.
#
# **Exercise 2 (15 points).** Write (1) to (5). $\hat\pi$ may have entries like 1,000.

# %% [markdown] hint="parameters"
# After the first column come six blocks of M columns each, in the order of $\hat y$. M follows from the number of columns.
# The two blocks of μ belong on an axis of their own, and so do those of σ.

# %% [markdown] hint="parameters"
# The softmax is taken over the components, in every row for itself. It stays as it is when the largest exponent of the row is
# taken away from all of its exponents, and then nothing can overflow.


# %% nbgrader={"grade": false, "grade_id": "parameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def parameters(y_hat, bias=0.0):
    """What ŷ stands for, (1)-(5).

    y_hat: shape (T, 1 + 6 M). bias: b, a number >= 0.
    Returns e (T,), pi (T, M), mu (T, 2, M), sigma (T, 2, M) and rho (T, M).
    """
    ### BEGIN SOLUTION
    m = (y_hat.shape[1] - 1) // 6
    pi_hat, mu_1, mu_2, sigma_1, sigma_2, rho_hat = (y_hat[:, 1 + k * m : 1 + (k + 1) * m] for k in range(6))
    e = 1 / (1 + np.exp(-y_hat[:, 0]))  # (1)
    exponents = (1 + bias) * pi_hat
    pi = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    pi = pi / pi.sum(axis=1, keepdims=True)  # (2)
    mu = np.stack([mu_1, mu_2], axis=1)  # (3)
    sigma = np.exp(np.stack([sigma_1, sigma_2], axis=1) - bias)  # (4)
    return e, pi, mu, sigma, np.tanh(rho_hat)  # (5)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_parameters", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
names = ("e", "pi", "mu", "sigma", "rho")
two = np.array([[0.0, np.log(3), 0.0, 1.0, 2.0, 3.0, 4.0, 0.0, np.log(2), np.log(5), 0.0, 0.0, 0.5]])
expected = (
    [0.5],
    [[0.75, 0.25]],
    [[[1.0, 2.0], [3.0, 4.0]]],
    [[[1.0, 2.0], [5.0, 1.0]]],
    [[0.0, np.tanh(0.5)]],
)
for name, received, value in zip(names, parameters(two), expected, strict=True):
    check_array(name, received, value)
check_array("pi with b = 1", parameters(two, 1.0)[1], [[0.9, 0.1]])
check_array("sigma with b = 1", parameters(two, 1.0)[3], np.array([[[1.0, 2.0], [5.0, 1.0]]]) / np.e)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(152)
for _rows, _m, _bias in ((4, 3, 0.0), (2, 5, 0.7), (3, 1, 2.5)):
    _y_hat = _rng.normal(size=(_rows, 1 + 6 * _m))
    _kept = _y_hat.copy()
    _found = parameters(_y_hat, _bias)
    _e, _pi, _rho = np.zeros(_rows), np.zeros((_rows, _m)), np.zeros((_rows, _m))
    _mu, _sigma = np.zeros((_rows, 2, _m)), np.zeros((_rows, 2, _m))
    for _t in range(_rows):
        _row = list(map(float, _kept[_t]))
        _e[_t] = 1 / (1 + np.exp(-_row[0]))
        _shares = [np.exp((1 + _bias) * v) for v in _row[1 : 1 + _m]]
        for _j in range(_m):
            _pi[_t, _j] = _shares[_j] / sum(_shares)
            _rho[_t, _j] = np.tanh(_row[1 + 5 * _m + _j])
            for _axis in range(2):
                _mu[_t, _axis, _j] = _row[1 + (1 + _axis) * _m + _j]
                _sigma[_t, _axis, _j] = np.exp(_row[1 + (3 + _axis) * _m + _j] - _bias)
    for _name, _received, _value in zip(names, _found, (_e, _pi, _mu, _sigma, _rho), strict=True):
        check_array(f"{_name} of random numbers", _received, _value)
    check_array("ŷ, afterwards", _y_hat, _kept, rtol=0, atol=0)
_large = np.zeros((2, 13))
_large[:, 1:3] = [[1000.0, 1000.0], [-900.0, 0.0]]
check_array("pi of numbers like 1,000", parameters(_large)[1], [[0.5, 0.5], [0.0, 1.0]])
### END HIDDEN TESTS

# %% [markdown]
# The density of a point $x = (x_1, x_2)$ by one of the normals. A correlation lets it lean, as a pen's way does:
#
# $$u^j = \frac{x_1 - \mu_1^j}{\sigma_1^j}, \quad v^j = \frac{x_2 - \mu_2^j}{\sigma_2^j} \tag{6}$$
# $$D^j = \frac{(u^j - \rho^j v^j)^2}{1 - (\rho^j)^2} + (v^j)^2 \tag{7}$$
# $$\log N^j = -\log 2\pi - \log \sigma_1^j - \log \sigma_2^j - \tfrac12 \log(1 - (\rho^j)^2) - \tfrac12 D^j \tag{8}$$
#
# (In (8), 2π is the number 6.28, not a share.) A point that is 40 σ away has a density of about $10^{-348}$, which no
# floating point number holds, but its logarithm is −800. So never take the exponential function here.
#
# **Exercise 3 (15 points).** Write (6) to (8).

# %% [markdown] hint="log_normals"
# Points have the shape (T, 2) and the middles (T, 2, M): a new axis at the end of the points lets all components of a time
# step look at the same point.

# %% [markdown] hint="log_normals"
# When u and v are there, all the rest is on arrays of the shape (T, M), one line an equation. A sum over the axis with x and
# y gives the two logarithms of σ together.


# %% nbgrader={"grade": false, "grade_id": "log_normals", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_normals(x, mu, sigma, rho):
    """log N of each component, (6)-(8), shape (T, M).

    x: shape (T, 2). mu, sigma: shape (T, 2, M). rho: shape (T, M).
    """
    ### BEGIN SOLUTION
    u, v = np.moveaxis((x[:, :, None] - mu) / sigma, 1, 0)  # (6)
    d = (u - rho * v) ** 2 / (1 - rho**2) + v**2  # (7)
    return -np.log(2 * np.pi) - np.log(sigma).sum(axis=1) - np.log(1 - rho**2) / 2 - d / 2  # (8)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_log_normals", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
origin, round_one = np.zeros((1, 2)), (np.zeros((1, 2, 1)), np.ones((1, 2, 1)))
check_array("log N in the middle", log_normals(origin, *round_one, np.zeros((1, 1))), [[-np.log(2 * np.pi)]])
check_array("log N with rho = 0.6", log_normals(origin, *round_one, np.full((1, 1), 0.6)), [[-np.log(2 * np.pi * 0.8)]])
check_array(
    "log N along the way it leans",
    log_normals(np.array([[1.0, 1.0]]), *round_one, np.full((1, 1), 0.6)),
    [[-np.log(2 * np.pi * 0.8) - 1 / 1.6]],
)
check_array(
    "log N at 40 sigma",
    log_normals(np.array([[80.0, 0.0]]), np.zeros((1, 2, 1)), np.full((1, 2, 1), 2.0), np.zeros((1, 1))),
    [[-np.log(2 * np.pi) - 2 * np.log(2) - 800]],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(153)
_x, _mu = _rng.normal(size=(5, 2)), _rng.normal(size=(5, 2, 3))
_sigma, _rho = np.exp(_rng.normal(size=(5, 2, 3))), np.tanh(_rng.normal(size=(5, 3)))
_expected, _kept = np.zeros((5, 3)), _x.copy()
for _t in range(5):
    for _j in range(3):
        _a, _b = _sigma[_t, :, _j]
        _cross = _rho[_t, _j] * _a * _b
        _covariance = np.array([[_a * _a, _cross], [_cross, _b * _b]])
        _away = _x[_t] - _mu[_t, :, _j]
        _squared = _away @ np.linalg.solve(_covariance, _away)
        _expected[_t, _j] = -0.5 * np.log(np.linalg.det(2 * np.pi * _covariance)) - 0.5 * _squared
check_array("log N of random points", log_normals(_x, _mu, _sigma, _rho), _expected)
check_array("the points, afterwards", _x, _kept, rtol=0, atol=0)
_far = log_normals(np.full((1, 2), 3e4), np.zeros((1, 2, 2)), np.ones((1, 2, 2)), np.array([[0.0, 0.5]]))
check_array("log N far away", _far, [[-np.log(2 * np.pi) - 9e8, -np.log(2 * np.pi) - 0.5 * np.log(0.75) - 6e8]])
### END HIDDEN TESTS

# %% [markdown]
# The mixture is the sum of the normals by their shares, and the coin comes on top. $x_3$ is 1 where the pen is lifted after the
# point:
#
# $$\log \Pr(x_1, x_2) = \log \sum_j \exp(\log \pi^j + \log N^j) \tag{9}$$
# $$\log \Pr(x) = \log \Pr(x_1, x_2) + x_3 \log e + (1 - x_3) \log(1 - e) \tag{10}$$
#
# Read (9) as it stands and all exponentials may be 0, and the logarithm of their sum −∞: one point that the network did not
# expect, and the whole training is lost. The way out is the **log-sum-exp**: for any number c,
# $\log \sum_j \exp z_j = c + \log \sum_j \exp(z_j - c)$.
#
# **Exercise 4 (15 points).** Write (9) and (10). Densities like $10^{-1000}$ must give a finite number.

# %% [markdown] hint="log_density"
# Which c makes sure that at least one of the exponentials is not 0, and that none of them is infinite?

# %% [markdown] hint="log_density"
# Each point has its own c: the largest of its own exponents, over the axis of the components. Keep that axis while you take c
# away, and drop it when you add c again.


# %% nbgrader={"grade": false, "grade_id": "log_density", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_density(log_pi, log_n, e, lifted):
    """The log-density of each point in nats, (9) and (10), shape (T,).

    log_pi, log_n: shape (T, M). e: the probability that the pen is lifted, shape (T,). lifted: 0 or 1, shape (T,).
    """
    ### BEGIN SOLUTION
    exponents = log_pi + log_n
    largest = exponents.max(axis=1)
    plane = largest + np.log(np.exp(exponents - largest[:, None]).sum(axis=1))  # (9)
    return plane + lifted * np.log(e) + (1 - lifted) * np.log(1 - e)  # (10)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_log_density", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
halves = np.log([[0.5, 0.5]])
quarter, down, lift = np.array([0.25]), np.array([0.0]), np.array([1.0])
check_array("two equal components", log_density(halves, np.array([[-1.0, -1.0]]), quarter, down), [-1 + np.log(0.75)])
check_array("the pen is lifted", log_density(halves, np.array([[-1.0, -1.0]]), quarter, lift), [-1 + np.log(0.25)])
check_array(
    "densities like 1e-1000",
    log_density(halves, np.array([[-2302.0, -2302.0]]), np.array([0.5]), down),
    [-2302 - np.log(2)],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(154)
_shares = _rng.random((6, 4))
_shares /= _shares.sum(axis=1, keepdims=True)
_n, _e, _lift = np.exp(_rng.normal(size=(6, 4))), _rng.uniform(0.05, 0.95, 6), np.array([0, 1, 1, 0, 1, 0])
_expected = []
for _t in range(6):
    _plane = sum(float(a) * float(b) for a, b in zip(_shares[_t], _n[_t], strict=True))
    _expected.append(np.log(_plane * (_e[_t] if _lift[_t] else 1 - _e[_t])))
check_array("random points", log_density(np.log(_shares), np.log(_n), _e, _lift), _expected)
_apart = np.array([[-3.0, -3.0], [-3000.0, -3001.0], [900.0, 0.0]])
check_array(
    "likely and unlikely points together",
    log_density(np.log(np.full((3, 2), 0.5)), _apart, np.full(3, 0.5), np.zeros(3)),
    [-3 - np.log(2), -3000 + np.log(1 + np.exp(-1.0)) - 2 * np.log(2), 900 - 2 * np.log(2)],
)
### END HIDDEN TESTS

# %% [markdown]
# ## Where in the text
#
# A text has five characters and the pen makes forty points. Which character is it at? Nobody tells the network; it slides a
# **window** over the text and learns when to move it. From the lowest layer h come three numbers for each of K bumps:
#
# $$(\hat\alpha, \hat\beta, \hat\kappa) = h W + b \tag{W1}$$
# $$\alpha = \exp \hat\alpha, \quad \beta = \exp \hat\beta \tag{W2}$$
# $$\kappa(t) = \kappa(t-1) + \exp \hat\kappa \tag{W3}$$
# $$\varphi(t, u) = \sum_{k=1}^K \alpha_k \exp\left(-\beta_k (\kappa_k(t) - u)^2\right), \quad u = 1 \dots U \tag{W4}$$
# $$w(t) = \sum_{u=1}^U \varphi(t, u)\, c_u \tag{W5}$$
#
# $c_u$ is the code of the character at place u, a 1 among zeros. What the window sees, w, goes into all layers, and into the
# lowest one at the next step.
#
# **Exercise 5 (15 points).** Write (W2) to (W5) for one time step. (W1) has been done: `hats` has $\hat\alpha$, then $\hat\beta$,
# then $\hat\kappa$.

# %% [markdown] hint="look"
# Places are counted from 1. For (W4) make a table with a row for each bump and a column for each place, and add up its rows.

# %% [markdown] hint="look"
# κ is the only thing that is kept from step to step. Compute the new one first, since (W4) uses κ(t), and do not write into
# the array that was handed in.


# %% nbgrader={"grade": false, "grade_id": "look", "locked": false, "schema_version": 3, "solution": true, "task": false}
def look(hats, kappa, codes):
    """One step of the window, (W2)-(W5).

    hats: shape (3 K,). kappa: of the step before, shape (K,). codes: shape (U, characters).
    Returns w (characters,), the new kappa (K,) and phi (U,).
    """
    ### BEGIN SOLUTION
    alpha_hat, beta_hat, kappa_hat = np.split(hats, 3)
    alpha, beta = np.exp(alpha_hat), np.exp(beta_hat)  # (W2)
    kappa = kappa + np.exp(kappa_hat)  # (W3)
    u = np.arange(1, len(codes) + 1)
    bumps = alpha[:, None] * np.exp(-beta[:, None] * (kappa[:, None] - u) ** 2)
    phi = bumps.sum(axis=0)  # (W4)
    return phi @ codes, kappa, phi  # (W5)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_look", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
sees = ("w", "kappa", "phi")
one_bump = np.array([np.log(2.0), 0.0, 0.0])
near = np.exp(-1.0)
for name, received, value in zip(
    sees,
    look(one_bump, np.array([1.0]), np.eye(3)),
    ([2 * near, 2, 2 * near], [2.0], [2 * near, 2, 2 * near]),
    strict=True,
):
    check_array(name, received, value)
check_array(
    "kappa after a small step", look(np.array([0.0, 0.0, -3.0]), np.array([2.5]), np.eye(4))[1], [2.5 + np.exp(-3)]
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(155)
_hats, _kappa, _codes = _rng.normal(size=6), 3 * _rng.random(2), np.eye(7)[_rng.integers(0, 7, 5)]
_kept = _kappa.copy()
_after = [_kappa[_k] + np.exp(_hats[4 + _k]) for _k in range(2)]
_phi, _w = [], np.zeros(7)
for _u in range(1, 6):
    _phi.append(sum(np.exp(_hats[_k] - np.exp(_hats[2 + _k]) * (_after[_k] - _u) ** 2) for _k in range(2)))
    _w = _w + _phi[-1] * _codes[_u - 1]
for _name, _received, _value in zip(sees, look(_hats, _kappa, _codes), (_w, _after, _phi), strict=True):
    check_array(f"{_name} of random numbers", _received, _value)
check_array("the kappa of the step before, afterwards", _kappa, _kept, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## The pen
#
# To write, a point is drawn from the density, and the network reads it as the next input. First a component is drawn by the
# shares, and then a point of this component. With two independent standard normal numbers $z_1, z_2$:
#
# $$x_1 = \mu_1 + \sigma_1 z_1, \qquad x_2 = \mu_2 + \sigma_2 \left(\rho z_1 + \sqrt{1 - \rho^2}\, z_2\right)$$
#
# Last comes the coin: $x_3$ is 1 with probability e.
#
# **Exercise 6 (15 points).** Draw a point from each of T densities. Each has its own component, chosen for itself.

# %% [markdown] hint="draw"
# One component for each of T rows: with a uniform number between 0 and 1 in each row, take the first component at which the
# shares, added up so far, exceed it. A loop over the rows with the generator's `choice` works too.

# %% [markdown] hint="draw"
# Once the index of the component is known in each row, pick its μ, σ and ρ with it: `mu[np.arange(T), :, chosen]` has the
# shape (T, 2). The same $z_1$ goes into both coordinates; this is what makes them correlated.


# %% nbgrader={"grade": false, "grade_id": "draw", "locked": false, "schema_version": 3, "solution": true, "task": false}
def draw(e, pi, mu, sigma, rho, rng):
    """A point of each density, shape (T, 3).

    e: (T,). pi: (T, M). mu, sigma: (T, 2, M). rho: (T, M). rng: a NumPy generator, from which all chance comes.
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(e))
    chosen = (pi.cumsum(axis=1) < rng.random(len(e))[:, None]).sum(axis=1)
    chosen = np.minimum(chosen, pi.shape[1] - 1)  # shares may add up to a little less than 1
    (mu_1, mu_2), (sigma_1, sigma_2) = mu[rows, :, chosen].T, sigma[rows, :, chosen].T
    rho = rho[rows, chosen]
    z_1, z_2 = rng.normal(size=(2, len(e)))
    x_1 = mu_1 + sigma_1 * z_1
    x_2 = mu_2 + sigma_2 * (rho * z_1 + np.sqrt(1 - rho**2) * z_2)
    return np.column_stack([x_1, x_2, rng.random(len(e)) < e])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_draw", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
def same_density(count, e, pi, mu, sigma, rho):
    """The same density `count` times, as arguments of `draw`."""
    return [np.repeat(np.array(part, dtype=float)[None], count, axis=0) for part in (e, pi, mu, sigma, rho)]


certain = same_density(5, 1.0, [0.0, 1.0], [[9.0, 1.0], [9.0, -2.0]], [[9.0, 1e-9], [9.0, 1e-9]], [0.0, 0.5])
check_array(
    "a density that leaves no choice", draw(*certain, np.random.default_rng(0)), np.tile([1, -2, 1], (5, 1)), atol=1e-6
)
two_ways = same_density(8000, 0.25, [0.3, 0.7], [[-1.0, 1.0], [2.0, 0.0]], [[0.1, 0.5], [0.2, 1.0]], [0.8, -0.6])
drawn = draw(*two_ways, np.random.default_rng(1))
check_array("the mean of 8,000 points", drawn.mean(axis=0), [0.4, 0.6, 0.25], atol=0.06)
### BEGIN HIDDEN TESTS
_pi, _mu = np.array([0.3, 0.7]), np.array([[-1.0, 1.0], [2.0, 0.0]])
_sigma, _rho = np.array([[0.1, 0.5], [0.2, 1.0]]), np.array([0.8, -0.6])
_moment = np.zeros((2, 2))
for _j in range(2):
    _a, _b = _sigma[:, _j]
    _cross = _rho[_j] * _a * _b
    _moment += _pi[_j] * (np.array([[_a * _a, _cross], [_cross, _b * _b]]) + np.outer(_mu[:, _j], _mu[:, _j]))
_middle = _mu @ _pi
_many = draw(*same_density(30000, 0.25, _pi, _mu, _sigma, _rho), np.random.default_rng(2))
check_array("the mean of 30,000 points", _many.mean(axis=0), [*_middle, 0.25], atol=0.04)
check_array("their covariance", np.cov(_many[:, :2].T), _moment - np.outer(_middle, _middle), atol=0.05)
_lean = draw(*same_density(30000, 0.5, [1.0], [[0.0], [3.0]], [[2.0], [0.5]], [0.9]), np.random.default_rng(3))
check_array("the covariance of one component", np.cov(_lean[:, :2].T), [[4.0, 0.9], [0.9, 0.25]], atol=0.2)
check_array("its correlation", np.corrcoef(_lean[:, :2].T)[0, 1], 0.9, atol=0.02)
_apart = [
    np.array(part)
    for part in ([0.0, 1.0, 0.0], np.eye(3), np.zeros((3, 2, 3)), np.full((3, 2, 3), 1e-9), np.zeros((3, 3)))
]
_apart[2][:, 0] = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
check_array(
    "each row's own component", draw(*_apart, np.random.default_rng(4)), [[1, 0, 0], [5, 0, 1], [9, 0, 0]], atol=1e-6
)
check_array("the coin and the place", np.corrcoef(_many[:, 0], _many[:, 2])[0, 1], 0.0, atol=0.03)
### END HIDDEN TESTS

# %% [markdown]
# ## It learns to write
#
# Three networks, each with two LSTM layers and trained for as many updates: the whole one; the same without a text to look
# at; and the same with a single normal in place of a mixture of ten. The loss is the negative of (10), the mean over all
# points. Below them two densities without a network: one normal for all points, and one for each of the eight places in a digit.

# %% tags=["experiment"]
updates, units = choose(check=2, quick=1000, full=20000), choose(check=8, quick=64, full=400)
nets = {}
for name, settings in compare.NETS.items():
    nets[name] = compare.trained(
        task, build_dir() / "backup", updates, units=units, layers=choose(check=2, quick=2, full=3), **settings
    )
    print(f"{name:23s} {nets[name].model.count_params():9,} weights: {nets[name].nats:6.3f} nats a point")
simple = {
    "one normal for all": compare.normal_by_phase(task.train, task.test, phases=1),
    "one for each place": compare.normal_by_phase(task.train, task.test),
}
for name, nats in simple.items():
    print(f"{name:23s}                    {nats:6.3f} nats a point")

# %% tags=["experiment"] alt="The log-density of the training texts over 1000 updates, in nats a point, for three networks. With text and 10 components it rises from -1.7 to 0.7, with text and 1 component from -2.1 to 0.5, without text from -1.9 to 0.1, each quickly up to about 300 updates and then ever more slowly. Two straight lines below are densities without a network: one normal for each place at -2.1, one for all at -3.0."
figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
for colour, marker, (name, net) in zip(COLOURS, "os^", nets.items(), strict=False):
    at = updates * (np.arange(len(net.losses)) + 0.5) / len(net.losses)
    axes.plot(at, -net.losses, color=colour, marker=marker, label=name)
for style, (name, nats) in zip(("--", ":"), simple.items(), strict=True):
    axes.axhline(nats, color="0.4", linestyle=style, label=f"{name}, held out")
axes.set(xlabel="update", ylabel="log-density [nats a point]\nof the training texts")
axes.grid(alpha=0.3)
axes.legend(fontsize="small")
plt.show()

# %% [markdown]
# So the text is worth more to the network than nine of the ten components, but so far these are only numbers. Does the network really use the text?
# Tell it a wrong one, in which every digit is moved on by one. And can anybody read what it writes? Our reader takes the label
# of the nearest neighbour among all digits that the network has learnt from. It is asked for the same 100 texts in each line,
# and the last two lines say what the figures are worth: real digits that were held out, and what the network has written held
# against another text.

# %% tags=["experiment"]
written = nets["text, 10 components"]
keeper.save(written.model, task.train.scale, build_dir())  # for `rnnkit write 2718`
wrong_nats = compare.nats_of(written.model, task.test, compare.others(task.test.texts))
print(f"told the text: {written.nats:.2f} nats a point; told a wrong one: {wrong_nats:.2f}")

reader, texts = lab.Reader(task.digits), task.test.texts[: choose(check=2, quick=100, full=200)]
read = {
    bias: compare.legibility(written.model, reader, texts, task.train.scale, bias)
    for bias in choose(check=(0.0, 1.0), quick=(0.0, 0.5, 1.0, 5.0), full=(0.0, 0.5, 1.0, 5.0))
}
for bias, share in read.items():
    print(f"bias {bias:g}: {100 * share:.1f} % of the digits read as what was asked")
no_text = compare.legibility(nets["no text, 10 components"].model, reader, texts, task.train.scale, 1.0)
real = compare.strings_read(reader, task.test, task.test.texts)
shuffled = compare.strings_read(reader, task.test, task.test.texts[1:] + task.test.texts[:1])
print(f"without a text, bias 1: {100 * no_text:.1f} %")
one_normal = compare.legibility(nets["text, 1 component"].model, reader, texts, task.train.scale, 5.0)
print(f"one normal, bias 5: {100 * one_normal:.1f} %")
print(f"real digits: {100 * real:.1f} %; compared with another text: {100 * shuffled:.1f} %")

# %% tags=["experiment"] alt="The text 2718, written three times for each of the biases 0, 0.5, 1 and 5. All can be read. Without a bias the digits differ in shape and size, and the pen slips: a 7 with a large cross-stroke, a wide 1 that runs into the 8. The larger the bias, the more even they are; with 5 the first and the third are almost the same, and the second differs in its 1 and 8."
ladder = (0.0, 0.5, 1.0, 5.0)
figure, panels = plt.subplots(4, 3, figsize=(9, 4.6), layout="constrained")
for line, bias in zip(panels, ladder, strict=True):
    for axes, writing in zip(line, written.model.write(["2718"] * 3, bias=bias, seed=3, steps=64), strict=True):
        pen_path(axes, lab.strokes_of(writing.strokes, task.train.scale))
    line[0].set_title(f"bias {bias:g}", loc="left", fontsize="medium")
plt.show()

# %% [markdown]
# A hand without a bias has a style, and now and then it slips. With a large bias it almost always takes the middle of the
# likeliest component: neat, and with little variety.
#
# ## What the window does
#
# One line of the picture is one character of the text; the window was never told where a character ends.

# %% tags=["experiment"] alt="Above, 27182 as the network has written it. Below, the window over the 39 points, dark 0 and bright almost 5, one line for each of the five characters, the first one lowest. A single bright band of seven or eight points climbs like a staircase from character to character, and its steps are at the dotted lines, where the pen is lifted. In each band the window is strongest at the beginning of the digit and fades before its end."
text = "27182"
[writing] = written.model.write([text], bias=1.0, seed=5, steps=80)
figure, panels = plt.subplots(2, 1, figsize=(8, 4.4), height_ratios=(2, 3), layout="constrained")
pen_path(panels[0], lab.strokes_of(writing.strokes, task.train.scale))
phi = writing.phi[:, : len(text)].T
area = (0.5, phi.shape[1] + 0.5, -0.5, len(text) - 0.5)
image = panels[1].imshow(phi, origin="lower", aspect="auto", cmap="cividis", vmin=0, extent=area)
panels[1].set(
    xlabel="point that is drawn", ylabel="character of the text", yticks=range(len(text)), yticklabels=list(text)
)
for lift in np.flatnonzero(writing.strokes[:-1, 2] > 0.5):
    panels[1].axvline(lift + 0.5, color="white", linestyle=":")
figure.colorbar(image, ax=panels[1], label="φ")
plt.show()
looked_at = writing.phi.argmax(axis=1)
written_now = np.cumsum(writing.strokes[:-1, 2] > 0.5)  # lifts up to the point before
print(
    f"the window is on the character that is being written at {(looked_at == written_now).sum()} of {len(looked_at)} points"
)

# %% [markdown]
# ## Why two layers?
#
# The lecture's deep network sends the input to all layers, and all layers to the output, by connections that skip what lies between.
# Is it worth it? Below are one layer, two that are only stacked, and two with skips, with as many weights within one in a
# hundred. These rows were measured beforehand, with the training above, for they take too long here. To measure them anew:
# `python benchmarks/handwriting_depth.py` in the project's folder. Mind how many starts there are: another start moves a
# row too, so a small difference of two rows says nothing yet.
#
# ![](diagram:deep)
#
# *Numbers in the picture are those of the equations of `rnnkit.DeepRNN`.*

# %% tags=["experiment", "nbval-check-output"]
print(f"measured beforehand, {depth.UPDATES:,} updates; in brackets each start's nats:")
for name, (weights, nats, shares) in depth.ROWS.items():
    each = " ".join(f"{of_start:.3f}" for of_start in nats)
    print(
        f"{name:21s} {weights:7,} weights: {np.mean(nats):.3f} nats a point ({each}), "
        f"{100 * np.mean(shares):.1f} % read at bias 0"
    )

# %% [markdown]
# With as many weights, two layers write more legibly than one. Whether skips add to it, three starts do not show.
#
# ## Your number
#
# Put in any number, and run the cells again. Orange is the density of the next point, as the network tells it before each
# step; the bars below are the window with which the last point was drawn.

# %% tags=["experiment"] alt="An animation of 32 frames: a blue line of straight pieces writes 2718 with an orange dot as its pen. Before each step an orange spot shows where the next point is expected, mostly small and close to where the pen then goes, sometimes in two parts. Below, a bar stands under the character that the window is on, and moves from 2 to 7, 1 and 8."
mine = "2718"
[writing] = written.model.write([mine], bias=0.5, seed=7, steps=16 * len(mine))
expected_at = compare.clouds(writing, task.train.scale)
figure = plt.figure(figsize=(1 + 1.2 * len(mine), 3.4))
film = writing_animation(
    figure,
    build_dir() / "pictures" / "my_number.gif",
    lab.pen_points(writing.strokes, task.train.scale),
    writing.strokes[:, 2] > 0.5,
    writing.phi,
    mine,
    expected_at.values,
    expected_at.extent,
)
plt.close(figure)
Image(filename=film)

# %% tags=["experiment"] alt="The number 2718 as a smooth blue line, each digit one stroke."
figure, axes = plt.subplots(figsize=(1 + 0.7 * len(mine), 2))
pen_path(axes, lab.strokes_of(writing.strokes, task.train.scale))
figure.savefig(build_dir() / "pictures" / "my_number.svg", bbox_inches="tight")
plt.show()
print("kept as pictures/my_number.svg and pictures/my_number.gif in the build folder")

# %% tags=["experiment"]
gain_text = written.nats - nets["no text, 10 components"].nats
gain_mixture = written.nats - nets["text, 1 component"].nats
report_result(
    figure=f"texts written: {100 * read[0.0]:.0f} % of the digits are read right, {100 * read[1.0]:.0f} % with bias 1; "
    f"{written.nats:.2f} nats a point",
    baseline=f"without the text {-gain_text:.2f} nats, one normal {-gain_mixture:.2f}, a wrong text "
    f"{wrong_nats - written.nats:.1f}; compared with another text {100 * shuffled:.0f} %, real digits {100 * real:.0f} %",
    holds=bool(
        gain_text >= 0.4
        and gain_mixture >= 0.15
        and written.nats - wrong_nats >= 2
        and read[0.0] >= 0.85
        and read[1.0] >= 0.92
    ),
)

# %% [markdown]
# ## Question (15 points, marked by hand)
#
# (a) A friend has trained the same network on the recorded integer coordinates as they are, many of which are exactly 0 or
# 100, and reports 9 nats a point, still rising. What has the network found? (Here a random number from −½ to ½ was added to every
# coordinate.) (b) With one normal in place of the mixture the network loses nats, and yet a large bias makes it write
# almost as legibly. How can both be? (c) The network without a text writes digits that look like digits. Why does the reader give it
# about 10 %, and which of the three measurements above would you show to somebody who claims that a network uses its text?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# (a) Where many points have exactly the same coordinate, a component with its middle there and σ going to 0 has a density without limit.
# The log-density then measures how narrow the network dares to be, and not how well it knows the pen. After a number that is
# spread evenly over one unit has been added, the log-density of a point is at most that of its cell.
#
# (b) Nats ask for the whole density: all ways to go on, each as likely as it is. One normal has to cover them all and is too wide
# everywhere. The reader asks only whether what is drawn looks like the digit. Given the text and the points so far, mostly one way
# is left, and a large bias draws in its middle. It is the variety that one normal gets wrong, and the reader does not ask for variety.
#
# (c) It writes some digit, and one in ten is by chance the one that was asked for. To show that the text is used one must change the text and leave
# the rest as it is: tell the same network a wrong one (the nats fall by far), or see that what it writes is read as what it was told and not as another text.
# That it has more nats than a network without a text shows it too, if both have been trained equally well.
# ### END SOLUTION
