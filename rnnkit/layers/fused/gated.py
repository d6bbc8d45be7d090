"""The fast path's passes through a GRU and a chaos-free network: forward over time, and backward by hand.

All are for XLA, on TensorFlow, time first. The equations are those of `GRUCell` and `CFNCell`, by the same numbers; a δ
is the gradient of the loss with respect to a sum before its activation.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from rnnkit.layers.fused.tools import (
    TwoWaysForward,
    held,
    input_product,
    length,
    loop_back,
    one_later,
    steps_product,
    stores,
    time_first,
)

Sloped = tuple[Callable[[Any], Any], Callable[[Any], Any]]


class GRUPasses(TwoWaysForward):
    """A GRU. Each of the activation and the gates' comes with its slope, a function of its value."""

    def __init__(self, sloped: list[Sloped]) -> None:
        (self.h, self.h_slope), (self.sigma, self.sigma_slope) = sloped

    def _through_time(
        self, keeps: bool, x: Any, mask: Any, states: list[Any], w: Any, b: Any, r: Any
    ) -> tuple[Any, ...]:
        """As `TwoWaysForward` says. The state is y; kept besides the factors are the gates. Nothing is apart."""
        x, counts = time_first(x), time_first(mask)
        total = input_product(x, w, b)
        steps, n = length(total), r.shape[0]
        of_gates, of_m = tf.split(r, [2 * n, n], axis=1)

        def step(t: Any, y: Any, factors: Any, ys: Any, *gates: Any) -> tuple[Any, ...]:
            sums, sum_m = tf.split(factors.read(t), [2 * n, n], axis=1)
            both = self.sigma(sums + tf.matmul(y, of_gates))
            i, f = tf.split(both, 2, axis=1)  # (2), (1)
            m = self.h(sum_m + tf.matmul(f * y, of_m))  # (3)
            if keeps:
                # What the δ of (2), (1) and (3) are multiplied with is at hand here, so that the way back is short.
                slopes = ((y - m) * self.sigma_slope(i), y * self.sigma_slope(f), (1 - i) * self.h_slope(m))
                factors = factors.write(t, tf.concat(slopes, axis=1))
            y = held(counts, t, i * y + (1 - i) * m, y)  # (4)
            return t + 1, y, factors, ys.write(t, y), *(k.write(t, both) for k in gates)

        # The sums are read and the factors written in one place: a step's sum is needed only once.
        gates = [stores(total, 2 * n)] if keeps else []
        start = (tf.constant(0), states[0], stores(total, 3 * n).unstack(total), stores(total, n), *gates)
        _, y, factors, ys, *gates = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        return [y], ys.stack(), x, factors, gates

    def backward(
        self, d_last: list[Any], d_ys: Any, ys: Any, saved: list[Any], mask: Any, states: list[Any], r: Any
    ) -> tuple[Any, ...]:
        """The gradient of the first y; the δ of (2), (1) and (3), all steps; the gradients of b and R."""
        (factors, gates), counts, n = saved, time_first(mask), r.shape[0]
        gates_back, m_back = tf.split(tf.transpose(r), [2 * n, n], axis=0)

        def step(t: Any, dy: Any, deltas: Any) -> tuple[Any, ...]:
            dy = dy if d_ys is None else dy + d_ys[t]
            by_i, by_f, by_m = tf.split(factors[t], 3, axis=1)
            i, f = tf.split(gates[t], 2, axis=1)
            delta_m = dy * by_m  # (4), (3)
            d_fed_back = tf.matmul(delta_m, m_back)  # (3)
            of_gates = tf.concat([dy * by_i, d_fed_back * by_f], axis=1)  # (4), (2); (3), (1)
            new_dy = dy * i + d_fed_back * f + tf.matmul(of_gates, gates_back)  # (4), (3), (2), (1)
            delta = tf.concat([of_gates, delta_m], axis=1)
            delta = held(counts, t, delta, tf.zeros_like(delta))
            return t - 1, held(counts, t, new_dy, dy), deltas.write(t, delta)

        dy, stored = loop_back(step, (d_last[0], stores(ys, 3 * n)), length(ys))
        deltas, past = stored.stack(), one_later(ys, states[0])
        d_of_gates = steps_product(past, deltas[:, :, : 2 * n])
        d_of_m = steps_product(gates[:, :, n:] * past, deltas[:, :, 2 * n :])
        return [dy], deltas, tf.reduce_sum(deltas, axis=(0, 1)), tf.concat([d_of_gates, d_of_m], axis=1)


class CFNPasses(TwoWaysForward):
    """A chaos-free network. Each of the activation and the gates' comes with its slope, a function of its value."""

    def __init__(self, sloped: list[Sloped]) -> None:
        (self.tanh, self.slope), (self.sigma, self.sigma_slope) = sloped

    def _through_time(
        self, keeps: bool, x: Any, mask: Any, states: list[Any], v: Any, b: Any, u: Any
    ) -> tuple[Any, ...]:
        """As `TwoWaysForward` says. The state is h; kept besides the factors is what acts on its gradient directly.

        v is [V_θ V_η W], b is [b_θ b_η 0], u is [U_θ U_η].
        """
        x, counts = time_first(x), time_first(mask)
        total = input_product(x, v, b)
        steps, n = length(total), u.shape[0]

        def step(t: Any, h: Any, factors: Any, hs: Any, rest: Any) -> tuple[Any, ...]:
            sums, sum_z = tf.split(factors.read(t), [2 * n, n], axis=1)
            gates = self.sigma(sums + tf.matmul(h, u))  # (2)
            theta, eta = tf.split(gates, 2, axis=1)
            a, z = self.tanh(h), self.tanh(sum_z)
            h = held(counts, t, theta * a + eta * z, h)  # (1)
            if not keeps:
                return t + 1, h, factors, hs.write(t, h), gates
            # With these the δ of θ, η and W x are known, so that the way back has one product a step.
            slopes = (a * self.sigma_slope(theta), z * self.sigma_slope(eta), eta * self.slope(z))
            factors = factors.write(t, tf.concat(slopes, axis=1))
            return t + 1, h, factors, hs.write(t, h), rest.write(t, theta * self.slope(a))

        # The sums are read and the factors written in one place: a step's sum is needed only once.
        rest = stores(total, n) if keeps else tf.concat([states[0]] * 2, axis=1)
        start = (tf.constant(0), states[0], stores(total, 3 * n).unstack(total), stores(total, n), rest)
        _, h, factors, hs, rest = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        return [h], hs.stack(), x, factors, [rest]

    def backward(
        self, d_last: list[Any], d_hs: Any, hs: Any, saved: list[Any], mask: Any, states: list[Any], u: Any
    ) -> tuple[Any, ...]:
        """The gradient of the first h; the δ of (2) and W x, all steps; the gradients of b and U."""
        (factors, directs), counts, n = saved, time_first(mask), u.shape[0]
        back = tf.transpose(u)

        def step(t: Any, dh: Any, deltas: Any) -> tuple[Any, ...]:
            dh = dh if d_hs is None else dh + d_hs[t]
            delta = tf.concat([dh, dh, dh], axis=1) * factors[t]  # (1), (2)
            delta = held(counts, t, delta, tf.zeros_like(delta))
            new_dh = dh * directs[t] + tf.matmul(delta[:, : 2 * n], back)  # (1), (2)
            return t - 1, held(counts, t, new_dh, dh), deltas.write(t, delta)

        dh, stored = loop_back(step, (d_last[0], stores(hs, 3 * n)), length(hs))
        deltas = stored.stack()
        d_u = steps_product(one_later(hs, states[0]), deltas[:, :, : 2 * n])
        return [dh], deltas, tf.reduce_sum(deltas, axis=(0, 1)), d_u
