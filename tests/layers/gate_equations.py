"""The gates of one step, in NumPy, from the equations: what `return_gates` is compared with."""

from collections.abc import Callable
from typing import Any

import numpy as np

Gates = dict[str, Any]


def sigmoid(a: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-a))


def gru(w: Gates, x: Any, states: list[Any]) -> Gates:
    """The lecture's update gate g_i and reset gate g_f."""
    y = states[0]
    n = y.shape[-1]
    update, reset = (
        sigmoid(x @ w["kernel"][:, part] + y @ w["recurrent_kernel"][:, part] + w["bias"][part])
        for part in (slice(0, n), slice(n, 2 * n))
    )
    return {"update_gate": update, "reset_gate": reset}


def cfn(w: Gates, x: Any, states: list[Any]) -> Gates:
    """θ and η of Laurent and von Brecht."""
    h = states[0]
    n = h.shape[-1]
    theta, eta = (
        sigmoid(x @ w["kernel"][:, part] + h @ w["recurrent_kernel"][:, part] + w["bias"][part])
        for part in (slice(0, n), slice(n, 2 * n))
    )
    return {"forget_gate": theta, "input_gate": eta}


def peephole_lstm(
    input_gate: bool = True,
    forget_gate: bool = True,
    output_gate: bool = True,
    coupled_gates: bool = False,
    peepholes: bool = True,
    full_gate_recurrence: bool = False,
    activation: str = "tanh",
    output_activation: str = "tanh",
) -> Callable[[Gates, Any, list[Any]], Gates]:
    """Greff's i, f and o with any of his options."""
    own = [
        g for g, there in zip("ifo", (input_gate, forget_gate and not coupled_gates, output_gate), strict=True) if there
    ]
    columns = [letter for letter in "ifzo" if letter in [*own, "z"]]

    def gates(w: Gates, x: Any, states: list[Any]) -> Gates:
        y, c, *before = states
        parts = np.split(x @ w["kernel"] + y @ w["recurrent_kernel"] + w["bias"], len(columns), axis=-1)
        net = dict(zip(columns, parts, strict=True))
        if full_gate_recurrence:
            n = y.shape[-1]
            for k, letter in enumerate(own):
                for m, old in enumerate(before):
                    block = w["gate_recurrent_kernel"][m * n : (m + 1) * n, k * n : (k + 1) * n]
                    net[letter] = net[letter] + old @ block
        p = dict(zip(own, w["peephole_kernel"], strict=True)) if peepholes else dict.fromkeys(own, 0.0)
        z = net["z"] if activation == "linear" else np.tanh(net["z"])
        i = sigmoid(net["i"] + p["i"] * c) if input_gate else 1.0
        f = 1.0 - i if coupled_gates else sigmoid(net["f"] + p["f"] * c) if forget_gate else 1.0
        c = z * i + c * f
        o = sigmoid(net["o"] + p["o"] * c) if output_gate else 1.0
        named = {"input_gate": (input_gate, i), "forget_gate": (forget_gate, f), "output_gate": (output_gate, o)}
        return {name: value for name, (there, value) in named.items() if there}

    return gates
