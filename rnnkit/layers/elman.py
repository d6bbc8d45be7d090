r"""Elman's recurrent network: the hidden layer sees its own previous activations."""

from typing import Any, Unpack

from rnnkit.layers._output_layer import OutputLayerCell, block_product
from rnnkit.layers.arguments import ElmanArguments, OutputLayerCellArguments
from rnnkit.layers.base import RecurrentLayer, of_cell, register
from rnnkit.layers.fused.stated import FastLoop


@register
class ElmanCell(OutputLayerCell):
    r"""One time step of Elman's network, a hidden layer followed by an output layer.

    For a batch of I examples with N features, K hidden and J output units:

    $$\bar X = [\mathbf 1 \; X \; {}^{(t-1)}F] \tag{2}$$
    $$\bar{\bar X} = \bar X\, v \tag{3}$$
    $$F = \sigma(\bar{\bar X}) \tag{4}$$
    $$\bar F = [\mathbf 1 \; F] \tag{5}$$
    $$\bar{\bar F} = \bar F\, \omega \tag{6}$$
    $$G = \sigma(\bar{\bar F}) \tag{7}$$

    The rows of v are kept as `bias` (1, K), `kernel` (N, K) and `recurrent_kernel` (K, K), those of ω as
    `output_bias` (1, J) and `output_kernel` (K, J), so that each can have its own initializer, regularizer and
    constraint. `v` and `omega` show them as the lecture writes them.

    Args:
        units: K, hidden units.
        output_units: J, output units.
        activation: σ in (4), the hidden layer's. The lecture's logistic function by default.
        output_activation: σ in (7), the output layer's.
        use_bias: whether the column of ones is there.
        kernel_initializer, recurrent_initializer, output_initializer, bias_initializer: as in Keras, for the parts
            of v and ω named above; likewise the regularizers and constraints. Both biases share the bias's.
        dropout, recurrent_dropout: fraction of inputs and of fed-back units dropped in training.
        seed: for dropout.
        return_hidden: the cell's output is [G F] rather than G; the layer `Elman` takes it apart again.
        input_dim: N, for input of token ids, integers from 0 to N − 1, each of which stands for its one-hot code: the
            input product is a row of `kernel`, looked up. By default the input is floats.

    Call arguments:
        sequence: shape (batch, N), the inputs of this time step; with `input_dim` ids, shape (batch,) or (batch, 1).
        states: list of one tensor, shape (batch, K): the previous F.
        training: whether dropout applies.

    Returns:
        Output G, shape (batch, J), and the list of the new F, shape (batch, K).

    Raises:
        ValueError: a size that is not a positive integer, an unknown activation, initializer, regularizer or
            constraint, a dropout outside [0, 1).

    Source:
        J. Y. Jun, Feedback Neural Networks (2019), equations (1)-(7); J. L. Elman, Finding Structure in Time (1990).

    Example:
        >>> import numpy as np
        >>> cell = ElmanCell(units=3, output_units=2)
        >>> output, [hidden] = cell(np.ones((5, 4)), [np.zeros((5, 3))])
        >>> tuple(output.shape), tuple(hidden.shape), tuple(cell.v.shape), tuple(cell.omega.shape)
        ((5, 2), (5, 3), (8, 3), (4, 2))
    """

    def __init__(
        self,
        units: int,
        output_units: int,
        activation: Any = "sigmoid",
        output_activation: Any = "sigmoid",
        *args: Any,
        input_dim: int | None = None,
        **kwargs: Unpack[OutputLayerCellArguments],
    ) -> None:
        super().__init__(units, output_units, activation, output_activation, *args, input_dim=input_dim, **kwargs)

    @property
    def state_size(self) -> int:
        return self.units

    def build(self, input_shape: Any) -> None:
        self._build(features=self.inputs.features(input_shape), feedback=self.units)

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        x, f = self._after_dropout(sequence, states[0], training)
        v = [self.bias, self.inputs.kernel(self), self.recurrent_kernel]
        omega = [self.output_bias, self.output_kernel]

        x_bar = [1, x, f]  # (2)
        x_bar_v = block_product(x_bar, v)  # (3)
        f = self.activation(x_bar_v)  # (4)
        f_bar = [1, f]  # (5)
        f_bar_omega = block_product(f_bar, omega)  # (6)
        g = self.output_activation(f_bar_omega)  # (7)
        return self._emit(g, f), [f]

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: G of F. Shape (..., K) gives (..., J)."""
        f = states[0]
        g = self.output_activation(block_product([1, f], [self.output_bias, self.output_kernel]))
        return self._emit(g, f)

    def fast_loop(self) -> FastLoop:
        """What the fast loop needs; on TensorFlow."""
        from rnnkit.layers.fused.rnn import HiddenPasses

        weights = [self.inputs.kernel(self), self.bias, self.recurrent_kernel]
        return FastLoop(HiddenPasses, [self.activation], weights)


@register
class Elman(RecurrentLayer):
    """Elman's recurrent network over a sequence. See `ElmanCell` for the equations and the arguments.

    Args: those of `ElmanCell`, then
        return_hidden: return the hidden layer F too, directly after the output.
        fused: "auto" for the compiled loop with its gradient written by hand, on TensorFlow, in `fit` and other
            graphs; False for the readable loop, which second derivatives need; True for a ValueError where the
            compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, N); with `input_dim` integers, shape (batch, time).
        initial_state: list of one tensor, shape (batch, K): F before the first step. Zeros by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        G, shape (batch, J), or (batch, time, J) with `return_sequences`; with `return_hidden` followed by F of the
        same kind; with `return_state` followed by the last F, shape (batch, K).

    Example:
        >>> import numpy as np
        >>> layer = Elman(units=3, output_units=2, return_sequences=True, return_hidden=True)
        >>> output, hidden = layer(np.ones((5, 7, 4)))
        >>> tuple(output.shape), tuple(hidden.shape)
        ((5, 7, 2), (5, 7, 3))
    """

    cell_class = ElmanCell
    v, omega, set_matrices = of_cell("v"), of_cell("omega"), of_cell("set_matrices")

    def __init__(self, units: int, output_units: int, *args: Any, **arguments: Unpack[ElmanArguments]) -> None:
        super().__init__(units, output_units, *args, **arguments)
