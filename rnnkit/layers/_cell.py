"""What every cell shares: arguments, checks, dropout, configuration. No mathematics."""

from typing import Any, Self

import keras
from keras import ops, tree

from rnnkit._checks import fraction
from rnnkit._keras import DropoutRNNCell
from rnnkit.layers._inputs import inputs_of
from rnnkit.layers._signatures import Shown, cell_signature, refuse_unknown_of_cell

_KINDS = {
    "activation": keras.activations,
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
}


def kind_of(argument: str) -> Any:
    """Keras's module for an argument, by the last word of its name; None where it is taken as it is."""
    return _KINDS.get(argument.rsplit("_", 1)[-1])


def resolved(argument: str, value: Any) -> Any:
    """An argument's value as Keras's object where its name asks for one, or a ValueError that names it."""
    kind = kind_of(argument)
    if kind is None:
        return value
    try:
        return kind.get(value)
    except (TypeError, ValueError) as error:
        what = argument.rsplit("_", 1)[-1]
        raise ValueError(
            f"{argument}: expected the name of a Keras {what}, a {what} object or None, received {value!r}. "
            f"See keras.{kind.__name__.rsplit('.', 1)[-1]} for the names."
        ) from error


def arguments_of(layer: Any) -> dict[str, Any]:
    """A layer's own arguments as its configuration holds them, Keras's objects serialized."""
    kinds = {argument: kind_of(argument) for argument in layer._arguments}
    values = {argument: getattr(layer, argument) for argument in kinds}
    return {name: values[name] if kind is None else kind.serialize(values[name]) for name, kind in kinds.items()}


def parts(tensor: Any, count: int) -> list[Any]:
    """As many equal parts of a tensor's last axis, side by side; zeros for a weight that is not there."""
    return [0.0] * count if tensor is None else ops.split(ops.convert_to_tensor(tensor), count, axis=-1)


class RecurrentCell(keras.layers.Layer, DropoutRNNCell):  # type: ignore[misc, valid-type]
    """Base of the cells: keeps the constructor's arguments, checks them and writes them to the configuration.

    A cell sets `state_size` and `output_size`, creates its weights in `build` with `_add`, and computes one
    time step in `call(sequence, states, training)`. `readout(states)` gives the output that belongs to states.
    A cell that can show more than its output appends it to the output, and `extras` says how to take it off again.
    What its inputs are, floats or with an `input_dim` token ids, it leaves to `inputs`.
    """

    __signature__: Any = Shown(lambda cls: cell_signature(cls, RecurrentCell))

    dot = staticmethod(ops.matmul)  # the recurrent products, which the fast loop keeps

    @property
    def extras(self) -> list[Any]:
        """Sizes of what follows the output proper on the cell's last axis, nested as the layer shall return it."""
        return []

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # Self, or pyright looks no further than here
        """Refuse unknown keywords where each constructor on the way here is typed, and so says which there are."""
        refuse_unknown_of_cell(cls, RecurrentCell, kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(
        self,
        *,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        trainable: bool = True,
        **arguments: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype, trainable=trainable)
        self.dropout = fraction("dropout", dropout, one=False)
        self.recurrent_dropout = fraction("recurrent_dropout", recurrent_dropout, one=False)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        for argument, value in arguments.items():
            setattr(self, argument, resolved(argument, value))
        self.inputs = inputs_of(arguments.get("input_dim"))
        self._arguments = (*arguments, "dropout", "recurrent_dropout", "seed")

    def _add(self, name: str, shape: tuple[int, ...], options: str, initializer: Any = None) -> Any:
        """Create a weight with the initializer, regularizer and constraint called `options`_..."""
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer or getattr(self, f"{options}_initializer"),
            regularizer=getattr(self, f"{options}_regularizer"),
            constraint=getattr(self, f"{options}_constraint"),
        )

    def _after_dropout(self, sequence: Any, state: Any, training: bool) -> tuple[Any, Any]:
        """Inputs and recurrent state, with the masks that stay the same over a sequence."""
        sequence, mask = self.inputs.of_step(self, sequence, training), self.get_recurrent_dropout_mask(state)
        return sequence, state * mask if training and mask is not None else state

    def get_dropout_mask(self, step_input: Any) -> Any:
        return super().get_dropout_mask(self.inputs.dropped(self, step_input) if self.dropout else step_input)

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        sizes = self.state_size if isinstance(self.state_size, list | tuple) else [self.state_size]
        return tree.map_structure(lambda size: ops.zeros((batch_size, size), dtype=self.compute_dtype), list(sizes))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | arguments_of(self)


class GatedCell(RecurrentCell):
    """Base of the cells with gates: a cell computes output, states and gates in `_step`, written once.

    With `return_gates`, the cell's output is followed by its gates, in the alphabetical order of their names.
    """

    return_gates: bool
    units: int

    def _step(self, sequence: Any, states: Any, training: bool) -> tuple[Any, list[Any], dict[str, Any]]:
        """One time step: output, new states, gates by name."""
        raise NotImplementedError

    def gates(self, sequence: Any, states: Any, training: bool = False) -> dict[str, Any]:
        """The gates of one time step by name, each (batch, units); arguments as in `call`."""
        return self._step(sequence, states, training)[2]

    @property
    def gate_names(self) -> list[str]:
        raise NotImplementedError

    @property
    def extras(self) -> list[Any]:
        return [{name: self.units for name in self.gate_names}] if self.return_gates else []

    @property
    def output_size(self) -> int:
        return self.units * (1 + len(self.gate_names) * self.return_gates)

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        output, states, gates = self._step(sequence, states, training)
        if self.return_gates:
            output = ops.concatenate([output, *tree.flatten(gates)], axis=-1)
        return output, states
