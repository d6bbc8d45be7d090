r"""The gated recurrent unit in the lecture's notation, equal to Keras's GRU with `reset_after=False`."""

from functools import partial
from typing import Any, Unpack

from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.layers.arguments import GRUArguments, KerasArguments
from rnnkit.layers.base import GatedCell, RecurrentLayer, parts, register
from rnnkit.layers.fused.layer import FastLoop, by_own_lines, with_slopes

# The lecture's matrices: the weight that holds each, and which third of its columns.
_PLACE_OF_MATRIX = {
    "W_i_i": ("kernel", 0),
    "W_f_i": ("kernel", 1),
    "W_y_i": ("kernel", 2),
    "W_i_o": ("recurrent_kernel", 0),
    "W_f_o": ("recurrent_kernel", 1),
    "W_y_y": ("recurrent_kernel", 2),
}


@register
class GRUCell(GatedCell):
    r"""One time step of a gated recurrent unit.

    For M inputs u and N units, with the lecture's letters; it numbers no equation, the numbers are ours:

    $$g_f(k) = \sigma(W_f^i u(k) + W_f^o y_h(k-1) + b_f) \tag{1, reset gate}$$
    $$g_i(k) = \sigma(W_i^i u(k) + W_i^o y_h(k-1) + b_i) \tag{2, update gate}$$
    $$m(k) = h(W_y^i u(k) + W_y^y (g_f(k) \odot y_h(k-1)) + b_y) \tag{3, candidate}$$
    $$y_h(k) = g_i(k) \odot y_h(k-1) + (1 - g_i(k)) \odot m(k) \tag{4}$$

    The lecture calls the gates forget (f) and input (i); by what they do they are the reset and the update gate, and
    those names are used here. The lecture has no b: that is `use_bias=False`. Its 1 ⊖ g is 1 − g. The weights lie as
    in `keras.layers.GRU` with `reset_after=False`: `kernel` (M, 3N), `recurrent_kernel` (N, 3N), `bias` (3N,), in the
    order update, reset, candidate. `matrices` shows them as the lecture writes them, acting on columns.

    Args:
        units: N.
        activation: h, of the candidate.
        recurrent_activation: σ of the two gates.
        use_bias: whether the b are there.
        kernel_initializer, recurrent_initializer, bias_initializer: as in Keras, for the weights named above;
            likewise the regularizers and constraints.
        dropout, recurrent_dropout: fraction of inputs and of fed-back outputs dropped in training. What (4) carries
            over is never dropped.
        seed: for dropout.
        return_gates: the cell's output is [y g_f g_i] rather than y; the layer takes it apart again.

    Call arguments:
        sequence: shape (batch, M), the inputs of this time step.
        states: list of one tensor, the previous y, shape (batch, N).
        training: whether dropout applies.

    Returns:
        Output y, shape (batch, N), and the list of the new y.

    Raises:
        ValueError: units that are not a positive integer, an unknown activation, initializer, regularizer or
            constraint, a dropout outside [0, 1).

    Source:
        N. Mohajerin, Recurrent Neural Networks (ME 780, 2017), Gated Recurrent Unit; K. Cho and others (2014). For
        the convention with g and 1 − g the other way round, see `gru_with_swapped_update`.

    Example:
        >>> import numpy as np
        >>> cell = GRUCell(3)
        >>> y, [same_y] = cell(np.ones((5, 4)), [np.zeros((5, 3))])
        >>> tuple(y.shape), tuple(cell.matrices["W_y_i"].shape)
        ((5, 3), (3, 4))
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_gates: bool = False,
        **kwargs: Unpack[KerasArguments],
    ) -> None:
        units = positive_integer("units", units)
        super().__init__(
            units=units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            return_gates=return_gates,
            **kwargs,
        )
        self.state_size = [self.units]

    @property
    def gate_names(self) -> list[str]:
        return ["reset_gate", "update_gate"]

    def build(self, input_shape: Any) -> None:
        n = self.units
        self.kernel = self._add("kernel", (input_shape[-1], 3 * n), "kernel")
        self.recurrent_kernel = self._add("recurrent_kernel", (n, 3 * n), "recurrent")
        self.bias = self._add("bias", (3 * n,), "bias") if self.use_bias else None

    def _step(self, sequence: Any, states: Any, training: bool) -> tuple[Any, list[Any], dict[str, Any]]:
        y = states[0]
        u, fed_back = self._after_dropout(sequence, y, training)
        of_gates, W_yy = ops.split(ops.convert_to_tensor(self.recurrent_kernel), [2 * self.units], axis=-1)
        Wu_i, Wu_f, Wu_y = parts(self.inputs.product(self, u), 3)
        Wy_i, Wy_f = parts(self.dot(fed_back, of_gates), 2)
        b_i, b_f, b_y = parts(self.bias, 3)
        sigma, h, dot = self.recurrent_activation, self.activation, self.dot

        # b stands in the middle so that each sum is Keras's to the last bit.
        g_f = sigma(Wu_f + b_f + Wy_f)  # (1)
        g_i = sigma(Wu_i + b_i + Wy_i)  # (2)
        m = h(Wu_y + b_y + dot(g_f * fed_back, W_yy))  # (3)
        y = g_i * y + (1 - g_i) * m  # (4)
        return y, [y], {"reset_gate": g_f, "update_gate": g_i}

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: y itself."""
        return states[0]

    def fast_loop(self) -> FastLoop:
        """What the fast loop needs; on TensorFlow."""
        activations = [self.activation, self.recurrent_activation]
        sloped = with_slopes(activations)
        if self.return_gates or sloped is None:
            return by_own_lines(self, activations, shows=self.return_gates)
        from rnnkit.layers.fused.gated import GRUPasses

        weights = [self.inputs.kernel(self), self.bias, self.recurrent_kernel]
        return FastLoop(partial(GRUPasses, sloped), [], weights)

    @property
    def matrices(self) -> dict[str, Any]:
        """The lecture's W_f^i, W_f^o, W_i^i, W_i^o, W_y^i and W_y^y by name: W_f_i and so on, acting on columns.

        Those ending in _i have shape (N, M), the others (N, N). `set_matrices` sets them.
        """
        thirds = {weight: ops.split(getattr(self, weight), 3, axis=-1) for weight in ("kernel", "recurrent_kernel")}
        return {name: ops.transpose(thirds[weight][third]) for name, (weight, third) in _PLACE_OF_MATRIX.items()}

    def set_matrices(self, **matrices: Any) -> None:
        """Set any of the lecture's matrices, by their names in `matrices`; the others stay.

        Raises:
            ValueError: the cell has no weights yet, an unknown name, or another shape than in `matrices`.
        """
        if not self.built:
            raise ValueError("set_matrices: the cell has no weights yet; call or build its layer first.")
        new = self.matrices
        for name, value in matrices.items():
            if name not in new:
                raise ValueError(f"set_matrices: expected names among {', '.join(new)}, received {name!r}.")
            if tuple(ops.shape(value)) != tuple(new[name].shape):
                raise ValueError(
                    f"{name}: expected shape {tuple(new[name].shape)}, received {tuple(ops.shape(value))}."
                )
            new[name] = ops.convert_to_tensor(value, dtype=self.variable_dtype)
        for weight in ("kernel", "recurrent_kernel"):
            thirds = [ops.transpose(new[name]) for name, (home, _) in _PLACE_OF_MATRIX.items() if home == weight]
            getattr(self, weight).assign(ops.concatenate(thirds, axis=-1))


@register
class GRU(RecurrentLayer):
    """A GRU over a sequence. See `GRUCell` for the equations and the arguments.

    Args: those of `GRUCell`, then
        return_gates: return the gates too, directly after the output: a dictionary of reset_gate and update_gate,
            each of the output's shape.
        fused: "auto" for the compiled loop, on TensorFlow, in `fit` and other graphs; False for the readable loop,
            which second derivatives need; True for a ValueError where the compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, M).
        initial_state: list of one tensor, y before the first step, shape (batch, N). Zeros by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        y, shape (batch, N), or (batch, time, N) with `return_sequences`; with `return_state` followed by the last y,
        shape (batch, N).

    Example:
        >>> import numpy as np
        >>> layer = GRU(3, return_sequences=True, return_gates=True)
        >>> y, gates = layer(np.ones((5, 7, 4)))
        >>> tuple(y.shape), sorted(gates), tuple(gates["reset_gate"].shape)
        ((5, 7, 3), ['reset_gate', 'update_gate'], (5, 7, 3))
    """

    cell_class = GRUCell

    def __init__(self, units: int, *args: Any, **arguments: Unpack[GRUArguments]) -> None:
        super().__init__(units, *args, **arguments)
