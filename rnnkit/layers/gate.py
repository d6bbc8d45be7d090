r"""A gate: each feature is let through by a fraction that all features decide on."""

import inspect
from typing import Any, Unpack

import keras
from keras import ops

from rnnkit.layers._signatures import refuse_unknown
from rnnkit.layers.arguments import KerasArguments
from rnnkit.layers.base import arguments_of, register, resolved


@register
class Gate(keras.layers.Layer):
    r"""Lets each of n features through by a fraction between 0 and 1.

    $$\mathbf a = \sigma(A \mathbf x + \mathbf b) \tag{1, gate}$$
    $$\mathbf g(\mathbf x) = \mathbf x \odot \mathbf a \tag{2}$$

    The lecture writes both in one line and numbers nothing; the numbers are ours. Its A acts on columns; here rows
    are examples, so `kernel` (n, n) is Aᵀ. The same gate serves every position of the leading axes, time included,
    so the layer goes before, behind and between recurrent layers, and hands masks on.

    Args:
        activation: σ, the logistic function by default.
        use_bias: whether b is there.
        kernel_initializer, bias_initializer: as in `keras.layers.Dense`; likewise the regularizers and constraints.
        activity_regularizer: for everything that the layer returns.
        return_gates: return the gate too, as a dictionary with the key gate, behind the output.
        name, dtype, trainable: as in every Keras layer.

    Call arguments:
        inputs: x, shape (batch, ..., n) of any rank from 2.

    Returns:
        g(x), of x's shape; with `return_gates` followed by {"gate": a}, a of x's shape.

    Raises:
        ValueError: an unknown activation, initializer, regularizer or constraint; inputs of rank 1, or without a
            known last size.

    Source:
        N. Mohajerin, Recurrent Neural Networks (ME 780, 2017), Gated Architectures, where A ∈ Rⁿ × Rⁿ means Rⁿˣⁿ.

    Example:
        >>> import keras, numpy as np
        >>> layer = Gate(kernel_initializer="zeros", return_gates=True)
        >>> output, gates = layer(np.array([[2.0, -4.0]]))
        >>> [keras.ops.convert_to_numpy(part).tolist() for part in (output, gates["gate"])]
        [[[1.0, -2.0]], [[0.5, 0.5]]]
    """

    def __init__(
        self,
        activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        activity_regularizer: Any = None,
        return_gates: bool = False,
        **kwargs: Unpack[KerasArguments],
    ) -> None:
        refuse_unknown(Gate, kwargs, [*inspect.signature(Gate.__init__).parameters, *KerasArguments.__annotations__])
        super().__init__(activity_regularizer=resolved("activity_regularizer", activity_regularizer), **kwargs)
        arguments = {
            "activation": activation,
            "use_bias": use_bias,
            "kernel_initializer": kernel_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "bias_constraint": bias_constraint,
            "return_gates": return_gates,
        }
        for name, value in arguments.items():
            setattr(self, name, resolved(name, value))
        self._arguments = (*arguments, "activity_regularizer")
        self.supports_masking = True
        self.input_spec = keras.layers.InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        n = input_shape[-1]
        if n is None:
            raise ValueError(f"inputs: expected a known last size, received shape {tuple(input_shape)}. Give it.")
        self.kernel = self._add("kernel", (n, n))
        self.bias = self._add("bias", (n,)) if self.use_bias else None
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: n})

    def _add(self, name: str, shape: tuple[int, ...]) -> Any:
        options = {kind: getattr(self, f"{name}_{kind}") for kind in ("initializer", "regularizer", "constraint")}
        return self.add_weight(name=name, shape=shape, **options)

    def call(self, inputs: Any) -> Any:
        x = ops.convert_to_tensor(inputs, dtype=self.compute_dtype)
        A, b, sigma = self.kernel, 0.0 if self.bias is None else self.bias, self.activation

        a = sigma(ops.matmul(x, A) + b)  # (1)
        g = x * a  # (2)
        return (g, {"gate": a}) if self.return_gates else g

    def compute_output_shape(self, input_shape: Any) -> Any:
        shape = tuple(input_shape)
        return (shape, {"gate": shape}) if self.return_gates else shape

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return (mask, {"gate": mask}) if self.return_gates else mask

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | arguments_of(self)
