r"""A recurrent network as a state-space model, trained through its whole free run."""

from typing import Any

import numpy as np

from rnnkit._checks import integer, one_of, positive_integer, random_generator
from rnnkit.identification._model import Model, built_with
from rnnkit.identification.mlp import levenberg_marquardt

ACTIVATIONS = ("tanh", "linear")


class StateSpaceRNN(Model):
    r"""A recurrent net whose state is its own: it learns what to remember.

    $$x(k) = f\big(A\,x(k-1) + B\,u(k) + b_x\big), \qquad x(0) = 0 \tag{1}$$
    $$y(k) = C\,x(k) + b_y \tag{2}$$
    $$L = \tfrac12 \sum_k e(k)^\top e(k), \qquad e(k) = y(k) - y_t(k) \tag{3}$$
    $$\frac{\partial x(k)}{\partial \theta} = f'(v(k)) \Big[ \frac{\partial (A, B, b_x)}{\partial \theta}
        \,(x(k-1), u(k), 1) + A\,\frac{\partial x(k-1)}{\partial \theta} \Big] \tag{4}$$
    $$\frac{\partial y(k)}{\partial \theta} = C\,\frac{\partial x(k)}{\partial \theta} +
        \frac{\partial (C, b_y)}{\partial \theta}\,(x(k), 1) \tag{5}$$

    with $v(k) = A x(k-1) + B u(k) + b_x$: the lecture's equations, with the identity for g. The derivatives (4) are
    carried forward in time with the state, and (3) is made small by Levenberg and Marquardt's method. Outputs are not
    fed back, so that there is no teacher to force: `fit` runs the net freely, and `predict` is the same as `simulate`.

    Args:
        units: s, states.
        activation: f, "tanh" or "linear". With "linear" it is a linear state-space model.
        washout: first steps of a recording, in which the state comes to itself from 0, that are not counted, and of
            which nothing is said (`past_`).
        max_iter: evaluations of the errors from each start.
        n_starts: random starts; the best on the training data is kept.
        random_state: a seed.

    Attributes:
        theta_: the weights, in scaled units, in the order A, B, b_x, C, b_y.
        training_error_: RMSE in training, scaled, over all outputs.

    Raises:
        ValueError: numbers that are not integers of these ranges, another activation.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), "A simple RNN" and "Gradients"; S. Lee, RNN for time series, the slide
        on the state-space model.

    Example:
        >>> u, y = np.random.default_rng(0).normal(size=200), np.zeros(200)
        >>> for k in range(1, 200):
        ...     y[k] = 0.8 * y[k - 1] + u[k]
        >>> model = StateSpaceRNN(units=1, activation="linear", washout=50, random_state=0).fit(u, y)
        >>> round(model.theta_[0].item(), 2)  # A
        0.8
    """

    def __init__(
        self,
        units: int,
        activation: str = "tanh",
        washout: int = 0,
        max_iter: int = 200,
        n_starts: int = 1,
        random_state: Any = None,
    ) -> None:
        self.units = positive_integer("units", units)
        self.activation = one_of("activation", activation, ACTIVATIONS)
        self.washout = integer("washout", washout, 0)
        self.max_iter = positive_integer("max_iter", max_iter)
        self.n_starts = positive_integer("n_starts", n_starts)
        self.random_state = random_state

    @property
    def past_(self) -> int:
        """The washout."""
        return self.washout

    def states(self, theta: np.ndarray, u: np.ndarray, outputs: int) -> np.ndarray:
        """x(1), …, x(T) for scaled inputs, shape (T, s).

        Args:
            theta: weights.
            u: scaled inputs, shape (T, M).
            outputs: J.
        """
        A, B, b_x, _, _ = self._unpacked(theta, u.shape[1], outputs)
        driven, x = u @ B.T + b_x, np.zeros(self.units)
        found = np.empty((len(u), self.units))
        for k in range(len(u)):
            found[k] = x = self._f(A @ x + driven[k])  # (1)
        return found

    def outputs(self, theta: np.ndarray, u: np.ndarray, outputs: int) -> np.ndarray:
        """y(1), …, y(T), scaled, shape (T, J). Arguments as in `states`."""
        *_, C, b_y = self._unpacked(theta, u.shape[1], outputs)
        return self.states(theta, u, outputs) @ C.T + b_y  # (2)

    def jacobian(self, theta: np.ndarray, u: np.ndarray, outputs: int) -> np.ndarray:
        """∂y(k)/∂θ, shape (T, J, weights). Arguments as in `states`."""
        (T, M), s = u.shape, self.units
        A, _, _, C, _ = self._unpacked(theta, M, outputs)
        x = self.states(theta, u, outputs)
        before = np.vstack([np.zeros(s), x[:-1]])
        slope = 1 - x**2 if self.activation == "tanh" else np.ones_like(x)
        units, inner = np.arange(s), s * s + s * M + s
        by_theta, now, direct = np.empty((T, s, inner)), np.zeros((s, inner)), np.zeros((s, inner))
        direct[units, s * s + s * M + units] = 1.0
        for k in range(T):
            direct[:, : s * s].reshape(s, s, s)[units, units] = before[k]
            direct[:, s * s : s * s + s * M].reshape(s, s, M)[units, units] = u[k]
            now = slope[k][:, None] * (direct + A @ now)  # (4)
            by_theta[k] = now
        each = np.eye(outputs)
        by_C = np.einsum("ij,tn->tijn", each, x).reshape(T, outputs, -1)
        by_b = np.broadcast_to(each, (T, outputs, outputs))
        return np.concatenate([C @ by_theta, by_C, by_b], axis=2)  # (5)

    def layer(self, **settings: Any) -> Any:
        """The fitted net as an `rnnkit.Elman` layer that takes and gives the units of the data.

        Args:
            settings: further arguments of the layer, for example return_sequences=True.

        Returns:
            The layer, built, with the weights of this model.

        Raises:
            ValueError: a model that is not fitted.
        """
        (mean_u, by_u), (mean_y, by_y) = self._scales("layer")
        from rnnkit.layers import Elman

        M, J = len(mean_u), len(mean_y)
        A, B, b_x, C, b_y = self._unpacked(self.theta_, M, J)
        weights = {
            "kernel": (B / by_u).T,
            "recurrent_kernel": A.T,
            "bias": b_x - B @ (mean_u / by_u),
            "output_kernel": C.T * by_y,
            "output_bias": b_y * by_y + mean_y,
        }
        layer = Elman(self.units, J, activation=self.activation, output_activation=None, **settings)
        return built_with(layer, M, weights)

    def _f(self, v: np.ndarray) -> np.ndarray:
        return np.tanh(v) if self.activation == "tanh" else v

    def _looks_at_outputs(self) -> bool:
        return False

    def _shapes(self, M: int, J: int) -> tuple[tuple[int, ...], ...]:
        s = self.units
        return (s, s), (s, M), (s,), (J, s), (J,)

    def _number_of_weights(self, M: int, J: int) -> int:
        if not M:
            raise ValueError("u: expected at least one input for a model without past outputs, received none.")
        return sum(int(np.prod(shape)) for shape in self._shapes(M, J))

    def _unpacked(self, theta: np.ndarray, M: int, J: int) -> list[np.ndarray]:
        shapes = self._shapes(M, J)
        parts = np.split(theta, np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    def _random(self, rng: np.random.Generator, M: int, J: int) -> np.ndarray:
        """Weights to start from: a state that forgets within some steps, and stays where tanh is nearly straight."""
        s = self.units
        A = rng.normal(0.0, 0.7 / np.sqrt(s), (s, s))
        B = rng.normal(0.0, 0.5 / np.sqrt(M), (s, M))
        C = rng.normal(0.0, 1.0 / np.sqrt(s), (J, s))
        return np.concatenate([A.ravel(), B.ravel(), np.zeros(s), C.ravel(), np.zeros(J)])

    def _fit(self, u: np.ndarray, y: np.ndarray) -> None:
        J, kept, rng = y.shape[1], slice(self.washout, None), random_generator(self.random_state)
        with np.errstate(over="ignore", invalid="ignore"):
            self.theta_, cost = levenberg_marquardt(
                lambda theta: np.nan_to_num(self.outputs(theta, u, J)[kept] - y[kept], nan=1e100, posinf=1e100),  # (3)
                lambda theta: self.jacobian(theta, u, J)[kept],
                [self._random(rng, u.shape[1], J) for _ in range(self.n_starts)],
                self.max_iter,
            )
        self.training_error_ = float(np.sqrt(cost / y[kept].size))

    def _predict(self, u: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self._simulate(u, y)

    def _simulate(self, u: np.ndarray, y0: np.ndarray) -> np.ndarray:
        return self.outputs(self.theta_, u, y0.shape[1])[self.washout :]
