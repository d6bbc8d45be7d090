"""A trajectory's states on TensorFlow as one function, whose first two derivatives are loops of their own.

TensorFlow differentiates a loop by another one over all that the first has kept, weights' gradients included, and that
by a third, over what both have kept. Here each loop runs over states alone, and the rest, the derivatives by inputs and
weights, is one pass over all steps as a batch.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import tree

from rnnkit._autodiff import vector_jacobian

Step = Callable[[list[Any], dict[str, Any]], list[Any]]


class Sweeps:
    r"""The states x(k) = f(x(k−1), u(k), θ) after every step, which can be differentiated twice.

    With J(k) = ∂x(k)/∂x(k−1), s(k) the gradient that reaches x(k) from outside the loop, and r(k) that reaches w(k):

    $$w(k) = s(k) + J(k+1)^T w(k+1)$$

    The gradient by u and θ is that of Σ w(k)·f, with w held constant. `products` are q(k) = J(k)ᵀ w(k) / a(k), a the
    largest entry of w(k). With p(k) the gradient that reaches them, and a constant,

    $$\kappa(k) = t(k-1) + p(k) / a(k)$$
    $$t(k) = r(k) + J(k)\, \kappa(k)$$

    the gradient of w and q by s is t, and that by x(k−1), u and θ is that of Σ w(k)·J(k) κ(k), with w and κ constant.

    Args:
        cell: one of which `all_is_known`, by whose variables, θ, the states shall be differentiated.
        step: f, from the states before a step and what is there of `over_time`.
        start: x(0), one tensor (batch, size) for each state tensor.
        over_time: u, nested, time first.
    """

    def __init__(self, cell: Any, step: Step, start: list[Any], over_time: dict[str, Any]) -> None:
        self.variables = list(cell.variables)
        self.step, self.start, self.over_time = step, start, over_time
        self.weights = [tf.convert_to_tensor(variable) for variable in self.variables]
        self.products: list[Any] = []  # there as soon as the gradient by the states has been taken
        self.states = self._states()

    @property
    def _arguments(self) -> list[Any]:
        return [*tree.flatten(self.over_time), *self.weights]

    def _new(self, before: list[Any], now: list[Any]) -> list[Any]:
        """f, of the flat u(k) and θ."""
        count = len(now) - len(self.variables)
        seen = tree.pack_sequence_as(self.over_time, now[:count])
        with keras.StatelessScope(state_mapping=list(zip(self.variables, now[count:], strict=True))):
            return self.step(before, seen)

    def _loop(self, body: Callable[..., Any], first: list[Any], over_time: list[Any], backward: bool = False) -> Any:
        """What `body(carry, now, u(k) and θ)` keeps of each step, after the new carry."""
        seen = tree.flatten(self.over_time)
        first, over_time, seen, weights = tree.map_structure(tf.stop_gradient, (first, over_time, seen, self.weights))
        steps = tf.shape(seen[0])[0]
        sources = [tf.TensorArray(x.dtype, steps, element_shape=x.shape[1:]).unstack(x) for x in [*over_time, *seen]]
        stores = [tf.TensorArray(x.dtype, steps, element_shape=x.shape) for x in first]

        def one(done: Any, carry: list[Any], stores: list[Any]) -> tuple[Any, list[Any], list[Any]]:
            k = steps - 1 - done if backward else done
            now = [source.read(k) for source in sources]
            carry, kept = body(carry, now[: len(over_time)], [*now[len(over_time) :], *weights])
            return done + 1, carry, [store.write(k, x) for store, x in zip(stores, kept, strict=True)]

        _, _, stores = tf.while_loop(
            lambda done, *_: done < steps,
            one,
            (tf.constant(0), first, stores),
            maximum_iterations=seen[0].shape[0],
        )
        return [store.stack() for store in stores]

    def _states(self) -> list[Any]:
        def forward(carry: list[Any], _: list[Any], now: list[Any]) -> tuple[list[Any], list[Any]]:
            new = self._new(carry, now)
            return new, new

        values = self._loop(forward, self.start, [])

        @tf.custom_gradient
        def states(*_: Any) -> tuple[list[Any], Callable[..., list[Any]]]:
            return [tf.identity(value) for value in values], self._by_arguments

        return list(states(*self.start, *self._arguments))

    def _by_arguments(self, *by_states: Any) -> list[Any]:
        """The gradient by x(0), u and θ, from s."""
        before = _one_later(self.start, self.states)
        by_before, by_now = self._by_all(self._new, before, self._flows(list(by_states), before))
        return [*(gradient[0] for gradient in by_before), *by_now]

    def _flows(self, by_states: list[Any], before: list[Any]) -> list[Any]:
        """w, from s."""

        def backward(flow: list[Any], now: list[Any], seen: list[Any]) -> tuple[list[Any], list[Any]]:
            s, x = now[: len(flow)], now[len(flow) :]
            w = [a + b for a, b in zip(s, flow, strict=True)]  # w(k)
            return self._pulled(x, seen, w), w

        zeros = [tf.zeros_like(x) for x in self.start]
        values = self._loop(backward, zeros, [*by_states, *before], backward=True)
        products = [] if self.products else self._products(values, before)

        @tf.custom_gradient
        def flows(*_: Any) -> tuple[list[Any], Callable[..., list[Any]]]:
            together = [tf.identity(x) for x in [*values, *products]]
            return together, lambda *given: self._by_flows(before, values, given)

        together = list(flows(*by_states, *before, *self._arguments))
        self.products = self.products or together[len(values) :]
        return together[: len(values)]

    def _products(self, flows: list[Any], before: list[Any]) -> list[Any]:
        """q, from w."""
        a = _largest(flows)
        rows, now = tree.map_structure(tf.stop_gradient, self._as_rows(before))
        products = self._pulled(rows, now, [_rows(w / a) for w in flows])
        return [tf.reshape(q, tf.shape(x)) for q, x in zip(products, before, strict=True)]

    def _by_flows(self, before: list[Any], flows: list[Any], given: tuple[Any, ...]) -> list[Any]:
        """The gradient by s, x(k−1), u and θ, from r and p."""
        n, a = len(flows), _largest(flows)
        by_flows, by_products = given[:n], [p / a for p in given[n:]]

        def forward(carry: list[Any], now: list[Any], seen: list[Any]) -> tuple[list[Any], list[Any]]:
            r, p, x = now[:n], now[n : 2 * n], now[2 * n :]
            kappa = [a + b for a, b in zip(carry, p, strict=True)]  # κ(k)
            # J κ is the gradient of κ·Jᵀw by w.
            pushed = vector_jacobian(lambda w: self._pulled(x, seen, w), [tf.zeros_like(t) for t in carry], kappa)
            t = [a + b for a, b in zip(r, pushed, strict=True)]  # t(k)
            return t, t

        zeros = [tf.zeros_like(x) for x in self.start]
        t = self._loop(forward, zeros, [*by_flows, *by_products, *before])
        kappa = [a + b for a, b in zip(_one_later(zeros, t), by_products, strict=True)]  # κ(k)
        rows = [_rows(w) for w in flows]
        by_before, by_now = self._by_all(lambda x, now: self._pulled(x, now, rows), before, kappa)
        return [*t, *by_before, *by_now]

    def _pulled(self, before: list[Any], now: list[Any], flows: list[Any]) -> list[Any]:
        """Jᵀw, of one step or of all as a batch."""
        return vector_jacobian(lambda x: self._new(x, now), before, flows)

    def _by_all(
        self, function: Callable[[list[Any], list[Any]], list[Any]], before: list[Any], vectors: list[Any]
    ) -> tuple[list[Any], list[Any]]:
        """The gradients of vectors · function(x(k−1), u(k) and θ), all steps as a batch; None by what is no float."""
        rows, now = self._as_rows(before)
        everything = [*rows, *now]

        def of_floats(floats: list[Any]) -> list[Any]:
            given = _with_floats(everything, floats)
            return function(given[: len(rows)], given[len(rows) :])

        floats = [x for x in everything if x.dtype.is_floating]
        found = vector_jacobian(of_floats, floats, [_rows(v) for v in vectors])
        return self._over_time(before, _with_floats([x if x.dtype.is_floating else None for x in everything], found))

    def _as_rows(self, before: list[Any]) -> tuple[list[Any], list[Any]]:
        """x(k−1), and u(k) and θ, all steps as a batch."""
        return [_rows(x) for x in before], [*(_rows(x) for x in tree.flatten(self.over_time)), *self.weights]

    def _over_time(self, before: list[Any], gradients: list[Any]) -> tuple[list[Any], list[Any]]:
        """Gradients by what `_as_rows` gave as those by what it took."""
        over_time = [*before, *tree.flatten(self.over_time)]
        n = len(over_time)
        shaped = [g if g is None else tf.reshape(g, tf.shape(x)) for g, x in zip(gradients[:n], over_time, strict=True)]
        return shaped[: len(before)], [*shaped[len(before) :], *gradients[n:]]


def _largest(vectors: list[Any]) -> Any:
    """The largest entry of all parts of a vector, on its last axis, as a constant; 1 where all are zero."""
    entries = tf.stack([tf.reduce_max(tf.abs(v), axis=-1, keepdims=True) for v in vectors])
    highest = tf.stop_gradient(tf.reduce_max(entries, axis=0))
    return tf.where(highest > 0, highest, tf.ones_like(highest))


def _one_later(start: list[Any], values: list[Any]) -> list[Any]:
    """What was there before each step."""
    return [tf.concat([a[None], x[:-1]], axis=0) for a, x in zip(start, values, strict=True)]


def _rows(x: Any) -> Any:
    return tf.reshape(x, (-1, *x.shape[2:]))


def _with_floats(tensors: list[Any], floats: list[Any]) -> list[Any]:
    """The tensors, with others in the places of floats."""
    new = iter(floats)
    return [next(new) if x is not None and x.dtype.is_floating else x for x in tensors]
