r"""The continuous-time recurrent network: a differential equation, taken from one sample to the next."""

from functools import partial
from numbers import Real
from typing import Any, Unpack

import numpy as np
from keras import ops

from rnnkit._checks import positive_integer, positive_number
from rnnkit.layers.arguments import CTRNNArguments, KerasArguments
from rnnkit.layers.base import RecurrentCell, RecurrentLayer, register
from rnnkit.layers.fused.layer import FastLoop, by_own_lines, with_slopes

# By method: the step, in units of τ, up to which x = 0 is stable for τ dx/dt = −x. Runge and Kutta's is the root of
# 1 − a + a²/2 − a³/6 + a⁴/24 = 1.
_STABLE_STEPS = {"euler": 2.0, "rk4": 2.785293563405282}


@register
class CTRNNCell(RecurrentCell):
    r"""One sampling interval dt of a network in continuous time.

    For N units x, M inputs u that keep their value during an interval, and steps of δ = dt / substeps:

    $$h = U u + b \tag{1}$$
    $$\tau \frac{dx}{dt} = -x + W\sigma(x) + h \tag{2}$$
    $$x(t + \delta) = x + \delta f(x) \tag{3, Euler}$$
    $$k_1 = f(x) \tag{4}$$
    $$k_2 = f(x + \tfrac{\delta}{2} k_1) \tag{5}$$
    $$k_3 = f(x + \tfrac{\delta}{2} k_2) \tag{6}$$
    $$k_4 = f(x + \delta k_3) \tag{7}$$
    $$x(t + \delta) = x + \tfrac{\delta}{6} (k_1 + 2 k_2 + 2 k_3 + k_4) \tag{8, Runge and Kutta}$$

    f is dx/dt of (2), the lecture's equation, which has no number there; its h is a constant, which (1) makes an
    input's. Euler's error falls with δ, Runge and Kutta's with δ⁴, as long as the activation is smooth. With
    dt = τ Euler's step is the discrete network x ← Wσ(x) + h. `kernel` (M, N) is Uᵀ, `recurrent_kernel` (N, N) is
    Wᵀ, `bias` (N,) is b.

    Args:
        units: N.
        tau: τ, in the units of dt: a positive number, or one for each unit.
        dt: time between two samples of the sequence.
        method: "euler" or "rk4".
        substeps: how many steps an interval is divided into.
        trainable_tau: make τ a weight; `log_tau` (N,) is kept, so that τ stays positive. Have δ well below every τ
            that may come out: a τ near δ is fitted to the method's error.
        activation: σ.
        use_bias: whether b is there.
        kernel_initializer, recurrent_initializer, bias_initializer: as in Keras, for the weights named above;
            likewise the regularizers and constraints.
        dropout, recurrent_dropout: fraction of inputs and of fed-back σ(x) dropped in training. The leak −x never is.
        seed: for dropout.

    Call arguments:
        sequence: shape (batch, M), the inputs during this interval.
        states: list of one tensor, x at the start of the interval, shape (batch, N).
        training: whether dropout applies.

    Returns:
        x at the end of the interval, shape (batch, N), and the list of the same.

    Raises:
        ValueError: units or substeps that are not a positive integer, a τ or dt that is not positive and finite, a
            number of τ that is not units, an unknown method, activation, initializer, regularizer or constraint, a
            dropout outside [0, 1). Also a step δ so long that even −x/τ alone would grow without bound: above 2τ for
            Euler, 2.785τ for Runge and Kutta. A trained τ is not checked again.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020), after K. Funahashi and Y. Nakamura (1993), theorem 2,
        which approximates trajectories over a finite time.

    Example:
        >>> import keras, numpy as np
        >>> cell = CTRNNCell(2, tau=[1.0, 4.0], dt=0.1, method="rk4", recurrent_initializer="zeros")
        >>> x, _ = cell(np.zeros((1, 3)), [np.ones((1, 2))])
        >>> bool(np.allclose(keras.ops.convert_to_numpy(x), np.exp([[-0.1, -0.1 / 4]])))
        True
    """

    def __init__(
        self,
        units: int,
        tau: Any = 1.0,
        dt: float = 1.0,
        method: str = "euler",
        substeps: int = 1,
        trainable_tau: bool = False,
        activation: Any = "tanh",
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
        **kwargs: Unpack[KerasArguments],
    ) -> None:
        units, substeps = positive_integer("units", units), positive_integer("substeps", substeps)
        tau, dt = _time_constants(tau, units), positive_number("dt", dt)
        _check_step(dt / substeps, tau, method)
        super().__init__(
            units=units,
            tau=tau,
            dt=dt,
            method=method,
            substeps=substeps,
            trainable_tau=trainable_tau,
            activation=activation,
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
            **kwargs,
        )
        self.state_size = [self.units]
        self.output_size = self.units

    def build(self, input_shape: Any) -> None:
        n = self.units
        self.kernel = self._add("kernel", (input_shape[-1], n), "kernel")
        self.recurrent_kernel = self._add("recurrent_kernel", (n, n), "recurrent")
        self.bias = self._add("bias", (n,), "bias") if self.use_bias else None
        if self.trainable_tau:
            log_tau = np.log(np.broadcast_to(self.tau, (n,)))
            self.log_tau = self.add_weight(name="log_tau", shape=(n,), initializer=_constant(log_tau))

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        x = states[0]
        u, kept = self._after_dropout(sequence, ops.ones_like(x), training)
        W, b, sigma = self.recurrent_kernel, self.bias if self.use_bias else 0.0, self.activation
        tau = ops.exp(self.log_tau) if self.trainable_tau else ops.convert_to_tensor(self.tau, dtype=x.dtype)

        h = self.inputs.product(self, u) + b  # (1)

        def f(x: Any) -> Any:
            return (-x + self.dot(kept * sigma(x), W) + h) / tau  # (2)

        step = _STEPS[self.method]
        for _ in range(self.substeps):
            x = step(f, x, self.dt / self.substeps)
        return x, [x]

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state: x itself."""
        return states[0]

    def fast_loop(self) -> FastLoop:
        """What the fast loop needs; on TensorFlow."""
        sloped = with_slopes([self.activation])
        if self.method != "euler" or self.substeps > 1 or sloped is None:
            return by_own_lines(self, [self.activation])
        from rnnkit.layers.fused.ctrnn import EulerPasses

        tau = ops.exp(self.log_tau) if self.trainable_tau else ops.convert_to_tensor(self.tau, dtype=self.compute_dtype)
        rate = ops.broadcast_to(self.dt / tau, (self.units,))
        passes = partial(EulerPasses, sloped, self.trainable_tau)
        return FastLoop(passes, [], [self.inputs.kernel(self), self.bias, self.recurrent_kernel, rate])


def _euler(f: Any, x: Any, delta: float) -> Any:
    return x + delta * f(x)  # (3)


def _rk4(f: Any, x: Any, delta: float) -> Any:
    k1 = f(x)  # (4)
    k2 = f(x + delta / 2 * k1)  # (5)
    k3 = f(x + delta / 2 * k2)  # (6)
    k4 = f(x + delta * k3)  # (7)
    return x + delta / 6 * (k1 + 2 * k2 + 2 * k3 + k4)  # (8)


_STEPS = {"euler": _euler, "rk4": _rk4}


def _time_constants(tau: Any, units: int) -> float | list[float]:
    """τ as a float or, one a unit, as a list, both of which a configuration can hold."""
    if isinstance(tau, Real):
        return positive_number("tau", tau)
    values = [positive_number("tau", value) for value in np.ravel(tau).tolist()]
    if len(values) != units or np.ndim(tau) != 1:
        raise ValueError(f"tau: expected a number or {units} of them, one a unit, received shape {np.shape(tau)}.")
    return values


def _check_step(delta: float, tau: float | list[float], method: str) -> None:
    if method not in _STABLE_STEPS:
        raise ValueError(f"method: expected one of {', '.join(_STABLE_STEPS)}, received {method!r}.")
    limit, shortest = _STABLE_STEPS[method], float(np.min(tau))
    if delta > limit * shortest:
        raise ValueError(
            f"dt: expected dt / substeps of at most {limit:.4g} tau = {limit * shortest:.4g} for method={method!r}, "
            f"received {delta:.4g}. Longer steps grow without bound. Raise substeps, or lower dt."
        )


def _constant(values: np.ndarray) -> Any:
    return lambda shape, dtype=None: ops.convert_to_tensor(values, dtype=dtype)


@register
class CTRNN(RecurrentLayer):
    """A continuous-time network over a sequence of samples dt apart. See `CTRNNCell` for equations and arguments.

    Args: those of `CTRNNCell`, then
        fused: "auto" for the compiled loop, on TensorFlow, in `fit` and other graphs; False for the readable loop,
            which second derivatives need; True for a ValueError where the compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`.

    Call arguments:
        sequences: shape (batch, time, M).
        initial_state: list of one tensor, x at the start, shape (batch, N). Zeros by default.
        mask: shape (batch, time), booleans; intervals that are False are skipped: no time passes.
        training: whether dropout applies.

    Returns:
        x at the end of the last interval, shape (batch, N), or of every interval, (batch, time, N), with
        `return_sequences`; with `return_state` followed by the last x, shape (batch, N).

    Example:
        >>> import numpy as np
        >>> layer = CTRNN(3, tau=[1.0, 2.0, 5.0], dt=0.5, trainable_tau=True, return_sequences=True)
        >>> tuple(layer(np.ones((5, 7, 4))).shape), len(layer.trainable_weights)
        ((5, 7, 3), 4)
    """

    cell_class = CTRNNCell

    def __init__(self, units: int, *args: Any, **arguments: Unpack[CTRNNArguments]) -> None:
        super().__init__(units, *args, **arguments)
