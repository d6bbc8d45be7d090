"""The argument `fused`, which lets a layer use the fast path on TensorFlow, and what a cell states for it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras

from rnnkit.layers._base import RecurrentLayer


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


class FusedLayer(RecurrentLayer):
    """Base of the layers that have a fast path: `fused` says whether to use it.

    "auto" uses it where it applies: on TensorFlow, inside a graph, as in `fit` and `predict`. An eager call does not
    wait for XLA. True uses it in eager calls too, and raises a ValueError where it does not apply; False never.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Show `fused` in the layer's signature too."""
        super().__init_subclass__(**kwargs)
        if "cell_class" in cls.__dict__:
            fused = inspect.signature(FusedLayer.__init__).parameters["fused"]
            shown = cls.__signature__
            cls.__signature__ = shown.replace(parameters=[*shown.parameters.values(), fused])

    def __init__(self, *args: Any, fused: bool | str = "auto", **kwargs: Any) -> None:
        if fused not in (True, False, "auto") or not isinstance(fused, bool | str):
            raise ValueError(f"fused: expected 'auto', True or False, received {fused!r}.")
        super().__init__(*args, **kwargs)
        self.fused = fused

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        if not self._wants_fast_path(sequences, training):
            return super().inner_loop(sequences, initial_state, mask, training)
        from rnnkit.layers.fused import loop

        return loop.run(self, sequences, list(initial_state), mask)

    def _wants_fast_path(self, sequences: Any, training: bool) -> bool:
        if not self.fused:
            return False
        if keras.backend.backend() != "tensorflow":
            reason: str | None = "the TensorFlow backend"
        else:
            import tensorflow as tf

            if self.fused == "auto" and tf.executing_eagerly():
                return False
            from rnnkit.layers.fused import loop

            reason = loop.reason_against(self, sequences, training)
        if reason and self.fused is True:
            raise ValueError(f"fused: True, on layer {self.name!r}, expected {reason}. Pass fused='auto' or False.")
        return reason is None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "fused": self.fused}
