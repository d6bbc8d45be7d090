"""A Keras echo state layer's readout in closed form, by way of the same network in NumPy."""

from typing import Any

import keras
import numpy as np
from keras import ops

from rnnkit.layers.echo_state import EchoStateCell, as_matrix
from rnnkit.reservoirs.echo_state import EchoStateNetwork


def from_layer(layer: Any) -> EchoStateNetwork:
    """The network in NumPy with the weights of a Keras layer, in float64.

    Args:
        layer: a built `rnnkit.EchoState`, or its cell, with linear output.

    Raises:
        ValueError: a layer of another kind, one without weights, or one whose output is not linear.

    Example:
        >>> import rnnkit
        >>> layer = rnnkit.EchoState(30, 2, leak=0.3)
        >>> layer.build((None, None, 4))
        >>> from_layer(layer).kernel.shape
        (4, 30)
    """
    cell = getattr(layer, "cell", layer)
    if not isinstance(cell, EchoStateCell):
        raise ValueError(f"layer: expected an rnnkit.EchoState, received {type(layer).__name__}.")
    if not cell.built:
        raise ValueError("layer: it has no weights yet; call or build it first.")
    if cell.output_activation is not keras.activations.linear:
        raise ValueError("layer: expected output_activation='linear', which alone can be solved for.")

    def values(weight: Any) -> Any:
        return None if weight is None else np.asarray(ops.convert_to_numpy(weight), dtype=float)

    def activation(total: Any) -> Any:
        return np.tanh(total) if cell.activation is keras.activations.tanh else values(cell.activation(total))

    recurrent = as_matrix(cell.recurrent_kernel, cell.heard)
    network = EchoStateNetwork(
        values(cell.kernel), recurrent, values(cell.bias), values(cell.feedback_kernel), cell.leak, activation
    )
    network.output_kernel = values(cell.output_kernel)
    network.output_bias = np.zeros(cell.output_units) if cell.output_bias is None else values(cell.output_bias)
    return network


def fit_readout(layer: Any, inputs: Any, targets: Any, *, penalty: float = 1e-8, washout: int = 100) -> Any:
    """Solve for a Keras layer's readout, and write it into the layer.

    Args:
        layer: a built `rnnkit.EchoState` with linear output and a bias.
        inputs, targets, penalty, washout: as in `EchoStateNetwork.fit`; with feedback, targets are fed back.

    Returns:
        The layer itself.

    Raises:
        ValueError: as `from_layer` and `EchoStateNetwork.fit` do, or a layer without bias.

    Example:
        >>> import rnnkit
        >>> u = np.random.default_rng(0).uniform(-1, 1, (600, 1))
        >>> layer = rnnkit.EchoState(60, 1, seed=0, return_sequences=True)
        >>> layer.build((None, None, 1))
        >>> output = fit_readout(layer, u, np.roll(u, 2, axis=0))(u[None])
        >>> bool(np.abs(output[0, 100:] - u[98:-2]).max() < 0.2)
        True
    """
    network = from_layer(layer)
    cell = getattr(layer, "cell", layer)
    if cell.output_bias is None:
        raise ValueError("layer: expected use_bias=True, as the readout that is solved for has a bias.")
    network.fit(inputs, targets, penalty=penalty, washout=washout)
    cell.output_kernel.assign(network.output_kernel)
    cell.output_bias.assign(network.output_bias)
    return layer
