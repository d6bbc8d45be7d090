r"""Unit 07: small nets with many attractors, chaotic gated cells, an oscillator and an LSTM that nets learn."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from scipy.integrate import solve_ivp

import rnnkit
from rnnkit.dynamics import Map, as_map

# Van der Pol's oscillator with μ = 1.
PERIOD, AMPLITUDE = 6.6633, 2.0086
# Nets x ← tanh(Wx + b): two fixed points and a cycle of two; a fixed point, a cycle of three and one of six.
TWO_UNITS = (np.array([[-0.8, 2.6], [3.1, 0.7]]), np.array([0.2, -0.2]))
THREE_UNITS = (np.array([[-3.1, -2.6, -2.9], [-1.4, 3.2, -3.5], [2.1, 2.8, -0.8]]), np.array([-0.3, 0.2, 0.5]))
# The paper's matrices act on columns; its biases are zero. Its A_θ of the GRU is A_z, a misprint.
_PUBLISHED = {
    "GRU": ([[0, 1], [1, 1]], [[0, 1], [1, 0]], [[-5, -8], [8, 5]]),
    "LSTM": ([[-10, -10], [10, 10]], [[-10, -10], [10, 10]], [[10, -80], [80, -10]], [[10, -10], [10, -10]]),
    "CFN": ([[0, 1], [1, 1]], [[0, 1], [1, 0]]),
}


def laurent_von_brecht(name: str) -> Any:
    """A cell of two units with the weights that Laurent and von Brecht (2016) print, in float64.

    Without inputs GRU and LSTM are chaotic. The paper's GRU carries over 1 − z; the weights are converted. For the
    chaos-free network, of which the paper says that no weights make it chaotic, the GRU's gate matrices are taken.

    Args:
        name: "GRU", "LSTM" or "CFN".

    Returns:
        The cell, built for one input. The LSTM's state is y and c, the others' h.

    Raises:
        ValueError: another name.

    Example:
        >>> laurent_von_brecht("GRU").units
        2
    """
    if name not in _PUBLISHED:
        raise ValueError(f"name: expected one of {', '.join(_PUBLISHED)}, received {name!r}.")
    kind = {"GRU": rnnkit.GRUCell, "LSTM": rnnkit.PeepholeLSTMCell, "CFN": rnnkit.CFNCell}[name]
    cell = _with_recurrent_kernel(kind(2, dtype="float64"), _PUBLISHED[name])
    if name == "GRU":
        cell.set_weights(rnnkit.gru_with_swapped_update(cell.get_weights()))
    return cell


def _with_recurrent_kernel(cell: Any, matrices: Any) -> Any:
    """The cell with these matrices, which act on columns, side by side in its recurrent kernel, all else zero."""
    cell.build((None, 1))
    columns = np.concatenate([np.transpose(matrix) for matrix in matrices], axis=1).astype(float)
    cell.set_weights([columns if w.name == "recurrent_kernel" else np.zeros(w.shape) for w in cell.weights])
    return cell


def tanh_cell(W: np.ndarray, b: np.ndarray) -> Any:
    """Keras's simple cell as x ← tanh(Wx + b), for one input that has no effect, in float64."""
    cell = keras.layers.SimpleRNNCell(len(b), dtype="float64")
    cell.build((None, 1))
    cell.set_weights([np.zeros((1, len(b))), W.T, b])
    return cell


def tanh_map(W: np.ndarray, b: np.ndarray) -> Map:
    r"""The same net in NumPy, for very many starts.

    For two units, where W_{ij} leads from unit j to unit i:

    $$x_1 \leftarrow \tanh(W_{11} x_1 + W_{12} x_2 + b_1), \quad x_2 \leftarrow \tanh(W_{21} x_1 + W_{22} x_2 + b_2)
        \tag{1}$$
    """

    def step(x: np.ndarray) -> np.ndarray:
        return np.tanh(x @ W.T + b)

    return Map(step, lambda x: (1 - step(x) ** 2)[:, :, None] * W)


def two_neurons(gains: np.ndarray) -> Map:
    r"""Two sigmoid units, one that excites both and one that inhibits both, for many gains γ at once,

    $$x(k) = \sigma\big(\gamma W x(k-1)\big), \quad W = \begin{pmatrix} -5 & 5 \\ -25 & 25 \end{pmatrix} \tag{1}$$

    Row i of a batch has the gain i. With the gain the net's period doubles again and again, and it becomes chaotic.

    Source:
        X. Wang, Period-doublings to chaos in a simple neural network (1991).
    """
    W, g = np.array([[-5.0, 5.0], [-25.0, 25.0]]), np.asarray(gains, dtype=float)

    def gain(x: np.ndarray) -> np.ndarray:
        return np.repeat(g, len(x) // len(g))[:, None]

    def step(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-gain(x) * (x @ W.T)))  # (1)

    def jacobian(x: np.ndarray) -> np.ndarray:
        y = step(x)
        return (gain(x) * y * (1 - y))[:, :, None] * W

    return Map(step, jacobian)


def van_der_pol(y: np.ndarray) -> np.ndarray:
    """The slopes y₁' = y₂, y₂' = (1 − y₁²) y₂ − y₁, for points y, shape (points, 2)."""
    return np.stack([y[:, 1], (1 - y[:, 0] ** 2) * y[:, 1] - y[:, 0]], axis=1)


def oscillation(start: Any, steps: int, dt: float) -> np.ndarray:
    """Van der Pol's oscillator itself, by SciPy to 1e-11: the points after each dt, shape (steps, 2)."""
    times = dt * np.arange(steps + 1)
    found = solve_ivp(
        lambda t, y: van_der_pol(y[None])[0], (0, times[-1]), start, "DOP853", times, rtol=1e-11, atol=1e-11
    )
    return found.y.T[1:]


@dataclass(frozen=True)
class FieldNet:
    r"""A feed-forward net for a vector field, and the recurrent net that is the same thing.

    $$\frac{dy}{dt} = -\frac{y}{\tau} + C \tanh(A y + b) \tag{1}$$

    With x = A y + b it is exactly L5's continuous-time network, with as many units as the hidden layer has:

    $$\tau \frac{dx}{dt} = -x + W \tanh(x) + h, \qquad W = \tau A C, \quad h = b \tag{2}$$

    Attributes:
        A: shape (units, n). b: shape (units,). C: shape (n, units). tau: τ.
    """

    A: np.ndarray
    b: np.ndarray
    C: np.ndarray
    tau: float

    def slope(self, y: np.ndarray) -> np.ndarray:
        """The field at points y, shape (points, n)."""
        return -y / self.tau + np.tanh(y @ self.A.T + self.b) @ self.C.T  # (1)

    def ctrnn(self, dt: float, method: str = "rk4") -> Any:
        """The recurrent net as a `CTRNNCell` that takes steps of dt, in float64."""
        units = len(self.b)
        cell = rnnkit.CTRNNCell(units, tau=self.tau, dt=dt, method=method, dtype="float64")
        cell.build((None, 1))
        cell.set_weights([np.zeros((1, units)), (self.tau * self.A @ self.C).T, self.b])  # (2)
        return cell

    def follow(self, start: Any, steps: int, dt: float, method: str = "rk4") -> np.ndarray:
        """Let the recurrent net run alone from points y, shape (batch, n), by Runge and Kutta ("rk4") or "euler".

        Returns:
            The points after each step, shape (batch, steps, n).
        """
        y = np.atleast_2d(np.asarray(start, dtype=float))
        x = as_map(self.ctrnn(dt, method)).orbit(y @ self.A.T + self.b, steps)
        return (x - self.b) @ np.linalg.pinv(self.A).T


def fit_field(y: np.ndarray, slopes: np.ndarray, units: int, seed: int, tau: float = 0.8) -> FieldNet:
    """Fit a vector field with one hidden layer, its first weights random, its last ones by least squares.

    Args:
        y: points, shape (points, n), within some −4 to 4, where the hidden units bend.
        slopes: dy/dt there, same shape.
        units: hidden ones.
        seed: of A and b.
        tau: τ of the network that comes of it. `np.inf` leaves out −y/τ: the hidden layer alone fits the slopes.

    Returns:
        The net.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020), after K. Funahashi and Y. Nakamura (1993), theorem 2.
    """
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(units, y.shape[1])) * rng.uniform(0.3, 1, size=(units, 1))
    b = rng.uniform(-2, 2, size=units)
    C = np.linalg.lstsq(np.tanh(y @ A.T + b), slopes + y / tau, rcond=1e-10)[0].T
    return FieldNet(A, b, C, tau)


def fit_plane(units: int, seed: int, points: int = 2000) -> FieldNet:
    """A net that has seen van der Pol's field all over the rectangle −3 to 3 by −4 to 4."""
    y = np.random.default_rng([seed, 1]).uniform([-3, -4], [3, 4], size=(points, 2))
    return fit_field(y, van_der_pol(y), units, seed)


def fit_trajectory(start: Any, horizon: float, units: int, seed: int, dt: float = 0.01) -> FieldNet:
    """A net that has seen the field along one trajectory up to a horizon, all that the theorem speaks of."""
    y = np.concatenate([np.atleast_2d(start), oscillation(start, round(horizon / dt), dt)])
    return fit_field(y, van_der_pol(y), units, seed)


def tame_lstm(factor: float = 0.05) -> Any:
    """The chaotic LSTM of `laurent_von_brecht` with its recurrent weights made smaller, so that it ends in a cycle."""
    cell = laurent_von_brecht("LSTM")
    cell.recurrent_kernel.assign(factor * keras.ops.convert_to_numpy(cell.recurrent_kernel))
    return cell


def fit_lstm(cell: Any, units: int, seed: int, points: int = 3000) -> FieldNet:
    r"""A net whose steps of Euler's method with δ = τ = 1 are those of an LSTM without input, as well as it can.

    With F the LSTM's step of its state s = [y, c], the field is F(s) − s, so that (1) is F(s) ≈ C tanh(A s + b), and
    Euler's step of (2) is x ← W tanh(x) + h.

    Args:
        cell: the LSTM's cell.
        units: of the net.
        seed: of its first weights, and of the states from which the LSTM is run.
        points: so many states, y from −1 to 1 and c from −1.5 to 1.5, and three steps from each.
    """
    most = np.repeat([1.0, 1.5], cell.units)
    start = np.random.default_rng([seed, 1]).uniform(-most, most, size=(points, len(most)))
    run = np.concatenate([start[:, None], as_map(cell).orbit(start, 4)], axis=1)
    before, after = run[:, :-1].reshape(-1, len(most)), run[:, 1:].reshape(-1, len(most))
    return fit_field(before, after - before, units, seed, tau=1.0)


def distance_to(curve: np.ndarray, points: np.ndarray) -> np.ndarray:
    """How far each point is from a closed curve that is given by points close together, shape (points,)."""
    from scipy.spatial import cKDTree

    return cKDTree(curve).query(points)[0]
