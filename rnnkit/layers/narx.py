r"""The NARX network: the next output from present and past inputs and past outputs."""

from typing import Any, Unpack

from keras import ops

from rnnkit._checks import integer, positive_integer
from rnnkit.layers._output_layer import OutputLayerCell, block_product
from rnnkit.layers.arguments import NARXArguments, OutputLayerCellArguments
from rnnkit.layers.base import RecurrentLayer, of_cell, register
from rnnkit.layers.fused.layer import FastLoop, by_own_lines


@register
class NARXCell(OutputLayerCell):
    r"""One time step of a nonlinear autoregressive network with exogenous inputs.

    For N inputs u, J outputs y and delays $d_x \ge 0$ and $d_y \ge 1$, with F a network of one hidden layer h of K
    units:

    $$\varphi(k) = [\,u(k), u(k-1), \dots, u(k-d_x), y(k-1), \dots, y(k-d_y)\,] \tag{1}$$
    $$h(k) = f\big(W \varphi(k) + b\big) \tag{2}$$
    $$y(k) = g\big(V h(k) + c\big) \tag{3}$$

    The lecture writes (1)-(3) as y(k) = F(u(k), …, y(k − d_y)) and F as "typically an MLP"; it does not number them.
    The states are two delay lines, newest first: y(k−1)…y(k−d_y), and with inputs delayed u(k−1)…u(k−d_x). The
    columns of W are kept as `kernel` ((d_x + 1) N, K) and `recurrent_kernel` (d_y J, K), b as `bias`, V as
    `output_kernel` (K, J), c as `output_bias`. `v` is [b W] and `omega` [c V], rows in the order [1 u y] and [1 h].

    Run on its own outputs, as here, it is a recurrent net ("parallel"); with the measured outputs in the delay line
    ("series-parallel", teacher forcing) a feed-forward one: see `rnnkit.TeacherForcing`.

    Args:
        units: K, hidden units.
        output_units: J, outputs.
        input_delays: d_x, 0 or more.
        output_delays: d_y, 1 or more.
        activation: f. tanh by default.
        output_activation: g. None, the identity, by default.
        The others are those of `ElmanCell`; `recurrent_...` belongs to the weights from past outputs.

    Call arguments:
        sequence: shape (batch, N), the inputs of this time step.
        states: list of the past outputs, shape (batch, d_y J), and if d_x > 0 of the past inputs, (batch, d_x N).
        training: whether dropout applies.

    Returns:
        Output y(k), shape (batch, J), and the list of new states.

    Raises:
        ValueError: a size or delay that is not an integer of the range above, an unknown activation, initializer,
            regularizer or constraint, a dropout outside [0, 1).

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slides on NARX and teacher forcing; K. S. Narendra and K.
        Parthasarathy, Identification and Control of Dynamical Systems Using Neural Networks (1990), models III and IV.

    Example:
        >>> import numpy as np
        >>> cell = NARXCell(units=5, output_units=2, input_delays=1, output_delays=3)
        >>> cell.build((None, 4))
        >>> y, [past_y, past_u] = cell(np.ones((6, 4)), cell.get_initial_state(6))
        >>> tuple(y.shape), tuple(past_y.shape), tuple(past_u.shape), tuple(cell.v.shape)
        ((6, 2), (6, 6), (6, 4), (15, 5))
    """

    def __init__(
        self,
        units: int,
        output_units: int,
        input_delays: int = 0,
        output_delays: int = 1,
        activation: Any = "tanh",
        output_activation: Any = None,
        **kwargs: Unpack[OutputLayerCellArguments],
    ) -> None:
        super().__init__(
            units,
            output_units,
            input_delays=integer("input_delays", input_delays, 0),
            output_delays=positive_integer("output_delays", output_delays),
            activation=activation,
            output_activation=output_activation,
            **kwargs,
        )
        self._input_size: int | None = None

    @property
    def state_size(self) -> list[Any]:
        """Sizes of the delay lines; None for that of the inputs before `build`, which tells how many there are."""
        inputs = None if self._input_size is None else self.input_delays * self._input_size
        return [self.output_delays * self.output_units, *([inputs] if self.input_delays else [])]

    def build(self, input_shape: Any) -> None:
        self._input_size = input_shape[-1]
        inputs = (self.input_delays + 1) * input_shape[-1]
        self._build(features=inputs, feedback=self.output_delays * self.output_units)

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        u, past_y = self._after_dropout(sequence, states[0], training)
        u = ops.concatenate([u, *states[1:]], axis=-1)  # u(k), …, u(k − d_x)
        f, g, W, V = (
            self.activation,
            self.output_activation,
            [self.inputs.kernel(self), self.recurrent_kernel],
            self.output_kernel,
        )
        b, c = (self.bias, self.output_bias) if self.use_bias else (0.0, 0.0)

        phi = [u, past_y]  # (1)
        h = f(block_product(phi, W, self.dot) + b)  # (2)
        y = g(self.dot(h, V) + c)  # (3)
        return self._emit(y, h), [self._shifted(y, states[0]), *self._past_inputs(u)]

    def _shifted(self, y: Any, past: Any) -> Any:
        """The line of past outputs one step later: y in front, the oldest gone."""
        return ops.concatenate([y, past], axis=-1)[:, : self.output_delays * self.output_units]

    def _past_inputs(self, u: Any) -> list[Any]:
        return [u[:, : self.input_delays * self._input_size]] if self.input_delays else []

    def with_feedback(self, states: Any, value: Any) -> list[Any]:
        """The states after a step, with another value in the place of the newest output."""
        return [ops.concatenate([value, states[0][:, self.output_units :]], axis=-1), *states[1:]]

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: the newest of the past outputs.

        Raises:
            ValueError: with `return_hidden`, since the hidden layer is not a function of the state.
        """
        if self.return_hidden:
            raise ValueError(
                "return_hidden: expected False, received True: a NARX net's state does not tell its hidden layer."
            )
        return states[0][..., : self.output_units]

    def fast_loop(self) -> FastLoop:
        """What the fast loop needs; on TensorFlow."""
        activations = [self.activation, self.output_activation]
        hoisted = not self.input_delays  # past inputs are a state
        return by_own_lines(self, activations, shows=self.return_hidden, hoisted=hoisted)


@register
class NARX(RecurrentLayer):
    """A NARX network over a sequence. See `NARXCell` for the equations and the arguments.

    Args: those of `NARXCell`, then
        return_hidden: return the hidden layer h too, directly after the output.
        fused: "auto" for the compiled loop, on TensorFlow, in `fit` and other graphs; False for the readable loop,
            which second derivatives need; True for a ValueError where the compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, N).
        initial_state: list of the outputs before the first step, shape (batch, d_y J), newest first, and if d_x > 0 of
            the inputs, (batch, d_x N). Zeros by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        y, shape (batch, J), or (batch, time, J) with `return_sequences`; with `return_hidden` followed by h of the
        same kind; with `return_state` followed by the last states.

    Example:
        >>> import numpy as np
        >>> layer = NARX(units=5, output_units=2, output_delays=3, return_sequences=True, return_state=True)
        >>> output, past_outputs = layer(np.ones((6, 7, 4)))
        >>> tuple(output.shape), tuple(past_outputs.shape)
        ((6, 7, 2), (6, 6))
    """

    cell_class = NARXCell
    v, omega, set_matrices = of_cell("v"), of_cell("omega"), of_cell("set_matrices")

    def __init__(self, units: int, output_units: int, *args: Any, **arguments: Unpack[NARXArguments]) -> None:
        super().__init__(units, output_units, *args, **arguments)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        super().build(sequences_shape, initial_state_shape)
        self.state_size = self.cell.state_size
