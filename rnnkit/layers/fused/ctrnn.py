"""The fast path's two passes through a network in continuous time by Euler's steps: forward, and backward by hand.

Both are for XLA, on TensorFlow, time first. The equations are those of `CTRNNCell`, by the same numbers; a δ is the
gradient of the loss with respect to h of (1), and the rate is δ / τ of (3), a number for each unit.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from rnnkit.layers.fused.tools import (
    held,
    input_product,
    length,
    loop_back,
    one_later,
    steps_product,
    stores,
    time_first,
)


class EulerPasses:
    """One step an interval. `learns` says whether somebody wants the rate's gradient."""

    def __init__(self, sloped: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]], learns: bool) -> None:
        ((self.sigma, self.slope),), self.learns = sloped, learns

    def forward(self, u: Any, mask: Any, states: list[Any], w: Any, b: Any, r: Any, rate: Any) -> tuple[Any, ...]:
        """The last x; all x; u, time first; what else `backward` needs, which is nothing."""
        u, counts = time_first(u), time_first(mask)
        h = input_product(u, w, b)  # (1)
        steps = length(h)

        def step(t: Any, x: Any, xs: Any) -> tuple[Any, ...]:
            new = x + rate * (tf.matmul(self.sigma(x), r) + xs.read(t) - x)  # (2), (3)
            x = held(counts, t, new, x)
            return t + 1, x, xs.write(t, x)

        # h is read and x written in one place: a step's h is needed only once.
        start = (tf.constant(0), states[0], stores(h, r.shape[0]).unstack(h))
        _, x, xs = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        return [x], xs.stack(), u, []

    def backward(
        self, d_last: list[Any], d_xs: Any, xs: Any, saved: list[Any], mask: Any, states: list[Any], r: Any, rate: Any
    ) -> tuple[Any, ...]:
        """The gradient of the first x; the δ, all steps; the gradients of b, W and the rate."""
        counts, r_transposed = time_first(mask), tf.transpose(r)
        past = one_later(xs, states[0])
        fired = self.sigma(past)

        def step(t: Any, dx: Any, deltas: Any) -> tuple[Any, ...]:
            dx = dx if d_xs is None else dx + d_xs[t]
            delta = rate * dx  # (3)
            by_fired = tf.matmul(delta, r_transposed)  # (2)
            new_dx = dx - delta + by_fired * self.slope(fired[t])  # (3), (2)
            delta = held(counts, t, delta, tf.zeros_like(delta))
            return t - 1, held(counts, t, new_dx, dx), deltas.write(t, delta)

        dx, stored = loop_back(step, (d_last[0], stores(xs, r.shape[0])), length(xs))
        deltas = stored.stack()
        # By (3) the step is the rate times what it is multiplied with, and δ is the rate times the gradient of x.
        d_rate = tf.reduce_sum(deltas * (xs - past), axis=(0, 1)) / rate**2 if self.learns else tf.zeros_like(rate)
        return [dx], deltas, tf.reduce_sum(deltas, axis=(0, 1)), steps_product(fired, deltas), d_rate
