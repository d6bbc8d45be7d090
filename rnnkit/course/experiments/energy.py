"""Unit 08: pictures to remember, lattices at three temperatures, bars and stripes, digits."""

from typing import Any

import numpy as np
from sklearn.datasets import load_digits, load_sample_images

from rnnkit.energy import DBN, RBM, BoltzmannMachine, Hopfield, all_states, ising_lattice

PHOTO = (40, 60)
PIXELS = 9  # of 427 · 640, taken together: 40 rows and 60 columns, from a margin


def photos() -> np.ndarray:
    """Two photographs in black and white, −1 and +1, half of their pixels each: shape (2, 2400).

    Source:
        scikit-learn's sample images, china.jpg and flower.jpg, CC BY 2.0, by danielbuechele and vultilion on Flickr.
    """
    found = []
    for image in load_sample_images().images:
        grey = image.astype(float).mean(axis=2)
        rows, columns = PHOTO[0] * PIXELS, PHOTO[1] * PIXELS
        top, left = (grey.shape[0] - rows) // 2, (grey.shape[1] - columns) // 2
        small = grey[top : top + rows, left : left + columns].reshape(PHOTO[0], PIXELS, PHOTO[1], PIXELS).mean((1, 3))
        found.append(np.where(small > np.median(small), 1.0, -1.0).ravel())
    return np.stack(found)


def digit_pictures() -> np.ndarray:
    """The means of scikit-learn's ten digits in black and white, −1 (paper) and +1 (ink): shape (10, 64)."""
    digits = load_digits()
    means = np.stack([digits.data[digits.target == digit].mean(axis=0) for digit in range(10)])
    return np.where(means > 8, 1.0, -1.0)


def film(memory: Hopfield, start: np.ndarray, frames: int = 50) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """States on their way to a minimum, evenly spread over the flips.

    Args:
        memory: a fitted network.
        start: states, shape (examples, n).
        frames: at most.

    Returns:
        States, shape (frames, examples, n), their energies and the flips until then, shapes (frames, examples).
    """
    states, flips = [start.copy()], [np.zeros(len(start), dtype=int)]
    for ended, x, _ in memory.flips(start):
        if not ended:
            flips.append(flips[-1] + (x != states[-1]).sum(axis=1))
            states.append(x.copy())
    kept = np.unique(np.linspace(0, len(states) - 1, frames).round().astype(int))
    chosen = np.stack([states[k] for k in kept])
    return chosen, np.stack([memory.energy(x) for x in chosen]), np.stack([flips[k] for k in kept])


def lattice(temperature: float, size: int = 32, sweeps: int = 200, chains: int = 1, seed: int = 0) -> np.ndarray:
    """Ising lattices after so many sweeps of Gibbs sampling from all spins up: shape (chains, size, size)."""
    machine = BoltzmannMachine.from_parameters(ising_lattice(size, size, temperature))
    return machine.gibbs(np.ones((chains, size * size)), sweeps, seed).reshape(chains, size, size)


def onsager_magnetization(temperature: np.ndarray) -> np.ndarray:
    """|⟨x⟩| of the infinite lattice at temperatures in units of the coupling (Onsager and Yang)."""
    inside = 1 - np.sinh(2 / np.asarray(temperature, dtype=float)) ** -4
    return np.clip(inside, 0.0, None) ** 0.125


def learning_run(
    x: np.ndarray, learning: str, seed: int, updates: int, points: int
) -> tuple[RBM, np.ndarray, np.ndarray]:
    """Learn with a rate that falls from 0.2 to 0.001, and take the exact likelihood at times.

    Args:
        x: pictures, all of them in each update, shape (examples, n).
        learning: "cd" or "pcd".
        seed: of weights and chains.
        updates: in all.
        points: how often the likelihood is taken.

    Returns:
        The RBM of 8 hidden units, updates and mean log-likelihoods, shapes (points,).
    """
    rbm: Any = RBM(8, learning=learning, n_chains=100, random_state=seed)
    rates = np.linspace(0.2, 0.001, updates)
    taken = np.unique(np.linspace(1, updates, points).round().astype(int))
    scores = []
    for update, rate in enumerate(rates, 1):
        rbm.set_params(learning_rate=float(rate)).partial_fit(x)
        if update in taken:
            scores.append(rbm.score(x))
    return rbm, taken, np.array(scores)


def random_machine(units: int = 8, seed: int = 4) -> BoltzmannMachine:
    """A Boltzmann machine of spins with couplings and biases from N(0, 0.4)."""
    rng = np.random.default_rng(seed)
    J = np.triu(rng.normal(0.0, 0.4, (units, units)), 1)
    return BoltzmannMachine.from_parameters(J + J.T, rng.normal(0.0, 0.4, units))


def drawn(machine: BoltzmannMachine, samples: int, seed: Any) -> np.ndarray:
    """Independent samples of a small machine of spins, by its probabilities of all states: shape (samples, n)."""
    states = all_states(len(machine.intercept_), (-1.0, 1.0))
    p = np.exp(machine.score_samples(states))
    return states[np.random.default_rng(seed).choice(len(states), samples, p=p / p.sum())]


def expected_coupling_error(machine: BoltzmannMachine, samples: int) -> float:
    r"""The RMS error of the couplings that maximum likelihood finds from many samples (Cramér and Rao).

    The Fisher information of couplings and biases θ is the covariance of what they multiply, φ = (x_i x_k, x_i); their
    covariance is its inverse by the number of samples:

    $$\operatorname{cov}(\hat\theta) \approx \frac1M \operatorname{cov}(\varphi)^{-1} \tag{1}$$
    """
    states = all_states(len(machine.intercept_), (-1.0, 1.0))
    p = np.exp(machine.score_samples(states))
    first, second = np.triu_indices(states.shape[1], 1)
    phi = np.concatenate([states[:, first] * states[:, second], states], axis=1)
    off = phi - p @ phi
    variances = np.diag(np.linalg.inv((off * p[:, None]).T @ off)) / samples  # (1)
    return float(np.sqrt(variances[: len(first)].mean()))


def rbm_by_hand(states: np.ndarray, probabilities: np.ndarray, floor: float, sharpness: float = 20.0) -> RBM:
    r"""An RBM with one hidden unit a state, which has (nearly) the given probabilities.

    Summed over hidden unit j, the probability of v is multiplied by $1 + e^{b_j + W_j v}$. With

    $$W_j = s\,(2 v^j - 1), \qquad b_j = \lambda_j - W_j v^j, \qquad 1 + e^{\lambda_j} = p_j / \varepsilon \tag{1}$$

    that is $p_j/\varepsilon$ at $v^j$, and nearly 1 where d pixels differ, since $b_j + W_j v = \lambda_j - s\,d$.

    Args:
        states: $v^j$, 0 and 1, no two alike, shape (m, n).
        probabilities: p, shape (m,), each above the floor.
        floor: ε, what each other state has, up to a common factor.
        sharpness: s.

    Source:
        N. Le Roux and Y. Bengio, Representational Power of Restricted Boltzmann Machines (2008), theorem 2, whose proof
        this is.
    """
    W = sharpness * (2 * states - 1)
    b = np.log(np.asarray(probabilities) / floor - 1) - np.sum(W * states, axis=1)  # (1)
    return RBM.from_parameters(W, np.zeros(states.shape[1]), b)


def layer_features(dbn: DBN, x: np.ndarray) -> list[np.ndarray]:
    """What each layer's hidden units see in pictures, layer by layer of means: shapes (examples, hidden units)."""
    found = []
    for rbm in dbn.rbms_:
        x = rbm.transform(x)
        found.append(x)
    return found


def seen_by(units: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The mean picture for which a unit is on, minus the mean of all pictures.

    Args:
        units: how far each is on, shape (examples, m).
        x: pictures, shape (examples, n).

    Returns:
        Shape (m, n), those of the units that depend most on the picture first.
    """
    means = units.T @ x / units.sum(axis=0)[:, None] - x.mean(axis=0)
    return means[np.argsort(-units.std(axis=0))]
