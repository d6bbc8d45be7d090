"""Unit 02: the linear net with two weights, its gradients, and three ways down its error surface."""

from collections.abc import Callable

import numpy as np


def states(x: np.ndarray, v_x: float, v_f: float) -> np.ndarray:
    """f_t = f_{t−1} v_f + x_t v_x, (16), for bits (I, T): shape (I, T + 1), starting with f_0 = 0."""
    f = np.zeros((len(x), x.shape[1] + 1))
    for t in range(x.shape[1]):
        f[:, t + 1] = f[:, t] * v_f + x[:, t] * v_x  # (16)
    return f


def mean_squared_error(x: np.ndarray, y: np.ndarray, v_x: np.ndarray, v_f: np.ndarray) -> np.ndarray:
    """Mean over the examples of (f_T − y)², for grids of weights of any one shape."""
    f = np.zeros(np.shape(v_x) + (len(x),))
    for bits in x.T:
        f = f * np.asarray(v_f)[..., None] + bits * np.asarray(v_x)[..., None]
    return np.mean((f - y) ** 2, axis=-1)


def state_gradients(x: np.ndarray, y: np.ndarray, v_x: float, v_f: float) -> np.ndarray:
    """∂E/∂f_t for each example and t = 0…T, E = ½ Σ (f_T − y)²: shape (I, T + 1), (20) with the sum left for later."""
    f = states(x, v_x, v_f)
    backwards = np.arange(x.shape[1], -1, -1)
    return (f[:, -1] - y)[:, None] * float(v_f) ** backwards


def gradient(x: np.ndarray, y: np.ndarray, v: np.ndarray) -> np.ndarray:
    """∂E/∂(v_x, v_f), (22) and (26) with the errata's sums."""
    f, g = states(x, *v), state_gradients(x, y, *v)
    return np.array([np.sum(g[:, 1:] * x), np.sum(g[:, 1:] * f[:, :-1])])


Rule = Callable[[np.ndarray, int], np.ndarray]


def descend(x: np.ndarray, y: np.ndarray, start: tuple[float, float], rule: Rule, steps: int) -> np.ndarray:
    """Follow a rule that turns a gradient into a move; stops where the error is no longer finite.

    Returns:
        The path, shape (at most steps + 1, 2).
    """
    path = [np.array(start, dtype=float)]
    for step in range(steps):
        with np.errstate(over="ignore", invalid="ignore"):
            v = path[-1] + rule(gradient(x, y, path[-1]), step)
            error = mean_squared_error(x, y, v[0], v[1])
        if not np.isfinite(error):
            break
        path.append(v)
    return np.array(path)


def sgd_rule(rate: float, clip: float | None = None) -> Rule:
    """Gradient descent, with the gradient's norm clipped if asked for."""

    def rule(g: np.ndarray, step: int) -> np.ndarray:
        norm = np.linalg.norm(g)
        if clip is not None and norm > clip:
            g = g * clip / norm
        return -rate * g

    return rule


def rprop_rule(delta: float = 0.001, eta_p: float = 1.2, eta_n: float = 0.5) -> Rule:
    """Rprop to the lecture's letter, (29)-(31): the sign before the first step counts as 0."""
    deltas, previous = np.full(2, delta), np.zeros(2)

    def rule(g: np.ndarray, step: int) -> np.ndarray:
        nonlocal deltas, previous
        sign = np.sign(g)
        deltas = np.clip(np.where(sign == previous, deltas * eta_p, deltas * eta_n), 1e-6, 50)
        previous = sign
        return -sign * deltas

    return rule
