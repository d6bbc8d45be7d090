r"""The LSTM of 1997: blocks of memory cells that share an input and an output gate, and forget nothing."""

from functools import partial
from typing import Any, Unpack

from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.layers.arguments import KerasArguments, MemoryBlocksArguments
from rnnkit.layers.base import RecurrentCell, RecurrentLayer, register
from rnnkit.layers.fused.layer import FastLoop, by_own_lines, with_slopes

BIASES = ("hidden", "gates", "none")


@register
def wide_sigmoid(x: Any) -> Any:
    """The logistic function stretched to (−2, 2): 4σ(x) − 2."""
    return 4.0 * ops.sigmoid(x) - 2.0


@register
def centred_sigmoid(x: Any) -> Any:
    """The logistic function stretched to (−1, 1): 2σ(x) − 1."""
    return 2.0 * ops.sigmoid(x) - 1.0


@register
class MemoryBlocksCell(RecurrentCell):
    r"""One time step of the original LSTM.

    For block j with cells v, g and h the functions of a cell's input and output, f the gates', and u the outputs of
    all units of the hidden layer, gates included:

    $$y^{in}_j = f\big(W_{in} x^t + R_{in} u^{t-1} + b_{in}\big)_j \tag{1}$$
    $$y^{out}_j = f\big(W_{out} x^t + R_{out} u^{t-1} + b_{out}\big)_j \tag{2}$$
    $$s_{jv}^t = s_{jv}^{t-1} + y^{in}_j\; g\big(W_c x^t + R_c u^{t-1} + b_c\big)_{jv} \tag{3}$$
    $$y^{c}_{jv} = y^{out}_j\; h(s_{jv}^t) \tag{4}$$
    $$u^{t} = [\, y^{in},\; y^{out},\; y^{c} \,]^{t} \tag{5}$$

    The state s has a self-connection of weight 1, the "constant error carousel". Weights lie side by side in the order
    of (5): `kernel` (N, H) and `recurrent_kernel` (H, H) with H = 2 blocks + blocks · block_size, `gate_bias` and
    `cell_bias`. The paper trains with a truncated gradient: errors go back in time through s only, not through R.
    It times inputs as u(t−1) too; here an input acts within its own step.

    Args:
        blocks: number of blocks.
        block_size: cells of a block.
        activation: g.
        output_activation: h.
        recurrent_activation: f.
        bias: which units have one: "hidden" (gates and cells), "gates" or "none".
        output_gates: False for y^out = 1, without weights.
        recurrent: False for a net without R, whose only memory is s.
        truncated_gradient: True for the paper's gradient.
        kernel_initializer, recurrent_initializer, bias_initializer: as in Keras; likewise the regularizers and
            constraints.
        dropout, recurrent_dropout: fraction of inputs and of u dropped in training.
        seed: for dropout.

    Call arguments:
        sequence: shape (batch, N), the inputs of this time step.
        states: list of the previous u, shape (batch, H), and s, shape (batch, blocks · block_size).
        training: whether dropout applies.

    Returns:
        Output y^c, shape (batch, blocks · block_size), and the list of the new states.

    Raises:
        ValueError: a size that is not a positive integer, an unknown bias, activation, initializer, regularizer or
            constraint, a dropout outside [0, 1).

    Source:
        S. Hochreiter and J. Schmidhuber, Long Short-Term Memory (1997), sections 4 and 5.7.

    Example:
        >>> import numpy as np
        >>> cell = MemoryBlocksCell(blocks=2, block_size=3)
        >>> y, [u, s] = cell(np.ones((5, 4)), cell.get_initial_state(5))
        >>> tuple(y.shape), tuple(u.shape), tuple(s.shape)
        ((5, 6), (5, 10), (5, 6))
    """

    def __init__(
        self,
        blocks: int,
        block_size: int = 1,
        activation: Any = wide_sigmoid,
        output_activation: Any = centred_sigmoid,
        recurrent_activation: Any = "sigmoid",
        bias: str = "hidden",
        output_gates: bool = True,
        recurrent: bool = True,
        truncated_gradient: bool = False,
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
        **kwargs: Unpack[KerasArguments],
    ) -> None:
        blocks, block_size = positive_integer("blocks", blocks), positive_integer("block_size", block_size)
        if bias not in BIASES:
            raise ValueError(f"bias: expected one of {', '.join(map(repr, BIASES))}, received {bias!r}.")
        super().__init__(
            blocks=blocks,
            block_size=block_size,
            activation=activation,
            output_activation=output_activation,
            recurrent_activation=recurrent_activation,
            bias=bias,
            output_gates=output_gates,
            recurrent=recurrent,
            truncated_gradient=truncated_gradient,
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
            **kwargs,
        )
        self._gate_units = self.blocks * (2 if output_gates else 1)
        self.output_size = self.blocks * self.block_size
        self.state_size = [self._gate_units + self.output_size, self.output_size]

    def build(self, input_shape: Any) -> None:
        hidden = self.state_size[0]
        self.kernel = self._add("kernel", (input_shape[-1], hidden), "kernel")
        self.recurrent_kernel = self.gate_bias = self.cell_bias = None
        if self.recurrent:
            self.recurrent_kernel = self._add("recurrent_kernel", (hidden, hidden), "recurrent")
        if self.bias != "none":
            self.gate_bias = self._add("gate_bias", (self._gate_units,), "bias")
        if self.bias == "hidden":
            self.cell_bias = self._add("cell_bias", (self.output_size,), "bias")

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        u, s = self._step(sequence, states, training)
        return self.readout([u]), [u, s]

    def gates(self, sequence: Any, states: Any, training: bool = False) -> dict[str, Any]:
        """The gates of one time step by name, each (batch, blocks); arguments as in `call`."""
        y_in, y_out, _ = self._split(self._step(sequence, states, training)[0])
        return {"input_gate": y_in, "output_gate": y_out} if self.output_gates else {"input_gate": y_in}

    def _step(self, sequence: Any, states: Any, training: bool) -> tuple[Any, Any]:
        x, u = self._after_dropout(sequence, states[0], training)
        s = states[1]
        f, g, h = self.recurrent_activation, self.activation, self.output_activation
        Wx_in, Wx_out, Wx_c = self._split(self.inputs.product(self, x))
        Ru_in, Ru_out, Ru_c = self._split(self._fed_back(u))
        b_in, b_out, b_c = self._biases()

        y_in = f(Wx_in + Ru_in + b_in)  # (1)
        y_out = f(Wx_out + Ru_out + b_out)  # (2)
        s = s + self._of_each_cell(y_in) * g(Wx_c + Ru_c + b_c)  # (3)
        y_c = self._of_each_cell(y_out) * h(s)  # (4)
        u = ops.concatenate([y_in, y_out, y_c], axis=-1)  # (5)
        return u, s

    def _split(self, total: Any) -> list[Any]:
        """The parts of the input gates, of the output gates, empty where there are none, and of the cells."""
        return [0.0] * 3 if total is None else ops.split(total, [self.blocks, self._gate_units], axis=-1)

    def _fed_back(self, u: Any) -> Any:
        """R u, through which the paper's gradient does not go."""
        if self.recurrent_kernel is None:
            return None
        return self.dot(ops.stop_gradient(u) if self.truncated_gradient else u, self.recurrent_kernel)

    def _biases(self) -> list[Any]:
        gates = [0.0] * 2
        if self.gate_bias is not None:
            gates = ops.split(ops.convert_to_tensor(self.gate_bias), [self.blocks], axis=-1)
        return [*gates, 0.0 if self.cell_bias is None else self.cell_bias]

    def _of_each_cell(self, gate: Any) -> Any:
        """A block's gate, once for each of its cells; 1 where there are no such gates."""
        if not gate.shape[-1]:
            return 1.0
        # Not by `repeat`, whose gradient XLA cannot compile where the batch is not known.
        each = gate[..., None] * ops.ones((self.block_size,), dtype=gate.dtype)
        return ops.reshape(each, (-1, self.output_size))

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: the cells' part of u."""
        return states[0][..., self._gate_units :]

    def fast_loop(self) -> FastLoop:
        """What the fast loop needs; on TensorFlow."""
        activations = [self.recurrent_activation, self.activation, self.output_activation]
        sloped = with_slopes(activations, {wide_sigmoid: _wide_slope, centred_sigmoid: _centred_slope})
        if sloped is None:
            return by_own_lines(self, activations)
        from rnnkit.layers.fused.blocks import BlocksPasses

        passes = partial(BlocksPasses, sloped, self.blocks, self.block_size, self.truncated_gradient)
        return FastLoop(passes, [], [self.inputs.kernel(self), self._bias_of_all(), self.recurrent_kernel])

    def _bias_of_all(self) -> Any:
        """The biases of gates and cells side by side; None where there are none."""
        if self.gate_bias is None:
            return None
        zeros = ops.zeros((self.output_size,), dtype=self.compute_dtype)
        return ops.concatenate([self.gate_bias, zeros if self.cell_bias is None else self.cell_bias], axis=0)


def _wide_slope(value: Any) -> Any:
    """The slope of `wide_sigmoid` where it has this value."""
    return 1.0 - value * value / 4.0


def _centred_slope(value: Any) -> Any:
    return (1.0 - value * value) / 2.0


@register
class MemoryBlocks(RecurrentLayer):
    """The original LSTM over a sequence. See `MemoryBlocksCell` for the equations and the arguments.

    Args: those of `MemoryBlocksCell`, then
        fused: "auto" for the compiled loop, on TensorFlow, in `fit` and other graphs; False for the readable loop,
            which second derivatives need; True for a ValueError where the compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, N).
        initial_state: list of u and s before the first step. Zeros by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        y^c, shape (batch, blocks · block_size), or (batch, time, blocks · block_size) with `return_sequences`; with
        `return_state` followed by the last u and s.

    Example:
        >>> import numpy as np
        >>> layer = MemoryBlocks(blocks=2, block_size=3, return_sequences=True)
        >>> tuple(layer(np.ones((5, 7, 4))).shape)
        (5, 7, 6)
    """

    cell_class = MemoryBlocksCell

    def __init__(self, blocks: int, *args: Any, **arguments: Unpack[MemoryBlocksArguments]) -> None:
        super().__init__(blocks, *args, **arguments)
