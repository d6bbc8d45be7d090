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
#       - write a linear recurrent network's forward pass and its backpropagation through time, and check a gradient by
#         finite differences;
#       - say from the recurrent weight alone whether a gradient vanishes, explodes or keeps its size;
#       - write gradient clipping and Rprop, and say what each of them does to the length of a step;
#       - train a recurrent network of `rnnkit` in Keras, and add the regularizer Ω to it.
#     prerequisites:
#       - NumPy's arrays, their shapes and sums along an axis;
#       - the chain rule and gradient descent;
#       - unit 1 (the Elman network), or the lecture's equations (2) to (7).
#     minutes: 150
#     difficulty: medium
#     exercises:
#       forward: {title: The forward pass, difficulty: easy}
#       gradients: {title: Backpropagation through time, difficulty: hard}
#       numerical_gradient: {title: A gradient by finite differences, difficulty: medium}
#       clip_gradient: {title: Clipping, difficulty: easy}
#       rprop_step: {title: One step of Rprop, difficulty: medium}
#       build_counter:
#         title: The same network in Keras
#         difficulty: medium
#         uses: [numpy, keras, rnnkit.Elman, rnnkit.Rprop]
#       question: {title: Why Rprop gets there, difficulty: hard}
#     self_test:
#       - question: The recurrent weight is $v_f = -1.1$. What happens to the error signal on its way back through many
#           steps?
#         choices:
#           - It vanishes, because $v_f$ is less than 1.
#           - It explodes, and changes its sign at every step.
#           - It keeps its size, because only the sign changes.
#         answer: b
#         why: By (20) each step back multiplies it by $v_f$. Its size grows by $|v_f| = 1.1$ a step, to $1.1^{50} \approx
#           117$ times over 50 steps, and the minus turns its sign each time. What counts is the absolute value, not
#           whether $v_f$ is below 1.
#       - question: A gradient of length 10 is clipped at the threshold 1. What becomes of it?
#         choices:
#           - Each of its components is cut off at 1.
#           - It becomes 0, so that this step is left out.
#           - It gets the length 1 and keeps its direction.
#         answer: c
#         why: The whole vector is multiplied by one number, here 1/10. To cut each component off would turn the direction
#           towards a diagonal, and the step would no longer follow the gradient.
#       - question: All gradients are multiplied by 1,000, because somebody measures the error in other units. Which of the
#           three takes exactly the same steps as before?
#         choices:
#           - plain gradient descent with the same learning rate
#           - gradient descent, clipped at the same threshold
#           - Rprop
#         answer: c
#         why: Rprop looks at signs alone, and a sign does not change with the unit. Plain gradient descent takes steps
#           1,000 times as long. Clipped descent is the same only where both gradients were above the threshold; in the
#           valley, where the small ones are, it is not.
#     key_points:
#       - An error signal that goes back $k$ steps is multiplied by $v_f^k$; its size stays only where $|v_f| = 1$.
#       - The sum over the examples comes last; a signal that is summed too early belongs to no example's input.
#       - A gradient written by hand is trusted when finite differences give the same.
#       - Clipping shortens a step and keeps its direction. Rprop throws the length away and keeps each weight's sign, so
#         it needs the gradient of the whole data set.
#       - Ω mends the gradient itself rather than the step. It asks each step back in time to keep the length.
#     sources:
#       - 'J. Y. Jun, Feedback Neural Networks (2019), equations (16) to (31).'
#       - 'N. Mohajerin, ME 780 lecture 5 (2017), the slides on the gradient''s norm and Ω.'
#       - 'M. Riedmiller and H. Braun, A direct adaptive method for faster backpropagation learning (1993), [doi 10.1109/ICNN.1993.298623](https://doi.org/10.1109/ICNN.1993.298623).'
# ---

# %% [markdown]
# # 2 · Counting ones
#
# A network with two weights reads ten bits, one at a time, and shall say how many were ones. The right weights are plain
# to see: 1 and 1. **Why, then, is it so hard to get there by following the gradient?** Because the gradient travels back
# through ten time steps, and each step multiplies it by the same weight: it vanishes or explodes. You will see it do
# both, compute it by hand, and meet three remedies: clipping, Rprop, and the regularizer Ω.
#
# The equations are those of J. Y. Jun's lecture *Feedback Neural Networks* (2019), with its numbers; Ω is from N.
# Mohajerin's ME 780 lecture 5. The data and the start are those of P. Roelants' well-known run, so that your numbers can
# be compared with published ones.

# %%
import numpy as np

from rnnkit.course.teaching import check_array, check_equal, choose, explore, profile, quiet, report_result

with quiet():  # TensorFlow's start-up log
    import keras

import matplotlib.pyplot as plt

import rnnkit
from rnnkit.course.experiments import bit_counting as net
from rnnkit.datasets import bit_counting
from rnnkit.plots import COLOURS
from rnnkit.plots.error_surface import error_surface
from rnnkit.plots.gradient_over_time import gradient_over_time

print(f"profile {profile()}, Keras {keras.__version__} on {keras.backend.backend()}")

# %% tags=["nbval-check-output"]
bits, counts = bit_counting(sequences=20, length=10, seed=1)
print("first sequence:", bits[0].astype(int), "has", int(counts[0]), "ones")
print("counts:", counts.astype(int))

# %% [markdown]
# ## The network
#
# What it shall say of T bits is
#
# $$\hat y = \sum_{t=1}^{T} x_t \tag{15}$$
#
# and a single state is enough for it:
#
# $$f_t = f_{t-1}\, v_f + x_t\, v_x, \qquad f_0 = 0, \qquad \hat y = f_T \tag{16}$$
#
# It is an Elman network with one hidden unit, no bias and the identity as its activation. (The lecture's (16) writes
# $\hat y = S_T$ for what (15) and figure 4 call $f_T$.)
#
# ![](diagram:unfolding)
#
# **Exercise 1 (10 points).** Write the forward pass, and keep all states: you will need them on the way back.

# %% [markdown] hint="forward"
# Make room for all states first, one column more than there are bits. The first column is $f_0 = 0$, so it is right
# already; then walk through the bits, all examples at once.

# %% [markdown] hint="forward"
# Column $t + 1$ of the states needs two columns: number $t$ of the states, and number $t$ of the bits (Python counts
# them from 0). Which weight belongs to which stands in (16).


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward(x, v_x, v_f):
    """All states of the network, (16).

    x: bits, shape (I, T). Returns f_0 ... f_T for each example, shape (I, T + 1); the first column is 0.
    """
    ### BEGIN SOLUTION
    f = np.zeros((x.shape[0], x.shape[1] + 1))
    for t in range(x.shape[1]):
        f[:, t + 1] = f[:, t] * v_f + x[:, t] * v_x
    return f
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_forward", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_array("f for bits 1 0 1, v_x = 1, v_f = 1", forward(np.array([[1.0, 0.0, 1.0]]), 1.0, 1.0), [[0, 1, 1, 2]])
check_array("f for bits 1 0 1, v_x = 2, v_f = 0.5", forward(np.array([[1.0, 0.0, 1.0]]), 2.0, 0.5), [[0, 2, 1, 2.5]])
check_array("f_T with both weights 1", forward(bits, 1.0, 1.0)[:, -1], counts)
### BEGIN HIDDEN TESTS
_x = np.random.default_rng(21).normal(size=(4, 7))
_f = [[0.0] for _ in _x]
for _i, _row in enumerate(_x):
    for _value in _row:
        _f[_i].append(_f[_i][-1] * -0.7 + _value * 1.3)
check_array("f for random inputs", forward(_x, 1.3, -0.7), _f)
### END HIDDEN TESTS

# %% [markdown]
# ## The way back
#
# With the error summed over the examples,
#
# $$E = \frac12 \sum_{i=1}^{I} \left(\hat y^{(i)} - y^{(i)}\right)^2 \tag{17}$$
#
# the chain rule gives, **for each example i**,
#
# $$\frac{\partial E}{\partial f_t^{(i)}} = \left(\hat y^{(i)} - y^{(i)}\right) v_f^{\,T-t} \tag{20, 24}$$
#
# and with $\partial f_t/\partial v_x = x_t$ (21) and $\partial f_t/\partial v_f = f_{t-1}$ (25),
#
# $$\frac{\partial E}{\partial v_x} = \sum_i \sum_t \left(\hat y^{(i)} - y^{(i)}\right) v_f^{\,T-t}\, x_t^{(i)} \tag{19, 22}$$
# $$\frac{\partial E}{\partial v_f} = \sum_i \sum_t \left(\hat y^{(i)} - y^{(i)}\right) v_f^{\,T-t}\, f_{t-1}^{(i)} \tag{23, 26}$$
#
# With them gradient descent takes steps of its own size for each weight,
#
# $$v_x \leftarrow v_x - \alpha_x\, \frac{\partial E}{\partial v_x}, \qquad
#   v_f \leftarrow v_f - \alpha_f\, \frac{\partial E}{\partial v_f} \tag{18}$$
#
# **Erratum.** The lecture's (20) and (24) already sum over the examples. Taken literally, (19) would then multiply a sum
# over examples by another example's $x_t$; the sum has to come last, as in (22), (26) and here.
#
# **Exercise 2 (20 points).** Write the gradients.

# %% [markdown] hint="gradients"
# Only the last state stands in (17), so begin there: $\partial E/\partial f_T^{(i)}$ is the error of example i. By the chain rule
# and (16) each earlier one is the next one times a single weight.

# %% [markdown] hint="gradients"
# Keep one row an example until the end. For $v_x$ multiply each signal by the bit that came in at the same step, for
# $v_f$ by the state **before** it, which your forward pass has kept one column to the left. Only then sum over
# everything.


# %% nbgrader={"grade": false, "grade_id": "gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradients(x, y, v_x, v_f):
    """Backpropagation through time by hand, (19)-(26).

    x: bits, shape (I, T). y: counts, shape (I,).
    Returns dE/df_t for t = 1 ... T, shape (I, T), and the two numbers dE/dv_x and dE/dv_f.
    """
    ### BEGIN SOLUTION
    f = forward(x, v_x, v_f)
    length = x.shape[1]
    df = np.zeros(x.shape)
    df[:, -1] = f[:, -1] - y
    for t in range(length - 2, -1, -1):
        df[:, t] = df[:, t + 1] * v_f  # (20)
    return df, np.sum(df * x), np.sum(df * f[:, :-1])  # (22), (26)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_gradients", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
df, dv_x, dv_f = gradients(np.array([[1.0, 0.0, 1.0]]), np.array([2.0]), 2.0, 0.5)
check_array("dE/df_t", df, [[0.125, 0.25, 0.5]])
check_array("dE/dv_x", dv_x, 0.625)
check_array("dE/dv_f", dv_f, 1.0)
df, dv_x, dv_f = gradients(bits, counts, 1.0, 1.0)
check_array("dE/dv_x at the minimum", dv_x, 0.0)
check_array("dE/dv_f at the minimum", dv_f, 0.0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(22)
_x, _y = _rng.normal(size=(5, 6)), _rng.normal(size=5)


def _error(v_x, v_f):
    total = 0.0
    for _row, _target in zip(_x, _y, strict=True):
        f = 0.0
        for value in _row:
            f = f * v_f + value * v_x
        total += 0.5 * (f - _target) ** 2
    return total


_h = 1e-6
df, dv_x, dv_f = gradients(_x, _y, 0.8, -1.1)
check_array("dE/dv_x", dv_x, (_error(0.8 + _h, -1.1) - _error(0.8 - _h, -1.1)) / (2 * _h), rtol=1e-5)
check_array("dE/dv_f", dv_f, (_error(0.8, -1.1 + _h) - _error(0.8, -1.1 - _h)) / (2 * _h), rtol=1e-5)
check_equal("shape of dE/df", df.shape, (5, 6))
check_array("dE/df_1 in units of dE/df_T", df[:, 0] / df[:, -1], np.full(5, (-1.1) ** 5))
### END HIDDEN TESTS

# %% [markdown]
# ## Trust, but check
#
# Whoever computes a gradient by hand checks it by finite differences, once with each weight moved a little up and down:
#
# $$\frac{\partial E}{\partial v_j} \approx \frac{E(v + h\,e_j) - E(v - h\,e_j)}{2h}$$
#
# **Exercise 3 (10 points).** Write it for a function of any number of weights.

# %% [markdown] hint="numerical_gradient"
# One weight at a time: the others stay where they are. A new array of zeros with $h$ at place $j$ is the lecture's
# $h\,e_j$; adding it makes a new array, so that $v$ itself is not touched.

# %% [markdown] hint="numerical_gradient"
# The two points are $2h$ apart. Mind an array of whole numbers: adding $10^{-6}$ in place would be lost, so turn it into
# floating point numbers first.


# %% nbgrader={"grade": false, "grade_id": "numerical_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numerical_gradient(function, v, h=1e-6):
    """Central differences of a function of an array v, shape (n,). Returns an array of shape (n,); v is not changed."""
    ### BEGIN SOLUTION
    v = np.asarray(v, dtype=float)
    result = np.zeros(len(v))
    for j in range(len(v)):
        move = np.zeros(len(v))
        move[j] = h
        result[j] = (function(v + move) - function(v - move)) / (2 * h)
    return result
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_numerical_gradient", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
point = np.array([3.0, -2.0])
check_array("gradient of v0² v1", numerical_gradient(lambda v: v[0] ** 2 * v[1], point), [-12.0, 9.0], rtol=1e-5)
check_array("the point itself, afterwards", point, [3.0, -2.0], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_point = np.random.default_rng(23).normal(size=5)
_kept = _point.copy()
_matrix = np.random.default_rng(24).normal(size=(5, 5))
check_array(
    "gradient of a quadratic form",
    numerical_gradient(lambda v: v @ _matrix @ v, _point),
    (_matrix + _matrix.T) @ _point,
    rtol=1e-5,
)
check_array("the point, afterwards", _point, _kept, rtol=0, atol=0)
check_array(
    "gradient of |v| at a step of 1", numerical_gradient(lambda v: abs(v[0] - 0.25), np.array([0.0]), h=1.0), [-0.25]
)
### END HIDDEN TESTS

# %% [markdown]
# ## Vanishing and exploding
#
# By (20) the error signal is multiplied by $v_f$ at every step on its way back. At the first state, for each example i,
#
# $$\frac{\partial E}{\partial f_1^{(i)}} = \frac{\partial E}{\partial \hat y^{(i)}}\,\frac{\partial \hat y^{(i)}}{\partial f_T^{(i)}}\,
#   \frac{\partial f_T^{(i)}}{\partial f_{T-1}^{(i)}} \cdots \frac{\partial f_2^{(i)}}{\partial f_1^{(i)}}
#   = \left(\hat y^{(i)} - y^{(i)}\right) v_f^{\,T-1} \tag{27}$$
#
# and with ever longer sequences, $T \to \infty$, the power of $v_f$ decides:
#
# $$v_f^{\,T-1} \to 0 \;\text{ if } |v_f| < 1 \text{ (vanishing)}, \qquad
#   |v_f|^{\,T-1} \to \infty \;\text{ if } |v_f| > 1 \text{ (exploding)} \tag{28}$$
#
# **Erratum:** the lecture's (28) has $v_f < 1$ and $v_f > 1$; it is the absolute value that counts, and at $|v_f| = 1$ the
# gradient keeps its size, which is why the weight 1 can count at all.

# %% tags=["experiment"] alt="Line plot of the error signal over the ten time steps, on an axis that is logarithmic towards plus and minus. Going back from step 10 to step 1 it shrinks about five hundred times for v_f = 0.5, grows by half for 1.05, about forty times for 1.5, and about five hundred times for -2, where its sign turns at every step."
curves = {
    f"$v_f = {v_f:g}$": net.state_gradients(bits, counts, 1.0, v_f)[:, 1:].sum(axis=0) for v_f in (0.5, 1.05, 1.5, -2.0)
}
figure, axes = plt.subplots(figsize=(8, 3.8), layout="constrained")
gradient_over_time(axes, curves, r"$\sum_i \partial E/\partial f_t^{(i)}$ (symlog)")
axes.set_xticks(range(1, 11))
plt.show()

# %% [markdown]
# Over two weights the error can be drawn. Logarithmic colours: it spans many orders of magnitude, with a valley
# around $v_f = 1$ and cliffs beyond it.

# %% tags=["experiment"] alt="Two colour maps of the error over v_x and v_f, its logarithm from dark to bright. Left, from -3 to 3: an even plain for v_f between -1 and 1, cliffs that rise to a thousand million above and below it, and a thin dark valley that comes down along v_x = 0 and bends to the right through the minimum at (1, 1). Right, close up: the valley runs through the minimum from upper left to lower right, narrow and nearly level along its floor."
surface = lambda v_x, v_f: net.mean_squared_error(bits, counts, v_x, v_f)  # noqa: E731
figure, panels = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
error_surface(panels[0], surface, (-3, 3), (-3, 3), minimum=(1, 1))
error_surface(panels[1], surface, (0.4, 1.6), (0.7, 1.3), minimum=(1, 1))
panels[0].set_title("the cliffs", pad=28)
panels[1].set_title("the valley", pad=28)
plt.show()

# %% [markdown]
# ## First remedy: clipping
#
# If the gradient is longer than a threshold η, shorten it and keep its direction (the lecture's section 4):
#
# $$\text{if } \lVert g \rVert > \eta: \qquad g \leftarrow \eta\, \frac{g}{\lVert g \rVert}$$
#
# **Exercise 4 (10 points).** In Keras this is one word: `keras.optimizers.SGD(..., global_clipnorm=1.0)`. Write it.

# %% [markdown] hint="clip_gradient"
# The length is that of the whole vector, the root of the sum of squares. Compute it once, then decide.

# %% [markdown] hint="clip_gradient"
# What is not longer than the threshold goes back as it is. This also keeps you from dividing by the length of a
# gradient that is 0.


# %% nbgrader={"grade": false, "grade_id": "clip_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def clip_gradient(gradient, threshold):
    """The gradient, shape (n,), shortened to the threshold if it is longer. The argument is not changed."""
    ### BEGIN SOLUTION
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_clip_gradient", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_array("(3, 4) clipped to 1", clip_gradient(np.array([3.0, 4.0]), 1.0), [0.6, 0.8])
check_array("(3, 4) clipped to 10", clip_gradient(np.array([3.0, 4.0]), 10.0), [3.0, 4.0])
check_array("zero clipped to 1", clip_gradient(np.zeros(2), 1.0), [0.0, 0.0])
### BEGIN HIDDEN TESTS
_g = np.random.default_rng(25).normal(size=7) * 1e6
_before = _g.copy()
_clipped = clip_gradient(_g, 2.5)
check_array("length after clipping", (_clipped**2).sum() ** 0.5, 2.5)
check_array("direction after clipping", _clipped / 2.5, _before / (_before**2).sum() ** 0.5)
check_array("the argument, afterwards", _g, _before, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## Second remedy: Rprop
#
# Rprop looks only at the **sign** of the gradient. Each weight has a step size Δ of its own:
#
# $$v \leftarrow v - \operatorname{sign}\left(\frac{\partial E}{\partial v}\right)\Delta \tag{29}$$
# $$\Delta \leftarrow \begin{cases}\Delta\,\eta_p & \text{if the sign is the same as in the step before}\\
#   \Delta\,\eta_n & \text{if it is not}\end{cases} \tag{30, 31}$$
#
# with $\eta_p = 1.2$, $\eta_n = 0.5$. Δ is updated first, then the weight moves. We add the usual bounds, which the
# lecture leaves out: Δ stays between $10^{-6}$ and 50.
#
# **Exercise 5 (15 points).** Write one step, for any number of weights at once.

# %% [markdown] hint="rprop_step"
# No loop is needed: compare the two arrays of signs, and choose a factor for each weight with `np.where`.

# %% [markdown] hint="rprop_step"
# The order is: sign, then Δ by (30, 31), then its bounds, then the weights by (29) with the **new** Δ. The gradient's
# size appears nowhere.


# %% nbgrader={"grade": false, "grade_id": "rprop_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rprop_step(v, gradient, previous_sign, delta, eta_p=1.2, eta_n=0.5):
    """One step of Rprop, (29)-(31), with Δ kept within 1e-6 and 50.

    v, gradient, previous_sign, delta: arrays of shape (n,).
    Returns the new weights, the signs (to be the next previous_sign) and the new step sizes, each of shape (n,).
    """
    ### BEGIN SOLUTION
    sign = np.sign(gradient)
    delta = np.where(sign == previous_sign, delta * eta_p, delta * eta_n)
    delta = np.clip(delta, 1e-6, 50)
    return v - sign * delta, sign, delta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_rprop_step", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
v, sign, delta = rprop_step(np.array([1.0, 1.0]), np.array([0.3, -20.0]), np.array([1.0, 1.0]), np.array([0.1, 0.1]))
check_array("delta", delta, [0.12, 0.05])
check_array("sign", sign, [1.0, -1.0])
check_array("v", v, [0.88, 1.05])
_, _, delta = rprop_step(np.zeros(2), np.ones(2), np.array([1.0, -1.0]), np.array([49.0, 1.5e-6]))
check_array("delta at its bounds", delta, [50.0, 1e-6])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(26)
_v, _gradient, _delta = _rng.normal(size=9), _rng.normal(size=9), _rng.random(9)
_previous = np.sign(_rng.normal(size=9))
_expected_v, _expected_delta = [], []
for _j in range(9):
    _same = (_gradient[_j] > 0) == (_previous[_j] > 0)
    _expected_delta.append(_delta[_j] * (1.3 if _same else 0.4))
    _expected_v.append(_v[_j] - (1 if _gradient[_j] > 0 else -1) * _expected_delta[-1])
v, sign, delta = rprop_step(_v, _gradient, _previous, _delta, eta_p=1.3, eta_n=0.4)
check_array("delta", delta, _expected_delta)
check_array("v", v, _expected_v)
check_array("sign", sign, [1 if _g > 0 else -1 for _g in _gradient])
### END HIDDEN TESTS

# %% [markdown]
# Three ways down from the start (−1.5, 2), high up on a cliff. Plain gradient descent, even with a tiny learning rate, is
# thrown out of the picture by its first step. Clipped, it walks; each of its steps has the same length. Rprop starts
# carefully, and lengthens its stride.

# %% tags=["experiment"] alt="Left, the error surface with three ways from the start at (-1.5, 2). Plain gradient descent leaves the picture with its first step. Clipped, it goes in many equal steps down and round in a wide arc to the valley. Rprop goes straight down in growing strides, turns, oversteps the valley and comes back along it. Right, the error over 500 steps on a logarithmic axis: plain descent is off the picture at once, clipped descent stays near 0.1 from step 250 on, Rprop falls to about a millionth."
start = (-1.5, 2.0)
paths = {
    "SGD": net.descend(bits, counts, start, net.sgd_rule(1e-6), 40),
    "SGD, clipped": net.descend(bits, counts, start, net.sgd_rule(0.02, clip=1.0), 500),
    "Rprop": net.descend(bits, counts, start, net.rprop_rule(), 500),
}
figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
figure.get_layout_engine().set(wspace=0.1)
error_surface(panels[0], surface, (-3, 3), (-1, 3), paths, minimum=(1, 1))
for (name, path), place in zip(paths.items(), (1, 3, 4), strict=True):
    panels[1].plot(net.mean_squared_error(bits, counts, path[:, 0], path[:, 1]), color=COLOURS[place], label=name)
panels[1].set(xlabel="step", ylabel="mean squared error", yscale="log", xlim=(0, 500), ylim=(1e-6, 1e10))
panels[1].legend()
panels[1].grid(alpha=0.3)
plt.show()
for name, path in paths.items():
    print(f"{name:13s} after {len(path) - 1:3d} steps: v_x = {path[-1, 0]:.4g}, v_f = {path[-1, 1]:.4g}")

# %% [markdown]
# **Try this.** How long may a clipped step be? Where one starts too: from the plain, `v f` near 0, the way is another. (In a
# live notebook there are sliders; elsewhere the picture is the one for the values to begin with.)


# %% tags=["experiment"] alt="Left, the error surface with the way of clipped descent, steps of length 0.1: from the start at (-1.5, 2) down and round in an arc, up again to (1.4, 0.9) beside the minimum at (1, 1). Right, the error over 300 steps on a logarithmic axis: from a million it falls to 1 by step 50, then jumps between two values near 1 to the end."
def clipped_way(figure, step_length, v_x, v_f):
    way = net.descend(bits, counts, (v_x, v_f), net.sgd_rule(step_length, clip=1.0), 300)
    figure.get_layout_engine().set(wspace=0.1)
    left, right = figure.subplots(1, 2)
    error_surface(left, surface, (-3, 3), (-1, 3), {"SGD, clipped": way}, minimum=(1, 1), points=80)
    right.semilogy(net.mean_squared_error(bits, counts, way[:, 0], way[:, 1]), color=COLOURS[1])
    right.set(xlabel="step", ylabel="mean squared error", ylim=(1e-6, 1e10))
    right.grid(alpha=0.3)


explore(clipped_way, size=(9, 3.8), step_length=(0.01, 0.51, 0.1), v_x=(-3.0, 3.0, -1.5), v_f=(-1.0, 3.0, 2.0))

# %% [markdown]
# ## The same in Keras
#
# **Exercise 6 (20 points).** Build the network with `rnnkit.Elman`, train it with `rnnkit.Rprop`. You need: inputs of shape
# `(batch, time, 1)`; one hidden and one output unit; no bias; the identity as both activations; both of the lecture's
# matrices set with `set_matrices(v, omega)`, where v is $(v_x, v_f)^T$, shape (2, 1), and ω is 1, shape (1, 1); ω must
# not be trained (`layer.cell.output_kernel.trainable = False`); the mean squared error. Give layer and loss
# `dtype="float64"`: close to the minimum, single precision gets the gradient's sign wrong. For Rprop take `variant="lecture"`, which follows (30) to the letter.

# %% [markdown] hint="build_counter"
# Start with `keras.Sequential` and an input whose length is left open, `(None, 1)`. The layer has its weights as soon
# as the model is built; before that there is nothing to set.

# %% [markdown] hint="build_counter"
# Four things are easily left out: `use_bias=False`, both activations `None`, `dtype="float64"` for input, layer and loss,
# and the output weight that is not trained (switch it off **before** you compile).


# %% nbgrader={"grade": false, "grade_id": "build_counter", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_counter(v_x, v_f):
    """A compiled Keras model that counts: bits (batch, time, 1) to one number (batch, 1), with the given weights."""
    ### BEGIN SOLUTION
    layer = rnnkit.Elman(1, 1, activation=None, output_activation=None, use_bias=False, dtype="float64")
    model = keras.Sequential([keras.Input((None, 1), dtype="float64"), layer])
    layer.set_matrices(np.array([[v_x], [v_f]]), np.array([[1.0]]))
    layer.cell.output_kernel.trainable = False
    model.compile(rnnkit.Rprop(learning_rate=0.001, variant="lecture"), keras.losses.MeanSquaredError(dtype="float64"))
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_build_counter", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
model = build_counter(1.0, 1.0)
assert isinstance(model, keras.Model), f"model: expected a Keras model, received {type(model).__name__}."
check_array("counts with both weights 1", np.asarray(model(bits[:, :, None]))[:, 0], counts)
check_equal("number of trainable weights", sum(int(np.prod(w.shape)) for w in model.trainable_weights), 2)
model = build_counter(-1.5, 2.0)
model.train_on_batch(bits[:, :, None], counts[:, None])
check_array("v after one step from (-1.5, 2)", np.asarray(model.layers[-1].v)[:, 0], [-1.4995, 1.9995], rtol=1e-9)
### BEGIN HIDDEN TESTS
_model = build_counter(0.7, -1.2)
_x = np.random.default_rng(27).normal(size=(3, 8))
_expected = []
for _row in _x:
    _f = 0.0
    for _value in _row:
        _f = _f * -1.2 + _value * 0.7
    _expected.append([_f])
check_array("output for random inputs", np.asarray(_model(_x[:, :, None])), _expected)
for _ in range(3):
    model.train_on_batch(bits[:, :, None], counts[:, None])
# steps 0.0005, then 1.2 times as long each time, always the same way
_moved = 0.0005 * (1 + 1.2 + 1.2**2 + 1.2**3)
check_array("v after four steps", np.asarray(model.layers[-1].v)[:, 0], [-1.5 + _moved, 2 - _moved], rtol=1e-9)
check_equal("output weight", float(np.asarray(model.layers[-1].omega)[0, 0]), 1.0)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# From the known start, 500 steps of Rprop should reach $v_x = 1.0014$ and $v_f = 0.9997$, the published figures; 1,000
# steps should come within 0.0001 of 1 and 1. (The reference run halves Δ in its first step, because the sign "before" it
# is stored as 0, which differs from any sign. `variant="lecture"` does the same.) Then the test that a lookup table
# cannot pass: strings five times as long as any it was trained on.

# %% tags=["experiment"]
layer = rnnkit.Elman(1, 1, activation=None, output_activation=None, use_bias=False, dtype="float64")
counter = keras.Sequential([keras.Input((None, 1), dtype="float64"), layer])
layer.set_matrices(np.array([[-1.5], [2.0]]), np.array([[1.0]]))
layer.cell.output_kernel.trainable = False
counter.compile(rnnkit.Rprop(learning_rate=0.001, variant="lecture"), keras.losses.MeanSquaredError(dtype="float64"))

reached = {}
for step in range(1, 1001):
    counter.train_on_batch(bits[:, :, None], counts[:, None])
    if step in (500, 1000):
        reached[step] = np.asarray(layer.v)[:, 0]
        print(f"after {step:4d} steps: v_x = {reached[step][0]:.6f}, v_f = {reached[step][1]:.6f}")

long_bits, long_counts = bit_counting(sequences=1000, length=50, seed=7)
said = np.asarray(counter.predict_on_batch(long_bits[:, :, None]))[:, 0]
right = float(np.mean(np.rint(said) == long_counts))
print(
    f"1,000 strings of 50 bits: {100 * right:.1f} % counted right, largest error {np.abs(said - long_counts).max():.4f}"
)

# %% [markdown]
# ## Third remedy: Ω
#
# Rprop helped because it ignores the gradient's length. Pascanu, Mikolov and Bengio (2013) mend the length itself: add to the
# loss a term that asks each step back in time to keep the length of the error signal (Mohajerin's slide on long-term
# dependencies):
#
# $$\Omega = \sum_k \left(\frac{\lVert\nabla_{x(k)} L\;\partial x(k)/\partial x(k-1)\rVert}{\lVert\nabla_{x(k)} L\rVert} - 1\right)^2$$
#
# A harder task shows it: read 50 random bits and say which bit came **first**. An Elman network with 16 tanh units
# starts with small weights, so that the gradient of the first step is far below what training can feel. With Ω, one
# more line, it is the same network, start, data and optimizer.

# %% tags=["experiment"]
LENGTH = 50


def first_bit(count, rng):
    x = rng.integers(0, 2, (count, LENGTH, 1)).astype("float32")
    return 2 * x - 1, x[:, 0]


def recall_net():
    keras.utils.set_random_seed(0)
    small = keras.initializers.Orthogonal(gain=0.6)
    layer = rnnkit.Elman(16, 1, activation="tanh", recurrent_initializer=small, name="elman")
    model = keras.Sequential([keras.Input((LENGTH, 1)), layer])
    model.compile(keras.optimizers.Adam(0.003, global_clipnorm=1.0), "binary_crossentropy", metrics=["accuracy"])
    return model


updates = choose(check=2, quick=200, full=1000)
test = first_bit(500, np.random.default_rng(99))
norms, accuracy = {}, {}
for name, strength in {"without Ω": 0.0, "with Ω": 0.1}.items():
    model, rng = recall_net(), np.random.default_rng(1)
    omega = rnnkit.GradientNormRegularizer(strength).attach(model)  # the one line
    norms.setdefault("before training", np.median(omega.norms(*test)["elman"], axis=0))
    for _ in range(updates):
        model.train_on_batch(*first_bit(32, rng))
    norms[f"{name}, trained"] = np.median(omega.norms(*test)["elman"], axis=0)
    accuracy[name] = float(model.evaluate(*test, verbose=0, return_dict=True)["accuracy"])
    print(
        f"{name}: Ω = {float(omega(*test)):.2f}, first bit of 50 recalled in {100 * accuracy[name]:.0f} % of 500 strings"
    )

# %% tags=["experiment"] alt="Line plot of the gradient's length at each of 50 time steps relative to the last step's, on a logarithmic axis. Before training it falls from 1 at step 50 to less than a million millionth at step 1, and training without Ω leaves it so. Trained with Ω long enough, it stays between 0.3 and 5 all the way back."
figure, axes = plt.subplots(figsize=(8, 3.8), layout="constrained")
relative = {name: norm / norm[-1] for name, norm in norms.items()}
gradient_over_time(axes, relative, r"$\|\partial L/\partial x(k)\|$ relative to the last step's", scale="log")
plt.show()

# %% tags=["experiment"]
after_500, after_1000 = reached[500], reached[1000]
holds = (
    f"{after_500[0]:.4f}" == "1.0014"
    and f"{after_500[1]:.4f}" == "0.9997"
    and bool(np.abs(after_1000 - 1).max() < 1e-4)
    and right == 1.0
)
report_result(
    figure=f"v_x, v_f = {after_500[0]:.4f}, {after_500[1]:.4f} after 500 steps; 50-bit strings {100 * right:.0f} % right",
    baseline="published 1.0014, 0.9997; SGD "
    + ("is thrown off the cliff" if np.abs(paths["SGD"][-1] - 1).max() > 0.5 else "gets there too"),
    holds=holds,
)

# %% [markdown]
# ## Question (15 points, marked by hand)
#
# Rprop reached the minimum from a start where plain gradient descent failed. Which property of the error surface makes
# gradient descent fail there, and which property of Rprop makes it immune? And why can Rprop not be trained on
# mini-batches, when gradient descent can?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The error is a polynomial of degree 2T in $v_f$: beyond $|v_f| = 1$ it and its gradient grow like $v_f^{2T}$, by many
# orders of magnitude over a short distance, while in the valley the gradient is small. No single learning rate suits
# both: one that is safe on the cliff stands still in the valley, one that moves in the valley is thrown far off from the
# cliff. Rprop uses only the sign of each derivative. The length of its step is its own, Δ, whatever the gradient's size;
# it grows while the sign stays and shrinks when the sign shows that a minimum was passed.
#
# On mini-batches the signs change by chance. Gradient descent averages: the errors of many small batches add up to about
# the full gradient, since each is scaled by its size. Rprop takes equally long steps for a large and for a tiny
# derivative, so nothing averages out, and every chance change of sign halves Δ until it stops moving.
# ### END SOLUTION
