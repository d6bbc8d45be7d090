"""How fast close states part along a trajectory: Lyapunov exponents, and the state Jacobian's spectral radius."""

from typing import Any

import numpy as np
from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.dynamics.jacobian import state_jacobians
from rnnkit.dynamics.maps import as_map


def lyapunov_spectrum(
    system: Any, starts: Any, steps: int, inputs: Any = None, *, transient: int = 100, block: int = 256
) -> np.ndarray:
    """All Lyapunov exponents of a network that runs by itself: see `spectrum_of_jacobians`.

    A largest exponent above zero is chaos; below zero, a fixed point or a periodic attractor; at zero, a closed curve.

    Args:
        system: a `Map`, or any rnnkit or Keras recurrent cell or layer that is built; in float64 if digits matter.
        starts: shape (batch, n), n the size of the state; as many orbits as there are starts.
        steps: over which the mean is taken. Many short orbits are as good as a long one if they lie on one attractor.
        inputs: a cell's input, the same at all steps, shape (features,). Zeros by default.
        transient: steps before, which do not count.
        block: steps whose Jacobians are held in memory at once.

    Returns:
        Shape (batch, n), largest first, in 1 / step: divide by dt for a network in continuous time.

    Raises:
        ValueError: steps that are not a positive integer; as `as_map` does.

    Example:
        >>> import numpy as np
        >>> from rnnkit.dynamics import Map
        >>> logistic = Map(lambda x: 4 * x * (1 - x), lambda x: (4 - 8 * x)[:, :, None])
        >>> exponents = lyapunov_spectrum(logistic, np.random.default_rng(0).random((50, 1)), 1000)
        >>> bool(abs(exponents.mean() - np.log(2)) < 0.01)
        True
    """
    system, steps = as_map(system, inputs), positive_integer("steps", steps)
    x = np.asarray(starts)
    if transient:
        x = system.orbit(x, transient)[:, -1]
    batch, n = x.shape
    frame, growth = np.broadcast_to(np.eye(n), (batch, n, n)), np.zeros((batch, n))
    for done in range(0, steps, block):
        states = system.orbit(x, min(block, steps - done))
        before = np.concatenate([x[:, None], states[:, :-1]], axis=1)
        jacobians = system.jacobian(before.reshape(-1, n)).reshape(batch, -1, n, n)
        frame, more = _stretched(frame, jacobians)
        growth, x = growth + more, states[:, -1]
    return -np.sort(-growth / steps, axis=1)


def spectrum_of_jacobians(jacobians: Any) -> np.ndarray:
    r"""Lyapunov exponents from the Jacobians along trajectories, those of networks that are driven by inputs too.

    A frame of n directions is carried along and made orthogonal again at every step, so that the second direction does
    not fall onto the first:

    $$Q(k)\, R(k) = J(k)\, Q(k-1) \tag{1}$$
    $$\lambda_i = \frac1T \sum_{k=1}^T \ln \lvert R_{ii}(k) \rvert \tag{2}$$

    Args:
        jacobians: J(1) ... J(T), shape (batch, T, n, n), as `state_jacobians` returns them.

    Returns:
        Shape (batch, n), largest first, in 1 / step. −∞ where a direction is lost altogether.

    Raises:
        ValueError: Jacobians of another shape.

    Source:
        G. Benettin and others (1980) and I. Shimada and T. Nagashima (1979), the QR method.

    Example:
        >>> import numpy as np
        >>> spectrum_of_jacobians(np.broadcast_to(np.diag([0.5, 2.0]), (1, 60, 2, 2))).round(6).tolist()
        [[0.693147, -0.693147]]
    """
    jacobians = np.asarray(jacobians, dtype=float)
    if jacobians.ndim != 4 or jacobians.shape[2] != jacobians.shape[3]:
        raise ValueError(f"jacobians: expected shape (batch, time, n, n), received {jacobians.shape}.")
    batch, steps, n, _ = jacobians.shape
    _, growth = _stretched(np.broadcast_to(np.eye(n), (batch, n, n)), jacobians)
    return -np.sort(-growth / steps, axis=1)


def spectral_radii(cell: Any, inputs: Any, initial_state: Any = None, mask: Any = None) -> np.ndarray:
    r"""The spectral radius of the state Jacobian at each step of a trajectory,

    $$\rho(k) = \max_i \lvert \lambda_i(J(k)) \rvert \tag{1}$$

    Args:
        cell, inputs, initial_state, mask: as in `trajectory`.

    Returns:
        Shape (batch, time). Above 1, some direction can grow in this step; a product of Jacobians may shrink all the
        same, and grow where every radius is below 1, as their directions differ: the growth over many steps is
        `spectrum_of_jacobians`.

    Raises:
        ValueError: as `trajectory` does.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slide on reservoirs at the edge of stability.

    Example:
        >>> import keras, numpy as np
        >>> half, x = keras.initializers.Identity(0.5), np.ones((3, 5, 4), "float32")
        >>> layer = keras.layers.SimpleRNN(2, activation="linear", recurrent_initializer=half)
        >>> output = layer(x)
        >>> spectral_radii(layer, x)[0].round(3).tolist()
        [0.5, 0.5, 0.5, 0.5, 0.5]
    """
    jacobians = ops.convert_to_numpy(state_jacobians(cell, inputs, initial_state, mask))
    return np.abs(np.linalg.eigvals(jacobians)).max(axis=-1)  # (1)


def _stretched(frame: np.ndarray, jacobians: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The frame after all steps, and the sum of the logarithms of its growth, shape (batch, n)."""
    growth = np.zeros(frame.shape[:2])
    for k in range(jacobians.shape[1]):
        frame, r = np.linalg.qr(jacobians[:, k] @ frame)  # (1)
        with np.errstate(divide="ignore"):
            growth = growth + np.log(np.abs(np.diagonal(r, axis1=1, axis2=2)))  # (2)
    return frame, growth
