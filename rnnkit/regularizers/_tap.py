"""A stand-in for a recurrent layer's loop that keeps all states, and lets a gradient reach each of them."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops, tree

from rnnkit._keras import own_loop, replace_loop, restore_loop
from rnnkit.dynamics.trajectory import all_is_known, as_steps, initial_states, readout, states_over_time


def weights_read_before(layer: Any) -> Any:
    """A context in which a readable loop's body reads no variable, on TensorFlow.

    Keras's training step runs the model before it asks for the loss. A graph leaves out what nobody uses of that, but
    not a loop that reads variables.
    """
    readable = not getattr(layer, "fused", False) and all_is_known(layer.cell)
    if keras.backend.backend() != "tensorflow" or not readable:
        return nullcontext()
    import tensorflow as tf

    mapping = [(variable, tf.convert_to_tensor(variable)) for variable in layer.cell.variables]
    return keras.StatelessScope(state_mapping=mapping)


@dataclass
class Run:
    """What a layer saw in one pass, in the order of its steps."""

    inputs: Any
    start: Any
    states: list[Any]
    mask: Any
    products: list[Any] | None = None  # of each step's ∇L, its largest entry made 1, with its Jacobian, where known

    def parts(self) -> tuple[Any, ...]:
        return self.inputs, self.start, self.states, self.mask


class Tap:
    """Stands in for a layer's loop: the layer's own until nudges are set, then one that keeps all states."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.own_loop = own_loop(layer)
        self.nudges: list[Any] | None = None
        self.shapes: Any = None  # of the states over time, as the last plain pass saw them
        self.run: Any = None  # what the last pass with nudges saw
        self.sweeps: Any = None  # that pass's, which know the products with the Jacobians
        replace_loop(layer, self)

    def remove(self) -> None:
        restore_loop(self.layer)

    def __call__(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        if self.nudges is None:
            batch, time = ops.shape(sequences)[:2]
            self.shapes = [((batch, time, s.shape[-1]), s.dtype) for s in tree.flatten(initial_state)]
            with weights_read_before(self.layer):
                return self.own_loop(sequences, initial_state, mask, training)
        if self.layer.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
        cell = self.layer.cell
        sequences, initial_state = (
            as_steps(cell, sequences),
            initial_states(cell, initial_state, ops.shape(sequences)[0]),
        )
        states, self.sweeps = states_over_time(cell, sequences, initial_state, mask, self.nudges, training, twice=True)
        self.run = Run(sequences, initial_state, states, mask)
        outputs = readout(cell, states)
        if mask is not None:
            outputs = self._as_keras_masks(outputs, ops.cast(mask, "bool"))
        last = tree.pack_sequence_as(initial_state, [state[:, -1] for state in states])
        return outputs[:, -1], outputs, last

    def run_of(self, parts: tuple[Any, ...]) -> Run:
        """A pass with nudges, after its gradient was taken, from its parts."""
        sweeps, self.sweeps = self.sweeps, None
        run = Run(*parts)
        if sweeps is not None:
            run.products = [ops.swapaxes(q, 0, 1) for q in sweeps.products]
        return run

    def _as_keras_masks(self, outputs: Any, mask: Any) -> Any:
        """A masked step repeats the output before it; there is none before the first step that counts."""
        if not self.layer.zero_output_for_mask:
            mask = ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0
        return ops.where(mask[:, :, None], outputs, 0.0)


def refuse_what_hides_its_states(layer: Any) -> None:
    """Raise a ValueError with the remedy where a layer cannot be looked into."""
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
