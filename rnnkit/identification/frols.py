r"""Which columns explain an output: forward regression, one after the other, by the error that each takes away."""

from typing import Any, NamedTuple

import numpy as np

from rnnkit._checks import finite_array, positive_integer


class Selection(NamedTuple):
    """Columns in the order in which they were chosen.

    Attributes:
        order: their numbers, shape (n,).
        err: the error reduction ratio of each, shape (n,).
        bic: the criterion of the model with so many, shape (n,).
    """

    order: np.ndarray
    err: np.ndarray
    bic: np.ndarray


def frols(candidates: Any, y: Any, n_terms: int) -> Selection:
    r"""Forward regression with orthogonal least squares: at each step the column with the largest error ratio.

    $$\mathrm{ERR}_m = \frac{(w_m^\top y)^2}{(w_m^\top w_m)\,(y^\top y)} \tag{1}$$

    Of a candidate $p_m$ only the part $w_m$ counts that is orthogonal to the columns $w_1, \dots, w_s$ chosen so far:

    $$w_m^{(s)} = w_m^{(s-1)} - \frac{w_s^\top w_m^{(s-1)}}{w_s^\top w_s}\,w_s, \qquad w_m^{(0)} = p_m \tag{2}$$

    ERR is the share of y's sum of squares that the column explains beyond those before it, whatever its size: the
    least squared error of the n first is $(1 - \sum \mathrm{ERR})\,y^\top y$. With more columns it always falls;
    whether one is worth its weight is what Schwarz's criterion says, the less the better:

    $$\mathrm{BIC}_n = T \ln\Big(1 - \sum_{s \le n} \mathrm{ERR}_s\Big) + n \ln T \tag{3}$$

    A greedy search: the n columns that are best together may be others.

    Args:
        candidates: P, a column each, shape (T, candidates).
        y: shape (T,).
        n_terms: how many to choose; fewer where the rest depends on them linearly.

    Returns:
        The chosen columns, their ERR, and BIC.

    Raises:
        ValueError: other shapes, numbers that are not finite, a y of zeros.

    Source:
        S. Chen, S. A. Billings, W. Luo, Orthogonal least squares methods and their application to non-linear system
        identification (1989); S. A. Billings, Nonlinear System Identification (2013), chapter 3.

    Example:
        >>> P = np.random.default_rng(0).normal(size=(50, 4))
        >>> frols(P, 3 * P[:, 2] - P[:, 0], n_terms=2).order.tolist()
        [2, 0]
    """
    P, y = finite_array("candidates", candidates), finite_array("y", y)
    if P.ndim != 2 or y.shape != P.shape[:1]:
        raise ValueError(f"y: expected shape (T,) for candidates (T, columns), received {y.shape} for {P.shape}.")
    if not y.any():
        raise ValueError("y: expected a series that is not zero everywhere, received zeros.")
    n_terms, (T, columns) = min(positive_integer("n_terms", n_terms), *P.shape), P.shape
    # ERR and what is chosen do not depend on the columns' sizes, rounding does.
    W, order, err = P / np.maximum(np.linalg.norm(P, axis=0), np.finfo(float).tiny), list[int](), list[float]()
    for _ in range(n_terms):
        left = np.sum(W**2, axis=0)
        free = (left > 1e-10) & ~np.isin(np.arange(columns), order)
        if not free.any():
            break
        ratios = np.where(free, (y @ W) ** 2 / (np.where(free, left, 1.0) * (y @ y)), -1.0)  # (1)
        chosen = int(np.argmax(ratios))
        order.append(chosen)
        err.append(float(ratios[chosen]))
        w = W[:, chosen]
        W = W - np.outer(w, w @ W) / (w @ w)  # (2)
    unexplained = np.maximum(1 - np.cumsum(err), np.finfo(float).eps)
    bic = T * np.log(unexplained) + np.arange(1, len(err) + 1) * np.log(T)  # (3)
    return Selection(np.array(order, dtype=int), np.array(err), bic)
