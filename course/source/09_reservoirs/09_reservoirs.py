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
# ---

# %% [markdown]
# # 9 · Reservoirs
#
# Training a recurrent network is hard: units 2 and 6 showed why. **What if one does not train it at all?** Take a very
# large random network, drive it with the input, and train only a linear readout of its states. Training is then one
# system of linear equations. You will build such a network, find out how its weights must be set so that it remembers,
# let it run freely on a chaotic series, and at the end do the same with neurons that spike.
#
# The idea and the rule for the weights are on N. Mohajerin's slides on reservoir computing (ME 780 lecture 5, 2017); the
# network and its test are H. Jaeger's (*The "echo state" approach*, 2001); the spiking one is by W. Maass, T. Natschläger
# and H. Markram (2002).

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image

from rnnkit import reservoirs
from rnnkit.course.experiments import reservoirs as lab
from rnnkit.course.paths import build_dir
from rnnkit.course.teaching import check_array, check_equal, choose, profile, quiet, report_result
from rnnkit.datasets import mackey_glass
from rnnkit.plots import COLOURS
from rnnkit.plots.continuation import continuation
from rnnkit.plots.delay_portrait import animated_portraits
from rnnkit.plots.eigenvalues import eigenvalues
from rnnkit.plots.memory_curve import memory_curve
from rnnkit.plots.spike_raster import spike_raster

print(f"profile {profile()}, NumPy {np.__version__}")

# %% [markdown]
# ## The reservoir
#
# N units, rows as always. Each keeps a part $1 - \alpha$ of its state, and takes up the rest anew; α is called the leak:
#
# $$x(k) = (1 - \alpha)\,x(k-1) + \alpha \tanh\big(u(k)\,V + x(k-1)\,W + b\big) \tag{1}$$
#
# V, W and b are random, and stay as they are.
#
# ![](diagram:reservoir)
#
# *Numbers in the picture are those of the equations of `rnnkit.EchoState`.*
#
# **Exercise 1 (15 points).** Write (1) for a sequence.


# %% nbgrader={"grade": false, "grade_id": "reservoir_states", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reservoir_states(u, V, W, b, alpha, start):
    """The states (1).

    u: inputs u(1) ... u(T), shape (T, M). V: shape (M, N). W: shape (N, N). b: shape (N,).
    alpha: the leak. start: x(0), shape (N,).
    Returns x(1) ... x(T), shape (T, N).
    """
    ### BEGIN SOLUTION
    x, states = start, []
    for row in u:
        x = (1 - alpha) * x + alpha * np.tanh(row @ V + x @ W + b)
        states.append(x)
    return np.array(states)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_reservoir_states", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_one = np.array([[1.0]])
check_array(
    "one unit that keeps half",
    reservoir_states(np.array([[0.0], [0.0]]), _one, 0 * _one, np.zeros(1), 0.5, np.array([0.8])),
    [[0.4], [0.2]],
)
check_array(
    "one unit without leak",
    reservoir_states(np.array([[0.5]]), 2 * _one, 3 * _one, np.array([0.1]), 1.0, np.array([-0.2])),
    [[0.46211716]],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(91)
_V, _W, _b, _x = _rng.normal(size=(3, 4)), _rng.normal(size=(4, 4)), _rng.normal(size=4), _rng.normal(size=4)
_u = _rng.normal(size=(6, 3))
_kept, _expected = _x.copy(), []
for _row in _u:
    _total = [
        _b[j] + sum(_row[m] * _V[m, j] for m in range(3)) + sum(_x[i] * _W[i, j] for i in range(4)) for j in range(4)
    ]
    _x = np.array([0.7 * _x[j] + 0.3 * np.tanh(_total[j]) for j in range(4)])
    _expected.append(_x)
check_array("states of a random net", reservoir_states(_u, _V, _W, _b, 0.3, _kept), _expected)
### END HIDDEN TESTS

# %% [markdown]
# ## The edge of stability
#
# How large should W be? The slide says: *set weights in such a way that the RNN is at the edge of stability: set the eigenvalues
# of the state Jacobian close to one.* At rest, where the slope of tanh is 1, the Jacobian of (1) is
#
# $$J = \frac{\partial x(k)}{\partial x(k-1)} = (1 - \alpha)\,I + \alpha\,W^\top \tag{2}$$
#
# so that an eigenvalue λ of W becomes $\mu = (1 - \alpha) + \alpha\lambda$. Scaling W does not scale μ: the leak has a part in it.
# (Many programs scale the spectral radius of W alone, and set the leak afterwards.)
#
# **Exercise 2 (15 points).** Write (2), and find the number that W must be multiplied with so that J has a given spectral
# radius. The radius of J grows from $1 - \alpha$ at the number 0 (W is such that it does); halving an interval 60 times gives all
# digits.


# %% nbgrader={"grade": false, "grade_id": "scale_for", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rest_jacobian(W, alpha):
    """J of (2), shape (N, N)."""
    ### BEGIN SOLUTION
    return (1 - alpha) * np.eye(len(W)) + alpha * W.T
    ### END SOLUTION


def scale_for(W, alpha, radius):
    """The positive number s for which the J of s W has the spectral radius `radius`, above 1 - alpha."""

    ### BEGIN SOLUTION
    def reached(s):
        return np.abs(np.linalg.eigvals(rest_jacobian(s * W, alpha))).max()

    low, high = 0.0, 1.0
    while reached(high) < radius:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < radius else (low, middle)
    return high
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_scale_for", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
check_array("J of two units", rest_jacobian(np.array([[0.0, 2.0], [4.0, 1.0]]), 0.5), [[0.5, 2.0], [1.0, 1.0]])
check_array("scale of one unit, no leak", scale_for(np.array([[-4.0]]), 1.0, 0.9), 0.225)
check_array("scale of one unit with leak", scale_for(np.array([[2.0]]), 0.5, 0.9), 0.4)
### BEGIN HIDDEN TESTS
check_array("scale of a quarter turn with leak", scale_for(np.array([[0.0, 3.0], [-3.0, 0.0]]), 0.4, 1.0), 2 / 3)
_W = np.random.default_rng(92).normal(size=(6, 6))
for _alpha in (1.0, 0.25):
    _J = (1 - _alpha) * np.eye(6) + _alpha * scale_for(_W, _alpha, 0.95) * _W
    check_array("radius that the scale gives", np.abs(np.linalg.eigvals(_J)).max(), 0.95, rtol=1e-6)
check_array("J of a random net", rest_jacobian(_W, 0.25)[2, 5], 0.25 * _W[5, 2])
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# Networks of 200 units with different ρ(J) start twice, from opposite states, and get the same input. Where the distance of the two
# runs falls to nothing, the state is a function of the input alone, its echo: the network has the **echo state
# property**. Right, the eigenvalues of J at rest with ρ = 0.95, without and with leak.

# %% tags=["experiment"]
RADII = (0.8, 0.95, 1.1, 1.5)
units, steps = choose(check=(60, 150), quick=(200, 300), full=(1000, 1000))
drive = np.random.default_rng(0).normal(0.0, 0.05, (steps, 1))
figure, (left, one, other) = plt.subplots(1, 3, figsize=(11.5, 3.6), layout="constrained", width_ratios=(1.5, 1, 1))
distances = {}
for colour, style, radius in zip(COLOURS, ("-", "--", "-.", ":"), RADII, strict=False):
    net = reservoirs.EchoStateNetwork.random(units, 1, spectral_radius=radius, leak=0.5, seed=1)
    runs = [net.states(drive, initial_state=np.full(units, start)) for start in (0.5, -0.5)]
    distances[radius] = np.linalg.norm(runs[0] - runs[1], axis=1) / np.sqrt(units)
    left.semilogy(np.maximum(distances[radius], 1e-17), style, color=colour, label=rf"$\rho(J) = {radius}$")
left.set(xlabel="step", ylabel="distance of the two runs (rms)", ylim=(1e-17, 10))
left.legend(frameon=False, loc="lower left")
left.grid(alpha=0.3)
for panel, alpha in ((one, 1.0), (other, 0.3)):
    net = reservoirs.EchoStateNetwork.random(units, 1, spectral_radius=0.95, leak=alpha, seed=1)
    J = reservoirs.jacobian_at_rest(net.recurrent_kernel, alpha)
    eigenvalues(panel, np.linalg.eigvals(J), limit=1.2)
    panel.set_title(rf"J at rest, $\alpha = {alpha:g}$", fontsize="medium")
other.set_ylabel("")
plt.show()

# %% tags=["nbval-check-output"]
for alpha in (1.0, 0.3):
    W = reservoirs.EchoStateNetwork.random(50, 1, spectral_radius=0.95, leak=alpha, seed=2).recurrent_kernel
    print(
        f"leak {alpha:g}: spectral radius of J {reservoirs.spectral_radius(reservoirs.jacobian_at_rest(W, alpha)):.3f}, "
        f"of W {reservoirs.spectral_radius(W):.3f}"
    )

# %% [markdown]
# Below 1 the two runs become one; the nearer to 1, the longer it takes, and the longer an input is remembered. Well above 1
# they stay apart: the network runs by itself. With a leak the eigenvalues crowd around $1 - \alpha$, and W's
# own radius is another number.

# %% [markdown]
# ## The readout
#
# The output is linear in the states, $y(k) = x(k)\,\Omega + \omega_0$. Find the weights of least squared error, with a penalty on
# their size (ridge regression):
#
# $$\min_{\Omega, \omega_0} \sum_k \lVert x(k)\,\Omega + \omega_0 - d(k) \rVert^2 + \beta \lVert \Omega \rVert^2 \tag{3}$$
#
# Put the derivatives to zero. That of $\omega_0$ gives $\omega_0 = \bar d - \bar x\,\Omega$; then, with $X_0$ and $D_0$ less their means,
#
# $$(X_0^\top X_0 + \beta I)\,\Omega = X_0^\top D_0 \tag{4}$$
#
# **Exercise 3 (15 points).** Solve (3). The penalty is on Ω alone.


# %% nbgrader={"grade": false, "grade_id": "solve_readout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def solve_readout(X, D, beta):
    """The readout (4).

    X: states, shape (T, N). D: targets, shape (T, J). beta: the penalty.
    Returns Omega, shape (N, J), and omega_0, shape (J,).
    """
    ### BEGIN SOLUTION
    x_mean, d_mean = X.mean(axis=0), D.mean(axis=0)
    X0, D0 = X - x_mean, D - d_mean
    Omega = np.linalg.solve(X0.T @ X0 + beta * np.eye(X.shape[1]), X0.T @ D0)
    return Omega, d_mean - x_mean @ Omega
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_solve_readout", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_line = np.array([[0.0], [1.0], [2.0]])
_Omega, _omega_0 = solve_readout(_line, 2 * _line + 1, 0.0)
check_array("slope of a line", _Omega, [[2.0]])
check_array("intercept of a line", _omega_0, [1.0])
_Omega, _omega_0 = solve_readout(_line, 2 * _line + 1, 2.0)
check_array("slope with penalty 2", _Omega, [[1.0]])
check_array("intercept with penalty 2", _omega_0, [2.0])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(93)
_X, _D = _rng.normal(size=(30, 4)) + 2, _rng.normal(size=(30, 2)) - 5
_Omega, _omega_0 = solve_readout(_X, _D, 0.8)


def _loss(Omega, omega_0):
    return ((_X @ Omega + omega_0 - _D) ** 2).sum() + 0.8 * (Omega**2).sum()


_best = _loss(np.asarray(_Omega), np.asarray(_omega_0))
check_equal("shapes", [np.shape(_Omega), np.shape(_omega_0)], [(4, 2), (2,)])
for _ in range(40):
    _move, _shift = 1e-3 * _rng.normal(size=(4, 2)), 1e-3 * _rng.normal(size=2)
    assert _loss(_Omega + _move, _omega_0 + _shift) > _best, "readout: weights near yours have a smaller value of (3)."
### END HIDDEN TESTS

# %% [markdown]
# ## Memory
#
# How many past inputs do the states hold? For each delay d let a readout say $u(k-d)$, and take the squared correlation of what it
# says with what was. The sum is the **memory capacity**:
#
# $$MC = \sum_{d=1}^{D} MC_d, \qquad MC_d = \frac{\operatorname{cov}^2\big(u(k-d),\, y_d(k)\big)}{\operatorname{var} u(k-d)\,\operatorname{var} y_d(k)} \tag{5}$$
#
# For independent inputs it is at most N, whatever the network.
#
# **Exercise 4 (10 points).** Write (5), from the outputs of the readouts.


# %% nbgrader={"grade": false, "grade_id": "capacity_of", "locked": false, "schema_version": 3, "solution": true, "task": false}
def capacity_of(u, Y):
    """The memory capacity (5), over the steps k that have an u(k-D).

    u: inputs u(0) ... u(T-1), shape (T,). Y: outputs, shape (T, D); Y[k, d-1] says what u[k-d] was.
    Returns MC_1 ... MC_D, shape (D,), each over the steps k = D ... T-1.
    """
    ### BEGIN SOLUTION
    D = Y.shape[1]
    result = []
    for d in range(1, D + 1):
        past, said = u[D - d : len(u) - d], Y[D:, d - 1]
        result.append(np.corrcoef(past, said)[0, 1] ** 2)
    return np.array(result)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_capacity_of", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
_u = np.array([1.0, -1.0, 2.0, 0.0, 3.0, 1.0])
_perfect = np.stack([np.roll(_u, 1), -5 * np.roll(_u, 2) + 3], axis=1)
check_array("readouts that know the past, but for scale and sign", capacity_of(_u, _perfect), [1.0, 1.0])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(94)
_u, _Y = _rng.normal(size=40), _rng.normal(size=(40, 3))
_expected = []
for _d in (1, 2, 3):
    _a = [_u[k - _d] for k in range(3, 40)]
    _b = [_Y[k, _d - 1] for k in range(3, 40)]
    _ma, _mb = sum(_a) / 37, sum(_b) / 37
    _cov = sum((p - _ma) * (q - _mb) for p, q in zip(_a, _b, strict=True))
    _expected.append(_cov**2 / sum((p - _ma) ** 2 for p in _a) / sum((q - _mb) ** 2 for q in _b))
check_array("readouts that know nothing", capacity_of(_u, _Y), _expected)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# Fifty units: linear ones, tanh ones, and tanh ones whose ρ(J) is far from 1. Each readout is fitted on one half of the steps and
# judged on the other. Beside it, NARMA-10, a task that asks for ten steps of memory **and** a product of two
# inputs: by larger and larger reservoirs.

# %% tags=["experiment"]
SIZES, SAMPLES = choose(check=((20, 50), 1500), quick=((50, 100, 200), 6000), full=((50, 100, 200, 400, 800), 6000))
curves, totals = {}, {}
for name, settings in {
    "linear, ρ = 0.95": {"linear": True},
    "tanh, ρ = 0.95": {},
    "tanh, ρ = 0.6": {"radius": 0.6},
}.items():
    totals[name], curves[name] = lab.capacity(50, 0, steps=SAMPLES, **settings)
narma = {n: [lab.narma_nrmse(n, seed) for seed in range(choose(check=1, quick=3, full=5))] for n in SIZES}
linear_model = lab.shift_register_nmse(20, 0) ** 0.5
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.6), layout="constrained")
memory_curve(left, {f"{name}: MC = {totals[name]:.0f}": curve for name, curve in curves.items()})
left.set_xlim(0, 80)
for errors in np.array(list(narma.values())).T:
    right.plot(SIZES, errors, "o", color=COLOURS[0], markersize=4)
right.plot(SIZES, [np.mean(errors) for errors in narma.values()], color=COLOURS[0], label="reservoir and readout")
right.axhline(linear_model, color=COLOURS[1], linestyle="--", label="linear model of 20 past inputs")
right.set(xlabel="units N", ylabel="NARMA-10, NRMSE", ylim=(0, 0.6))
right.legend(frameon=False)
right.grid(alpha=0.3)
plt.show()
print(", ".join(f"N = {n}: NRMSE {np.mean(errors):.3f}" for n, errors in narma.items()))

# %% [markdown]
# Linear units remember best, nearly all of the N that is possible, but they can compute nothing but sums; tanh units pay for the
# product with memory. Far from the edge memory is short.
#
# ### Solved or trained?
#
# The same network as a Keras layer, `rnnkit.EchoState`, whose readout can be trained by gradients like any other, or solved for by
# `fit_readout`. On NARMA-10, both with the same reservoir:

# %% tags=["experiment"]
import time

with quiet():  # TensorFlow's start-up log
    import keras

import rnnkit
from rnnkit.datasets import narma as narma_series

keras.utils.set_random_seed(0)
length, units, epochs = choose(check=(300, 30, 2), quick=(1500, 100, 40), full=(4000, 200, 1000))
u = np.random.default_rng(3).uniform(0.0, 0.5, 2 * length)
y = narma_series(u)
# y(k) answers inputs up to u(k-1).
inputs, targets = u[:-1, None], y[1:, None]
uniform = keras.initializers.RandomUniform
layer = rnnkit.EchoState(
    units,
    1,
    spectral_radius=0.95,
    connections=10,
    seed=0,
    return_sequences=True,
    kernel_initializer=uniform(-0.4, 0.4, seed=1),
    bias_initializer=uniform(-0.3, 0.3, seed=2),
)
model = keras.Sequential([keras.Input((None, 1)), layer])
model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=False)


def error_of(layer):
    """NRMSE on the second half."""
    said = rnnkit.layers.from_layer(layer).predict(inputs)[length:]
    return np.sqrt(np.mean((said - targets[length:]) ** 2)) / targets[length:].std()


begin = time.perf_counter()
model.fit(inputs[None, :length], targets[None, :length], epochs=epochs, verbose=0)
seconds_trained, trained = time.perf_counter() - begin, error_of(layer)
begin = time.perf_counter()
rnnkit.layers.fit_readout(layer, inputs[:length], targets[:length], washout=100)
seconds_solved, solved = time.perf_counter() - begin, error_of(layer)
fixed = sum(int(np.prod(w.shape)) for w in layer.non_trainable_weights)
print(f"{layer.count_params() - fixed} weights of {layer.count_params()} are trained")
print(f"Adam, {epochs} passes: NRMSE {trained:.3f} after {seconds_trained:.1f} s")
print(f"solved for:       NRMSE {solved:.3f} after {seconds_solved:.1f} s")

# %% [markdown]
# ## Running freely
#
# To go on with a series by itself, the network gets no input but its own last output, by weights B that are random as well:
#
# $$x(k) = (1 - \alpha)\,x(k-1) + \alpha \tanh\big(x(k-1)\,W + y(k-1)\,B + b\big), \qquad y(k) = x(k)\,\Omega + \omega_0 \tag{6}$$
#
# While the readout is fitted, the true series is fed back in place of y (teacher forcing, unit 10); from then on the network is alone.
#
# **Exercise 5 (15 points).** Write the free run (6).


# %% nbgrader={"grade": false, "grade_id": "free_run", "locked": false, "schema_version": 3, "solution": true, "task": false}
def free_run(x, y, steps, W, B, b, alpha, Omega, omega_0):
    """The outputs of the next steps, (6).

    x: the state now, shape (N,). y: the output now, shape (J,). steps: how many.
    W: shape (N, N). B: shape (J, N). b: shape (N,). Omega: shape (N, J). omega_0: shape (J,).
    Returns the outputs, shape (steps, J).
    """
    ### BEGIN SOLUTION
    outputs = []
    for _ in range(steps):
        x = (1 - alpha) * x + alpha * np.tanh(x @ W + y @ B + b)
        y = x @ Omega + omega_0
        outputs.append(y)
    return np.array(outputs)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_free_run", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_zero, _unit = np.zeros((1, 1)), np.ones((1, 1))
check_array(
    "one unit that only leaks",
    free_run(np.array([1.0]), np.array([9.0]), 3, _zero, _zero, np.zeros(1), 0.5, 2 * _unit, np.array([1.0])),
    [[2.0], [1.5], [1.25]],
)
check_array(
    "one unit that only hears its output",
    free_run(np.array([0.3]), np.array([1.0]), 2, _zero, _unit, np.zeros(1), 1.0, _unit, np.array([0.5])),
    [[1.26159416], [1.35150301]],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(95)
_W, _B, _b = _rng.normal(size=(5, 5)), _rng.normal(size=(2, 5)), _rng.normal(size=5)
_Omega, _omega_0, _x, _y = _rng.normal(size=(5, 2)), _rng.normal(size=2), _rng.normal(size=5), _rng.normal(size=2)
_now, _said, _expected = _x.copy(), _y.copy(), []
for _ in range(4):
    _total = [
        _b[j] + sum(_now[i] * _W[i, j] for i in range(5)) + sum(_said[o] * _B[o, j] for o in range(2)) for j in range(5)
    ]
    _now = np.array([0.6 * _now[j] + 0.4 * np.tanh(_total[j]) for j in range(5)])
    _said = np.array([_omega_0[o] + sum(_now[j] * _Omega[j, o] for j in range(5)) for o in range(2)])
    _expected.append(_said)
check_array("a random net", free_run(_x, _y, 4, _W, _B, _b, 0.4, _Omega, _omega_0), _expected)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# The Mackey-Glass equation, a model of how the number of blood cells is regulated with a delay,
#
# $$\frac{dy}{dt} = \frac{0.2\, y(t - \tau)}{1 + y(t - \tau)^{10}} - 0.1\, y(t), \qquad \tau = 17 \tag{7}$$
#
# is chaotic. A network of 400 units is fitted on 3,000 samples, in a second; then it runs alone. Jaeger's measure is the error of
# the 84th step alone, over the series' standard deviation: his figure is 0.00028.

# %% tags=["experiment"]
UNITS, TRAINING, TRIALS, LONG = choose(
    check=(60, 300, 3, 200), quick=(400, 3000, 20, 1500), full=(1000, 6000, 50, 3000)
)
scores, kept = [], None
for seed in range(choose(check=1, quick=3, full=5)):
    samples = 2 * lab.WASHOUT + TRAINING + max(TRIALS * lab.HORIZON, LONG) + 1
    series = mackey_glass(samples, seed=seed)
    net = lab.mackey_glass_network(seed, UNITS)
    said, truth = lab.free_runs(net, series, TRAINING, TRIALS)
    scores.append(np.sqrt(np.mean((said[:, -1] - truth[:, -1]) ** 2)) / series.std())
    growth = np.sqrt(np.mean((said - truth) ** 2, axis=0)) / series.std()
    print(f"seed {seed}: NRMSE84 {scores[-1]:.1e}")
    if kept is None:
        kept = (net, series, growth)
net, series, growth = kept
long_said, long_truth = lab.free_runs(net, series, TRAINING, 1, LONG)
before = 2 * lab.WASHOUT + TRAINING
shown = min(LONG, 700)
figure, (top, bottom) = plt.subplots(2, figsize=(10, 5), layout="constrained", height_ratios=(1.3, 1))
continuation(top, series[before - 100 : before + shown], long_said[0, :shown], mark=84)
error = np.abs(long_said[0, :shown] - long_truth[0, :shown]) / series.std()
bottom.semilogy(np.arange(1, shown + 1), error, color="0.75", linewidth=0.8, label="one run")
bottom.semilogy(np.arange(1, 85), growth, color=COLOURS[0], linewidth=1.8, label=f"root mean square, {TRIALS} runs")
bottom.axvline(84, color=COLOURS[0], linewidth=1, linestyle=":")
bottom.set(xlabel="steps since the network is alone", ylabel="error / std of series", xlim=(1 - 100, shown))
bottom.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
bottom.grid(alpha=0.3)
plt.show()

# %% [markdown]
# Chaos doubles any error every hundred steps or so: in the end every forecast is lost. But the network goes on to behave like the
# series. Drawn against its own past, the series runs on an attractor, and so does the network, long after the two have parted:

# %% tags=["experiment"]
frames = choose(check=60, quick=600, full=1200)
path = animated_portraits(
    build_dir() / "pictures" / "mackey_glass.gif",
    {"series": long_truth[0, -frames:], "network, alone": long_said[0, -frames:]},
    17,
    stride=choose(check=20, quick=6, full=6),
)
Image(filename=path)

# %% [markdown]
# ## Neurons that spike
#
# A liquid state machine is the same idea with neurons nearer to nature. Below its threshold a neuron is a leaky vessel; with an input
# current I and a resistance R its voltage v follows $\tau\, dv/dt = -v + R I$. Over a step δ with constant I the exact solution is
#
# $$v \leftarrow a\,v + (1 - a)\,R I, \qquad a = e^{-\delta / \tau} \tag{8}$$
#
# When v is above the threshold after a step, the neuron fires in that step, and v is set to the reset.
#
# **Exercise 6 (15 points).** Write the leaky integrate-and-fire neuron.


# %% nbgrader={"grade": false, "grade_id": "spikes_of", "locked": false, "schema_version": 3, "solution": true, "task": false}
def spikes_of(current, tau, resistance, threshold, reset, step):
    """The steps in which the neuron fires.

    current: I in each step, shape (T,). The voltage is 0 before the first step.
    Returns the numbers of the steps, from 0, a list.
    """
    ### BEGIN SOLUTION
    a, v, fired = np.exp(-step / tau), 0.0, []
    for k, now in enumerate(current):
        v = a * v + (1 - a) * resistance * now
        if v > threshold:
            fired.append(k)
            v = reset
    return fired
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_spikes_of", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_tau = 1 / np.log(2)  # so that a = 1/2 for a step of 1
check_equal("steps of spikes, constant current", list(spikes_of(np.full(7, 2.0), _tau, 1.0, 1.6, 0.0, 1.0)), [2, 5])
check_equal("steps of spikes, below the threshold", list(spikes_of(np.full(9, 1.5), _tau, 1.0, 1.6, 0.0, 1.0)), [])
### BEGIN HIDDEN TESTS
_drive = np.abs(np.random.default_rng(96).normal(18.0, 12.0, 400))
_v, _fired = 0.0, []
for _k, _now in enumerate(_drive):
    _target = 1.3 * _now
    _v = _target + (_v - _target) * np.exp(-0.5 / 20.0)
    if _v > 15.0:
        _fired.append(_k)
        _v = 13.5
assert 5 < len(_fired) < 300
check_equal("steps of spikes, random current", [int(k) for k in spikes_of(_drive, 20.0, 1.3, 15.0, 13.5, 0.5)], _fired)
_steady = np.diff(spikes_of(np.full(30000, 20.0), 30.0, 1.0, 15.0, 10.0, 0.01)) * 0.01
check_array("period by the closed form, in ms", _steady.mean(), 30 * np.log(10 / 5), rtol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# A column of 15 × 3 × 3 such neurons, a fifth of them inhibitory, wired by distance: the probability of a connection is
# $C e^{-(D/\lambda)^2}$. Synapses have delays and tire: the closer two spikes, the weaker the second one's effect (or, for some, the
# stronger). One of two patterns of spikes comes in on four lines, each spike shifted by some milliseconds each time; after it comes
# noise. Which pattern was it? A linear readout looks at the neurons' filtered spikes, at the pattern's end and later.

# %% tags=["experiment"]
DURATION, AFTER = 150.0, (0.0, 50.0, 100.0)
rng = np.random.default_rng(0)
liquid = reservoirs.LiquidStateMachine.random(lines=4, seed=rng, dt=0.5)
patterns = [lab.poisson_pattern(rng, 4, DURATION, 20.0) for _ in range(2)]
figure, panels = plt.subplots(2, 2, figsize=(10.5, 5), layout="constrained", height_ratios=(1, 4), sharex=True)
for column, pattern in enumerate(patterns):
    spikes = lab.shown(rng, pattern, 2.0, DURATION, 101.0)
    panels[0, column].axvspan(0, DURATION, color="0.93", zorder=0)
    panels[0, column].eventplot(spikes, colors="black", linelengths=0.8)
    panels[0, column].set(title=f"pattern {'AB'[column]}, then noise", yticks=[])
    spike_raster(panels[1, column], *liquid.run(spikes, 251.0, seed=rng), liquid.inhibits, ends=DURATION)
panels[0, 0].set_ylabel("input\nlines")
panels[1, 1].set_ylabel("")
panels[1, 1].legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
plt.show()

# %% tags=["experiment"]
examples, machines = choose(check=(6, 1), quick=(40, 2), full=(100, 10))
right = np.array([lab.tell_apart(seed, examples, examples, after=AFTER) for seed in range(machines)])
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for row, (name, colour, style) in enumerate((("liquid", COLOURS[0], "o-"), ("input lines alone", COLOURS[1], "s--"))):
    axes.plot(AFTER, right[:, row].mean(axis=0), style, color=colour, label=name)
    for one in right[:, row]:
        axes.plot(AFTER, one, style[0], color=colour, alpha=0.35, markersize=4)
axes.axhline(0.5, color="0.5", linewidth=1, linestyle=":", label="a guess")
axes.set(xlabel="readout looks, after the pattern (ms)", ylabel="right, held out", ylim=(0.3, 1.05))
axes.legend(frameon=False, loc="lower left")
axes.grid(alpha=0.3)
plt.show()
for t, accuracy in zip(AFTER, right.mean(axis=0).T, strict=True):
    print(f"{t:3.0f} ms after the pattern: liquid {accuracy[0]:.2f}, input lines alone {accuracy[1]:.2f}")

# %% tags=["experiment"]
persistence = np.sqrt(np.mean((series[84:] - series[:-84]) ** 2)) / series.std()
at_end, later = right.mean(axis=0)[0, :2]
report_result(
    figure=f"Mackey-Glass, 84 steps alone: NRMSE {np.median(scores):.1e} (median of {len(scores)}); "
    f"two spike patterns told apart {100 * at_end:.0f} %, {100 * later:.0f} % 50 ms later",
    baseline=f"published 2.8e-4, persistence {persistence:.1f}; input lines 50 ms later {100 * right.mean(axis=0)[1, 1]:.0f} %",
    holds=bool(np.median(scores) < 1e-3 and at_end >= 0.9 and later > right.mean(axis=0)[1, 1]),
)

# %% [markdown]
# ## Question (15 points, marked by hand)
#
# Why may a reservoir's W stay random, when in units 1 to 6 all weights had to be learnt? What do the readout and the eigenvalues of J
# each have to do with it? And what is lost: name a task that a network trained by backpropagation can learn, and a
# reservoir of this size cannot be expected to.

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The reservoir only has to hold many different functions of the past input; which of them matter is the readout's
# business. With many random units, nearly any smooth function of the recent input is near to a linear combination of their
# states, and the best combination is found exactly, by least squares, without gradients through time.
#
# For that the states must be functions of the input: the eigenvalues of J must lie inside the unit circle, so that the start is forgotten
# (the echo state property). And they must not lie far inside, or the past is forgotten too. Close to one, both
# are had. With feedback the rule is looser, since the output that is fed back is part of the loop.
#
# What is lost is that the state is not made for the task. A memory of N units holds at most N past inputs, all of them alike,
# whether they matter or not: the temporal order of two symbols among hundreds of distractors (unit 6), which an LSTM learns to hold in a
# few cells, would need an enormous reservoir. So would inputs with structure that has to be discovered, like words.
# ### END SOLUTION
