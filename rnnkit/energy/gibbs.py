"""Gibbs sampling of two-valued units with pairwise couplings, many chains at once."""

import numpy as np
from scipy.special import expit


def independent_blocks(J: np.ndarray) -> list[np.ndarray]:
    """The units, in groups that have no couplings inside, which may be updated at once (a greedy colouring).

    A lattice has two, as a chessboard has two colours; a net with all couplings has as many as units.

    Args:
        J: symmetric couplings, shape (n, n).

    Returns:
        The indices of each group.

    Example:
        >>> chain = np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1)
        >>> [block.tolist() for block in independent_blocks(chain)]
        [[0, 2], [1, 3]]
    """
    colours = np.full(len(J), -1)
    for i, row in enumerate(J):
        taken = set(colours[row != 0])
        colours[i] = next(colour for colour in range(len(J)) if colour not in taken)
    return [np.flatnonzero(colours == colour) for colour in range(colours.max() + 1)]


def gibbs_sweeps(
    x: np.ndarray,
    J: np.ndarray,
    b: np.ndarray,
    values: tuple[float, float],
    sweeps: int,
    rng: np.random.Generator,
    blocks: list[np.ndarray] | None = None,
) -> np.ndarray:
    r"""Draw each unit anew, given the others, group after group:

    $$p(x_i = x^+ \mid \text{others}) = \sigma\big((x^+ - x^-)\,(J x + b)_i\big) \tag{1}$$

    Args:
        x: states of the chains, shape (chains, n).
        J: symmetric couplings with a diagonal of zeros, shape (n, n).
        b: biases, shape (n,).
        values: x⁻ and x⁺.
        sweeps: how often all units are drawn.
        rng: random numbers.
        blocks: groups as `independent_blocks` gives them; units in none of them keep their values.

    Returns:
        The states afterwards, shape (chains, n); x stays as it was.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = gibbs_sweeps(np.zeros((2000, 1)), np.zeros((1, 1)), np.array([1.0]), (0.0, 1.0), 1, rng)
        >>> bool(abs(x.mean() - 1 / (1 + np.exp(-1.0))) < 0.03)
        True
    """
    x = np.array(x, dtype=float)
    low, high = values
    couplings = [(block, J[:, block], b[block]) for block in (independent_blocks(J) if blocks is None else blocks)]
    for _ in range(sweeps):
        for block, columns, bias in couplings:
            p = expit((high - low) * (x @ columns + bias))  # (1)
            x[:, block] = np.where(rng.random(p.shape) < p, high, low)
    return x
