r"""The echo state network as an estimator of scikit-learn's kind: settings instead of weights, which `fit` draws."""

from typing import Any, Self

import numpy as np

from rnnkit._checks import integer, random_generator
from rnnkit._estimator import Estimator, columns_of, not_fitted, r_squared
from rnnkit.reservoirs.echo_state import EchoStateNetwork


class EchoStateRegressor(Estimator):
    """An echo state network that is drawn at random, from these settings, when it is fitted.

    Rows are steps of one series. Every `fit`, `predict` and `score` begins with a network at rest, so that the first
    steps, the washout, are those of a network that comes to itself: they are neither fitted nor scored, and `predict`
    gives them all the same. Folds of a search have to be stretches of time, `TimeSeriesSplit` for one. For a network
    that hears its own outputs, several sequences or learning online, see `EchoStateNetwork`.

    Args:
        units: N.
        leak, spectral_radius, connections, input_scale, bias_scale: as in `EchoStateNetwork.random`; they are checked
            when the network is drawn.
        penalty: β of `ridge`.
        washout: first steps that do not count.
        random_state: a seed.

    Attributes:
        network_: the `EchoStateNetwork`.
        n_features_in_: M.

    Raises:
        ValueError: in `fit`, settings out of their range, series that are too short, not finite, or do not fit.

    Example:
        >>> u = np.random.default_rng(0).uniform(-1, 1, (600, 1))
        >>> y = np.roll(u[:, 0], 3)
        >>> model = EchoStateRegressor(units=60, input_scale=0.1, washout=50, random_state=1).fit(u[:400], y[:400])
        >>> bool(model.score(u[400:], y[400:]) > 0.99)
        True
    """

    def __init__(
        self,
        units: int = 100,
        *,
        leak: float = 1.0,
        spectral_radius: float = 0.95,
        connections: int | None = None,
        input_scale: float = 1.0,
        bias_scale: float = 0.0,
        penalty: float = 1e-8,
        washout: int = 100,
        random_state: Any = None,
    ) -> None:
        self.units, self.leak, self.spectral_radius, self.connections = units, leak, spectral_radius, connections
        self.input_scale, self.bias_scale, self.penalty = input_scale, bias_scale, penalty
        self.washout, self.random_state = washout, random_state

    def fit(self, u: Any, y: Any) -> Self:
        """Draw the network and solve for its readout.

        Args:
            u: inputs, shape (T, M) or (T,).
            y: targets, shape (T, J) or (T,).

        Returns:
            The model itself.
        """
        if y is None:
            raise ValueError(
                "y: expected the targets, received none; fit requires y to be passed, but the target y is None."
            )
        u, targets = columns_of("u", u), columns_of("y", y)
        least = integer("washout", self.washout, 0) + 2
        if len(u) != len(targets) or len(u) < least:
            raise ValueError(
                f"u, y: expected as many steps of each, {least} or more, received {len(u)} and {len(targets)}. "
                "Take a longer recording or a shorter washout."
            )
        network = EchoStateNetwork.random(
            self.units,
            u.shape[1],
            leak=self.leak,
            spectral_radius=self.spectral_radius,
            connections=self.connections,
            input_scale=self.input_scale,
            bias_scale=self.bias_scale,
            seed=random_generator(self.random_state),
        )
        self.network_ = network.fit(u, targets, penalty=self.penalty, washout=self.washout)
        self.n_features_in_, self._one_output = u.shape[1], np.asarray(y).ndim == 1
        return self

    def predict(self, u: Any) -> np.ndarray:
        """The outputs at every step of u, shape (T, J), or (T,) where y was so in `fit`."""
        if not hasattr(self, "network_"):
            raise not_fitted("predict: expected a fitted model, received one that is not. Call fit(u, y) first.")
        said = self.network_.predict(columns_of("u", u, self.n_features_in_))
        return said[:, 0] if self._one_output else said

    def score(self, u: Any, y: Any) -> float:
        """R² of the steps after the washout; of several outputs, their mean.

        Raises:
            ValueError: no step after the washout.
        """
        y, said = columns_of("y", y), self.predict(u)
        if len(y) != len(said) or len(y) <= self.washout:
            raise ValueError(
                f"y: expected {len(said)} steps as of u, more than washout={self.washout}, received {len(y)}."
            )
        return r_squared(y[self.washout :], said[self.washout :])
