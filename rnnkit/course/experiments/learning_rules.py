r"""Unit 05: a net's gradient carried backwards and forwards, what each costs, and rules of learning on temporal XOR.

The net is fully recurrent, of m units, the first L of which are outputs. Unit i sees the sources $u = (1, x, v)$: the
constant of its bias, the inputs, and all units.

$$v_i(n+1) = f(z_i(n)), \qquad z_i(n) = \textstyle\sum_j w_{ij}\,u_j(n), \qquad v_i(0) = 0, \qquad
    f(z) = 1 / (1 + e^{-z}) \tag{1}$$
$$E = \tfrac12 \textstyle\sum_{n=1}^T \sum_{i=1}^L (v_i(n) - d_i(n))^2 \tag{2}$$
$$\delta_i(n) = f'(z_i(n-1)) \Big[ e_i(n) + \textstyle\sum_k w_{ki}\,\delta_k(n+1) \Big], \qquad \delta_k(T+1) = 0
    \tag{3}$$
$$\frac{\partial E}{\partial w_{pq}} = \textstyle\sum_n \delta_p(n+1)\,u_q(n) \tag{4}$$
$$\frac{\partial v_i(n+1)}{\partial w_{pq}} = f'(z_i(n)) \Big[ \textstyle\sum_j w_{ij}
    \frac{\partial v_j(n)}{\partial w_{pq}} + \delta_{ip}\,u_q(n) \Big], \qquad
    \frac{\partial v_i(0)}{\partial w_{pq}} = 0 \tag{5}$$
$$\frac{\partial E}{\partial w_{pq}} = \textstyle\sum_n \sum_{i=1}^L e_i(n) \frac{\partial v_i(n)}{\partial w_{pq}}
    \tag{6}$$

with $e_i(n) = v_i(n) - d_i(n)$ for an output, 0 for another unit. (1), (2), (5) and (6) are those of Z. Wu, Recurrent
Neural Networks (2015), whose sources are units alone.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import keras
import numpy as np

from rnnkit.course.experiments.xor import LENGTH, fresh_errors, rmse_by_position
from rnnkit.datasets.xor import next_bit_windows, temporal_xor
from rnnkit.layers import Elman

WINDOWS = 49  # of 60 steps, in a stream of 3,000 bits


def forward(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """All states of the net, (1).

    Args:
        x: inputs, shape (T, N).
        w: weights, shape (m, 1 + N + m), a row a unit.

    Returns:
        v(0) … v(T), shape (T + 1, m).
    """
    v = np.zeros((len(x) + 1, len(w)))
    for n in range(len(x)):
        v[n + 1] = _logistic(w @ sources(x[n], v[n]))  # (1)
    return v


def sources(x: np.ndarray, v: np.ndarray) -> np.ndarray:
    """u = (1, x, v) of one step, shape (1 + N + m,)."""
    return np.concatenate([[1.0], x, v])


def bptt(x: np.ndarray, d: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of (2), backwards in time.

    Args:
        x, w: as in `forward`.
        d: targets of the steps 1 … T, shape (T, L).

    Returns:
        δ(1) … δ(T), shape (T, m), and the gradient (4), of w's shape.
    """
    v, recurrent = forward(x, w), w[:, -len(w) :]
    delta, gradient, later = np.zeros((len(x), len(w))), np.zeros_like(w), np.zeros(len(w))
    for n in range(len(x) - 1, -1, -1):
        by_v = recurrent.T @ later
        by_v[: d.shape[1]] += v[n + 1, : d.shape[1]] - d[n]
        later = delta[n] = v[n + 1] * (1 - v[n + 1]) * by_v  # (3)
        gradient += np.outer(later, sources(x[n], v[n]))  # (4)
    return delta, gradient


def truncated_bptt(x: np.ndarray, d: np.ndarray, w: np.ndarray, steps: int) -> np.ndarray:
    """`bptt`'s gradient, but each step's error goes back through so many steps only: 1 is its own."""
    v, recurrent, outputs = forward(x, w), w[:, -len(w) :], d.shape[1]
    gradient = np.zeros_like(w)
    for n in range(len(x)):
        by_v = np.zeros(len(w))
        by_v[:outputs] = v[n + 1, :outputs] - d[n]
        for m in range(n, max(n - steps, -1), -1):
            delta = v[m + 1] * (1 - v[m + 1]) * by_v
            gradient += np.outer(delta, sources(x[m], v[m]))
            by_v = recurrent.T @ delta
    return gradient


def run_of_1997(x: np.ndarray, w: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    r"""The LSTM of 1997 with one cell a block, step by step, as `rnnkit.MemoryBlocks` with its defaults.

    Args:
        x: inputs, shape (T, N).
        w: weights, a row a unit: input gates, output gates, cells; a column a source, (1, x, u): shape
            (3 c, 1 + N + 3 c).

    Yields:
        Sources, input gates, output gates, the cells' inputs z = g(net), states s, and outputs of each step.
    """
    cells = len(w) // 3
    u, s = np.zeros(len(w)), np.zeros(cells)
    for now in x:
        seen = sources(now, u)
        y_in, y_out, inside = np.split(_logistic(w @ seen), 3)
        z = 4 * inside - 2
        s = s + y_in * z
        y = y_out * (2 * _logistic(s) - 1)
        u = np.concatenate([y_in, y_out, y])
        yield seen, y_in, y_out, z, s, y


def gradient_of_1997(x: np.ndarray, d: np.ndarray, w: np.ndarray) -> np.ndarray:
    r"""The gradient of ½ Σ (y − d)² by the rule of 1997: back within a step, forwards from step to step.

    From the past, only s counts; u(n−1) is taken as given. So each weight of an input gate or a cell has one number
    that is carried forwards,

    $$\frac{\partial s_j(n)}{\partial w_{pq}} = \frac{\partial s_j(n-1)}{\partial w_{pq}}
        + \frac{\partial}{\partial w_{pq}} \big[y^{in}_j z_j\big]_{u(n-1)} \tag{7}$$

    and the output gates' weights have none.

    Args:
        x, w: as in `run_of_1997`.
        d: targets of each step, shape (T, c).
    """
    cells = len(w) // 3
    of_in, of_cell = np.zeros((cells, w.shape[1])), np.zeros((cells, w.shape[1]))
    gradient = np.zeros_like(w)
    for n, (seen, y_in, y_out, z, s, y) in enumerate(run_of_1997(x, w)):
        half = (z + 2) / 4
        of_in += np.outer(z * y_in * (1 - y_in), seen)  # (7)
        of_cell += np.outer(y_in * 4 * half * (1 - half), seen)  # (7)
        squashed, e = 2 * _logistic(s) - 1, y - d[n]
        by_s = e * y_out * (1 - squashed**2) / 2
        by_out = e * squashed * y_out * (1 - y_out)
        gradient += np.concatenate([by_s[:, None] * of_in, np.outer(by_out, seen), by_s[:, None] * of_cell])
    return gradient


def error_of_1997(x: np.ndarray, d: np.ndarray, w: np.ndarray) -> float:
    """½ Σ (y − d)² of `run_of_1997`."""
    return 0.5 * float(sum(np.sum((step[-1] - wanted) ** 2) for step, wanted in zip(run_of_1997(x, w), d, strict=True)))


def rtrl_step(u: np.ndarray, dv: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One step of (1) and (5).

    Args:
        u: sources, shape (1 + N + m,).
        dv: ∂v_i/∂w_pq before the step, shape (m, m, 1 + N + m).
        w: weights, shape (m, 1 + N + m).

    Returns:
        Units and ∂v_i/∂w_pq after it.
    """
    units = np.arange(len(w))
    v = _logistic(w @ u)  # (1)
    # On one thread, unlike `@`, whose threads would spoil the clock of `seconds_a_step` on a busy machine.
    dv = np.einsum("ij,jpq->ipq", w[:, -len(w) :], dv)
    dv[units, units] += u
    dv *= (v * (1 - v))[:, None, None]  # (5)
    return v, dv


def rtrl(x: np.ndarray, d: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The same gradient as `bptt`'s, forwards in time, (6). It keeps nothing of the past but `rtrl_step`'s dv."""
    v, dv, gradient = np.zeros(len(w)), np.zeros((len(w), *w.shape)), np.zeros_like(w)
    for n in range(len(x)):
        v, dv = rtrl_step(sources(x[n], v), dv, w)
        gradient += np.tensordot(v[: d.shape[1]] - d[n], dv[: d.shape[1]], 1)  # (6)
    return gradient


def multiplications(units: int, inputs: int = 1, outputs: int = 1) -> tuple[int, int]:
    """Multiplications of a time step in the sums of (1), (3), (4) for BPTT, and of (1), (5), (6) for RTRL.

    Example:
        >>> multiplications(3), multiplications(100)
        ((39, 165), (30400, 102020400))
    """
    weights = units * (1 + inputs + units)
    return 2 * weights + units**2, weights + units**2 * weights + outputs * weights


def numbers_kept(units: int, steps: int, inputs: int = 1) -> tuple[int, int]:
    """Numbers to be remembered for a gradient over some steps: all units' past for BPTT, ∂v_i/∂w_pq for RTRL.

    Example:
        >>> numbers_kept(3, steps=100), numbers_kept(100, steps=100)
        ((300, 45), (10000, 1020000))
    """
    return steps * units, units**2 * (1 + inputs + units)


def seconds_a_step(units: int, steps: int = 20, repeats: int = 3) -> tuple[float, float]:
    """The time of a step of `bptt` and of `rtrl` on this machine, the shortest of some repeats, in seconds."""
    rng = np.random.default_rng(units)
    x, d = rng.normal(size=(steps, 1)), rng.random((steps, 1))
    w = rng.normal(size=(units, 2 + units)) / np.sqrt(units)
    return tuple(min(_seconds(lambda r=r: r(x, d, w)) for _ in range(repeats)) / steps for r in (bptt, rtrl))  # type: ignore[misc,return-value]


# A rule, given a layer with weights and a stream of bits, returns what shows the layer the stream once.
Rule = Callable[[Any, np.ndarray], Callable[[], Any]]


def by_trainer(make: Callable[[Any], Any]) -> Rule:
    """A rule that takes the stream's bits one by one.

    Args:
        make: from a layer to its `RTRLTrainer` or `EKFTrainer`.
    """

    def rule(layer: Any, stream: np.ndarray) -> Callable[[], Any]:
        trainer = make(layer)
        return lambda: trainer.fit(stream[None, :-1, None], stream[None, 1:, None])

    return rule


def by_backpropagation(optimizer: Any, batch: int = WINDOWS) -> Rule:
    """A rule that cuts the stream into 49 windows of 60 steps and goes back through time in each.

    The model is compiled before the first pass, once for all layers of one shape: a pass is training alone.

    Args:
        optimizer: of Keras.
        batch: windows of an update; a divisor of 49.
    """
    twin = _net()
    model = keras.Sequential([keras.Input((None, 1)), twin])
    model.compile(optimizer, "mse")
    optimizer.build(model.trainable_weights)
    fresh = [keras.ops.convert_to_numpy(variable) for variable in optimizer.variables]
    nothing = np.zeros((batch, LENGTH, 1), "float32")
    model.train_on_batch(nothing, nothing)

    def rule(layer: Any, stream: np.ndarray) -> Callable[[], Any]:
        x, y = next_bit_windows(stream, LENGTH)
        twin.set_weights(layer.get_weights())
        for variable, value in zip(optimizer.variables, fresh, strict=True):
            variable.assign(value)

        def one_pass() -> None:
            for first in range(0, len(x), batch):
                model.train_on_batch(x[first : first + batch], y[first : first + batch])
            layer.set_weights(twin.get_weights())

        return one_pass

    return rule


def learning_curves(rule: Rule, seeds: Iterable[int], passes: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    """Train Elman's net with two hidden units on temporal XOR, from random starts in [-1, 1].

    Args:
        rule: as `by_trainer` and `by_backpropagation` return.
        seeds: of weights and streams.
        passes: after how many passes over 3,000 bits the net is tested, ascending.

    Returns:
        Seconds of training and root mean square errors of the predicted bit on a fresh stream, both (seeds, passes).
    """
    seconds: list[list[float]] = []
    errors: list[list[float]] = []
    model = _tested_model()
    for seed in seeds:
        layer = _net()
        rng = np.random.default_rng(seed)
        layer.set_weights([rng.uniform(-1.0, 1.0, weight.shape) for weight in layer.get_weights()])
        one_pass = rule(layer, temporal_xor(1000, seed))
        done, spent = 0, 0.0
        seconds.append([])
        errors.append([])
        for wanted in passes:
            while done < wanted:
                spent += _seconds(one_pass)
                done += 1
            model.layers[-1].set_weights(layer.get_weights())
            seconds[-1].append(spent)
            errors[-1].append(float(rmse_by_position(fresh_errors(model.predict_on_batch))[2]))
    return np.array(seconds), np.array(errors)


def _net() -> Any:
    layer = Elman(2, 1, return_sequences=True)
    layer.build((None, None, 1))
    return layer


@cache
def _tested_model() -> Any:
    """One for all rules: each model would be traced anew, and TensorFlow warns of many."""
    return keras.Sequential([keras.Input((None, 1)), _net()])


def _logistic(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
