"""The fast path's passes through Elman's and Jordan's nets and the general one: forward over time, backward by hand.

All are for XLA, on TensorFlow, time first. The equations are those of `ElmanCell`, `JordanCell` and
`OutputFeedbackCell`, by the same numbers; a δ is the gradient of the loss with respect to a sum before its activation.
"""

from typing import Any

import tensorflow as tf

from rnnkit.layers.fused.tools import SLOPES, before, held, input_product, length, loop_back, stores, time_first


class HiddenPasses:
    """Elman's hidden layer. The output layer is not fed back, so it is no part of the loop."""

    def __init__(self, activation: str) -> None:
        self.sigma, self.slope = SLOPES[activation]

    def forward(self, x: Any, mask: Any, states: list[Any], w: Any, b: Any, r: Any) -> tuple[Any, ...]:
        """The last F; all F; x, time first; what else `backward` needs, which is nothing."""
        x, counts = time_first(x), time_first(mask)
        total = input_product(x, w, b)
        steps = length(total)

        def step(t: Any, f: Any, fs: Any) -> tuple[Any, ...]:
            f = held(counts, t, self.sigma(fs.read(t) + tf.matmul(f, r)), f)  # (2)-(4)
            return t + 1, f, fs.write(t, f)

        start = (tf.constant(0), states[0], stores(total, r.shape[0]).unstack(total))
        _, f, fs = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        return [f], fs.stack(), x, []

    def backward(
        self, d_last: list[Any], d_fs: Any, fs: Any, saved: list[Any], mask: Any, states: list[Any], r: Any
    ) -> tuple[Any, ...]:
        """The gradient of the first F; the δ of (3), all steps; the gradients of b and R."""
        counts, r_transposed, units = time_first(mask), tf.transpose(r), r.shape[0]

        def step(t: Any, df: Any, deltas: Any) -> tuple[Any, ...]:
            df = df if d_fs is None else df + d_fs[t]
            delta = df * self.slope(fs[t])
            delta = held(counts, t, delta, tf.zeros_like(delta))
            return t - 1, held(counts, t, tf.matmul(delta, r_transposed), df), deltas.write(t, delta)

        df, stored = loop_back(step, (d_last[0], stores(fs, units)), length(fs))
        deltas = stored.stack()
        flat = tf.reshape(deltas, (-1, units))
        return [df], deltas, tf.reduce_sum(flat, axis=0), tf.matmul(before(fs, states[0]), flat, transpose_a=True)


class JordanPasses:
    """Jordan's net. The states are the output G, and with a decay the context S, which else is G."""

    def __init__(self, activation: str, output_activation: str, decay: float) -> None:
        self.sigma, self.slope = SLOPES[activation]
        self.out, self.out_slope = SLOPES[output_activation]
        self.decay = decay

    def forward(
        self, x: Any, mask: Any, states: list[Any], w: Any, b: Any, r: Any, omega: Any, output_bias: Any
    ) -> tuple[Any, ...]:
        """The last states; all G; x, time first; all F and, with a decay, all S."""
        x, counts = time_first(x), time_first(mask)
        total = input_product(x, w, b)
        steps, n = length(total), len(states)

        def step(t: Any, *carry: Any) -> tuple[Any, ...]:
            old, fs, kept = carry[:n], carry[n], carry[n + 1 :]
            f = self.sigma(fs.read(t) + tf.matmul(old[-1], r))  # (9)-(11)
            g_sum = tf.matmul(f, omega)
            g = self.out(g_sum if output_bias is None else g_sum + output_bias)  # (12)-(14)
            new = [g, self.decay * old[-1] + g] if self.decay else [g]  # (15)
            new = [held(counts, t, a, c) for a, c in zip(new, old, strict=True)]
            return t + 1, *new, fs.write(t, f), *(k.write(t, a) for k, a in zip(kept, new, strict=True))

        kept = [stores(total, r.shape[0]) for _ in states]
        start = (tf.constant(0), *states, stores(total, r.shape[1]).unstack(total), *kept)
        _, *end = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        fs, gs, *ss = (k.stack() for k in end[n:])
        return list(end[:n]), gs, x, [fs, *ss]

    def backward(
        self,
        d_last: list[Any],
        d_gs: Any,
        gs: Any,
        saved: list[Any],
        mask: Any,
        states: list[Any],
        r: Any,
        omega: Any,
        output_bias: Any,
    ) -> tuple[Any, ...]:
        """The gradients of the first states; the δ of (10), all steps; the gradients of b, R, ω and its bias."""
        fs, contexts = saved[0], saved[-1] if self.decay else gs
        counts, n = time_first(mask), len(states)
        r_transposed, omega_transposed = tf.transpose(r), tf.transpose(omega)

        def step(t: Any, *carry: Any) -> tuple[Any, ...]:
            d_old, (deltas, out_deltas) = list(carry[:n]), carry[n:]
            d_old[0] = d_old[0] if d_gs is None else d_old[0] + d_gs[t]
            out_delta = sum(d_old[1:], d_old[0]) * self.out_slope(gs[t])  # (15), (14)
            out_delta = held(counts, t, out_delta, tf.zeros_like(out_delta))
            delta = tf.matmul(out_delta, omega_transposed) * self.slope(fs[t])  # (13), (11)
            d_context = tf.matmul(delta, r_transposed)  # (10)
            d_new = [tf.zeros_like(d_context), d_context + self.decay * d_old[-1]] if self.decay else [d_context]
            d_new = [held(counts, t, a, c) for a, c in zip(d_new, d_old, strict=True)]
            return t - 1, *d_new, deltas.write(t, delta), out_deltas.write(t, out_delta)

        start = (*d_last, stores(fs, r.shape[1]), stores(fs, r.shape[0]))
        *d_states, deltas, out_deltas = loop_back(step, start, length(fs))
        deltas = deltas.stack()
        flat, out_flat = tf.reshape(deltas, (-1, r.shape[1])), tf.reshape(out_deltas.stack(), (-1, r.shape[0]))
        d_r = tf.matmul(before(contexts, states[-1]), flat, transpose_a=True)
        d_omega = tf.matmul(tf.reshape(fs, (-1, r.shape[1])), out_flat, transpose_a=True)
        return d_states, deltas, tf.reduce_sum(flat, axis=0), d_r, d_omega, tf.reduce_sum(out_flat, axis=0)


class FeedbackPasses:
    """The net with output feedback, whose states y and h are kept side by side."""

    def __init__(self, activation: str, output_activation: str) -> None:
        self.f, self.slope = SLOPES[activation]
        self.g, self.out_slope = SLOPES[output_activation]

    def forward(self, x: Any, mask: Any, states: list[Any], w: Any, b: Any, r: Any, omega: Any) -> tuple[Any, ...]:
        """The last y and h; all y; x, time first; all [y h].

        w is [W_xh W_xy], b is [b_h b_y], r has the rows W_yh and W_hh, omega W_yy and W_hy.
        """
        x, counts = time_first(x), time_first(mask)
        total = input_product(x, w, b)
        steps, units, outputs = length(total), r.shape[1], omega.shape[1]

        def step(t: Any, sums: Any, past: Any, kept: Any) -> tuple[Any, ...]:
            sum_h, sum_y = tf.split(sums.read(t), [units, outputs], axis=1)
            h = self.f(sum_h + tf.matmul(past, r))  # (1)
            y = self.g(sum_y + tf.matmul(tf.concat([past[:, :outputs], h], axis=1), omega))  # (2)
            past = held(counts, t, tf.concat([y, h], axis=1), past)
            return t + 1, sums, past, kept.write(t, past)

        width = units + outputs
        start = (tf.constant(0), stores(total, width).unstack(total), tf.concat(states, axis=1), stores(total, width))
        *_, last, kept = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        both = kept.stack()
        return tf.split(last, [outputs, units], axis=1), both[:, :, :outputs], x, [both]

    def backward(
        self, d_last: list[Any], d_ys: Any, ys: Any, saved: list[Any], mask: Any, states: list[Any], r: Any, omega: Any
    ) -> tuple[Any, ...]:
        """The gradients of the first y and h; the δ of (1) and (2), all steps; the gradients of b, r and omega."""
        (both,), counts, units, outputs = saved, time_first(mask), r.shape[1], omega.shape[1]
        r_transposed, omega_transposed, width = tf.transpose(r), tf.transpose(omega), units + outputs

        def step(t: Any, dy: Any, dh: Any, deltas: Any) -> tuple[Any, ...]:
            dy = dy if d_ys is None else dy + d_ys[t]
            y, h = tf.split(both[t], [outputs, units], axis=1)
            out_delta = dy * self.out_slope(y)
            by_y, by_h = tf.split(tf.matmul(out_delta, omega_transposed), [outputs, units], axis=1)  # (2)
            delta = (dh + by_h) * self.slope(h)
            past_y, past_h = tf.split(tf.matmul(delta, r_transposed), [outputs, units], axis=1)  # (1)
            delta = tf.concat([delta, out_delta], axis=1)
            delta = held(counts, t, delta, tf.zeros_like(delta))
            return t - 1, held(counts, t, past_y + by_y, dy), held(counts, t, past_h, dh), deltas.write(t, delta)

        dy, dh, stored = loop_back(step, (*d_last, stores(both, width)), length(both))
        deltas = stored.stack()
        flat, past = tf.reshape(deltas, (-1, width)), before(both, tf.concat(states, axis=1))
        d_r = tf.matmul(past, flat[:, :units], transpose_a=True)
        factors = tf.concat([past[:, :outputs], tf.reshape(both, (-1, width))[:, outputs:]], axis=1)
        d_omega = tf.matmul(factors, flat[:, units:], transpose_a=True)
        return [dy, dh], deltas, tf.reduce_sum(flat, axis=0), d_r, d_omega
