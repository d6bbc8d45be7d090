"""Greff and others' variants of the LSTM: their settings, and which gates each has. No mathematics."""

from collections.abc import Callable
from typing import Any

from keras import ops

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


def refuse_contradictions(settings: dict[str, Any]) -> None:
    """Raise a ValueError for settings of the variants that are no booleans, or cannot be had together."""
    for name in _FLAGS:
        if not isinstance(settings[name], bool):
            raise ValueError(f"{name}: expected True or False, received {settings[name]!r}.")
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
