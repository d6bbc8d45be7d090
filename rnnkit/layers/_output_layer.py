"""The output layer that Elman's and Jordan's nets share, and the lecture's matrices v and ω."""

from typing import Any, Unpack

from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.layers.arguments import BesideOutputLayerArguments
from rnnkit.layers.base import RecurrentCell


def block_product(row: list[Any], column: list[Any], dot: Any = ops.matmul) -> Any:
    """The product [A B …] [C; D; …] = A C + B D + … of a row of blocks and a column of blocks, the lecture's X̄ v.

    Args:
        row: tensors (batch, n); a 1 is the column of ones.
        column: for each block of the row its weights. None below a 1 is no bias; None below another block says that
            this block is the product already, looked up by token ids.
        dot: how a product is made.
    """
    pairs = list(zip(row, column, strict=True))
    products = [a if w is None else dot(a, w) for a, w in pairs if not isinstance(a, int)]
    biases = [w for a, w in pairs if isinstance(a, int) and w is not None]
    return sum([*products[1:], *biases], products[0])


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
        **kwargs: Unpack[BesideOutputLayerArguments],
    ) -> None:
        units, output_units = positive_integer("units", units), positive_integer("output_units", output_units)
        super().__init__(
            units=units,
            output_units=output_units,
            activation=activation,
            output_activation=output_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            output_initializer=output_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            output_regularizer=output_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            output_constraint=output_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            return_hidden=return_hidden,
            **kwargs,
        )
        self.output_size = self.output_units + (self.units if return_hidden else 0)

    def _build(self, features: int, feedback: int) -> None:
        self.kernel = self._add("kernel", (features, self.units), "kernel")
        self.recurrent_kernel = self._add("recurrent_kernel", (feedback, self.units), "recurrent")
        self.output_kernel = self._add("output_kernel", (self.units, self.output_units), "output")
        self.bias = self._add("bias", (self.units,), "bias") if self.use_bias else None
        self.output_bias = self._add("output_bias", (self.output_units,), "bias") if self.use_bias else None

    @property
    def extras(self) -> list[Any]:
        return [self.units] if self.return_hidden else []

    def _emit(self, g: Any, f: Any) -> Any:
        return ops.concatenate([g, f], axis=-1) if self.return_hidden else g

    @property
    def _blocks_of_v(self) -> list[Any]:
        """The weights that are v's rows, from the top; the first is the bias, or None."""
        return [self.bias, self.kernel, self.recurrent_kernel]

    @property
    def _blocks_of_omega(self) -> list[Any]:
        return [self.output_bias, self.output_kernel]

    @property
    def v(self) -> Any:
        """The lecture's v, rows in the order [1 X feedback]; without the first row if `use_bias=False`."""
        return _stacked(self._blocks_of_v)

    @property
    def omega(self) -> Any:
        """The lecture's ω, rows in the order [1 F]; without the first row if `use_bias=False`."""
        return _stacked(self._blocks_of_omega)

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
        for blocks, value in ((self._blocks_of_v, v), (self._blocks_of_omega, omega)):
            first = 0
            for block in filter(_there, blocks):
                rows = value[first : first + _rows(block).shape[0]]
                block.assign(ops.reshape(rows, block.shape))
                first += rows.shape[0]


def _there(block: Any) -> bool:
    return block is not None


def _rows(block: Any) -> Any:
    return block[None, :] if len(block.shape) == 1 else ops.convert_to_tensor(block)


def _stacked(blocks: list[Any]) -> Any:
    return ops.concatenate([_rows(block) for block in filter(_there, blocks)], axis=0)
