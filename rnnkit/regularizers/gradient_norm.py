r"""Ω, the regularizer that keeps the gradient's norm as it travels back through time."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType
from typing import Any

import keras
from keras import ops, tree

from rnnkit._autodiff import value_and_gradients, vector_jacobian
from rnnkit.dynamics.trajectory import readout, states_before, steps_as_batch, trajectory


class GradientNormRegularizer:
    r"""Adds λΩ to a model's training loss, where for states x(k), k = 1…T, and loss L

    $$\Omega = \sum_k \left(\frac{\lVert \nabla_{x(k)} L \,\frac{\partial x(k)}{\partial x(k-1)} \rVert}
        {\lVert \nabla_{x(k)} L \rVert} - 1\right)^2 \tag{1}$$

    for each example, averaged over the batch. Ω is zero when each step back in time keeps the length of the error
    signal, so that it neither vanishes nor explodes. ∇L with respect to all states comes from one backward pass; the
    products with the Jacobians from one batched pass over all steps. Ω's own gradient is exact: everything in (1) is
    differentiated, the states and ∇L included, where Pascanu's own code keeps only the immediate partial derivative.

    It cannot work on fused kernels (cuDNN), which do not show their states: layers that may run as one are refused
    with the remedy, `use_cudnn=False`. Masked steps, and steps that no gradient reaches, do not count. With several
    state tensors (an LSTM's y and c), x is all of them together.

    Args:
        strength: λ, at least 0.
        layers: names of the recurrent layers to regularize; all of the model's by default.

    Raises:
        ValueError: a negative strength; from `attach`: see there.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slide on learning long-term dependencies; R. Pascanu, T. Mikolov,
        Y. Bengio, On the difficulty of training recurrent neural networks (2013), equation (9).

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

    def __init__(self, strength: float = 1.0, layers: list[str] | None = None) -> None:
        if isinstance(strength, bool) or not isinstance(strength, int | float) or not strength >= 0:
            raise ValueError(f"strength: expected a number of at least 0, received {strength!r}.")
        self.strength = float(strength)
        self.layers = layers
        self.model: Any = None
        self._taps: list[_Tap] = []

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
        recurrent = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.RNN)]
        chosen = self._choose(recurrent)
        for layer in chosen:
            _refuse_what_hides_its_states(layer)
        if _xla_cannot(model):
            warnings.warn(f"model {model.name!r}: jit_compile is switched off: {_XLA}", stacklevel=2)
            model.jit_compile = False
        self.model = model
        self._taps = [_Tap(layer) for layer in chosen]
        self._plain_loss = model.compute_loss
        model.compute_loss = MethodType(self._compute_loss, model)
        model.train_function = None  # a step that was traced before would not know Ω
        return self

    def detach(self) -> None:
        """Take Ω off the model again."""
        if self.model is not None:
            del self.model.compute_loss
            self.model.train_function = None
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
        if not training or not self.strength:
            return self._plain_loss(x, y, y_pred, sample_weight, training=training)
        if _xla_cannot(model):
            raise ValueError(f"jit_compile: expected False in compile, received True: {_XLA}")
        loss, omega = self._loss_and_omega(x, y, sample_weight)
        return loss + self.strength * ops.cast(omega, loss.dtype)

    def _loss_and_omega(self, x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any]:
        loss, gradients, runs = self._differentiate(x, y, sample_weight)
        omegas = [omega_of(tap.layer.cell, run, own) for tap, run, own in zip(self._taps, runs, gradients, strict=True)]
        return loss, sum(omegas[1:], omegas[0])

    def _differentiate(self, x: Any, y: Any, sample_weight: Any) -> tuple[Any, list[Any], list["_Run"]]:
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
        return loss, tree.pack_sequence_as(zeros, flat), [_Run(*run) for run in runs]


def omega_of(cell: Any, run: "_Run", gradients: list[Any]) -> Any:
    """Ω of one layer, (1), given what it saw and ∂L/∂x(k), one tensor (batch, time, size) for each state tensor."""
    # The ratio does not depend on the length of v, so its largest entry may be 1: a vanished gradient still counts.
    largest = ops.max(ops.stack([ops.max(ops.abs(v), axis=-1) for v in gradients]), axis=0)
    counts = largest > 0 if run.mask is None else ops.logical_and(largest > 0, ops.cast(run.mask, "bool"))
    scale = ops.stop_gradient(ops.where(counts, largest, 1.0))[..., None]
    vectors = [steps_as_batch(v / scale) for v in gradients]
    before = [steps_as_batch(x) for x in states_before(run.start, run.states)]
    inputs = steps_as_batch(run.inputs)

    def step(states: list[Any]) -> list[Any]:
        return tree.flatten(cell(inputs, tree.pack_sequence_as(run.start, states), training=True)[1])

    products = vector_jacobian(step, before, vectors)
    counts = ops.reshape(counts, (-1,))
    ratio = _norm(products, counts) / _norm(vectors, counts)
    total = ops.sum(ops.where(counts, ops.square(ratio - 1.0), 0.0))  # (1)
    return total / ops.cast(ops.shape(run.inputs)[0], total.dtype)


_XLA = "XLA does not compile second derivatives of TensorFlow's loops. (It does on JAX.)"


def _xla_cannot(model: Any) -> bool:
    return keras.backend.backend() == "tensorflow" and bool(model.jit_compile)


def _norm(parts: list[Any], counts: Any) -> Any:
    squares = sum(ops.sum(ops.square(part), axis=-1) for part in parts)
    # Outside `counts`, and at exactly zero, the root's slope is infinite; it must not reach the gradient.
    positive = ops.logical_and(counts, squares > 0)
    return ops.where(positive, ops.sqrt(ops.where(positive, squares, 1.0)), ops.where(counts, 0.0, 1.0))


@dataclass
class _Run:
    """What a layer saw in one pass, in the order of its steps."""

    inputs: Any
    start: Any
    states: list[Any]
    mask: Any

    def parts(self) -> tuple[Any, ...]:
        return self.inputs, self.start, self.states, self.mask


class _Tap:
    """Stands in for a layer's loop: the layer's own until nudges are set, then one that keeps all states."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.own_loop: Callable[..., Any] = layer.inner_loop
        self.nudges: list[Any] | None = None
        self.shapes: Any = None  # of the states over time, as the last plain pass saw them
        self.run: Any = None  # what the last pass with nudges saw
        layer.inner_loop = self

    def remove(self) -> None:
        del self.layer.inner_loop

    def __call__(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        if self.nudges is None:
            batch, time = ops.shape(sequences)[:2]
            self.shapes = [((batch, time, s.shape[-1]), s.dtype) for s in tree.flatten(initial_state)]
            return self.own_loop(sequences, initial_state, mask, training)
        if self.layer.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
        cell = self.layer.cell
        states = trajectory(cell, sequences, initial_state, mask, self.nudges, training)
        self.run = _Run(sequences, initial_state, states, mask)
        outputs = readout(cell, states)
        if mask is not None:
            outputs = self._as_keras_masks(outputs, ops.cast(mask, "bool"))
        last = tree.pack_sequence_as(initial_state, [state[:, -1] for state in states])
        return outputs[:, -1], outputs, last

    def _as_keras_masks(self, outputs: Any, mask: Any) -> Any:
        """A masked step repeats the output before it; there is none before the first step that counts."""
        if not self.layer.zero_output_for_mask:
            mask = ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0
        return ops.where(mask[:, :, None], outputs, 0.0)


def _refuse_what_hides_its_states(layer: Any) -> None:
    if getattr(layer, "use_cudnn", False) is not False:
        raise ValueError(
            f"layer {layer.name!r}: expected use_cudnn=False, received {layer.use_cudnn!r}: a fused kernel does not "
            f"show its states. Build it as keras.layers.{type(layer).__name__}(..., use_cudnn=False)."
        )
    if layer.stateful:
        raise ValueError(
            f"layer {layer.name!r}: expected stateful=False: Ω runs each batch twice, which moves the state."
        )
    for cell in getattr(layer.cell, "cells", [layer.cell]):
        for name in ("dropout", "recurrent_dropout"):
            if getattr(cell, name, 0.0):
                raise ValueError(
                    f"layer {layer.name!r}: expected {name}=0, received {getattr(cell, name)}: the batched Jacobians "
                    "need a cell that does the same at each step. Put a keras.layers.Dropout layer before or after it."
                )
