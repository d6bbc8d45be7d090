"""Greff and others' variants of the LSTM: their settings, which gates each has, and one step of any of them."""

from collections.abc import Callable
from typing import Any

from keras import ops

from rnnkit._checks import boolean

# Arguments of `PeepholeLSTM` for each variant, under the abbreviations of Greff and others (2017), section III.
GREFF_VARIANTS: dict[str, dict[str, Any]] = {
    "V": {},
    "NIG": {"input_gate": False},
    "NFG": {"forget_gate": False},
    "NOG": {"output_gate": False},
    "NIAF": {"activation": "linear", "output_activation": "tanh"},
    "NOAF": {"output_activation": "linear"},
    "CIFG": {"coupled_gates": True},
    "NP": {"peepholes": False},
    "FGR": {"full_gate_recurrence": True},
}

_FLAGS = ("input_gate", "forget_gate", "output_gate", "coupled_gates", "peepholes", "full_gate_recurrence")


def refuse_contradictions(cell: Any) -> None:
    """Raise a ValueError for a cell's settings that are no booleans, or cannot be had together."""
    settings = {name: getattr(cell, name) for name in _FLAGS}
    for name in _FLAGS:
        boolean(name, settings[name])
    for name in ("input_gate", "forget_gate"):
        if settings["coupled_gates"] and not settings[name]:
            raise ValueError(
                f"coupled_gates: expected False where {name} is False, received True: coupling makes the forget gate "
                "out of the input gate, f = 1 − i. Leave both gates in, or set coupled_gates=False."
            )
    if settings["full_gate_recurrence"] and not any(settings[name] for name in _FLAGS[:3]):
        raise ValueError(
            "full_gate_recurrence: expected False for a cell without gates, received True: there is nothing to feed "
            "back. Leave in one gate at least, or set full_gate_recurrence=False."
        )


def gates_with_weights(cell: Any) -> str:
    """The letters, out of i, f and o in this order, of the gates that have weights of their own."""
    there = {"i": cell.input_gate, "f": cell.forget_gate and not cell.coupled_gates, "o": cell.output_gate}
    return "".join(letter for letter, is_there in there.items() if is_there)


def is_variant(cell: Any) -> bool:
    """Whether a cell's gates are others than the vanilla LSTM's; its activations do not count here."""
    vanilla = cell.input_gate and cell.forget_gate and cell.output_gate and cell.peepholes
    return not vanilla or cell.coupled_gates or cell.full_gate_recurrence


def unit_forget(initializer: Callable[..., Any], columns: str, units: int) -> Callable[..., Any]:
    """The initializer of a bias whose parts belong to `columns`, with ones for the forget gate."""
    before, after = (len(part) * units for part in columns.split("f"))

    def initialize(shape: Any, dtype: Any = None) -> Any:
        parts = [initializer((size,), dtype=dtype) if size else None for size in (before, after)]
        ones = ops.ones((units,), dtype=dtype)
        return ops.concatenate([part for part in (parts[0], ones, parts[1]) if part is not None], axis=0)

    return initialize


def varied_step(cell: Any, Wx: Any, y: Any, c: Any, *gates: Any) -> tuple[Any, list[Any], dict[str, Any]]:
    """One step of any variant, in the numbers of `PeepholeLSTMCell`: output, new states, gates by name.

    Args:
        cell: a `PeepholeLSTMCell`.
        Wx: the input's product with its kernel.
        y, c: the previous output and cell.
        gates: with full gate recurrence the previous gates that have weights, in the order i, f, o.
    """
    nets = _nets(cell, Wx, y, gates)

    z = cell.activation(nets["z"])  # (1)
    i = _gate(cell, "i", nets, c)  # (2)
    f = 1.0 - i if cell.coupled_gates else _gate(cell, "f", nets, c)  # (3)
    c = z * i + c * f  # (4)
    o = _gate(cell, "o", nets, c)  # (5)
    y = cell.output_activation(c) * o  # (6)

    letters, names = {"i": i, "f": f, "o": o}, {"input_gate": i, "forget_gate": f, "output_gate": o}
    fed_back = [letters[letter] for letter in cell.own_gates] if cell.full_gate_recurrence else []
    return y, [y, c, *fed_back], {name: names[name] for name in cell.gate_names}


def _nets(cell: Any, Wx: Any, y: Any, gates: tuple[Any, ...]) -> dict[str, Any]:
    """W x + R y + b of z and of each gate that has weights, with full gate recurrence's terms, by letter."""
    total = Wx + cell.dot(y, cell.recurrent_kernel)
    total = total if cell.bias is None else total + cell.bias
    nets = dict(zip(cell.columns, ops.split(total, len(cell.columns), axis=-1), strict=True))
    if cell.full_gate_recurrence:
        fed_back = cell.dot(ops.concatenate(gates, axis=-1), cell.gate_recurrent_kernel)
        for letter, part in zip(cell.own_gates, ops.split(fed_back, len(gates), axis=-1), strict=True):
            nets[letter] = nets[letter] + part
    return nets


def _gate(cell: Any, letter: str, nets: dict[str, Any], c: Any) -> Any:
    """A gate with weights of its own, which sees c where there are peepholes; or the constant 1."""
    if letter not in cell.own_gates:
        return 1.0
    if not cell.peepholes:
        return cell.recurrent_activation(nets[letter])
    p = ops.convert_to_tensor(cell.peephole_kernel)[cell.own_gates.index(letter)]
    return cell.recurrent_activation(nets[letter] + p * c)
