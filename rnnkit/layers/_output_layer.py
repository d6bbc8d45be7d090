"""The output layer that Elman's and Jordan's nets share, and the lecture's matrices v and ω."""

from typing import Any

from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.layers._base import RecurrentCell, RecurrentLayer


class OutputLayerCell(RecurrentCell):
    """A hidden layer followed by an output layer G = σ([1 F] ω); subclasses say what the hidden layer sees."""

    def __init__(
        self,
        units: int,
        output_units: int,
        activation: Any = "sigmoid",
        output_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        output_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        output_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        output_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_hidden: bool = False,
        **kwargs: Any,
    ) -> None:
        arguments = {name: value for name, value in locals().items() if name not in ("self", "kwargs", "__class__")}
        for name in ("units", "output_units"):
            arguments[name] = positive_integer(name, arguments[name])
        super().__init__(**arguments, **kwargs)
        self.output_size = self.output_units + (self.units if return_hidden else 0)

    def _build(self, features: int, feedback: int) -> None:
        self.kernel = self._add("kernel", (features, self.units), "kernel")
        self.recurrent_kernel = self._add("recurrent_kernel", (feedback, self.units), "recurrent")
        self.output_kernel = self._add("output_kernel", (self.units, self.output_units), "output")
        self.bias = self._add("bias", (self.units,), "bias") if self.use_bias else None
        self.output_bias = self._add("output_bias", (self.output_units,), "bias") if self.use_bias else None

    def _hidden_sum(self, x: Any, feedback: Any) -> Any:
        """[1 X feedback] v, with the rows of v kept as bias, kernel and recurrent kernel."""
        total = ops.matmul(x, self.kernel) + ops.matmul(feedback, self.recurrent_kernel)
        return total if self.bias is None else total + self.bias

    def _output_of(self, f: Any) -> Any:
        """G = σ([1 F] ω)."""
        total = ops.matmul(f, self.output_kernel)
        return self.output_activation(total if self.output_bias is None else total + self.output_bias)

    @property
    def extras(self) -> list[Any]:
        return [self.units] if self.return_hidden else []

    def _emit(self, g: Any, f: Any) -> Any:
        return ops.concatenate([g, f], axis=-1) if self.return_hidden else g

    @property
    def v(self) -> Any:
        """The lecture's v, rows in the order [1 X feedback]; without the first row if `use_bias=False`."""
        rows = [self.kernel, self.recurrent_kernel]
        return ops.concatenate(rows if self.bias is None else [self.bias[None, :], *rows], axis=0)

    @property
    def omega(self) -> Any:
        """The lecture's ω, rows in the order [1 F]; without the first row if `use_bias=False`."""
        if self.output_bias is None:
            return ops.convert_to_tensor(self.output_kernel)
        return ops.concatenate([self.output_bias[None, :], self.output_kernel], axis=0)

    def set_matrices(self, v: Any, omega: Any) -> None:
        """Set all weights from the lecture's extended matrices.

        Args:
            v: shape (1 + features + feedback, units), rows in the order [1 X feedback].
            omega: shape (1 + units, output_units), rows in the order [1 F].
                Without biases (`use_bias=False`) both lack their first row.

        Raises:
            ValueError: the cell has no weights yet, or a shape is not the one above.
        """
        if not self.built:
            raise ValueError("set_matrices: the cell has no weights yet; call or build its layer first.")
        for name, value in (("v", v), ("omega", omega)):
            expected, received = tuple(getattr(self, name).shape), tuple(ops.shape(value))
            if expected != received:
                raise ValueError(f"{name}: expected shape {expected}, received {received}.")
        first = 0 if self.bias is None else 1
        features = self.kernel.shape[0]
        self.kernel.assign(v[first : first + features])
        self.recurrent_kernel.assign(v[first + features :])
        self.output_kernel.assign(omega[first:])
        if self.bias is not None and self.output_bias is not None:
            self.bias.assign(v[0])
            self.output_bias.assign(omega[0])


class OutputLayerRNN(RecurrentLayer):
    """Layer around an `OutputLayerCell`: with `return_hidden` it returns output, hidden layer, then any states."""

    @property
    def v(self) -> Any:
        """The lecture's matrix v of the cell."""
        return self.cell.v

    @property
    def omega(self) -> Any:
        """The lecture's matrix ω of the cell."""
        return self.cell.omega

    def set_matrices(self, v: Any, omega: Any) -> None:
        """Set all weights from the lecture's extended matrices; see the cell's method of the same name."""
        self.cell.set_matrices(v, omega)
