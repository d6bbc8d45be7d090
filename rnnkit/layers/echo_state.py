r"""The echo state network: a fixed random reservoir of leaky units, and a readout that alone is trained."""

from typing import Any, Unpack

import keras
import numpy as np
import scipy.sparse as sparse
from keras import ops

from rnnkit._checks import fraction, number, positive_integer
from rnnkit.layers.arguments import EchoStateArguments, KerasArguments
from rnnkit.layers.base import RecurrentCell, RecurrentLayer, register
from rnnkit.reservoirs.matrices import wiring, with_spectral_radius


@register
class EchoStateCell(RecurrentCell):
    r"""One time step of an echo state network: leaky units with fixed weights, and a readout.

    For M inputs u, N units x and J outputs y, with g linear by default:

    $$x(k) = (1 - \alpha)\,x(k-1) + \alpha f\big(u(k)\,V + x(k-1)\,W + y(k-1)\,B + b\big) \tag{1}$$
    $$y(k) = g\big(x(k)\,\Omega + \omega_0\big) \tag{2}$$

    V, W, B and b are drawn once and never trained; B is there with `feedback`. W is scaled so that the state Jacobian
    at rest has a given spectral radius ρ(J), which the lecture sets close to 1, the edge of stability:

    $$J = \frac{\partial x(k)}{\partial x(k-1)} = (1 - \alpha)\,I + \alpha\,W^\top$$

    which `rnnkit.reservoirs.jacobian_at_rest` computes.

    `kernel` (M, N) is V, `recurrent_kernel` W, `feedback_kernel` (J, N) B, `bias` (N,) b; trained are
    `output_kernel` (N, J), Ω, and `output_bias` (J,), ω₀, by gradients or by `rnnkit.layers.fit_readout`, which
    solves for them. With `connections`, W is sparse, so that 10,000 units fit: `recurrent_kernel` (connections, N)
    holds for each unit the weights of the units it hears, whose numbers are in `heard`, of the same shape.

    Args:
        units: N.
        output_units: J.
        leak: α, above 0, at most 1.
        spectral_radius: ρ(J), above 1 − α. None leaves W as its initializer gave it.
        connections: how many units each unit hears. None for all, a dense W.
        feedback: whether the output is fed back. In `fit` it is the network's own, since no target is seen here;
            `fit_readout` feeds back the targets.
        activation: f. J is right for one with slope 1 at 0.
        output_activation: g.
        use_bias: whether b and ω₀ are there.
        kernel_initializer, recurrent_initializer, feedback_initializer, bias_initializer, output_initializer: as in
            Keras, for the weights named above. ω₀ starts at 0. None, for the first three, is uniform in [−1, 1] for V
            and B, normal for W, by `seed`.
        output_regularizer, output_constraint: as in Keras, for Ω and ω₀. What is fixed has none.
        dropout, recurrent_dropout: fraction of inputs, and of x(k−1) in the product with W, dropped in training.
        seed: for dropout, for which units hear which, and for initializers that are None.
        return_hidden: the cell's output is [y x] rather than y; the layer `EchoState` takes it apart again.

    Call arguments:
        sequence: shape (batch, M), the inputs of this time step.
        states: list of the previous x, shape (batch, N), and with `feedback` the previous y, shape (batch, J).
        training: whether dropout applies.

    Returns:
        y, shape (batch, J), and the list of the new states.

    Raises:
        ValueError: a size that is not a positive integer, more connections than units, a leak outside (0, 1], a
            spectral radius of 1 − α or less, an unknown activation, initializer, regularizer or constraint, a
            dropout outside [0, 1).

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), reservoir computing; H. Jaeger, The "echo state" approach (2001), with
        his C and a in α = C a and W / a.

    Example:
        >>> import numpy as np
        >>> cell = EchoStateCell(20, 2, leak=0.5, seed=0)
        >>> y, [x] = cell(np.ones((5, 3)), [np.zeros((5, 20))])
        >>> tuple(y.shape), [w.name for w in cell.trainable_weights]
        ((5, 2), ['output_kernel', 'output_bias'])
    """

    def __init__(
        self,
        units: int,
        output_units: int,
        leak: float = 1.0,
        spectral_radius: float | None = 0.95,
        connections: int | None = None,
        feedback: bool = False,
        activation: Any = "tanh",
        output_activation: Any = "linear",
        use_bias: bool = True,
        kernel_initializer: Any = None,
        recurrent_initializer: Any = None,
        feedback_initializer: Any = None,
        bias_initializer: Any = "zeros",
        output_initializer: Any = "zeros",
        output_regularizer: Any = None,
        output_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_hidden: bool = False,
        **kwargs: Unpack[KerasArguments],
    ) -> None:
        units, output_units = positive_integer("units", units), positive_integer("output_units", output_units)
        _check(units, leak, spectral_radius, connections)
        streams = [None] * 3 if seed is None else np.random.SeedSequence(seed).generate_state(3).tolist()
        uniform, normal = keras.initializers.RandomUniform, keras.initializers.RandomNormal
        kernel_initializer = kernel_initializer or uniform(-1.0, 1.0, seed=streams[0])
        recurrent_initializer = recurrent_initializer or normal(0.0, 1.0, seed=streams[1])
        feedback_initializer = feedback_initializer or uniform(-1.0, 1.0, seed=streams[2])
        super().__init__(
            units=units,
            output_units=output_units,
            leak=leak,
            spectral_radius=spectral_radius,
            connections=connections,
            feedback=feedback,
            activation=activation,
            output_activation=output_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            feedback_initializer=feedback_initializer,
            bias_initializer=bias_initializer,
            output_initializer=output_initializer,
            output_regularizer=output_regularizer,
            output_constraint=output_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            return_hidden=return_hidden,
            **kwargs,
        )
        self.state_size = [units, output_units] if feedback else [units]
        self.output_size = output_units + (units if return_hidden else 0)

    @property
    def extras(self) -> list[Any]:
        return [self.units] if self.return_hidden else []

    def build(self, input_shape: Any) -> None:
        n, outputs, rows = self.units, self.output_units, self.connections or self.units
        self.heard = None
        if self.connections is not None:
            self.heard = self.add_weight(
                name="heard", shape=(rows, n), dtype="int32", initializer=self._wiring, trainable=False
            )
        self.kernel = self._fixed("kernel", (input_shape[-1], n), self.kernel_initializer)
        self.recurrent_kernel = self._fixed("recurrent_kernel", (rows, n), self._scaled)
        self.feedback_kernel = (
            self._fixed("feedback_kernel", (outputs, n), self.feedback_initializer) if self.feedback else None
        )
        self.bias = self._fixed("bias", (n,), self.bias_initializer) if self.use_bias else None
        self.output_kernel = self._add("output_kernel", (n, outputs), "output")
        self.output_bias = (
            self._add("output_bias", (outputs,), "output", initializer="zeros") if self.use_bias else None
        )

    def _fixed(self, name: str, shape: tuple[int, ...], initializer: Any) -> Any:
        return self.add_weight(name=name, shape=shape, initializer=initializer, trainable=False)

    def _wiring(self, shape: Any, dtype: Any = None) -> Any:
        seed = keras.random.randint((), 0, 2**31 - 1, seed=self.seed)
        return ops.convert_to_tensor(wiring(self.units, shape[0], int(ops.convert_to_numpy(seed))), dtype=dtype)

    def _scaled(self, shape: Any, dtype: Any = None) -> Any:
        values = ops.convert_to_numpy(ops.cast(self.recurrent_initializer(shape, dtype=dtype), "float32"))
        if self.spectral_radius is None:
            return ops.convert_to_tensor(values, dtype=dtype)
        matrix = as_matrix(values, self.heard)
        scaled = with_spectral_radius(matrix, self.spectral_radius, self.leak)
        first = np.flatnonzero(values)[0]
        row, column = np.unravel_index(first, values.shape)
        source = row if self.heard is None else int(ops.convert_to_numpy(self.heard)[row, column])
        return ops.convert_to_tensor(values * (scaled[source, column] / matrix[source, column]), dtype=dtype)

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        x = states[0]
        u, heard = self._after_dropout(sequence, x, training)
        f, g, alpha, V, Omega = self.activation, self.output_activation, self.leak, self.kernel, self.output_kernel
        xW, yB = self._from_units(heard), ops.matmul(states[1], self.feedback_kernel) if self.feedback else 0.0
        b, omega_0 = (self.bias, self.output_bias) if self.use_bias else (0.0, 0.0)

        x = (1 - alpha) * x + alpha * f(ops.matmul(u, V) + xW + yB + b)  # (1)
        y = g(ops.matmul(x, Omega) + omega_0)  # (2)
        return ops.concatenate([y, x], axis=-1) if self.return_hidden else y, [x, y] if self.feedback else [x]

    def _from_units(self, x: Any) -> Any:
        """x W, by the list of who hears whom where W is sparse."""
        if self.heard is None:
            return ops.matmul(x, self.recurrent_kernel)
        return ops.sum(ops.take(x, self.heard, axis=-1) * self.recurrent_kernel, axis=-2)

    def readout(self, states: Any) -> Any:
        """The output that belongs to states: y of x."""
        y = ops.matmul(states[0], self.output_kernel)
        y = self.output_activation(y if self.output_bias is None else y + self.output_bias)
        return ops.concatenate([y, states[0]], axis=-1) if self.return_hidden else y


def as_matrix(values: Any, heard: Any) -> Any:
    """W, shape (N, N), from the weights and, for a sparse one, the numbers of the units heard; in NumPy or SciPy."""
    values = np.asarray(ops.convert_to_numpy(values), dtype=float)
    if heard is None:
        return values
    rows = np.asarray(ops.convert_to_numpy(heard))
    columns = np.broadcast_to(np.arange(rows.shape[1]), rows.shape)
    return sparse.csr_array((values.ravel(), (rows.ravel(), columns.ravel())), shape=(rows.shape[1],) * 2)


def _check(units: int, leak: Any, spectral_radius: Any, connections: Any) -> None:
    rest = 1 - fraction("leak", leak, zero=False)
    if spectral_radius is not None:
        expected = f"None or a number above 1 - leak = {rest:.4g}"
        number("spectral_radius", spectral_radius, above=rest, expected=expected)
    if connections is not None and positive_integer("connections", connections) > units:
        raise ValueError(f"connections: expected at most units={units}, received {connections}.")


@register
class EchoState(RecurrentLayer):
    """An echo state network over a sequence. See `EchoStateCell` for the equations and the arguments.

    Args: those of `EchoStateCell`, then
        return_hidden: return the reservoir's x too, directly after the output.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, M).
        initial_state: list of x, shape (batch, N), and with `feedback` of y, shape (batch, J), before the first step.
            Zeros by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: whether dropout applies.

    Returns:
        y, shape (batch, J), or (batch, time, J) with `return_sequences`; with `return_hidden` followed by x of the
        same kind; with `return_state` followed by the last states.

    Example:
        >>> import numpy as np
        >>> layer = EchoState(10_000, 2, connections=10, spectral_radius=None, return_sequences=True)
        >>> tuple(layer(np.ones((5, 7, 4))).shape), len(layer.trainable_weights)
        ((5, 7, 2), 2)
    """

    cell_class = EchoStateCell

    def __init__(self, units: int, output_units: int, *args: Any, **arguments: Unpack[EchoStateArguments]) -> None:
        super().__init__(units, output_units, *args, **arguments)
