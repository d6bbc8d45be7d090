"""What the checks of the contract share. A check is a function of a catalogue entry that raises AssertionError."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from tests.layers.catalogue import Entry

BACKENDS = ("tensorflow", "jax", "torch")


@dataclass(frozen=True)
class Check:
    run: Callable[[Entry], None]
    applies: Callable[[Entry], bool]
    backends: tuple[str, ...]
    why_not: str
    costly: bool
    long: bool


CHECKS: dict[str, Check] = {}


def contract(
    *,
    applies: Callable[[Entry], bool] = lambda entry: True,
    backends: tuple[str, ...] = BACKENDS,
    why_not: str = "",
    costly: bool = False,
    long: bool = False,
) -> Callable[[Callable[[Entry], None]], Callable[[Entry], None]]:
    """Make a function a check of the contract: the entries it is for, the backends, and why not the others.

    costly: not for light entries. long: of the long tier.
    """

    def enter(function: Callable[[Entry], None]) -> Callable[[Entry], None]:
        name = function.__name__.removeprefix("check_")
        assert name not in CHECKS, f"two checks are called {name}"
        CHECKS[name] = Check(function, applies, backends, why_not, costly, long)
        return function

    return enter


def backend() -> str:
    return keras.backend.backend()


def flat(result: Any) -> list[np.ndarray]:
    return [ops.convert_to_numpy(part).astype("float64") for part in tree.flatten(result)]


def same(received: Any, expected: Any, tolerance: float = 1e-5, what: str = "") -> None:
    """Both hold the same arrays in the same order."""
    ours, theirs = flat(received), flat(expected)
    assert len(ours) == len(theirs), f"{what}: {len(ours)} parts, expected {len(theirs)}"
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        assert a.shape == b.shape, f"{what}: part {number} has shape {a.shape}, expected {b.shape}"
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=f"{what}, part {number}")


def differ(a: Any, b: Any, by: float = 1e-4) -> bool:
    ours, theirs = flat(a), flat(b)
    if [x.shape for x in ours] != [y.shape for y in theirs]:
        return True
    return any(x.size and np.abs(x - y).max() > by for x, y in zip(ours, theirs, strict=True))


def twin(layer: Any, entry: Entry, batch: int | None = 4, **changes: Any) -> Any:
    """A layer with the same weights and other settings."""
    config = {**layer.get_config(), **changes}
    config.pop("name")
    other = type(layer).from_config(config)
    other.build(entry.input_shape(batch, 6))
    other.set_weights(layer.get_weights())
    return other


def model_of(entry: Entry, layer: Any, time: int | None = 6, batch: int | None = None) -> Any:
    inputs = keras.Input(entry.input_shape(time), batch_size=batch, dtype="int32" if entry.tokens else None)
    return keras.Model(inputs, layer(inputs))


def for_keras_rnn(entry: Entry, x: Any) -> Any:
    """Keras's own RNN takes sequences of vectors only, of one token each."""
    return x[..., None] if entry.tokens else x


def step_inputs(x: Any, t: int) -> Any:
    return ops.convert_to_tensor(x)[:, t]


def by_hand(layer: Any, x: Any, states: Any, **kwargs: Any) -> tuple[list[Any], Any]:
    """The cell called step by step: outputs over time and last states."""
    outputs = []
    for t in range(x.shape[1]):
        output, states = layer.cell(step_inputs(x, t), states, **kwargs)
        states = states if tree.is_nested(states) else [states]
        outputs.append(output)
    return outputs, states


def tensors(values: Any) -> Any:
    return tree.map_structure(lambda value: ops.convert_to_tensor(value, dtype="float32"), values)
