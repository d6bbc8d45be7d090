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
#       - write one time step of Elman's and of Jordan's network, biases included;
#       - say what each of the two can keep of the past, and why one unit of memory is too few here;
#       - build and compile a recurrent network of `rnnkit` in Keras that predicts at every step;
#       - measure an error where it tells something, by position in the triple, and beside the best that can be reached.
#     prerequisites:
#       - NumPy's arrays, their shapes, and the product of two matrices;
#       - a feed-forward network with one hidden layer;
#       - a first model in Keras (for exercise 4).
#     minutes: 120
#     difficulty: easy
#     exercises:
#       xor_stream: {title: The stream, difficulty: easy}
#       elman_step: {title: One step of Elman's network, difficulty: medium}
#       jordan_step: {title: One step of Jordan's network, difficulty: medium}
#       build_model:
#         title: The network in Keras
#         difficulty: medium
#         uses: [numpy, keras, rnnkit.Elman]
#       error_by_phase: {title: The error by position, difficulty: medium}
#       question: {title: The best that can be reached, difficulty: hard}
#     self_test:
#       - question: An Elman network has 3 inputs, 5 hidden units and 2 outputs. How many rows has the matrix $v$?
#         choices:
#           - "6"
#           - "8"
#           - "9"
#         answer: c
#         why: By (2) it meets a one for the bias, the 3 inputs and the 5 hidden activations of the step before, which makes 9.
#           With 8 the bias is forgotten. 6 is the number of rows of $\omega$, a one and 5 activations.
#       - question: What does the output layer of Elman's network see at time t?
#         choices:
#           - the hidden layer at time t
#           - the hidden layer one step before
#           - the inputs at time t and the output one step before
#         answer: a
#         why: By (5) it sees the activations that (4) has just computed. Those of the step before reach it only through
#           them, by (2).
#       - question: A network always says 0.5. Which RMS error does it have on the third bit of the triples?
#         choices:
#           - 0, since the third bit can be predicted
#           - "0.5"
#           - "0.25"
#         answer: b
#         why: The bit is 0 or 1, so 0.5 is always wrong by 0.5, whether the bit can be predicted or not. That the bit can be
#           predicted says what a better network would reach. 0.25 is the mean square, before the root.
#     key_points:
#       - Elman's network feeds back its hidden layer, Jordan's its output. In between lie all others.
#       - What is fed back is all that a network knows of the past. A Jordan network with one output has one number for it, and
#         needs the same number to predict.
#       - A mean over all positions hides what was learned. Look at the error where it can be small.
#       - Say beside each error what a guess would have, and what nobody can do better than.
#     sources:
#       - 'J. Y. Jun, Feedback Neural Networks (2019), equations (1) to (15).'
#       - 'Z. Wu, Recurrent Neural Networks (2015), the slides on Elman''s, Jordan''s and the general network.'
#       - 'J. L. Elman, Finding Structure in Time (1990), [doi 10.1207/s15516709cog1402_1](https://doi.org/10.1207/s15516709cog1402_1).'
# ---

# %% [markdown]
# # 1 · Temporal XOR
#
# A stream of bits: two are random, the third is the exclusive or of those two, then two random ones again, and so on.
# Nobody tells the network where a triple begins. **Can a network that reads one bit at a time find out which bits can
# be predicted, and predict them?** It needs to remember two bits and to keep count up to three. A feed-forward net that
# sees one bit cannot do this; a net with feedback can. You will write the two classic ones, Elman's and Jordan's, in
# NumPy, and then train them.
#
# The equations are those of J. Y. Jun's lecture *Feedback Neural Networks* (2019), with its numbers.

# %%
import numpy as np

from rnnkit.course.teaching import check_array, check_equal, choose, profile, quiet, report_result

# %% [markdown]
# The exercises need no more than that, but for the fourth. The experiments do:

# %% tags=["experiment"]
with quiet():  # TensorFlow's start-up log
    import keras

import matplotlib.pyplot as plt

import rnnkit
from rnnkit.course.experiments import xor
from rnnkit.plots import COLOURS
from rnnkit.plots.error_by_position import error_by_position
from rnnkit.plots.hidden_states import hidden_states

print(f"profile {profile()}, Keras {keras.__version__} on {keras.backend.backend()}")

# %% [markdown]
# ## The stream
#
# The truth table of XOR (the lecture's table 1), read row by row, is itself such a stream:
#
# | a | b | a ⊕ b |
# |---|---|---|
# | 0 | 0 | 0 |
# | 0 | 1 | 1 |
# | 1 | 0 | 1 |
# | 1 | 1 | 0 |
#
# which gives `000 011 101 110`.
#
# **Exercise 1 (10 points).** Write `xor_stream`. For bits, `a ^ b` is the exclusive or.

# %% [markdown] hint="xor_stream"
# Make the three bits of each triple stand side by side first, then put the triples one after another.

# %% [markdown] hint="xor_stream"
# `np.stack` puts arrays side by side along a new axis. With the triples as rows, `reshape` reads them row by row, which is
# the order of the stream.


# %% nbgrader={"grade": false, "grade_id": "xor_stream", "locked": false, "schema_version": 3, "solution": true, "task": false}
def xor_stream(a, b):
    """The stream a[0], b[0], a[0]⊕b[0], a[1], b[1], a[1]⊕b[1], ...

    a, b: integer arrays of bits, shape (n,). Returns an integer array of shape (3n,).
    """
    ### BEGIN SOLUTION
    return np.stack([a, b, a ^ b], axis=1).reshape(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_xor_stream", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
table = xor_stream(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
check_array("stream of the truth table", table, [0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0])
### BEGIN HIDDEN TESTS
_bits = np.random.default_rng(11).integers(0, 2, (2, 37))
_expected = []
for _a, _b in _bits.T:
    _expected += [_a, _b, (_a + _b) % 2]
_before = _bits.copy()
check_array("stream of random bits", xor_stream(*_bits), _expected)
check_array("the arguments, afterwards", _bits, _before, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## Elman's network, one step
#
# Rows are examples, I of them with N inputs each:
#
# $$X = \begin{bmatrix} \big(x^{(1)}\big)^T \\ \vdots \\ \big(x^{(I)}\big)^T \end{bmatrix} \in \mathbb R^{I\times N} \tag{1}$$
#
# The hidden layer has K units and sees a column of ones (for the bias), the inputs, and **its own activations one step
# before**:
#
# $$\bar X = [\mathbf 1 \; X \; {}^{(t-1)}F] \in \mathbb R^{I\times(N+1+K)} \tag{2}$$
# $$\bar{\bar X} = \bar X\, v \tag{3}$$
# $$F = \left(1+\exp(-\bar{\bar X})\right)^{-1} \tag{4}$$
#
# The output layer has J units:
#
# $$\bar F = [\mathbf 1 \; F] \tag{5}$$
# $$\bar{\bar F} = \bar F\, \omega \tag{6}$$
# $$G = \left(1+\exp(-\bar{\bar F})\right)^{-1} \tag{7}$$
#
# ![](diagram:elman)
#
# **Exercise 2 (25 points).** Write one step. The order of the columns matters: ones, inputs, feedback.

# %% [markdown] hint="elman_step"
# The bias is a column of ones with as many rows as there are examples. Put the three blocks of (2) side by side in
# their order, with `np.concatenate` along the axis of the columns.

# %% [markdown] hint="elman_step"
# Each of the two layers is one product of matrices and the logistic function of it. Which hidden layer does the output
# see: the one that came in, or the one that you have just computed? And f itself must not be changed: somebody may still
# need it.


# %% nbgrader={"grade": false, "grade_id": "elman_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def elman_step(x, f, v, omega):
    """One time step of Elman's network, (2)-(7).

    x: inputs, shape (I, N).            f: hidden layer one step before, shape (I, K).
    v: shape (1 + N + K, K).            omega: shape (1 + K, J).
    Returns the new hidden layer, shape (I, K), and the output, shape (I, J).
    """
    ### BEGIN SOLUTION
    ones = np.ones((len(x), 1))
    x_bar = np.concatenate([ones, x, f], axis=1)  # (2)
    f = 1 / (1 + np.exp(-x_bar @ v))  # (3), (4)
    f_bar = np.concatenate([ones, f], axis=1)  # (5)
    g = 1 / (1 + np.exp(-f_bar @ omega))  # (6), (7)
    return f, g
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_elman_step", "locked": true, "points": 25, "schema_version": 3, "solution": false, "task": false}
f, g = elman_step(np.zeros((5, 2)), np.zeros((5, 3)), np.zeros((6, 3)), np.zeros((4, 1)))
check_array("F with all weights zero", f, np.full((5, 3), 0.5))
check_array("G with all weights zero", g, np.full((5, 1), 0.5))

# two examples with one input, one hidden unit and one output
f_before = np.array([[0.75], [0.25]])
f, g = elman_step(np.array([[1.0], [-2.0]]), f_before, np.array([[1.0], [2.0], [-4.0]]), np.array([[-1.0], [2.0]]))
check_array("F = σ(1 + 2·1 - 4·0.75) and σ(1 - 2·2 - 4·0.25)", f, [[0.5], [0.01798620996]])
check_array("G = σ(-1 + 2·F)", g, [[0.5], [0.276072531]])
check_array("the hidden layer one step before, afterwards", f_before, [[0.75], [0.25]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(12)
_I, _N, _K, _J = 4, 3, 5, 2
_x, _f = _rng.normal(size=(_I, _N)), _rng.random((_I, _K))
_v, _w = _rng.normal(size=(1 + _N + _K, _K)), _rng.normal(size=(1 + _K, _J))
_new = np.zeros((_I, _K))
_out = np.zeros((_I, _J))
for _i in range(_I):
    for _k in range(_K):
        _s = _v[0, _k] + sum(_x[_i, _n] * _v[1 + _n, _k] for _n in range(_N))
        _s += sum(_f[_i, _m] * _v[1 + _N + _m, _k] for _m in range(_K))
        _new[_i, _k] = 1 / (1 + np.exp(-_s))
    for _j in range(_J):
        _s = _w[0, _j] + sum(_new[_i, _k] * _w[1 + _k, _j] for _k in range(_K))
        _out[_i, _j] = 1 / (1 + np.exp(-_s))
_given = [value.copy() for value in (_x, _f, _v, _w)]
f, g = elman_step(_x, _f, _v, _w)
check_array("F", f, _new)
check_array("G", g, _out)
for _name, _is, _was in zip(("x", "f", "v", "omega"), (_x, _f, _v, _w), _given, strict=True):
    check_array(f"the argument {_name}, afterwards", _is, _was, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## Jordan's network, one step
#
# Here the **output** is fed back, not the hidden layer. The inputs X are those of (1), which the lecture writes again as its
# (8). The context S is the previous output G. Jordan's own nets let older outputs fade rather than vanish, with a decay α;
# the lecture has α = 0:
#
# $$\bar X = [\mathbf 1 \; X \; {}^{(t-1)}S] \tag{9}$$
# $$F = \sigma(\bar X\, v) \tag{10, 11}$$
# $$G = \sigma([\mathbf 1 \; F]\, \omega) \tag{12-14}$$
# $${}^{(t)}S = \alpha\,{}^{(t-1)}S + G$$
#
# ![](diagram:jordan)
#
# **Exercise 3 (20 points).** Write one step of it.

# %% [markdown] hint="jordan_step"
# The step is that of exercise 2, with the context in the place of the hidden layer. Only the last line, what is handed
# on, is new.

# %% [markdown] hint="jordan_step"
# The new context needs the old one and the new output; with a decay of 0 it is the output alone. Compute it into a new
# array: the old one belongs to the caller.


# %% nbgrader={"grade": false, "grade_id": "jordan_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def jordan_step(x, s, v, omega, decay=0.0):
    """One time step of Jordan's network, (9)-(14) and the context's decay.

    x: inputs, shape (I, N).            s: context one step before, shape (I, J).
    v: shape (1 + N + J, K).            omega: shape (1 + K, J).
    Returns the output, shape (I, J), and the new context, shape (I, J).
    """
    ### BEGIN SOLUTION
    ones = np.ones((len(x), 1))
    x_bar = np.concatenate([ones, x, s], axis=1)  # (9)
    f = 1 / (1 + np.exp(-x_bar @ v))  # (10), (11)
    f_bar = np.concatenate([ones, f], axis=1)  # (12)
    g = 1 / (1 + np.exp(-f_bar @ omega))  # (13), (14)
    return g, decay * s + g
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_jordan_step", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
g, s = jordan_step(np.zeros((5, 2)), np.full((5, 1), 0.4), np.zeros((4, 3)), np.zeros((4, 1)), decay=0.25)
check_array("G with all weights zero", g, np.full((5, 1), 0.5))
check_array("S with all weights zero, S before 0.4, decay 0.25", s, np.full((5, 1), 0.6))

# two examples with one input, one hidden unit and one output
s_before = np.array([[0.75], [0.25]])
g, s = jordan_step(np.array([[1.0], [-2.0]]), s_before, np.array([[1.0], [2.0], [-4.0]]), np.array([[-1.0], [2.0]]))
check_array("G = σ(-1 + 2·F) with F = σ(1 + 2·1 - 4·0.75) and σ(1 - 2·2 - 4·0.25)", g, [[0.5], [0.276072531]])
check_array("S, no decay", s, [[0.5], [0.276072531]])
check_array("the context one step before, afterwards", s_before, [[0.75], [0.25]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(13)
_I, _N, _K, _J, _decay = 4, 3, 5, 2, 0.3
_x, _s = _rng.normal(size=(_I, _N)), _rng.random((_I, _J))
_v, _w = _rng.normal(size=(1 + _N + _J, _K)), _rng.normal(size=(1 + _K, _J))
_out = np.zeros((_I, _J))
for _i in range(_I):
    _hidden = []
    for _k in range(_K):
        _a = _v[0, _k] + sum(_x[_i, _n] * _v[1 + _n, _k] for _n in range(_N))
        _a += sum(_s[_i, _m] * _v[1 + _N + _m, _k] for _m in range(_J))
        _hidden.append(1 / (1 + np.exp(-_a)))
    for _j in range(_J):
        _a = _w[0, _j] + sum(_h * _w[1 + _k, _j] for _k, _h in enumerate(_hidden))
        _out[_i, _j] = 1 / (1 + np.exp(-_a))
_given = [value.copy() for value in (_x, _s, _v, _w)]
g, s = jordan_step(_x, _s, _v, _w, _decay)
check_array("G", g, _out)
check_array("S", s, _decay * _given[1] + _out)
for _name, _is, _was in zip(("x", "s", "v", "omega"), (_x, _s, _v, _w), _given, strict=True):
    check_array(f"the argument {_name}, afterwards", _is, _was, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## Both at once
#
# Z. Wu's lecture *Recurrent Neural Networks* (2015) starts from a net in which everything is fed back: hidden layer h and
# output y both see the inputs x, the hidden layer, and the output one step before. (Its slide has sums over j, no biases, and no
# numbers.)
#
# $$h(n+1) = f\big(W_{xh}\,x(n+1) + W_{hh}\,h(n) + W_{yh}\,y(n)\big)$$
# $$y(n+1) = f\big(W_{xy}\,x(n+1) + W_{hy}\,h(n+1) + W_{yy}\,y(n)\big)$$
#
# Set $W_{yh} = W_{xy} = W_{yy} = 0$ and it is Elman's net; set $W_{hh} = W_{xy} = W_{yy} = 0$ and it is Jordan's. `rnnkit.OutputFeedback`
# is the net, with biases. Below it runs with those matrices zero and random numbers in the others, on random sequences.
#
# ![](diagram:output_feedback)
#
# *Numbers in the picture are those of the equations of `rnnkit.OutputFeedback`.*

# %% tags=["experiment"]
rng = np.random.default_rng(4)
N, K, J = 3, 5, 2
inputs = rng.normal(size=(4, 20, N))
general = rnnkit.OutputFeedback(K, J, return_sequences=True, dtype="float64")
general.build((None, None, N))
for name, kind, fed_back in (("Elman", rnnkit.Elman, K), ("Jordan", rnnkit.Jordan, J)):
    special = kind(K, J, return_sequences=True, dtype="float64")
    special.build((None, None, N))
    v, omega = rng.normal(size=(1 + N + fed_back, K)), rng.normal(size=(1 + K, J))
    special.set_matrices(v, omega)
    # the general net's rows: ones, x, h, y
    W_h, W_y = (v[1 + N :], np.zeros((J, K))) if name == "Elman" else (np.zeros((K, K)), v[1 + N :])
    general.set_matrices(
        np.concatenate([v[: 1 + N], W_h, W_y]),
        np.concatenate([omega[:1], np.zeros((N, J)), omega[1:], np.zeros((J, J))]),
    )
    apart = np.abs(np.asarray(general(inputs)) - np.asarray(special(inputs))).max()
    print(f"{name}: outputs of 20 steps equal to 1e-12: {apart < 1e-12}")

# %% [markdown]
# ## The model in Keras
#
# `rnnkit.Elman(units, output_units, ...)` is the same network as a Keras layer, for whole sequences and with gradients
# through all time steps. Keras's own `SimpleRNN` is the hidden layer alone.
#
# **Exercise 4 (15 points).** Build a compiled Keras model that reads sequences of bits of any length, shape
# `(batch, time, 1)`, and gives the probability that the **next** bit is 1 **at every step**, shape `(batch, time, 1)`.
# Use one `rnnkit.Elman` layer with `units` hidden units, tanh in the hidden layer, the logistic function at the output;
# Adam; the mean squared error. For it you need Keras and `rnnkit`:

# %%
with quiet():
    import keras

import rnnkit

# %% [markdown] hint="build_model"
# Start with `keras.Sequential` and an input whose length is left open: `(None, 1)`. The layer has an activation for each
# of its two layers, under two names.

# %% [markdown] hint="build_model"
# A recurrent layer of Keras gives only its last output unless it is asked for the whole sequence. The model's loss and
# optimizer are given to `compile`.


# %% nbgrader={"grade": false, "grade_id": "build_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_model(units):
    """A compiled Keras model: bits (batch, time, 1) to probabilities of the next bit (batch, time, 1)."""
    ### BEGIN SOLUTION
    layer = rnnkit.Elman(units, 1, activation="tanh", output_activation="sigmoid", return_sequences=True)
    model = keras.Sequential([keras.Input((None, 1)), layer])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_build_model", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
keras.utils.set_random_seed(0)
model = build_model(4)
assert isinstance(model, keras.Model), f"model: expected a Keras model, received {type(model).__name__}."
bits = np.random.default_rng(3).integers(0, 2, (2, 9, 1)).astype("float32")
output = np.asarray(model(bits))
check_equal("shape of the output for input (2, 9, 1)", output.shape, (2, 9, 1))
assert ((output > 0) & (output < 1)).all(), (
    f"output: expected probabilities, received values from {output.min():.3g} to {output.max():.3g}."
)
# v has (1 + 1 + 4) x 4 entries, omega (1 + 4) x 1
check_equal("number of weights for 4 units", model.count_params(), 29)
target = 1 - bits
loss = float(model.compute_loss(x=bits, y=target, y_pred=keras.ops.convert_to_tensor(output)))
check_array("loss, the mean squared error", loss, np.mean((output - target) ** 2), rtol=1e-4)
### BEGIN HIDDEN TESTS
_layer = [layer for layer in model.layers if isinstance(layer, rnnkit.Elman)]
check_equal("number of Elman layers", len(_layer), 1)
check_equal("hidden activation", _layer[0].activation.__name__, "tanh")
_w = [np.random.default_rng(14).normal(size=w.shape) for w in model.get_weights()]
model.set_weights(_w)
_again = np.asarray(model(bits[:, :5]))
check_array("output for the first 5 bits", _again, np.asarray(model(bits))[:, :5], rtol=1e-4)
check_equal("optimizer", type(model.optimizer).__name__, "Adam")
### END HIDDEN TESTS

# %% [markdown]
# ## Where is the error?
#
# The mean error over the whole stream says little: two bits out of three cannot be predicted. Elman looked at the error
# **by position in the triple**, and so shall we.
#
# **Exercise 5 (15 points).** Write `error_by_phase`: the root mean square error of each of the three positions.

# %% [markdown] hint="error_by_phase"
# The position of column t is known: it is `first` for column 0, one more for each column, and begins again after 2. The
# operator `%` does that for a whole array of columns.

# %% [markdown] hint="error_by_phase"
# For one position, choose its columns by a mask, in all sequences at once. Then read the name from right to left: the
# square of the error, the mean of it, the root of that.


# %% nbgrader={"grade": false, "grade_id": "error_by_phase", "locked": false, "schema_version": 3, "solution": true, "task": false}
def error_by_phase(errors, first=1):
    """Root mean square error at the positions 0, 1, 2 of the triple.

    errors: prediction minus target, shape (sequences, time).
    first: position in the triple of the first column (1: the first bit to be predicted is the second of a triple).
    Returns an array of shape (3,).
    """
    ### BEGIN SOLUTION
    positions = (np.arange(errors.shape[1]) + first) % 3
    return np.array([np.sqrt(np.mean(errors[:, positions == p] ** 2)) for p in range(3)])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_error_by_phase", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
errors = np.array([[0.3, 0.0, 0.4, -0.4, 0.0, -0.4], [-0.5, 0.0, 0.4, 0.0, 0.0, 0.4]])
check_array("errors by phase, first=0", error_by_phase(errors, first=0), [np.sqrt(0.125), 0.0, 0.4])
check_array("errors by phase, first=1", error_by_phase(errors, first=1), [0.4, np.sqrt(0.125), 0.0])
### BEGIN HIDDEN TESTS
_errors = np.random.default_rng(15).normal(size=(4, 17))
for _first in (0, 1, 2):
    _by = [[], [], []]
    for _row in _errors:
        for _t, _e in enumerate(_row):
            _by[(_t + _first) % 3].append(_e**2)
    _before = _errors.copy()
    check_array("errors by phase", error_by_phase(_errors, _first), [(sum(_b) / len(_b)) ** 0.5 for _b in _by])
    check_array("the argument, afterwards", _errors, _before, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## The experiment
#
# Three networks with eight hidden units, each trained from several random starts on a stream of 3,000 bits and tested
# on a fresh one: Elman's, Jordan's, and Keras's `SimpleRNN` followed by a dense layer, which should do as well as
# Elman's because it is the same network in two pieces. All have tanh in the hidden layer and the logistic function at the
# output, and learn by Adam with a rate that falls from 0.05. The cells below run whether or not your exercises are done.
#
# What a perfect predictor would reach: zero error on the third bit, and 0.5 on the other two. A random bit is 0 or 1, so
# the best guess, 0.5, is wrong by 0.5 every time.

# %% tags=["experiment", "nbval-check-output"]
print("stream:", "".join(f"{int(bit)}" for bit in rnnkit.datasets.temporal_xor(triples=8, seed=3)))
guess = np.full(3000, 0.5)
print("RMS error of the best guess on random bits:", np.sqrt(np.mean((guess - np.arange(3000) % 2) ** 2)))

# %% tags=["experiment"]
seeds = range(choose(check=1, quick=5, full=20))
passes = choose(check=2, quick=100, full=600)
models, errors_of = {}, {}
how = {"jit_compile": profile() != "check"}
for name in xor.NAMES:
    trained = [xor.train(lambda name=name: xor.network(name, **how), seed, passes=passes) for seed in seeds]
    models[name] = trained[0]
    errors_of[name] = [xor.fresh_errors(model) for model in trained]
    by_position = np.array([xor.rmse_by_position(errors) for errors in errors_of[name]])
    print(f"{name:18s} RMS error by position, mean over {len(seeds)} starts:", by_position.mean(axis=0).round(3))

# %% [markdown]
# Elman's figure: the error over a cycle of twelve steps, four triples. The bars are the range over the random starts.

# %% tags=["experiment"] alt="Line plot of the RMS error at each of twelve steps, four triples, for three networks, each the mean of five starts with its range. At every third step, the bit that is a XOR b, Elman's network and SimpleRNN with Dense fall to about 0.08, no start above 0.13; at all other steps they stay at 0.5, the error of a guess. Jordan's network stays at 0.5 everywhere."
curves = {name: np.array([xor.rmse_by_position(e, period=12) for e in errors]) for name, errors in errors_of.items()}
figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
error_by_position(axes, curves)
plt.show()

# %% [markdown]
# All starts side by side. Each dot is one trained network.

# %% tags=["experiment"] alt="Three panels, one for each bit of the triple, with a dot for each of the five starts of the three networks. On the first and the second bit all dots lie at the error of a guess, 0.5. On the third bit Elman's network and SimpleRNN with Dense lie between 0.06 and 0.12, while the Jordan network's five starts lie between 0.48 and 0.5."
figure, panels = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
titles = ("first bit, random", "second bit, random", "third bit, a XOR b")
for position, (axes, title) in enumerate(zip(panels, titles, strict=True)):
    for place, errors in enumerate(errors_of.values()):
        values = [xor.rmse_by_position(e)[position] for e in errors]
        axes.plot(np.full(len(values), place), values, "o", color=COLOURS[place], alpha=0.7, markersize=8)
    axes.axhline(0.5, color="0.5", linewidth=1, linestyle=":")
    axes.set(title=title, xticks=range(3), xlim=(-0.5, 2.5), ylim=(0, 0.6))
    axes.set_xticklabels([name.replace(" + ", "\n+ ") for name in errors_of])
panels[0].set_ylabel("RMS error (dotted: a guess)")
plt.show()

# %% [markdown]
# What has Elman's network learned to keep? There are ten kinds of steps: the first bit is 0 or 1, the first two are one of
# four pairs, and the third follows from them. Above, what the network says of the next bit after each kind, the mean over
# 600 triples; below, the mean activations of its hidden units. After two bits the output has to tell the pairs 01 and 10
# from 00 and 11. No unit keeps the count, or one of the bits, all by itself: the numbers below the picture say how much
# of each unit's variance is explained by the position in the triple alone, and by the position together with the bits read
# in it.

# %% tags=["experiment"] alt="Above, bars of the mean prediction after each of ten kinds of steps. After the pairs 01 and 10 it is 0.9 and more, after 00 and 11 it is about 0.1; after a first bit it is close to 0.5, after a third one between 0.3 and 0.55. Below, a colour map of the mean activations of eight hidden units after the same steps. Each column has a pattern of its own; several units differ between the four pairs, none has one colour for each position or for each bit."
trained = models["Elman"].layers[-1]
layer = rnnkit.Elman.from_config({**trained.get_config(), "name": "watched", "return_hidden": True})
layer.build((None, None, 1))
layer.set_weights(trained.get_weights())
bits = rnnkit.datasets.temporal_xor(triples=600, seed=5)
output, hidden = (np.asarray(values)[0] for values in layer(bits[None, :, None].astype("float32")))
position, position_and_bits = xor.kinds_of_steps(bits)
by_both = xor.explained_variance(hidden, position_and_bits)
order = np.argsort(-by_both)
said = [output[position_and_bits == kind].mean() for kind in range(10)]
figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 5), sharex=True, height_ratios=(1, 2), layout="constrained")
top.bar(range(10), said, color=COLOURS[0], width=0.6)
top.axhline(0.5, color="0.5", linewidth=1, linestyle=":")
top.set(ylabel="predicted:\nnext bit is 1", ylim=(0, 1), yticks=(0, 0.5, 1))
read = ("0", "1", "00", "01", "10", "11", "000", "011", "101", "110")
hidden_states(bottom, hidden[:, order], position_and_bits, read, edges=(2, 6))
bottom.set(xlabel="bits of the triple read so far; lines divide the positions", ylabel="hidden unit")
plt.show()
print("explained by the position:            ", xor.explained_variance(hidden, position)[order].round(2))
print("by the position and the triple's bits:", by_both[order].round(2))

# %% tags=["experiment"]
by_position = np.array([xor.rmse_by_position(errors) for errors in errors_of["Elman"]])
xor_bit, random_bits = by_position[:, 2], by_position[:, :2]
holds = bool((xor_bit < 0.25).all() and (random_bits > 0.45).all() and (random_bits < 0.55).all())
report_result(
    figure=f"XOR bit RMSE {xor_bit.mean():.2f} (worst of {len(seeds)}: {xor_bit.max():.2f})",
    baseline=f"a guess 0.50; Jordan {np.mean([xor.rmse_by_position(e)[2] for e in errors_of['Jordan']]):.2f}",
    holds=holds,
)

# %% [markdown]
# ## Question (15 points, marked by hand)
#
# What is the lowest error that any predictor can reach on a random bit, and why? And why does a Jordan network with one
# output unit struggle with this task, when an Elman network with as many hidden units does not?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# A fair random bit y is independent of all that came before. For any prediction p the expected squared error is
# ½p² + ½(1 − p)², which is smallest at p = ½, where it is ¼: an RMS error of 0.5. No memory helps.
#
# All that a Jordan network knows of the past is its previous output, one number. That number is also the prediction: on
# a random bit it has to be 0.5 to keep the error low, so it cannot at the same time say which bit was read, nor where in
# the triple the network is. Memory and output compete for one unit. Elman's hidden layer is fed back as it is, eight
# numbers that need not be predictions, so it can keep the first bit and the count without spoiling the output. (More
# output units, a context with decay, or an output layer that is not the prediction itself would help Jordan.)
# ### END SOLUTION
