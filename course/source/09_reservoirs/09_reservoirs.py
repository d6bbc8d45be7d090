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
#       - write a reservoir's states, its linear readout and its free run;
#       - set the spectral radius of a random network by the Jacobian at rest, leak included;
#       - measure how much of the past a network's states hold;
#       - say what a reservoir is good for, and what only a trained network can do;
#       - write a neuron that spikes, and say what makes a column of them a reservoir.
#     prerequisites:
#       - NumPy's products of matrices, and least squares;
#       - eigenvalues of a matrix that is not symmetric;
#       - unit 1 (a recurrent network's states) and the idea of unit 2, that errors vanish or explode on their way back.
#     minutes: 150
#     difficulty: medium
#     exercises:
#       reservoir_states: {title: The reservoir, difficulty: easy}
#       scale_for: {title: The edge of stability, difficulty: medium}
#       solve_readout: {title: The readout, difficulty: medium}
#       capacity_of: {title: Memory, difficulty: medium}
#       free_run: {title: Running freely, difficulty: easy}
#       spikes_of: {title: A neuron that spikes, difficulty: easy}
#       question: {title: Why random weights will do, difficulty: hard}
#     self_test:
#       - question: A reservoir has no leak, $\alpha = 1$, and W has the spectral radius 0.9. Now α is set to 0.5, and
#           W is left as it is. W has one real eigenvalue of 0.9. What is the spectral radius of J at rest?
#         choices:
#           - '0.45'
#           - '0.9'
#           - '0.95'
#         answer: c
#         why: By (2) an eigenvalue λ of W becomes $0.5 + 0.5\lambda$, so 0.9 becomes 0.95. The leak has moved the
#           network nearer to the edge, although W is the same. This is why J and not W is scaled.
#       - question: A network starts twice, from different states, and gets the same input. The distance of the two
#           runs does not fall. What can a readout on the last state not do?
#         choices:
#           - be fitted by least squares
#           - answer by the input alone
#           - have a penalty
#         answer: b
#         why: The state depends on where the network began. Least squares finds a readout all the same, but what it
#           says of the same input is another thing in each run.
#       - question: Fifty linear units are driven by independent inputs. How many of these can they hold at the most,
#           if each unit's state is known to any precision?
#         choices:
#           - '50'
#           - as many as the spectral radius allows, without limit
#           - '25'
#         answer: a
#         why: The sum of all $MC_d$ in (5) is at most N, whatever W is. Fifty numbers do not hold more than fifty
#           independent ones as linear functions.
#       - question: A readout is fitted while the true series is fed back, and then runs on its own outputs. The free
#           run leaves the series after 20 steps. Which of these would you look at first?
#         choices:
#           - The gradients, because they may have exploded.
#           - The error of one step, and how much the loop multiplies it.
#           - The hidden layer's learning rate.
#         answer: b
#         why: There are no gradients and no learning rate in a reservoir. Each step's error comes back as an input,
#           so what counts is how large it is and by how much the closed loop, which was never part of the fit, makes
#           it grow.
#     key_points:
#       - Only the readout is learned, by one system of linear equations; V, W and b stay as they were drawn.
#       - States that shall be an echo of the input need a Jacobian with all eigenvalues inside the unit circle, and
#         for a long memory close to it. Leak and W make it together.
#       - N units hold at most N past inputs. Linear ones hold most, and compute nothing but sums.
#       - A network that hears its own output can go on by itself. On a chaotic series each error grows until the two
#         part; after that it still moves as the series does.
#       - Any system that reacts to its input, does so in many ways and forgets will do as a reservoir, spiking
#         neurons too.
#     sources:
#       - 'N. Mohajerin, ME 780 lecture 5 (2017), the slides on reservoir computing.'
#       - 'M. Smart, Introduction to Recurrent Neural Nets (2020), the slides on reservoirs.'
#       - 'W. Maass, T. Natschläger and H. Markram, Real-time computing without stable states (2002), [doi 10.1162/089976602760407955](https://doi.org/10.1162/089976602760407955).'
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
import numpy as np

from rnnkit.course.teaching import check_array, check_equal

print(f"NumPy {np.__version__}")

# %% [markdown]
# That is all that the exercises need. The experiments need more:

# %% tags=["experiment"]
import matplotlib.pyplot as plt
from IPython.display import Image

from rnnkit import reservoirs
from rnnkit.course.experiments import reservoirs as lab
from rnnkit.course.paths import build_dir
from rnnkit.course.teaching import choose, explore, profile, quiet, report_result
from rnnkit.datasets import mackey_glass
from rnnkit.plots import COLOURS
from rnnkit.plots.continuation import continuation
from rnnkit.plots.delay_portrait import animated_parting, delay_portrait
from rnnkit.plots.eigenvalues import eigenvalues
from rnnkit.plots.memory_curve import memory_curve
from rnnkit.plots.spike_raster import spike_raster

print(f"profile {profile()}")

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

# %% [markdown] hint="reservoir_states"
# There is no way around a loop over the steps, since each state needs the one before. Within a step all units are
# computed at once: a row times a matrix, twice, plus the biases.

# %% [markdown] hint="reservoir_states"
# Keep the state of the step before until the new one is there, and make a new array each time. If you write into the
# array that was handed in as `start`, the next call begins elsewhere. The state is put away after the step.


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
_start = np.array([0.8])
check_array(
    "one unit that keeps half",
    reservoir_states(np.array([[0.0], [0.0]]), np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1), 0.5, _start),
    [[0.4], [0.2]],
)
check_array("the start, afterwards", _start, [0.8], rtol=0, atol=0)
check_array(
    "one unit without leak",
    reservoir_states(np.array([[0.5]]), np.array([[2.0]]), np.array([[3.0]]), np.array([0.1]), 1.0, np.array([-0.2])),
    [[0.46211716]],
)
check_array(
    "two units, the first of which drives the second",
    reservoir_states(
        np.zeros((1, 1)), np.ones((1, 2)), np.array([[0.0, 3.0], [0.0, 0.0]]), np.zeros(2), 1.0, np.array([0.5, 0.0])
    ),
    [[0.0, np.tanh(1.5)]],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(91)
_V, _W, _b, _x = _rng.normal(size=(3, 4)), _rng.normal(size=(4, 4)), _rng.normal(size=4), _rng.normal(size=4)
_u = _rng.normal(size=(6, 3))
_handed = _u.copy(), _V.copy(), _W.copy(), _b.copy(), _x.copy()
_kept, _expected = [_array.copy() for _array in _handed], []
for _row in _u:
    _total = [
        _b[j] + sum(_row[m] * _V[m, j] for m in range(3)) + sum(_x[i] * _W[i, j] for i in range(4)) for j in range(4)
    ]
    _x = np.array([0.7 * _x[j] + 0.3 * np.tanh(_total[j]) for j in range(4)])
    _expected.append(_x)
check_array("states of a random net", reservoir_states(*_handed[:4], 0.3, _handed[4]), _expected)
for _name, _array, _before in zip(("u", "V", "W", "b", "start"), _handed, _kept, strict=True):
    check_array(f"{_name}, afterwards", _array, _before, rtol=0, atol=0)
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

# %% [markdown] hint="scale_for"
# For J, ask what one unit's new state does if another one's old state is a little larger: x stands on the left of W, so
# the entry of J in row i and column j is one of W in row j and column i.

# %% [markdown] hint="scale_for"
# The spectral radius is the largest absolute value of the eigenvalues, which are complex in general. Double a number
# until the radius is large enough; the solution then lies between 0 and that number, and each halving says in which
# half.


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
_handed = _W.copy()
for _alpha in (1.0, 0.25):
    _J = (1 - _alpha) * np.eye(6) + _alpha * float(scale_for(_handed, _alpha, 0.95)) * _W
    check_array("radius that the scale gives", np.abs(np.linalg.eigvals(_J)).max(), 0.95, rtol=1e-6)
_J = [[0.25 * _W[_j, _i] + 0.75 * (_i == _j) for _j in range(6)] for _i in range(6)]
check_array("J of a random net", rest_jacobian(_handed, 0.25), _J)
check_array("W, afterwards", _handed, _W, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# Networks of 200 units with different ρ(J) start twice, from opposite states, and get the same input. Where the distance of the two
# runs falls to nothing, the state is a function of the input alone, its echo: the network has the **echo state
# property**.

# %% tags=["experiment"] alt="Distance of two runs over 300 steps, on a logarithmic axis. With a spectral radius of 0.8 it falls in a straight line from 0.5 to 1e-17 in 157 steps; with 0.95 to 3e-9 in 300 steps; with 1.1 and 1.5 it stays near 1."
RADII = (0.8, 0.95, 1.1, 1.5)
units, steps = choose(check=(60, 150), quick=(200, 300), full=(1000, 1000))
drive = np.random.default_rng(0).normal(0.0, 0.05, (steps, 1))
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
distances = {}
for colour, style, radius in zip(COLOURS, ("-", "--", "-.", ":"), RADII, strict=False):
    net = reservoirs.EchoStateNetwork.random(units, 1, spectral_radius=radius, leak=0.5, seed=1)
    runs = [net.states(drive, initial_state=np.full(units, start)) for start in (0.5, -0.5)]
    distances[radius] = np.linalg.norm(runs[0] - runs[1], axis=1) / np.sqrt(units)
    axes.semilogy(np.maximum(distances[radius], 1e-17), style, color=colour, label=rf"$\rho(J) = {radius}$")
axes.set(xlabel="step", ylabel="distance of the two runs (rms)", ylim=(1e-17, 10))
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
axes.grid(alpha=0.3)
plt.show()

# %% [markdown]
# Below 1 the two runs become one; the nearer to 1, the longer it takes, and the longer an input is remembered. Well above 1
# they stay apart: the network runs by itself.
#
# Where are the eigenvalues? Three reservoirs, all with ρ(J) = 0.95, the second and the third with a leak. W's
# eigenvalues lie in a disc about 0; by (2) those of J lie in the same disc, but smaller by the factor α, and about
# $1 - \alpha$ (dashed, with a cross at its centre).

# %% tags=["experiment"] alt="Three complex planes with the unit circle, and in it 200 eigenvalues inside a dashed disc with a cross at its centre. Without leak the disc is about 0 and almost as large as the circle. With α = 0.6 it is about 0.4 and reaches the circle on the right, W's radius being 1.01. With α = 0.3 it is small, about 0.7, from 0.4 to 0.98, W's radius being 0.92."
figure, panels = plt.subplots(1, 3, figsize=(11, 4), layout="constrained", sharey=True)
for panel, alpha in zip(panels, (1.0, 0.6, 0.3), strict=True):
    net = reservoirs.EchoStateNetwork.random(units, 1, spectral_radius=0.95, leak=alpha, seed=1)
    W = net.recurrent_kernel
    disc = (1 - alpha, alpha * reservoirs.spectral_radius(W))
    eigenvalues(panel, np.linalg.eigvals(reservoirs.jacobian_at_rest(W, alpha)), limit=1.2, size=5, disc=disc)
    panel.set_title(rf"$\alpha = {alpha:g}$: W of radius {reservoirs.spectral_radius(W):.2f}", fontsize="medium")
for panel in panels[1:]:
    panel.set_ylabel("")
plt.show()

# %% [markdown]
# **Try this.** With a small leak the network is slow: how does that show in the distance? And how large may the input be made to
# tame a network with ρ(J) above 1? (In a live notebook there are sliders; elsewhere the picture is the one for the values to
# begin with.)


# %% tags=["experiment"] alt="Left, the distance of two runs over 150 steps on a logarithmic axis: with a radius of 1.2 it stays near 1. Right, the eigenvalues in the complex plane: a dashed disc about 0.5 with a radius of 0.8, which reaches out of the unit circle on the right."
def two_runs(figure, radius, leak, input_size):
    net = reservoirs.EchoStateNetwork.random(100, 1, spectral_radius=radius, leak=leak, seed=1)
    runs = [net.states(input_size * drive[:150] / 0.05, initial_state=np.full(100, start)) for start in (0.5, -0.5)]
    left, right = figure.subplots(1, 2, width_ratios=(1.7, 1))
    left.semilogy(np.maximum(np.linalg.norm(runs[0] - runs[1], axis=1) / 10, 1e-17), color=COLOURS[0])
    left.set(xlabel="step", ylabel="distance of the two runs (rms)", ylim=(1e-17, 10))
    left.grid(alpha=0.3)
    disc = (1 - leak, leak * reservoirs.spectral_radius(net.recurrent_kernel))
    J = reservoirs.jacobian_at_rest(net.recurrent_kernel, leak)
    eigenvalues(right, np.linalg.eigvals(J), limit=1.6, size=5, disc=disc)


explore(two_runs, size=(9, 3.4), radius=(0.5, 1.5, 1.2), leak=(0.1, 1.0, 0.5), input_size=(0.0, 2.0, 0.05))

# %% tags=["experiment", "nbval-check-output"]
for alpha in (1.0, 0.3):
    W = reservoirs.EchoStateNetwork.random(50, 1, spectral_radius=0.95, leak=alpha, seed=2).recurrent_kernel
    print(
        f"leak {alpha:g}: spectral radius of J {reservoirs.spectral_radius(reservoirs.jacobian_at_rest(W, alpha)):.3f}, "
        f"of W {reservoirs.spectral_radius(W):.3f}"
    )

# %% [markdown]
# With a leak all eigenvalues are near $1 - \alpha$ or between there and 0.95: such a reservoir changes slowly. And W's
# own radius is another number than J's.

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

# %% [markdown] hint="solve_readout"
# (4) is a system of linear equations with a square matrix of N rows: `np.linalg.solve`. Its right-hand side may have
# many columns, one for each output.

# %% [markdown] hint="solve_readout"
# Take the mean over the steps off the states and off the targets first, into new arrays. The penalty stands on the
# diagonal. The bias comes last: it is what the mean target is, less what Ω says of the mean state.


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
_line, _targets = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]])
_Omega, _omega_0 = solve_readout(_line, _targets, 0.0)
check_array("slope of a line", _Omega, [[2.0]])
check_array("intercept of a line", _omega_0, [1.0])
check_array("the states, afterwards", _line, [[0], [1], [2]], rtol=0, atol=0)
check_array("the targets, afterwards", _targets, [[1], [3], [5]], rtol=0, atol=0)
_Omega, _omega_0 = solve_readout(_line, _targets, 2.0)
check_array("slope with penalty 2", _Omega, [[1.0]])
check_array("intercept with penalty 2", _omega_0, [2.0])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(93)
_X, _D = _rng.normal(size=(30, 4)) + 2, _rng.normal(size=(30, 2)) - 5
_moves, _shifts = 1e-3 * _rng.normal(size=(40, 4, 2)), 1e-3 * _rng.normal(size=(40, 2))
_handed = _X.copy(), _D.copy()
_Omega, _omega_0 = solve_readout(*_handed, 0.8)


def _loss(Omega, omega_0):
    return ((_X @ Omega + omega_0 - _D) ** 2).sum() + 0.8 * (Omega**2).sum()


_best = _loss(np.asarray(_Omega), np.asarray(_omega_0))
check_equal("shapes", [np.shape(_Omega), np.shape(_omega_0)], [(4, 2), (2,)])
check_array("the states, afterwards", _handed[0], _X, rtol=0, atol=0)
check_array("the targets, afterwards", _handed[1], _D, rtol=0, atol=0)
for _move, _shift in zip(_moves, _shifts, strict=True):
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

# %% [markdown] hint="capacity_of"
# The squared correlation of two series does not care for scale, sign or constant. `np.corrcoef` of two series gives a 2
# × 2 matrix; which of its entries is the correlation of the one with the other?

# %% [markdown] hint="capacity_of"
# For every d the outputs are those from step D on, which are T − D of them. The inputs that belong to them begin d
# steps earlier, and are as many. Slices that begin or end with a negative number are easily wrong; write both ends down
# for D = 3, d = 1.


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
check_array("the inputs, afterwards", _u, [1, -1, 2, 0, 3, 1], rtol=0, atol=0)
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
_handed = _u.copy(), _Y.copy()
check_array("readouts that know nothing", capacity_of(*_handed), _expected)
check_array("the inputs, afterwards", _handed[0], _u, rtol=0, atol=0)
check_array("the outputs, afterwards", _handed[1], _Y, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# Fifty units: linear ones, tanh ones, and tanh ones whose ρ(J) is far from 1. Each readout is fitted on one half of the steps and
# judged on the other. Beside it, NARMA-10, a task that asks for ten steps of memory **and** a product of two
# inputs: by larger and larger reservoirs.

# %% tags=["experiment"] alt="Left, the share of the input that is recovered over its delay: fifty linear units hold nearly all up to a delay of 37 and then lose it by 60, MC = 47; tanh units with ρ = 0.95 begin to lose it at 12 and have lost it by 35, MC = 22; with ρ = 0.6 it falls from all to nothing between 12 and 18, MC = 14. Right, the error on NARMA-10 over the units, three dots each: in the mean 0.41 with 50, 0.31 with 100, 0.20 with 200; a linear model of 20 past inputs, dashed, has 0.40."
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

# %% [markdown] hint="free_run"
# It is the loop of exercise 1, with the last output in place of the input, and with a readout after each step.

# %% [markdown] hint="free_run"
# The order decides: state first, by the output of the step before; then the output, by the new state; then it is put
# away. The first output that you return comes after the first step.


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
_state, _output = np.array([1.0]), np.array([9.0])
check_array(
    "one unit that only leaks",
    free_run(
        _state, _output, 3, np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), 0.5, np.array([[2.0]]), np.array([1.0])
    ),
    [[2.0], [1.5], [1.25]],
)
check_array("the state, afterwards", _state, [1.0], rtol=0, atol=0)
check_array("the output, afterwards", _output, [9.0], rtol=0, atol=0)
check_array(
    "one unit that only hears its output",
    free_run(
        np.array([0.3]),
        np.ones(1),
        2,
        np.zeros((1, 1)),
        np.ones((1, 1)),
        np.zeros(1),
        1.0,
        np.ones((1, 1)),
        np.array([0.5]),
    ),
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
_handed = _x, _y, _W, _B, _b, _Omega, _omega_0
_kept = [_array.copy() for _array in _handed]
check_array("a random net", free_run(_x, _y, 4, _W, _B, _b, 0.4, _Omega, _omega_0), _expected)
for _name, _array, _before in zip(("x", "y", "W", "B", "b", "Omega", "omega_0"), _handed, _kept, strict=True):
    check_array(f"{_name}, afterwards", _array, _before, rtol=0, atol=0)
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

# %% tags=["experiment"] alt="Above, the series, black, and the network alone from step 0 on, dashed: over all 700 steps that are shown the two lines cover each other. Below, the error over the standard deviation on a logarithmic axis: the root mean square of 20 runs rises from 6e-5 to 3e-4 at step 84; that of one run goes on to rise, to 3e-2 at step 700."
UNITS, TRAINING, TRIALS, LONG = choose(
    check=(60, 300, 3, 200), quick=(400, 3000, 20, 3000), full=(1000, 6000, 50, 4000)
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
# Chaos doubles any error every hundred steps or so: in the end every forecast is lost. Below, series and network are
# drawn over each other, each against its own past, from the step on from which the network is alone. For a long time
# they are one; they part when the error has come to the size of the series itself.

# %% tags=["experiment"] alt="Animation. Left, the series as a thick grey line and the network as a thin orange one, each drawn against its own past, each with a dot at its end: a loop with a smaller loop inside. For 1,500 steps the orange line lies on the grey one; then the dots separate, and at the end they are on different sides of the loop. Right, the error grows meanwhile on a logarithmic axis from 1e-4 to 2 standard deviations at step 1,800."
error = np.abs(long_said[0] - long_truth[0]) / series.std()
far = np.flatnonzero(error > 0.5)
apart = int(far[0]) + 1 if len(far) else LONG
path = animated_parting(
    build_dir() / "pictures" / "mackey_glass.gif",
    long_truth[0, : apart + 150],
    long_said[0, : apart + 150],
    17,
    stride=choose(check=40, quick=16, full=16),
)
print(f"half a standard deviation apart at step {apart}" if len(far) else f"not apart after {LONG} steps")
Image(filename=path)

# %% [markdown]
# And then? The network goes on to behave like the series. Drawn against its own past, the series runs on an attractor,
# and so does the network, long after the two have parted:

# %% tags=["experiment"] alt="Two portraits, the series' and the network's, of the steps 1,651 to 3,000: both have the same form, a band of many lines that goes round a hole and has a folded inner part, and the same limits, 0.4 to 1.3."
after = slice(apart if len(far) else LONG // 2, LONG)
figure, panels = plt.subplots(1, 2, figsize=(7.5, 3.8), layout="constrained", sharex=True, sharey=True)
for panel, colour, (title, values) in zip(
    panels, ("0.35", COLOURS[1]), {"series": long_truth, "network, alone": long_said}.items(), strict=True
):
    delay_portrait(panel, values[0, after], 17, colour=colour)
    panel.set_title(f"{title}, steps {after.start:,} to {after.stop:,}", fontsize="medium")
panels[1].set_ylabel("")
plt.show()

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

# %% [markdown] hint="spikes_of"
# One number v, carried from step to step, and one number a that is the same in all steps. Only then comes the question
# whether the neuron fires.

# %% [markdown] hint="spikes_of"
# (8) first, then the comparison, then the reset. What is set back is v, to the value that was handed in, and the number
# that is put on the list counts from 0.


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
_two = np.full(7, 2.0)
check_equal("steps of spikes, constant current", list(spikes_of(_two, _tau, 1.0, 1.6, 0.0, 1.0)), [2, 5])
check_array("the current, afterwards", _two, [2] * 7, rtol=0, atol=0)
check_equal("steps of spikes, reset to 1", list(spikes_of(np.full(7, 2.0), _tau, 1.0, 1.6, 1.0, 1.0)), [2, 4, 6])
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
_handed = _drive.copy()
check_equal("steps of spikes, random current", [int(k) for k in spikes_of(_handed, 20.0, 1.3, 15.0, 13.5, 0.5)], _fired)
check_array("the current, afterwards", _handed, _drive, rtol=0, atol=0)
_steady = np.diff(spikes_of(np.full(30000, 20.0), 30.0, 1.0, 15.0, 10.0, 0.01)) * 0.01
check_array("period by the closed form, in ms", _steady.mean(), 30 * np.log(10 / 5), rtol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# A column of 15 × 3 × 3 such neurons, a fifth of them inhibitory, wired by distance: the probability of a connection is
# $C e^{-(D/\lambda)^2}$. Synapses have delays and tire: the closer two spikes, the weaker the second one's effect (or,
# for some, the stronger). One of two patterns of spikes comes in on four lines, each spike shifted by some milliseconds
# each time; after it comes noise. Which pattern was it? A linear readout looks at the neurons' filtered spikes, at the
# pattern's end and later. Ten such machines are drawn, each with two patterns of its own; and the same readout looks at
# the filtered spikes of the four lines themselves, with no machine between.

# %% tags=["experiment"] alt="Two columns, pattern A and pattern B, over 250 ms, of which the first 150 are shaded. Above, the spikes on four input lines; below, those of 135 neurons, the upper 27 of them inhibitory. Most neurons fire in bursts, a few milliseconds after input spikes that come close together: A from 47 ms on, B from 20 ms on. In the noise afterwards they go on, more sparsely."
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

# %% tags=["experiment"] alt="How often the pattern is told right, over the time after its end, in the mean and for ten machines. At its end both readouts are always right. 50 ms later that of the liquid is right in 0.78 of the cases, single machines in 0.60 to 0.95, that of the input lines in 0.60, 0.45 to 0.73; 100 ms later 0.70 against 0.52, where 0.5 is a guess."
examples, machines = choose(check=(6, 1), quick=(40, 10), full=(100, 30))
right = np.array([lab.tell_apart(seed, examples, examples, after=AFTER) for seed in range(machines)])
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for row, (name, colour, style) in enumerate((("liquid", COLOURS[0], "o-"), ("input lines alone", COLOURS[1], "s--"))):
    axes.plot(AFTER, right[:, row].mean(axis=0), style, color=colour, label=name)
    for one in right[:, row]:
        axes.plot(np.array(AFTER) + (row - 0.5), one, style[0], color=colour, alpha=0.35, markersize=4)
axes.axhline(0.5, color="0.5", linewidth=1, linestyle=":", label="a guess")
axes.set(xlabel="readout looks, after the pattern (ms)", ylabel="right, held out", ylim=(0.3, 1.05))
axes.legend(frameon=False, loc="lower left")
axes.grid(alpha=0.3)
plt.show()
for t, (by_liquid, by_lines) in zip(AFTER, np.moveaxis(right, 2, 0).swapaxes(1, 2), strict=True):
    better = f"the liquid is better with {(by_liquid > by_lines).sum()} of {machines} machines"
    print(f"{t:3.0f} ms after the pattern: liquid {by_liquid.mean():.2f}, input lines {by_lines.mean():.2f}; {better}")

# %% [markdown]
# At the pattern's end there is nothing to choose: the lines' own last spikes tell the patterns apart as well as the
# liquid does. Later the lines have little more than a guess, and the liquid is still right in seven or eight cases of
# ten: the neurons' spikes go round in the column, and so carry the pattern on, as a reservoir's states do. Single
# machines differ much, and some are no better than their lines.

# %% tags=["experiment"]
persistence = np.sqrt(np.mean((series[84:] - series[:-84]) ** 2)) / series.std()
at_end, later = right.mean(axis=0)[0, :2]
report_result(
    figure=f"Mackey-Glass, 84 steps alone: NRMSE {np.median(scores):.1e} (median of {len(scores)}); two spike patterns "
    f"told apart {100 * at_end:.0f} %, {100 * later:.0f} % 50 ms later, by {machines} liquids",
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
