"""The argument `fused`, which lets a layer use the fast path on TensorFlow, and what ran."""

from functools import partial
from typing import Any

import keras

from rnnkit._keras import exporting
from rnnkit.layers._inputs import ROWS
from rnnkit.layers.fused.stated import FastLoop


def by_own_lines(cell: Any, activations: list[Any], shows: bool = False, hoisted: bool = True) -> FastLoop:
    """What the fast loop needs of a cell without passes of its own: it runs the cell's lines, with autodiff.

    Args:
        cell: which makes its products with recurrent matrices by `self.dot`, so that they are made once.
        activations: those in the loop.
        shows: whether the cell shows more than its states tell, so that the loop has to keep its output.
        hoisted: whether its input product is `inputs.product`, made once for all steps before the loop.
    """
    from rnnkit.layers.fused.any_cell import CellPasses

    names = [name for name, value in vars(cell).items() if isinstance(value, keras.Variable)]
    names = [name for name in names if not (hoisted and name == "kernel")]
    inputs = ROWS if hoisted else cell.inputs
    weights = [cell.inputs.kernel(cell) if hoisted else None, None, *(getattr(cell, name) for name in names)]
    needs = {
        "activations of Keras's or rnnkit's own": all(
            getattr(activation, "__module__", "").startswith(("keras.", "rnnkit.")) for activation in activations
        ),
    }
    return FastLoop(partial(CellPasses, cell, inputs, names, shows), [], weights, needs, shows)


def with_slopes(activations: list[Any], own: dict[Any, Any] | None = None) -> list[tuple[Any, Any]] | None:
    """Each activation with its slope as a function of its value, as passes by hand need it; on TensorFlow.

    Args:
        activations: functions.
        own: slopes of further functions.

    Returns:
        Pairs of functions, or None where a slope is not known.
    """
    from rnnkit.layers.fused.tools import SLOPES

    pairs = {getattr(keras.activations, name): pair for name, pair in SLOPES.items()}
    pairs |= {activation: (activation, slope) for activation, slope in (own or {}).items()}
    return [pairs[activation] for activation in activations] if pairs.keys() >= set(activations) else None


def checked(fused: Any) -> bool | str:
    """The argument, or a ValueError."""
    if fused not in (True, False, "auto") or not isinstance(fused, bool | str):
        raise ValueError(f"fused: expected 'auto', True or False, received {fused!r}.")
    return fused


def applies(layer: Any, sequences: Any, training: bool) -> bool:
    """Whether a layer's call runs on the fast loop; the layer keeps why not, for `told`.

    With fused="auto" it does inside a graph on TensorFlow, as in `fit` and `predict`, where it can: an eager call does
    not wait for XLA. With True in eager calls too, and a ValueError says why where it cannot; with False never.
    """
    layer._why_readable = _reason_against(layer, sequences, training)
    return layer._why_readable is None


def _reason_against(layer: Any, sequences: Any, training: bool) -> str | None:
    if not hasattr(layer, "fused"):
        return "the layer has no other"
    if not layer.fused:
        return "fused=False"
    if keras.backend.backend() != "tensorflow":
        need: str | None = "the TensorFlow backend"
    else:
        import tensorflow as tf

        if tf.executing_eagerly():
            if layer.fused == "auto":
                return "the call was eager and does not wait for XLA, unless fused=True"
        elif exporting():
            return "what is exported is read elsewhere, where the fast loop's own gradient is not"
        from rnnkit.layers.fused import loop

        need = loop.reason_against(layer, sequences, training)
    if need and layer.fused is True:
        raise ValueError(f"fused: True, on layer {layer.name!r}, expected {need}. Pass fused='auto' or False.")
    return need and f"the fast loop expects {need}"


def told(layer: Any) -> str:
    """Which loop a layer's last call ran, and why, in a sentence."""
    if "_why_readable" not in vars(layer):
        return "none yet: the layer has not been called."
    if layer._why_readable is not None:
        return f"readable loop: {layer._why_readable}."
    how = layer._compiled
    return f"fast loop, compiled {how if isinstance(how, str) else how.told()}."
