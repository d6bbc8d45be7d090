"""GRUs from and to Keras, and between the two conventions for the update gate."""

import inspect
from typing import Any

import keras
import numpy as np

from rnnkit.layers.gru import GRU


def gru_from_keras(layer: Any) -> GRU:
    """The same network as a Keras GRU: settings and weights taken over.

    Args:
        layer: a `keras.layers.GRU` with `reset_after=False`, built or not.

    Returns:
        A `GRU` of the same name, arguments and dtype; built, with copies of the weights, where the layer is.

    Raises:
        ValueError: another kind of layer, or `reset_after=True`, Keras's default.

    Example:
        >>> import keras, numpy as np
        >>> theirs = keras.layers.GRU(3, reset_after=False)
        >>> theirs.build((None, None, 4))
        >>> [bool(np.array_equal(*pair)) for pair in zip(gru_from_keras(theirs).get_weights(), theirs.get_weights())]
        [True, True, True]
    """
    if not isinstance(layer, keras.layers.GRU):
        raise ValueError(f"layer: expected a keras.layers.GRU, received a {type(layer).__name__}.")
    if layer.reset_after:
        raise ValueError(
            "layer: expected a GRU with reset_after=False, received reset_after=True (Keras's default). There the "
            "reset gate acts behind the product with the recurrent kernel and not before it, so that no weights make "
            "the two equal. Build and train keras.layers.GRU(..., reset_after=False)."
        )
    known = inspect.signature(GRU).parameters
    ours = GRU(**{name: value for name, value in layer.get_config().items() if name in known})
    return _with_weights_of(layer, ours)


def gru_to_keras(layer: GRU) -> Any:
    """The same network as a `keras.layers.GRU` with `reset_after=False`; the way back of `gru_from_keras`.

    Args:
        layer: a `GRU`, built or not.

    Returns:
        A `keras.layers.GRU`; built, with copies of the weights, where the layer is.

    Raises:
        ValueError: another kind of layer, or one with `return_gates`, which Keras does not have.

    Example:
        >>> gru_to_keras(GRU(3, return_sequences=True)).reset_after
        False
    """
    if not isinstance(layer, GRU):
        raise ValueError(f"layer: expected a rnnkit.GRU, received a {type(layer).__name__}.")
    if layer.cell.return_gates:
        raise ValueError("layer: expected return_gates=False, received True. Keras's GRU does not return its gates.")
    config = {name: value for name, value in layer.get_config().items() if name not in ("return_gates", "fused")}
    return _with_weights_of(layer, keras.layers.GRU(**config, reset_after=False))


def gru_with_swapped_update(weights: list[Any]) -> list[np.ndarray]:
    r"""The weights with which the other convention for the update gate gives the same network.

    $$h = z \odot h_{-} + (1 - z) \odot m \tag{here, Keras, PyTorch, Cho 2014}$$
    $$h = (1 - z) \odot h_{-} + z \odot m \tag{Chung 2014, Laurent and von Brecht 2016}$$

    As 1 − σ(a) = σ(−a), negating W_z, U_z and b_z turns the one into the other, both ways.

    Args:
        weights: as `GRU.get_weights()` gives them: kernel (M, 3N), recurrent kernel (N, 3N) and, where there is one,
            bias (3N,), in the order update, reset, candidate.

    Returns:
        New arrays of the same shapes.

    Raises:
        ValueError: other shapes; the two biases (2, 3N) of Keras's `reset_after=True` among them.

    Example:
        >>> import numpy as np
        >>> gru_with_swapped_update([np.ones((1, 3)), np.ones((1, 3))])
        [array([[-1.,  1.,  1.]]), array([[-1.,  1.,  1.]])]
    """
    arrays = [np.asarray(weight) for weight in weights]
    shapes = [array.shape for array in arrays]
    m, n = (shape[0] if shape else 0 for shape in (*shapes[:2], (), ())[:2])
    if len(shapes) not in (2, 3) or shapes != [(m, 3 * n), (n, 3 * n), (3 * n,)][: len(shapes)]:
        raise ValueError(
            f"weights: expected shapes (M, 3N), (N, 3N) and perhaps (3N,), received {shapes}. A bias (2, 3N) belongs "
            "to reset_after=True, which is another network."
        )
    sign = np.repeat([-1, 1, 1], n)
    return [(array * sign).astype(array.dtype) for array in arrays]


def _with_weights_of(layer: Any, other: Any) -> Any:
    if layer.built:
        other.build((None, None, layer.cell.kernel.shape[0]))
        other.set_weights(layer.get_weights())
    return other
