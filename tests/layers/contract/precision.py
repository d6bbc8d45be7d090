"""Number formats: the loop in the compute dtype, the weights in the variable dtype."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import tree

from tests.layers.catalogue import B, Entry, T
from tests.layers.contract.tools import backend, contract, differ, flat, same


def dtype_of(x: Any) -> str:
    return keras.backend.standardize_dtype(x.dtype)


@contextlib.contextmanager
def doubles() -> Iterator[None]:
    """Double precision as the default, which JAX needs a switch for."""
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    if backend() == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        if backend() == "jax":
            jax.config.update("jax_enable_x64", False)


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
    """In double precision throughout: agrees with single, and is finer."""
    with doubles():
        _check_policy(entry, "float64", "float64", "float64", 1e-5)
        double = flat(entry.built(return_sequences=True, dtype="float64")(entry.inputs()))
    single = flat(entry.built(return_sequences=True, dtype="float32")(entry.inputs()))
    same(double, single, 1e-4)
    assert differ(double, single, 0.0), "double precision gives single's digits"


@contract()
def check_mixed_precision_trains(entry: Entry) -> None:
    """The weights stay in float32 while they move."""
    from tests.layers.contract.tools import model_of

    layer = entry.built(batch=None, dtype="mixed_bfloat16")
    before = layer.get_weights()
    model = model_of(entry, layer)
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    model.train_on_batch(entry.inputs(), np.zeros((B, entry.output_size)))
    assert {dtype_of(w) for w in layer.trainable_weights} == {"float32"}
    assert all(np.isfinite(w).all() for w in layer.get_weights())
    assert differ(layer.get_weights(), before, 1e-6)
