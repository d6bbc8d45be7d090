r"""Nonlinear models with a net in the middle: NARX with past outputs, the sliding predictor without."""

from typing import Any

import numpy as np

from rnnkit._checks import integer, positive_integer, random_generator
from rnnkit._moved import old_names
from rnnkit.identification._model import built_with
from rnnkit.identification.mlp import MLP, levenberg_marquardt
from rnnkit.identification.regression import Regression


class NARXModel(Regression):
    r"""Nonlinear autoregression with exogenous inputs: a net of one hidden layer, trained with the teacher's outputs.

    $$\hat y(k) = F\big(u(k), \dots, u(k-d_x), y_t(k-1), \dots, y_t(k-d_y)\big) \tag{1}$$
    $$\min_\theta \sum_k \lVert \hat y(k) - y_t(k) \rVert^2 \tag{2}$$

    In training and in `predict` the past outputs are the measured ones, $y_t$ (teacher forcing; series-parallel in
    Narendra and Parthasarathy's words): F, an `MLP`, is a feed-forward net, and (2) is solved by Levenberg and
    Marquardt's method with exact derivatives. In `simulate` they are the model's own ("parallel"). `rnnkit.NARX` is the
    same net as a layer of Keras; `layer` makes one of a fitted model.

    Args:
        units: K, hidden units.
        input_delays: d_x, 0 or more.
        output_delays: d_y, 1 or more.
        max_iter: evaluations of the errors from each start.
        n_starts: random starts; the best on the training data is kept.
        random_state: a seed.

    Attributes:
        theta_: the weights, in scaled units (see `MLP`).
        training_error_: RMSE of the one-step errors in training, scaled, over all outputs.

    Raises:
        ValueError: numbers that are not integers of these ranges.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slides on NARX and teacher forcing; K. S. Narendra and K.
        Parthasarathy (1990), figures 12 and 13.

    Example:
        >>> from rnnkit.datasets import narendra_parthasarathy
        >>> u = np.random.default_rng(0).uniform(-2, 2, 400)
        >>> y = narendra_parthasarathy(u)
        >>> model = NARXModel(units=8, output_delays=2, random_state=0).fit(u, y)
        >>> bool(np.std(model.predict(u, y) - y[2:]) < 0.2 * np.std(y))
        True
    """

    def __init__(
        self,
        units: int,
        input_delays: int = 0,
        output_delays: int = 1,
        max_iter: int = 200,
        n_starts: int = 1,
        random_state: Any = None,
    ) -> None:
        super().__init__(input_delays, integer("output_delays", output_delays, self._least_output_delays))
        self.units = positive_integer("units", units)
        self.max_iter = positive_integer("max_iter", max_iter)
        self.n_starts = positive_integer("n_starts", n_starts)
        self.random_state = random_state

    _net: MLP | None = None
    _least_output_delays = 1

    def _number_of_weights(self, M: int, J: int) -> int:
        return MLP(self._number_of_regressors(M, J), self.units, J).size

    def _fit_regression(self, phi: np.ndarray, y: np.ndarray) -> None:
        net, rng = MLP(phi.shape[1], self.units, y.shape[1]), random_generator(self.random_state)
        self.theta_, cost = levenberg_marquardt(
            lambda theta: net(theta, phi) - y,  # (2)
            lambda theta: net.jacobian(theta, phi),
            [net.random(rng) for _ in range(self.n_starts)],
            self.max_iter,
        )
        self._net, self.training_error_ = net, float(np.sqrt(cost / y.size))

    def _F(self, phi: np.ndarray) -> np.ndarray:
        assert self._net is not None
        return self._net(self.theta_, phi)  # (1)

    def layer(self, **settings: Any) -> Any:
        """The fitted net as an `rnnkit.NARX` layer that takes and gives the units of the data.

        Args:
            settings: further arguments of the layer, for example return_sequences=True.

        Returns:
            The layer, built, with the weights of this model.

        Raises:
            ValueError: a model that is not fitted, or without past outputs.
        """
        (mean_u, by_u), (mean_y, by_y) = self._scales("layer")
        assert self._net is not None
        from rnnkit.layers import NARX

        W, b, V, c = self._net.unpacked(self.theta_)
        mean = np.concatenate([np.tile(mean_u, self.input_delays + 1), np.tile(mean_y, self.output_delays)])
        by = np.concatenate([np.tile(by_u, self.input_delays + 1), np.tile(by_y, self.output_delays)])
        W, inputs = W / by, (self.input_delays + 1) * len(mean_u)
        weights = {
            "kernel": W[:, :inputs].T,
            "recurrent_kernel": W[:, inputs:].T,
            "bias": b - W @ mean,
            "output_kernel": V.T * by_y,
            "output_bias": c * by_y + mean_y,
        }
        layer = NARX(self.units, len(mean_y), self.input_delays, self.output_delays, **settings)
        return built_with(layer, len(mean_u), weights)


class SlidingPredictor(NARXModel):
    r"""A net that slides along the inputs: a finite-response model that is not linear.

    $$\hat Y_t = f(X_t, X_{t-1}, \dots, X_{t-N}) \tag{1}$$

    with an `MLP` for f. An input is forgotten after N steps. It sees no outputs, so that a prediction and a free run
    are the same. The larger N, the more weights: the reason the lecture gives for recurrent networks.

    Args:
        units: K, hidden units.
        width: N, 0 or more.
        max_iter, n_starts, random_state: as in `NARXModel`.

    Raises:
        ValueError: numbers that are not integers of these ranges.

    Source:
        S. Lee, RNN for time series, the slides on the sliding predictor and the finite-response model.

    Example:
        >>> u = np.random.default_rng(0).uniform(-1, 1, 300)
        >>> y = np.sin(3 * np.convolve(u, [1.0, 0.5])[:300])
        >>> model = SlidingPredictor(units=8, width=1, random_state=0).fit(u, y)
        >>> bool(np.std(model.simulate(u) - y[1:]) < 0.1 * np.std(y))
        True
    """

    _least_output_delays = 0

    def __init__(
        self, units: int, width: int, max_iter: int = 200, n_starts: int = 1, random_state: Any = None
    ) -> None:
        super().__init__(units, width, 0, max_iter, n_starts, random_state)
        self.width = self.input_delays

    def layer(self, **settings: Any) -> Any:
        """Not for this model: the layer has past outputs."""
        raise ValueError("layer: expected a model with past outputs, received a SlidingPredictor. Use NARXModel.")


__getattr__ = old_names(__name__)
