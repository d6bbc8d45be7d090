r"""The states of a system, put together again from one measured series: delay embedding, its lag and its dimension."""

import numpy as np
from scipy.spatial import cKDTree

from rnnkit._checks import positive_integer, positive_number
from rnnkit.identification._columns import series_of


def delay_embedding(series: np.ndarray, lag: int, dimension: int) -> np.ndarray:
    r"""Points made of a value and of values before it.

    $$x(k) = [\,s(k), s(k-\tau), \dots, s(k-(m-1)\tau)\,] \tag{1}$$

    By Takens's theorem the points go through a distorted, but not torn or folded, picture of the attractor when m is
    above twice its dimension, and often already from a smaller m on. A model that predicts s from its past uses it: its
    past values are a state.

    Args:
        series: s, shape (T,).
        lag: τ, in samples. See `choose_lag`.
        dimension: m. See `choose_dimension`.

    Returns:
        x, shape (T − (m − 1) τ, m), newest value first; row 0 belongs to the step k = (m − 1) τ.

    Raises:
        ValueError: a series that is not of rank 1, not finite or too short; numbers that are not positive integers.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slide on the delay embedding theorem; F. Takens (1981).

    Example:
        >>> delay_embedding(np.arange(7), lag=2, dimension=3).tolist()
        [[4.0, 2.0, 0.0], [5.0, 3.0, 1.0], [6.0, 4.0, 2.0]]
    """
    lag, dimension = positive_integer("lag", lag), positive_integer("dimension", dimension)
    s = series_of("series", series, at_least=(dimension - 1) * lag + 1)
    k = np.arange((dimension - 1) * lag, len(s))
    return s[k[:, None] - lag * np.arange(dimension)]  # (1)


def mutual_information(series: np.ndarray, max_lag: int, bins: int = 16) -> np.ndarray:
    r"""What a value tells of the one τ samples later, on average, for each lag τ.

    $$I(\tau) = \sum_{a,b} p_{ab} \ln \frac{p_{ab}}{p_a\,p_b} \tag{2}$$

    p_ab is how often s(k − τ) is in class a while s(k) is in class b. The classes hold equally many of the values, so
    that I does not depend on the unit of s, nor on any distortion of it that keeps the order. Counting makes I too
    large by about (bins − 1)² / 2T nats.

    Args:
        series: s, shape (T,).
        max_lag: the largest τ, below T / 2.
        bins: classes.

    Returns:
        I(0), …, I(max_lag) in nats, shape (max_lag + 1,). I(0) is the entropy of the classes, ln(bins) at most.

    Raises:
        ValueError: a series that is not of rank 1, not finite, constant or too short; numbers that are not positive
            integers.

    Source:
        A. M. Fraser and H. L. Swinney, Independent coordinates for strange attractors from mutual information (1986).

    Example:
        >>> coin = np.random.default_rng(0).normal(size=5000)  # a value tells nothing of the next
        >>> mutual_information(np.repeat(coin, 2), 3, bins=8).round(1).tolist()  # but it comes twice
        [2.1, 0.5, 0.0, 0.0]
    """
    max_lag, bins = positive_integer("max_lag", max_lag), positive_integer("bins", bins)
    s = series_of("series", series, at_least=2 * max_lag + 1)
    inner = np.quantile(s, np.arange(1, bins) / bins)
    classes = np.searchsorted(inner, s, side="right")
    return np.array([_information(classes[: len(s) - lag], classes[lag:], bins) for lag in range(max_lag + 1)])


def choose_lag(series: np.ndarray, max_lag: int = 100, bins: int = 16) -> int:
    """The first lag at which `mutual_information` has a minimum: the first second coordinate that tells something new.

    Args:
        series, max_lag, bins: as in `mutual_information`.

    Returns:
        The smallest τ from 1 on with I(τ) < I(τ − 1) and I(τ) ≤ I(τ + 1).

    Raises:
        ValueError: as `mutual_information`; no minimum up to max_lag − 1.

    Source:
        A. M. Fraser and H. L. Swinney (1986).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> wave = np.sin(2 * np.pi * np.arange(20000) / 80.3) + rng.normal(0.0, 0.3, 20000)
        >>> 15 <= choose_lag(wave, bins=8) <= 25  # a quarter of the period
        True
    """
    information = mutual_information(series, max_lag, bins)
    change = np.diff(information)
    minima = np.flatnonzero((change[:-1] < 0) & (change[1:] >= 0)) + 1
    if not len(minima):
        raise ValueError(
            f"max_lag: expected lags among which the mutual information has a minimum, received 1 to {max_lag}, over "
            "which it has none. Take a larger max_lag; for a map, whose steps are far apart, take lag 1."
        )
    return int(minima[0])


def false_neighbours(
    series: np.ndarray, lag: int, max_dimension: int = 8, ratio: float = 15.0, size: float = 2.0
) -> np.ndarray:
    r"""The share of nearest neighbours that are neighbours only because there are too few coordinates.

    The nearest neighbour n of each point k in the coordinates s(k), …, s(k + (m − 1) τ), at distance $R_m$, is false if
    one more coordinate drives the two apart, or as far as the attractor is large, $R_A$ being the standard deviation of
    s:

    $$\frac{|s(k + m\tau) - s(n + m\tau)|}{R_m(k)} > \mathrm{ratio} \tag{3}$$
    $$\frac{R_{m+1}(k)}{R_A} > \mathrm{size}, \qquad
        R_{m+1}^2 = R_m^2 + \big(s(k + m\tau) - s(n + m\tau)\big)^2 \tag{4}$$

    The points are those of `delay_embedding`, but counted forwards in time as in the paper: what a dissipative system
    lets grow together, one older coordinate would tear apart, however many there are.

    (4) is for noise: with few data the nearest neighbour is not near, and (3) would miss it.

    Args:
        series: s, shape (T,).
        lag: τ, in samples.
        max_dimension: the largest m.
        ratio: of (3).
        size: of (4).

    Returns:
        The share for m = 1, …, max_dimension, shape (max_dimension,).

    Raises:
        ValueError: a series that is not of rank 1, not finite, constant or too short; numbers that are not positive.

    Source:
        M. B. Kennel, R. Brown and H. D. I. Abarbanel, Determining embedding dimension for phase-space reconstruction
        using a geometrical construction (1992), (4) and (5).

    Example:
        >>> false_neighbours(np.sin(0.31 * np.arange(2000)), lag=5, max_dimension=3).round(2).tolist()[1:]
        [0.0, 0.0]
    """
    lag, max_dimension = positive_integer("lag", lag), positive_integer("max_dimension", max_dimension)
    for name, value in (("ratio", ratio), ("size", size)):
        positive_number(name, value, "a number above 0")
    s = series_of("series", series, at_least=max_dimension * lag + 2)
    return np.array([_share_of_false(s, lag, m, ratio, size) for m in range(1, max_dimension + 1)])


def choose_dimension(
    series: np.ndarray, lag: int, max_dimension: int = 8, at_most: float = 0.01, ratio: float = 15.0, size: float = 2.0
) -> int:
    """The smallest dimension with next to no false neighbours.

    Args:
        series, lag, max_dimension, ratio, size: as in `false_neighbours`.
        at_most: the share that counts as none.

    Returns:
        m.

    Raises:
        ValueError: as `false_neighbours`; no dimension up to max_dimension will do.

    Source:
        Kennel, Brown and Abarbanel (1992).

    Example:
        >>> choose_dimension(np.sin(0.31 * np.arange(2000)), lag=5)
        2
    """
    shares = false_neighbours(series, lag, max_dimension, ratio, size)
    enough = np.flatnonzero(shares <= at_most)
    if not len(enough):
        raise ValueError(
            f"max_dimension: expected a dimension with at most {at_most:g} of false neighbours, received 1 to "
            f"{max_dimension}, with {', '.join(f'{share:.3f}' for share in shares)}. Take a larger max_dimension or a "
            "longer series; noise has no dimension that will do."
        )
    return int(enough[0]) + 1


def _information(a: np.ndarray, b: np.ndarray, bins: int) -> float:
    p = np.bincount(a * bins + b, minlength=bins * bins).reshape(bins, bins) / len(a)
    alone = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    seen = p > 0
    return float(np.sum(p[seen] * np.log(p[seen] / alone[seen])))  # (2)


def _share_of_false(s: np.ndarray, lag: int, m: int, ratio: float, size: float) -> float:
    points = delay_embedding(s[::-1], lag, m + 1)  # s(k), s(k + τ), …: the coordinate that comes anew is the latest
    now, further = points[:, :m], points[:, m]
    distances, neighbours = cKDTree(now).query(now, k=2)
    # Of points that coincide the query may name the point itself second.
    itself = neighbours[:, 1] == np.arange(len(now))
    near, R = np.where(itself, neighbours[:, 0], neighbours[:, 1]), distances[:, 1]
    apart = np.abs(further - further[near])
    torn = apart > ratio * R  # (3)
    far = np.sqrt(R**2 + apart**2) > size * s.std()  # (4)
    return float(np.mean(torn | far))
