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
#       - rebuild a system's states from one measured series, and choose lag and dimension for it;
#       - write an ARX model's regressors, and fit it by least squares;
#       - use any model one step ahead and in a free run, and say which of the two a figure belongs to;
#       - write a state-space network, and say what it, ARX, NARX and the sliding predictor can each remember;
#       - test a model on a recording in such a way that the figure says what the model is good for.
#     prerequisites:
#       - NumPy's slices and products of matrices, and least squares;
#       - logarithms of probabilities, for exercise 2;
#       - unit 1 (a recurrent network's states).
#     minutes: 150
#     difficulty: medium
#     exercises:
#       embed: {title: States out of one series, difficulty: easy}
#       lag_information: {title: What a step tells of a later one, difficulty: medium}
#       regressor_matrix: {title: The regressors of ARX, difficulty: medium}
#       least_squares: {title: Least squares and their error, difficulty: easy}
#       free_run: {title: Left alone, difficulty: medium}
#       state_space: {title: A network in state-space form, difficulty: easy}
#       question: {title: What a small error says, difficulty: hard}
#     self_test:
#       - question: Lorenz's x is embedded with a lag of one sample. Why does the picture show hardly more than a
#           diagonal?
#         choices:
#           - The dimension is too small.
#           - Neighbouring samples are nearly equal, so the second coordinate says nearly the same as the first.
#           - The series is too short.
#         answer: b
#         why: All coordinates that are nearly equal lie near the diagonal, in any dimension. The lag has to be so
#           long that the later value is not yet told by the earlier one; the first minimum of (2) is such a lag.
#       - question: A linear model $\hat y(k) = 1.1\, y(k-1)$ has been fitted to a decaying signal, because of noise.
#           What do its two errors say?
#         choices:
#           - Both are large, since the model is wrong.
#           - One step ahead it may be small; in the free run it grows without limit.
#           - In the free run it is small, since noise has the mean 0.
#         answer: b
#         why: One step ahead the measured output puts the model right at each step, so that its error stays a part of
#           the signal. Alone, it multiplies its own output by 1.1 each time, which is more than 100 times after 50.
#       - question: The plant's output depends on the input of 100 steps ago by way of its states. Which model can
#           know this with the fewest weights?
#         choices:
#           - a sliding predictor of 8 inputs
#           - FIR with 10 steps
#           - a state-space network of 8 states
#         answer: c
#         why: FIR and the sliding predictor see a fixed number of inputs, and would need 100 of them. A state may
#           keep something for as long as its weights let it.
#       - question: A net is trained by teacher forcing until its error is small, and is then to run freely. What has
#           it never seen in training?
#         choices:
#           - inputs
#           - past outputs that are slightly wrong
#           - the plant's noise
#         answer: b
#         why: By (8) with p = 1 its past outputs were always the measured ones. In the free run they are its own, and
#           what it does with their errors was no part of what it has learnt.
#     key_points:
#       - The past of one measured output, far enough apart and long enough, is a state of the whole system.
#       - One step ahead a model is put right at every step. Only the free run says whether it can take the machine's
#         place.
#       - ARX is found by one system of linear equations, and is exact where the system is linear; else a net has to
#         take its place.
#       - What has a memory of its own (a state-space network, ARX and NARX alone) has no fixed horizon; what looks at
#         inputs only cannot run away, and forgets.
#       - Compare with persistence and with a linear model, on other inputs and on another part of the recording.
#     sources:
#       - 'N. Mohajerin, ME 780 lecture 5 (2017), the slides on delay embedding, NARX and teacher forcing.'
#       - 'S. Lee, Neural Network Architectures for Time-Series, the sliding predictor.'
#       - 'K. S. Narendra and K. Parthasarathy, Identification and control of dynamical systems using neural networks (1990), [doi 10.1109/72.80202](https://doi.org/10.1109/72.80202).'
# ---

# %% [markdown]
# # 10 · System identification
#
# A machine stands before you. You can drive it with an input u and measure an output y; you cannot look inside. **What can
# be learnt of it from the two columns of numbers?** A model that says the next output is easily had, and it is nearly always
# good. A model that, given the inputs alone, runs beside the machine for hours is another matter. You will rebuild the hidden states
# of a chaotic system from one series, fit linear models, nets and a state-space network to the same plant, and see each of them
# left alone.
#
# The equations are on N. Mohajerin's slides (ME 780 lecture 5, 2017: delay embedding, ARX, NARX, teacher forcing, the state-space
# form) and on S. Lee's (the sliding predictor and infinite response); the plant is K. S. Narendra and K. Parthasarathy's (1990).

# %%
import numpy as np

from rnnkit.course.teaching import check_array, check_equal

print(f"NumPy {np.__version__}")

# %% [markdown]
# That is all that the exercises need. The experiments need more:

# %% tags=["experiment"]
import os

import matplotlib.pyplot as plt

from rnnkit import identification
from rnnkit.course.experiments import identification as lab
from rnnkit.course.paths import build_dir
from rnnkit.course.teaching import choose, explore, profile, quiet, report_result
from rnnkit.plots.delay_portrait import delay_portrait
from rnnkit.plots.embedding_choice import false_neighbour_curve, information_curve
from rnnkit.plots.model_runs import model_runs

print(f"profile {profile()}")

# %% [markdown]
# ## States out of one series
#
# Takens's theorem: the state of a system can be reconstructed from a sequence of observations s of it. The points
#
# $$x(k) = [\,s(k),\ s(k-\tau),\ \dots,\ s(k-(m-1)\tau)\,] \tag{1}$$
#
# trace a distorted picture of the attractor, which is not torn and not folded on itself if m is large enough. This is why a
# model may predict from the past of the outputs: that past is a state.
#
# **Exercise 1 (10 points).** Write (1), for all k for which the series has the past.

# %% [markdown] hint="embed"
# Write down for which k there is a point, with m = 3 and τ = 2: the oldest coordinate must not come before the start of
# the series. All points together are m slices of the series, side by side.

# %% [markdown] hint="embed"
# `np.arange` gives the numbers k of all points; an array may be indexed with an array. With `axis=1`, `np.stack` makes
# columns of what it is given.


# %% nbgrader={"grade": false, "grade_id": "embed", "locked": false, "schema_version": 3, "solution": true, "task": false}
def embed(s, tau, m):
    """The points (1).

    s: shape (T,). tau: lag. m: dimension.
    Returns shape (T - (m - 1) * tau, m); row 0 is that of k = (m - 1) * tau, column 0 holds s(k).
    """
    ### BEGIN SOLUTION
    k = np.arange((m - 1) * tau, len(s))
    return np.stack([s[k - d * tau] for d in range(m)], axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_embed", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
_seven = np.arange(7.0)
check_array("three coordinates, lag 2", embed(_seven, 2, 3), [[4, 2, 0], [5, 3, 1], [6, 4, 2]])
check_array("the series, afterwards", _seven, [0, 1, 2, 3, 4, 5, 6], rtol=0, atol=0)
check_array("one coordinate is the series itself", embed(np.arange(3.0), 5, 1), [[0], [1], [2]])
### BEGIN HIDDEN TESTS
_s = np.random.default_rng(101).normal(size=40)
_expected = [[_s[k], _s[k - 3], _s[k - 6], _s[k - 9]] for k in range(9, 40)]
_kept = _s.copy()
check_array("four coordinates of random numbers", embed(_s, 3, 4), _expected)
check_array("the series, afterwards", _s, _kept, rtol=0, atol=0)
check_array("as long as the series allows", embed(_s, 13, 4), [[_kept[39], _kept[26], _kept[13], _kept[0]]])
### END HIDDEN TESTS

# %% [markdown]
# ### Which lag?
#
# With a small τ all coordinates say the same, with a very large one they have nothing to do with each other. Fraser and Swinney
# take the first minimum of the **mutual information**: what $s(k)$ tells of $s(k-\tau)$, on average. Sort the values into classes;
# with $p_{ab}$ the fraction of steps at which $s(k-\tau)$ is in class a and $s(k)$ in class b,
#
# $$I(\tau) = \sum_{a,b} p_{ab} \ln \frac{p_{ab}}{p_a\,p_b}, \qquad p_a = \sum_b p_{ab}, \quad p_b = \sum_a p_{ab} \tag{2}$$
#
# **Exercise 2 (15 points).** Write (2). What has $p_{ab} = 0$ adds nothing to the sum.

# %% [markdown] hint="lag_information"
# First the pairs: all classes but the last τ, and all but the first τ, are the two columns of them. Count how often
# each pair occurs in a table of n × n, and divide by the number of pairs.

# %% [markdown] hint="lag_information"
# $p_a$ and $p_b$ are sums of the table's rows and columns, not counts over the whole series. `p[a, b] += 1` with arrays
# a and b counts a pair that repeats only once; a loop does it right, and so does `np.add.at`. Take the logarithm only
# where the table is not 0.


# %% nbgrader={"grade": false, "grade_id": "lag_information", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lag_information(classes, tau, n):
    """I(tau) of (2), in nats.

    classes: the class of each s(k), integers from 0 to n - 1, shape (T,). tau: 0 or more. n: how many classes.
    """
    ### BEGIN SOLUTION
    a, b = classes[: len(classes) - tau], classes[tau:]
    p = np.zeros((n, n))
    np.add.at(p, (a, b), 1 / len(a))
    alone = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    seen = p > 0
    return float(np.sum(p[seen] * np.log(p[seen] / alone[seen])))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_lag_information", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_half = np.array([0, 1, 1, 0])
check_array("lag 0, two classes half and half: ln 2", lag_information(_half, 0, 2), np.log(2))
check_array("the classes, afterwards", _half, [0, 1, 1, 0], rtol=0, atol=0)
check_array("0 1 0 1 0: one step tells all", lag_information(np.array([0, 1, 0, 1, 0]), 1, 2), np.log(2))
check_array("0 0 1 1 0: one step tells nothing", lag_information(np.array([0, 0, 1, 1, 0]), 1, 2), 0.0)
### BEGIN HIDDEN TESTS
_c = np.random.default_rng(102).integers(0, 5, 60)
_c[20:] = np.maximum(_c[20:], _c[18:-2])
for _tau in (0, 2, 7):
    _pairs = [(int(_c[k - _tau]), int(_c[k])) for k in range(_tau, 60)]
    _sum = 0.0
    for _a, _b in sorted(set(_pairs)):
        _pab = _pairs.count((_a, _b)) / len(_pairs)
        _pa = sum(x == _a for x, _ in _pairs) / len(_pairs)
        _pb = sum(y == _b for _, y in _pairs) / len(_pairs)
        _sum += _pab * np.log(_pab / (_pa * _pb))
    _handed = _c.copy()
    check_array(f"random classes, lag {_tau}", lag_information(_handed, _tau, 6), _sum)
    check_array("the classes, afterwards", _handed, _c, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# Lorenz's system has three states; measured is x alone. Left, the lag. Right, the dimension, by **false neighbours**
# (Kennel, Brown and Abarbanel): points that are near each other in m coordinates but are driven apart by one more were
# near only because the picture was folded. Where they are gone, m is enough. Hénon's map has two states; noise has no
# states at all.

# %% tags=["experiment"] alt="Left, the mutual information of Lorenz's x with itself, over the lag: it falls from 2.7 nats to a flat first minimum of 0.77 at 17 samples, marked by a dot, and on to 0.27 at 60. Right, the share of false neighbours over the dimension: Lorenz's x 99 %, 5 %, and none from 3 on; Hénon's map 75 %, and none from 2 on; noise 99 %, 75 %, 27 %, and about 18 % from 4 on, without an end."
SAMPLES = choose(check=2000, quick=10000, full=40000)
states = lab.lorenz(SAMPLES)
x = states[:, 0]
lag = identification.choose_lag(x)
shares = {
    f"Lorenz's x, τ = {lag}": identification.false_neighbours(x, lag, 6),
    "Hénon's map, τ = 1": identification.false_neighbours(lab.henon(SAMPLES // 2), 1, 6),
    "noise": identification.false_neighbours(np.random.default_rng(0).normal(size=SAMPLES // 2), 1, 6),
}
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
information_curve(left, identification.mutual_information(x, 60), lag)
false_neighbour_curve(right, shares)
plt.show()

# %% [markdown]
# The attractor itself, and what comes out of x alone: with a lag of one sample all on a diagonal, with the chosen one two wings
# and the way between them, with a far too large one a tangle.

# %% tags=["experiment"] alt="Four portraits. The attractor itself, z over x, with its two wings. From x alone: with a lag of 1 sample a narrow band along the diagonal; with 17 two wings with a hole in each and the way between them; with 136 a tangle of curves over the whole square."
shown = slice(0, min(SAMPLES, 5000))
figure, panels = plt.subplots(1, 4, figsize=(11.5, 3), layout="constrained")
panels[0].plot(states[shown, 0], states[shown, 2], color="black", linewidth=0.6)
panels[0].set(xlabel="x", ylabel="z", title="the attractor")
for panel, tau in zip(panels[1:], (1, lag, 8 * lag), strict=True):
    delay_portrait(panel, x[shown], tau)
    panel.set(title=f"from x alone, τ = {tau}", xlabel=f"x(k − {tau})", ylabel="x(k)")
plt.show()

# %% [markdown]
# **Try this.** From which lag on do the wings part, and when do they become a tangle? (In a live notebook there is a slider;
# elsewhere the picture is the one for the lag to begin with.)


# %% tags=["experiment"] alt="Left, 600 samples of Lorenz's x and, dashed, the same 8 samples later: waves between -15 and -3 and one peak of 17. Right, x over x eight samples before: two slender wings along the diagonal, each with a hole in it."
def unfolded(figure, lag):
    left, right = figure.subplots(1, 2)
    left.plot(x[:600], color="0.6", label="x(k)")
    left.plot(np.arange(lag, 600), x[: 600 - lag], "--", color="black", label=f"x(k − {lag})")
    left.set(xlabel="sample k", ylabel="x")
    left.legend(loc="upper left", frameon=False)
    delay_portrait(right, x[shown], lag)
    right.set(xlabel=f"x(k − {lag})", ylabel="x(k)")


explore(unfolded, size=(9, 3.6), lag=(1, 150, 8))

# %% [markdown]
# ## ARX
#
# With inputs, the past of both is the state. Call it φ, newest first:
#
# $$\varphi(k) = [\,u(k), \dots, u(k-d_x),\ y(k-1), \dots, y(k-d_y)\,] \tag{3}$$
#
# The simplest model is linear in φ: **ARX**, autoregressive with exogenous inputs, $\hat y(k) = \varphi(k)\,\theta$. All steps as
# rows of one matrix Φ, the least squared error is where
#
# $$\Phi^\top \Phi\,\theta = \Phi^\top y \tag{4}$$
#
# **Exercise 3 (15 points).** Write Φ, for one input and one output, from the first step on that has all of its past.

# %% [markdown] hint="regressor_matrix"
# Each column of Φ is a piece of u or of y, as long as there are rows, and moved by its delay. Which k is the first
# row's?

# %% [markdown] hint="regressor_matrix"
# The inputs have the delays 0 to d_x, which are d_x + 1 columns; the outputs have 1 to d_y. With d_y = 0 there is no
# column of outputs, and a list that is empty does no harm.


# %% nbgrader={"grade": false, "grade_id": "regressor_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def regressor_matrix(u, y, d_x, d_y):
    """The rows φ(k) of (3), for k = max(d_x, d_y), ..., T - 1.

    u, y: shape (T,). d_x: 0 or more. d_y: 0 or more.
    Returns shape (T - max(d_x, d_y), d_x + 1 + d_y).
    """
    ### BEGIN SOLUTION
    k = np.arange(max(d_x, d_y), len(u))
    return np.stack([*(u[k - d] for d in range(d_x + 1)), *(y[k - d] for d in range(1, d_y + 1))], axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_regressor_matrix", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_u, _y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0])
check_array("one delay of u, two of y", regressor_matrix(_u, _y, 1, 2), [[3, 2, 20, 10], [4, 3, 30, 20]])
check_array("the inputs, afterwards", _u, [1, 2, 3, 4], rtol=0, atol=0)
check_array("the outputs, afterwards", _y, [10, 20, 30, 40], rtol=0, atol=0)
check_array("no delay of u, one of y", regressor_matrix(_u, _y, 0, 1), [[2, 10], [3, 20], [4, 30]])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(103)
_u, _y = _rng.normal(size=12), _rng.normal(size=12)
for _dx, _dy in ((3, 1), (2, 4), (2, 0)):
    _first = max(_dx, _dy)
    _expected = [
        [_u[k - d] for d in range(_dx + 1)] + [_y[k - d] for d in range(1, _dy + 1)] for k in range(_first, 12)
    ]
    _handed = _u.copy(), _y.copy()
    check_array(f"random signals, d_x = {_dx}, d_y = {_dy}", regressor_matrix(*_handed, _dx, _dy), _expected)
    check_array("the inputs, afterwards", _handed[0], _u, rtol=0, atol=0)
    check_array("the outputs, afterwards", _handed[1], _y, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 4 (15 points).** Solve (4), and say how good the model is: the root mean square of the errors $y - \Phi\theta$.

# %% [markdown] hint="least_squares"
# NumPy solves (4) by `np.linalg.solve`, or the least squares themselves, without making the product of Φ with itself,
# by `np.linalg.lstsq`. The latter returns more than theta.

# %% [markdown] hint="least_squares"
# The error is a number in the unit of y: the errors of all steps, squared, then the mean, then the root. Compute them
# into a new array.


# %% nbgrader={"grade": false, "grade_id": "least_squares", "locked": false, "schema_version": 3, "solution": true, "task": false}
def least_squares(Phi, y):
    """theta of (4), shape (n,), and the root mean square error, a number.

    Phi: shape (T, n), with independent columns. y: shape (T,).
    """
    ### BEGIN SOLUTION
    theta = np.linalg.lstsq(Phi, y, rcond=None)[0]
    return theta, float(np.sqrt(np.mean((y - Phi @ theta) ** 2)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_least_squares", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_Phi, _y = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 5.0])
_theta, _error = least_squares(_Phi, _y)
check_array("theta of points on a line", _theta, [1.0, 2.0])
check_array("its error", _error, 0.0, atol=1e-9)
check_array("Phi, afterwards", _Phi, [[1, 0], [1, 1], [1, 2]], rtol=0, atol=0)
check_array("y, afterwards", _y, [1, 3, 5], rtol=0, atol=0)
_theta, _error = least_squares(np.array([[1.0], [1.0], [1.0], [1.0]]), np.array([0.0, 2.0, 0.0, 2.0]))
check_array("theta of a constant", _theta, [1.0])
check_array("its error", _error, 1.0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(104)
_Phi, _y, _moves = _rng.normal(size=(30, 4)), _rng.normal(size=30), 1e-3 * _rng.normal(size=(40, 4))
_handed = _Phi.copy(), _y.copy()
_theta, _error = least_squares(*_handed)
check_array("Phi, afterwards", _handed[0], _Phi, rtol=0, atol=0)
check_array("y, afterwards", _handed[1], _y, rtol=0, atol=0)
check_equal("shape of theta", np.shape(_theta), (4,))
_best = np.sqrt(np.mean((_y - _Phi @ _theta) ** 2))
check_array("the error that belongs to theta", _error, _best)
for _move in _moves:
    _other = _theta + _move
    assert np.sum((_y - _Phi @ _other) ** 2) > np.sum((_y - _Phi @ _theta) ** 2), (
        "theta: a smaller error is near yours."
    )
### END HIDDEN TESTS

# %% [markdown]
# A linear system is found exactly, when it is one. `rnnkit.identification.ARX` adds a constant, and takes several inputs
# and outputs.

# %% tags=["experiment", "nbval-check-output"]
rng = np.random.default_rng(0)
drive, response = rng.normal(size=200), np.zeros(200)
for k in range(2, 200):
    response[k] = 1.5 * response[k - 1] - 0.7 * response[k - 2] + drive[k] + 0.5 * drive[k - 1]
found = identification.ARX(input_delays=1, output_delays=2).fit(drive, response)
print("inputs:", found.input_weights_.ravel().round(6).tolist())
print("outputs:", found.output_weights_.ravel().round(6).tolist())

# %% [markdown]
# ## One step ahead, and alone
#
# Whatever the model F, it can be used in two ways:
#
# $$\hat y(k) = F\big(u(k), \dots, u(k-d_x),\ y(k-1), \dots, y(k-d_y)\big) \tag{5}$$
# $$\hat y(k) = F\big(u(k), \dots, u(k-d_x),\ \hat y(k-1), \dots, \hat y(k-d_y)\big) \tag{6}$$
#
# In (5) it sees the measured outputs: one step ahead, a feed-forward net. So it is trained; the lecture calls it teacher forcing,
# Narendra and Parthasarathy call it series-parallel. In (6) it lives on its own outputs: parallel, a **free run**. Only (6) can
# take the machine's place.
#
# ![](diagram:narx)
#
# *Numbers in the picture are those of the equations of `rnnkit.NARX`.*
#
# **Exercise 5 (15 points).** Write (6). The first $\max(d_x, d_y)$ outputs are given.

# %% [markdown] hint="free_run"
# Begin with a list that has the given outputs, and let it grow by one a step. The model sees numbers only, so build φ
# anew in each step, in the order of (3).

# %% [markdown] hint="free_run"
# The step k is the length of the list at that moment. The newest past output is the last one on the list, and φ has it
# first after the inputs; what the model says is put on the end and is the newest in the next step.


# %% nbgrader={"grade": false, "grade_id": "free_run", "locked": false, "schema_version": 3, "solution": true, "task": false}
def free_run(F, u, y0, d_x, d_y):
    """All outputs, the given ones and those of (6).

    F: a function from φ, shape (d_x + 1 + d_y,), as in (3), to the next output, a number.
    u: shape (T,). y0: the first outputs, shape (max(d_x, d_y),).
    Returns shape (T,).
    """
    ### BEGIN SOLUTION
    y = list(y0)
    for k in range(len(y0), len(u)):
        phi = [u[k - d] for d in range(d_x + 1)] + [y[k - d] for d in range(1, d_y + 1)]
        y.append(float(F(np.array(phi))))
    return np.array(y)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_free_run", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_u, _given = np.array([9.0, 0.0, 0.0, 1.0, 0.0]), np.array([8.0])
check_array(
    "half of the last output, and the input",
    free_run(lambda phi: phi[0] + phi[1] / 2, _u, _given, 0, 1),
    [8.0, 4.0, 2.0, 2.0, 1.0],
)
check_array("the inputs, afterwards", _u, [9, 0, 0, 1, 0], rtol=0, atol=0)
check_array("the given outputs, afterwards", _given, [8.0], rtol=0, atol=0)
check_array(
    "Fibonacci's numbers",
    free_run(lambda phi: phi[1] + phi[2], np.zeros(7), np.array([1.0, 1.0]), 0, 2),
    [1, 1, 2, 3, 5, 8, 13],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(105)
_u, _w = _rng.normal(size=25), _rng.normal(size=6)
_start = _rng.normal(size=3)
_kept = _start.copy()
_y = [*_start]
for _k in range(3, 25):
    _phi = [_u[_k], _u[_k - 1], _u[_k - 2], _u[_k - 3], _y[_k - 1], _y[_k - 2]]
    _y.append(np.tanh(sum(a * b for a, b in zip(_phi, _w, strict=True))))
_before = _u.copy()
check_array("a random net", free_run(lambda phi: np.tanh(phi @ _w), _u, _start, 3, 2), _y)
check_array("the given outputs, afterwards", _start, _kept, rtol=0, atol=0)
check_array("the inputs, afterwards", _u, _before, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# The plant of Narendra and Parthasarathy, example 2,
#
# $$y(k) = \frac{y(k-1)\,y(k-2)\,\big(y(k-1) + 2.5\big)}{1 + y(k-1)^2 + y(k-2)^2} + u(k)$$
#
# 1,000 points with random inputs to learn from, a sine to test. F is linear (ARX), or a net of one tanh layer (NARX), trained series-parallel
# by Levenberg and Marquardt's method.

# %% tags=["experiment"] alt="Six panels of 100 steps, the measured output in grey, the model's in blue; one step ahead left, alone right. ARX misses the peaks of 3.8 one step ahead, with 2.6, RMSE 0.746; alone it swings between -1.7 and 1.8 only, RMSE 1.386. NARX with 5 units lies on the measured line but for small deviations at its lowest points, 0.069 and alone 0.168. NARX with 20 units cannot be told from it, 0.004 and alone 0.008."
EVALUATIONS, STARTS = choose(check=(15, 1), quick=(300, 3), full=(600, 5))
training, test = lab.plant_data(seed=0), lab.plant_test()
makers = lab.models(0, n_starts=STARTS, max_iter=EVALUATIONS)
makers = {"NARX, 5 units": lambda: identification.NARXModel(5, 0, 2, EVALUATIONS, STARTS, 0)} | makers
scores = lab.compare(makers, training, test)
figure, panels = plt.subplots(3, 2, figsize=(11, 6), layout="constrained", sharex=True, sharey=True)
window = slice(0, 101)
for row, name in zip(panels, ("ARX", "NARX, 5 units", "NARX, 20 units"), strict=True):
    for panel, kind, title in zip(row, ("one step", "free"), ("one step ahead", "alone"), strict=True):
        said = scores[name][kind]["said"][:99]
        model_runs(panel, test[1][window], {"model": said}, xlabel="")
        panel.set_title(f"{name}, {title}: RMSE {scores[name][kind]['rmse']:.3f}", fontsize="medium")
panels[0, 1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
for panel in panels[-1]:
    panel.set_xlabel("step k")
plt.show()

# %% [markdown]
# One step ahead the net of 5 units is as good as that of 20 to the eye. Alone its error more than doubles, since each small error goes
# back into the model. The linear model is wrong either way, and nearly twice as wrong alone.
#
# ## Finite and infinite response
#
# S. Lee's **sliding predictor** looks at the inputs alone, $Y_t = f(X_t, \dots, X_{t-N})$: what happened more than N steps ago is
# forgotten. It has no outputs to live on, so it cannot run away; but for a long memory N must be large. The alternative with a
# memory of its own is the **state-space model**, a recurrent network:
#
# $$x(k) = \tanh\big(A\,x(k-1) + B\,u(k) + b_x\big), \qquad y(k) = C\,x(k) + b_y \tag{7}$$
#
# Nothing is fed back from y, and the state can be whatever serves.
#
# **Exercise 6 (15 points).** Write (7). A is (s, s), B (s, m), C (n, s), as on the slide: x and u are columns there.

# %% [markdown] hint="state_space"
# A loop over the steps with one state. A, B and C stand on the left of columns here, so with one-dimensional arrays it
# is `A @ x`.

# %% [markdown] hint="state_space"
# State first, output second, in the same step: the first output has seen the first input. The tanh is around the
# state's sum alone. Make a new array for each state, so that `x0` stays what it was.


# %% nbgrader={"grade": false, "grade_id": "state_space", "locked": false, "schema_version": 3, "solution": true, "task": false}
def state_space(u, A, B, b_x, C, b_y, x0):
    """Outputs of (7).

    u: u(1) ... u(T), shape (T, m). A: (s, s). B: (s, m). b_x: (s,). C: (n, s). b_y: (n,). x0: x(0), shape (s,).
    Returns y(1) ... y(T), shape (T, n).
    """
    ### BEGIN SOLUTION
    x, y = x0, []
    for row in u:
        x = np.tanh(A @ x + B @ row + b_x)
        y.append(C @ x + b_y)
    return np.array(y)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_state_space", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_x0 = np.zeros(1)
check_array(
    "one state, driven once",
    state_space(np.array([[0.5], [0.0]]), np.eye(1), np.eye(1), np.zeros(1), np.array([[2.0]]), np.ones(1), _x0),
    [[1 + 2 * np.tanh(0.5)], [1 + 2 * np.tanh(np.tanh(0.5))]],
)
check_array("the first state, afterwards", _x0, [0.0], rtol=0, atol=0)
check_array(
    "two states, the first of which goes to the second",
    state_space(
        np.zeros((2, 1)),
        np.array([[0.0, 0.0], [1.0, 0.0]]),
        np.ones((2, 1)),
        np.zeros(2),
        np.array([[0.0, 1.0]]),
        np.zeros(1),
        np.array([0.5, 0.0]),
    ),
    [[np.tanh(0.5)], [0.0]],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(106)
_A, _B, _C = _rng.normal(size=(4, 4)), _rng.normal(size=(4, 3)), _rng.normal(size=(2, 4))
_bx, _by, _x, _u = _rng.normal(size=4), _rng.normal(size=2), _rng.normal(size=4), _rng.normal(size=(6, 3))
_first, _expected = _x.copy(), []
for _row in _u:
    _x = [
        np.tanh(_bx[i] + sum(_A[i, j] * _x[j] for j in range(4)) + sum(_B[i, j] * _row[j] for j in range(3)))
        for i in range(4)
    ]
    _expected.append([_by[i] + sum(_C[i, j] * _x[j] for j in range(4)) for i in range(2)])
_handed = _u, _A, _B, _bx, _C, _by, _first
_kept = [_array.copy() for _array in _handed]
check_array("outputs of a random net", state_space(*_handed), _expected)
for _name, _array, _before in zip(("u", "A", "B", "b_x", "C", "b_y", "x0"), _handed, _kept, strict=True):
    check_array(f"{_name}, afterwards", _array, _before, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ### Teacher forcing as a way to train
#
# The lecture's slide trains by (5): *substitute the past network predictions with the targets*, which *converts the RNN to a FFNN*. But
# what is wanted is (6). `rnnkit.training.TeacherForcing` puts one or the other into the feedback while a layer is trained: with a coin c for
# each step and example,
#
# $$y'(k) = c(k)\,y_t(k) + (1 - c(k))\,\hat y(k), \qquad P(c = 1) = p \tag{8}$$
#
# is what the network sees as its past outputs: p = 1 is teacher forcing, p = 0 running freely, and `ScheduledSampling` lowers p on the way. Here a
# NARX net of 10 units learns from one start by both, in windows of 25 steps, with Adam, and is then left alone on the test.

# %% tags=["experiment"]
with quiet():  # TensorFlow's start-up log
    taught = lab.compare_training(updates=choose(check=2, quick=200, full=2000))
for name, (in_training, in_test) in taught.items():
    print(f"trained by {name}: RMSE {in_training:.2f} as trained, {in_test:.2f} alone on the test")

# %% [markdown]
# After so few updates neither is a match for Levenberg and Marquardt's method above. But see what each was good at: by teacher
# forcing the error as trained, one step ahead, says little of the error alone. Running freely, the network has met its own errors while
# it learnt. It pays with gradients that go back through all steps of a window, and with bad outputs that are fed back at the beginning.

# %% [markdown]
# ### All of them on the plant
#
# The same 1,000 points, the same test.

# %% tags=["experiment"] alt="Free runs of four models over 75 steps. NARX with 20 units covers the measured output, which goes from -1 to 3.8 every 25 steps; the state-space network begins too high and lies on it from step 15 on; the sliding predictor of 8 steps reaches 3.3 and comes too late or too early by some steps; ARX swings between -1.7 and 1.8."
print(f"{'model':<28}{'one step ahead':>16}{'alone':>10}     RMSE; y has a standard deviation of {test[1].std():.2f}")
for name, score in scores.items():
    print(f"{name:<28}{score['one step']['rmse']:>16.3f}{score['free']['rmse']:>10.3f}")
figure, axes = plt.subplots(figsize=(10, 3.2), layout="constrained")
chosen = {name: scores[name]["free"]["said"] for name in scores if name.split(",")[0] in ("sliding predictor", "ARX")}
chosen |= {name: scores[name]["free"]["said"] for name in scores if name.startswith(("state", "NARX, 20"))}
model_runs(
    axes, test[1][:76], {name: said[: 76 - (500 - len(said))] for name, said in chosen.items()}, limits=(-2.5, 5)
)
axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
plt.show()

# %% [markdown]
# ## A recording of your own
#
# A CSV file whose first row names the columns, with units in brackets: `time [s],voltage [V],current [A],speed [rad/s]`. Here it is a
# motor with dry friction, made by a generator. For yours, set `RNNKIT_DATA_IDENTIFICATION` to its path before starting
# Jupyter, and choose the columns below. The models scale inside; everything comes back in the
# units of the file.

# %% tags=["experiment"] alt="A motor's current in ampere, above, and its speed in radian a second, below, over 3 s, in which its voltage jumps about every 0.2 s. NARX covers the measured curves in both, RMSE 0.055 A and 0.43 rad/s. ARX, 0.41 A and 8.1 rad/s, has the jumps, but goes on turning where the motor stands still by its friction, and is too slow at high speeds."
own = os.environ.get("RNNKIT_DATA_IDENTIFICATION")
if own:
    recording = identification.read_csv(
        own
    )  # inputs=..., outputs=...: names of columns; sampling_time=... without a time column
else:
    file = lab.write_motor_csv(build_dir() / "motor.csv", steps=choose(check=400, quick=2000, full=4000), seed=0)
    recording = identification.read_csv(file, inputs="voltage", outputs=("current", "speed"))
middle = len(recording) // 2
first, second = recording[:middle], recording[middle:]
print(
    f"{len(recording)} steps of {recording.sampling_time:g} {recording.time_unit}; inputs {', '.join(recording.input_labels)}"
)
own_models = {
    "ARX": identification.ARX(1, 2),
    "NARX": identification.NARXModel(8, 1, 2, choose(check=10, quick=200, full=400), 1, 0),
}
own_scores = {name: lab.scored(model.fit(first.u, first.y), second.u, second.y) for name, model in own_models.items()}
labels = recording.output_labels
figure, panels = plt.subplots(
    len(labels), figsize=(10, 1 + 2 * len(labels)), layout="constrained", sharex=True, squeeze=False
)
end = min(300, len(second))
for j, (panel, label) in enumerate(zip(panels[:, 0], labels, strict=True)):
    runs = {
        name: score["free"]["said"][: end - model.past_, j]
        for (name, score), model in zip(own_scores.items(), own_models.values(), strict=True)
    }
    model_runs(
        panel,
        second.y[:end, j],
        runs,
        interval=recording.sampling_time,
        ylabel=label,
        xlabel=f"time ({recording.time_unit})",
    )
    said = ", ".join(f"{name} {np.ravel(score['free']['rmse'])[j]:.3g}" for name, score in own_scores.items())
    panel.set_title(f"free run on the second half, RMSE: {said} {recording.output_units[j]}", fontsize="medium")
panels[0, 0].legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
for panel in panels[:-1, 0]:
    panel.set_xlabel("")
plt.show()

# %% tags=["experiment"]
best, linear = scores["NARX, 20 units"], scores["ARX"]
report_result(
    figure=f"a published plant, alone for 500 steps: NARX of 20 units RMSE {best['free']['rmse']:.3f}",
    baseline=f"ARX {linear['free']['rmse']:.2f}, state-space RNN {scores['state-space RNN, 8 states']['free']['rmse']:.2f}, "
    f"FIR {scores['FIR, 10 steps']['free']['rmse']:.2f}",
    holds=bool(best["free"]["rmse"] < 0.02),
)

# %% [markdown]
# ## Question (15 points, marked by hand)
#
# A colleague shows you a model that predicts a machine's temperature, measured every second, one second ahead with an error of 0.1 %.
# Why does that say little? Name a model without any parameter that may do as well. What would you measure instead, and on which part of the recording? And why can
# the sliding predictor not run away when it is alone, while ARX and NARX can?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# A temperature hardly changes in a second. "As it was a second ago", persistence, has no parameter and may be as good: the last output,
# which the model is given, is most of the answer. One step ahead the model is put right at every step by the measurement, so
# that its errors never add up.
#
# What counts is the free run: from the inputs and the first outputs alone, over a time that is long beside the machine's own, on a
# part of the recording that was not used to fit or to choose the model, split by time, and with other inputs. The error should be
# compared with that of a linear model and of persistence, in kelvin.
#
# ARX and NARX feed their outputs back. An error of one step is an input of the next, and may grow, in a linear model without
# limit if a root of its outputs' weights is outside of the unit circle. The sliding predictor's output is a function of the last N inputs alone:
# an error made at one step is never seen again. The price is that it can know nothing older than N steps.
# ### END SOLUTION
