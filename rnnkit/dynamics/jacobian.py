r"""Derivatives along a trajectory: of each state by the state before it, and of a loss by each state."""

from collections.abc import Callable
from typing import Any

from keras import ops, tree

from rnnkit._autodiff import value_and_gradients, vector_jacobian
from rnnkit.dynamics.trajectory import as_steps, initial_states, readout, states_before, steps_as_batch, trajectory


def state_jacobians(cell: Any, inputs: Any, initial_state: Any = None, mask: Any = None) -> Any:
    r"""The Jacobian of each state by the one before it,

    $$J(k) = \frac{\partial x(k)}{\partial x(k-1)} \tag{1}$$

    along the trajectory that the inputs drive. With several state tensors (an LSTM's y and c), x is all of them one
    after the other. Costs one run over the sequence, and one backward pass through all steps at once as a batch of
    batch · time · n examples, n the size of x.

    Args:
        cell, inputs, initial_state, mask: as in `trajectory`.

    Returns:
        Shape (batch, time, n, n), entry (i, j) being ∂x_i(k)/∂x_j(k−1). The identity at masked steps, where the state
        stays.

    Raises:
        ValueError: as `trajectory` does.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slide on reservoirs at the edge of stability; J. Y. Jun, Feedback
        Neural Networks (2019), equation (28) for one unit.

    Example:
        >>> import keras, numpy as np
        >>> layer = keras.layers.SimpleRNN(3, activation="linear")
        >>> x = np.ones((5, 7, 4), "float32")
        >>> output = layer(x)
        >>> jacobians = state_jacobians(layer, x)
        >>> bool(np.allclose(jacobians[0, 0], np.transpose(layer.cell.recurrent_kernel), atol=1e-6))
        True
    """
    cell = getattr(cell, "cell", cell)
    states = trajectory(cell, inputs, initial_state, mask)
    batch, time = ops.shape(states[0])[:2]
    start = initial_states(cell, initial_state, batch)
    before = [ops.stop_gradient(steps_as_batch(state)) for state in states_before(start, states)]
    sizes = [state.shape[-1] for state in before]
    n = sum(sizes)
    examples = ops.shape(before[0])[0]
    # Every step is repeated n times, once for each row of its Jacobian.
    rows = ops.tile(ops.eye(n, dtype=before[0].dtype), (examples, 1))
    seen = ops.repeat(steps_as_batch(as_steps(cell, inputs)), n, axis=0)

    def step(old: list[Any]) -> list[Any]:
        return tree.flatten(cell(seen, tree.pack_sequence_as(start, old))[1])

    products = vector_jacobian(step, [ops.repeat(state, n, axis=0) for state in before], _split(rows, sizes))  # (1)
    jacobians = ops.reshape(ops.concatenate(products, axis=-1), (batch, time, n, n))
    if mask is None:
        return jacobians
    return ops.where(ops.cast(mask, "bool")[:, :, None, None], jacobians, ops.eye(n, dtype=jacobians.dtype))


def state_gradients(
    cell: Any, inputs: Any, loss: Callable[[Any], Any], initial_state: Any = None, mask: Any = None
) -> tuple[Any, list[Any]]:
    r"""A loss and its total derivative by each state,

    $$\nabla_{x(k)} L = \frac{\partial^{+} L}{\partial x(k)} \tag{2}$$

    through the outputs of step k and through all later steps. Costs one forward and one backward pass.

    Args:
        cell, inputs, initial_state, mask: as in `trajectory`; a cell of ours or Keras's, since its output must be
            known as a function of its state.
        loss: takes the outputs, shape (batch, time, output size), at masked steps those of the state that stayed;
            returns a scalar.

    Returns:
        The loss, and one tensor (batch, time, size) for each state tensor.

    Raises:
        ValueError: as `trajectory` and `readout` do.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slide on learning long-term dependencies.

    Example:
        >>> import keras, numpy as np
        >>> layer = keras.layers.LSTM(3, return_sequences=True)
        >>> x = np.ones((5, 7, 4), "float32")
        >>> output = layer(x)
        >>> value, [by_y, by_c] = state_gradients(layer, x, lambda outputs: keras.ops.sum(outputs[:, -1]))
        >>> tuple(by_c.shape), bool(np.allclose(by_y[:, -1], 1.0))
        ((5, 7, 3), True)
    """
    cell = getattr(cell, "cell", cell)
    inputs = as_steps(cell, inputs)
    batch, time = ops.shape(inputs)[:2]
    start = initial_states(cell, initial_state, batch)
    zeros = [ops.zeros((batch, time, state.shape[-1]), dtype=state.dtype) for state in tree.flatten(start)]

    def loss_of(nudges: list[Any]) -> tuple[Any, None]:
        return loss(readout(cell, trajectory(cell, inputs, start, mask, nudges))), None

    (value, _), gradients = value_and_gradients(loss_of, zeros)  # (2)
    return value, gradients


def _split(rows: Any, sizes: list[int]) -> list[Any]:
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes) - 1)]
    return list(ops.split(rows, ends, axis=-1)) if ends else [rows]
