"""Number formats: the loop in the compute dtype, the weights in the variable dtype."""

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from tests.layers.catalogue import B, Entry, T
from tests.layers.contract.tools import backend, contract, differ, flat, model_of, same


def dtype_of(x: Any) -> str:
    return keras.backend.standardize_dtype(x.dtype)


@contextlib.contextmanager
def doubles() -> Iterator[None]:
    """Double precision as the default.

    JAX needs a switch for it. On JAX and PyTorch, Keras computes products of float64 in float32, by a table of formats
    that is changed meanwhile, as it has no switch.
    """
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    table = importlib.import_module("keras.src.backend.common.dtypes").BIT64_TO_BIT32_DTYPE
    of_table = table["float64"]
    table["float64"] = "float64"
    _jax_in_doubles(True)
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        table["float64"] = of_table
        _jax_in_doubles(False)


def _jax_in_doubles(switch: bool) -> None:
    if backend() == "jax":
        import jax

        jax.config.update("jax_enable_x64", switch)


def _seen_in_the_loop(layer: Any) -> list[str]:
    """Formats that the cell meets: of inputs and states on the way in, of output and states on the way out."""
    seen: list[str] = []
    original = layer.cell.call

    def spy(sequence: Any, states: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(sequence, states, *args, **kwargs)
        parts = [states, *result] if layer.cell.dtype_policy and _integers(sequence) else [sequence, states, *result]
        seen.extend(dtype_of(part) for part in tree.flatten(parts))
        return result

    layer.cell.call = spy
    return seen


def _integers(x: Any) -> bool:
    return "int" in dtype_of(x)


def _check_policy(entry: Entry, policy: str, compute: str, variable: str, tolerance: float) -> None:
    settings = {"return_sequences": True, "return_state": True}
    layer, x = entry.built(dtype=policy, **settings), entry.inputs()
    expected = flat(entry.built(**settings)(x))
    seen = _seen_in_the_loop(layer)
    result = layer(x)
    assert seen and set(seen) == {compute}, f"{policy}: the cell met {sorted(set(seen))}"
    assert {dtype_of(part) for part in tree.flatten(result)} == {compute}
    assert {dtype_of(w) for w in layer.trainable_weights} == {variable}, f"{policy}: weights"
    same(result, expected, tolerance, policy)
    mask = np.ones((B, T), bool)
    mask[:, 2] = False
    masked = layer(x, mask=mask)
    assert {dtype_of(part) for part in tree.flatten(masked)} == {compute}, f"{policy}, masked"


@contract()
def check_float32(entry: Entry) -> None:
    _check_policy(entry, "float32", "float32", "float32", 1e-6)


@contract()
def check_mixed_float16(entry: Entry) -> None:
    _check_policy(entry, "mixed_float16", "float16", "float32", 3e-2)


@contract()
def check_mixed_bfloat16(entry: Entry) -> None:
    _check_policy(entry, "mixed_bfloat16", "bfloat16", "float32", 2e-1)


@contract()
def check_float64(entry: Entry) -> None:
    """In double precision throughout: what is far below single's digits, in inputs or states, still counts."""
    with doubles():
        _check_policy(entry, "float64", "float64", "float64", 1e-5)
        layer = entry.built(dtype="float64", return_sequences=True)
        start = tree.map_structure(lambda s: s.astype("float64"), entry.states())
        near = tree.map_structure(lambda s: s + 1e-10, start)
        x = entry.inputs()
        usual = layer(x, initial_state=_doubles_of(start))
        assert differ(layer(x, initial_state=_doubles_of(near)), usual, 0.0), "states lose digits"
        if not entry.tokens:
            assert differ(layer(x + 1e-10, initial_state=_doubles_of(start)), usual, 0.0), "inputs lose digits"


def _doubles_of(values: Any) -> Any:
    return tree.map_structure(lambda value: ops.convert_to_tensor(value, dtype="float64"), values)


@contract()
def check_mixed_precision_trains(entry: Entry) -> None:
    """The weights stay in float32 while they move."""
    layer = entry.built(batch=None, dtype="mixed_bfloat16")
    before = layer.get_weights()
    model = model_of(entry, layer)
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    model.train_on_batch(entry.inputs(), np.zeros((B, entry.output_size)))
    assert {dtype_of(w) for w in layer.trainable_weights} == {"float32"}
    assert all(np.isfinite(w).all() for w in layer.get_weights())
    assert differ(layer.get_weights(), before, 1e-6)
