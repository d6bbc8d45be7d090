r"""Linear models of a system: ARX with past outputs, FIR without."""

import numpy as np

from rnnkit._checks import number
from rnnkit._estimator import not_fitted
from rnnkit.identification.linear_ar import LinearAR, fit_linear_ar
from rnnkit.identification.regression import Regression


class ARX(Regression):
    r"""Linear autoregression with exogenous inputs, fitted by least squares.

    $$\hat y(k) = \sum_{d=0}^{d_x} B_d\,u(k-d) + \sum_{d=1}^{d_y} A_d\,y(k-d) + c \tag{1}$$
    $$\min_{A, B, c} \sum_k \lVert \hat y(k) - y(k) \rVert^2 \tag{2}$$

    (2) is one system of linear equations. With a ridge λ the mean of the squares and λ times the squared weights are
    made small together, both in scaled units (see `fit_linear_ar`).

    Args:
        input_delays: d_x, 0 or more.
        output_delays: d_y, 0 or more.
        ridge: λ, 0 or more.

    Attributes:
        input_weights_: B_0, …, B_{d_x} in the units of the data, shape (d_x + 1, J, M).
        output_weights_: A_1, …, A_{d_y}, shape (d_y, J, J).
        bias_: c, shape (J,).

    Raises:
        ValueError: delays that are no such integers, a negative ridge.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017); L. Ljung, System Identification (1999), section 4.2, where A has the
        other sign.

    Example:
        >>> u, y = np.random.default_rng(0).normal(size=50), np.zeros(50)
        >>> for k in range(1, 50):
        ...     y[k] = 2 * u[k] - u[k - 1] + 0.5 * y[k - 1] + 3
        >>> model = ARX(input_delays=1, output_delays=1).fit(u, y)
        >>> model.input_weights_.ravel().round(6).tolist(), model.output_weights_.item(), model.bias_.round(6).tolist()
        ([2.0, -1.0], 0.5..., [3.0])
    """

    def __init__(self, input_delays: int = 1, output_delays: int = 1, ridge: float = 0.0) -> None:
        super().__init__(input_delays, output_delays)
        self.ridge = number("ridge", ridge, least=0.0, expected="0 or more")

    _linear: LinearAR | None = None

    @property
    def input_weights_(self) -> np.ndarray:
        """B_0, …, B_{d_x} in the units of the data, shape (d_x + 1, J, M)."""
        return self._weights()[0]

    @property
    def output_weights_(self) -> np.ndarray:
        """A_1, …, A_{d_y}, shape (d_y, J, J)."""
        return self._weights()[1]

    @property
    def bias_(self) -> np.ndarray:
        """c in the units of the data, shape (J,)."""
        return self._weights()[2]

    def _weights(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if self._linear is None or self._scale_u is None or self._scale_y is None:
            raise not_fitted("weights: expected a fitted model, received one that is not. Call fit(u, y) first.")
        (mean_u, by_u), (mean_y, by_y) = self._scale_u, self._scale_y
        M, J, inputs = len(mean_u), len(mean_y), (self.input_delays + 1) * len(mean_u)
        rows = (
            by_y
            * self._linear.weights
            / np.concatenate([np.tile(by_u, self.input_delays + 1), np.tile(by_y, self.output_delays)])[:, None]
        )
        B = rows[:inputs].reshape(self.input_delays + 1, M, J).swapaxes(1, 2)
        A = rows[inputs:].reshape(self.output_delays, J, J).swapaxes(1, 2)
        c = mean_y + by_y * self._linear.bias - B.sum(axis=0) @ mean_u - A.sum(axis=0) @ mean_y
        return B, A, c

    def _number_of_weights(self, M: int, J: int) -> int:
        return (self._number_of_regressors(M, J) + 1) * J

    def _fit_regression(self, phi: np.ndarray, y: np.ndarray) -> None:
        self._linear = fit_linear_ar(phi, y, order=phi.shape[1], ridge=self.ridge)  # (2)

    def _F(self, phi: np.ndarray) -> np.ndarray:
        assert self._linear is not None
        return self._linear.predict(phi)  # (1)


class FIR(ARX):
    r"""A finite-response model: an input acts on the output for N more steps, and then never again.

    $$\hat Y_t = \sum_{d=0}^{N} B_d\,X_{t-d} + c \tag{1}$$

    The lecture's $Y_t = f(X_t, X_{t-1}, \dots, X_{t-N})$ with a linear f; `SlidingPredictor` has a net for f. It sees
    no outputs, so that a prediction and a free run are the same.

    Args:
        width: N, 0 or more.
        ridge: as in `ARX`.

    Raises:
        ValueError: a width that is no such integer, a negative ridge.

    Source:
        S. Lee, RNN for time series, the slides on the sliding predictor and the finite-response model.

    Example:
        >>> u = np.random.default_rng(0).normal(size=50)
        >>> y = np.convolve(u, [1.0, 0.5, 0.25])[:50]
        >>> FIR(width=2).fit(u[5:], y[5:]).input_weights_.ravel().round(6).tolist()
        [1.0, 0.5, 0.25]
    """

    def __init__(self, width: int, ridge: float = 0.0) -> None:
        super().__init__(input_delays=width, output_delays=0, ridge=ridge)
        self.width = self.input_delays
