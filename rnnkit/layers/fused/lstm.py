"""The fast path's two passes through an LSTM with peepholes: forward over time, and backward by hand.

Both are for XLA, on TensorFlow, time first. The equations are those of `PeepholeLSTMCell`, by the same numbers; a δ is
the gradient of the loss with respect to what follows it, before the activation where that has one.
"""

from typing import Any

import tensorflow as tf

from rnnkit.layers.fused.tools import (
    SLOPES,
    TwoWaysForward,
    before,
    held,
    input_product,
    length,
    loop_back,
    one_later,
    stores,
    time_first,
)


class LSTMPasses(TwoWaysForward):
    """Forward and backward pass, for activations whose slope is a function of their value."""

    def __init__(self, activation: str, recurrent_activation: str, output_activation: str) -> None:
        names = (activation, recurrent_activation, output_activation)
        self.g, self.sigma, self.h = (SLOPES[name][0] for name in names)
        self.g_slope, self.sigma_slope, self.h_slope = (SLOPES[name][1] for name in names)

    def _through_time(
        self, keeps: bool, x: Any, mask: Any, states: list[Any], w: Any, b: Any, r: Any, p: Any
    ) -> tuple[Any, ...]:
        """As `TwoWaysForward` says. The states are y and c; kept besides the factors are all c, f and ∂y/∂c."""
        x, counts = time_first(x), time_first(mask)
        total = input_product(x, w, b)
        steps, n = length(total), r.shape[0]
        p_i, p_f, p_o = tf.unstack(p)

        def step(t: Any, y: Any, c: Any, factors: Any, ys: Any, *rest: Any) -> tuple[Any, ...]:
            i, f, z, o = tf.split(factors.read(t) + tf.matmul(y, r), 4, axis=1)
            z = self.g(z)  # (1)
            i = self.sigma(i + p_i * c)  # (2)
            f = self.sigma(f + p_f * c)  # (3)
            new_c = z * i + c * f  # (4)
            o = self.sigma(o + p_o * new_c)  # (5)
            h = self.h(new_c)
            y = held(counts, t, h * o, y)  # (6)
            next_c = held(counts, t, new_c, c)
            if not keeps:
                return t + 1, y, next_c, factors, ys.write(t, y), i, f
            # All that δi, δf, δz and δo are multiplied with is at hand here, so that the way back is short.
            slopes = (z * self.sigma_slope(i), c * self.sigma_slope(f), i * self.g_slope(z), h * self.sigma_slope(o))
            y_by_c = o * self.h_slope(h)  # (6)
            kept = (k.write(t, value) for k, value in zip(rest, (next_c, f, y_by_c), strict=True))
            factors = factors.write(t, tf.concat(slopes, axis=1))
            return t + 1, y, next_c, factors, ys.write(t, y), *kept

        # The sums are read and the factors written in one place: a step's sum is needed only once.
        rest = [stores(total, n) for _ in range(3)] if keeps else [states[0]] * 2
        start = (tf.constant(0), *states, stores(total, 4 * n).unstack(total), stores(total, n), *rest)
        _, y, c, factors, ys, *rest = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        return [y, c], ys.stack(), x, factors, rest

    def backward(
        self, d_last: list[Any], d_ys: Any, ys: Any, saved: list[Any], mask: Any, states: list[Any], r: Any, p: Any
    ) -> tuple[Any, ...]:
        """The δ of the first y and c; of the sums in (1)-(3) and (5), all steps; the gradients of b, R and p."""
        (factors, cs, fs, ys_by_c), counts, r_transposed = saved, time_first(mask), tf.transpose(r)
        p_i, p_f, p_o = tf.unstack(p)
        past = one_later(cs, states[1])

        def step(t: Any, dy: Any, dc: Any, dp_i: Any, dp_f: Any, dp_o: Any, deltas: Any) -> tuple[Any, ...]:
            dy = dy if d_ys is None else dy + d_ys[t]
            do = dy * tf.split(factors[t], 4, axis=1)[3]  # (6), (5)
            dc_all = dc + dy * ys_by_c[t] + p_o * do  # (6), (5)
            delta = tf.concat([dc_all, dc_all, dc_all, dy], axis=1) * factors[t]  # (4), (2), (3), (1); (6), (5)
            delta = held(counts, t, delta, tf.zeros_like(delta))
            di, df, _, do = tf.split(delta, 4, axis=1)
            dc = held(counts, t, dc_all * fs[t] + p_i * di + p_f * df, dc)  # (4), (2), (3)
            dy = held(counts, t, tf.matmul(delta, r_transposed), dy)
            # The sum over examples waits until after the loop: here one addition a step, and no reduction.
            sums = (dp_i + di * past[t], dp_f + df * past[t], dp_o + do * cs[t])
            return t - 1, dy, dc, *sums, deltas.write(t, delta)

        zero = tf.zeros_like(states[1])
        start = (*d_last, zero, zero, zero, stores(factors, factors.shape[-1]))
        dy, dc, dp_i, dp_f, dp_o, stored = loop_back(step, start, length(factors))
        deltas = stored.stack()
        flat = tf.reshape(deltas, (-1, factors.shape[-1]))
        dr = tf.matmul(before(ys, states[0]), flat, transpose_a=True)
        return [dy, dc], deltas, tf.reduce_sum(flat, axis=0), dr, tf.reduce_sum(tf.stack([dp_i, dp_f, dp_o]), axis=1)
