"""Unit 13: small digits somewhere on a larger canvas, read in six glimpses, at learned or random places, or at once."""

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
    rate = keras.optimizers.schedules.CosineDecay(7e-4, steps)  # faster, the locator settles before rewards say much
    model.compile(
        keras.optimizers.Adam(rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=_worth_compiling(steps),
    )
    model.build((None, side, side, 1))
    return model


def convolutional_network(steps: int, seed: int) -> keras.Model:
    """To compare with: two layers of 3 × 3 filters over a canvas of any size, and each filter's largest answer.

    Args:
        steps: updates that are to follow, over which the rate falls to nothing.
        seed: of the weights.
    """
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(1e-2, steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _worth_compiling(steps: int) -> bool:
    return steps >= 1000  # it takes seconds, and then an update takes two thirds of the time


def multiplications(model: keras.Model, side: int) -> int:
    """How many products of a weight and a number an answer takes, on a canvas of so many pixels a side.

    Those of the glimpses' averages are left out: each takes 336 additions, whatever the canvas.
    """
    if isinstance(model, RecurrentAttention):
        return model.glimpses * sum(int(np.prod(w.shape)) for w in model.trainable_weights if len(w.shape) > 1)
    count, shape = 0, (1, side, side, 1)
    for layer in model.layers:
        shape = layer.compute_output_shape(shape)
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            count += int(np.prod(kernel.shape)) * int(np.prod(shape[1:-1]))
    return count


def steps_of(digits: OpticalDigits, parts: int) -> int:
    """Updates in so many parts of the training."""
    return positive_integer("parts", parts) * max(
        1, PASSES * len(digits) // BATCH
    )  # whole batches: each size is compiled anew


def train(model: keras.Model, digits: OpticalDigits, parts: int, folder: Path, seed: int = 0) -> None:
    """Train in parts, each of some passes with every digit at a new place; stopped and called again, go on.

    Keras's backup does not hold the state of random numbers: after a resumption other glimpses are drawn.

    Args:
        model: from `network` or `convolutional_network`, for `steps_of(digits, parts)` updates.
        digits: to train on.
        parts: how many; seven lines or fewer are printed on the way.
        folder: for the backup of this training alone; removed at the end.
        seed: of the places.
    """
    steps = steps_of(digits, 1)

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
        if (part + 1) % max(1, parts // 6) == 0:
            print(f"part {part + 1:2d} of {parts}: {100 * logs['accuracy']:5.1f} % right in training", flush=True)

    if keras.backend.backend() == "tensorflow" and _worth_compiling(parts * steps):
        model.steps_per_execution = steps  # a part is one call: a third of the time went between calls
    backup = keras.callbacks.BackupAndRestore(folder, double_checkpoint=True)
    progress = keras.callbacks.LambdaCallback(on_epoch_end=report)
    model.fit(Parts(), epochs=positive_integer("parts", parts), shuffle=False, verbose=0, callbacks=[backup, progress])
    model.steps_per_execution = 1  # predict would unroll as many batches


def measured(model: RecurrentAttention, canvases: Canvases, glimpses: int | None = None) -> dict[str, np.ndarray]:
    """What a network answers and where it looks, glimpse by glimpse.

    Args:
        model: from `network`.
        canvases: N of them.
        glimpses: T, by default as in training.

    Returns:
        "accuracy", the share of right answers after each glimpse, and "on_digit", the share of glimpses whose centre is
        in the square of 8 × 8 pixels that holds the digit, both of shape (T,); "answers", shape (N, T); "places", the
        centres' row and column in pixels, shape (N, T, 2).
    """
    seen = model.look(canvases.images, glimpses)
    answers = seen["probabilities"].argmax(axis=-1)
    side = np.array(canvases.images.shape[1:3])
    places = seen["locations"] * model.sensor.pixels_per_unit + side / 2
    corners = canvases.corners[:, None]
    on = ((places >= corners) & (places < corners + SIZE)).all(axis=-1)
    right = answers == canvases.labels[:, None]
    return {"accuracy": right.mean(axis=0), "on_digit": on.mean(axis=0), "answers": answers, "places": places}
