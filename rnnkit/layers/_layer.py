"""What every layer shares: Keras's RNN around one kind of cell. No mathematics."""

import inspect
from types import MethodType
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops, tree

from rnnkit._keras import own_loop, without_autocast
from rnnkit.layers._cell import RecurrentCell, resolved
from rnnkit.layers._signatures import FUSED, Shown, layer_signature, refuse_unbound
from rnnkit.layers.fused import layer as fast


class RecurrentLayer(keras.layers.RNN):
    """Base of the layers: `keras.layers.RNN` around one kind of cell, taking the cell's arguments as its own.

    All that differs is the cell's: what its loop runs over, what it shows beside its output, and whether there is a
    fast loop, which brings the layer the argument `fused`.
    """

    __signature__: Any = Shown(lambda cls: layer_signature(cls, RecurrentLayer))
    cell_class: ClassVar[type[RecurrentCell]]
    unroll: bool
    zero_output_for_mask: bool

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Show the cell's arguments as read-only attributes of the layer."""
        super().__init_subclass__(**kwargs)
        for name in inspect.signature(cls.cell_class).parameters if "cell_class" in cls.__dict__ else ():
            if not hasattr(cls, name):
                setattr(cls, name, of_cell(name))

    def __init__(
        self,
        *args: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None,
        dtype: Any = None,
        trainable: bool = True,
        **kwargs: Any,
    ) -> None:
        refuse_unbound(type(self), args, kwargs)
        fused = fast.checked(kwargs.pop("fused", FUSED.default))
        cell = self.cell_class(*args, dtype=dtype, trainable=trainable, **kwargs)
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            zero_output_for_mask=zero_output_for_mask,
            activity_regularizer=resolved("activity_regularizer", activity_regularizer),
            name=name,
            dtype=dtype,
            trainable=trainable,
        )
        self.input_spec = None if cell.inputs.takes_ids else keras.layers.InputSpec(ndim=3)
        if hasattr(cell, "fast_loop"):
            self.fused = fused

    @property
    def fast_path(self) -> str:
        """Which loop over time the last call ran, and why: a sentence that begins with "fast loop" or "readable loop".

        The last call is the last that ran Python: an eager one, or the one in which a graph was traced, as the first
        of `fit`. On TensorFlow a graph's fast loop is compiled by XLA for a size of batch and steps when this has come
        64 times, and runs as it is until then; which sizes came, and how often, is told as it stands now. A call with
        training=False keeps nothing for a gradient, which then costs another pass forward.

        Example:
            >>> import numpy as np, rnnkit
            >>> layer = rnnkit.Elman(3, 2, fused=False)
            >>> y = layer(np.ones((5, 7, 4)))
            >>> layer.fast_path
            'readable loop: fused=False.'
        """
        if own_loop(self) != MethodType(type(self).inner_loop, self):
            return "another loop, which was put in the place of both."
        return fast.told(self)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        super().build(sequences_shape)
        if self.input_spec is not None and sequences_shape[-1] is not None:
            self.input_spec = keras.layers.InputSpec(ndim=3, axes={-1: sequences_shape[-1]})
        for state in tree.flatten(self.states) if self.states is not None else ():
            without_autocast(state)

    def _refuse_other(self, sequences: Any, initial_state: Any, mask: Any) -> None:
        """Raise a ValueError for shapes that do not fit each other, which else some loop stumbles over, or none."""
        self.cell.inputs.refuse_other(sequences, self.name)
        steps = sequences.shape[1]
        if mask is not None and (len(mask.shape) != 2 or None is not mask.shape[1] != steps is not None):
            raise ValueError(
                f"mask: layer {self.name!r} expected shape (batch, {steps}), one value for each step of its sequences, "
                f"received {tuple(mask.shape)}."
            )
        if initial_state is None:
            return
        sizes = tree.flatten(self.state_size)
        received = [tuple(state.shape) for state in tree.flatten(initial_state)]
        if len(received) != len(sizes) or any(r[-1] not in (None, n) for r, n in zip(received, sizes, strict=True)):
            raise ValueError(
                f"initial_state: layer {self.name!r} expected {len(sizes)} of shape (batch, size) with sizes {sizes}, "
                f"received shapes {received}."
            )

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        self._refuse_other(sequences, initial_state, mask)
        sequences = self.cell.inputs.before_loop(self.cell, sequences, training)
        if sequences.shape[1] == 0:
            self._why_readable = "there were no steps"
            result = self._nothing_happened(sequences, initial_state)
        else:
            result = super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        if not self.cell.extras:
            return result
        together, *states = result if self.return_state else (result,)
        return *self._taken_apart(together), *states

    def _nothing_happened(self, sequences: Any, initial_state: Any) -> Any:
        """A sequence without steps, which Keras's loops cannot run: no outputs, and the states stay."""
        batch, size, dtype = ops.shape(sequences)[0], self.cell.output_size, self.compute_dtype
        outputs = ops.zeros((batch, 0, size) if self.return_sequences else (batch, size), dtype=dtype)
        if not self.return_state:
            return outputs
        if initial_state is None:
            initial_state = self.states if self.stateful else self.get_initial_state(batch)
        states = list(initial_state) if tree.is_nested(initial_state) else [initial_state]
        return outputs, *tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=dtype), states)

    def _taken_apart(self, together: Any) -> list[Any]:
        """Output and extras, out of the cell's output."""
        sizes = self._part_sizes()
        ends = np.cumsum(tree.flatten(sizes))[:-1].tolist()
        return tree.pack_sequence_as(sizes, ops.split(together, ends, axis=-1))

    def _part_sizes(self) -> list[Any]:
        extras = self.cell.extras
        return [self.cell.output_size - sum(tree.flatten(extras)), *extras]

    def compute_output_spec(self, sequences: Any, *args: Any, **kwargs: Any) -> Any:
        self._refuse_other(sequences, *self._state_and_mask(*args, **kwargs))
        return super().compute_output_spec(sequences, *args, **kwargs)

    @staticmethod
    def _state_and_mask(initial_state: Any = None, mask: Any = None, **_: Any) -> tuple[Any, Any]:
        return initial_state, mask

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        batch, *leading = sequences_shape[:2] if self.return_sequences else sequences_shape[:1]
        shapes = _shapes(self._part_sizes(), (batch, *leading))
        if self.return_state:
            shapes += _shapes(self.state_size, (batch,))
        return tuple(shapes) if len(shapes) > 1 else shapes[0]

    def compute_mask(self, sequences: Any, mask: Any) -> Any:
        mask = tree.flatten(mask)[0] if self.return_sequences else None
        masks = [tree.map_structure(lambda _: mask, part) for part in self._part_sizes()]
        if self.return_state:
            masks += [tree.map_structure(lambda _: None, size) for size in self.state_size]
        return masks if len(masks) > 1 else masks[0]

    @property
    def variables(self) -> list[Any]:
        # Keras does not count kept states among a layer's variables, so that on JAX its training loop loses them.
        # They are no weights: `weights`, and what is saved, are without them.
        kept = [] if self.states is None else tree.flatten(self.states)
        return [*super().variables, *kept]

    def reset_state(self, states: Any = None) -> None:
        """Set the states that a stateful layer keeps.

        Args:
            states: nested as the cell's states, each (batch, size). By default what `get_initial_state` gives.

        Raises:
            ValueError: states given to a layer that keeps none, or of another structure or shape.
        """
        if self.states is None:
            if states is not None:
                raise ValueError(f"states: layer {self.name!r} keeps none. Build it, with stateful=True, first.")
            return
        kept = tree.flatten(self.states)
        if states is None:
            states = self.get_initial_state(ops.shape(kept[0])[0])
        new = tree.flatten(states)
        expected, received = [tuple(k.shape) for k in kept], [tuple(ops.shape(n)) for n in new]
        if expected != received:
            raise ValueError(f"states: expected shapes {expected}, received {received}.")
        for variable, value in zip(kept, new, strict=True):
            variable.assign(value)

    def reset_states(self, states: Any = None) -> None:
        """The same as `reset_state`."""
        self.reset_state(states)

    def get_states(self) -> list[Any]:
        """The states that a stateful layer keeps, as NumPy arrays, nested as the cell's states.

        Raises:
            ValueError: the layer keeps no states.
        """
        if self.states is None:
            raise ValueError(f"states: layer {self.name!r} keeps none. Build it, with stateful=True, first.")
        return tree.map_structure(ops.convert_to_numpy, list(self.states))

    def set_states(self, states: Any) -> None:
        """Set the states that a stateful layer keeps; see `reset_state`."""
        self.reset_state(states)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        if fast.applies(self, sequences, training):
            from rnnkit.layers.fused import loop

            return loop.run(self, sequences, list(initial_state), mask, training)
        # On JAX, Keras repeats states[0] where a step is masked, which is not the output of every cell.
        if mask is None or keras.backend.backend() != "jax":
            # Zeros for masked steps are for sequences, as Keras documents; its loops return them as last output too.
            # On PyTorch every loop is Python's, and Keras's unrolled one fails with a mask backwards.
            asked = self.zero_output_for_mask, self.unroll
            self.zero_output_for_mask = self.zero_output_for_mask and self.return_sequences
            self.unroll = self.unroll and keras.backend.backend() != "torch"
            try:
                return super().inner_loop(sequences, initial_state, mask, training)
            finally:
                self.zero_output_for_mask, self.unroll = asked
        counts = ops.cast(mask, "bool")[:, :, None]
        steps = tuple(ops.swapaxes(part, 0, 1) for part in (sequences, counts))
        if self.go_backwards:
            steps = tuple(ops.flip(part, axis=0) for part in steps)
        before_first = ops.zeros((ops.shape(sequences)[0], self.cell.output_size), dtype=self.cell.compute_dtype)

        def step(carry: Any, now: Any) -> Any:
            inputs, counts = now
            new = self.cell(inputs, carry[1], training=training)
            held = tree.map_structure(lambda a, b: ops.where(counts, a, b), new, carry)
            return held, ops.where(counts, new[0], 0) if self.zero_output_for_mask else held[0]

        (last, states), outputs = ops.scan(step, (before_first, list(initial_state)), steps, unroll=self.unroll)
        return last, ops.swapaxes(outputs, 0, 1), states

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["cell"]
        cell_config = self.cell.get_config()
        config.update({argument: cell_config[argument] for argument in self.cell._arguments})
        config["activity_regularizer"] = keras.regularizers.serialize(self.activity_regularizer)
        return {**config, "fused": self.fused} if hasattr(self, "fused") else config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "RecurrentLayer":
        with keras.saving.custom_object_scope(custom_objects or {}):
            return cls(**config)


def _shapes(sizes: list[Any], leading: tuple[Any, ...]) -> list[Any]:
    # Not one map over the whole: a shape is a tuple, which would then count as nested.
    return [tree.map_structure(lambda size: (*leading, size), part) for part in sizes]


def of_cell(name: str) -> Any:
    """A layer's attribute that is its cell's, read-only."""
    return property(lambda layer: getattr(layer.cell, name), doc=f"The cell's `{name}`.")
