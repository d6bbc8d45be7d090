r"""The LSTM whose gates see the cell: the vanilla LSTM of Greff and others."""

from typing import Any

from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.layers._base import GatedCell, RecurrentLayer, register


@register
class PeepholeLSTMCell(GatedCell):
    r"""One time step of an LSTM with peepholes.

    For M inputs and N blocks, with the lecture's letters (σ the logistic function, g = h = tanh):

    $$z^t = g(W_z x^t + R_z y^{t-1} + b_z) \tag{1, block input}$$
    $$i^t = \sigma(W_i x^t + R_i y^{t-1} + p_i \odot c^{t-1} + b_i) \tag{2, input gate}$$
    $$f^t = \sigma(W_f x^t + R_f y^{t-1} + p_f \odot c^{t-1} + b_f) \tag{3, forget gate}$$
    $$c^t = z^t \odot i^t + c^{t-1} \odot f^t \tag{4, cell}$$
    $$o^t = \sigma(W_o x^t + R_o y^{t-1} + p_o \odot c^t + b_o) \tag{5, output gate}$$
    $$y^t = h(c^t) \odot o^t \tag{6, block output}$$

    The input and forget gates see the previous cell, the output gate the new one. The lecture leaves bars on i
    and f after their σ, which are dropped here. The weights lie as in `keras.layers.LSTM`: `kernel` (M, 4N),
    `recurrent_kernel` (N, 4N) and `bias` (4N,) in the order i, f, z, o; `peephole_kernel` (3, N) has the rows
    p_i, p_f, p_o. With peepholes of zero, their value at the start, the cell is Keras's LSTM cell.

    Args:
        units: N, blocks.
        activation: g and h.
        recurrent_activation: σ of the three gates.
        use_bias: whether the b are there.
        unit_forget_bias: add 1 to the forget gate's bias at the start.
        kernel_initializer, recurrent_initializer, peephole_initializer, bias_initializer: as in Keras, for the
            weights named above; likewise the regularizers and constraints.
        dropout, recurrent_dropout: fraction of inputs and of fed-back outputs dropped in training.
        seed: for dropout.
        return_gates: the cell's output is [y f i o] rather than y; the layer takes it apart again.

    Call arguments:
        sequence: shape (batch, M), the inputs of this time step.
        states: list of the previous y and c, both (batch, N).
        training: whether dropout applies.

    Returns:
        Output y, shape (batch, N), and the list of the new y and c.

    Raises:
        ValueError: units that are not a positive integer, an unknown activation, initializer, regularizer or
            constraint, a dropout outside [0, 1).

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020), the peephole LSTM's vector formulas; K. Greff and
        others, LSTM: A Search Space Odyssey (2017), section II; F. Gers and J. Schmidhuber (2000) for peepholes.

    Example:
        >>> import numpy as np
        >>> cell = PeepholeLSTMCell(3)
        >>> y, [same_y, c] = cell(np.ones((5, 4)), [np.zeros((5, 3)), np.zeros((5, 3))])
        >>> tuple(y.shape), tuple(c.shape), tuple(cell.peephole_kernel.shape)
        ((5, 3), (5, 3), (3, 3))
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        peephole_initializer: Any = "zeros",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        peephole_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        peephole_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_gates: bool = False,
        **kwargs: Any,
    ) -> None:
        units = positive_integer("units", units)
        arguments = {name: value for name, value in locals().items() if name not in ("self", "kwargs", "__class__")}
        super().__init__(**arguments, **kwargs)
        self.state_size = [self.units, self.units]

    @property
    def gate_names(self) -> list[str]:
        return ["forget_gate", "input_gate", "output_gate"]

    def build(self, input_shape: Any) -> None:
        n = self.units
        self.kernel = self._add("kernel", (input_shape[-1], 4 * n), "kernel")
        self.recurrent_kernel = self._add("recurrent_kernel", (n, 4 * n), "recurrent")
        self.peephole_kernel = self._add("peephole_kernel", (3, n), "peephole")
        forget = self._bias_with_unit_forget if self.unit_forget_bias else None
        self.bias = self._add("bias", (4 * n,), "bias", initializer=forget) if self.use_bias else None

    def _bias_with_unit_forget(self, shape: Any, dtype: Any = None) -> Any:
        n = self.units
        first, rest = self.bias_initializer((n,), dtype=dtype), self.bias_initializer((2 * n,), dtype=dtype)
        return ops.concatenate([first, ops.ones((n,), dtype=dtype), rest], axis=0)

    def _step(self, sequence: Any, states: Any, training: bool) -> tuple[Any, list[Any], dict[str, Any]]:
        x, y = self._after_dropout(sequence, states[0], training)
        c = states[1]
        total = ops.matmul(x, self.kernel) + ops.matmul(y, self.recurrent_kernel)
        total = total if self.bias is None else total + self.bias
        i, f, z, o = ops.split(total, 4, axis=-1)
        p_i, p_f, p_o = ops.unstack(ops.convert_to_tensor(self.peephole_kernel), 3)

        z = self.activation(z)  # (1)
        i = self.recurrent_activation(i + p_i * c)  # (2)
        f = self.recurrent_activation(f + p_f * c)  # (3)
        c = z * i + c * f  # (4)
        o = self.recurrent_activation(o + p_o * c)  # (5)
        y = self.activation(c) * o  # (6)
        return y, [y, c], {"input_gate": i, "forget_gate": f, "output_gate": o}

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: its first part, y."""
        return states[0]


@register
class PeepholeLSTM(RecurrentLayer):
    """An LSTM with peepholes over a sequence. See `PeepholeLSTMCell` for the equations and the arguments.

    Args: those of `PeepholeLSTMCell`, then
        return_gates: return the gates too, directly after the output: a dictionary of input_gate, forget_gate and
            output_gate, each of the output's shape.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, M).
        initial_state: list of y and c before the first step, both (batch, N). Zeros by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        y, shape (batch, N), or (batch, time, N) with `return_sequences`; with `return_state` followed by the last y
        and c, both (batch, N).

    Example:
        >>> import numpy as np
        >>> layer = PeepholeLSTM(3, return_sequences=True)
        >>> tuple(layer(np.ones((5, 7, 4))).shape)
        (5, 7, 3)
    """

    cell_class = PeepholeLSTMCell
