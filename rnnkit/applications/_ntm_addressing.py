"""How the heads of a neural Turing machine find, change and read rows; equation numbers are those of `NTMCell`."""

from typing import Any

import keras
from keras import ops


def head_sizes(row_size: int, shifts: int, content: bool, writes: bool) -> dict[str, int]:
    """What a head is told, by name, in the order of the columns, and how many numbers each is."""
    sizes = {"key": row_size, "strength": 1, "gate": 1} if content else {}
    if shifts:
        sizes["shift"] = 2 * shifts + 1
    sizes["sharpness"] = 1
    return {**sizes, "erase": row_size, "add": row_size} if writes else sizes


def addressed(memory: Any, before: Any, told: dict[str, Any]) -> Any:
    """A head's new weighting.

    Args:
        memory: shape (batch, N, m).
        before: the head's weighting of the step before, shape (batch, N).
        told: what the controller tells the head, by the names of `head_sizes`, each (batch, size). Without a key it
            does not look for content, without a shift it does not move.
    """
    w = before
    if "key" in told:
        w_c = ops.softmax(told["strength"] * cosine(told["key"], memory), axis=-1)  # (3)
        w = told["gate"] * w_c + (1 - told["gate"]) * w  # (4)
    if "shift" in told:
        s, far = told["shift"], told["shift"].shape[-1] // 2
        w = sum(s[:, j + far, None] * ops.roll(w, j, axis=-1) for j in range(-far, far + 1))  # (5)
    return sharpened(w, told["sharpness"])  # (6)


def cosine(key: Any, memory: Any) -> Any:
    """The cosine of the angle between a key (batch, m) and each row (batch, N, m); 0 for a row of zeros."""
    epsilon = keras.config.epsilon()
    norms = (ops.sum(key**2, axis=-1, keepdims=True) + epsilon) * (ops.sum(memory**2, axis=-1) + epsilon)
    return ops.einsum("bm,bnm->bn", key, memory) / ops.sqrt(norms)


def sharpened(w: Any, gamma: Any) -> Any:
    """Powers of a weighting that sum to 1: by the logarithm, so that a large γ does not make all of them 0."""
    # A floor: log 0 has no gradient. In float32 it is too small to be seen beside 1, however many the rows.
    floor = 1e-7 if keras.backend.standardize_dtype(w.dtype) == "float16" else 1e-30
    return ops.softmax(gamma * ops.log(ops.maximum(w, floor)), axis=-1)


def written(memory: Any, writers: list[tuple[Any, Any, Any]]) -> Any:
    """The memory after all heads have erased and then all have added; of each its weighting, erase and add vector."""
    for w, erase, _ in writers:
        memory = memory * (1 - w[:, :, None] * erase[:, None])
    return memory + sum(w[:, :, None] * add[:, None] for w, _, add in writers)


def read(memory: Any, w: Any) -> Any:
    """The mean row, weighted: shape (batch, m)."""
    return ops.einsum("bn,bnm->bm", w, memory)
