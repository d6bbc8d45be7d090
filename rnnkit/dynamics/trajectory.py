"""The states of any recurrent cell at every step of a sequence."""

from typing import Any

import keras
from keras import ops, tree

from rnnkit._scan import scan


def trajectory(
    cell: Any,
    inputs: Any,
    initial_state: Any = None,
    mask: Any = None,
    nudges: list[Any] | None = None,
    training: bool = False,
    return_gates: bool = False,
) -> Any:
    """Run a cell over a sequence and keep its state after every step.

    Args:
        cell: any rnnkit or Keras recurrent cell, `StackedRNNCells` included, with its weights built; or a recurrent
            layer, whose cell is taken.
        inputs: shape (batch, time, features), in the order in which the cell shall see them; token ids, shape
            (batch, time), for a cell that takes them.
        initial_state: the state before the first step, in the cell's own structure. Zeros by default.
        mask: shape (batch, time), booleans; the state stays as it is where the mask is False.
        nudges: one tensor (batch, time, size) for each state tensor, added to the new state of each step. Nudges of
            zero change nothing, and a loss's gradient with respect to them is its total gradient ∂L/∂x_k with
            respect to the states.
        training: passed to the cell.
        return_gates: whether the gates are wanted too.

    Returns:
        One tensor (batch, time, size) for each state tensor, nested states flattened. With `return_gates` followed by
        a dictionary of gates, each (batch, time, units); what a gate would have been at a masked step stands there.

    Raises:
        ValueError: inputs that are not of rank 3, a number of nudges that is not the number of state tensors, gates
            wanted of a cell that has none.

    Example:
        >>> import keras, numpy as np
        >>> layer = keras.layers.SimpleRNN(3, return_sequences=True)
        >>> x = np.ones((5, 7, 4), "float32")
        >>> output = layer(x)
        >>> [states] = trajectory(layer, x)
        >>> bool(np.allclose(states, output, atol=1e-6))
        True
    """
    cell = getattr(cell, "cell", cell)
    inputs = as_steps(cell, inputs)
    if len(inputs.shape) != 3:
        raise ValueError(f"inputs: expected shape (batch, time, features), received {tuple(inputs.shape)}.")
    structure = initial_states(cell, initial_state, ops.shape(inputs)[0])
    states, _ = states_over_time(cell, inputs, structure, mask, nudges, training)
    if not return_gates:
        return states
    return states, _gates(cell, inputs, structure, states, training)


def states_over_time(
    cell: Any, inputs: Any, structure: Any, mask: Any, nudges: list[Any] | None, training: bool, twice: bool = False
) -> tuple[list[Any], Any]:
    """The states after every step, as `trajectory` gives them; and None, or an object with Ω's `products`.

    Args:
        cell, inputs, mask, nudges, training: as there, inputs as floats.
        structure: the states before the first step, as `initial_states` gives them.
        twice: whether they will be differentiated twice; on TensorFlow that has loops of its own.
    """
    start = tree.flatten(structure)
    nudges = nudges if nudges is not None else []
    if nudges and len(nudges) != len(start):
        raise ValueError(f"nudges: expected {len(start)} tensors, one for each state tensor, received {len(nudges)}.")
    over_time = {"inputs": inputs, "nudges": list(nudges)}
    if mask is not None:
        over_time["mask"] = ops.cast(mask, "bool")[:, :, None]

    def after(states: list[Any], now: dict[str, Any]) -> list[Any]:
        _, new = cell(now["inputs"], tree.pack_sequence_as(structure, states), training=training)
        new = tree.flatten(new)
        if now["nudges"]:
            new = [state + nudge for state, nudge in zip(new, now["nudges"], strict=True)]
        if "mask" in now:
            new = [ops.where(now["mask"], state, old) for state, old in zip(new, states, strict=True)]
        return new

    time_first = tree.map_structure(lambda x: ops.swapaxes(x, 0, 1), over_time)
    if twice and keras.backend.backend() == "tensorflow" and all_is_known(cell):
        from rnnkit.dynamics._sweeps import Sweeps

        sweeps = Sweeps(cell, after, start, time_first)
        return [ops.swapaxes(state, 0, 1) for state in sweeps.states], sweeps
    _, states = scan(lambda states, now: (after(states, now),) * 2, start, time_first)
    return [ops.swapaxes(state, 0, 1) for state in states], None


def all_is_known(cell: Any) -> bool:
    """Whether a cell is ours or Keras's: then its step depends on its arguments and its own variables alone."""
    return all(type(c).__module__.startswith(("rnnkit.", "keras.")) for c in [cell, *getattr(cell, "cells", [])])


def _gates(cell: Any, inputs: Any, structure: Any, states: list[Any], training: bool) -> dict[str, Any]:
    """The gates at every step: all steps at once, as a batch, since the states before them are known."""
    if not hasattr(cell, "gates"):
        raise ValueError(f"return_gates: expected a cell with gates, received {type(cell).__name__}.")
    before = [steps_as_batch(state) for state in states_before(structure, states)]
    gates = cell.gates(steps_as_batch(inputs), tree.pack_sequence_as(structure, before), training)
    batch, time = ops.shape(inputs)[:2]
    return {name: ops.reshape(gate, (batch, time, gate.shape[-1])) for name, gate in gates.items()}


def as_steps(cell: Any, inputs: Any) -> Any:
    """The inputs as floats, (batch, time, features); token ids as the rows that they stand for."""
    if getattr(cell, "input_dim", None) is not None:
        return cell.inputs.look_up(cell, ops.convert_to_tensor(inputs))
    return ops.convert_to_tensor(inputs, dtype=cell.compute_dtype)


def states_before(initial_state: Any, states: list[Any]) -> list[Any]:
    """The state before every step, from the state before the first and the states after each: (batch, time, size)."""
    starts = [ops.expand_dims(state, 1) for state in tree.flatten(initial_state)]
    return [ops.concatenate([a, x[:, :-1]], axis=1) for a, x in zip(starts, states, strict=True)]


def steps_as_batch(x: Any) -> Any:
    """(batch, time, size) as (batch · time, size)."""
    return ops.reshape(x, (-1, x.shape[-1]))


def readout(cell: Any, states: list[Any]) -> Any:
    """The output that belongs to a cell's states.

    Args:
        cell: an rnnkit cell, or one of Keras's, `StackedRNNCells` included.
        states: flat list of state tensors, each (..., size).

    Returns:
        The output, shape (..., output size).

    Raises:
        ValueError: a foreign cell without a method `readout(states)`.
    """
    if hasattr(cell, "readout"):
        return cell.readout(states)
    if isinstance(cell, keras.layers.StackedRNNCells):
        last = cell.cells[-1]
        return readout(last, states[-_state_count(last) :])
    if isinstance(cell, keras.layers.SimpleRNNCell | keras.layers.GRUCell | keras.layers.LSTMCell):
        return states[0]
    raise ValueError(
        f"cell: expected an rnnkit or Keras cell, received {type(cell).__name__}, whose output cannot be told from its "
        "state. Give it a method readout(states) that computes the output."
    )


def initial_states(cell: Any, initial_state: Any, batch: Any) -> Any:
    """The states before the first step as tensors in the cell's structure: those given, or the cell's own."""
    state = cell.get_initial_state(batch_size=batch) if initial_state is None else initial_state
    state = list(state) if isinstance(state, list | tuple) else [state]
    return tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=cell.compute_dtype), state)


def _state_count(cell: Any) -> int:
    return len(tree.flatten(cell.state_size))
