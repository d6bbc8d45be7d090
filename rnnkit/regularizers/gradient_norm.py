r"""Ω, the regularizer that keeps the gradient's norm as it travels back through time."""

import warnings
from typing import Any

import keras
from keras import ops, tree

from rnnkit._autodiff import value_and_gradients, vector_jacobian
from rnnkit._checks import number, one_of
from rnnkit._keras import forget_traced_step, layers_of, replace_loss, restore_loss
from rnnkit.dynamics.trajectory import all_is_known, states_before, steps_as_batch
from rnnkit.regularizers._tap import Run, Tap, refuse_what_hides_its_states

FORMS = ("equation 9", "code")
GRADIENTS = ("full", "immediate")


class GradientNormRegularizer:
    r"""Adds λΩ to a model's training loss, where for states x(k), k = 1…T, and loss L

    $$\rho(k) = \frac{\lVert \nabla_{x(k)} L \,\frac{\partial x(k)}{\partial x(k-1)} \rVert}
        {\lVert \nabla_{x(k)} L \rVert} \tag{1}$$
    $$\Omega = \sum_k \big(\rho(k) - 1\big)^2 \quad \text{averaged over examples} \tag{2, form "equation 9"}$$
    $$\Omega = \operatorname{mean}_{k,\,\text{examples}} \big(\rho(k)^2 - 1\big)^2 \tag{3, form "code"}$$

    (2) is the lecture's Ω and the paper's equation (9); (3) is what the paper's program computes. Ω is zero when each
    step back in time keeps the length of the error signal, so that it neither vanishes nor explodes. ∇L with respect
    to all states comes from one backward pass; the products with the Jacobians from one batched pass over all steps.

    Ω's own gradient is exact by default: everything in (1) is differentiated, the states and ∇L included. The paper
    keeps the immediate partial derivative only, with x(k−1) and ∇L held constant; it is cheaper and reaches the cell's
    own weights only. XLA compiles both, on TensorFlow the exact one for rnnkit's and Keras's cells alone. (The paper's
    states are sums before their activation, so that the slope σ' is constant as well; for a cell whose states are
    activations, as most are, it is not.)

    It cannot work on fused kernels (cuDNN), which do not show their states: layers that may run as one are refused
    with the remedy, `use_cudnn=False`. Masked steps, and steps that no gradient reaches, do not count. With several
    state tensors (an LSTM's y and c), x is all of them together.

    Args:
        strength: λ, at least 0, or a schedule: a function of the number of updates so far, such as
            `keras.optimizers.schedules.LearningRateSchedule`.
        layers: names of the recurrent layers to regularize; all of the model's by default.
        form: "equation 9" or "code".
        gradient: "full" or "immediate".

    Raises:
        ValueError: a negative strength, an unknown form or gradient; from `attach`: see there.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slide on learning long-term dependencies; R. Pascanu, T. Mikolov,
        Y. Bengio, On the difficulty of training recurrent neural networks (2013), section 3.3.

    Example:
        >>> import keras, numpy as np, rnnkit
        >>> recurrent = keras.layers.SimpleRNN(4, name="rnn")
        >>> model = keras.Sequential([keras.Input((9, 2)), recurrent, keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> omega = GradientNormRegularizer(strength=0.5).attach(model)
        >>> x, y = np.ones((3, 9, 2)), np.ones((3, 1))
        >>> history = model.fit(x, y, verbose=0)
        >>> omega.norms(x, y)["rnn"].shape
        (3, 9)
    """

    def __init__(
        self,
        strength: Any = 1.0,
        layers: list[str] | None = None,
        form: str = "equation 9",
        gradient: str = "full",
    ) -> None:
        if not callable(strength):
            strength = number("strength", strength, least=0.0, expected="a number of at least 0 or a schedule")
        one_of("form", form, FORMS)
        one_of("gradient", gradient, GRADIENTS)
        self.strength = strength
        self.layers = layers
        self.form = form
        self.gradient = gradient
        self.model: Any = None
        self._taps: list[Tap] = []

    def attach(self, model: keras.Model) -> "GradientNormRegularizer":
        """Add λΩ to the model's loss in `fit` and `train_on_batch`; evaluation and prediction stay as they are.

        The model's weights, configuration and saved files are not touched; a loaded model has to be attached again.
        Each training step runs the model once more, with states that can be differentiated.

        Args:
            model: any Keras model with a recurrent layer, compiled or not.

        Returns:
            This regularizer.

        Raises:
            ValueError: no recurrent layer, an unknown layer name, or a layer that cannot be looked into: one that may
                run as a fused kernel, is stateful, or has dropout inside its cell; the message names the remedy.
        """
        if self.model is not None:
            raise ValueError(f"attach: already attached to the model {self.model.name!r}. Call detach() first.")
        recurrent = [layer for layer in layers_of(model) if isinstance(layer, keras.layers.RNN)]
        chosen = self._choose(recurrent)
        for layer in chosen:
            refuse_what_hides_its_states(layer)
        if self._xla_cannot(model, chosen):
            warnings.warn(f"model {model.name!r}: jit_compile is switched off: {_XLA}", stacklevel=2)
            model.jit_compile = False
        self.model = model
        self._taps = [Tap(layer) for layer in chosen]
        self._plain_loss = replace_loss(model, self._compute_loss)
        forget_traced_step(model)  # a step that was traced before would not know Ω
        return self

    def detach(self) -> None:
        """Take Ω off the model again."""
        if self.model is not None:
            restore_loss(self.model)
            forget_traced_step(self.model)
            for tap in self._taps:
                tap.remove()
            self.model, self._taps = None, []

    def __call__(self, x: Any, y: Any, sample_weight: Any = None) -> Any:
        """Ω of the attached model on a batch: a scalar tensor."""
        self._forget_shapes()
        return self._loss_and_omega(x, y, sample_weight)[1]

    def norms(self, x: Any, y: Any, sample_weight: Any = None) -> dict[str, Any]:
        """‖∂L/∂x(k)‖ of the attached model on a batch.

        Returns:
            For each regularized layer's name an array (batch, time), in the order in which the layer sees the steps.
        """
        self._forget_shapes()
        _, gradients, _ = self._differentiate(x, y, sample_weight)
        together = [ops.concatenate(own, axis=-1) for own in gradients]
        arrays = [ops.convert_to_numpy(ops.norm(gradient, axis=-1)) for gradient in together]
        return {tap.layer.name: array for tap, array in zip(self._taps, arrays, strict=True)}

    def _forget_shapes(self) -> None:
        for tap in self._taps:
            tap.shapes = None

    def _choose(self, recurrent: list[Any]) -> list[Any]:
        names = [layer.name for layer in recurrent]
        if not recurrent:
            raise ValueError("model: expected at least one recurrent layer, received none. Ω needs states over time.")
        if self.layers is None:
            return recurrent
        unknown = sorted(set(self.layers) - set(names))
        if unknown:
            raise ValueError(f"layers: expected names out of {names}, received {unknown[0]!r}.")
        return [layer for layer in recurrent if layer.name in self.layers]

    def _compute_loss(
        self,
        model: Any,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        if not training or self.strength == 0.0:
            return self._plain_loss(x, y, y_pred, sample_weight, training=training)
        if self._xla_cannot(model, [tap.layer for tap in self._taps]):
            raise ValueError(f"jit_compile: expected False in compile, received True: {_XLA}")
        loss, omega = self._loss_and_omega(x, y, sample_weight)
        return loss + ops.cast(self._strength_now(model), loss.dtype) * ops.cast(omega, loss.dtype)

    def _strength_now(self, model: Any) -> Any:
        return self.strength(model.optimizer.iterations) if callable(self.strength) else self.strength

    def _xla_cannot(self, model: Any, layers: list[Any]) -> bool:
        if self.gradient != "full" or keras.backend.backend() != "tensorflow" or not model.jit_compile:
            return False
        return not all(all_is_known(layer.cell) for layer in layers)

    def _loss_and_omega(self, x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any]:
        loss, gradients, runs = self._differentiate(x, y, sample_weight)
        if self.gradient == "immediate":
            runs, gradients = tree.map_structure(_constant, ([run.parts() for run in runs], gradients))
            runs = [Run(*run) for run in runs]
        omegas = [
            omega_of(tap.layer.cell, run, own, self.form)
            for tap, run, own in zip(self._taps, runs, gradients, strict=True)
        ]
        return loss, sum(omegas[1:], omegas[0])

    def _differentiate(self, x: Any, y: Any, sample_weight: Any) -> tuple[Any, list[Any], list["Run"]]:
        """The loss, ∂L/∂x(k) and what the layers saw, layer by layer."""
        if self.model is None:
            raise ValueError("GradientNormRegularizer: not attached to a model. Call attach(model) first.")
        x = tree.map_structure(ops.convert_to_tensor, x)
        if any(tap.shapes is None for tap in self._taps):
            self.model(x, training=True)
        zeros = [[ops.zeros(shape, dtype) for shape, dtype in tap.shapes] for tap in self._taps]

        def loss_of(flat: list[Any]) -> tuple[Any, list[tuple[Any, ...]]]:
            for tap, own in zip(self._taps, tree.pack_sequence_as(zeros, flat), strict=True):
                tap.nudges = own
            try:
                prediction = self.model(x, training=True)
                loss = self._plain_loss(x, y, prediction, sample_weight, training=True)
                return loss, [tap.run.parts() for tap in self._taps]
            finally:
                for tap in self._taps:
                    tap.nudges = tap.run = tap.shapes = None

        (loss, runs), flat = value_and_gradients(loss_of, tree.flatten(zeros))
        runs = [tap.run_of(run) for tap, run in zip(self._taps, runs, strict=True)]
        return loss, tree.pack_sequence_as(zeros, flat), runs


def omega_of(cell: Any, run: "Run", gradients: list[Any], form: str = "equation 9") -> Any:
    """Ω of one layer, given what it saw and ∇L with respect to x(k), one tensor (batch, time, size) a state tensor."""
    # The ratio does not depend on the length of v, so its largest entry may be 1: a vanished gradient still counts.
    largest = ops.max(ops.stack([ops.max(ops.abs(v), axis=-1) for v in gradients]), axis=0)
    counts = largest > 0 if run.mask is None else ops.logical_and(largest > 0, ops.cast(run.mask, "bool"))
    scale = ops.stop_gradient(ops.where(counts, largest, 1.0))[..., None]
    vectors = [steps_as_batch(v / scale) for v in gradients]
    if run.products is None:
        products = _products(cell, run, vectors)
    else:
        products = [steps_as_batch(q) for q in run.products]
    counts = ops.reshape(counts, (-1,))
    if form == "equation 9":
        rho = _norm(products, counts) / _norm(vectors, counts)  # (1)
        total = ops.sum(ops.where(counts, ops.square(rho - 1.0), 0.0))  # (2)
        return total / ops.cast(ops.shape(run.inputs)[0], total.dtype)
    rho_squared = _squares(products) / ops.where(counts, _squares(vectors), 1.0)  # (1) without its roots
    total = ops.sum(ops.where(counts, ops.square(rho_squared - 1.0), 0.0))  # (3)
    return total / ops.maximum(ops.sum(ops.cast(counts, total.dtype)), 1.0)


def _products(cell: Any, run: "Run", vectors: list[Any]) -> list[Any]:
    """Each vector's with the Jacobian of its step, all steps as a batch."""
    before = [steps_as_batch(x) for x in states_before(run.start, run.states)]
    inputs = steps_as_batch(run.inputs)

    def step(states: list[Any]) -> list[Any]:
        return tree.flatten(cell(inputs, tree.pack_sequence_as(run.start, states), training=True)[1])

    return vector_jacobian(step, before, vectors)


_XLA = (
    "XLA makes second derivatives of TensorFlow's loops a hundred times slower, where a cell is neither rnnkit's nor "
    "Keras's. (It does not on JAX, nor with gradient='immediate'.)"
)


def _constant(x: Any) -> Any:
    return x if x is None else ops.stop_gradient(x)


def _squares(parts: list[Any]) -> Any:
    return sum(ops.sum(ops.square(part), axis=-1) for part in parts)


def _norm(parts: list[Any], counts: Any) -> Any:
    squares = _squares(parts)
    # Outside `counts`, and at exactly zero, the root's slope is infinite; it must not reach the gradient.
    positive = ops.logical_and(counts, squares > 0)
    return ops.where(positive, ops.sqrt(ops.where(positive, squares, 1.0)), ops.where(counts, 0.0, 1.0))
