r"""Unit 06: what the gradient of a tanh net becomes on its way back, and an LSTM that keeps it.

$$x(k) = \tanh\big(u(k)\,V + x(k-1)\,W + b\big) \tag{1}$$
"""

from typing import Any

import keras
import numpy as np

from rnnkit.dynamics import state_gradients, state_jacobians
from rnnkit.layers import GRU, Elman, PeepholeLSTM


def with_spectral_radius(matrix: np.ndarray, radius: float) -> np.ndarray:
    """A square matrix, scaled so that its eigenvalue of largest modulus has this modulus."""
    return matrix * (radius / np.abs(np.linalg.eigvals(matrix)).max())


def random_net(radius: float, units: int = 50, features: int = 6, seed: int = 0) -> Any:
    """A tanh layer with random weights whose recurrent matrix has the given spectral radius.

    Returns:
        An Elman layer with one output, built for inputs (batch, time, features).
    """
    rng = np.random.default_rng(seed)
    layer = Elman(units, 1, activation="tanh", output_activation="linear", return_sequences=True, dtype="float64")
    layer.build((None, None, features))
    layer.cell.kernel.assign(rng.normal(0.0, 0.1, (features, units)))
    layer.cell.recurrent_kernel.assign(with_spectral_radius(rng.normal(size=(units, units)), radius))
    layer.cell.output_kernel.assign(rng.normal(0.0, 1.0, (units, 1)))
    return layer


def random_gru(update_bias: float, units: int = 10, features: int = 6, seed: int = 0) -> Any:
    """A GRU with random weights, built for inputs (batch, time, features).

    Args:
        update_bias: of all update gates; the larger, the more of the state is carried over.
        units, features: sizes.
        seed: of the weights.
    """
    rng = np.random.default_rng(seed)
    layer = GRU(units, return_sequences=True, dtype="float64")
    layer.build((None, None, features))
    layer.set_weights([rng.normal(0.0, 0.3, weight.shape) for weight in layer.weights])
    bias = np.zeros(3 * units)  # in the order update, reset, candidate
    bias[:units] = update_bias
    layer.cell.bias.assign(bias)
    return layer


def error_norms(layer: Any, x: np.ndarray) -> np.ndarray:
    """‖∇_{x(k)} L‖ for each sequence and step, L being the first output at the last step: shape (sequences, time)."""
    _, gradients = state_gradients(layer, x, lambda outputs: keras.ops.sum(outputs[:, -1, 0]))
    together = np.concatenate([keras.ops.convert_to_numpy(g) for g in gradients], axis=-1)
    return np.linalg.norm(together, axis=-1)


def jacobian_eigenvalues(layer: Any, x: np.ndarray) -> np.ndarray:
    """The eigenvalues of ∂x(k)/∂x(k−1) for each sequence and step: complex, shape (sequences, time, n)."""
    return np.linalg.eigvals(keras.ops.convert_to_numpy(state_jacobians(layer, x)))


def lstm_net(seed: int, forget_bias: float = 1.0, units: int = 10) -> keras.Model:
    """A peephole LSTM with four classes for the temporal-order task, compiled with Adam.

    Args:
        seed: of the weights.
        forget_bias: of all forget gates at the start; 1 is usual.
        units: cells.

    Returns:
        A Keras model from (batch, time, 6); its recurrent layer is named "lstm".
    """
    keras.utils.set_random_seed(seed)
    lstm = PeepholeLSTM(units, name="lstm")
    model = keras.Sequential([keras.Input((None, 6)), lstm, keras.layers.Dense(4, "softmax")])
    bias = np.zeros((4, units))  # in the order i, f, z, o
    bias[1] = forget_bias
    lstm.cell.bias.assign(bias.reshape(-1))
    optimizer = keras.optimizers.Adam(0.01, global_clipnorm=1.0)
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    return model
