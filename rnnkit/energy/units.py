r"""Kinds of units: what a single unit does under a field, which is all that tells the kinds of RBM apart.

A unit x under a field f has $p(x) \propto e^{x f - r(x)}$. With

$$\ell(f) = \ln \sum_x e^{x f - r(x)} \tag{1}$$

(an integral where x is continuous), its mean is $\ell'(f)$:

| kind | x | r(x) | ℓ(f) | mean |
|---|---|---|---|---|
| boolean | 0, 1 | 0 | ln(1 + eᶠ) | 1 / (1 + e⁻ᶠ) |
| spin | −1, +1 | 0 | ln(2 cosh f) | tanh f |
| continuous | real | x²/2 | f²/2 + ½ ln 2π | f |
"""

from typing import Any

import numpy as np
from scipy.special import expit

from rnnkit._checks import one_of


class Boolean:
    """Units that are 0 or 1.

    Example:
        >>> Boolean.mean(np.array([0.0, 100.0])).tolist()
        [0.5, 1.0]
    """

    values: tuple[float, float] | None = (0.0, 1.0)

    @staticmethod
    def log_partition(field: np.ndarray) -> np.ndarray:
        """ℓ(f), elementwise."""
        return np.logaddexp(0, field)  # (1)

    @staticmethod
    def mean(field: np.ndarray) -> np.ndarray:
        """ℓ'(f), elementwise."""
        return expit(field)

    @staticmethod
    def draw(mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One x for each mean, of the same type."""
        return (rng.random(mean.shape, dtype=mean.dtype) < mean).astype(mean.dtype)

    @staticmethod
    def potential(x: np.ndarray) -> Any:
        """r(x), summed over the last axis."""
        return 0.0

    @staticmethod
    def field_of_mean(mean: np.ndarray) -> np.ndarray:
        """The field that gives a mean; means at the ends are drawn in by a thousandth."""
        inside = np.clip(mean, 1e-3, 1 - 1e-3)
        return np.log(inside / (1 - inside))


class Spin(Boolean):
    """Units that are −1 or +1, as in the Ising model.

    Example:
        >>> Spin.mean(np.array([0.0, -100.0])).tolist()
        [0.0, -1.0]
    """

    values = (-1.0, 1.0)

    @staticmethod
    def log_partition(field: np.ndarray) -> np.ndarray:
        """ℓ(f), elementwise."""
        return np.logaddexp(field, -field)  # (1)

    @staticmethod
    def mean(field: np.ndarray) -> np.ndarray:
        """ℓ'(f), elementwise."""
        return np.tanh(field)

    @staticmethod
    def draw(mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One x for each mean, of the same type."""
        return 2 * Boolean.draw(0.5 + 0.5 * mean, rng) - 1

    @staticmethod
    def field_of_mean(mean: np.ndarray) -> np.ndarray:
        """The field that gives a mean; means at the ends are drawn in by a thousandth."""
        return np.arctanh(np.clip(mean, -1 + 2e-3, 1 - 2e-3))


class Continuous(Boolean):
    """Real units with Gaussian noise of variance 1.

    Example:
        >>> Continuous.mean(np.array([0.0, -2.5])).tolist()
        [0.0, -2.5]
    """

    values = None

    @staticmethod
    def log_partition(field: np.ndarray) -> np.ndarray:
        """ℓ(f), elementwise."""
        return 0.5 * field * field + 0.5 * np.log(2 * np.pi)  # (1)

    @staticmethod
    def mean(field: np.ndarray) -> np.ndarray:
        """ℓ'(f), elementwise."""
        return field

    @staticmethod
    def draw(mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One x for each mean, of the same type."""
        return mean + rng.standard_normal(mean.shape, dtype=mean.dtype)

    @staticmethod
    def potential(x: np.ndarray) -> Any:
        """r(x), summed over the last axis."""
        return 0.5 * np.sum(x * x, axis=-1)

    @staticmethod
    def field_of_mean(mean: np.ndarray) -> np.ndarray:
        """The field that gives a mean."""
        return np.asarray(mean)


KINDS = {"boolean": Boolean, "spin": Spin, "continuous": Continuous}


def kind_of(name: str, value: str) -> type[Boolean]:
    """The class of a kind of units, or a ValueError that names the argument and lists the kinds."""
    return KINDS[one_of(name, value, KINDS)]
