"""The fast path's two passes through an LSTM with peepholes: forward over time, and backward by hand.

Both are for XLA, on TensorFlow, time first. The equations are those of `PeepholeLSTMCell`, by the same numbers; a δ is
the gradient of the loss with respect to what follows it, before the activation where that has one.
"""

from typing import Any

import tensorflow as tf

from rnnkit.layers._fused_tools import SLOPES, before, held, input_product, loop_back, previous, stores, time_first


class LSTMPasses:
    """Forward and backward pass, for activations whose slope is a function of their value."""

    def __init__(self, activation: str, recurrent_activation: str, output_activation: str) -> None:
        names = (activation, recurrent_activation, output_activation)
        self.g, self.sigma, self.h = (SLOPES[name][0] for name in names)
        self.g_slope, self.sigma_slope, self.h_slope = (SLOPES[name][1] for name in names)

    def forward(self, x: Any, mask: Any, states: list[Any], w: Any, b: Any, r: Any, p: Any) -> tuple[Any, ...]:
        """The last y and c; all y; x, time first; what else `backward` needs."""
        x, counts = time_first(x), time_first(mask)
        total = input_product(x, w, b)
        steps, n = total.shape[0], r.shape[0]
        p_i, p_f, p_o = tf.unstack(p)
        # The sums are read and the gates written in one place: a step's sum is needed only once.
        gates = stores(total, 4 * n).unstack(total)

        def step(t: Any, y: Any, c: Any, gates: Any, ys: Any, cs: Any) -> tuple[Any, ...]:
            i, f, z, o = tf.split(gates.read(t) + tf.matmul(y, r), 4, axis=1)
            z = self.g(z)  # (1)
            i = self.sigma(i + p_i * c)  # (2)
            f = self.sigma(f + p_f * c)  # (3)
            new_c = z * i + c * f  # (4)
            o = self.sigma(o + p_o * new_c)  # (5)
            new_y = self.h(new_c) * o  # (6)
            y, c = held(counts, t, new_y, y), held(counts, t, new_c, c)
            return t + 1, y, c, gates.write(t, tf.concat([i, f, z, o], axis=1)), ys.write(t, y), cs.write(t, c)

        start = (tf.constant(0), *states, gates, stores(total, n), stores(total, n))
        _, y, c, gates, ys, cs = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        return [y, c], ys.stack(), x, [gates.stack(), cs.stack()]

    def backward(
        self, d_last: list[Any], d_ys: Any, ys: Any, saved: list[Any], mask: Any, states: list[Any], r: Any, p: Any
    ) -> tuple[Any, ...]:
        """The δ of the first y and c; of the sums in (1)-(3) and (5), all steps; the gradients of b, R and p."""
        (gates, cs), counts, r_transposed = saved, time_first(mask), tf.transpose(r)
        p_i, p_f, p_o = tf.unstack(p)

        def step(t: Any, dy: Any, dc: Any, dp_i: Any, dp_f: Any, dp_o: Any, deltas: Any) -> tuple[Any, ...]:
            i, f, z, o = tf.split(gates[t], 4, axis=1)
            c, c_before = cs[t], previous(cs, t, states[1])
            dy = dy if d_ys is None else dy + d_ys[t]
            h = self.h(c)
            do = dy * h * self.sigma_slope(o)  # (6), (5)
            dc_all = dc + dy * o * self.h_slope(h) + p_o * do  # (6), (5)
            df = dc_all * c_before * self.sigma_slope(f)  # (4), (3)
            di = dc_all * z * self.sigma_slope(i)  # (4), (2)
            dz = dc_all * i * self.g_slope(z)  # (4), (1)
            di, df, dz, do = (held(counts, t, d, tf.zeros_like(d)) for d in (di, df, dz, do))
            delta = tf.concat([di, df, dz, do], axis=1)
            dc = held(counts, t, dc_all * f + p_i * di + p_f * df, dc)
            dy = held(counts, t, tf.matmul(delta, r_transposed), dy)
            # The sum over examples waits until after the loop: here one addition a step, and no reduction.
            sums = (dp_i + di * c_before, dp_f + df * c_before, dp_o + do * c)
            return t - 1, dy, dc, *sums, deltas.write(t, delta)

        zero = tf.zeros_like(states[1])
        start = (*d_last, zero, zero, zero, stores(gates, gates.shape[-1]))
        dy, dc, dp_i, dp_f, dp_o, stored = loop_back(step, start, gates.shape[0])
        deltas = stored.stack()
        flat = tf.reshape(deltas, (-1, gates.shape[-1]))
        dr = tf.matmul(before(ys, states[0]), flat, transpose_a=True)
        return [dy, dc], deltas, tf.reduce_sum(flat, axis=0), dr, tf.reduce_sum(tf.stack([dp_i, dp_f, dp_o]), axis=1)
