"""Elman, Jordan and output-feedback nets in NumPy, step by step, with the sensitivities of all units by all weights."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from rnnkit.layers import ElmanCell, JordanCell, OutputFeedbackCell

Derivative = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * z)


# Keras's name: v = f(z), and f' as a function of z and v.
ACTIVATIONS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Derivative]] = {
    "linear": (lambda z: z, lambda z, v: np.ones_like(z)),
    "sigmoid": (_sigmoid, lambda z, v: v * (1.0 - v)),
    "tanh": (np.tanh, lambda z, v: 1.0 - v * v),
    "relu": (lambda z: np.maximum(z, 0.0), lambda z, v: (z > 0.0) * 1.0),
    "elu": (lambda z: np.where(z > 0.0, z, np.expm1(np.minimum(z, 0.0))), lambda z, v: np.where(z > 0.0, 1.0, v + 1.0)),
    "softplus": (lambda z: np.logaddexp(z, 0.0), lambda z, v: _sigmoid(z)),
    "softsign": (lambda z: z / (1.0 + np.abs(z)), lambda z, v: 1.0 / (1.0 + np.abs(z)) ** 2),
    "exponential": (np.exp, lambda z, v: v),
}

# What the rows of each weight belong to: the constant 1, input x, hidden units h, fed-back outputs s.
# The output layer sees h of the same step, all else that is fed back is of the step before.
_OUTPUT_SEES = {"output_bias": "1", "output_kernel": "h"}
_WIRES = {
    ElmanCell: ({"bias": "1", "kernel": "x", "recurrent_kernel": "h"}, _OUTPUT_SEES),
    JordanCell: ({"bias": "1", "kernel": "x", "recurrent_kernel": "s"}, _OUTPUT_SEES),
    OutputFeedbackCell: (
        {"bias": "1", "kernel": "x", "recurrent_kernel": "h", "feedback_kernel": "s"},
        {"output_bias": "1", "skip_kernel": "x", "output_kernel": "h", "output_feedback_kernel": "s"},
    ),
}
# Options of a layer, and what they must be, for the trainers to compute what the layer would.
_PLAIN = {
    "dropout": (0.0, "the sensitivities are those of the net without it"),
    "recurrent_dropout": (0.0, "the sensitivities are those of the net without it"),
    "input_dim": (None, "give the ids as one-hot codes"),
    "go_backwards": (False, "reverse the sequences"),
    **{
        f"{weight}_{kind}": (None, "its part in training is not known here")
        for weight in ("kernel", "recurrent", "output", "bias")
        for kind in ("regularizer", "constraint")
    },
}


class _Layer:
    """The hidden or the output layer. Its matrix, a view into the flat vector, has a row a unit, a column a source."""

    def __init__(self, cell: Any, wires: dict[str, str], activation: str) -> None:
        self.weights = {name: getattr(cell, name) for name in wires if getattr(cell, name) is not None}
        self.sources = [wires[name] for name in self.weights]
        ends = np.cumsum([1 if len(w.shape) == 1 else w.shape[0] for w in self.weights.values()]).tolist()
        self.columns = [slice(*pair) for pair in zip([0, *ends], ends, strict=False)]
        self.units, self.fan_in = int(next(iter(self.weights.values())).shape[-1]), ends[-1]
        self.function, self.derivative = _activation(activation, getattr(cell, activation))

    def look_at(self, flat: np.ndarray, entries: slice) -> None:
        self.entries = entries
        self.matrix = flat[entries].reshape(self.units, self.fan_in)
        self.from_source = {
            source: self.matrix[:, columns]
            for source, columns in zip(self.sources, self.columns, strict=True)
            if source in ("h", "s")
        }

    def step(self, values: dict[str, np.ndarray], by_w: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Activations v, (batch, units), and ∂v/∂w, (batch, units, weights), from the sources' values and ∂u/∂w."""
        u = np.concatenate([values[source] for source in self.sources], axis=1)
        z = u @ self.matrix.T  # (1)
        v = self.function(z)  # (2)
        first, *others = self.from_source.items()
        through_u = first[1] @ by_w[first[0]]  # Σ_j w_ij ∂u_j/∂w_pq
        for source, matrix in others:
            through_u += matrix @ by_w[source]
        direct = np.zeros_like(through_u)  # δ_ip u_q
        own = direct[:, :, self.entries].reshape(len(u), self.units, self.units, self.fan_in)
        np.einsum("biiq->biq", own)[...] = u[:, None, :]
        v_by_w = self.derivative(z, v)[:, :, None] * (through_u + direct)  # (3)
        return v, v_by_w


class ForwardNet:
    """A net's weights as one flat float64 vector, its states, and their derivatives by that vector.

    The vector holds unit after unit, hidden units first, each with all its incoming weights. Attributes during a run:
    states `h`, `s` (batch, size), and `h_by_w`, `y_by_w`, `s_by_w` (batch, size, weights).

    Args:
        layer: Elman, Jordan or OutputFeedback layer or cell with its weights built.

    Raises:
        ValueError: another layer, one without weights or with options of which nothing is known here.
    """

    def __init__(self, layer: Any) -> None:
        self.cell = _checked(layer)
        hidden, output = _WIRES[type(self.cell)]
        self.hidden = _Layer(self.cell, hidden, "activation")
        self.output = _Layer(self.cell, output, "output_activation")
        self.decay = getattr(self.cell, "decay", 0.0)
        fan_in = [part.fan_in for part in (self.hidden, self.output) for _ in range(part.units)]
        self.unit_of_weight = np.repeat(np.arange(len(fan_in)), fan_in)
        self.weights = np.zeros(len(self.unit_of_weight))
        border = self.hidden.units * self.hidden.fan_in
        self.hidden.look_at(self.weights, slice(0, border))
        self.output.look_at(self.weights, slice(border, None))
        self.feeds_output_back = "s" in (*self.hidden.sources, *self.output.sources)
        self._entries = [*self._entries_of(self.hidden), *self._entries_of(self.output)]
        self.trainable = np.zeros(len(self.weights), bool)
        for variable, entries in self._entries:
            self.trainable[entries] = variable.trainable
        self.read()

    def _entries_of(self, part: _Layer) -> Iterator[tuple[Any, np.ndarray]]:
        """Each weight of the cell, and where its entries, in its own shape, are in the flat vector."""
        numbers = np.arange(len(self.weights))[part.entries].reshape(part.units, part.fan_in)
        for variable, columns in zip(part.weights.values(), part.columns, strict=True):
            yield variable, numbers[:, columns].T.reshape(variable.shape)

    def read(self) -> None:
        """Take the weights from the cell."""
        for variable, entries in self._entries:
            self.weights[entries] = keras.ops.convert_to_numpy(variable)

    def write(self) -> None:
        """Give the cell its trainable weights."""
        for variable, entries in self._entries:
            if variable.trainable:
                variable.assign(self.weights[entries])

    def per_weight(self, flat: np.ndarray) -> list[np.ndarray]:
        """(..., weights) as one array (..., *shape) for each of the cell's trainable weights, in Keras's order."""
        entries = {id(variable): entries for variable, entries in self._entries}
        return [flat[..., entries[id(variable)]] for variable in self.cell.trainable_weights]

    def start(self, batch: int, initial_state: Any = None) -> None:
        """Set the states before the first step, by default zeros; no weight has touched them, so ∂v(0)/∂w = 0."""
        sizes, count = (self.hidden.units, self.output.units), len(self.weights)
        self.h, self.s = (np.zeros((batch, size)) for size in sizes)
        self.h_by_w, self.s_by_w = (np.zeros((batch, size, count)) for size in sizes)
        if initial_state is None:
            return
        states = initial_state if isinstance(initial_state, list | tuple) else [initial_state]
        states = [np.array(keras.ops.convert_to_numpy(state), float) for state in states]
        expected = [(batch, int(size)) for size in np.atleast_1d(self.cell.state_size)]
        if [state.shape for state in states] != expected:
            raise ValueError(f"initial_state: expected shapes {expected}, received {[x.shape for x in states]}.")
        if isinstance(self.cell, JordanCell):
            self.s = states[-1]
        elif isinstance(self.cell, OutputFeedbackCell):
            self.s, self.h = states
        else:
            self.h = states[0]

    def step(self, x: np.ndarray) -> np.ndarray:
        """One time step, inputs (batch, N), outputs (batch, J). Numbers are those of `RTRLTrainer`'s equations."""
        values = {"1": np.ones((len(x), 1)), "x": x, "h": self.h, "s": self.s}
        by_w = {"h": self.h_by_w, "s": self.s_by_w}
        values["h"], by_w["h"] = self.h, self.h_by_w = self.hidden.step(values, by_w)
        y, self.y_by_w = self.output.step(values, by_w)
        if self.feeds_output_back:
            self.s, self.s_by_w = y, self.y_by_w
            if self.decay:
                self.s = self.decay * values["s"] + y  # (4)
                self.s_by_w = self.decay * by_w["s"] + self.y_by_w  # (5)
        return y


def checked_sequences(net: ForwardNet, x: Any, y: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets as float64 arrays, or a ValueError that says which shapes go together."""
    x = np.asarray(keras.ops.convert_to_numpy(x), float)
    features, outputs = int(net.cell.kernel.shape[0]), net.output.units
    if x.ndim != 3 or x.shape[2] != features or 0 in x.shape:
        raise ValueError(f"x: expected shape (batch, time, {features}), none of them 0, received {x.shape}.")
    if y is None:
        return x, x
    y = np.asarray(keras.ops.convert_to_numpy(y), float)
    allowed = (*x.shape[:2], outputs), (len(x), outputs)
    if y.shape not in allowed:
        raise ValueError(f"y: expected shape {allowed[0]}, or {allowed[1]} for the last step, received {y.shape}.")
    return x, y


def _checked(layer: Any) -> Any:
    cell = getattr(layer, "cell", layer)
    if type(cell) not in _WIRES:
        raise ValueError(
            f"layer: expected an Elman, Jordan or OutputFeedback layer or cell, received {type(layer).__name__}, whose "
            "sensitivities are not known. Train it by backpropagation, with fit."
        )
    if not cell.built:
        raise ValueError("layer: expected one that has weights, received one not yet built. Call it on inputs first.")
    for option, (plain, remedy) in _PLAIN.items():
        for owner in (layer, cell):
            value = getattr(owner, option, plain)
            if value != plain:
                raise ValueError(f"{option}: expected {plain}, received {value!r}: {remedy}.")
    return cell


def _activation(argument: str, value: Any) -> tuple[Callable[[np.ndarray], np.ndarray], Derivative]:
    for name, functions in ACTIVATIONS.items():
        if value is keras.activations.get(name):
            return functions
    received = getattr(value, "__name__", repr(value))
    raise ValueError(f"{argument}: expected one of {', '.join(ACTIVATIONS)}, received {received}.")
