"""The fast path's two passes through the LSTM of 1997: forward over time, and backward by hand.

Both are for XLA, on TensorFlow, time first. The equations are those of `MemoryBlocksCell`, by the same numbers; a δ is
the gradient of the loss with respect to a sum before its activation.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from rnnkit.layers.fused.tools import before, held, input_product, length, loop_back, stores, time_first

Sloped = tuple[Callable[[Any], Any], Callable[[Any], Any]]


class BlocksPasses:
    """Memory blocks. Each of f, g and h comes with its slope, a function of its value. The states are u and s."""

    def __init__(self, sloped: list[Sloped], blocks: int, size: int, truncated: bool) -> None:
        (self.f, self.f_slope), (self.g, self.g_slope), (self.h, self.h_slope) = sloped
        self.blocks, self.size, self.truncated = blocks, size, truncated

    def forward(self, x: Any, mask: Any, states: list[Any], w: Any, b: Any, r: Any) -> tuple[Any, ...]:
        """The last u and s; all u; x, time first; g and h of all cells, which `backward` needs."""
        x, counts = time_first(x), time_first(mask)
        total = input_product(x, w, b)
        steps, cells = length(total), states[1].shape[-1]

        def step(t: Any, sums: Any, u: Any, s: Any, us: Any, values: Any) -> tuple[Any, ...]:
            sum_ = sums.read(t) if r is None else sums.read(t) + tf.matmul(u, r)
            gates, g = self.f(sum_[:, :-cells]), self.g(sum_[:, -cells:])
            y_in, y_out = self._of_each_cell(gates)  # (1), (2)
            new_s = s + y_in * g  # (3)
            h = self.h(new_s)
            u = held(counts, t, tf.concat([gates, h if y_out is None else y_out * h], axis=1), u)  # (4), (5)
            return t + 1, sums, u, held(counts, t, new_s, s), us.write(t, u), values.write(t, tf.concat([g, h], axis=1))

        width = total.shape[-1]
        kept = stores(total, width), stores(total, 2 * cells)
        start = (tf.constant(0), stores(total, width).unstack(total), *states, *kept)
        *_, u, s, us, values = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        return [u, s], us.stack(), x, [values.stack()]

    def backward(
        self, d_last: list[Any], d_us: Any, us: Any, saved: list[Any], mask: Any, states: list[Any], r: Any
    ) -> tuple[Any, ...]:
        """The gradients of the first u and s; the δ of (1)-(3), all steps; the gradients of b and R."""
        (values,), counts, cells = saved, time_first(mask), states[1].shape[-1]
        back = None if r is None or self.truncated else tf.transpose(r)

        def step(t: Any, du: Any, ds: Any, deltas: Any) -> tuple[Any, ...]:
            du = du if d_us is None else du + d_us[t]
            gates, (g, h) = us[t][:, :-cells], tf.split(values[t], 2, axis=1)
            y_in, y_out = self._of_each_cell(gates)
            dy = du[:, -cells:]
            d_out = [] if y_out is None else [self._of_each_block(dy * h)]  # (4)
            new_ds = ds + (dy if y_out is None else dy * y_out) * self.h_slope(h)  # (4)
            d_gates = du[:, :-cells] + tf.concat([self._of_each_block(new_ds * g), *d_out], axis=1)  # (3)
            delta = tf.concat([d_gates * self.f_slope(gates), new_ds * y_in * self.g_slope(g)], axis=1)  # (1)-(3)
            delta = held(counts, t, delta, tf.zeros_like(delta))
            new_du = tf.zeros_like(du) if back is None else tf.matmul(delta, back)
            return t - 1, held(counts, t, new_du, du), held(counts, t, new_ds, ds), deltas.write(t, delta)

        du, ds, stored = loop_back(step, (*d_last, stores(us, us.shape[-1])), length(us))
        deltas = stored.stack()
        flat = tf.reshape(deltas, (-1, us.shape[-1]))
        d_r = tf.zeros([]) if r is None else tf.matmul(before(us, states[0]), flat, transpose_a=True)
        return [du, ds], deltas, tf.reduce_sum(flat, axis=0), d_r

    def _of_each_cell(self, gates: Any) -> list[Any]:
        """The input and the output gates, each once for each of its block's cells; None for output gates of 1."""
        parts = [gates[:, : self.blocks], gates[:, self.blocks :]]
        return [self._repeated(part) if part.shape[-1] else None for part in parts]

    def _repeated(self, gate: Any) -> Any:
        if self.size == 1:
            return gate
        each = gate[:, :, None] * tf.ones((self.size,), gate.dtype)
        return tf.reshape(each, (-1, self.blocks * self.size))

    def _of_each_block(self, values: Any) -> Any:
        """The sum over a block's cells."""
        if self.size == 1:
            return values
        return tf.reduce_sum(tf.reshape(values, (-1, self.blocks, self.size)), axis=2)
