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
#       - write Hebb's rule and the update of a Hopfield network, and say why its energy cannot rise;
#       - compute the exact likelihood of a small Boltzmann machine, and say why that of a large one cannot be computed;
#       - write a restricted Boltzmann machine's probabilities, its free energy and a step of CD-1, and check them by
#         enumeration;
#       - turn any Boltzmann machine into a restricted one with the same distribution.
#     prerequisites:
#       - NumPy's arrays, their shapes and sums along an axis;
#       - conditional probabilities, and what independent means;
#       - eigenvalues and eigenvectors of a symmetric matrix, for exercise 6.
#     minutes: 180
#     difficulty: medium
#     exercises:
#       hebb: {title: Hebb's rule, difficulty: easy}
#       sweep: {title: 'Energy, and one unit at a time', difficulty: easy}
#       log_likelihood: {title: The exact likelihood, difficulty: medium, uses: [numpy, itertools]}
#       rbm: {title: What the two layers say of each other, difficulty: medium}
#       contrastive: {title: A step of contrastive divergence, difficulty: medium}
#       hubbard: {title: One network is the other, difficulty: hard}
#       question: {title: All at once or one at a time, difficulty: hard}
#     self_test:
#       - question: A Hopfield network without biases has the stored pattern ξ as a minimum of its energy. What about
#           −ξ, all of its units the other way round?
#         choices:
#           - It has the highest energy of all.
#           - It is a minimum of the same energy.
#           - It is no fixed point, because nobody has stored it.
#         answer: b
#         why: In (2) each term has two units, and the two minus signs cancel. By (3) all fields change their signs
#           with the units, so each unit stays as it is. Who stores a picture stores its negative as well.
#       - question: All couplings and biases of a Boltzmann machine are doubled. What becomes of its distribution?
#         choices:
#           - Nothing, since Z grows as well.
#           - All states become more alike in probability.
#           - The states of low energy become more probable still, as at half the temperature.
#         answer: c
#         why: All energies are doubled, so by (5) the ratio of two states' probabilities is squared. Z only sees to
#           it that the probabilities have the sum 1. The temperature is in J and b.
#       - question: An RBM of 9 visible and 8 hidden units is to give the exact probability of a picture. Over how many
#           states must Z be summed at least, with (8)?
#         choices:
#           - $2^{17}$
#           - $2^9$ or $2^8$
#           - '14'
#         answer: b
#         why: The units of one layer do not see each other, so (8) sums over all of the hidden layer's states in one
#           product. What is left is the sum over the visible states, or, the other way round, over the hidden ones.
#       - question: CD-1 has learnt, and each picture of the data comes back nearly unchanged after one step of Gibbs
#           sampling. Are then the pictures that the model draws good ones?
#         choices:
#           - Not necessarily. States far from the data have not been looked at.
#           - Yes. The error of reconstruction is minus the likelihood.
#           - Yes, if there are enough hidden units.
#         answer: a
#         why: One step from the data does not leave its neighbourhood. What probability the model has given to other
#           states is in Z, and so in the likelihood, but not in the reconstruction.
#     key_points:
#       - Symmetric couplings and one unit at a time make the energy fall; its minima are memories, wanted and unwanted.
#       - Hebb's rule holds about 0.138 random patterns a unit; patterns that are alike it mixes long before.
#       - At a temperature the same network has a distribution. Its gradient is what the data does minus what the model
#         does, and the second part is the hard one.
#       - Two layers without couplings inside make both layers independent given the other, which is why RBMs can be
#         drawn from and summed.
#       - A model that draws is judged by its likelihood, features by what can be done with them; a good one of the
#         first kind may be a poor one of the second.
#     sources:
#       - 'M. Smart, Introduction to Recurrent Neural Nets (2020), the slides on Hopfield networks and Boltzmann machines.'
#       - 'J. J. Hopfield, Neural networks and physical systems with emergent collective computational abilities (1982), [doi 10.1073/pnas.79.8.2554](https://doi.org/10.1073/pnas.79.8.2554).'
#       - 'G. E. Hinton, Training Products of Experts by Minimizing Contrastive Divergence (2002), [doi 10.1162/089976602760128018](https://doi.org/10.1162/089976602760128018).'
# ---

# %% [markdown]
# # 8 · Energy
#
# A recurrent network with symmetric couplings has an energy. Let it run, and the energy goes down until it has found a
# minimum: **a memory**. Let it run at a temperature, and it visits each state as often as its energy allows: **a
# distribution**, which can be learnt from data. You will write both, and two tricks that make learning possible:
# a layer of hidden units that do not see each other, and a Gaussian integral that turns one kind of network into the other.
#
# The equations are those of M. Smart, *Introduction to Recurrent Neural Nets* (2020), and of N. Mohajerin's ME 780
# lecture 5 (2017), which gives Hopfield's year as 1985; the network is from 1982.

# %%
import itertools

import numpy as np

from rnnkit.course.teaching import check_array, check_equal

print(f"NumPy {np.__version__}")

# %% [markdown]
# That is all that the exercises need. The experiments need more:

# %% tags=["experiment"]
import matplotlib.pyplot as plt
from IPython.display import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from rnnkit.course.experiments import energy as energy_lab
from rnnkit.course.paths import build_dir
from rnnkit.course.teaching import choose, explore, profile, report_result
from rnnkit.datasets import bars_and_stripes
from rnnkit.energy import (
    CRITICAL_TEMPERATURE,
    DBN,
    BoltzmannMachine,
    DBNClassifier,
    Hopfield,
    all_states,
    capacity_curve,
    hubbard_stratonovich,
    overlap,
)
from rnnkit.plots.likelihood_curves import likelihood_curves
from rnnkit.plots.overlap_curve import overlap_curve
from rnnkit.plots.picture_grid import picture_grid
from rnnkit.plots.probabilities import probabilities
from rnnkit.plots.recall_animation import recall_animation

print(f"profile {profile()}")

# %% [markdown]
# ## A memory
#
# n units $x_i$, each −1 or +1, with symmetric couplings $J_{ik} = J_{ki}$ and none of a unit with itself, $J_{ii} = 0$. Hebb's
# rule stores M patterns $\xi^1 \dots \xi^M$ in the couplings: units that are equal in many patterns support each other,
#
# $$J_{ik} = \frac1n \sum_{\mu=1}^M \xi^\mu_i\,\xi^\mu_k \quad (i \ne k), \qquad J_{ii} = 0 \tag{1}$$
#
# **Exercise 1 (10 points).** Write (1).

# %% [markdown] hint="hebb"
# The sum over the patterns of products of two units is a product of two matrices. Which of the two axes of `patterns`
# is summed over, and which must therefore stand inside?

# %% [markdown] hint="hebb"
# The product has an entry for each pair of units, those of a unit with itself included. They are all alike, and (1)
# says what stands there instead; `np.fill_diagonal` changes a matrix in place.


# %% nbgrader={"grade": false, "grade_id": "hebb", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hebb(patterns):
    """The couplings (1).

    patterns: −1 and +1, shape (M, n).
    Returns J, shape (n, n).
    """
    ### BEGIN SOLUTION
    J = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(J, 0.0)
    return J
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_hebb", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_array("J of one pattern", hebb(np.array([[1.0, -1.0]])), [[0.0, -0.5], [-0.5, 0.0]])
two = np.array([[1.0, 1.0, -1.0, 1.0], [1.0, -1.0, -1.0, 1.0]])
check_array(
    "J of two patterns",
    hebb(two),
    [[0.0, 0.0, -0.5, 0.5], [0.0, 0.0, 0.0, 0.0], [-0.5, 0.0, 0.0, -0.5], [0.5, 0.0, -0.5, 0.0]],
)
check_array("the patterns, afterwards", two, [[1, 1, -1, 1], [1, -1, -1, 1]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_patterns = np.random.default_rng(81).choice([-1.0, 1.0], size=(3, 7))
_kept = _patterns.copy()
_expected = np.zeros((7, 7))
for _i in range(7):
    for _k in range(7):
        if _i != _k:
            _expected[_i, _k] = sum(_p[_i] * _p[_k] for _p in _patterns) / 7
check_array("J of random patterns", hebb(_patterns), _expected)
check_array("the patterns, afterwards", _patterns, _kept, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# The network has an energy (the lecture's Hamiltonian, here without the term $-b^\top x$),
#
# $$H(x) = -\tfrac12\, x^\top J\, x \tag{2}$$
#
# and its units are updated **one at a time**, in any order, each by the others' values of that moment:
#
# $$x_i \leftarrow \begin{cases} +1 & f_i > 0 \\ -1 & f_i < 0 \\ x_i & f_i = 0 \end{cases}
#   \qquad f_i = \sum_k J_{ik}\,x_k \tag{3}$$
#
# **Exercise 2 (15 points).** Write (2), and a sweep of updates (3).

# %% [markdown] hint="sweep"
# The energy is two products, of a vector with a matrix and of that with a vector. For the sweep walk through `order`:
# one field, one decision, and a state that is put away.

# %% [markdown] hint="sweep"
# The field of a unit is computed when it is its turn, from the state as it is then. An array put on a list is not
# copied: if you put the same one there n times, all rows will be the last state.


# %% nbgrader={"grade": false, "grade_id": "sweep", "locked": false, "schema_version": 3, "solution": true, "task": false}
def energy(x, J):
    """The energy (2) of one state x, shape (n,): a number."""
    ### BEGIN SOLUTION
    return -0.5 * x @ J @ x
    ### END SOLUTION


def sweep(x, J, order):
    """Update the units by (3), one after the other.

    x: the state, shape (n,); it stays as it is. J: couplings, shape (n, n). order: indices of the units, shape (n,).
    Returns the state after each of the updates, shape (n, n): row t after the update of unit order[t].
    """
    ### BEGIN SOLUTION
    x, states = x.copy(), []
    for i in order:
        field = J[i] @ x
        if field != 0:
            x[i] = np.sign(field)
        states.append(x.copy())
    return np.array(states)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_sweep", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
pair = np.array([[0.0, 1.0], [1.0, 0.0]])
check_array("energy of units that agree", energy(np.array([1.0, 1.0]), pair), -1.0)
check_array("energy of units that differ", energy(np.array([1.0, -1.0]), pair), 1.0)
state = np.array([1.0, -1.0])
check_array("two units that want to agree", sweep(state, pair, [0, 1]), [[-1.0, -1.0], [-1.0, -1.0]])
check_array("in the other order", sweep(state, pair, [1, 0]), [[1.0, 1.0], [1.0, 1.0]])
check_array("the argument, afterwards", state, [1.0, -1.0], rtol=0, atol=0)
check_array("a unit without a field", sweep(np.array([1.0, -1.0]), 0 * pair, [0, 1]), [[1.0, -1.0], [1.0, -1.0]])
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(82)
_J = np.triu(_rng.normal(size=(9, 9)), 1)
_J = _J + _J.T
_x, _order = _rng.choice([-1.0, 1.0], size=9), _rng.permutation(9)
_pairs = sum(_J[i, k] * _x[i] * _x[k] for i in range(9) for k in range(i))
check_array("energy of a random state", energy(_x, _J), -_pairs)
_kept_x, _kept_J = _x.copy(), _J.copy()
_states, _now = [], list(_x)
for _i in _order:
    _now[_i] = 1.0 if sum(_J[_i, k] * _now[k] for k in range(9)) > 0 else -1.0
    _states.append(list(_now))
check_array("a random sweep", sweep(_x, _J, _order), _states)
check_array("the state, afterwards", _x, _kept_x, rtol=0, atol=0)
check_array("the couplings, afterwards", _J, _kept_J, rtol=0, atol=0)
_energies = [energy(np.array(_s), _J.copy()) for _s in (_kept_x, *_states)]
assert all(_b <= _a + 1e-12 for _a, _b in zip(_energies[:-1], _energies[1:], strict=True)), (
    "energy: expected to fall, it rose"
)
### END HIDDEN TESTS

# %% [markdown]
# Why can the energy not rise? A flip of $x_i$ changes H by $2 x_i f_i$, and (3) flips only where $x_i f_i < 0$. There are
# finitely many states, so it ends; that is what "stable in a Lyapunov sense if updated one at a time" says in the lecture.
#
# ### The experiment
#
# Two photographs of 2,400 pixels, and 60 patterns of noise beside them, are stored in one network. It is given a
# photograph with 30 % of its pixels wrong, and one of which half is missing. Below, the energy.

# %% tags=["experiment"] alt="Animation of three black and white pictures of 40 by 60 pixels, below each its energy over the units flipped. Two have 30 % of their pixels wrong, of the third the left half is noise. Pixel by pixel the noise goes away, while the energy falls without a rise from about -200 (the third: -300) to -1,200 in 600 to 740 flips, until a temple and, twice, the same flower stand there clean."
photos = energy_lab.photos()
rng = np.random.default_rng(0)
noise = rng.choice([-1.0, 1.0], size=(choose(check=10, quick=60, full=60), photos.shape[1]))
memory = Hopfield(random_state=0).fit(np.concatenate([photos, noise]))
disturbed = photos * np.where(rng.random(photos.shape) < 0.3, -1.0, 1.0)
halved = photos[1].reshape(energy_lab.PHOTO).copy()
halved[:, : energy_lab.PHOTO[1] // 2] = rng.choice([-1.0, 1.0], size=(energy_lab.PHOTO[0], energy_lab.PHOTO[1] // 2))
starts = np.stack([disturbed[0], disturbed[1], halved.ravel()])
frames, energies, flips = energy_lab.film(memory, starts, choose(check=8, quick=45, full=60))
figure = plt.figure(figsize=(9, 4), layout="constrained")
path = recall_animation(
    figure,
    build_dir() / "animations" / "recall.gif",
    frames,
    energies,
    flips,
    energy_lab.PHOTO,
    ["30 % of the pixels wrong", "30 % of the pixels wrong", "one half lost"],
)
plt.close(figure)
Image(filename=path)

# %% tags=["experiment"] alt="Six black and white pictures. Above, what was given: a temple and a flower under noise, and a flower of which the left half is noise. Below, what was recalled: the temple, and twice the same flower, without a wrong pixel."
figure, panels = plt.subplots(2, 3, figsize=(9, 4.4), layout="constrained")
for column, title in enumerate(("a temple", "a flower", "a flower")):
    for line, (state, name) in enumerate(((frames[0], "given"), (frames[-1], "recalled"))):
        picture_grid(panels[line, column], -state[column : column + 1], energy_lab.PHOTO, 1, (-1, 1))  # +1 is white
        panels[line, column].set_title(f"{title}, {name}", fontsize="medium")
plt.show()
for column, photo in enumerate((0, 1, 1)):
    given, found = overlap(frames[0], photos[[photo] * 3])[column], overlap(frames[-1], photos[[photo] * 3])[column]
    print(f"picture {column + 1}: overlap with the stored one {given:.2f} as given, {found:.2f} as recalled")

# %% [markdown]
# How much does it hold? With random patterns, theory says, Hebb's rule breaks down at 0.138 n of them, and in an
# infinitely large network at once. A network of the size below does so by degrees: its overlap is less than 1 already
# before that, and falls over a whole range of loads. The ten digits are only 10 in 64 units, but they are alike, and
# Hebb's rule mixes them. The **pseudo-inverse rule** $J = \Xi\,\Xi^+$ (Ξ has the patterns as columns) makes all of them
# fixed points.

# %% tags=["experiment"] alt="Left, the overlap with the stored pattern over the patterns for each unit, with the capacity 0.138 dotted. By the pseudo-inverse rule it is 1 everywhere. By Hebb's rule it is 1 up to 0.10, 0.98 at 0.13, 0.93 at 0.15, then falls to 0.76 at 0.17, 0.54 at 0.20 and 0.34 at 0.25. Right, ten digits of 8 by 8 pixels as stored; recalled by Hebb's rule all ten have become the same figure, like an 8; recalled by the pseudo-inverse they are as stored."
UNITS = choose(check=60, quick=500, full=1000)
loads = np.array([0.05, 0.10, 0.13, 0.15, 0.17, 0.20, 0.25])
overlaps = {
    "Hebb's rule": capacity_curve(UNITS, loads, choose(check=1, quick=3, full=5)),
    "pseudo-inverse": capacity_curve(UNITS, loads, 1, "pseudo-inverse"),
}
digits = energy_lab.digit_pictures()
by_rule = {rule: Hopfield(rule, random_state=0).fit(digits).predict(digits) for rule in ("hebbian", "pseudo-inverse")}
figure = plt.figure(figsize=(10, 3.8), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=(1, 1.25))
axes = overlap_curve(left.subplots(), loads, overlaps)
axes.set_title(f"{UNITS} units, random patterns", fontsize="medium")
for axes, (title, shown) in zip(
    right.subplots(3),
    {
        "stored": digits,
        "recalled, Hebb's rule": by_rule["hebbian"],
        "recalled, pseudo-inverse": by_rule["pseudo-inverse"],
    }.items(),
    strict=True,
):
    picture_grid(axes, shown, (8, 8), 10, (-1, 1))
    axes.set_title(title, fontsize="medium")
plt.show()
for name, of in overlaps.items():
    print(f"{name}: overlap", ", ".join(f"{m:.2f} at {load:.2f}" for load, m in zip(loads, of.mean(1), strict=True)))

# %% [markdown]
# **Try this.** How many digits does Hebb's rule keep apart, and how much noise does each rule bear? (In a live notebook there
# are sliders; elsewhere the picture is the one for the values to begin with.)


# %% tags=["experiment"] alt="Three rows of digits, 8 by 8 pixels, by Hebb's rule: stored 0, 1 and 2; the same with a tenth of their pixels wrong; and recalled, where all three have become the same figure, a mixture of the stored ones."
def recalled_digits(figure, rule, digits_stored, share_wrong):
    stored = digits[:digits_stored]
    given = np.where(np.random.default_rng(0).random(stored.shape) < share_wrong, -stored, stored)
    found = Hopfield(rule, random_state=0).fit(stored).predict(given)
    for panel, (title, shown) in zip(
        figure.subplots(3), {"stored": stored, "given": given, "recalled": found}.items(), strict=True
    ):
        picture_grid(panel, shown, (8, 8), 10, (-1, 1))
        panel.set_title(title, fontsize="medium")


explore(
    recalled_digits,
    size=(7, 3.4),
    rule=["hebbian", "pseudo-inverse"],
    digits_stored=(1, 10, 3),
    share_wrong=(0.0, 0.5, 0.1),
)

# %% [markdown]
# ## A temperature
#
# A **Boltzmann machine** has the same couplings and biases b, but its units are random: each is drawn anew, given the others,
#
# $$H(x) = -\tfrac12\, x^\top J\, x - b^\top x, \qquad p(x_i = 1 \mid \text{others}) = \frac{1}{1 + e^{-2 f_i}}, \quad
#   f_i = \sum_k J_{ik}\,x_k + b_i \tag{4}$$
#
# and in the long run it visits each state with the probability
#
# $$p(x) = \frac{e^{-H(x)}}{Z}, \qquad Z = \sum_{\text{all } x} e^{-H(x)} \tag{5}$$
#
# (The temperature is in J: half the couplings are twice the temperature.) The sum Z has $2^n$ terms. That is what makes
# learning hard; but up to n = 20 a computer just does it.
#
# **Exercise 3 (15 points).** Write ln p(x) for some states by the sum over all. Take care: $e^{-H}$ may overflow, so
# take out the largest term first, $\ln \sum e^{a_s} = a_{max} + \ln \sum e^{a_s - a_{max}}$.

# %% [markdown] hint="log_likelihood"
# First list all states: `itertools.product` gives all ways to choose one value for each unit. The exponent of each of
# them is −H, and the same formula serves for the states that were handed in.

# %% [markdown] hint="log_likelihood"
# Keep to logarithms: ln p is the exponent minus ln Z. Only inside ln Z does an exponential have to be taken, and there
# the largest exponent has been taken away, so that no term exceeds 1.


# %% nbgrader={"grade": false, "grade_id": "log_likelihood", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_likelihood(x, J, b):
    """ln p(x), (5).

    x: states of −1 and +1, shape (S, n). J: couplings, shape (n, n). b: biases, shape (n,).
    Returns shape (S,).
    """
    ### BEGIN SOLUTION
    everything = np.array(list(itertools.product([-1.0, 1.0], repeat=len(b))))
    weights = 0.5 * np.sum(everything @ J * everything, axis=1) + everything @ b
    log_z = weights.max() + np.log(np.sum(np.exp(weights - weights.max())))
    return 0.5 * np.sum(x @ J * x, axis=1) + x @ b - log_z
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_log_likelihood", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
one, pair = np.array([[1.0], [-1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
check_array("one unit with bias ln 2", np.exp(log_likelihood(one, np.zeros((1, 1)), np.log([2.0]))), [0.8, 0.2])
four = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
check_array(
    "two units with coupling ln 2", np.exp(log_likelihood(four, pair * np.log(2.0), np.zeros(2))), [0.4, 0.1, 0.1, 0.4]
)
check_array("large energies", log_likelihood(four[:1].copy(), 1000.0 * pair, np.zeros(2)), [-np.log(2.0)])
check_array("the states, afterwards", four, [[1, 1], [1, -1], [-1, 1], [-1, -1]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(83)
_J = np.triu(_rng.normal(size=(5, 5)), 1)
_J, _b = _J + _J.T, _rng.normal(size=5)
_weights = {}
for _x in itertools.product([-1.0, 1.0], repeat=5):
    _weights[_x] = np.exp(
        sum(_J[i, k] * _x[i] * _x[k] for i in range(5) for k in range(i)) + sum(_b[i] * _x[i] for i in range(5))
    )
_p = np.array(list(_weights.values())) / sum(_weights.values())
_kept_J, _kept_b = _J.copy(), _b.copy()
check_array("all states of five units", log_likelihood(np.array(list(_weights)), _J, _b), np.log(_p))
check_array("the couplings, afterwards", _J, _kept_J, rtol=0, atol=0)
check_array("the biases, afterwards", _b, _kept_b, rtol=0, atol=0)
check_array("some of them", log_likelihood(np.array(list(_weights))[[3, 17]], _J, _b), np.log(_p)[[3, 17]])
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# On a square lattice with equal couplings to the four neighbours, a Boltzmann machine is the **Ising model** of a magnet. It has a
# critical temperature, 2.269 couplings: below, the units agree on one side for ever; above, they do not. The curve is
# Onsager's exact result for an infinite lattice; the points are Gibbs sampling by (4), from a lattice with all spins up.

# %% tags=["experiment"] alt="Three square lattices and a curve. At T = 1.9 the lattice is black but for single white spots, at 2.27 it has white islands of all sizes, at 3.2 black and white are mixed. Right, the magnetization over the temperature: the sampled points follow Onsager's curve from 0.99 at 1.5 down to 0.68 at 2.27; there the curve falls to 0 at once, and the points go on to 0.29, 0.17, 0.15 and 0.10."
SIZE, SWEEPS = choose(check=(8, 20), quick=(32, 300), full=(64, 1000))
temperatures = np.array([1.5, 1.9, 2.1, 2.2, 2.27, 2.35, 2.5, 2.8, 3.2])
lattices = {t: energy_lab.lattice(t, SIZE, SWEEPS, choose(check=1, quick=4, full=8)) for t in temperatures}
figure, panels = plt.subplots(1, 4, figsize=(11, 3), layout="constrained", width_ratios=(1, 1, 1, 1.6))
for axes, t in zip(panels, (1.9, 2.27, 3.2), strict=False):
    picture_grid(axes, lattices[t][:1].reshape(1, -1), (SIZE, SIZE), 1, (-1, 1))
    axes.set_title(f"T = {t:g}", fontsize="medium")
magnetization = np.array([np.abs(spins.mean(axis=(1, 2))).mean() for spins in lattices.values()])
fine = np.linspace(1.4, 3.3, 400)
panels[3].plot(fine, energy_lab.onsager_magnetization(fine), color="0.4", label="Onsager")
panels[3].plot(temperatures, magnetization, "o", color="#0072B2", label="Gibbs sampling")
panels[3].axvline(CRITICAL_TEMPERATURE, color="0.4", linestyle=":", linewidth=1)
panels[3].set(xlabel="temperature T, in couplings", ylabel="magnetization |⟨x⟩|", ylim=(0, 1.05))
panels[3].legend(frameon=False)
panels[3].grid(alpha=0.3)
plt.show()

# %% [markdown]
# ### The experiment: learning a Hamiltonian
#
# L5's "prototypical problem": **given M samples of the distribution (5), find J and b that maximize**
#
# $$L = \sum_i \ln p(x_i \mid J, b), \qquad \frac1M \frac{\partial L}{\partial J_{ik}} = \langle x_i x_k \rangle_{data} - \langle x_i x_k
#   \rangle_{model}, \qquad \frac1M \frac{\partial L}{\partial b_i} = \langle x_i \rangle_{data} - \langle x_i \rangle_{model}$$
#
# Where the gradient is zero the model has the data's correlations. A machine of 8 spins with random couplings is the "magnet"; only
# samples of it are given away, and `BoltzmannMachine().fit` has to say which couplings it has. How exact can it be? The
# theory of maximum likelihood says it beforehand: errors fall as $1/\sqrt M$ (dashed; from the covariance of the $x_i x_k$ and $x_i$).

# %% tags=["experiment"] alt="Left, the 28 couplings found over the true ones, from -1 to 1: with 1,000 samples the points are scattered around the diagonal by about 0.07, with 100,000 they are on it. Right, the error of the couplings over the number of samples, both axes logarithmic, three dots for each: they lie along the dashed line of the theory, from 0.2 at 100 to 0.006 at 100,000, but for one of the three at 100 samples, which is at 1.3."
magnet, pairs = energy_lab.random_machine(), np.triu_indices(8, 1)
SAMPLES = choose(check=(100, 1000), quick=(100, 1000, 10_000, 100_000), full=(100, 1000, 10_000, 100_000, 1_000_000))
told = {
    M: [BoltzmannMachine().fit(energy_lab.drawn(magnet, M, seed)).couplings_[pairs] for seed in range(3)]
    for M in SAMPLES
}
missed = {M: np.sqrt(np.mean((np.array(J) - magnet.couplings_[pairs]) ** 2, axis=1)) for M, J in told.items()}
expected_error = [energy_lab.expected_coupling_error(magnet, M) for M in SAMPLES]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for marker, colour, M in zip("o+", ("#E69F00", "#0072B2"), (1000, SAMPLES[-1]), strict=True):
    left.plot(magnet.couplings_[pairs], told[M][0], marker, color=colour, label=f"{M:,} samples")
left.axline((0, 0), slope=1, color="0.6", linewidth=1, zorder=0)
left.set(xlabel="true coupling", ylabel="coupling learnt")
left.legend(frameon=False)
right.loglog(SAMPLES, list(missed.values()), "o", color="#0072B2")
right.loglog(SAMPLES, expected_error, "--", color="0.4", label="theory")
right.set(xlabel="samples M", ylabel="RMS error of the couplings")
right.legend(frameon=False)
right.grid(alpha=0.3)
plt.show()
for (M, errors), theory in zip(missed.items(), expected_error, strict=True):
    print(f"{M:7,d} samples: error {', '.join(f'{error:.3f}' for error in errors)}; theory {theory:.3f}")

# %% [markdown]
# With 100 samples one of the three goes astray: two of its spins are never −1 together, and the likelihood goes on growing the
# less the model lets them be. (`weight_decay` is against that.)

# %% [markdown]
# ## Hidden units
#
# A **restricted Boltzmann machine** has visible units v and hidden units h, all 0 or 1, and couplings between the two layers alone:
#
# $$E(v, h) = -a^\top v - b^\top h - h^\top W v, \qquad p(v, h) = e^{-E(v,h)} / Z \tag{6}$$
#
# Given v, the hidden units do not see each other, so each is on with a probability of its own, and the sum over all of
# their states is a product. With $\sigma(f) = 1/(1 + e^{-f})$,
#
# $$p(h_j = 1 \mid v) = \sigma\big(b_j + (W v)_j\big), \qquad p(v_i = 1 \mid h) = \sigma\big(a_i + (W^\top h)_i\big) \tag{7}$$
#
# $$\sum_h e^{-E(v,h)} = e^{-F(v)}, \qquad F(v) = -a^\top v - \sum_j \ln\big(1 + e^{b_j + (W v)_j}\big) \tag{8}$$
#
# ![](diagram:rbm)
#
# *Numbers in the picture are those of the equations of `rnnkit.RBM`.*
#
# **Exercise 4 (15 points).** Write (7), for h and for v, and (8), for many examples at once.

# %% [markdown] hint="rbm"
# Examples are rows, and so are the units of a layer in the products. W has a row for each hidden unit: which of the two
# directions needs it transposed? The shapes in the docstrings decide.

# %% [markdown] hint="rbm"
# In (8) the sum is over hidden units, so one number is left for each example. $\ln(1 + e^f)$ overflows for large f if
# it is written as it stands; it is the logarithm of $e^0 + e^f$, for which NumPy has a function.


# %% nbgrader={"grade": false, "grade_id": "rbm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hidden_means(v, W, b):
    """p(h = 1 | v), (7).

    v: visible states, shape (S, n). W: weights, shape (m, n). b: hidden biases, shape (m,). Returns shape (S, m).
    """
    ### BEGIN SOLUTION
    return 1 / (1 + np.exp(-(v @ W.T + b)))
    ### END SOLUTION


def visible_means(h, W, a):
    """p(v = 1 | h), (7).

    h: hidden states, shape (S, m). W: weights, shape (m, n). a: visible biases, shape (n,). Returns shape (S, n).
    """
    ### BEGIN SOLUTION
    return 1 / (1 + np.exp(-(h @ W + a)))
    ### END SOLUTION


def free_energy(v, W, a, b):
    """F(v), (8): shape (S,)."""
    ### BEGIN SOLUTION
    return -v @ a - np.logaddexp(0, v @ W.T + b).sum(axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_rbm", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
ln = np.log
check_array("p(h | v)", hidden_means(np.array([[1.0, 1.0]]), np.array([[ln(3.0), 0.0]]), np.zeros(1)), [[0.75]])
check_array(
    "p(v | h)", visible_means(np.array([[1.0]]), np.array([[ln(3.0), 0.0]]), np.array([0.0, ln(4.0)])), [[0.75, 0.8]]
)
check_array(
    "F of two states",
    free_energy(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[ln(3.0), 0.0]]), np.array([2.0, 5.0]), np.zeros(1)),
    [-2.0 - ln(4.0), -ln(2.0)],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(84)
_W, _a, _b = _rng.normal(size=(3, 4)), _rng.normal(size=4), _rng.normal(size=3)
_v, _h = (
    np.array(list(itertools.product([0.0, 1.0], repeat=4))),
    np.array(list(itertools.product([0.0, 1.0], repeat=3))),
)
_joint = np.array(
    [
        [
            np.exp(sum(_a * x) + sum(_b * y) + sum(_W[j, i] * y[j] * x[i] for j in range(3) for i in range(4)))
            for y in _h
        ]
        for x in _v
    ]
)
_on, _seen = _joint @ _h / _joint.sum(axis=1, keepdims=True), _joint.T @ _v / _joint.sum(axis=0)[:, None]
_large, _of_large = 1000 * np.abs(_W), [-1000 * (np.abs(_W) @ _v[5]).sum()]
_handed = _v, _h, _W, _a, _b
_kept = [_array.copy() for _array in _handed]
check_array("p(h | v) by enumeration", hidden_means(_v, _W, _b), _on)
check_array("p(v | h) by enumeration", visible_means(_h, _W, _a), _seen)
check_array("F by enumeration", free_energy(_v, _W, _a, _b), -np.log(_joint.sum(axis=1)))
for _name, _array, _before in zip(("v", "h", "W", "a", "b"), _handed, _kept, strict=True):
    check_array(f"{_name}, afterwards", _array, _before, rtol=0, atol=0)
check_array("F of large weights", free_energy(_v[5:6], _large, np.zeros(4), np.zeros(3)), _of_large)
### END HIDDEN TESTS

# %% [markdown]
# ## Learning
#
# The likelihood's gradient is a difference of two means,
#
# $$\frac{\partial \langle \ln p(v) \rangle}{\partial W} = \langle h\,v^\top \rangle_{data} - \langle h\,v^\top
#   \rangle_{model} \tag{9}$$
#
# and the second is over all states of the model. **Contrastive divergence** (CD-1) takes one step of Gibbs sampling
# from the data instead: draw h given the data v, draw v′ given h, and then
#
# $$\Delta W = \frac1S \sum_s \Big( p(h = 1 \mid v_s)\, v_s^\top - p(h = 1 \mid v'_s)\, {v'_s}^\top \Big) \tag{10}$$
#
# **Exercise 5 (15 points).** Write (10). A unit is drawn by comparing a uniform random number with its probability: it is 1 where
# the number is less.

# %% [markdown] hint="contrastive"
# There are four quantities, one after the other: p(h | data), h drawn from it, v′ drawn given h, p(h | v′). The
# functions of the last exercise give the probabilities.

# %% [markdown] hint="contrastive"
# The mean over the examples of the products of a hidden and a visible unit is a product of two matrices, divided by
# their number; its shape is that of W. Where is the drawn h used in (10), and where only on the way?


# %% nbgrader={"grade": false, "grade_id": "contrastive", "locked": false, "schema_version": 3, "solution": true, "task": false}
def contrastive_divergence(v, W, a, b, u_hidden, u_visible):
    """The step (10).

    v: data, shape (S, n). W, a, b: as above. u_hidden, u_visible: uniform random numbers, shapes (S, m) and (S, n).
    Returns ΔW, shape (m, n).
    """
    ### BEGIN SOLUTION
    on = hidden_means(v, W, b)
    h = (u_hidden < on).astype(float)
    again = (u_visible < visible_means(h, W, a)).astype(float)
    return (on.T @ v - hidden_means(again, W, b).T @ again) / len(v)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_contrastive", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
data = np.array([[1.0, 0.0]])
check_array(
    "without weights",
    contrastive_divergence(data, np.zeros((1, 2)), np.zeros(2), np.zeros(1), np.array([[0.3]]), np.array([[0.9, 0.1]])),
    [[0.5, -0.5]],
)
check_array("the data, afterwards", data, [[1, 0]], rtol=0, atol=0)
check_array(
    "where the data comes back",
    contrastive_divergence(data, np.zeros((1, 2)), np.zeros(2), np.zeros(1), np.array([[0.3]]), np.array([[0.1, 0.9]])),
    [[0.0, 0.0]],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(85)
_W, _a, _b = _rng.normal(size=(3, 4)), _rng.normal(size=4), _rng.normal(size=3)
_v, _u, _w = _rng.choice([0.0, 1.0], size=(6, 4)), _rng.random((6, 3)), _rng.random((6, 4))
_step = np.zeros((3, 4))
for _s in range(6):
    _on = [1 / (1 + np.exp(-(_b[j] + sum(_W[j] * _v[_s])))) for j in range(3)]
    _h = [float(_u[_s, j] < _on[j]) for j in range(3)]
    _again = [float(_w[_s, i] < 1 / (1 + np.exp(-(_a[i] + sum(_W[:, i] * _h))))) for i in range(4)]
    _on2 = [1 / (1 + np.exp(-(_b[j] + sum(_W[j] * _again)))) for j in range(3)]
    _step += (np.outer(_on, _v[_s]) - np.outer(_on2, _again)) / 6
_handed = _v, _W, _a, _b, _u, _w
_kept = [_array.copy() for _array in _handed]
check_array("a random step", contrastive_divergence(*_handed), _step)
for _name, _array, _before in zip(("v", "W", "a", "b", "u_hidden", "u_visible"), _handed, _kept, strict=True):
    check_array(f"{_name}, afterwards", _array, _before, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# **Bars and stripes**: the 14 pictures of 3 × 3 pixels whose rows, or whose columns, are uniform. A model that has learnt them
# gives each the probability 1/14, and no model can do better than $-\ln 14 = -2.639$ nats. With 8 hidden units the
# likelihood can be computed exactly at any time. CD-1 against **PCD**, whose chains do not start at the data, but go on
# from where they stopped at the last update. They keep up with the model only where it changes slowly, so the rate falls from
# 0.2 to 0.001: while it is high, the likelihood jumps about.

# %% tags=["experiment"]
SEEDS = choose(check=1, quick=3, full=5)
UPDATES, POINTS = choose(check=(60, 4), quick=(8_000, 40), full=(20_000, 60))
bars = bars_and_stripes(3)
runs = {name: [energy_lab.learning_run(bars, name, s, UPDATES, POINTS) for s in range(SEEDS)] for name in ("cd", "pcd")}
taken = runs["cd"][0][1]
scores = {label: np.stack([run[2] for run in runs[name]]) for name, label in (("cd", "CD-1"), ("pcd", "PCD"))}
for label, values in scores.items():
    print(f"{label}: {values[:, -1].mean():.2f} nats (seeds: {', '.join(f'{v:.2f}' for v in values[:, -1])})")

# %% tags=["experiment"] alt="Left, the exact log-likelihood over 8,000 updates, in the mean and the range of three seeds. Both ways of learning rise from -6.2 to -3.3 nats within 2,000 updates; CD-1 stays at -3.2; PCD jumps about, down to -4.1 once, and rises to -2.8 at the end, below the best possible of -2.64, dotted. Right, the 14 bars and stripes, and 42 pictures drawn from each model, nearly all of them bars and stripes; wrong ones have a frame and a cross, 3 of CD-1's and 2 of PCD's. Of 1,000 drawn 126 and 75 are wrong."
figure = plt.figure(figsize=(11, 4.4), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=(1.25, 1))
likelihood_curves(left.subplots(), taken, scores, -np.log(14), "−ln 14, the best possible")
drawn = {label: runs[name][0][0].sample(1000, 300, random_state=0) for name, label in (("cd", "CD-1"), ("pcd", "PCD"))}
shown = {"all 14": bars, "drawn from CD-1's model": drawn["CD-1"], "drawn from PCD's model": drawn["PCD"]}
known = {tuple(picture) for picture in bars}
for axes, (title, pictures) in zip(right.subplots(3, height_ratios=(1, 3, 3)), shown.items(), strict=True):
    wrong_ones = np.array([tuple(picture) not in known for picture in pictures])
    picture_grid(axes, pictures[:42], (3, 3), 14, marked=wrong_ones[:42])
    note = "" if pictures is bars else f": {wrong_ones.sum()} of 1,000 are wrong (×)"
    axes.set_title(title + note, fontsize="medium")
plt.show()

# %% [markdown]
# ### What it could be
#
# RBMs are **universal approximators of discrete distributions**, says the lecture (N. Le Roux and Y. Bengio). The proof is a
# construction. By (8) the hidden unit j multiplies p(v) by $1 + e^{b_j + W_j v}$. Give it one picture $v^j$ to look after,
#
# $$W_j = s\,(2 v^j - 1), \qquad b_j = \lambda_j - W_j v^j \qquad\Rightarrow\qquad
#   b_j + W_j v = \lambda_j - s \cdot (\text{pixels in which } v \text{ and } v^j \text{ differ})$$
#
# and with s large it multiplies the probability of its own picture by $1 + e^{\lambda_j}$ and leaves all others as they are. So 14 units,
# all $\lambda_j$ alike, are bars and stripes, the nearer the larger λ is. Nothing is learnt here:

# %% tags=["experiment", "nbval-check-output"]
for floor in (1e-2, 1e-4, 1e-6):
    by_hand = energy_lab.rbm_by_hand(bars_and_stripes(3), np.full(14, 1 / 14), floor)
    print(f"λ = {np.log(1 / 14 / floor - 1):5.2f}: {by_hand.score(bars_and_stripes(3)):.4f} nats")
print(f"the best possible: {-np.log(14):.4f}")

# %% [markdown]
# A theorem on what a network **can** be does not say that it will be found. PCD had 8 hidden units, more than enough to know a row
# from a column, and stopped short. Nor is a unit for each picture anything to wish for: it knows those 14 by heart, and for
# pictures of 64 pixels it would need as many units as there are pictures.

# %% [markdown]
# ## One is the other
#
# The lecture says that a Boltzmann machine can be transformed into a restricted one **exactly**. The trick, by Hubbard and
# Stratonovich, is a Gaussian integral: a square in an exponent becomes a linear term, under a new, continuous variable h,
#
# $$e^{\frac12 y^2} = \int \frac{dh}{\sqrt{2\pi}}\; e^{-\frac12 h^2 + h y} \tag{11}$$
#
# $x^\top J x$ is a sum of squares once J has no negative eigenvalue. A multiple s of the unit matrix sees to that, and for spins
# costs nothing: $x_i^2 = 1$, so it only adds a constant to H. With eigenvalues $\lambda_j$ and eigenvectors $U_j$ of J,
#
# $$s = \max(0, -\lambda_{min}), \qquad W_j = \sqrt{\lambda_j + s}\;\, U_j^\top, \qquad
#   x^\top (J + s I)\, x = \sum_j (W_j\, x)^2 \tag{12}$$
#
# and (11) gives each square a hidden unit. So what is known of RBMs is known of Hopfield's network: its hidden units are
# the patterns.
#
# **Exercise 6 (15 points).** Write (12), and F(x) of the RBM that comes of it: visible units x with the biases b, continuous
# hidden units without biases. (Integrate $e^{b^\top x - \frac12 h^\top h + h^\top W x}$ over h with (11); leave out the factor
# $(2\pi)^{n/2}$.)

# %% [markdown] hint="hubbard"
# `np.linalg.eigh` is made for symmetric matrices. It gives the eigenvectors as columns, and (12) wants one in each row.
# Test your W: WᵀW must be J plus a multiple of the unit matrix, however the rows are ordered.

# %% [markdown] hint="hubbard"
# Each hidden unit has its own integral (11), with y being its row of W times x. What the integral leaves in the
# exponent is $\frac12 y^2$; collect these and the biases, and mind that F is minus the exponent.


# %% nbgrader={"grade": false, "grade_id": "hubbard", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hidden_weights(J):
    """W of (12), shape (n, n): a row for each eigenvalue of J, in any order."""
    ### BEGIN SOLUTION
    eigenvalues, U = np.linalg.eigh(J)
    shifted = eigenvalues + max(0.0, -eigenvalues.min())
    return np.sqrt(shifted)[:, None] * U.T
    ### END SOLUTION


def free_energy_of_continuous(x, W, b):
    """F(x), such that p(x) is proportional to exp(−F(x)).

    x: states, shape (S, n). W: weights, shape (m, n). b: visible biases, shape (n,). Returns shape (S,).
    """
    ### BEGIN SOLUTION
    return -x @ b - 0.5 * np.sum((x @ W.T) ** 2, axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_hubbard", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
pair = np.array([[0.0, 1.0], [1.0, 0.0]])
W = hidden_weights(pair)
check_array("the couplings, afterwards", pair, [[0, 1], [1, 0]], rtol=0, atol=0)
check_equal("shape of W", np.shape(W), (2, 2))
check_array("WᵀW = J + s I, two units", W.T @ W, [[1.0, 1.0], [1.0, 1.0]], atol=1e-9)
check_array(
    "WᵀW of a J without negative eigenvalues",
    hidden_weights(np.diag([4.0, 9.0])).T @ hidden_weights(np.diag([4.0, 9.0])),
    np.diag([4.0, 9.0]),
)
check_array(
    "F",
    free_energy_of_continuous(np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([[2.0, 1.0]]), np.array([0.5, 0.0])),
    [-5.0, -1.0],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(86)
_J = np.triu(_rng.normal(size=(6, 6)), 1)
_J, _b, _V = _J + _J.T, _rng.normal(size=6), _rng.normal(size=(3, 6))
_W = hidden_weights(_J.copy())
check_array("WᵀW of random couplings", _W.T @ _W, _J - np.linalg.eigvalsh(_J)[0] * np.eye(6), rtol=1e-8, atol=1e-9)
_x = np.array(list(itertools.product([-1.0, 1.0], repeat=6)))
_H = np.array([-sum(_J[i, k] * r[i] * r[k] for i in range(6) for k in range(i)) - sum(_b * r) for r in _x])
_p = np.exp(-_H) / np.exp(-_H).sum()
_handed = _x.copy(), np.array(_W), _b.copy()
_F = free_energy_of_continuous(*_handed)
for _name, _array, _before in zip(("x", "W", "b"), _handed, (_x, _W, _b), strict=True):
    check_array(f"{_name}, afterwards", _array, _before, rtol=0, atol=0)
check_array("probabilities of the RBM", np.exp(-_F) / np.exp(-_F).sum(), _p, rtol=1e-9, atol=0)
_h = np.linspace(-12, 12, 2001)
_by_sum = [
    sum(np.log(np.sum(np.exp(-(_h**2) / 2 + _h * y)) * 0.012 / np.sqrt(2 * np.pi)) for y in _V @ r) for r in _x[:5]
]
check_array(
    "F by numerical integration", free_energy_of_continuous(_x[:5], _V, _b), -(_x[:5] @ _b) - _by_sum, rtol=1e-6
)
### END HIDDEN TESTS

# %% [markdown]
# ### The experiment
#
# A Boltzmann machine of 8 units with random couplings, and the RBM made of it by `rnnkit.energy.hubbard_stratonovich`: the
# probabilities of all 256 states.

# %% tags=["experiment"] alt="Probabilities of all 256 states, those of the RBM over those of the Boltzmann machine, both axes logarithmic from 1e-9 to 0.1. All points lie on the diagonal."
rng = np.random.default_rng(3)
couplings = np.triu(rng.normal(0.0, 0.6, (8, 8)), 1)
machine = BoltzmannMachine.from_parameters(couplings + couplings.T, rng.normal(0.0, 0.6, 8))
restricted = hubbard_stratonovich(machine)
states = all_states(8, (-1.0, 1.0))
of_machine, of_restricted = (np.exp(model.score_samples(states)) for model in (machine, restricted))
figure, axes = plt.subplots(figsize=(4.4, 4.4), layout="constrained")
probabilities(axes, of_machine, of_restricted, ("Boltzmann machine", "RBM"))
plt.show()

# %% tags=["experiment", "nbval-check-output"]
print(f"hidden units: {len(restricted.components_)}, continuous")
print(f"all probabilities equal to 1e-12: {np.abs(of_machine - of_restricted).max() < 1e-12}")

# %% [markdown]
# ## A stack
#
# A **deep belief network** is a stack of RBMs, each learnt on the hidden units of the one below, without labels. It can draw
# pictures: Gibbs sampling in the top RBM, then once down. Or it can be fine-tuned: its weights are where a feed-forward net
# starts to learn from labels. Here there are 1,000 pictures, but labels for 100 of them alone.

# %% tags=["experiment"] alt="Two sheets of 40 pictures, 8 by 8 pixels in grey. Above, handwritten digits. Below, those drawn from the network: blurred, but most can be read, 6 and 9 more often than others; a few are no digit."
digits = load_digits()
shuffled = np.random.default_rng(0).permutation(len(digits.data))
x, y = digits.data[shuffled] / 16, digits.target[shuffled]
TRAIN, LABELS = 1000, 100  # pictures to learn from, and how many labels are known
PASSES, FINE = choose(check=(2, 3), quick=(40, 60), full=(200, 100))
dbn = DBN((200, 200), learning="cd", n_steps=3, n_iter=PASSES, random_state=0).fit(x[:TRAIN])
generated = dbn.sample(40, choose(check=10, quick=500, full=2000), means=True, random_state=0)
figure, panels = plt.subplots(2, figsize=(9, 2.8), layout="constrained")
shown = {"scikit-learn's digits": x[:40], "drawn from the network (means of the pixels)": generated}
for axes, (title, pictures) in zip(panels, shown.items(), strict=True):
    picture_grid(axes, pictures, (8, 8), 20)
    axes.set_title(title, fontsize="medium")
plt.show()

# %% [markdown]
# What does a hidden unit of the first layer look for? Its weights have a number for each pixel: where they are
# positive, ink speaks for the unit, where they are negative, against it. Most units of this layer have hardly any
# weights; these are the twenty with the largest.

# %% tags=["experiment"] alt="Twenty pictures of 8 by 8 weights, violet for positive and orange for negative, up to 2 in size. Each has one or two orange spots of a few pixels, up to -2, where ink speaks against the unit, in fainter violet surroundings of less than 1. The ring around an empty centre, as in a 0, is there several times. The first ones are strong, the last ones pale."
weights = dbn.rbms_[0].components_
sizes = np.linalg.norm(weights, axis=1)
strongest = weights[np.argsort(-sizes)[:20]]
most = np.ceil(10 * np.abs(strongest).max()) / 10
figure, axes = plt.subplots(figsize=(9, 2.4), layout="constrained")
picture_grid(axes, strongest, (8, 8), 10, (-most, most), colours="PuOr")
figure.colorbar(axes.images[0], ax=axes, label="weight of the pixel")
plt.show()
print(f"length of a unit's weights: {sizes.max():.1f} at most, {np.median(sizes):.1f} in the middle of the 200 units")

# %% [markdown]
# The lecture says that such a stack *describes hierarchical features in data*, and recommends it to *extract features*. A
# feature of a higher layer cannot be drawn as weights, since its weights are on features. But the pictures can be asked: below is the mean
# of those that switch a unit on, $\sum_s h_j(v_s)\, v_s / \sum_s h_j(v_s)$, minus the mean of all. And the features can be put to
# the test: the same logistic regression, with the same 100 labels, on pixels, on the first layer and on the second.

# %% tags=["experiment"] alt="Two sheets of twenty pictures, 8 by 8 pixels, violet where the pictures that switch a unit on have more ink than the mean, orange where they have less, up to 0.4. Those of both layers look alike: violet strokes beside orange ones, and violet rings around an orange hole as in a 0. Those of the second layer are a little paler."
features = dict(zip(("first layer", "second layer"), energy_lab.layer_features(dbn, x), strict=True))
figure, panels = plt.subplots(2, figsize=(9, 4.6), layout="constrained")
for axes, (title, units) in zip(panels, features.items(), strict=True):
    picture_grid(axes, energy_lab.seen_by(units[:TRAIN], x[:TRAIN])[:20], (8, 8), 10, (-0.4, 0.4), colours="PuOr")
    axes.set_title(f"{title}: what switches 20 of the units on", fontsize="medium")
figure.colorbar(panels[0].images[0], ax=panels, label="ink, less the mean of all")
plt.show()
labelled = [slice(LABELS * k, LABELS * (k + 1)) for k in range(choose(check=1, quick=5, full=10))]
told_right = {
    f"logistic regression on {name}": [
        LogisticRegression(max_iter=5000).fit(of[some], y[some]).score(of[TRAIN:], y[TRAIN:]) for some in labelled
    ]
    for name, of in {"pixels": x, **features}.items()
}
for name, shares in told_right.items():
    each = ", ".join(f"{100 * share:.1f}" for share in shares)
    print(f"{LABELS} labels, {name}: {100 * np.mean(shares):.1f} % in the mean ({each})")

# %% [markdown]
# On these digits the promise is not kept. The second layer's pictures look much like the first's, and whichever 100
# digits have labels, a logistic regression does best on the pixels themselves, worse on the first layer and worst on
# the second: what was learnt without labels has thrown away some of what they ask for. What if the labels may move the
# features too?

# %% tags=["experiment"]
told_right["the DBN, fine-tuned"] = [
    DBNClassifier(n_iter=FINE, random_state=0).fit_from(dbn, x[some], y[some]).score(x[TRAIN:], y[TRAIN:])
    for some in labelled
]
on_pixels, fine_tuned = told_right["logistic regression on pixels"], told_right["the DBN, fine-tuned"]
for name, shares in {"logistic regression on pixels": on_pixels, "the DBN, fine-tuned": fine_tuned}.items():
    print(f"{LABELS} labels, {name}: {100 * np.mean(shares):.1f} % of {len(x) - TRAIN} digits not seen before")
better = sum(deep > flat for deep, flat in zip(fine_tuned, on_pixels, strict=True))
print(f"the DBN is better with {better} of {len(labelled)} sets of labels")

# %% [markdown]
# That makes up for most of the loss, and for no more: a stack of two layers of 200 units, learnt on 1,000 pictures and
# fine-tuned, ends a little below a logistic regression that has seen nothing but the 100. The belief network has learnt
# to **draw** these digits. For telling them apart, at this size, it has brought nothing.

# %% tags=["experiment"]
means = {label: values[:, -1].mean() for label, values in scores.items()}
held = overlaps["Hebb's rule"].mean(axis=1)
report_result(
    figure=f"bars and stripes: PCD {means['PCD']:.2f} nats, exact; a Hopfield net of {UNITS} units recalls its "
    f"patterns with an overlap of {held[2]:.2f} at 0.13 a unit, {held[4]:.2f} at 0.17",
    baseline=f"CD-1 {means['CD-1']:.2f}, the best possible −2.64; capacity 0.138 a unit",
    holds=bool(means["PCD"] > means["CD-1"] + 0.2 and held[2] > 0.9 > held[4]),
)

# %% [markdown]
# ## Question (15 points, marked by hand)
#
# Hopfield's units are updated one at a time. What goes wrong with the energy if all of them are updated at once (two units
# with J₁₂ = 1 show it)? Why may all hidden units of an RBM be drawn at once, all the same? And why does CD-1 end below PCD in
# your picture: what does each of them lower the probability of, and what does CD-1 therefore leave alone?

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# A flip of unit i changes H by $2 x_i f_i$ only while the other units stay as they are. Two units with J₁₂ = 1 in the state
# (+1, −1) both want to flip; at once they become (−1, +1), with the same energy, and flip back: a cycle of two, which never
# ends. With more units the energy may also rise. One at a time the second one sees that the first has already moved.
#
# The hidden units of an RBM are not coupled with each other. Given v their fields do not depend on each other, so that
# the distribution of all of them is the product of the single ones, (7); drawing them at once, or one after the other, is the
# same. This is what "restricted" buys.
#
# Both raise the probability of the data. CD-1 lowers that of pictures which one step of Gibbs sampling from the data finds:
# the data's neighbours. PCD's chains wander through the whole model and lower whatever it has too much of. States far
# from all data, to which CD-1's single step never leads, keep the probability that they have got by accident, and it is
# missing at the data: some of the pictures that CD-1's model draws are wrong. The likelihood, which sees all states
# through Z, tells the two apart; the error of the reconstruction would not.
# ### END SOLUTION
