r"""The chaos-free network: gates without chaos."""

from functools import partial
from typing import Any, Unpack

from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.layers.arguments import CFNArguments, KerasArguments
from rnnkit.layers.base import GatedCell, RecurrentLayer, parts, register
from rnnkit.layers.fused.layer import FastLoop, by_own_lines, with_slopes


@register
class CFNCell(GatedCell):
    r"""One time step of the chaos-free network.

    For M inputs x and N units, with the paper's letters and numbers, in the order of computation:

    $$\theta_t = \sigma(U_\theta h_{t-1} + V_\theta x_t + b_\theta), \quad
      \eta_t = \sigma(U_\eta h_{t-1} + V_\eta x_t + b_\eta) \tag{2, forget and input gate}$$
    $$h_t = \theta_t \odot \tanh(h_{t-1}) + \eta_t \odot \tanh(W x_t) \tag{1}$$

    Without inputs |h| shrinks at every step, whatever the weights are: |h_t| ≤ θ_t |h_{t−1}|. So zero is the only
    attractor, where LSTM and GRU can be chaotic. States stay between −2 and 2.

    Weights: `kernel` (M, 3N) holds V_θ, V_η, W side by side, `recurrent_kernel` (N, 2N) holds U_θ, U_η, and `bias`
    (2N,) b_θ, b_η; each is the transpose of the paper's, as rows are examples.

    Args:
        units: N.
        activation: tanh in (1), both times. Only a function with |f(a)| ≤ |a| keeps what is said above.
        recurrent_activation: σ of the gates.
        use_bias: whether b_θ and b_η are there.
        unit_gate_bias: add 1 to b_θ and −1 to b_η at the start, as the paper does, so that the state is kept for
            longer. The gates then start near σ(1) = 0.73 and σ(−1) = 0.27 (the paper prints 0.23).
        kernel_initializer, recurrent_initializer, bias_initializer: as in Keras, for the weights named above;
            likewise the regularizers and constraints. The paper draws all but b from [−0.07, 0.07].
        dropout, recurrent_dropout: fraction of inputs, and of h in (2), dropped in training. As in the paper, the h
            that (1) carries over is never dropped; unlike there, W and V see the same dropped inputs.
        seed: for dropout.
        return_gates: the cell's output is [h θ η] rather than h; the layer takes it apart again.

    Call arguments:
        sequence: shape (batch, M), the inputs of this time step.
        states: list of one tensor, the previous h, shape (batch, N).
        training: whether dropout applies.

    Returns:
        Output h, shape (batch, N), and the list of the new h.

    Raises:
        ValueError: units that are not a positive integer, an unknown activation, initializer, regularizer or
            constraint, a dropout outside [0, 1).

    Source:
        T. Laurent and J. von Brecht, A Recurrent Neural Network without Chaos (2016), equations (1) and (2), to
        which M. Smart, Introduction to Recurrent Neural Nets (2020), refers.

    Example:
        >>> import numpy as np
        >>> cell = CFNCell(3)
        >>> h, [same_h] = cell(np.ones((5, 4)), [np.zeros((5, 3))])
        >>> tuple(h.shape), cell.get_weights()[-1].tolist()
        ((5, 3), [1.0, 1.0, 1.0, -1.0, -1.0, -1.0])
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
        unit_gate_bias: bool = True,
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
            unit_gate_bias=unit_gate_bias,
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
        return ["forget_gate", "input_gate"]

    def build(self, input_shape: Any) -> None:
        n = self.units
        self.kernel = self._add("kernel", (input_shape[-1], 3 * n), "kernel")
        self.recurrent_kernel = self._add("recurrent_kernel", (n, 2 * n), "recurrent")
        start = self._bias_with_unit_gates if self.unit_gate_bias else None
        self.bias = self._add("bias", (2 * n,), "bias", initializer=start) if self.use_bias else None

    def _bias_with_unit_gates(self, shape: Any, dtype: Any = None) -> Any:
        ones = ops.ones((self.units,), dtype=dtype)
        return self.bias_initializer(shape, dtype=dtype) + ops.concatenate([ones, -ones], axis=0)

    def _step(self, sequence: Any, states: Any, training: bool) -> tuple[Any, list[Any], dict[str, Any]]:
        h = states[0]
        x, fed_back = self._after_dropout(sequence, h, training)
        Vx_theta, Vx_eta, Wx = parts(self.inputs.product(self, x), 3)
        Uh_theta, Uh_eta = parts(self.dot(fed_back, self.recurrent_kernel), 2)
        b_theta, b_eta = parts(self.bias, 2)
        sigma, tanh = self.recurrent_activation, self.activation

        theta, eta = sigma(Uh_theta + Vx_theta + b_theta), sigma(Uh_eta + Vx_eta + b_eta)  # (2)
        h = theta * tanh(h) + eta * tanh(Wx)  # (1)
        return h, [h], {"forget_gate": theta, "input_gate": eta}

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: h itself."""
        return states[0]

    def fast_loop(self) -> FastLoop:
        """What the fast loop needs; on TensorFlow."""
        activations = [self.activation, self.recurrent_activation]
        sloped = with_slopes(activations)
        if self.return_gates or sloped is None:
            return by_own_lines(self, activations, shows=self.return_gates)
        from rnnkit.layers.fused.gated import CFNPasses

        bias = None if self.bias is None else ops.pad(self.bias, (0, self.units))  # W x has none
        return FastLoop(partial(CFNPasses, sloped), [], [self.inputs.kernel(self), bias, self.recurrent_kernel])


@register
class CFN(RecurrentLayer):
    """A chaos-free network over a sequence. See `CFNCell` for the equations and the arguments.

    Args: those of `CFNCell`, then
        return_gates: return the gates too, directly after the output: a dictionary of forget_gate (θ) and input_gate
            (η), each of the output's shape.
        fused: "auto" for the compiled loop, on TensorFlow, in `fit` and other graphs; False for the readable loop,
            which second derivatives need; True for a ValueError where the compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, M).
        initial_state: list of one tensor, h before the first step, shape (batch, N). Zeros by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        h, shape (batch, N), or (batch, time, N) with `return_sequences`; with `return_state` followed by the last h,
        shape (batch, N).

    Example:
        >>> import numpy as np
        >>> layer = CFN(3, return_sequences=True)
        >>> tuple(layer(np.ones((5, 7, 4))).shape)
        (5, 7, 3)
    """

    cell_class = CFNCell

    def __init__(self, units: int, *args: Any, **arguments: Unpack[CFNArguments]) -> None:
        super().__init__(units, *args, **arguments)
