r"""The general network with output feedback, of which Elman's and Jordan's nets are special cases."""

from typing import Any, Unpack

from keras import ops

from rnnkit.layers._output_layer import OutputLayerCell
from rnnkit.layers.arguments import OutputFeedbackArguments, OutputLayerCellArguments
from rnnkit.layers.base import RecurrentLayer, of_cell, register
from rnnkit.layers.fused.layer import FastLoop, by_own_lines, with_slopes


@register
class OutputFeedbackCell(OutputLayerCell):
    r"""One time step of a network whose hidden and output layers both see input, hidden layer and previous output.

    For N inputs x, K hidden units h and J outputs y:

    $$h(n+1) = f\big(W_{xh}\,x(n+1) + W_{hh}\,h(n) + W_{yh}\,y(n) + b_h\big) \tag{1}$$
    $$y(n+1) = g\big(W_{xy}\,x(n+1) + W_{hy}\,h(n+1) + W_{yy}\,y(n) + b_y\big) \tag{2}$$

    The lecture writes one f for both, sums over j for the products, and no biases in this form; it does not number
    the equations. Rows are examples here, so that W x is `x @ kernel`, and the six matrices are

    - W_xh `kernel` (N, K) and W_xy `skip_kernel` (N, J), with the options `kernel_...`;
    - W_hh `recurrent_kernel` (K, K), W_yh `feedback_kernel` (J, K) and W_yy `output_feedback_kernel` (J, J), with the
      options `recurrent_...`;
    - W_hy `output_kernel` (K, J), with the options `output_...`.

    With W_yh = W_xy = W_yy = 0 it is Elman's net, with W_hh = W_xy = W_yy = 0 Jordan's. `v` and `omega` are the
    matrices of (1) and (2), both with rows in the order [1 X H Y].

    Args:
        units: K, hidden units.
        output_units: J, output units.
        The others are those of `ElmanCell`; `recurrent_dropout` drops entries of h and y alike where they are fed back.

    Call arguments:
        sequence: shape (batch, N), the inputs of this time step.
        states: list of the previous y, shape (batch, J), and h, shape (batch, K).
        training: whether dropout applies.

    Returns:
        Output y, shape (batch, J), and the list of the new y and h.

    Raises:
        ValueError: a size that is not a positive integer, an unknown activation, initializer, regularizer or
            constraint, a dropout outside [0, 1).

    Source:
        Z. Wu, Recurrent Neural Networks (2015), the slide on computations in discrete time.

    Example:
        >>> import numpy as np
        >>> cell = OutputFeedbackCell(units=3, output_units=2)
        >>> y, [same_y, h] = cell(np.ones((5, 4)), [np.zeros((5, 2)), np.zeros((5, 3))])
        >>> tuple(y.shape), tuple(h.shape), tuple(cell.v.shape), tuple(cell.omega.shape)
        ((5, 2), (5, 3), (10, 3), (10, 2))
    """

    def __init__(
        self,
        units: int,
        output_units: int,
        activation: Any = "sigmoid",
        output_activation: Any = "sigmoid",
        *args: Any,
        **kwargs: Unpack[OutputLayerCellArguments],
    ) -> None:
        super().__init__(units, output_units, activation, output_activation, *args, **kwargs)

    @property
    def state_size(self) -> list[int]:
        return [self.output_units, self.units]

    def build(self, input_shape: Any) -> None:
        self._build(features=input_shape[-1], feedback=self.units)
        self.feedback_kernel = self._add("feedback_kernel", (self.output_units, self.units), "recurrent")
        self.skip_kernel = self._add("skip_kernel", (input_shape[-1], self.output_units), "kernel")
        self.output_feedback_kernel = self._add(
            "output_feedback_kernel", (self.output_units, self.output_units), "recurrent"
        )

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        # Keras passes the first state only, and two are fed back.
        both = ops.zeros((ops.shape(step_input)[0], self.output_units + self.units), dtype=self.compute_dtype)
        return super().get_recurrent_dropout_mask(both)

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        x, fed_back = self._after_dropout(sequence, ops.concatenate(states, axis=-1), training)
        y, h = ops.split(fed_back, [self.output_units], axis=-1)
        f, g, dot = self.activation, self.output_activation, self.dot
        W_xh, W_hh, W_yh = self.kernel, self.recurrent_kernel, self.feedback_kernel
        W_xy, W_hy, W_yy = self.skip_kernel, self.output_kernel, self.output_feedback_kernel
        b_h, b_y = (self.bias, self.output_bias) if self.use_bias else (0.0, 0.0)

        h = f(dot(x, W_xh) + dot(h, W_hh) + dot(y, W_yh) + b_h)  # (1)
        y = g(dot(x, W_xy) + dot(h, W_hy) + dot(y, W_yy) + b_y)  # (2)
        return self._emit(y, h), [y, h]

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: its first part, y."""
        return self._emit(states[0], states[-1])

    def fast_loop(self) -> FastLoop:
        """What the fast loop needs; on TensorFlow."""
        activations = [self.activation, self.output_activation]
        if self.return_hidden or with_slopes(activations) is None:
            return by_own_lines(self, activations, shows=self.return_hidden, hoisted=False)
        from rnnkit.layers.fused.rnn import FeedbackPasses

        # Two products a step, with [y h] and with the new h, where the equations have six.
        fed_back = ops.concatenate([self.feedback_kernel, self.recurrent_kernel], axis=0)
        omega = ops.concatenate([self.output_feedback_kernel, self.output_kernel], axis=0)
        kernel = ops.concatenate([self.kernel, self.skip_kernel], axis=1)
        bias = ops.concatenate([self.bias, self.output_bias], axis=0) if self.use_bias else None
        return FastLoop(FeedbackPasses, activations, [kernel, bias, fed_back, omega])

    @property
    def _blocks_of_v(self) -> list[Any]:
        return [self.bias, self.kernel, self.recurrent_kernel, self.feedback_kernel]

    @property
    def _blocks_of_omega(self) -> list[Any]:
        return [self.output_bias, self.skip_kernel, self.output_kernel, self.output_feedback_kernel]


@register
class OutputFeedback(RecurrentLayer):
    """The general network with output feedback over a sequence. See `OutputFeedbackCell` for equations and arguments.

    Args: those of `OutputFeedbackCell`, then
        return_hidden: return the hidden layer h too, directly after the output.
        fused: "auto" for the compiled loop, on TensorFlow, in `fit` and other graphs; False for the readable loop,
            which second derivatives need; True for a ValueError where the compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, N).
        initial_state: list of y and h before the first step, shapes (batch, J) and (batch, K). Zeros by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        y, shape (batch, J), or (batch, time, J) with `return_sequences`; with `return_hidden` followed by h of the
        same kind; with `return_state` followed by the last y and h.

    Example:
        >>> import numpy as np
        >>> layer = OutputFeedback(units=3, output_units=2, return_state=True)
        >>> output, y, h = layer(np.ones((5, 7, 4)))
        >>> tuple(output.shape), tuple(y.shape), tuple(h.shape)
        ((5, 2), (5, 2), (5, 3))
    """

    cell_class = OutputFeedbackCell
    v, omega, set_matrices = of_cell("v"), of_cell("omega"), of_cell("set_matrices")

    def __init__(self, units: int, output_units: int, *args: Any, **arguments: Unpack[OutputFeedbackArguments]) -> None:
        super().__init__(units, output_units, *args, **arguments)
