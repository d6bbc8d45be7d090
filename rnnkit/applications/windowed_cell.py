r"""A stack of recurrent cells that reads a text through a soft window while it writes."""

from typing import Any

import keras
from keras import ops, tree

from rnnkit._checks import positive_integer
from rnnkit.applications.soft_window import SoftWindow
from rnnkit.layers.base import RecurrentCell, register
from rnnkit.layers.deep import DeepRNNCell


@register
class WindowedCell(RecurrentCell):
    r"""One time step of a stack whose lowest cell steers a window over a text.

    With x(t) the input, $f_1$ the lowest cell and $f_2$ the stack of all others:

    $$h_1(t),\, s_1(t) = f_1\big([x(t),\, w(t-1)],\, s_1(t-1)\big) \tag{1}$$
    $$w(t),\, \kappa(t) = \mathrm{window}\big(h_1(t),\, \kappa(t-1),\, c\big) \tag{2}$$
    $$h_2(t),\, s_2(t) = f_2\big([x(t),\, h_1(t),\, w(t)],\, s_2(t-1)\big) \tag{3}$$
    $$y(t) = [h_1(t),\, h_2(t)] \tag{4}$$

    With one cell there is no $f_2$, and y is $[h_1, w]$. Connections that are "stacked" leave out the skips: x in (3)
    and $h_1$ in (4).

    Args:
        cells: recurrent cells, Keras's or this library's, from the lowest up.
        characters: size of the code of a character.
        bumps, step: as in `SoftWindow`.
        connections: "skip" or "stacked"; for three or more cells it is that of `DeepRNNCell` for $f_2$ too.

    Call arguments:
        sequence: x(t), shape (batch, N).
        states: those of the cells, flat; κ, shape (batch, K); w, shape (batch, characters); the text c, shape
            (batch, U, characters), which stays as it is.
        training: passed to the cells.

    Returns:
        y(t), and the states.

    Source:
        A. Graves, Generating Sequences With Recurrent Neural Networks (2013), arXiv 1308.0850, figure 12.

    Example:
        >>> import keras, numpy as np
        >>> cell = WindowedCell([keras.layers.LSTMCell(5), keras.layers.LSTMCell(6)], characters=4, bumps=2)
        >>> y, states = cell(np.ones((1, 3)), cell.start(np.ones((1, 7, 4))))
        >>> tuple(y.shape), [tuple(state.shape) for state in states]
        ((1, 11), [(1, 5), (1, 5), (1, 6), (1, 6), (1, 2), (1, 4), (1, 7, 4)])
    """

    def __init__(
        self,
        cells: Any,
        characters: int,
        bumps: int = 5,
        step: float = 0.125,
        connections: str = "skip",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            cells=list(cells), characters=characters, bumps=bumps, step=step, connections=connections, **kwargs
        )
        positive_integer("characters", characters, "the number of different characters, at least 1")
        self._arguments = ("cells", "characters", "bumps", "step", "connections")
        DeepRNNCell(self.cells, connections)  # says what is wrong with them
        if connections not in ("skip", "stacked"):
            raise ValueError(f"connections: expected 'skip' or 'stacked', received {connections!r}.")
        self.lowest = self.cells[0]
        several = len(self.cells) > 1
        self.upper = DeepRNNCell(self.cells[1:], connections, dtype=self.dtype_policy) if several else None
        self.window = SoftWindow(bumps, step, dtype=self.dtype_policy)

    @property
    def state_size(self) -> list[int]:
        # The text has no fixed size; what stands for it is not used, as the start is always given.
        return [*tree.flatten([cell.state_size for cell in self.cells]), self.bumps, self.characters, self.characters]

    @property
    def output_size(self) -> int:
        skip = self._size(self.lowest) if self.connections == "skip" else 0
        return skip + self.upper.output_size if self.upper else self._size(self.lowest) + self.characters

    @staticmethod
    def _size(cell: Any) -> int:
        return getattr(cell, "output_size", None) or tree.flatten(cell.state_size)[0]

    def build(self, input_shape: Any) -> None:
        batch, features = input_shape
        hidden = self._size(self.lowest)
        skipped = features if self.connections == "skip" else 0
        for part, size in ((self.lowest, features + self.characters), (self.upper, skipped + hidden + self.characters)):
            if part is not None and not part.built:
                part.build((batch, size))
                part.built = True
        self.window.build((batch, hidden))
        self.window.built = True

    def start(self, text: Any) -> list[Any]:
        """The states before the first step: the cells' own, κ and w zero, and the text, (batch, U, characters)."""
        text = ops.cast(text, self.compute_dtype)
        batch = ops.shape(text)[0]
        cells = [cell.get_initial_state(batch_size=batch) for cell in self.cells]
        rest = [ops.zeros((batch, size), dtype=self.compute_dtype) for size in (self.bumps, self.characters)]
        return [*tree.flatten(cells), *rest, text]

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        return self._step(sequence, states, training)[:2]

    def look(self, sequence: Any, states: Any) -> tuple[Any, list[Any], Any]:
        """One step as `call` takes it, and φ at its end for the places 1 to U + 1, shape (batch, U + 1)."""
        y, new, h_1 = self._step(sequence, states, False)
        alpha, beta, kappa = self.window.parameters(h_1, states[-3])
        return y, new, self.window.phi(alpha, beta, kappa, ops.shape(states[-1])[1] + 1)

    def _step(self, sequence: Any, states: Any, training: bool) -> tuple[Any, list[Any], Any]:
        skip, count = self.connections == "skip", len(tree.flatten(self.lowest.state_size))
        s_1, s_2, (kappa, w, text) = states[:count], states[count:-3], states[-3:]
        h_1, s_1 = self.lowest(ops.concatenate([sequence, w], axis=-1), list(s_1))  # (1)
        w, kappa = self.window(h_1, kappa, text)  # (2)
        if self.upper is None:
            return ops.concatenate([h_1, w], axis=-1), [*tree.flatten(s_1), kappa, w, text], h_1
        x = ops.concatenate([sequence, h_1, w] if skip else [h_1, w], axis=-1)
        h_2, s_2 = self.upper(x, self._nested(s_2), training=training)  # (3)
        y = ops.concatenate([h_1, h_2], axis=-1) if skip else h_2  # (4)
        return y, [*tree.flatten(s_1), *tree.flatten(s_2), kappa, w, text], h_1

    def _nested(self, states: Any) -> list[Any]:
        rest = iter(states)
        return [[next(rest) for _ in tree.flatten(cell.state_size)] for cell in self.cells[1:]]

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**config, "cells": [keras.saving.serialize_keras_object(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "WindowedCell":
        cells = [keras.saving.deserialize_keras_object(cell, custom_objects=custom_objects) for cell in config["cells"]]
        return cls(**{**config, "cells": cells})
