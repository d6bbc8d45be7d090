"""The fast path's two passes through any cell, by the cell's own lines: forward over time, and backward by autodiff.

Both are for XLA, on TensorFlow, time first. A cell makes its recurrent products by `self.dot`. The way there keeps
them, so that the way back computes none again, and the gradient of each matrix is one product over all steps.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf
from keras import tree

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


class CellPasses:
    """Forward and backward pass of a cell whose weights have these names, all but the one that acts before the loop."""

    def __init__(self, cell: Any, inputs: Any, names: list[str], shows: bool) -> None:
        self.cell, self.inputs, self.names, self.shows = cell, inputs, names, shows

    def _step(self, x: Any, states: list[Any], weights: tuple[Any, ...], dot: Callable[..., Any]) -> list[Any]:
        """The new states by the cell's own `call`, on a stand-in for the cell that has tensors for weights."""
        cell = object.__new__(type(self.cell))
        without = {"dropout": 0.0, "recurrent_dropout": 0.0, "_dropout_mask": None, "_recurrent_dropout_mask": None}
        vars(cell).update(vars(self.cell), **without, inputs=self.inputs, dot=dot)
        vars(cell).update(zip(self.names, weights, strict=True))
        output, new = type(cell).call(cell, x, list(states[self.shows :]), training=False)
        return [output] * self.shows + tree.flatten(new)

    def forward(self, x: Any, mask: Any, states: list[Any], w: Any, b: Any, *weights: Any) -> tuple[Any, ...]:
        """The last states; the first state at all steps; x, time first; what `backward` needs."""
        x, counts = time_first(x), time_first(mask)
        total = input_product(x, w, b)
        steps, n = length(total), len(states)
        _, products = self._products(total[0], states, weights)

        def step(t: Any, total_stored: Any, *carry: Any) -> tuple[Any, ...]:
            now, kept = list(carry[:n]), carry[n:]
            new, products = self._products(total_stored.read(t), now, weights)
            now = [held(counts, t, a, b) for a, b in zip(new, now, strict=True)]
            return t + 1, total_stored, *now, *(k.write(t, v) for k, v in zip(kept, [*now, *products], strict=True))

        kept = [stores(total, part.shape[-1]) for part in [*states, *products]]
        start = (tf.constant(0), stores(total, total.shape[-1]).unstack(total), *states, *kept)
        _, _, *rest = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
        last, stacked = rest[:n], [k.stack() for k in rest[n:]]
        return last, stacked[0], x, [total, *stacked]

    def _products(self, x: Any, states: list[Any], weights: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
        """The new states, and all recurrent products on the way to them."""
        products: list[Any] = []

        def dot(a: Any, matrix: Any) -> Any:
            products.append(tf.matmul(a, matrix))
            return products[-1]

        return self._step(x, states, weights, dot), products

    def backward(
        self, d_last: list[Any], d_ys: Any, ys: Any, saved: list[Any], mask: Any, states: list[Any], *weights: Any
    ) -> tuple[Any, ...]:
        """The gradients of the first states; of x W, all steps; none of b, which is a weight here; of the weights."""
        n, counts, total = len(states), time_first(mask), saved[0]
        before = [one_later(kept, start) for start, kept in zip(states, saved[1:], strict=False)]
        products = saved[1 + n :]

        @partial(tf.function, autograph=False)  # which Python runs once, for the widths and for the loop
        def derivative(t: Any, d_new: list[Any]) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
            """By x W; by the states before; by the weights outside of products; factors and δ of the products."""
            factors: list[Any] = []
            nudges: list[Any] = []

            def dot(a: Any, matrix: Any) -> Any:
                kept = products[len(factors)][t]
                factors.append(a)
                nudges.append(tf.zeros_like(kept))  # whose gradient is the product's
                tape.watch(nudges[-1])

                @tf.custom_gradient
                def product(a: Any, nudge: Any) -> tuple[Any, Callable[[Any], Any]]:
                    return tf.identity(kept), lambda d: (tf.matmul(d, matrix, transpose_b=True), d)

                return product(a, nudges[-1])

            x, past = tf.identity(total[t]), [tf.identity(state[t]) for state in before]
            with tf.GradientTape() as tape:
                tape.watch([x, *past, *weights])
                new = self._step(x, past, weights, dot)
            certain = [x, *past, *nudges]
            grads = tape.gradient(new, [*certain, *weights], output_gradients=d_new)
            some = [tf.zeros_like(a) if d is None else d for a, d in zip(certain, grads, strict=False)]
            together = [part for pair in zip(factors, some[1 + n :], strict=True) for part in pair]
            return some[:1], some[1 : 1 + n], grads[len(certain) :], together

        # Once outside of the loop, for what is there and how wide; XLA drops what nobody uses.
        _, _, of_weights, together = derivative(tf.constant(0), d_last)
        outside = [k for k, d in enumerate(of_weights) if d is not None]

        def step(t: Any, *carry: Any) -> tuple[Any, ...]:
            d_new, sums, kept = list(carry[:n]), list(carry[n : n + len(outside)]), carry[n + len(outside) :]
            if d_ys is not None:
                d_new[0] = d_new[0] + d_ys[t]
            counted = [held(counts, t, d, tf.zeros_like(d)) for d in d_new]
            d_x, d_past, of_weights, together = derivative(t, counted)
            sums = [a + of_weights[k] for a, k in zip(sums, outside, strict=True)]
            d_past = [held(counts, t, a, b) for a, b in zip(d_past, d_new, strict=True)]
            return t - 1, *d_past, *sums, *(k.write(t, v) for k, v in zip(kept, [*d_x, *together], strict=True))

        widths = [total.shape[-1], *(part.shape[-1] for part in together)]
        start = (*d_last, *(tf.zeros_like(weights[k]) for k in outside), *(stores(total, width) for width in widths))
        done = loop_back(step, start, length(total))
        d_weights = [tf.zeros_like(weight) for weight in weights]
        for k, d in zip(outside, done[n : n + len(outside)], strict=True):
            d_weights[k] += d
        d_total, *pairs = [k.stack() for k in done[n + len(outside) :]]
        d_matrices = [steps_product(a, d) for a, d in zip(pairs[::2], pairs[1::2], strict=True)]
        for k, d in enumerate(self._through(total[0], states, weights, d_matrices)):
            d_weights[k] += d
        return list(done[:n]), d_total, tf.zeros([]), *d_weights

    def _through(self, x: Any, states: list[Any], weights: tuple[Any, ...], d_matrices: list[Any]) -> list[Any]:
        """The gradients of the weights, of which the products' matrices may be parts, from those of these matrices."""
        matrices: list[Any] = []

        def dot(a: Any, matrix: Any) -> Any:
            matrices.append(tf.convert_to_tensor(matrix))
            return tf.matmul(a, matrix)

        with tf.GradientTape() as tape:
            tape.watch(weights)
            self._step(x, states, weights, dot)
        return tape.gradient(matrices, weights, output_gradients=d_matrices, unconnected_gradients="zero")
