r"""The LSTM whose gates see the cell: the vanilla LSTM of Greff and others, and their variants of it."""

from typing import Any, Unpack

from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.layers._lstm_variants import gates_with_weights, is_variant, refuse_contradictions, unit_forget, varied_step
from rnnkit.layers.arguments import KerasArguments, PeepholeLSTMArguments
from rnnkit.layers.base import GatedCell, RecurrentLayer, parts, register
from rnnkit.layers.fused.layer import FastLoop, by_own_lines


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

    The variants, under Greff's abbreviations, which are the keys of `rnnkit.layers.GREFF_VARIANTS`:

    - NIG, NFG, NOG: i = 1 in place of (2), f = 1 in place of (3), o = 1 in place of (5).
    - NIAF: g(a) = a in (1). NOAF: h(a) = a in (6).
    - CIFG: f = 1 − i in place of (3). NP: without the terms in p in (2), (3) and (5).
    - FGR: in (2), (3) and (5), for k = i, f, o, the σ has the further terms R_ik i⁻ + R_fk f⁻ + R_ok o⁻, where ⁻ is
      the previous step: nine matrices, together `gate_recurrent_kernel` (3N, 3N), with rows and columns i, f, o.

    They can be combined. A gate that is constant or coupled has no weights: its columns and its peepholes' row are
    left out of the weights, and FGR has matrices between the others only.

    Args:
        units: N, blocks.
        activation: g, and h unless it has its own.
        recurrent_activation: σ of the three gates.
        use_bias: whether the b are there.
        unit_forget_bias: add 1 to the forget gate's bias at the start, where the gate has one.
        kernel_initializer, recurrent_initializer, peephole_initializer, bias_initializer: as in Keras, for the
            weights named above; likewise the regularizers and constraints. The recurrent kernel's are those of
            the gates' recurrent kernel too.
        dropout, recurrent_dropout: fraction of inputs and of fed-back outputs dropped in training.
        seed: for dropout.
        return_gates: the cell's output is [y f i o], as far as there are such gates, rather than y; the layer takes
            it apart again.
        input_gate, forget_gate, output_gate: False for the constant 1 (NIG, NFG, NOG).
        coupled_gates: True for f = 1 − i (CIFG).
        peepholes: False for gates that do not see the cell (NP).
        output_activation: h; "same" is `activation`'s value. "linear" for NOAF; for NIAF "tanh", with the activation
            "linear".
        full_gate_recurrence: True for gates that see the gates of the previous step (FGR).
        input_dim: M, for input of token ids, integers from 0 to M − 1, each of which stands for its one-hot code: the
            input product is a row of `kernel`, looked up. By default the input is floats.

    Call arguments:
        sequence: shape (batch, M), the inputs of this time step; with `input_dim` ids, shape (batch,) or (batch, 1).
        states: list of the previous y and c, both (batch, N); with FGR also of the previous i, f and o, likewise.
        training: whether dropout applies.

    Returns:
        Output y, shape (batch, N), and the list of the new states.

    Raises:
        ValueError: units that are not a positive integer, an unknown activation, initializer, regularizer or
            constraint, a dropout outside [0, 1), variants that contradict each other.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020), the peephole LSTM's vector formulas; K. Greff and
        others, LSTM: A Search Space Odyssey (2017), sections II and III; F. Gers and J. Schmidhuber (2000) for
        peepholes.

    Example:
        >>> import numpy as np
        >>> cell = PeepholeLSTMCell(3)
        >>> y, [same_y, c] = cell(np.ones((5, 4)), [np.zeros((5, 3)), np.zeros((5, 3))])
        >>> tuple(y.shape), tuple(c.shape), tuple(cell.peephole_kernel.shape)
        ((5, 3), (5, 3), (3, 3))
        >>> coupled = PeepholeLSTMCell(3, coupled_gates=True)
        >>> coupled.build((None, 4))
        >>> tuple(coupled.kernel.shape), tuple(coupled.peephole_kernel.shape)  # i, z, o, and p_i, p_o
        ((4, 9), (2, 3))
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
        *,
        input_gate: bool = True,
        forget_gate: bool = True,
        output_gate: bool = True,
        coupled_gates: bool = False,
        peepholes: bool = True,
        output_activation: Any = "same",
        full_gate_recurrence: bool = False,
        input_dim: int | None = None,
        **kwargs: Unpack[KerasArguments],
    ) -> None:
        units = positive_integer("units", units)
        if isinstance(output_activation, str) and output_activation == "same":
            output_activation = activation
        super().__init__(
            units=units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            peephole_initializer=peephole_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            peephole_regularizer=peephole_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            peephole_constraint=peephole_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            return_gates=return_gates,
            input_gate=input_gate,
            forget_gate=forget_gate,
            output_gate=output_gate,
            coupled_gates=coupled_gates,
            peepholes=peepholes,
            output_activation=output_activation,
            full_gate_recurrence=full_gate_recurrence,
            input_dim=input_dim,
            **kwargs,
        )
        refuse_contradictions(self)
        self.own_gates = gates_with_weights(self)
        self.columns = "".join(letter for letter in "ifzo" if letter in self.own_gates + "z")
        self.state_size = [self.units] * (2 + len(self.own_gates) * self.full_gate_recurrence)

    @property
    def gate_names(self) -> list[str]:
        return [name for name in ("forget_gate", "input_gate", "output_gate") if getattr(self, name)]

    def build(self, input_shape: Any) -> None:
        n, gates, columns = self.units, len(self.own_gates), len(self.columns)
        self.kernel = self._add("kernel", (self.inputs.features(input_shape), columns * n), "kernel")
        self.recurrent_kernel = self._add("recurrent_kernel", (n, columns * n), "recurrent")
        self.gate_recurrent_kernel = self.peephole_kernel = None
        if self.full_gate_recurrence:
            self.gate_recurrent_kernel = self._add("gate_recurrent_kernel", (gates * n, gates * n), "recurrent")
        if self.peepholes and gates:
            self.peephole_kernel = self._add("peephole_kernel", (gates, n), "peephole")
        ones = self.unit_forget_bias and "f" in self.own_gates
        forget = unit_forget(self.bias_initializer, self.columns, n) if ones else None
        self.bias = self._add("bias", (columns * n,), "bias", initializer=forget) if self.use_bias else None

    def _step(self, sequence: Any, states: Any, training: bool) -> tuple[Any, list[Any], dict[str, Any]]:
        x, y = self._after_dropout(sequence, states[0], training)
        if is_variant(self):
            return varied_step(self, self.inputs.product(self, x), y, *states[1:])
        c = states[1]
        g, sigma, h = self.activation, self.recurrent_activation, self.output_activation
        # One product for all gates, then each gate's part of it.
        Wx_i, Wx_f, Wx_z, Wx_o = parts(self.inputs.product(self, x), 4)
        Ry_i, Ry_f, Ry_z, Ry_o = parts(self.dot(y, self.recurrent_kernel), 4)
        b_i, b_f, b_z, b_o = parts(self.bias, 4)
        p_i, p_f, p_o = ops.unstack(ops.convert_to_tensor(self.peephole_kernel))

        z = g(Wx_z + Ry_z + b_z)  # (1)
        i = sigma(Wx_i + Ry_i + p_i * c + b_i)  # (2)
        f = sigma(Wx_f + Ry_f + p_f * c + b_f)  # (3)
        c = z * i + c * f  # (4)
        o = sigma(Wx_o + Ry_o + p_o * c + b_o)  # (5)
        y = h(c) * o  # (6)
        return y, [y, c], {"input_gate": i, "forget_gate": f, "output_gate": o}

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: its first part, y."""
        return states[0]

    def fast_loop(self) -> FastLoop:
        """What the fast loop needs; on TensorFlow."""
        from rnnkit.layers.fused.lstm import LSTMPasses

        activations = [self.activation, self.recurrent_activation, self.output_activation]
        if is_variant(self) or self.return_gates:
            return by_own_lines(self, activations, shows=self.return_gates)
        weights = [self.inputs.kernel(self), self.bias, self.recurrent_kernel, self.peephole_kernel]
        return FastLoop(LSTMPasses, activations, weights)


@register
class PeepholeLSTM(RecurrentLayer):
    """An LSTM with peepholes over a sequence. See `PeepholeLSTMCell` for the equations and the arguments.

    Args: those of `PeepholeLSTMCell`, then
        return_gates: return the gates too, directly after the output: a dictionary of input_gate, forget_gate and
            output_gate, each of the output's shape, without those that are constant.
        fused: "auto" for the compiled loop with its gradient written by hand, on TensorFlow, in `fit` and other
            graphs; False for the readable loop, which second derivatives need; True for a ValueError where the
            compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, M); with `input_dim` integers, shape (batch, time).
        initial_state: list of y and c, with FGR also i, f and o, before the first step, each (batch, N). Zeros by
            default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        y, shape (batch, N), or (batch, time, N) with `return_sequences`; with `return_state` followed by the last
        states, each (batch, N).

    Example:
        >>> import numpy as np
        >>> layer = PeepholeLSTM(3, return_sequences=True)
        >>> tuple(layer(np.ones((5, 7, 4))).shape)
        (5, 7, 3)
    """

    cell_class = PeepholeLSTMCell

    def __init__(self, units: int, *args: Any, **arguments: Unpack[PeepholeLSTMArguments]) -> None:
        super().__init__(units, *args, **arguments)
