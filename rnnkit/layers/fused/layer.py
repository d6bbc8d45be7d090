"""The argument `fused`, which lets a layer use the fast path on TensorFlow, and what a cell states for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import keras

from rnnkit._keras import exporting
from rnnkit.layers._inputs import ROWS


@dataclass(frozen=True)
class FastLoop:
    """What the fast loop needs of a cell, which states it in a method `fast_loop` of its own class.

    passes: from the names of the activations in the loop, an object with the methods `forward` and `backward`.
    activations: those in the loop, in the order in which `passes` takes their names.
    weights: in the order of `forward`, after input, mask and states; first the kernel, which is None where the input
        is the product with it already. Where a cell has no such weight, None.
    needs: what else must hold, in words, each with whether it does.
    """

    passes: Callable[..., Any]
    activations: list[Any]
    weights: list[Any]
    needs: dict[str, bool] = field(default_factory=dict)


def by_own_lines(cell: Any, activations: list[Any], not_shown: bool = False, hoisted: bool = True) -> FastLoop:
    """What the fast loop needs of a cell without passes of its own: it runs the cell's lines, with autodiff.

    Args:
        cell: which makes its products with recurrent matrices by `self.dot`, so that they are made once.
        activations: those in the loop.
        not_shown: whether the cell shows more than its first state has, which this loop cannot.
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
        "nothing shown beside the output": not not_shown,
    }
    return FastLoop(partial(CellPasses, cell, inputs, names), [], weights, needs)


def checked(fused: Any) -> bool | str:
    """The argument, or a ValueError."""
    if fused not in (True, False, "auto") or not isinstance(fused, bool | str):
        raise ValueError(f"fused: expected 'auto', True or False, received {fused!r}.")
    return fused


def applies(layer: Any, sequences: Any, training: bool) -> bool:
    """Whether a layer's call runs on the fast loop.

    With fused="auto" it does inside a graph on TensorFlow, as in `fit` and `predict`, where it can: an eager call does
    not wait for XLA. With True in eager calls too, and a ValueError says why where it cannot; with False never.
    """
    if not layer.fused:
        return False
    if keras.backend.backend() != "tensorflow":
        reason: str | None = "the TensorFlow backend"
    else:
        import tensorflow as tf

        # What is exported is read elsewhere, where its gradient by hand is not.
        if layer.fused == "auto" if tf.executing_eagerly() else exporting():
            return False
        from rnnkit.layers.fused import loop

        reason = loop.reason_against(layer, sequences, training)
    if reason and layer.fused is True:
        raise ValueError(f"fused: True, on layer {layer.name!r}, expected {reason}. Pass fused='auto' or False.")
    return reason is None
