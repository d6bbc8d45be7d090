"""Any recurrent cell with a constant input, or any function in NumPy, as a map from one state to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from rnnkit.dynamics.jacobian import state_jacobians
from rnnkit.dynamics.trajectory import initial_states, trajectory

_WORTH_TRACING = 40  # as many steps one by one take as long as making a graph of them


@dataclass(frozen=True)
class Map:
    r"""A dynamic system in discrete time, many states at once,

    $$x(k) = F\big(x(k-1)\big) \tag{1}$$

    Args:
        step: F, takes and returns states, shape (batch, n).
        jacobian: ∂F/∂x, takes states, returns shape (batch, n, n), entry (i, j) being ∂F_i/∂x_j.
        run: how to take many steps faster than one by one, if there is a way: takes states and a number of steps.

    Example:
        >>> import numpy as np
        >>> halves = Map(lambda x: x / 2, lambda x: np.full((len(x), 1, 1), 0.5))
        >>> halves.orbit([[8.0]], 3)[0, :, 0].tolist()
        [4.0, 2.0, 1.0]
    """

    step: Callable[[np.ndarray], np.ndarray]
    jacobian: Callable[[np.ndarray], np.ndarray]
    run: Callable[[np.ndarray, int], np.ndarray] | None = None

    def orbit(self, start: Any, steps: int) -> np.ndarray:
        """The states after each step, (1).

        Args:
            start: states before the first step, shape (batch, n).
            steps: how many.

        Returns:
            Shape (batch, steps, n).
        """
        x = np.asarray(start)
        if self.run is not None:
            return self.run(x, steps)
        states = []
        for _ in range(steps):
            x = self.step(x)  # (1)
            states.append(x)
        return np.stack(states, axis=1)


def as_map(system: Any, inputs: Any = None) -> Map:
    """A recurrent cell whose input does not change, as a map of its state.

    With several state tensors (an LSTM's y and c) the state is all of them one after the other.

    Args:
        system: a `Map`, which is returned as it is; or any rnnkit or Keras recurrent cell or layer that is built.
        inputs: the input of every step, shape (features,). Zeros by default.

    Returns:
        The map. Its states are NumPy arrays of the cell's dtype.

    Raises:
        ValueError: a cell that is not built, inputs of another size than the cell's, inputs for a `Map`.

    Example:
        >>> import keras, numpy as np
        >>> cell = keras.layers.LSTMCell(2)
        >>> cell.build((None, 3))
        >>> as_map(cell).jacobian(np.zeros((5, 4))).shape
        (5, 4, 4)
    """
    if isinstance(system, Map):
        if inputs is not None:
            raise ValueError(
                "inputs: expected None beside a Map, which has its inputs inside; received an array. "
                "Put them into the map's functions."
            )
        return system
    cell = getattr(system, "cell", system)
    constant = _constant_input(cell, inputs)
    like = initial_states(cell, None, 1)
    ends = np.cumsum([state.shape[-1] for state in tree.flatten(like)])

    def driven(x: np.ndarray, steps: int) -> tuple[np.ndarray, Any]:
        if x.ndim != 2 or x.shape[1] != ends[-1]:
            raise ValueError(f"states: expected shape (batch, {ends[-1]}), received {x.shape}.")
        seen = np.broadcast_to(constant, (len(x), steps, len(constant)))
        return seen, tree.pack_sequence_as(like, np.split(x.astype(cell.compute_dtype), ends[:-1], axis=1))

    states_after = _traced_in_time(lambda seen, start: trajectory(cell, seen, start))
    jacobians = _traced_in_time(lambda seen, start: state_jacobians(cell, seen, start))

    def run(x: np.ndarray, steps: int) -> np.ndarray:
        states = states_after(*driven(x, steps))
        return np.concatenate([ops.convert_to_numpy(state) for state in states], axis=-1)

    def jacobian(x: np.ndarray) -> np.ndarray:
        return ops.convert_to_numpy(jacobians(*driven(x, 1)))[:, 0]

    return Map(lambda x: run(x, 1)[:, 0], jacobian, run)


def _traced_in_time(function: Callable[..., Any]) -> Callable[..., Any]:
    """On TensorFlow a graph, once there are many steps: one by one they take ten times as long."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    graph, taken = tf.function(function, autograph=False, reduce_retracing=True), 0

    def call(inputs: np.ndarray, states: Any) -> Any:
        nonlocal taken
        taken += inputs.shape[1]
        if taken <= _WORTH_TRACING:
            return function(inputs, states)
        arguments = tree.map_structure(tf.convert_to_tensor, (inputs, states))
        return graph.get_concrete_function(*arguments)(*arguments)  # called itself, TensorFlow warns of many graphs

    return call


def _constant_input(cell: Any, inputs: Any) -> np.ndarray:
    shape = (cell.get_build_config() or {}).get("input_shape") if cell.built else None
    if shape is None:
        raise ValueError(
            f"system: expected a cell that is built, received {type(cell).__name__} without weights. "
            "Call cell.build((None, features)) or run it once."
        )
    features = shape[-1]
    constant = np.zeros(features) if inputs is None else np.asarray(inputs, dtype=float)
    if constant.shape != (features,):
        raise ValueError(f"inputs: expected shape ({features},), the cell's features, received {constant.shape}.")
    return constant
