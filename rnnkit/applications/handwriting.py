"""A network that writes with a pen, whatever comes next or a text that it is given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from rnnkit._checks import number, positive_integer
from rnnkit.applications._strokes import checked_strokes, encoded
from rnnkit.applications.mixture_density import MixtureDensity
from rnnkit.applications.windowed_cell import WindowedCell
from rnnkit.layers.base import register
from rnnkit.layers.deep import DeepRNN


@dataclass(frozen=True)
class Writing:
    """What a net has written for one text.

    Attributes:
        strokes: shape (points, 3): offsets in the units of the training data, and whether the pen is lifted after it.
            The first point is the origin.
        y_hat: shape (points − 1, 6 M + 1): the densities that the points after the first were drawn from, before any
            bias; for `rnnkit.applications.bivariate_mixture`.
        phi: shape (points − 1, U + 1): the window over the text and one place behind it; None without a text.
    """

    strokes: np.ndarray
    y_hat: np.ndarray
    phi: np.ndarray | None


@register
class Handwriting(keras.Model):
    """A deep recurrent network with skips that tells the density of a pen's next point.

    A stack of cells (`DeepRNN`) reads the points so far; with an alphabet it is a `WindowedCell`, which reads a text
    too. A `MixtureDensity` is on top. Strokes and texts are those of `rnnkit.datasets.pen_strings`, or your own.

    Args:
        cells: recurrent cells from the lowest up, Keras's or this library's; an integer is a Keras LSTM with as many
            units.
        components: of the mixture.
        alphabet: the characters that texts are made of, or None for a net without texts.
        bumps, step: of the window; see `SoftWindow`.
        connections: "skip" or "stacked".
        name, dtype, trainable: as in every Keras model.

    Call arguments:
        inputs: strokes, shape (batch, points, 3); with an alphabet a tuple of them and of `encode(texts)`.
        training: passed to the cells.

    Returns:
        ŷ of the next point after each, shape (batch, points, 6 M + 1).

    Raises:
        ValueError: no cell, a size that is not a positive integer, an alphabet that is empty or has a character twice.

    Source:
        A. Graves, Generating Sequences With Recurrent Neural Networks (2013), arXiv 1308.0850, sections 4 and 5.

    Example:
        >>> import numpy as np
        >>> from rnnkit.applications import MixtureLoss
        >>> from rnnkit.datasets import generate_pen_digits, pen_strings
        >>> data = pen_strings(generate_pen_digits(50), count=8, length=2)
        >>> model = Handwriting([6, 7], components=2, alphabet="0123456789")
        >>> model.compile("adam", MixtureLoss())
        >>> history = model.fit(*model.training_data(data.strokes, data.texts), epochs=1, verbose=0)
        >>> model.log_prob(data.strokes, data.texts).shape
        (8, 15)
        >>> [writing] = model.write(["42"], bias=1.0, seed=0, steps=20)
        >>> writing.strokes.shape[1], writing.phi.shape[1]
        (3, 3)
    """

    def __init__(
        self,
        cells: Sequence[Any] = (96, 96),
        components: int = 10,
        alphabet: str | None = None,
        bumps: int = 5,
        step: float = 0.125,
        connections: str = "skip",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(cells, str) or not isinstance(cells, Iterable):
            raise ValueError(f"cells: expected a list of recurrent cells or numbers of units, received {cells!r}.")
        if alphabet is not None and (not isinstance(alphabet, str) or not 0 < len(alphabet) == len(set(alphabet))):
            raise ValueError(f"alphabet: expected None or a text of different characters, received {alphabet!r}.")
        self.components, self.alphabet, self.connections = components, alphabet, connections
        self.bumps, self.step = bumps, step
        self.cells = [_cell(cell, self.dtype_policy) for cell in cells]
        if alphabet is None:
            self.recurrent = DeepRNN(self.cells, connections, return_sequences=True, dtype=self.dtype_policy)
        else:
            cell = WindowedCell(self.cells, len(alphabet), bumps, step, connections, dtype=self.dtype_policy)
            self.recurrent = keras.layers.RNN(cell, return_sequences=True, dtype=self.dtype_policy)
        self.density = MixtureDensity(components, dtype=self.dtype_policy)

    def build(self, input_shape: Any) -> None:
        # With an alphabet the shape is a pair; the recurrent layer's own does not depend on the text's length.
        strokes = input_shape if self.alphabet is None else input_shape[0]
        self.recurrent.build(strokes)
        self.density.build((None, None, self.recurrent.cell.output_size))
        self.density.built = self.recurrent.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        if self.alphabet is None:
            return self.density(self.recurrent(inputs, training=training))
        strokes, codes = inputs
        start = self.recurrent.cell.start(ops.one_hot(codes, len(self.alphabet)))
        return self.density(self.recurrent(strokes, initial_state=start, training=training))

    def encode(self, texts: Any) -> np.ndarray:
        """Texts as the places of their characters in the alphabet, −1 after the end: shape (texts, longest).

        Raises:
            ValueError: no text, an empty text, or a character that is not in the alphabet.
        """
        if self.alphabet is None:
            raise ValueError("texts: expected none, as this net has no alphabet. Make it with alphabet='0123456789'.")
        return encoded(texts, self.alphabet)

    def training_data(self, strokes: Any, texts: Any = None) -> tuple[Any, Any]:
        """Inputs and targets for `fit` and `evaluate`: all points but the last, and all but the first.

        Args:
            strokes: shape (texts, points, 3), or a list of arrays (points, 3) of different lengths.
            texts: one for each, with an alphabet.

        Raises:
            ValueError: strokes of another shape, not finite, or with other pen marks than 0 and 1; another number of
                texts than of strokes; and what `encode` raises.
        """
        strokes = checked_strokes(strokes)
        if self.alphabet is None:
            if texts is not None:
                self.encode(texts)
            return strokes[:, :-1], strokes[:, 1:]
        codes = self.encode([] if texts is None else texts)
        if len(codes) != len(strokes):
            raise ValueError(f"texts: expected one for each of {len(strokes)} strokes, received {len(codes)}.")
        return (strokes[:, :-1], codes), strokes[:, 1:]

    def log_prob(self, strokes: Any, texts: Any = None, batch_size: int = 256) -> np.ndarray:
        """Nats of each point after the first, shape (texts, points − 1); 0 after the end of shorter ones.

        Arguments and errors as in `training_data`.
        """
        inputs, points = self.training_data(strokes, texts)
        found = []
        for at in range(0, len(points), positive_integer("batch_size", batch_size)):
            batch = slice(at, at + batch_size)
            y_hat = self((inputs[0][batch], inputs[1][batch]) if self.alphabet else inputs[batch])
            found.append(ops.convert_to_numpy(self.density.log_prob(y_hat, points[batch])))
        return np.where(points[..., 2] >= 0, np.concatenate(found), 0.0)

    def write(
        self, texts: Any = None, *, count: int = 1, steps: int | None = None, bias: float = 0.0, seed: int = 0
    ) -> list[Writing]:
        """Write texts, or without an alphabet whatever comes.

        A text is at its end where the pen is lifted and the window is behind its last character at the next step.

        Args:
            texts: what to write, with an alphabet.
            count: how many to write, without an alphabet.
            steps: how many points to draw at most; by default 30 for each character of the longest text, 100 without.
            bias: 0 for the density that was learnt, above 0 for a neater hand.
            seed: the same seed writes the same.

        Raises:
            ValueError: what `encode` raises; a bias below 0; sizes that are not positive integers.
        """
        bias = number("bias", bias, least=0.0)
        codes = None if self.alphabet is None and texts is None else self.encode([] if texts is None else texts)
        count = positive_integer("count", count) if codes is None else len(codes)
        default = 100 if codes is None else 30 * codes.shape[1]
        steps = default if steps is None else positive_integer("steps", steps)
        return _Pen(self, codes, count, bias, seed).write(steps)

    def get_config(self) -> dict[str, Any]:
        cells = [keras.saving.serialize_keras_object(cell) for cell in self.cells]
        own = ("components", "alphabet", "bumps", "step", "connections")
        return {**super().get_config(), "cells": cells, **{name: getattr(self, name) for name in own}}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "Handwriting":
        cells = [keras.saving.deserialize_keras_object(cell, custom_objects=custom_objects) for cell in config["cells"]]
        return cls(**{**config, "cells": cells})


class _Pen:
    """The loop in which a net reads what it has just written."""

    def __init__(self, model: Handwriting, codes: np.ndarray | None, count: int, bias: float, seed: int) -> None:
        self.model, self.codes, self.bias = model, codes, bias
        self.seed = keras.random.SeedGenerator(seed)
        self.point = ops.zeros((count, 3), dtype=model.compute_dtype)
        first = self.point[:, None]
        model(first if codes is None else (first, codes))  # builds it
        self.cell = model.recurrent.cell
        if codes is None:
            self.states = self.cell.get_initial_state(batch_size=count)
        else:
            self.states = self.cell.start(ops.one_hot(codes, len(model.alphabet or "")))

    def write(self, steps: int) -> list[Writing]:
        points, densities, windows = [np.zeros((len(self.point), 3))], [], []
        ends = np.full(len(self.point), steps)
        for step in range(steps):
            y_hat, phi = self._step()
            points.append(ops.convert_to_numpy(self.point))
            densities.append(ops.convert_to_numpy(y_hat))
            if self.codes is not None:
                windows.append(ops.convert_to_numpy(phi))
                # A window moves on before the pen is lifted, so it is asked at the step after.
                behind = windows[-1].argmax(axis=1) >= (self.codes >= 0).sum(axis=1)
                ends[(ends == steps) & behind & (points[-2][:, 2] > 0.5)] = step
                if (ends <= step).all():
                    break
        strokes, y_hats = np.stack(points, axis=1), np.stack(densities, axis=1)
        phis = np.stack(windows, axis=1) if windows else None
        return [
            Writing(strokes[i, : end + 1], y_hats[i, :end], None if phis is None else phis[i, :end])
            for i, end in enumerate(np.minimum(ends, y_hats.shape[1]))
        ]

    def _step(self) -> tuple[Any, Any]:
        phi = None
        if self.codes is None:
            h, self.states = self.cell(self.point, self.states)
        else:
            h, self.states, phi = self.cell.look(self.point, self.states)
        y_hat = self.model.density(h)
        self.point = ops.cast(self.model.density.sample(y_hat, self.bias, self.seed), self.model.compute_dtype)
        return y_hat, phi


def _cell(cell: Any, dtype: Any) -> Any:
    if isinstance(cell, int):
        return keras.layers.LSTMCell(positive_integer("cells", cell, "numbers of units of at least 1"), dtype=dtype)
    return cell
