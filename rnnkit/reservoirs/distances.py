r"""A column of spiking neurons wired by distance, after Maass, Natschläger and Markram (2002)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit._checks import fraction, positive_integer, positive_number

# By kind of the sending, then the receiving neuron (excitatory E, inhibitory I): C of (1); the mean weight, in nA;
# U, D and F of the short-term synapse, D and F in s; the delay, in ms.
_KINDS = {
    "EE": (0.3, 30.0, (0.5, 1.1, 0.05), 1.5),
    "EI": (0.2, 60.0, (0.05, 0.125, 1.2), 0.8),
    "IE": (0.4, -19.0, (0.25, 0.7, 0.02), 0.8),
    "II": (0.1, -19.0, (0.32, 0.144, 0.06), 0.8),
}


@dataclass(frozen=True)
class Synapses:
    """Connections between spiking neurons, one entry a synapse.

    source, target: numbers of the sending and the receiving neuron, shape (S,).
    weight: in nA, negative where it inhibits, shape (S,).
    delay: in ms, shape (S,).
    u, d, f: U, and the time constants of depression and facilitation in ms, shape (S,); None for static synapses.
    """

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    delay: np.ndarray
    u: np.ndarray | None = None
    d: np.ndarray | None = None
    f: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.source)


def column(shape: tuple[int, int, int] = (15, 3, 3), inhibitory: float = 0.2, seed: Any = None) -> Any:
    """Neurons on the points of a grid, some of them inhibitory.

    Args:
        shape: points along each axis, a unit of length apart.
        inhibitory: the fraction that inhibits, drawn at random.
        seed: an integer, or a NumPy generator.

    Returns:
        Positions, shape (N, 3), and whether each inhibits, shape (N,).

    Raises:
        ValueError: sizes that are not positive integers, or a fraction outside [0, 1].

    Example:
        >>> positions, inhibits = column(seed=0)
        >>> positions.shape, int(inhibits.sum())
        ((135, 3), 27)
    """
    sizes = [positive_integer("shape", size) for size in shape]
    fraction("inhibitory", inhibitory, expected="a fraction from 0 to 1")
    positions = np.stack(np.meshgrid(*[np.arange(float(size)) for size in sizes], indexing="ij"), axis=-1)
    positions = positions.reshape(-1, len(sizes))
    inhibits = np.zeros(len(positions), bool)
    chosen = np.random.default_rng(seed).permutation(len(positions))[: round(inhibitory * len(positions))]
    inhibits[chosen] = True
    return positions, inhibits


def connection_probability(positions: Any, inhibits: Any, reach: float = 2.0) -> np.ndarray:
    r"""The probability that a neuron is connected to another at the distance D(a, b).

    $$p(a, b) = C_{ab}\, e^{-\left(D(a,b) / \lambda\right)^2} \tag{1}$$

    Args:
        positions: shape (N, 3).
        inhibits: shape (N,), booleans; C depends on the kinds of both neurons: 0.3 from excitatory to excitatory, 0.2
            to inhibitory; 0.4 from inhibitory to excitatory, 0.1 to inhibitory.
        reach: λ, in units of the grid.

    Returns:
        Shape (N, N), entry (i, j) from i to j; 0 from a neuron to itself.

    Source:
        W. Maass, T. Natschläger and H. Markram, Real-Time Computing Without Stable States (2002).

    Example:
        >>> p = connection_probability([[0, 0, 0], [0, 0, 2]], [False, False], reach=2.0)
        >>> p.round(4).tolist()
        [[0.0, 0.1104], [0.1104, 0.0]]
    """
    positions, kinds = np.asarray(positions, dtype=float), np.asarray(inhibits, dtype=int)
    if positions.ndim != 2 or kinds.shape != positions.shape[:1]:
        raise ValueError(f"inhibits: expected shape (N,) for positions {positions.shape}, received {kinds.shape}.")
    positive_number("reach", reach)
    squares = ((positions[:, None] - positions[None]) ** 2).sum(axis=-1)
    by_kind = np.array([[_KINDS[a + b][0] for b in "EI"] for a in "EI"])
    probability = by_kind[kinds[:, None], kinds[None]] * np.exp(-squares / reach**2)  # (1)
    np.fill_diagonal(probability, 0.0)
    return probability


def distance_wiring(
    positions: Any, inhibits: Any, reach: float = 2.0, *, scale: float = 1.0, dynamic: bool = True, seed: Any = None
) -> Synapses:
    """Synapses drawn by (1), with weights and short-term parameters drawn around the means of their kind.

    Weights are gamma distributed with a standard deviation equal to their mean; U, D and F normal with half the mean,
    drawn again uniformly up to twice the mean where they come out negative.

    Args:
        positions, inhibits, reach: as in `connection_probability`.
        scale: all weights times this.
        dynamic: with short-term plasticity.
        seed: an integer, or a NumPy generator.

    Source:
        W. Maass, T. Natschläger and H. Markram (2002). U is kept at most 1, which the paper does not say.

    Example:
        >>> positions, inhibits = column(seed=0)
        >>> synapses = distance_wiring(positions, inhibits, seed=1)
        >>> bool((synapses.weight[inhibits[synapses.source]] < 0).all())
        True
    """
    rng = np.random.default_rng(seed)
    inhibits = np.asarray(inhibits, dtype=bool)
    probability = connection_probability(positions, inhibits, reach)
    source, target = np.nonzero(rng.random(probability.shape) < probability)
    kinds = [_KINDS["EI"[int(inhibits[a])] + "EI"[int(inhibits[b])]] for a, b in zip(source, target, strict=True)]
    mean = np.array([kind[1] for kind in kinds])
    weight = scale * mean * rng.gamma(1.0, 1.0, len(kinds))
    delay = np.array([kind[3] for kind in kinds])
    if not dynamic:
        return Synapses(source, target, weight, delay)
    means = np.array([kind[2] for kind in kinds]).reshape(-1, 3)
    drawn = rng.normal(means, 0.5 * means)
    drawn = np.where(drawn > 0, drawn, rng.uniform(0.0, 2 * means) + 1e-9)
    return Synapses(source, target, weight, delay, np.minimum(drawn[:, 0], 1.0), *(1e3 * drawn[:, 1:].T))
