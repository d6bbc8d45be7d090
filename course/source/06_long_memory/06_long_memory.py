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
#       - write the Jacobian of a recurrent network's step, and send an error signal back through a product of them;
#       - say from the spectral radius and the units' slopes whether a signal will vanish or explode;
#       - write the regularizer Ω and the memory of a gated cell, and choose a forget gate's bias for a time span;
#       - say which of clipping, Ω and gates helps against what, and what each of them cannot do.
#     prerequisites:
#       - eigenvalues, and the product of a row with a matrix;
#       - vanishing and exploding gradients, and clipping (unit 2);
#       - the LSTM's gates (unit 3).
#     minutes: 150
#     difficulty: medium
#     exercises:
#       state_jacobians: {title: The Jacobian of a step, difficulty: medium}
#       error_signals: {title: The way back, difficulty: medium}
#       with_radius: {title: A matrix of a given spectral radius, difficulty: easy}
#       omega: {title: The regularizer Ω, difficulty: medium}
#       build_model:
#         title: Clipping and Ω in Keras
#         difficulty: medium
#         uses: [numpy, keras, rnnkit.Elman, rnnkit.GradientNormRegularizer]
#       memory: {title: The memory of a gated cell, difficulty: hard}
#       question: {title: What each cure can do, difficulty: hard}
#     self_test:
#       - question: A tanh network's recurrent matrix has the spectral radius 1.2, and all its units are saturated, with $x_i^2 =
#           0.99$. What happens to an error signal on its way back?
#         choices:
#           - It explodes, because 1.2 is greater than 1.
#           - It vanishes, because each step multiplies it by slopes of 0.01.
#           - It keeps its length, because tanh is bounded.
#         answer: b
#         why: By (2) a row of the Jacobian is a row of weights times $1 - x_i^2 = 0.01$. The spectral radius of $J$ is then only
#           0.012. What counts is the Jacobian, not the matrix alone.
#       - question: A gradient has vanished for the first steps of a sequence and is then clipped. What does clipping change?
#         choices:
#           - It makes the share of the first steps larger.
#           - It makes the share of the last steps smaller.
#           - Nothing in the shares, since the whole gradient is multiplied by one number.
#         answer: c
#         why: Clipping keeps the direction. What the early steps say is as small beside the late ones as before, so clipping helps
#           against explosion alone.
#       - question: The forget gates of an LSTM stay at $f = 0.9$. After how many steps is about half of a cell's content left?
#         choices:
#           - after about 7
#           - after about 50
#           - after about 90
#         answer: a
#         why: By (6) the factor after k steps is $0.9^k$, and $0.9^7 \approx 0.48$. For a half after 100 steps it takes $f
#           \approx 0.993$, which is why the bias of the gate matters before training.
#     key_points:
#       - An error signal travels back through a product of Jacobians. Each is the recurrent matrix times the slopes of the units.
#       - The spectral radius tells the long run of a product; the slopes of tanh make a signal shrink more than the matrix says.
#       - Clipping shortens a gradient that exploded. It cannot bring back what has vanished.
#       - Ω asks the weights to keep the length of the signal in the direction of the error; gates give the memory a path of its
#         own, on which nothing but the gates decides.
#     sources:
#       - 'N. Mohajerin, ME 780 lecture 5 (2017), the slides on long-term dependencies, gates and Ω.'
#       - 'Z. Wu, Recurrent Neural Networks (2015), the slides on long time lags and LSTM.'
#       - 'R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural networks (2013), [arXiv 1211.5063](https://arxiv.org/abs/1211.5063).'
#       - 'S. Hochreiter and J. Schmidhuber, Long Short-Term Memory (1997), [doi 10.1162/neco.1997.9.8.1735](https://doi.org/10.1162/neco.1997.9.8.1735).'
# ---

# %% [markdown]
# # 6 · Long memory
#
# A network reads a hundred symbols. Two of them matter: which came first, X or Y? **Why can a recurrent network not
# learn this, when its equations would let it?** Because what it should learn from the first symbol has to travel back
# through a hundred Jacobians. In unit 2 that was a power of one number. Here it is a product of matrices: you will
# compute it, see its spectrum, and meet the three cures, clipping, Ω, and gates, on the task that was made to tell them
# apart.
#
# The equations are those of N. Mohajerin's ME 780 lecture 5 (2017) and Z. Wu's lecture (2015); the task, Ω and their
# numbers those of R. Pascanu, T. Mikolov and Y. Bengio, *On the difficulty of training recurrent neural networks* (2013).

# %%
import numpy as np

from rnnkit.course.teaching import check_array, check_equal, quiet

print(f"NumPy {np.__version__}")

# %% [markdown]
# That is all that most of the exercises need. The experiments need more:

# %% tags=["experiment"]
import matplotlib.pyplot as plt

from rnnkit import dynamics
from rnnkit.course.teaching import choose, explore, profile, report_result

with quiet():  # TensorFlow's start-up log
    from rnnkit.course.experiments import long_memory as memory_lab
    from rnnkit.course.experiments import temporal_order as order

from rnnkit.plots import COLOURS, gates_over_time
from rnnkit.plots.eigenvalues import eigenvalues
from rnnkit.plots.gradient_over_time import gradient_over_time

print(f"profile {profile()}")

# %% [markdown]
# ## One step
#
# The state of the network is a row of n numbers, as in the units before:
#
# $$x(k) = \tanh\big(u(k)\,V + x(k-1)\,W + b\big) \tag{1}$$
#
# How does it depend on the state before? Row i of the Jacobian belongs to $x_i(k)$, column j to $x_j(k-1)$:
#
# $$J(k) = \frac{\partial x(k)}{\partial x(k-1)}, \qquad J_{ij}(k) = \big(1 - x_i(k)^2\big)\,W_{ji} \tag{2}$$
#
# States are rows here, $x\,W$, so that $W_{ji}$ is the weight from unit j to unit i. In unit 7 they are columns, $W x$, as on
# its slides, and the same weight is called $W_{ij}$ there. The Jacobian itself is the same in both.
#
# **Exercise 1 (15 points).** Write (2) for all steps of a sequence.

# %% [markdown] hint="state_jacobians"
# The slope of tanh can be had from its value: the states are all that is needed, not the sums before tanh. Write it for one
# step first.

# %% [markdown] hint="state_jacobians"
# Unit i's slope belongs to **row** i of the Jacobian, so the slopes need a new last axis, of length 1. In (2) the indices of W
# stand in reverse order: use its transpose.


# %% nbgrader={"grade": false, "grade_id": "state_jacobians", "locked": false, "schema_version": 3, "solution": true, "task": false}
def state_jacobians(x, W):
    """The Jacobians (2).

    x: states x(1) ... x(T), shape (T, n). W: recurrent matrix, shape (n, n).
    Returns J(1) ... J(T), shape (T, n, n).
    """
    ### BEGIN SOLUTION
    return (1 - x**2)[:, :, None] * W.T
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_state_jacobians", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
states = np.array([[0.0, 0.5]])
check_array("J of one unit", state_jacobians(np.array([[0.6]]), np.array([[2.0]])), [[[1.28]]])
check_array(
    "J of two units",
    state_jacobians(states, np.array([[1.0, 2.0], [3.0, 4.0]])),
    [[[1.0, 3.0], [1.5, 3.0]]],
)
check_array("the states, afterwards", states, [[0.0, 0.5]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(61)
_W, _before, _drive = _rng.normal(size=(4, 4)), _rng.normal(size=(6, 4)), _rng.normal(size=(6, 4))
_after = np.tanh(_drive + _before @ _W)
_expected, _h = np.zeros((6, 4, 4)), 1e-6
for _j in range(4):
    _move = _h * np.eye(4)[_j]
    _plus, _minus = np.tanh(_drive + (_before + _move) @ _W), np.tanh(_drive + (_before - _move) @ _W)
    _expected[:, :, _j] = (_plus - _minus) / (2 * _h)
_kept = [_after.copy(), _W.copy()]
check_array("J of random states", state_jacobians(_after, _W), _expected, rtol=1e-5)
check_array("the states, afterwards", _after, _kept[0], rtol=0, atol=0)
check_array("the matrix, afterwards", _W, _kept[1], rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## Many steps
#
# The error arises at the last step. Its derivative by the states, as a row, comes back by one Jacobian a step:
#
# $$\nabla_{x(k-1)} L = \nabla_{x(k)} L \; J(k), \qquad\text{so}\qquad
#   \nabla_{x(k)} L = \nabla_{x(T)} L \; J(T)\, J(T-1) \cdots J(k+1) \tag{3}$$
#
# ![](diagram:jacobians)
#
# **Exercise 2 (15 points).** Write the way back.

# %% [markdown] hint="error_signals"
# Make room for all steps and fill in the last row. Then walk from the end to the beginning, each time from a row that is known
# to the one before it.

# %% [markdown] hint="error_signals"
# A row stands on the left of a matrix. From x(k) to x(k−1) goes J(k), the Jacobian of the **later** of the two steps, so J(1) is
# never used. In Python's counting, row k has the Jacobian number k.


# %% nbgrader={"grade": false, "grade_id": "error_signals", "locked": false, "schema_version": 3, "solution": true, "task": false}
def error_signals(jacobians, last):
    """The derivatives of the loss by the states, (3).

    jacobians: J(1) ... J(T), shape (T, n, n). last: the derivative by x(T), shape (n,).
    Returns the derivatives by x(1) ... x(T), shape (T, n); the last row is `last`.
    """
    ### BEGIN SOLUTION
    signals = np.zeros(jacobians.shape[:2])
    signals[-1] = last
    for k in range(len(signals) - 1, 0, -1):
        signals[k - 1] = signals[k] @ jacobians[k]
    return signals
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_error_signals", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
check_array("one unit", error_signals(np.array([[[7.0]], [[0.5]], [[3.0]]]), np.array([1.0])), [[1.5], [3.0], [1.0]])
turn_and_stretch = np.array([[[9.0, 9.0], [9.0, 9.0]], [[0.0, 2.0], [1.0, 0.0]]])
last = np.array([1.0, 0.0])
check_array("two units", error_signals(turn_and_stretch, last), [[0.0, 2.0], [1.0, 0.0]])
check_array("the derivative by the last state, afterwards", last, [1.0, 0.0], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(62)
_jacobians, _last = _rng.normal(size=(5, 3, 3)), _rng.normal(size=3)
_kept, _end = _jacobians.copy(), _last.copy()
_expected = []
for _k in range(1, 6):  # the derivative by x(k), with all products from the left
    _row = _last
    for _later in range(5, _k, -1):
        _row = [sum(_row[i] * _kept[_later - 1][i][j] for i in range(3)) for j in range(3)]
    _expected.append(_row)
check_array("random Jacobians", error_signals(_jacobians, _last), _expected)
check_array("the Jacobians, afterwards", _jacobians, _kept, rtol=0, atol=0)
check_array("the derivative by the last state, afterwards", _last, _end, rtol=0, atol=0)
check_array("a single step", error_signals(_jacobians[:1], _last), [_end])
### END HIDDEN TESTS

# %% [markdown]
# ## The spectrum
#
# What a product of many equal matrices does is told by its eigenvalue of largest modulus, the **spectral radius** ρ: the
# product shrinks or grows like $\rho^{T-k}$. (Wu's slide says "the eigenvalue is bigger than 1"; it is the modulus that
# counts. And ρ tells the long run only: a matrix with ρ < 1 can still stretch a row for a while.) To see it, networks with
# a given ρ are needed.
#
# **Exercise 3 (10 points).** Scale a matrix so that its spectral radius is as wanted.

# %% [markdown] hint="with_radius"
# Multiplied by a number, a matrix has all its eigenvalues multiplied by the same number. So find out what its radius is now.

# %% [markdown] hint="with_radius"
# `np.linalg.eigvals` gives complex numbers, and the largest **modulus** among them counts. Return a new matrix.


# %% nbgrader={"grade": false, "grade_id": "with_radius", "locked": false, "schema_version": 3, "solution": true, "task": false}
def with_radius(W, radius):
    """The matrix, shape (n, n), times a positive number, such that its spectral radius is `radius`."""
    ### BEGIN SOLUTION
    return W * (radius / np.abs(np.linalg.eigvals(W)).max())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_with_radius", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_array("a diagonal matrix", with_radius(np.diag([2.0, -4.0]), 1.0), [[0.5, 0.0], [0.0, -1.0]])
quarter = np.array([[0.0, -2.0], [2.0, 0.0]])
check_array("a quarter turn", with_radius(quarter, 0.5), [[0.0, -0.5], [0.5, 0.0]])
check_array("the matrix, afterwards", quarter, [[0.0, -2.0], [2.0, 0.0]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_W = np.random.default_rng(63).normal(size=(7, 7))
_kept = _W.copy()
_scaled = with_radius(_W, 1.3)
check_array("the matrix, afterwards", _W, _kept, rtol=0, atol=0)
check_array("direction of the scaled matrix", _scaled / np.linalg.norm(_scaled), _W / np.linalg.norm(_W))
_power = np.linalg.matrix_power(_scaled / 1.3, 4000)  # Gelfand: the 4000th root of its norm tends to the radius
check_array("radius of the scaled matrix, by Gelfand's formula", np.linalg.norm(_power) ** (1 / 4000), 1.0, rtol=2e-3)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# Four networks of 50 tanh units that differ in ρ alone read the same 40 sequences of 50 random inputs. Left, the length of the error
# signal at each step; the dotted lines are $\rho^{T-k}$, as if the net were linear. Right, the eigenvalues of all its
# $J(k)$; inside the circle they shrink, outside they stretch.

# %% tags=["experiment"] alt="Left, the length of the error signal over 50 steps on a logarithmic axis, relative to the last step's. Going back it falls to below 1e-16 for a spectral radius of 0.5 and to 1e-5 for 0.9, stays between 0.01 and 1 for 1.2, and grows to 1e4 for 3.0; each line lies below its dotted power of the radius. Right, the eigenvalues of the Jacobians in the plane of complex numbers: well inside the unit circle for 0.5 and 0.9, up to its edge for 1.2, and far beyond it, with most near 0, for 3.0."
RADII = (0.5, 0.9, 1.2, 3.0)
inputs = np.random.default_rng(0).normal(size=(40, 50, 6))
nets = {radius: memory_lab.random_net(radius) for radius in RADII}
signals = {radius: np.median(memory_lab.error_norms(net, inputs), axis=0) for radius, net in nets.items()}
figure = plt.figure(figsize=(11, 4.4), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=(1.25, 1))
axes = left.subplots()
gradient_over_time(
    axes, {rf"$\rho = {r}$": s / s[-1] for r, s in signals.items()}, r"$\|\nabla_{x(k)} L\|$ / last step's", scale="log"
)
for colour, radius in zip(COLOURS, RADII, strict=False):
    axes.plot(np.arange(1, 51), radius ** np.arange(49.0, -1, -1), ":", color=colour, linewidth=1.2)
axes.set_ylim(1e-16, 1e8)
axes.legend(loc="lower right", frameon=False)
for colour, (radius, net), panel in zip(COLOURS, nets.items(), right.subplots(2, 2).flat, strict=False):
    values = memory_lab.jacobian_eigenvalues(net, inputs[:8])
    eigenvalues(panel, values, colour=colour)
    panel.set_title(rf"$\rho = {radius}$", fontsize="medium")
    panel.label_outer()
plt.show()

# %% tags=["experiment", "nbval-check-output"]
for radius, signal in signals.items():
    print(
        f"rho = {radius}: after 49 steps back 1e{np.log10(signal[0] / signal[-1]):+.0f}, linear 1e{49 * np.log10(radius):+.0f}"
    )

# %% [markdown]
# Below 1 the signal vanishes, faster than $\rho^{T-k}$: the slopes $1 - x_i^2$ of tanh are at most 1, and the larger the
# states, the smaller they are. That is also why the signal does not explode until ρ is well above 1. Such a network
# is no cure: its units are saturated, it is chaotic, and its gradient is huge in some directions and nothing in others.
#
# **Try this.** At which ρ does the signal keep its size best? And does that depend on how large the inputs are? (In a live
# notebook there are sliders; elsewhere the picture is the one for the values to begin with.)


# %% tags=["experiment"] alt="Left, the length of the error signal over 50 steps on a logarithmic axis for a spectral radius of 1.5: going back it falls from 1 to about 0.02, while the dotted power of the radius rises out of the picture. Right, the eigenvalues of the Jacobians: most inside the unit circle, a few outside."
def way_back(figure, rho, inputs_times):
    net, x = memory_lab.random_net(rho), inputs_times * inputs[:10]
    signal = np.median(memory_lab.error_norms(net, x), axis=0)
    left, right = figure.subplots(1, 2, width_ratios=(1.6, 1))
    left.semilogy(np.arange(1, 51), signal / signal[-1], "o-", color=COLOURS[0], markersize=4)
    left.semilogy(np.arange(1, 51), rho ** np.arange(49.0, -1, -1), ":", color="0.3", label=r"$\rho^{T-k}$")
    left.set(xlabel="time step k", ylabel=r"$\|\nabla_{x(k)} L\|$ / last step's", ylim=(1e-16, 1e8))
    left.legend(frameon=False)
    left.grid(alpha=0.3)
    eigenvalues(right, memory_lab.jacobian_eigenvalues(net, x[:4]))


explore(way_back, size=(9, 3.6), rho=(0.5, 3.0, 1.5), inputs_times=(0.0, 2.0, 1.0))

# %% [markdown]
# Without any input the states stay at 0, where tanh is a straight line: then, with ρ below 1, the signal soon runs parallel to the
# dotted line.

# %% [markdown]
# ## First cure: Ω
#
# Mohajerin's slide on long-term dependencies asks each step back to keep the signal's length:
#
# $$\Omega = \sum_k \left(\frac{\lVert \nabla_{x(k)} L \; J(k) \rVert}{\lVert \nabla_{x(k)} L \rVert} - 1\right)^2 \tag{4}$$
#
# Added to the loss with a weight λ, it is minimal where the signal neither vanishes nor explodes **in the direction that
# matters**, that of the error; other directions may be forgotten. (The paper's program squares the ratio and takes the mean
# over the steps; `form="code"` in rnnkit.)
#
# **Exercise 4 (15 points).** Write (4). A step with a signal of zero does not count.

# %% [markdown] hint="omega"
# For each step two lengths are needed: of the signal, and of what its Jacobian makes of it. The signal is a row.

# %% [markdown] hint="omega"
# Ask for a length of 0 before you divide by it. Then compare the ratio with 1, square, and add up over the steps; nothing is
# averaged.


# %% nbgrader={"grade": false, "grade_id": "omega", "locked": false, "schema_version": 3, "solution": true, "task": false}
def omega(signals, jacobians):
    """The regularizer (4) of one sequence, a number.

    signals: derivatives of the loss by x(1) ... x(T), shape (T, n). jacobians: J(1) ... J(T), shape (T, n, n).
    """
    ### BEGIN SOLUTION
    total = 0.0
    for signal, jacobian in zip(signals, jacobians, strict=True):
        length = np.linalg.norm(signal)
        if length > 0:
            total += (np.linalg.norm(signal @ jacobian) / length - 1) ** 2
    return total
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_omega", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
check_array("one unit, J = 3 and 0.5", omega(np.array([[2.0], [4.0]]), np.array([[[3.0]], [[0.5]]])), 4.25)
turn = np.array([[0.0, -1.0], [1.0, 0.0]])
check_array("a rotation keeps all lengths", omega(np.array([[3.0, 4.0]]), turn[None]), 0.0)
check_array("a step without signal", omega(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([turn, 2 * turn])), 1.0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(64)
_signals, _jacobians = _rng.normal(size=(6, 3)), _rng.normal(size=(6, 3, 3))
_total = 0.0
for _g, _J in zip(_signals, _jacobians, strict=True):
    _product = [sum(_g[i] * _J[i, j] for i in range(3)) for j in range(3)]
    _total += ((sum(p * p for p in _product) / sum(g * g for g in _g)) ** 0.5 - 1) ** 2
_kept = [_signals.copy(), _jacobians.copy()]
check_array("random signals and Jacobians", omega(_signals, _jacobians), _total)
check_array("the signals, afterwards", _signals, _kept[0], rtol=0, atol=0)
check_array("the Jacobians, afterwards", _jacobians, _kept[1], rtol=0, atol=0)
check_array("the same signals, a thousand times smaller", omega(_signals / 1000, _jacobians), _total)
### END HIDDEN TESTS

# %% [markdown]
# ## Second cure: clipping
#
# Against explosion, if the whole gradient is longer than a threshold, it is shortened (unit 2, exercise 4; Mohajerin's
# slide): one word in Keras, `global_clipnorm`. It cannot bring back what has vanished. Both together, for a model of your
# own:
#
# **Exercise 5 (15 points).** Build an Elman network with 8 tanh hidden units and one linear output after the last
# step, for inputs (batch, time, 3) of any length; mean squared error; gradient descent with rate 0.01, clipped to norm 1; and
# Ω with the given weight, by `rnnkit.GradientNormRegularizer(strength).attach(model)`. Return the model.

# %%
with quiet():  # TensorFlow's start-up log
    import keras

import rnnkit

# %% [markdown] hint="build_model"
# Begin with a `keras.Sequential` of an input of three features and any length, and one `rnnkit.Elman`. What its two activations
# are called is in its docstring; the second one is not linear if nothing is said.

# %% [markdown] hint="build_model"
# Clipping is an option of the optimizer, and of Keras's three ways the one that takes all weights together. Ω is attached after
# `compile`.


# %% nbgrader={"grade": false, "grade_id": "build_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_model(strength):
    """A compiled Keras model, (batch, time, 3) to (batch, 1), with clipping and Ω of weight `strength`."""
    ### BEGIN SOLUTION
    layer = rnnkit.Elman(8, 1, activation="tanh", output_activation="linear")
    model = keras.Sequential([keras.Input((None, 3)), layer])
    model.compile(keras.optimizers.SGD(0.01, global_clipnorm=1.0), "mse")
    rnnkit.GradientNormRegularizer(strength).attach(model)
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_build_model", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
keras.utils.set_random_seed(0)
model = build_model(0.0)
assert isinstance(model, keras.Model), f"model: expected a Keras model, received {type(model).__name__}."
check_equal("number of trainable weights", model.count_params(), 3 * 8 + 8 * 8 + 8 + 8 + 1)
x, y = np.random.default_rng(0).normal(size=(4, 5, 3)), np.full((4, 1), 1e4)
before = np.concatenate([np.ravel(w) for w in model.get_weights()])
model.train_on_batch(x, y)
moved = np.concatenate([np.ravel(w) for w in model.get_weights()]) - before
check_array("length of a step from a huge gradient", np.linalg.norm(moved), 0.01, rtol=1e-3)
model = build_model(2.0)
without = model.evaluate(x, y / 1e4, verbose=0)
added = float(np.ravel(model.train_on_batch(x, y / 1e4))[0]) - without
assert added > 1e-3, "loss: expected Ω to be part of the loss in training, but it is the same as in evaluation."
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(65)
_model = build_model(1.7)
_model.set_weights([_rng.normal(0.0, 0.5, w.shape) for w in _model.get_weights()])
_V, _W, _b, _out = ({w.shape: w for w in _model.get_weights()}[shape] for shape in ((3, 8), (8, 8), (8,), (8, 1)))
_x, _y = _rng.normal(size=(3, 7, 3)), _rng.normal(size=(3, 1))
_plain, _total = float(np.ravel(_model.evaluate(_x, _y, verbose=0))[0]), 0.0
for _sequence in _x:
    _state, _steps = np.zeros(8), []
    for _u in _sequence:
        _state = np.tanh(_u @ _V + _state @ _W + _b)
        _steps.append((1 - _state**2)[:, None] * _W.T)
    _g = _out[:, 0]
    for _J in reversed(_steps):
        _total += (np.linalg.norm(_g @ _J) / np.linalg.norm(_g) - 1) ** 2 / 3
        _g = _g @ _J
_loss = float(np.ravel(_model.train_on_batch(_x, _y))[0])
check_array("loss in training, random weights", _loss, _plain + 1.7 * _total, rtol=1e-3)
_model.set_weights([np.zeros(w.shape) for w in _model.get_weights()])
check_array("output with all weights 0", np.asarray(_model(_x)), np.zeros((3, 1)))
### END HIDDEN TESTS

# %% [markdown]
# ### The temporal-order task
#
# Sequences of T symbols: distractors a, b, c, d, and at two places X or Y. The class is their order: XX, XY, YX or YY. The
# network (50 tanh units, weights from N(0, 0.1)), the batch of 20, the rate 0.01, the threshold 1 and λ = 4 are the paper's,
# Ω has the form and the gradient of its program. A task counts as solved when less than 1 % of 10,000 fresh sequences are
# wrong. Three ways of learning, from the same weights, on the same sequences.
#
# How long should T be? Among 20 symbols all three ways learn it sooner or later; among 50 the first two never do
# (`benchmarks/RESULTS.md`), and Ω needs up to 12,000 updates. T = 30 lies between: there Ω is fast enough to be watched (the full profile
# takes 50 and 100). What
# is expected is that plain descent solves it from no start, and that Ω solves it from more starts than clipping alone.

# %% tags=["experiment"]
LENGTHS = choose(check=(20,), quick=(30,), full=(50, 100))
SEEDS = choose(check=1, quick=3, full=3)
MOST, BLOCK = choose(check=(20, 20), quick=(3_000, 500), full=(12_000, 500))
TESTED = choose(check=200, quick=10_000, full=10_000)

curves = {}
for length in LENGTHS:
    test = order.test_set(length, TESTED)
    for method in order.METHODS:
        for seed in range(SEEDS):
            net = order.network(method, seed, jit_compile=profile() != "check")
            curves[length, method, seed] = order.learning_curve(net, length, seed, MOST, test, BLOCK)
            if seed == 0:
                omega_net = net  # at last that of the longest T with Ω, from the first start, for the pictures
        runs = [curves[length, method, seed] for seed in range(SEEDS)]
        solved = sum(run[-1, 1] < order.SOLVED for run in runs)
        ends = ", ".join(f"{run[-1, 0]:,.0f} ({100 * run[-1, 1]:.1f} % wrong)" for run in runs)
        print(f"T = {length:3d}  {method:14s} solved {solved} of {SEEDS}; updates: {ends}")

# %% tags=["experiment"] alt="Three panels, one a way of learning, of the wrong test sequences in percent over 3,000 updates, a line for each of three starts. SGD: two starts stay at the guess of 75 percent, the third goes down and up and is at 43 in the end. SGD with clipping: one start is solved after 2,000 updates, one falls to 50 at the very end, one stays at 75. With clipping and Ω all three fall: two are solved after 1,500 and 2,000 updates, the third is at 12 percent."
figure, panels = plt.subplots(
    len(LENGTHS),
    3,
    figsize=(11, 0.8 + 2.8 * len(LENGTHS)),
    layout="constrained",
    squeeze=False,
    sharex="row",
    sharey=True,
)
for row, length in zip(panels, LENGTHS, strict=True):
    for panel, method in zip(row, order.METHODS, strict=True):
        panel.axhline(75, color="0.4", linestyle=":", linewidth=1.2)
        for seed, colour, style in zip(range(SEEDS), COLOURS, ("o-", "s--", "^-."), strict=False):
            updates, wrong = 100 * curves[length, method, seed].T / [[100], [1]]
            solved = " (solved)" if wrong[-1] < 100 * order.SOLVED else ""
            panel.plot(updates, wrong, style, color=colour, markersize=4, label=f"start {seed}{solved}", clip_on=False)
        panel.set(xlabel="updates", title=f"{method}, T = {length}", ylim=(0, 80))
        panel.grid(alpha=0.3)
        panel.legend(frameon=False, fontsize="small", loc="best")
    row[0].set_ylabel("wrong test sequences, %")
plt.show()

# %% [markdown]
# The dotted line is a guess among four classes. Where plain descent stays on it, the error signal of the first symbol
# has not arrived: there is nothing to descend. Clipping helps where a gradient becomes too long on the way, not where it is
# missing, so that it depends on the start. With Ω all three starts leave the guess within the first
# thousand updates. What has it changed? Again the length of the error signal and the spectrum, before and after training.

# %% tags=["experiment"] alt="Left, the length of the error signal over 30 steps on a logarithmic axis. Before training it falls to less than a thousandth on the way back to step 1; trained with Ω it stays between 0.5 and 1.3. Middle and right, the eigenvalues of the Jacobians in the plane of complex numbers: before training all lie inside a circle of radius 0.8; trained with Ω one pair lies on the unit circle, and the others have stayed inside."
length = LENGTHS[-1]
sequences = order.test_set(length, 40).x
start = order.network("SGD", 0)
figure, panels = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained", width_ratios=(1.5, 1, 1))
lengths_of_signals = {}
for name, net in {"before training": start, "trained with Ω": omega_net}.items():
    norms = np.median(memory_lab.error_norms(net.layers[-1], sequences), axis=0)
    lengths_of_signals[name] = norms / norms[-1]
gradient_over_time(panels[0], lengths_of_signals, r"$\|\nabla_{x(k)} L\|$ / last step's", scale="log")
panels[0].legend(loc="lower right", frameon=False)
for panel, colour, (name, net) in zip(
    panels[1:], COLOURS, {"before training": start, "trained with Ω": omega_net}.items(), strict=False
):
    eigenvalues(panel, memory_lab.jacobian_eigenvalues(net.layers[-1], sequences[:10]), colour=colour)
    panel.set_title(name, fontsize="medium")
panels[2].set_ylabel("")
plt.show()

# %% [markdown]
# A pair of eigenvalues has moved to the unit circle; the others have stayed inside. That is a memory for what the task asks.

# %% [markdown]
# ## Third cure: gates
#
# Hochreiter and Schmidhuber's answer was another path. The LSTM's cells (unit 3) are carried on by
#
# $$c(k) = f(k) \odot c(k-1) + i(k) \odot z(k) \tag{5}$$
#
# and along this path, with the gates held constant, the Jacobian is diagonal:
#
# $$\frac{\partial c(T)}{\partial c(k)} = \operatorname{diag}\big(f(T) \odot f(T-1) \odot \cdots \odot f(k+1)\big) \tag{6}$$
#
# No matrix and no slope in it: with f = 1 nothing is ever lost, each gate decides on it, and the network learns the gates.
# Before training, f is about $\sigma(b)$, which is 0.73 for the usual bias b = 1.
#
# **Exercise 6 (15 points).** Write the diagonal of (6) for all k, and the bias with which a memory halves in a given number of
# steps.

# %% [markdown] hint="memory"
# In (6) the product begins with f(k+1): what came into the cell at step k has not yet met a forget gate of its own. So the last
# row is 1. Walk back from there.

# %% [markdown] hint="memory"
# A gate of f leaves $f^n$ after n steps. Solve for the f that leaves a half, then turn $\sigma(b) = f$ round to get b.


# %% nbgrader={"grade": false, "grade_id": "memory", "locked": false, "schema_version": 3, "solution": true, "task": false}
def memory(f):
    """The diagonals (6).

    f: forget gates f(1) ... f(T), shape (T, n).
    Returns the factor that c(k) still has in c(T), for k = 1 ... T, shape (T, n); the last row is 1.
    """
    ### BEGIN SOLUTION
    kept = np.ones(f.shape)
    for k in range(len(f) - 1, 0, -1):
        kept[k - 1] = kept[k] * f[k]
    return kept
    ### END SOLUTION


def forget_bias(steps):
    """The bias b of a forget gate sigma(b) that lets a memory halve in `steps` steps."""
    ### BEGIN SOLUTION
    f = 0.5 ** (1 / steps)
    return np.log(f / (1 - f))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_memory", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
gates = np.array([[0.9, 0.9], [0.5, 1.0], [0.5, 0.2]])
check_array("memory of three steps", memory(gates), [[0.25, 0.2], [0.5, 0.2], [1.0, 1.0]])
check_array("the gates, afterwards", gates, [[0.9, 0.9], [0.5, 1.0], [0.5, 0.2]], rtol=0, atol=0)
check_array("bias that halves in one step", forget_bias(1), 0.0)
check_array("bias that halves in 100 steps", forget_bias(100), 4.968217, rtol=1e-6)
### BEGIN HIDDEN TESTS
_f = np.random.default_rng(66).random((7, 3))
_expected = np.ones((7, 3))
for _k in range(7):
    for _unit in range(3):
        for _later in range(_k + 1, 7):
            _expected[_k, _unit] *= _f[_later, _unit]
_kept = _f.copy()
check_array("memory with random gates", memory(_f), _expected)
check_array("the gates, afterwards", _f, _kept, rtol=0, atol=0)
for _steps in (2, 17.5, 1000):
    check_array("what is left after so many steps", (1 / (1 + np.exp(-forget_bias(_steps)))) ** _steps, 0.5, rtol=1e-6)
### END HIDDEN TESTS

# %% [markdown]
# ### Two gates are enough
#
# Mohajerin's lecture has a second gated network, the GRU, without a cell beside its output (and without numbers and b):
#
# $$g_f(k) = \sigma\big(W_f^i\, u(k) + W_f^o\, y_h(k-1) + b_f\big), \qquad
#   g_i(k) = \sigma\big(W_i^i\, u(k) + W_i^o\, y_h(k-1) + b_i\big) \tag{7}$$
# $$m(k) = h\big(W_y^i\, u(k) + W_y^y\, (g_f(k) \odot y_h(k-1)) + b_y\big) \tag{8}$$
# $$y_h(k) = g_i(k) \odot y_h(k-1) + (1 - g_i(k)) \odot m(k) \tag{9}$$
#
# The slide calls $g_f$ the forget and $g_i$ the input gate. By what they do they are the **reset** and the **update** gate: it
# is $g_i$ in (9) that forgets, and that takes over f's part in (5), with 1 − f as the input gate. With $g_i$ near 1 the old state
# is carried on with a factor near 1. Below, the error signal of `rnnkit.GRU` with random weights (it is Keras's with
# `reset_after=False`, to the last digit), once with $b_i = 0$ and once with $b_i = 5$:

# %% tags=["experiment"] alt="Line plot of the error signal's length over 100 steps, relative to the last step's, on a logarithmic axis. With b = 0 it falls to less than a millionth within 40 steps back from the last one; with b = 5 it still has about a half at step 1."
sequences = order.test_set(100, 5).x
lengths_of_signals = {}
for bias in (0.0, 5.0):
    norms = np.median(memory_lab.error_norms(memory_lab.random_gru(bias), sequences), axis=0)
    lengths_of_signals[f"GRU, $b_i$ = {bias:g}"] = norms / norms[-1]
    print(f"b = {bias:g}: of the error signal at step 100, {norms[0] / norms[-1]:.1g} is left at step 1")
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
gradient_over_time(axes, lengths_of_signals, r"$\|\nabla_{y_h(k)} L\|$ / last step's", scale="log")
plt.show()

# %% [markdown]
# ### The experiment
#
# A peephole LSTM of 10 units, with Adam, on sequences of 100 symbols; once with the usual bias b = 1 of the forget gates,
# where a memory halves in 2 steps, and once with b = 5, where it halves in about 100. Then the second one's gates on one
# sequence, symbol by symbol.

# %% tags=["experiment"]
GATED = 100
test = order.test_set(GATED, TESTED)
gated = {}
for bias in (1.0, 5.0):
    lstm = memory_lab.lstm_net(0, forget_bias=bias)
    curve = order.learning_curve(
        lstm, GATED, 0, choose(check=10, quick=1_000, full=6_000), test, choose(check=10, quick=250, full=250)
    )
    gated[bias] = curve[-1]
    print(f"LSTM, T = {GATED}, b = {bias:g}: {100 * curve[-1, 1]:.2f} % wrong after {curve[-1, 0]:,.0f} updates")

# %% tags=["experiment"] alt="Three heat maps of ten units over 100 time steps: input, forget and output gates, from 0, closed, to 1, open. Y stands at step 13 and X at step 54. The forget gates are near 1 nearly everywhere; unit 9 mostly closes at X, unit 6 half at Y. The input gate of unit 9 opens at Y and X; others drift slowly over the sequence, and several gates change at these two steps."
one = test.x[:1]
_, opened = dynamics.trajectory(lstm.get_layer("lstm"), one, return_gates=True)
shown = {
    name: np.asarray(gate)[0] for name, gate in opened.items() if name in ("input_gate", "forget_gate", "output_gate")
}
letters = ["abcdXY"[i] for i in one[0].argmax(axis=-1)]
figure, axes = plt.subplots(3, figsize=(10, 6), layout="constrained")
gates_over_time(axes, shown, [letter if letter in "XY" else "·" for letter in letters])
plt.show()

# %% [markdown]
# The forget gates have stayed near 1, so the cells keep what they hold; some gates move at X and Y alone (look at the columns
# below them). What the bias does before training decides whether training can find this: with b = 1 the error signal
# does not reach the first symbol.

# %% tags=["experiment"]
T = LENGTHS[0]
solved_by = {
    m: [curves[T, m, s][-1, 0] for s in range(SEEDS) if curves[T, m, s][-1, 1] < order.SOLVED] for m in order.METHODS
}
ours, others = order.METHODS[-1], order.METHODS[:-1]
said = {
    m: f"{len(solved_by[m])} of {SEEDS} starts solved, "
    + ("after " + " and ".join(f"{updates:,.0f}" for updates in solved_by[m]) if solved_by[m] else f"in {MOST:,}")
    for m in order.METHODS
}
report_result(
    figure=f"T = {T}: with Ω {said[ours]} updates; LSTM at T = {GATED} {100 * gated[5.0][1]:.2f} % wrong after {gated[5.0][0]:,.0f}",
    baseline="; ".join(f"{m} {said[m]}" for m in others),
    holds=not solved_by[others[0]]
    and len(solved_by[ours]) > len(solved_by[others[1]])
    and bool(gated[5.0][1] < order.SOLVED),
)

# %% [markdown]
# ## Question (15 points, marked by hand)
#
# With ρ = 3 a linear network's signal would grow by $10^{23}$ in 49 steps; the tanh network's grows far less. Why? Why does
# clipping help against explosion, and not against vanishing? And why does an LSTM learn the task without Ω: what in (5)
# and (6) is different from (2) and (3), and what does it cost?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Each Jacobian is the recurrent matrix times the slopes $1 - x_i^2$ of tanh. Large weights make large states, whose slopes are
# near 0; so most rows of the Jacobian are damped, and only the few units that happen to be near 0 pass a signal on. The
# network's spectral radius is that of the matrix; that of its Jacobians is much smaller.
#
# Clipping changes the length of the whole gradient, after all steps have been added up, and keeps its direction. A
# gradient that exploded still points somewhere useful, and a short step that way is safe. In a gradient that
# vanished the early steps' part is lost beside the late ones': making all of it longer, or shorter, does not change their
# ratio. Ω changes the weights until the parts are of one size.
#
# In (3) the signal is multiplied by a full matrix and by slopes below 1 at each step, the same ones that compute the next state:
# what is good for computing is bad for remembering. In (5) the memory is carried on by a factor of its own, which is a
# number between 0 and 1 for each cell, depends on the input, and can be near 1 as long as needed. The costs: three
# gates, four times as many weights and products a step; a cell that forgets only as f says still has to be opened and
# closed at the right moments, which has to be learnt through the gates; and counting without bound needs f = 1.
# ### END SOLUTION
