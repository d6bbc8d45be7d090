r"""What a model has left unsaid: correlations of its residuals with themselves and with the inputs."""

from typing import Any, NamedTuple

import numpy as np

from rnnkit._checks import integer
from rnnkit.identification._columns import series_of


class Correlation(NamedTuple):
    """Correlations by lag, and the bound within which 95 % of those of white noise lie.

    Attributes:
        lags: τ.
        values: r(τ).
        bound: 1.96 / √T.
    """

    lags: np.ndarray
    values: np.ndarray
    bound: float

    @property
    def outside(self) -> float:
        """The share of lags, without τ = 0 where it is 1 by definition, beyond the bound; 0.05 is what chance gives."""
        asked = (self.lags != 0) | (np.abs(self.values - 1) > 1e-12)
        return float(np.mean(np.abs(self.values[asked]) > self.bound))


def residual_correlation(residuals: Any, inputs: Any = None, most: int = 25) -> Correlation:
    r"""Correlation of residuals with themselves, or with an input.

    $$r_{ee}(\tau) = \frac{\sum_{k \ge \tau} e(k)\,e(k-\tau)}{\sum_k e(k)^2}, \qquad
      r_{ue}(\tau) = \frac{\sum_k u(k-\tau)\,e(k)}{\sqrt{\sum_k u(k)^2 \sum_k e(k)^2}} \tag{1}$$

    with e and u less their means. Residuals of a model that has found all that there is are white, and independent of
    the input: then each r is about normal with standard deviation $1 / \sqrt T$, and 95 % lie within

    $$\pm 1.96 / \sqrt T \tag{2}$$

    What stands out in $r_{ue}$ at τ > 0 is an input's effect that the model lacks; at τ < 0 it is a feedback in the
    data; what stands out in $r_{ee}$ is a past that it lacks, of the outputs or of the disturbance. Both are linear:
    a nonlinear effect may hide from them.

    Args:
        residuals: e, y less what the model said, shape (T,).
        inputs: u at the same steps, shape (T,). None for the residuals' own.
        most: the longest lag.

    Returns:
        Lags 0 to `most` of the residuals' own, −most to `most` of those with an input.

    Raises:
        ValueError: other shapes, a series that is constant or not finite, fewer than `most` + 2 steps.

    Source:
        L. Ljung, System Identification (1999), section 16.6.

    Example:
        >>> e = np.random.default_rng(0).normal(size=1000)
        >>> own = residual_correlation(e, most=20)
        >>> own.values[0].item(), bool(own.outside < 0.2)
        (1.0, True)
    """
    most = integer("most", most, 0)
    e = series_of("residuals", residuals, most + 2)
    other = e if inputs is None else series_of("inputs", inputs, most + 2)
    if len(other) != len(e):
        raise ValueError(f"inputs: expected {len(e)} steps, as many as residuals, received {len(other)}.")
    e, u = e - e.mean(), other - other.mean()
    every = np.correlate(e, u, "full") / np.sqrt(np.sum(u**2) * np.sum(e**2))  # (1)
    lags = np.arange(0 if inputs is None else -most, most + 1)
    values = every[len(e) - 1 + lags]
    if inputs is None:
        values[0] = 1.0  # rounding aside
    return Correlation(lags, values, 1.96 / np.sqrt(len(e)))  # (2)
