"""Unit 13: small digits somewhere on a larger canvas, read in six glimpses whose places are learned, or random."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from rnnkit._checks import positive_integer
from rnnkit.applications import RecurrentAttention
from rnnkit.datasets.optical_digits import SIZE, OpticalDigits

CANVAS, BATCH = 24, 128
PASSES = 4  # over the digits in a part of the training


@dataclass(frozen=True)
class Canvases:
    """Digits on canvases.

    Attributes:
        images: shape (N, side, side, 1), from 0 to 1.
        labels: shape (N,).
        corners: row and column of each digit's upper left pixel, shape (N, 2).
    """

    images: np.ndarray
    labels: np.ndarray
    corners: np.ndarray


def on_canvases(digits: OpticalDigits, side: int = CANVAS, seed: Any = 0) -> Canvases:
    """Each digit once, on an empty square canvas, at a place drawn uniformly among those where it is whole.

    Raises:
        ValueError: a canvas smaller than a digit.
    """
    count, height, width = digits.images.shape
    if positive_integer("side", side) < max(height, width):
        raise ValueError(f"side: expected at least {max(height, width)}, the digits' own size, received {side}.")
    corners = np.random.default_rng(seed).integers(0, [side - height + 1, side - width + 1], (count, 2))
    rows, columns = corners[:, :1] + np.arange(height), corners[:, 1:] + np.arange(width)
    images = np.zeros((count, side, side, 1), np.float32)
    images[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :], 0] = digits.images / 16
    return Canvases(images, digits.labels, corners)


def network(policy: str, steps: int, seed: int, side: int = CANVAS) -> RecurrentAttention:
    """Six glimpses of 4 × 4 numbers at three scales, 4 to 16 pixels wide: 48 numbers of the canvas' 576 at a time.

    Args:
        policy: "learned" or "random".
        steps: updates that are to follow, over which the rate falls to nothing.
        seed: of weights and draws.
        side: of the canvases that it will be trained on, whose half is the unit of its locations.
    """
    keras.utils.set_random_seed(seed)
    model = RecurrentAttention(
        10, 6, size=4, scales=3, pixels_per_unit=side / 2, policy=policy, start="random", seed=seed
    )
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.build((None, side, side, 1))
    return model


def train(model: RecurrentAttention, digits: OpticalDigits, parts: int, folder: Path, seed: int = 0) -> None:
    """Train in parts, each of some passes with every digit at a new place; stopped and called again, go on.

    Keras's backup does not hold the state of random numbers: after a resumption other glimpses are drawn.

    Args:
        model: from `network`.
        digits: to train on.
        parts: how many; a line is printed after each.
        folder: for the backup of this training alone; removed at the end.
        seed: of the places.
    """
    steps = -(-PASSES * len(digits) // BATCH)

    class Parts(keras.utils.PyDataset):
        """Batches of the part that the optimizer's own count of updates says comes next."""

        def __init__(self) -> None:
            super().__init__()
            self.on_epoch_begin()  # Keras looks at a batch before the first epoch begins

        def __len__(self) -> int:
            return steps

        def on_epoch_begin(self) -> None:
            part = int(model.optimizer.iterations) // steps
            drawn = [on_canvases(digits, CANVAS, [seed, part, i]) for i in range(PASSES)]
            order = np.random.default_rng([seed, part]).permutation(PASSES * len(digits))
            self.images = np.concatenate([d.images for d in drawn])[order]
            self.labels = np.concatenate([d.labels for d in drawn])[order]

        def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
            chosen = slice(step * BATCH, (step + 1) * BATCH)
            return self.images[chosen], self.labels[chosen]

    def report(part: int, logs: dict[str, float]) -> None:
        print(f"part {part + 1:2d} of {parts}: {100 * logs['accuracy']:5.1f} % right in training", flush=True)

    backup = keras.callbacks.BackupAndRestore(folder, double_checkpoint=True)
    progress = keras.callbacks.LambdaCallback(on_epoch_end=report)
    model.fit(Parts(), epochs=positive_integer("parts", parts), shuffle=False, verbose=0, callbacks=[backup, progress])


def measured(model: RecurrentAttention, canvases: Canvases) -> dict[str, Any]:
    """Share of right answers, and of glimpses whose centre is on the digit, after each glimpse: two arrays (T,)."""
    seen = model.look(canvases.images)
    right = seen["probabilities"].argmax(axis=-1) == canvases.labels[:, None]
    side = np.array(canvases.images.shape[1:3])
    pixels = seen["locations"] * model.sensor.pixels_per_unit + side / 2
    corners = canvases.corners[:, None]
    on = ((pixels >= corners) & (pixels < corners + SIZE)).all(axis=-1)
    return {"accuracy": right.mean(axis=0), "on_digit": on.mean(axis=0)}
