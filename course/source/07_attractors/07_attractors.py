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
#       - find the points where a network can rest by Newton's method, and tell from eigenvalues whether it stays there;
#       - find the period of a cycle, and read a map of basins of attraction;
#       - write the step that measures Lyapunov exponents, and say from them whether a network is chaotic;
#       - run a network in continuous time, and say what a small error over a finite time does not tell.
#     prerequisites:
#       - eigenvalues, linear systems of equations, and what a QR decomposition is;
#       - the derivative of a function of several variables (its Jacobian);
#       - what a differential equation is, for exercise 6.
#     minutes: 180
#     difficulty: medium
#     exercises:
#       jacobian: {title: A step and its Jacobian, difficulty: easy}
#       newton: {title: A step of Newton's method, difficulty: medium}
#       kind: {title: Three kinds of fixed points, difficulty: easy}
#       period: {title: The period of a cycle, difficulty: medium}
#       qr_step: {title: A step of the Lyapunov exponents, difficulty: hard}
#       euler: {title: A step in continuous time, difficulty: easy}
#       question: {title: What a finite time tells, difficulty: hard}
#     self_test:
#       - question: The eigenvalues of $J$ at a fixed point are $0.6 + 0.9\,i$ and $0.6 - 0.9\,i$. What do states near by do?
#         choices:
#           - They come in, because 0.6 is less than 1.
#           - They turn around the point and move away from it.
#           - They come in along one direction and leave along another.
#         answer: b
#         why: The modulus is $\sqrt{0.36 + 0.81} \approx 1.08$, more than 1, for both. The point is unstable, and since the eigenvalues are
#           complex, states leave it in a spiral.
#       - question: A network's largest Lyapunov exponent is $-0.3$ a step. What becomes of two states close together?
#         choices:
#           - Their distance shrinks on average to about three quarters at each step.
#           - Their distance grows by about a third at each step.
#           - They stay as far apart as they are, since a network without input has no noise.
#         answer: a
#         why: The distance is multiplied on average by $e^{-0.3} \approx 0.74$ a step. The network runs to a fixed point or a cycle. Chaos
#           needs an exponent above 0.
#       - question: A network follows an oscillator for ten periods with a very small error. What is certain after that?
#         choices:
#           - It goes on along the same cycle.
#           - It will leave the cycle sooner or later.
#           - "Neither: that depends on what it does to states beside the path, which this error has not measured."
#         answer: c
#         why: Whether a cycle attracts is decided by the field around it. A small error on the path says nothing about it, as the networks
#           show that have seen one trajectory only.
#     key_points:
#       - A network without input runs to a fixed point, a cycle or a chaotic attractor; the start decides which, by its basin.
#       - A fixed point is stable if all eigenvalues of the Jacobian lie inside the unit circle. Newton's method finds the others too.
#       - Chaos is a positive largest Lyapunov exponent. It is not told by the spectral radius of single steps.
#       - That a network can approximate a system over a finite time does not say what it does afterwards; its attractors do.
#     sources:
#       - 'M. Smart, Introduction to Recurrent Neural Nets (2020), the slides on RNNs as dynamical systems.'
#       - 'T. Laurent and J. von Brecht, A recurrent neural network without chaos (2016), [arXiv 1612.06212](https://arxiv.org/abs/1612.06212).'
#       - 'K. Funahashi and Y. Nakamura, Approximation of dynamical systems by continuous time recurrent neural networks (1993), [doi 10.1016/S0893-6080(05)80125-X](https://doi.org/10.1016/S0893-6080%2805%2980125-X).'
# ---

# %% [markdown]
# # 7 · Attractors
#
# Take the input away from a recurrent network and let it run. **Where does it end up?** At rest, in a cycle, or in a motion that never
# repeats: its *attractor*. Which one depends on the start: the *basin of attraction*. You will find the points where a
# network rests, tell which of them hold, see the basins, measure chaos, and at the end let a network learn an oscillator
# and see how far a famous theorem carries.
#
# The words are those of M. Smart, *Introduction to Recurrent Neural Nets* (2020): *well-behaved RNNs converge to attractors; the
# attractors can be simple fixed points, more complicated (e.g. limit cycle), or chaotic.* The chaotic networks are T. Laurent and J. von
# Brecht's (2016), the theorem K. Funahashi and Y. Nakamura's (1993).

# %%
import numpy as np

from rnnkit.course.teaching import check_array, check_equal

print(f"NumPy {np.__version__}")

# %% [markdown]
# That is all that the exercises need. The experiments need more:

# %% tags=["experiment"]
import matplotlib.pyplot as plt
from IPython.display import Image

from rnnkit.course.paths import build_dir
from rnnkit.course.teaching import choose, explore, profile, quiet, report_result
from rnnkit.plots import COLOURS
from rnnkit.plots.basin_map import basin_map
from rnnkit.plots.bifurcation import bifurcation, exponent_curve
from rnnkit.plots.phase_animation import phase_animation
from rnnkit.plots.phase_portrait import mark_fixed_points, phase_portrait
from rnnkit.plots.state_cloud import state_cloud

print(f"profile {profile()}")

# %% [markdown]
# ## A network that runs by itself
#
# n units with state x, a column as on the slides, and no input:
#
# $$x(k) = F\big(x(k-1)\big), \qquad F(x) = \tanh(W x + b) \tag{1}$$
#
# What a small change of the state does to the next state is the state Jacobian. Since $\tanh' = 1 - \tanh^2$,
#
# $$J(x) = \frac{\partial F}{\partial x}, \qquad J_{ij} = \big(1 - F_i(x)^2\big)\, W_{ij} \tag{2}$$
#
# States are columns here, $W x$, as on the slides, so that $W_{ij}$ is the weight from unit j to unit i. In unit 6 they are rows,
# $x\,W$, and the same weight is called $W_{ji}$ there. The Jacobian itself is the same in both.
#
# ![](diagram:two_units)
#
# **Exercise 1 (15 points).** Write (1) and (2) for one state.

# %% [markdown] hint="jacobian"
# (1) is one product of a matrix with a vector. The slope of tanh can be had from its value, and its value is the next state.

# %% [markdown] hint="jacobian"
# There is one slope for each unit, and unit i's belongs to the whole **row** i of the matrix. A new last axis of length 1 gives
# each row its own.


# %% nbgrader={"grade": false, "grade_id": "jacobian", "locked": false, "schema_version": 3, "solution": true, "task": false}
def next_state(x, W, b):
    """F(x) of (1). x: shape (n,). W: shape (n, n). b: shape (n,). Returns shape (n,)."""
    ### BEGIN SOLUTION
    return np.tanh(W @ x + b)
    ### END SOLUTION


def state_jacobian(x, W, b):
    """J of (2) at the state x, shape (n, n): entry (i, j) is the derivative of F_i by x_j."""
    ### BEGIN SOLUTION
    return (1 - np.tanh(W @ x + b) ** 2)[:, None] * W
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_jacobian", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_W = np.array([[0.0, 2.0], [1.0, 0.0]])
check_array("next state", next_state(np.array([0.5, 1.0]), _W, np.array([-1.0, 0.0])), [0.76159416, 0.46211716])
check_array("J where all sums are 0", state_jacobian(np.zeros(2), _W, np.zeros(2)), _W)
_x = np.array([0.5, 1.0])
check_array("J at another state", state_jacobian(_x, _W, np.array([-1.0, 0.0])), [[0.0, 0.83994868], [0.78644773, 0.0]])
check_array("the state, afterwards", _x, [0.5, 1.0], rtol=0, atol=0)
check_array("the matrix, afterwards", _W, [[0.0, 2.0], [1.0, 0.0]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(71)
_W, _b, _x = _rng.normal(size=(4, 4)), _rng.normal(size=4), _rng.normal(size=4)
_kept = [_part.copy() for _part in (_x, _W, _b)]
_F = [np.tanh(_b[i] + sum(_W[i, j] * _x[j] for j in range(4))) for i in range(4)]
check_array("next state of a random net", next_state(_x, _W, _b), _F)
for _name, _part, _before in zip(("state", "matrix", "bias"), (_x, _W, _b), _kept, strict=True):
    check_array(f"the {_name}, afterwards", _part, _before, rtol=0, atol=0)
_columns = []
for _j in range(4):
    _up, _down = _x.copy(), _x.copy()
    _up[_j] += 1e-6
    _down[_j] -= 1e-6
    _columns.append([(np.tanh(_W[i] @ _up + _b[i]) - np.tanh(_W[i] @ _down + _b[i])) / 2e-6 for i in range(4)])
check_array(
    "J of a random net, against differences", state_jacobian(_x, _W, _b), np.transpose(_columns), rtol=1e-6, atol=1e-8
)
check_array("the matrix, afterwards", _W, _kept[1], rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## Where it can rest
#
# A fixed point solves $F(x) = x$. Newton's method replaces F near x by its tangent, $F(x + d) \approx F(x) + J d$, and solves
# $F(x) + J d = x + d$ for the step:
#
# $$(J - I)\, d = -\big(F(x) - x\big), \qquad x \leftarrow x + d \tag{3}$$
#
# It finds points of all kinds, also those that no run of the network would ever show.
#
# **Exercise 2 (15 points).** Write the step (3).

# %% [markdown] hint="newton"
# (3) is a linear system for the step d. No inverse is needed: `np.linalg.solve` takes the matrix and the right side.

# %% [markdown] hint="newton"
# It is $F(x) - x$ that should become 0, so the matrix is $J$ minus the identity. Mind the minus on the right side, and return a
# new array.


# %% nbgrader={"grade": false, "grade_id": "newton", "locked": false, "schema_version": 3, "solution": true, "task": false}
def newton_step(x, f, J):
    """The next guess, (3).

    x: the guess, shape (n,). f: F(x), shape (n,). J: the Jacobian at x, shape (n, n).
    Returns the new x, shape (n,).
    """
    ### BEGIN SOLUTION
    return x - np.linalg.solve(J - np.eye(len(x)), f - x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_newton", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
check_array("one unit, F(x) = x²", newton_step(np.array([2.0]), np.array([4.0]), np.array([[4.0]])), [4 / 3])
_x, _J = np.array([7.0, 5.0]), np.array([[0.0, 2.0], [1.0, 0.0]])
check_array("a linear net is solved in one step", newton_step(_x, np.array([11.0, 8.0]), _J), [-3.0, -2.0])
check_array("the guess, afterwards", _x, [7.0, 5.0], rtol=0, atol=0)
check_array("the Jacobian, afterwards", _J, [[0.0, 2.0], [1.0, 0.0]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(72)
_W, _b = 0.8 * _rng.normal(size=(3, 3)), _rng.normal(size=3)
_x = np.array([0.1, -0.2, 0.3])
_J = (1 - np.tanh(_W @ _x + _b) ** 2)[:, None] * _W
_kept = [_x.copy(), _J.copy()]
_d = np.asarray(newton_step(_x, np.tanh(_W @ _x + _b), _J)) - _kept[0]
check_array("the guess, afterwards", _x, _kept[0], rtol=0, atol=0)
check_array("the Jacobian, afterwards", _J, _kept[1], rtol=0, atol=0)
check_array("(J - I) d of a random net", _J @ _d - _d, _x - np.tanh(_W @ _x + _b))
_A, _c = _rng.normal(size=(5, 5)), _rng.normal(size=5)
_x = _rng.normal(size=5)
_end = newton_step(_x, _A @ _x + _c, _A)
check_array("F of the end, of a linear net", _A @ _end + _c, _end)
### END HIDDEN TESTS

# %% [markdown]
# Does the network stay there? A small distance d from the fixed point becomes $J d$ after one step. Along an eigenvector of J it is
# multiplied by the eigenvalue λ. So the point is
#
# - **stable** if all $\lvert \lambda \rvert < 1$,
# - **unstable** if all $\lvert \lambda \rvert > 1$,
# - a **saddle** if there are some of both: near by, states come in along some directions and leave along others.
#
# Eigenvalues may be complex; $\lvert \lambda \rvert$ is the modulus.
#
# **Exercise 3 (10 points).** Tell the three kinds apart.

# %% [markdown] hint="kind"
# Ask of each eigenvalue whether its modulus is above 1. Then look at how many of the answers are yes.

# %% [markdown] hint="kind"
# `np.abs` gives the modulus of complex numbers, and the methods `all` and `any` of an array of truth values tell the rest. A
# saddle is what has some above 1, but not all.


# %% nbgrader={"grade": false, "grade_id": "kind", "locked": false, "schema_version": 3, "solution": true, "task": false}
def kind_of(J):
    """ "stable", "unstable" or "saddle", from the Jacobian at a fixed point, shape (n, n)."""
    ### BEGIN SOLUTION
    outside = np.abs(np.linalg.eigvals(J)) > 1
    return "unstable" if outside.all() else "saddle" if outside.any() else "stable"
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_kind", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_equal("kind, eigenvalues 0.5 and -0.9", kind_of(np.diag([0.5, -0.9])), "stable")
check_equal("kind, eigenvalues 0.5 and 1.2", kind_of(np.diag([0.5, 1.2])), "saddle")
check_equal("kind, eigenvalues 1.5 and 1.2", kind_of(np.diag([1.5, 1.2])), "unstable")
### BEGIN HIDDEN TESTS
check_equal("kind, eigenvalues -1.5 and 0.2", kind_of(np.diag([-1.5, 0.2])), "saddle")
check_equal("kind, a turn that grows", kind_of(np.array([[0.8, -0.8], [0.8, 0.8]])), "unstable")
check_equal("kind, a turn that shrinks", kind_of(np.array([[0.6, -0.6], [0.6, 0.6]])), "stable")
check_equal("kind, large entries but small eigenvalues", kind_of(np.array([[0.5, 90.0], [0.0, -0.5]])), "stable")
_rng = np.random.default_rng(73)
_M = _rng.normal(size=(3, 3))
for _values, _kind in (((0.3, -0.8, 0.1), "stable"), ((1.1, -2.0, 0.9), "saddle"), ((1.1, -2.0, 3.0), "unstable")):
    check_equal("kind, a random basis", kind_of(_M @ np.diag(_values) @ np.linalg.inv(_M)), _kind)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# A net of two units, `rnnkit.dynamics.fixed_points`, which takes damped steps (3) from many starts at once, and runs from two
# starts. The arrows show $F(x) - x$, the darker the longer. Asked for `period=2`, the search finds the points to which the
# network comes back after two steps.

# %% tags=["experiment"] alt="Two fields of arrows over the square of both states. Left, one step: stable points in the lower left and the upper right corner, an unstable one near the middle. A run from (0.12, 0.15) goes to the upper right point; one from (-0.3, 0.35) ends jumping between the two other corners. Right, two steps at once: these two corners are stable points as well, so that all four corners are, with a saddle near the middle of each side."
with quiet():  # TensorFlow's start-up log
    from rnnkit import dynamics
    from rnnkit.course.experiments import attractors as lab

W, b = lab.TWO_UNITS
cell = lab.tanh_cell(W, b)  # a Keras cell; any cell will do
starts = np.random.default_rng(0).uniform(-1, 1, (200, 2))
rests = dynamics.fixed_points(cell, starts)
twice = dynamics.fixed_points(cell, starts, period=2)
system = lab.tanh_map(W, b)
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.6), layout="constrained")
phase_portrait(left, lambda x: system.step(x) - x, (-1.1, 1.1, -1.1, 1.1))
for colour, style, start in zip((COLOURS[1], COLOURS[2]), ("o-", "s--"), ([-0.3, 0.35], [0.12, 0.15]), strict=True):
    run = np.vstack([start, system.orbit([start], 12)[0]])
    left.plot(*run.T, style, color=colour, markersize=3.5, linewidth=1, label=f"run from {tuple(start)}")
mark_fixed_points(left, rests.points, rests.kinds)
left.set_title("F(x) − x")
phase_portrait(right, lambda x: system.orbit(x, 2)[:, -1] - x, (-1.1, 1.1, -1.1, 1.1))
mark_fixed_points(right, twice.points, twice.kinds)
right.set_title("F(F(x)) − x: two steps at once")
handles = {
    label: handle for panel in (right, left) for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
}
figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False)
plt.show()

# %% tags=["experiment", "nbval-check-output"]
for point, kind, eigenvalues in zip(rests.points, rests.kinds, rests.eigenvalues, strict=True):
    print(f"x = ({point[0]:6.3f}, {point[1]:6.3f}): {kind}, eigenvalues {eigenvalues[0]:.3f} and {eigenvalues[1]:.3f}")
print(f"period 2: {len(twice.points)} points, {twice.kinds.count('stable')} of them stable")

# %% [markdown]
# Of three fixed points two are stable; from the third all runs flee. But one run reaches neither: it jumps to and fro between two
# corners, a **periodic attractor**. In two steps at once, right, its two points are fixed points like others, and between the
# attractors lie saddles.

# %% [markdown]
# ## Cycles
#
# When the run has settled, one looks whether it comes back: the period is the smallest $p \ge 1$ for which
#
# $$\lVert x(k + p) - x(k) \rVert \le \varepsilon \quad \text{for all } k \text{ for which both are known} \tag{4}$$
#
# A fixed point has the period 1.
#
# **Exercise 4 (15 points).** Find the period (4).

# %% [markdown] hint="period"
# Try the periods from 1 upwards, and stop at the first that fits. For each p, compare the orbit with itself, moved by p steps.

# %% [markdown] hint="period"
# Cut p states off the beginning for one of the two, and p off the end for the other. Each state's distance is the length of a
# row, and the largest of them decides.


# %% nbgrader={"grade": false, "grade_id": "period", "locked": false, "schema_version": 3, "solution": true, "task": false}
def period_of(orbit, longest, epsilon):
    """The period (4) of an orbit.

    orbit: states x(0) ... x(T-1), shape (T, n). longest: the largest p to try, below T.
    Returns p, or 0 if there is none up to the longest.
    """
    ### BEGIN SOLUTION
    for p in range(1, longest + 1):
        if np.linalg.norm(orbit[p:] - orbit[:-p], axis=1).max() <= epsilon:
            return p
    return 0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_period", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_corners = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
check_equal("period of a point at rest", int(period_of(np.ones((9, 2)), 4, 1e-6)), 1)
check_equal("period of a walk around four corners", int(period_of(np.tile(_corners, (5, 1)), 8, 1e-6)), 4)
check_equal("period of a spiral", int(period_of(np.arange(20.0)[:, None] * np.tile(_corners, (5, 1)), 8, 1e-6)), 0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(74)
for _p in (2, 3, 7):
    _cycle = _rng.normal(size=(_p, 3))
    check_equal(f"period of a random cycle of {_p}", int(period_of(np.tile(_cycle, (4, 1)), 9, 1e-6)), _p)
check_equal("period, when it is just the longest", int(period_of(np.tile(_cycle, (4, 1)), 7, 1e-6)), 7)
check_equal("period, when the longest is too short", int(period_of(np.tile(_cycle, (4, 1)), 6, 1e-6)), 0)
check_equal(
    "period with a little noise", int(period_of(np.tile(_cycle, (4, 1)) + 1e-4 * _rng.normal(size=(28, 3)), 9, 1e-2)), 7
)
_late = np.tile(_corners, (5, 1))
_late[0] += 0.5
_kept = _late.copy()
check_equal("period of an orbit that has not settled", int(period_of(_late, 8, 1e-6)), 0)
check_array("the orbit, afterwards", _late, _kept, rtol=0, atol=0)
_seldom = np.zeros((20, 1))
_seldom[[6, 13]] = 1.0
check_equal("period of seldom pulses", int(period_of(_seldom, 9, 1e-6)), 7)
check_equal(
    "period of two coordinates that cancel", int(period_of(np.array([[1.0, -1.0], [2.0, -2.0]] * 6), 3, 1e-6)), 2
)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# Three units. Which start runs where? A plane is cut through the cube of all states at $x_3 = 0$, and each of its points is let go;
# `rnnkit.dynamics.basins` sorts the ends by (4).
#
# The slides ask for more. A network that runs to fixed points can be *unfolded*: infinitely many layers, all F. *There is an alternative FFNN
# interpretation: the corresponding FFNN is one which partitions the state space into basins of attraction; train a "vanilla" FFNN to
# learn basins. Does it have any advantage over unfolding?* So: a classifier with two hidden layers learns the basins from runs from random
# starts in the cube, and unfolded networks of more and more layers are asked the same: to which attractor is
# the last layer nearest? The basins of the states that have settled are what both are compared with.

# %% tags=["experiment"] alt="Three panels. Left, the plane of starts: the upper half mostly runs to a fixed point, the lower half to a cycle of 3, and some bands in the upper half to a cycle of 6; thin strips of each reach into the others. Middle, the same from the feed-forward net, which has the large regions and misses the thin strips. Right, the share of right answers over the layers of the unfolded network: from 0.4 with one layer it rises unevenly, passes the feed-forward net's 0.94 at about 20 and is 1 from some 40 on."
side, examples, hidden = choose(check=(15, 300, (8,)), quick=(80, 4000, (32, 32)), full=(300, 30000, (100, 100)))
net = lab.tanh_map(*lab.THREE_UNITS)
line = np.linspace(-1.05, 1.05, side)
plane = np.stack([*(part.ravel() for part in np.meshgrid(line, line)), np.zeros(side**2)], axis=1)
cube = np.random.default_rng(1).uniform(-1, 1, (examples + 1000, 3))
found = dynamics.basins(net, np.concatenate([plane, cube]), steps=600, tail=100)
names = [
    "fixed point" if one.kind == "fixed point" else f"cycle of {one.period}" if one.period else one.kind
    for one in found.attractors
]
on_plane, in_cube = np.split(found.labels, [len(plane)])
learner = dynamics.fit_basin_network(cube[:examples], in_cube[:examples], hidden, seed=0)
test, truth = cube[examples:], in_cube[examples:]
correct = learner.score(test[truth >= 0], truth[truth >= 0])
points = np.concatenate([one.points for one in found.attractors])
owner = np.repeat(np.arange(len(names)), [len(one.points) for one in found.attractors])
layers = np.unique(np.geomspace(1, choose(check=50, quick=600, full=2000), 40).astype(int))
unfolded = net.orbit(test, layers[-1])[:, layers - 1]
nearest = owner[np.linalg.norm(unfolded[:, :, None] - points, axis=3).argmin(axis=2)]
right_unfolded = (nearest == truth[:, None])[truth >= 0].mean(axis=0)

figure, panels = plt.subplots(1, 3, figsize=(12, 3.9), layout="constrained")
limits = (-1.05, 1.05, -1.05, 1.05)
basin_map(panels[0], on_plane.reshape(side, side), limits, names, [one.points[:, :2] for one in found.attractors])
panels[0].set_title("where each start runs to")
basin_map(panels[1], learner.predict(plane).reshape(side, side), limits, names)
panels[1].set_title("what the feed-forward net says")
panels[2].semilogx(
    layers, right_unfolded, "o-", color=COLOURS[0], markersize=3.5, label="unfolded: layers that are all F"
)
panels[2].axhline(correct, color=COLOURS[5], linestyle="--", label=f"feed-forward, {len(hidden)} hidden layers")
panels[2].set(xlabel="layers of the unfolded network", ylabel="right, held-out starts", ylim=(0, 1.03))
panels[2].grid(alpha=0.3)
panels[2].legend(frameon=False, loc="lower right")
handles = dict(zip(*panels[0].get_legend_handles_labels()[::-1], strict=True))
figure.legend(handles.values(), handles.keys(), loc="outside lower left", ncols=len(handles), frameon=False)
plt.show()
for i, name in enumerate(names):
    print(f"{name}: reached by {(in_cube == i).mean():.1%} of the random starts")
print(f"feed-forward net: {correct:.1%} of {(truth >= 0).sum()} held-out starts right")

# %% [markdown]
# The points drawn left are the attractors', seen from above. The learnt net needs two layers and no step of the recurrent one, and is
# right nearly everywhere, but where basins are thin. Unfolded, the net must be some twenty layers deep to be as good; deeper still it
# makes no error any more, which the learnt one never reaches. That is the advantage, and its price.

# %% [markdown]
# ## Chaos
#
# The third kind of attractor never repeats. Two states close together part there at an exponential rate, on average $e^{\lambda_1}$ a step.
# $\lambda_1$ is the largest **Lyapunov exponent**; there are n. To find all, one carries n directions along, the columns of Q. A
# step of the network turns them to $J Q$; all would soon point along the fastest, so that they are made orthogonal again by a
# QR decomposition, and how much each has grown is read off the diagonal:
#
# $$Q(k)\, R(k) = J(k)\, Q(k-1), \qquad \lambda_i = \frac1T \sum_{k=1}^T \ln \lvert R_{ii}(k) \rvert \tag{5}$$
#
# **Exercise 5 (15 points).** Write one step of (5).

# %% [markdown] hint="qr_step"
# First turn the directions, then make them orthogonal again. `np.linalg.qr` does the second in one call.

# %% [markdown] hint="qr_step"
# The directions are columns, so the Jacobian stands on their left. The diagonal of R may have minus signs, which say nothing of
# growth.


# %% nbgrader={"grade": false, "grade_id": "qr_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def qr_step(Q, J):
    """One step of (5).

    Q: the directions before, orthogonal columns of length 1, shape (n, n). J: the Jacobian, shape (n, n).
    Returns the new Q, shape (n, n), and ln |R_ii|, shape (n,).
    """
    ### BEGIN SOLUTION
    Q, R = np.linalg.qr(J @ Q)
    return Q, np.log(np.abs(np.diag(R)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_qr_step", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_Q, _growth = qr_step(np.eye(2), np.diag([np.e, np.e**-2]))
check_array("growth along the axes", _growth, [1.0, -2.0])
check_array("Q along the axes, but for signs", np.abs(_Q), np.eye(2))
_start, _J = np.eye(2), np.array([[3.0, 1.0], [4.0, 1.0]])
_Q, _growth = qr_step(_start, _J)
check_array("growth of a slanted J", _growth, [np.log(5), np.log(0.2)])
check_array("Q of a slanted J, but for signs", np.abs(_Q), [[0.6, 0.8], [0.8, 0.6]])
check_array("the directions handed in, afterwards", _start, np.eye(2), rtol=0, atol=0)
check_array("J, afterwards", _J, [[3.0, 1.0], [4.0, 1.0]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(75)
_start = np.linalg.qr(_rng.normal(size=(4, 4)))[0]
_J = _rng.normal(size=(4, 4))
_before = [_start.copy(), _J.copy()]
_Q, _growth = (np.asarray(part) for part in qr_step(_start, _J))
check_array("the directions handed in, afterwards", _start, _before[0], rtol=0, atol=0)
check_array("J, afterwards", _J, _before[1], rtol=0, atol=0)
# Gram and Schmidt, one column after the other.
_kept, _lengths = [], []
for _column in (_J @ _start).T:
    for _one in _kept:
        _column = _column - (_one @ _column) * _one
    _lengths.append(np.sqrt(_column @ _column))
    _kept.append(_column / _lengths[-1])
check_array("growth, random", _growth, np.log(_lengths))
check_array("Q, random, but for signs", np.abs(_Q), np.abs(np.transpose(_kept)))
check_array("Qᵀ Q", _Q.T @ _Q, np.eye(4), atol=1e-8)
# The Hénon map contracts areas by 0.3 at every point.
_Q, _total, _x = np.eye(2), np.zeros(2), np.array([0.1, 0.1])
for _ in range(60):
    _Q, _growth = (np.asarray(part) for part in qr_step(_Q, np.array([[-2.8 * _x[0], 1.0], [0.3, 0.0]])))
    _total, _x = _total + _growth, np.array([1 - 1.4 * _x[0] ** 2 + _x[1], 0.3 * _x[0]])
check_array("sum of the exponents of Hénon's map", _total.sum() / 60, np.log(0.3))
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment: a road to chaos
#
# Two sigmoid units, of which one excites and one inhibits both, and a gain γ on all weights. For each γ the values that $x_1$ takes in the long
# run, and below the largest exponent: below zero for cycles, above zero for chaos.

# %% tags=["experiment"] alt="Two panels over the gain, 1 to 6. Above, the values of x1 in the long run: one up to 1.25, then two, four at 2.2, eight at 2.5, and from about 2.6 on whole bands, broken by windows with few values, the widest from 4.3 to 4.7. Below, the largest exponent: it touches 0 at each doubling, is above 0 in the bands, up to 0.5, and falls below 0 in the windows."
gains = np.linspace(1.0, 6.0, choose(check=60, quick=800, full=3000))
pair = lab.two_neurons(gains)
begin = np.tile([[0.3, 0.6]], (len(gains), 1))
settled = pair.orbit(begin, 1000)[:, -1]
exponents = dynamics.lyapunov_spectrum(pair, settled, choose(check=50, quick=600, full=2000), transient=0)
figure, (top, bottom) = plt.subplots(2, figsize=(10, 5), layout="constrained", sharex=True, height_ratios=(1.6, 1))
bifurcation(
    top,
    gains,
    pair.orbit(settled, choose(check=50, quick=200, full=400))[:, :, 0],
    name="",
    unit="$x_1$, in the long run",
)
exponent_curve(bottom, gains, exponents[:, 0], name=r"gain $\gamma$")
bottom.set_ylim(-1.5, 0.8)
plt.show()

# %% [markdown]
# **Try this.** Two starts that differ by a millionth. For which gains do they stay together, and where does the state go then?
# (In a live notebook there is a slider; elsewhere the picture is the one for the gain to begin with.)


# %% tags=["experiment"] alt="Left, the first state over 80 steps from two starts, gain 3: both jump between 0.54 and 1 on top of each other for about 35 steps, then each its own way. Right, the states of steps 200 to 400: points along a bent line that rises from (0.54, 0.68) to (1, 1)."
def two_starts(figure, gain):
    runs = lab.two_neurons(np.full(2, gain)).orbit(np.array([[0.3, 0.6], [0.300001, 0.6]]), 400)
    left, right = figure.subplots(1, 2, width_ratios=(1.8, 1))
    for run, colour, style, start in zip(
        runs, COLOURS, ("-", "--"), ("one start", "a millionth beside it"), strict=False
    ):
        left.plot(run[:80, 0], style, color=colour, label=start)
    left.legend(loc="lower left", frameon=False)
    left.set(xlabel="step", ylabel="$x_1$", ylim=(0, 1))
    right.plot(*runs[0, 200:].T, "o", color=COLOURS[0], markersize=3)
    right.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(0, 1), ylim=(0, 1), title="steps 200 to 400")
    for panel in (left, right):
        panel.grid(alpha=0.3)


explore(two_starts, size=(9, 3.4), gain=(1.0, 6.0, 3.0))

# %% [markdown]
# ### The experiment: gated cells
#
# Laurent and von Brecht print weights of two units with which a GRU and an LSTM without input are chaotic. Their own network, the
# chaos-free one (CFN), falls asleep instead, whatever its weights. Here are the GRU's attractor, a part of it enlarged, and the distance of
# two states that start 1e-7 apart.

# %% tags=["experiment"] alt="Three panels. Left, the GRU's attractor, a curved and folded band of fine lines. Middle, a part of it enlarged: each line consists of finer ones. Right, the distance of two states over 150 steps, logarithmic: GRU and LSTM grow from 1e-8 to about 1 in 80 to 90 steps, as steeply as the dotted exponential of rate 0.22, and stay there; the CFN falls below 1e-16 in 30 steps."
orbits, transient, steps = choose(check=(20, 30, 40), quick=(300, 150, 300), full=(2000, 500, 1000))
rng = np.random.default_rng(2)
cells = {name: lab.laurent_von_brecht(name) for name in ("GRU", "LSTM", "CFN")}
spectra = {}
for name, cell in cells.items():
    cube = rng.uniform(size=(50, 4 if name == "LSTM" else 2))
    spectra[name] = dynamics.lyapunov_spectrum(cell, cube, steps, transient=transient)
    print(f"{name}: exponents {', '.join(f'{value:.3f}' for value in spectra[name].mean(axis=0))} a step")
gru = dynamics.as_map(cells["GRU"])
cloud = gru.orbit(rng.uniform(size=(orbits, 2)), transient + steps)[:, transient:]

figure, (whole, part, apart) = plt.subplots(1, 3, figsize=(12, 3.9), layout="constrained")
state_cloud(whole, cloud)
whole.set(title="GRU, no input", xlabel="$h_1$", ylabel="$h_2$")
state_cloud(part, cloud, size=2)
centre, half = np.median(cloud.reshape(-1, 2), axis=0), 0.25
part.set(xlim=(centre[0] - half, centre[0] + half), ylim=(centre[1] - half, centre[1] + half))
part.set(title="a part of it", xlabel="$h_1$", ylabel="")
whole.add_patch(plt.Rectangle(centre - half, 2 * half, 2 * half, fill=False, edgecolor="black"))
time = np.arange(1, 151)
for colour, style, (name, cell) in zip(COLOURS, ("-", "--", "-."), cells.items(), strict=False):
    size = spectra[name].shape[1]
    pairs = rng.uniform(size=(20, size))
    runs = dynamics.as_map(cell).orbit(np.concatenate([pairs, pairs + 1e-7 / np.sqrt(size)]), 150)
    distance = np.exp(np.log(np.linalg.norm(runs[:20] - runs[20:], axis=2) + 1e-20).mean(axis=0))
    apart.semilogy(time, distance, style, color=colour, label=name)
rate = spectra["GRU"][:, 0].mean()
shown = time[:70]
apart.semilogy(shown, 1e-7 * np.exp(rate * shown), ":", color="black", label=rf"$10^{{-7}} e^{{{rate:.2f}\, k}}$")
apart.set(
    xlabel="step k", ylabel="distance (geometric mean of 20 pairs)", ylim=(1e-16, 10), title="1e-7 apart at the start"
)
apart.legend(frameon=False, loc="lower right")
apart.grid(alpha=0.3)
plt.show()

# %% [markdown]
# The exponent says how far ahead a network can be predicted: each step multiplies an error by $e^{\lambda_1}$, about 1.25 here. Is that to be
# seen in the **spectral radius** ρ of J, the largest modulus of its eigenvalues, step by step? Below, ρ along runs, next to the exponents:

# %% tags=["experiment"] alt="Line plot of the share of steps whose spectral radius is below a value, from 0.1 to 25 on a logarithmic axis. The CFN is at 0.5 in all steps. The GRU runs from 0.14 to 3, with 38 percent of its steps below 1. The LSTM runs from 0.4 to 20; about a third of its steps are at 1 or below."
figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
length = choose(check=60, quick=300, full=1000)
radii = {}
for colour, style, (name, cell) in zip(COLOURS, ("-", "--", "-."), cells.items(), strict=False):
    size = spectra[name].shape[1]
    start = dynamics.as_map(cell).orbit(rng.uniform(size=(30, size)), 50)[:, -1]
    state = [start] if size == 2 else np.split(start, 2, axis=1)
    radii[name] = dynamics.spectral_radii(cell, np.zeros((30, length, 1)), state)
    ordered = np.sort(radii[name].ravel())
    axes.semilogx(ordered, np.linspace(0, 1, len(ordered)), style, color=colour, label=name)
axes.axvline(1, color="black", linewidth=0.8)
axes.set(xlabel=r"spectral radius $\rho$ of J(k)", ylabel="share of steps below", xlim=(0.1, None))
axes.legend(frameon=False)
axes.grid(alpha=0.3)
plt.show()
for name in cells:
    logs = np.log(np.maximum(radii[name], 1e-300))
    print(
        f"{name}: ρ above 1 in {(radii[name] > 1).mean():.0%} of the steps, mean ln ρ {logs.mean():.2f}, λ₁ {spectra[name][:, 0].mean():.2f}"
    )

# %% [markdown]
# A chaotic network is not one whose Jacobians all have a radius above 1: it is so in a part of the steps only, and the mean of
# ln ρ is not the exponent either, since the directions of one step's eigenvectors are not those of the next.

# %% [markdown]
# ## Continuous time
#
# L5's network in continuous time, and a step of Euler's method for it:
#
# $$\tau \frac{dx}{dt} = -x + W \tanh(x) + h, \qquad x(t + \delta) \approx x + \frac{\delta}{\tau}\big(-x + W \tanh(x) + h\big) \tag{6}$$
#
# **Exercise 6 (15 points).** Write Euler's step of (6).

# %% [markdown] hint="euler"
# Write the slope first, all that stands in the brackets of (6), and check with a network of one unit that it is 0 where x rests.

# %% [markdown] hint="euler"
# Tanh comes before the product with W here. δ/τ has one entry for each unit, and multiplies entry by entry. Return a new array.


# %% nbgrader={"grade": false, "grade_id": "euler", "locked": false, "schema_version": 3, "solution": true, "task": false}
def euler_step(x, W, h, tau, delta):
    """The state a time delta later, (6).

    x: shape (n,). W: shape (n, n). h: shape (n,). tau: one for each unit, shape (n,). delta: a number.
    Returns shape (n,).
    """
    ### BEGIN SOLUTION
    return x + delta / tau * (-x + W @ np.tanh(x) + h)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_euler", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_x = np.array([1.0, 0.0])
check_array(
    "no coupling: a leak towards h",
    euler_step(_x, np.zeros((2, 2)), np.array([0.0, 3.0]), np.array([2.0, 6.0]), 0.5),
    [0.75, 0.25],
)
check_array("the state, afterwards", _x, [1.0, 0.0], rtol=0, atol=0)
check_array(
    "a step of τ forgets the old x",
    euler_step(np.array([0.5, -0.5]), np.array([[0.0, 1.0], [2.0, 0.0]]), np.zeros(2), np.ones(2), 1.0),
    [-0.46211716, 0.92423431],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(76)
_W, _x, _h = _rng.normal(size=(5, 5)), _rng.normal(size=5), _rng.normal(size=5)
_tau = _rng.uniform(0.5, 3.0, 5)
_expected = [
    _x[i] + 0.07 / _tau[i] * (-_x[i] + sum(_W[i, j] * np.tanh(_x[j]) for j in range(5)) + _h[i]) for i in range(5)
]
_kept = _x.copy()
check_array("a random net", euler_step(_x, _W, _h, _tau, 0.07), _expected)
check_array("the state, afterwards", _x, _kept, rtol=0, atol=0)
_now = np.array([2.0])
for _ in range(1000):
    _now = np.asarray(euler_step(_now, np.zeros((1, 1)), np.zeros(1), np.array([1.5]), 1e-3))
check_array("decay over a time of 1 with τ = 1.5", _now, [2 * np.exp(-1 / 1.5)], rtol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# ## What networks can be
#
# A single hidden layer is enough for any function, says L5's **universal approximation theorem**: for a smooth f and any ε > 0
# there are n, $v_i$, $w_i$ and $b_i$ such that
#
# $$F(x) = \sum_{i=1}^{n} v_i\,\sigma\big(w_i^\top x + b_i\big), \qquad \lvert F(x) - f(x) \rvert < \varepsilon \tag{7}$$
#
# **Erratum.** The slide has (7) for all x in $\mathbb R^n$. It holds on a bounded, closed set. F itself is bounded, so that it leaves
# $f(x) = x$ behind sooner or later. And the theorem says that the numbers exist, not how many units they take,
# nor how to find them. Below, the first weights are random and only the $v_i$ are fitted, on −3 to 3, from three starts for each n.

# %% tags=["experiment"] alt="Left, a wave over x from -6 to 6. In the grey part, -3 to 3, the network of 5 units follows only its slope, those of 10 and 40 units hide it; outside, all three run away from it, those of 10 and 40 units out of the picture within two. Right, the largest error between -3 and 3 over the number of units, logarithmic: about 1 with 3 and 5 units, 0.1 to 0.4 with 10, 0.002 to 0.03 with 20, less than 0.0001 with 40."
wave = lambda x: np.sin(3 * x) * np.exp(-(x**2) / 4) + x / 3  # noqa: E731
seen, wide = np.linspace(-3, 3, 601)[:, None], np.linspace(-6, 6, 601)[:, None]
layers_of = {n: [lab.fit_field(seen, wave(seen), n, seed, tau=np.inf) for seed in range(3)] for n in (3, 5, 10, 20, 40)}
worst = {n: [np.abs(F.slope(seen) - wave(seen)).max() for F in nets] for n, nets in layers_of.items()}
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
left.axvspan(-3, 3, color="0.92", zorder=0)
left.plot(wide, wave(wide), color="black", linewidth=3, label="f")
for colour, style, n in zip(COLOURS, (":", "--", "-"), (5, 10, 40), strict=False):
    left.plot(wide, layers_of[n][0].slope(wide), style, color=colour, label=f"F, {n} units")
left.set(xlabel="x (grey: fitted)", ylabel="f(x), F(x)", ylim=(-3, 3))
left.legend(frameon=False, fontsize="small")
right.semilogy(list(worst), list(worst.values()), "o", color=COLOURS[0])
right.set(xlabel="hidden units", ylabel="largest error from −3 to 3")
right.grid(alpha=0.3)
plt.show()
for n, errors in worst.items():
    print(f"{n:2d} units: largest error {', '.join(f'{error:.1g}' for error in errors)}")

# %% [markdown]
# For a recurrent network the theorem is one about systems, and the hidden layer's fit is the way to it.
#
# ### The experiment: a network becomes an oscillator
#
# Funahashi and Nakamura's theorem: the trajectories of any smooth system can be approximated by such a network, to any accuracy,
# **over a finite time**. The way there: fit the slopes of the system with one hidden layer,
# $dy/dt \approx -y/\tau + C \tanh(A y + b)$. With $x = A y + b$ that *is* a network (6), with $W = \tau A C$ and $h = b$.
#
# The system is van der Pol's oscillator, $y_1' = y_2,\ y_2' = (1 - y_1^2)\, y_2 - y_1$, whose limit cycle has the period 6.6633 and the
# amplitude 2.0086. Three networks of 100 units have seen its slopes all over the plane.

# %% tags=["experiment"] alt="Animation. Left, the plane of both coordinates: from near 0 the network of 100 units and the oscillator spiral out to the same slanted limit cycle and go round it together. Right, the first coordinate up to time 30: both curves swing between -2 and 2, on top of each other."
DT = 0.1
START, SEEDS, long = [0.1, 0.0], range(choose(check=1, quick=3, full=10)), choose(check=200, quick=800, full=3000)
truth = lab.oscillation(START, long, DT)
cycle = lab.oscillation(lab.oscillation(START, 1000, DT)[-1], 7000, 0.001)
fits = []
for seed in SEEDS:
    y = lab.fit_plane(100, seed).follow(START, long, DT)[0]
    fits.append((y, *dynamics.period_and_amplitude(y[-min(long - 100, 700) :, 0], DT)))
    print(f"seed {seed}: period {fits[-1][1]:.4f}, amplitude {fits[-1][2]:.4f}")
shown = choose(check=60, quick=300, full=600)
path = phase_animation(
    build_dir() / "pictures" / "van_der_pol.gif",
    {"network of 100 units": fits[0][0][:shown], "oscillator": truth[:shown]},
    DT,
    stride=choose(check=20, quick=5, full=3),
)
Image(filename=path)

# %% [markdown]
# Where does a finite-time theorem stop helping? Two ways. **Left**, networks of 60, 80 and 100 units that have seen the whole plane: the error
# grows with time (that of the largest too slowly to be seen here), since a period that is a little wrong puts the network out of step in
# the end, while its distance from the *cycle* does not grow: the attractor is right where the trajectory is not. **Right**, networks of 20 units that have
# seen only what the theorem speaks of, the trajectory up to t = 5, on its way out to the cycle (the first three seeds, as they come).
# Up to there they are excellent. After it each does something else: a smaller cycle, a larger one, or none.

# %% tags=["experiment"] alt="Three panels. Left, networks of 60, 80 and 100 units: the largest error so far rises within 8 time units to 0.4, 0.2 and 0.09, then slowly on for the first two, up to 0.8; the distance from the cycle stays at 0.02, 0.016 and 0.004. Middle, three networks that saw one trajectory up to time 5, on top of each other there: after it one ends on a smaller cycle than the oscillator's, one on a much larger one, and one leaves the picture downwards. Right, their errors: below 1e-6 up to time 5, then within two time units about 1, later up to 30."
HORIZON, FINE = 5.0, 0.05
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12.5, 3.8), layout="constrained")
t = DT * np.arange(1, long + 1)
sizes = {units: lab.fit_plane(units, 0).follow(START, long, DT)[0] for units in (60, 80)} | {100: fits[0][0]}
late = t > t[-1] / 4
for colour, (units, y) in zip(COLOURS, sizes.items(), strict=False):
    error = np.maximum.accumulate(np.linalg.norm(y - truth, axis=1))
    off = np.maximum.accumulate(lab.distance_to(cycle, y[late]))
    left.semilogy(t, error, "-", color=colour, label=f"{units} units")
    left.semilogy(t[late], off, ":", color=colour, linewidth=2)
left.plot([], [], ":", color="black", linewidth=2, label="distance from the cycle")
left.plot([], [], "-", color="black", label="error")
left.set(xlabel="time t", ylabel="largest until then", title="fitted to the whole plane", ylim=(1e-4, 100))
beyond = round(choose(check=15, quick=60, full=60) / FINE)
exact = lab.oscillation(START, beyond, FINE)
middle.plot(*cycle.T, color="0.6", linewidth=3, label="the oscillator's cycle")
within, after = [], []
for colour, style, seed in zip((COLOURS[0], COLOURS[2], COLOURS[3]), ("-", "--", "-."), (0, 1, 2), strict=True):
    y = lab.fit_trajectory(START, HORIZON, 20, seed).follow(START, beyond, FINE)[0]
    error = np.linalg.norm(y - exact, axis=1)
    inside = round(HORIZON / FINE)
    within.append(error[:inside].max())
    after.append(error[inside:].max())
    middle.plot(*y.T, style, color=colour, linewidth=1.1, label=f"network {seed}")
    right.semilogy(FINE * np.arange(1, beyond + 1), error, style, color=colour, label=f"network {seed}")
middle.plot(*exact[:inside].T, color="black", linewidth=2.2, label="what the networks saw")
middle.set(xlabel="$y_1$", ylabel="$y_2$", xlim=(-5, 5), ylim=(-7, 7), title="fitted to one trajectory, t ≤ 5")
right.axvspan(0, HORIZON, color="0.9", zorder=0)
right.set(xlabel="time t", ylabel="error", title="the same networks", xlim=(0, 30), ylim=(1e-8, 100))
for panel in (left, right):
    panel.grid(alpha=0.3)
left.legend(frameon=False, ncols=2, fontsize="small", loc="upper center")
handles = dict(zip(*middle.get_legend_handles_labels()[::-1], strict=True))
figure.legend(handles.values(), handles.keys(), loc="outside lower right", ncols=5, frameon=False)
plt.show()
print(f"up to t = 5: error at most {max(within):.1e}; after it up to {', '.join(f'{error:.0f}' for error in after)}")

# %% [markdown]
# ### The experiment: a network becomes an LSTM
#
# L5 draws a conclusion: with its state $s = [y, c]$ an LSTM is a dynamical system too, so a network (6) approximates it, *in
# the absence of input (I think)*. With an input the system would be another one at each step; without, it is one map,
# $s(k) = F\big(s(k-1)\big)$. It has steps, not the "continuous time evolution" of the slide, so (6) takes steps as well: Euler's with
# δ = τ,
#
# $$x(k) = W \tanh\big(x(k-1)\big) + h, \qquad F(s) \approx C \tanh(A\,s + b), \quad x = A s + b, \quad W = A C, \quad h = b \tag{8}$$
#
# Laurent and von Brecht's LSTM of above, and a tame one with its weights divided by 20, which comes to a cycle. Both are run from
# 3,000 states all over the place for a few steps, networks of more and more units are fitted by least squares, and then both run alone.

# %% tags=["experiment"] alt="Two panels, error over 60 steps on a logarithmic axis, for networks of 50, 200 and 400 units. Left, the tame LSTM: with 50 units the error rises from 0.06 to 0.15, with 200 it goes from 0.03 to 0.05, with 400 it stays at 0.02. Right, the chaotic LSTM: with all three the error is about 0.2 to 0.3 at the first step and 0.5 from step 8 on."
alone = choose(check=5, quick=60, full=200)
sizes_of_nets = choose(check=(10, 20), quick=(50, 200, 400), full=(50, 200, 800))
first = np.random.default_rng(9).uniform(-1, 1, size=(50, 4))
figure, panels = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained", sharey=True)
for panel, (title, lstm) in zip(
    panels, {"tame LSTM": lab.tame_lstm(), "chaotic LSTM": lab.laurent_von_brecht("LSTM")}.items(), strict=True
):
    exact = dynamics.as_map(lstm).orbit(first, alone)
    for colour, style, units in zip(COLOURS, (":", "--", "-"), sizes_of_nets, strict=False):
        said = lab.fit_lstm(lstm, units, 0).follow(first, alone, 1.0, "euler")
        error = np.sqrt(np.mean((said - exact) ** 2, axis=(0, 2)))
        panel.semilogy(np.arange(1, alone + 1), error, style, color=colour, label=f"{units} units")
        print(f"{title}, {units} units: RMSE {error[0]:.3f} after one step, {error[-1]:.3f} after {alone}")
    panel.set(xlabel="step k", title=title)
    panel.grid(alpha=0.3)
panels[0].set(ylabel="RMSE of y and c, 50 starts", ylim=(0.01, 1))
panels[1].legend(frameon=False)
plt.show()

# %% [markdown]
# So it can be done, and the more units, the better; that is all the theorem says. The tame LSTM of two cells takes some hundred units, since
# products of gates are not what a single tanh layer is good at. The chaotic one, whose gates open and close between states that are
# a tenth apart, is missed by 0.2 at the first step already by networks of these sizes, and chaos makes the most of each error.

# %% tags=["experiment"]
periods, amplitudes = (np.array([fit[i] for fit in fits]) for i in (1, 2))
off_period, off_amplitude = np.abs(periods / lab.PERIOD - 1).max(), np.abs(amplitudes / lab.AMPLITUDE - 1).max()
asleep = np.abs(dynamics.as_map(cells["CFN"]).orbit(rng.uniform(size=(100, 2)), 200)[:, -1]).max()
chaos = [spectra[name][:, 0].mean() for name in ("GRU", "LSTM")]
report_result(
    figure=f"exponents: GRU {chaos[0]:.2f}, LSTM {chaos[1]:.2f} a step, CFN asleep ({asleep:.0e} after 200); basins learnt "
    f"{100 * correct:.0f} %; an oscillator's period {periods.mean():.3f}, amplitude {amplitudes.mean():.3f}",
    baseline="published: chaos and no chaos; van der Pol 6.6633, 2.0086",
    holds=bool(min(chaos) > 0.15 and asleep < 1e-10 and off_period < 0.02 and off_amplitude < 0.02),
)

# %% [markdown]
# ## Question (15 points, marked by hand)
#
# A network was trained until its free run followed a measured oscillation of ten periods with a very small error. A colleague concludes
# that it has learnt the oscillator and will go on for ever. Is that so? Say what can happen after the tenth period, with what you saw
# above; what a small error over a finite time does not tell; and which two or three things you would look at in the network itself before you agreed.

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# It does not follow. The theorem, like the error, speaks of a finite time. Three things can happen later: the network may stay on
# the right cycle with a slightly wrong period, so that its phase drifts and the error grows although the oscillation is right; it may be on a
# trajectory that only passes by and later leave for another attractor, a fixed point or another cycle, or to infinity; or it may be chaotic with a small
# exponent, so that errors grow slowly at first.
#
# A small error over ten periods says that the vector field is right along the path that was seen, where the data were. It says
# nothing of the field off the path, and it is the field off the path that decides whether a small deviation is pulled back, that is, whether the cycle
# attracts.
#
# I would look (1) whether the cycle attracts: start from many states around it and see whether they come back (its basin), or take the eigenvalues of the
# product of Jacobians over one period, or the Lyapunov exponents: the largest must be 0 (along the cycle), all others below it; (2) what other attractors
# there are: fixed points and their stability from many starts, and how near their basins come; (3) the period and amplitude over a long free run,
# against the measured ones, since that is what stays meaningful when the phase has drifted.
# ### END SOLUTION
