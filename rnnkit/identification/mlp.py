r"""A net with one layer of tanh units and its exact derivatives, fitted by Levenberg and Marquardt's method."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import least_squares

TOLERANCE = 1e-12  # SciPy's own, 1e-8, ends where a net's error has only paused


class MLP:
    r"""A net from φ to y, and how y depends on each weight.

    $$h = \tanh(W \varphi + b) \tag{1}$$
    $$y = V h + c \tag{2}$$
    $$\frac{\partial y_j}{\partial V_{jk}} = h_k \tag{3}$$
    $$\frac{\partial y_j}{\partial c_j} = 1 \tag{4}$$
    $$\frac{\partial y_j}{\partial b_k} = V_{jk}(1 - h_k^2) \tag{5}$$
    $$\frac{\partial y_j}{\partial W_{kn}} = V_{jk}(1 - h_k^2)\,\varphi_n \tag{6}$$

    All weights stand in one vector θ, in the order W, b, V, c.

    Args:
        inputs: N, the length of φ.
        units: K, hidden units.
        outputs: J.

    Source:
        The letters are those of `rnnkit.layers.NARXCell`.

    Example:
        >>> net = MLP(inputs=3, units=5, outputs=2)
        >>> theta = net.random(np.random.default_rng(0))
        >>> net(theta, np.ones((7, 3))).shape, net.jacobian(theta, np.ones((7, 3))).shape, net.size
        ((7, 2), (7, 2, 32), 32)
    """

    def __init__(self, inputs: int, units: int, outputs: int) -> None:
        self.shapes = ((units, inputs), (units,), (outputs, units), (outputs,))
        self._ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        self.size = int(self._ends[-1])

    def unpacked(self, theta: np.ndarray) -> list[np.ndarray]:
        """W (K, N), b (K,), V (J, K), c (J,)."""
        parts = np.split(theta, self._ends[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Weights to start from: hidden units that are nearly linear in inputs of standard deviation 1."""
        (units, inputs), _, (outputs, _), _ = self.shapes
        W, b = rng.normal(0.0, 0.4 / np.sqrt(inputs), (units, inputs)), rng.uniform(-0.3, 0.3, units)
        V = rng.normal(0.0, 1.0 / np.sqrt(units), (outputs, units))
        return np.concatenate([W.ravel(), b, V.ravel(), np.zeros(outputs)])

    def __call__(self, theta: np.ndarray, phi: np.ndarray) -> np.ndarray:
        """y, shape (rows, J), of φ, shape (rows, N)."""
        W, b, V, c = self.unpacked(theta)
        h = _hidden(phi, W, b)
        return h @ V.T + c  # (2)

    def jacobian(self, theta: np.ndarray, phi: np.ndarray) -> np.ndarray:
        """∂y/∂θ, shape (rows, J, weights)."""
        W, b, V, _ = self.unpacked(theta)
        J, rows = len(V), len(phi)
        h = _hidden(phi, W, b)
        each = np.eye(J)
        by_V = np.einsum("ij,rk->rijk", each, h).reshape(rows, J, -1)  # (3)
        by_c = np.broadcast_to(each, (rows, J, J))  # (4)
        by_b = V * (1 - h**2)[:, None]  # (5)
        by_W = (by_b[..., None] * phi[:, None, None]).reshape(rows, J, -1)  # (6)
        return np.concatenate([by_W, by_b, by_V, by_c], axis=2)


def _hidden(phi: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.tanh(phi @ W.T + b)  # (1)


def levenberg_marquardt(
    errors: Callable[[np.ndarray], np.ndarray],
    jacobian: Callable[[np.ndarray], np.ndarray],
    starts: list[np.ndarray],
    max_iter: int,
) -> tuple[np.ndarray, float]:
    """The best weights that Levenberg and Marquardt's method (MINPACK) finds from some starts.

    Args:
        errors: from θ to the errors, any shape.
        jacobian: from θ to their derivatives, the shape of the errors and one axis more.
        starts: weights to start from.
        max_iter: evaluations of the errors from each.

    Returns:
        θ and the sum of its squared errors.

    Example:
        >>> theta, cost = levenberg_marquardt(
        ...     lambda t: np.array([t[0] - 1.0, t[1] ** 2 - 4.0]),
        ...     lambda t: np.array([[1.0, 0.0], [0.0, 2 * t[1]]]),
        ...     [np.array([0.0, 1.0])],
        ...     50,
        ... )
        >>> theta.round(6).tolist()
        [1.0, 2.0]
    """
    found = [
        least_squares(
            lambda theta: errors(theta).ravel(),
            start,
            jac=lambda theta: jacobian(theta).reshape(-1, len(theta)),
            method="lm",
            x_scale=1.0,  # a net's weights are of one size; scaled by the Jacobian the method needs twice the steps
            ftol=TOLERANCE,
            xtol=TOLERANCE,
            gtol=TOLERANCE,
            max_nfev=max_iter,
        )
        for start in starts
    ]
    best = min(found, key=lambda result: result.cost)
    return best.x, 2 * float(best.cost)
