"""Every recurrent layer that the contract is tested on: how to make it, and what is special about it."""

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import tree

import rnnkit
from tests.layers import gate_equations

B, T, N = 4, 6, 3  # examples, time steps, features; units 5 and outputs 2 differ from them
VOCABULARY = 7

Settings = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A layer with the arguments it is tested with.

    name: of the tests.
    layer: the class.
    settings: from arguments that a test asks for, all that the constructor is called with.
    output_size, state_size: as they must come out; the states nested as the layer has them.
    changes: for arguments of its own, another value (or `Fresh`) and what it must change, as in `contract/arguments`.
    lacks: arguments of Keras's layers that it has no use for.
    gates: from weights by name, input and states of a first step, its gates in NumPy.
    plain: weights without regularizer.
    fixed: weights that are not trained.
    draw: from a weight's name and standard normal values, the values that it is tested with.
    tokens: takes token ids rather than features.
    variant: of a class that another entry tests in full; the short tier runs the checks in which it can differ.
    light: a variant that costly checks and other backends pass by.
    cannot: checks that it does not pass, with the reason.
    """

    name: str
    layer: type
    settings: Callable[[Settings], Settings]
    output_size: int
    state_size: list[Any]
    changes: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    lacks: frozenset[str] = frozenset()
    gates: Callable[..., dict[str, Any]] | None = None
    plain: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    draw: Callable[[str, Any], Any] = lambda name, normal: normal
    tokens: bool = False
    variant: bool = False
    light: bool = False
    cannot: Mapping[str, str] = field(default_factory=dict)

    def make(self, **changes: Any) -> Any:
        return self.layer(**self.settings(changes))

    def cell(self, **changes: Any) -> Any:
        return self.layer.cell_class(**self.settings(changes))

    def built(self, batch: int | None = B, **changes: Any) -> Any:
        """A layer with weights drawn by their names, so that the same name has the same values everywhere."""
        layer = self.make(**changes)
        layer.build(self.input_shape(batch, T))
        return self.drawn(layer)

    def drawn(self, layer: Any) -> Any:
        values, seen = [], Counter[str]()
        for weight in layer.weights:
            rng = np.random.default_rng(zlib.crc32(f"{weight.name} {seen[weight.name]}".encode()))
            values.append(self.draw(weight.name, rng.normal(size=tuple(weight.shape))))
            seen[weight.name] += 1
        layer.set_weights(values)
        return layer

    def input_shape(self, *leading: Any) -> tuple[Any, ...]:
        return leading if self.tokens else (*leading, N)

    def inputs(self, *leading: int, seed: int = 0) -> Any:
        rng = np.random.default_rng(seed)
        shape = self.input_shape(*(leading or (B, T)))
        return rng.integers(VOCABULARY, size=shape).astype("int32") if self.tokens else rng.normal(size=shape)

    def states(self, batch: int = B, seed: int = 1) -> list[Any]:
        """Random states, within the range that every activation can give."""
        rng = np.random.default_rng(seed)
        return tree.map_structure(lambda n: rng.uniform(0.1, 0.9, size=(batch, n)).astype("float32"), self.state_size)


@dataclass(frozen=True)
class Fresh:
    """A value that is made anew for each use."""

    make: Callable[[], Any]


def _fixed(**fixed: Any) -> Callable[[Settings], Settings]:
    return lambda changes: {**fixed, **changes}


def _deep(make_cells: Callable[..., list[Any]], connections: Any) -> Callable[[Settings], Settings]:
    """Dropout, seed and dtype belong to the cells, the others to the layer around them."""

    def settings(changes: Settings) -> Settings:
        own = {name: value for name, value in changes.items() if name in ("dropout", "recurrent_dropout", "seed")}
        rest = {name: value for name, value in changes.items() if name not in own}
        cells = make_cells(**own, dtype=rest.get("dtype"))
        return {"cells": cells, "connections": connections, **rest}

    return settings


def _output_net_and_lstm(**more: Any) -> list[Any]:
    return [rnnkit.layers.ElmanCell(5, 4, name="lower", **more), keras.layers.LSTMCell(2, name="upper", **more)]


def _two_peephole_lstms(**more: Any) -> list[Any]:
    return [
        rnnkit.layers.PeepholeLSTMCell(4, name="lower", **more),
        rnnkit.layers.PeepholeLSTMCell(2, name="upper", **more),
    ]


def _ntm(**own: Any) -> Callable[[Settings], Settings]:
    """Dropout and seed belong to the controller."""

    def settings(changes: Settings) -> Settings:
        more = {name: changes[name] for name in ("dropout", "recurrent_dropout", "seed", "dtype") if name in changes}
        rest = {name: value for name, value in changes.items() if name in ("dtype",) or name not in more}
        controller = keras.layers.LSTMCell(4, name="controller", **more)
        return {"controller": controller, "output_units": 2, "rows": 7, "row_size": 3, **own, **rest}

    return settings


def _other_cells() -> list[Any]:
    return [keras.layers.SimpleRNNCell(3, name="lower"), keras.layers.SimpleRNNCell(6, name="upper")]


_OF_CELLS = frozenset(
    f"{weight}_{kind}"
    for weight in ("kernel", "recurrent", "bias")
    for kind in ("initializer", "regularizer", "constraint")
) | {"units", "activation", "use_bias", "dropout", "recurrent_dropout", "seed"}
_DOWNWARDS = [[1, 0, 1], [1, 1, 1], [0, 1, 1]]  # the first cell sees the second, which sees itself
_GREFF = {
    "input_gate": (False, "structure"),
    "forget_gate": (False, "structure"),
    "output_gate": (False, "structure"),
    "coupled_gates": (True, "structure"),
    "peepholes": (False, "structure"),
    "full_gate_recurrence": (True, "structure"),
}
_RESERVOIR = frozenset({"kernel", "recurrent_kernel", "feedback_kernel", "bias", "heard"})


def _reservoir(name: str, normal: Any) -> Any:
    """Numbers of units where it is who hears whom."""
    return (abs(normal) * 1000).astype(int) % 3 if name == "heard" else 0.5 * normal


_FIXED_HAVE_NONE = frozenset(
    f"{weight}_{kind}" for weight in ("kernel", "recurrent", "bias") for kind in ("regularizer", "constraint")
)
_ECHO_STATE = {
    "leak": (0.8, "outputs"),
    "spectral_radius": (0.7, "fresh weights"),
    "connections": (3, "structure"),
    "feedback": (True, "structure"),
    "feedback_initializer": (keras.initializers.Constant(0.125), "fresh weights", {"feedback": True}),
}


def _variant(name: str, states: int = 2) -> Entry:
    options = rnnkit.layers.GREFF_VARIANTS[name]
    return Entry(
        f"peephole_lstm_{name}",
        rnnkit.layers.PeepholeLSTM,
        _fixed(units=5, **options),
        5,
        [5] * states,
        gates=gate_equations.peephole_lstm(**options),
        variant=True,
        light=name != "FGR",
        changes={**_GREFF, "full_gate_recurrence": (False, "structure")},
    )


ENTRIES = [
    Entry("elman", rnnkit.layers.Elman, _fixed(units=5, output_units=2), 2, [5]),
    Entry(
        "elman_on_tokens",
        rnnkit.layers.Elman,
        _fixed(units=5, output_units=2, input_dim=VOCABULARY),
        2,
        [5],
        tokens=True,
        variant=True,
    ),
    Entry("jordan", rnnkit.layers.Jordan, _fixed(units=5, output_units=2), 2, [2], variant=True, light=True),
    Entry(
        "jordan_with_decay",
        rnnkit.layers.Jordan,
        _fixed(units=5, output_units=2, decay=0.4),
        2,
        [2, 2],
        changes={"decay": (0.7, "outputs")},
    ),
    Entry("output_feedback", rnnkit.layers.OutputFeedback, _fixed(units=5, output_units=2), 2, [2, 5]),
    Entry(
        "narx",
        rnnkit.layers.NARX,
        _fixed(units=5, output_units=2, input_delays=1, output_delays=2),
        2,
        [4, N],
        changes={"input_delays": (0, "structure"), "output_delays": (3, "structure")},
        draw=lambda name, normal: 0.3 * normal,  # its linear output comes back as input
    ),
    Entry("gru", rnnkit.layers.GRU, _fixed(units=5), 5, [5], gates=gate_equations.gru),
    Entry(
        "peephole_lstm",
        rnnkit.layers.PeepholeLSTM,
        _fixed(units=5),
        5,
        [5, 5],
        gates=gate_equations.peephole_lstm(),
        changes=_GREFF,
    ),
    Entry(
        "peephole_lstm_on_tokens",
        rnnkit.layers.PeepholeLSTM,
        _fixed(units=5, input_dim=VOCABULARY),
        5,
        [5, 5],
        tokens=True,
        variant=True,
        light=True,
    ),
    Entry(
        "memory_blocks",
        rnnkit.layers.MemoryBlocks,
        _fixed(blocks=3, block_size=2),
        6,
        [12, 6],
        changes={
            "blocks": (2, "structure"),
            "block_size": (3, "structure"),
            "bias": ("gates", "structure"),
            "output_gates": (False, "structure"),
            "recurrent": (False, "structure"),
            "truncated_gradient": (True, "trained"),
        },
        lacks=frozenset({"units", "use_bias"}),
        cannot={"compiled_agrees": "XLA cannot compile the gradient of ops.repeat in a loop over an unknown batch"},
    ),
    *[_variant(name) for name in ("NIG", "NFG", "NOG", "NIAF", "NOAF", "CIFG", "NP")],
    _variant("FGR", states=5),
    Entry(
        "cfn",
        rnnkit.layers.CFN,
        _fixed(units=5),
        5,
        [5],
        gates=gate_equations.cfn,
        changes={"unit_gate_bias": (False, "fresh weights")},
    ),
    Entry(
        "ctrnn",
        rnnkit.layers.CTRNN,
        _fixed(units=5, tau=[1.5, 2.0, 2.5, 3.0, 4.0], trainable_tau=True),
        5,
        [5],
        changes={
            "units": (3, "structure", {"tau": 2.0}),
            "tau": (3.0, "fresh weights"),
            "dt": (0.5, "outputs"),
            "method": ("rk4", "outputs"),
            "substeps": (2, "outputs"),
            "trainable_tau": (False, "structure"),
        },
        plain=frozenset({"log_tau"}),
        draw=lambda name, normal: abs(normal) + 0.5 if name == "log_tau" else normal,  # τ well above dt
    ),
    Entry(
        "echo_state",
        rnnkit.layers.EchoState,
        _fixed(units=5, output_units=2, leak=0.6),
        2,
        [5],
        changes=_ECHO_STATE,
        lacks=_FIXED_HAVE_NONE,
        plain=_RESERVOIR,
        fixed=_RESERVOIR,
        draw=_reservoir,
    ),
    Entry(
        "echo_state_sparse_with_feedback",
        rnnkit.layers.EchoState,
        _fixed(units=5, output_units=2, leak=0.6, connections=3, feedback=True),
        2,
        [5, 2],
        changes={**_ECHO_STATE, "connections": (2, "structure"), "feedback": (False, "structure")},
        lacks=_FIXED_HAVE_NONE,
        plain=_RESERVOIR,
        fixed=_RESERVOIR,
        draw=_reservoir,
        variant=True,
    ),
    Entry(
        "ctrnn_rk4",
        rnnkit.layers.CTRNN,
        _fixed(units=5, tau=2.0, method="rk4", substeps=2),
        5,
        [5],
        variant=True,
        light=True,
    ),
    Entry(
        "deep_stacked",
        rnnkit.layers.DeepRNN,
        _deep(_output_net_and_lstm, "stacked"),
        2,
        [[5], [2, 2]],
        lacks=_OF_CELLS,
        variant=True,
        light=True,
    ),
    Entry(
        "deep_skip",
        rnnkit.layers.DeepRNN,
        _deep(_two_peephole_lstms, "skip"),
        6,
        [[4, 4], [2, 2]],
        lacks=_OF_CELLS,
        variant=True,
        light=True,
    ),
    Entry(
        "deep_downwards",
        rnnkit.layers.DeepRNN,
        _deep(_output_net_and_lstm, _DOWNWARDS),
        6,
        [[5], [2, 2], 2],
        lacks=_OF_CELLS,
        changes={"cells": (Fresh(_other_cells), "structure"), "connections": ("stacked", "structure")},
    ),
    Entry(
        "ntm",
        rnnkit.NTM,
        _ntm(read_heads=2),
        2,
        [21, 21, 6, [4, 4]],
        lacks=_OF_CELLS,
        changes={
            "controller": (Fresh(lambda: keras.layers.SimpleRNNCell(6)), "structure"),
            "rows": (5, "outputs"),
            "row_size": (4, "structure"),
            "read_heads": (1, "structure"),
            "write_heads": (2, "structure"),
            "shifts": (2, "structure"),
            "content": (False, "structure"),
            "return_weightings": (True, "structure"),
        },
        cannot=dict.fromkeys(
            ("stateful_is_concatenation", "reset_state", "stateful_in_fit_and_predict"),
            "a stateful layer keeps the learned start as it was when built; reset_state takes the one learned since",
        ),
    ),
]
BY_NAME = {entry.name: entry for entry in ENTRIES}
