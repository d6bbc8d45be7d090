r"""Models that are regressions of the next output on a window of the past, and the window itself."""

from typing import Any

import numpy as np

from rnnkit._checks import integer
from rnnkit.identification._columns import columns_of
from rnnkit.identification._model import Model


def regressors(u: Any, y: Any, input_delays: int, output_delays: int) -> np.ndarray:
    r"""What a model sees of the past at each step.

    $$\varphi(k) = [\,u(k), u(k-1), \dots, u(k-d_x), y(k-1), \dots, y(k-d_y)\,] \tag{1}$$

    Args:
        u: inputs, shape (T, M) or (T,).
        y: outputs, shape (T, J) or (T,).
        input_delays: d_x, 0 or more.
        output_delays: d_y, 0 or more.

    Returns:
        φ(k) for k = max(d_x, d_y), …, T − 1, a row a step: shape (T − max(d_x, d_y), (d_x + 1) M + d_y J).

    Raises:
        ValueError: another shape, numbers that are not finite, delays that are no such integers, or too few steps.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slide on NARX.

    Example:
        >>> regressors(np.arange(4), 10 * np.arange(4), input_delays=1, output_delays=2)
        array([[ 2.,  1., 10.,  0.],
               [ 3.,  2., 20., 10.]])
    """
    d_x, d_y = integer("input_delays", input_delays, 0), integer("output_delays", output_delays, 0)
    u, y = columns_of("u", u), columns_of("y", y)
    past = max(d_x, d_y)
    if len(u) != len(y) or len(u) <= past:
        raise ValueError(f"u, y: expected more than {past} steps, as many of each, received {len(u)} and {len(y)}.")
    k = np.arange(past, len(u))
    return np.hstack([*(u[k - d] for d in range(d_x + 1)), *(y[k - d] for d in range(1, d_y + 1))])  # (1)


class Regression(Model):
    r"""A model $\hat y(k) = F(\varphi(k))$ of the window of `regressors`. Those below differ in F.

    Args:
        input_delays: d_x, 0 or more.
        output_delays: d_y, 0 or more.
    """

    def __init__(self, input_delays: int, output_delays: int) -> None:
        self.input_delays = integer("input_delays", input_delays, 0)
        self.output_delays = integer("output_delays", output_delays, 0)

    @property
    def past_(self) -> int:
        """max(d_x, d_y)."""
        return max(self.input_delays, self.output_delays)

    def _looks_at_outputs(self) -> bool:
        return self.output_delays > 0

    def _number_of_regressors(self, M: int, J: int) -> int:
        count = (self.input_delays + 1) * M + self.output_delays * J
        if not count:
            raise ValueError("u: expected at least one input for a model without past outputs, received none.")
        return count

    def _window(self, u: np.ndarray, y: np.ndarray) -> np.ndarray:
        return regressors(u, y, self.input_delays, self.output_delays)

    def _fit(self, u: np.ndarray, y: np.ndarray) -> None:
        self._fit_regression(self._window(u, y), y[self.past_ :])

    def _predict(self, u: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self._F(self._window(u, y))

    def _simulate(self, u: np.ndarray, y0: np.ndarray) -> np.ndarray:
        y = np.vstack([y0, np.zeros((len(u) - len(y0), y0.shape[1]))])
        if not self.output_delays:
            return self._predict(u, y)
        known = regressors(u, y, self.input_delays, 0)[self.past_ - self.input_delays :]
        for k in range(self.past_, len(u)):
            past = y[k - self.output_delays : k][::-1].ravel()  # y(k − 1), …, y(k − d_y): the model's own
            y[k] = self._F(np.concatenate([known[k - self.past_], past])[None])[0]
        return y[self.past_ :]

    def _fit_regression(self, phi: np.ndarray, y: np.ndarray) -> None:
        raise NotImplementedError

    def _F(self, phi: np.ndarray) -> np.ndarray:
        raise NotImplementedError
