r"""Jordan's recurrent network: the hidden layer sees the network's previous output."""

from functools import partial
from typing import Any, Unpack

from rnnkit._checks import fraction
from rnnkit.layers._output_layer import OutputLayerCell, block_product
from rnnkit.layers.arguments import JordanArguments, OutputLayerCellArguments
from rnnkit.layers.base import RecurrentLayer, of_cell, register
from rnnkit.layers.fused.stated import FastLoop


@register
class JordanCell(OutputLayerCell):
    r"""One time step of Jordan's network, a hidden layer followed by an output layer that is fed back.

    For a batch of I examples with N features, K hidden and J output units, and a context S that is the previous
    output, or with a decay α a fading sum of all previous outputs:

    $$\bar X = [\mathbf 1 \; X \; {}^{(t-1)}S] \tag{9}$$
    $$\bar{\bar X} = \bar X\, v \tag{10}$$
    $$F = \sigma(\bar{\bar X}) \tag{11}$$
    $$\bar F = [\mathbf 1 \; F] \tag{12}$$
    $$\bar{\bar F} = \bar F\, \omega \tag{13}$$
    $$G = \sigma(\bar{\bar F}) \tag{14}$$
    $${}^{(t)}S = \alpha\,{}^{(t-1)}S + G \tag{15}$$

    The lecture has α = 0, hence S = G; (15) is Jordan's own addition and is not numbered in the lecture.
    The rows of v are kept as `bias` (1, K), `kernel` (N, K) and `recurrent_kernel` (J, K), those of ω as
    `output_bias` (1, J) and `output_kernel` (K, J). `v` and `omega` show them as the lecture writes them.

    Args:
        units: K, hidden units.
        output_units: J, output units, which are also the context units.
        decay: α in (15), at least 0 and below 1.
        The others are those of `ElmanCell`; `recurrent_...` belongs to the weights from the context.

    Call arguments:
        sequence: shape (batch, N), the inputs of this time step; with `input_dim` ids, shape (batch,) or (batch, 1).
        states: list of the previous G, shape (batch, J); with a decay, of the previous G and S, both (batch, J).
        training: whether dropout applies.

    Returns:
        Output G, shape (batch, J), and the list of new states.

    Raises:
        ValueError: a size that is not a positive integer, an unknown activation, initializer, regularizer or
            constraint, a decay or dropout outside [0, 1).

    Source:
        J. Y. Jun, Feedback Neural Networks (2019), equations (8)-(14); M. I. Jordan, Serial Order (1986).

    Example:
        >>> import numpy as np
        >>> cell = JordanCell(units=3, output_units=2)
        >>> output, [fed_back] = cell(np.ones((5, 4)), [np.zeros((5, 2))])
        >>> tuple(output.shape), bool(np.all(np.asarray(output) == np.asarray(fed_back))), tuple(cell.v.shape)
        ((5, 2), True, (7, 3))
    """

    def __init__(
        self,
        units: int,
        output_units: int,
        activation: Any = "sigmoid",
        output_activation: Any = "sigmoid",
        *args: Any,
        decay: float = 0.0,
        input_dim: int | None = None,
        **kwargs: Unpack[OutputLayerCellArguments],
    ) -> None:
        super().__init__(
            units,
            output_units,
            activation,
            output_activation,
            *args,
            decay=fraction("decay", decay, one=False),
            input_dim=input_dim,
            **kwargs,
        )

    @property
    def state_size(self) -> Any:
        return [self.output_units, self.output_units] if self.decay else self.output_units

    def build(self, input_shape: Any) -> None:
        self._build(features=self.inputs.features(input_shape), feedback=self.output_units)

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        x, s = self._after_dropout(sequence, states[-1], training)
        v = [self.bias, self.inputs.kernel(self), self.recurrent_kernel]
        omega = [self.output_bias, self.output_kernel]

        x_bar = [1, x, s]  # (9)
        x_bar_v = block_product(x_bar, v)  # (10)
        f = self.activation(x_bar_v)  # (11)
        f_bar = [1, f]  # (12)
        f_bar_omega = block_product(f_bar, omega)  # (13)
        g = self.output_activation(f_bar_omega)  # (14)
        if not self.decay:
            return self._emit(g, f), [g]
        s = self.decay * states[-1] + g  # (15)
        return self._emit(g, f), [g, s]

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: the state's own first part.

        Raises:
            ValueError: with `return_hidden`, since the hidden layer is not a function of the state.
        """
        if self.return_hidden:
            raise ValueError(
                "return_hidden: expected False, received True: a Jordan net's state does not tell its hidden layer."
            )
        return states[0]

    def fast_loop(self) -> FastLoop:
        """What the fast loop needs; on TensorFlow."""
        from rnnkit.layers.fused.rnn import JordanPasses

        passes = partial(JordanPasses, decay=self.decay)
        weights = [self.inputs.kernel(self), self.bias, self.recurrent_kernel, self.output_kernel, self.output_bias]
        needs = {"return_hidden=False, on a Jordan net": not self.return_hidden}
        return FastLoop(passes, [self.activation, self.output_activation], weights, needs)


@register
class Jordan(RecurrentLayer):
    """Jordan's recurrent network over a sequence. See `JordanCell` for the equations and the arguments.

    Args: those of `JordanCell`, then
        return_hidden: return the hidden layer F too, directly after the output.
        fused: "auto" for the compiled loop with its gradient written by hand, on TensorFlow, in `fit` and other
            graphs; False for the readable loop, which second derivatives need; True for a ValueError where the
            compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, N); with `input_dim` integers, shape (batch, time).
        initial_state: list of one tensor, shape (batch, J): the output before the first step; with a decay, of the
            output and the context. Zeros by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        G, shape (batch, J), or (batch, time, J) with `return_sequences`; with `return_hidden` followed by F of the
        same kind; with `return_state` followed by the last states, each (batch, J).

    Example:
        >>> import numpy as np
        >>> layer = Jordan(units=3, output_units=2, decay=0.5, return_state=True)
        >>> output, last_output, context = layer(np.ones((5, 7, 4)))
        >>> tuple(output.shape), tuple(context.shape)
        ((5, 2), (5, 2))
    """

    cell_class = JordanCell
    v, omega, set_matrices = of_cell("v"), of_cell("omega"), of_cell("set_matrices")

    def __init__(self, units: int, output_units: int, *args: Any, **arguments: Unpack[JordanArguments]) -> None:
        super().__init__(units, output_units, *args, **arguments)
