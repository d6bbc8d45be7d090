"""Unit 12: a network that says what it sees, what it is compared with, and how much of what is said is true."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from rnnkit.applications import ShowAndTell
from rnnkit.datasets import Scene, Scenes, make_scenes
from rnnkit.datasets.scenes import grade_shares, scene_words


@dataclass(frozen=True)
class Profile:
    """Sizes of a run: pictures, batches of pictures with all their sentences, passes, units, the rate at the start."""

    images: int
    captions: int
    batch: int
    epochs: int
    units: int
    rate: float


QUICK = Profile(images=6000, captions=5, batch=32, epochs=11, units=96, rate=2e-3)
FULL = Profile(images=60_000, captions=5, batch=64, epochs=30, units=192, rate=1e-3)
LONGEST = 10  # words: the grammar's longest sentence has as many
TEST_SEED = 10**6


def image_model(seed: int) -> keras.Model:
    """Three convolutions of 32, 32 and 64 maps, each with batch normalisation and pooling: 32 × 32 to 1,024 numbers."""
    keras.utils.set_random_seed(seed)
    layers: list[Any] = [keras.Input((32, 32, 3))]
    for maps in (32, 32, 64):
        layers += [
            keras.layers.Conv2D(maps, 3, padding="same", use_bias=False),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(),
        ]
    return keras.Sequential([*layers, keras.layers.Flatten()], name="image_model")


def network(profile: Profile, seed: int) -> ShowAndTell:
    """The compiled network, whose first states are made of the picture's features; the rate falls as a cosine to 0."""
    words = scene_words()
    model = ShowAndTell(
        image_model(seed),
        keras.layers.LSTMCell(profile.units),
        words,
        max_words=LONGEST,
        embedding_units=32,
        image_as="state",
    )
    updates = -(-profile.images // profile.batch) * profile.epochs
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(profile.rate, updates)))
    return model


def training_scenes(profile: Profile, seed: int) -> Scenes:
    """Pictures without the pairs of colour and form that are held out."""
    return make_scenes(profile.images, seed, captions=profile.captions)


def test_scenes(count: int, held_out: bool = False) -> Scenes:
    """New pictures of the pairs that training has, or with pairs that it never has."""
    return make_scenes(count, TEST_SEED + held_out, captions=5, held_out=held_out)


def train(
    model: ShowAndTell,
    data: Scenes,
    profile: Profile,
    folder: Path | None = None,
    report: Callable[[str], None] | None = print,
) -> list[float]:
    """Train pass by pass; stopped and called again with the same folder, go on after the last whole pass.

    Args:
        model: from `network`.
        data: from `training_scenes`.
        profile: the same as the network's.
        folder: where a stopped training is kept, until it is done; None keeps nothing.
        report: is told the loss after each pass.

    Returns:
        The loss of each pass of this call, in nats a sentence.
    """
    callbacks: list[Any] = [] if folder is None else [keras.callbacks.BackupAndRestore(str(folder))]
    if report is not None:

        def said(epoch: int, logs: Any = None) -> None:
            report(f"pass {epoch + 1} of {profile.epochs}: {logs['loss']:.3f} nats a sentence")

        callbacks.append(keras.callbacks.LambdaCallback(on_epoch_end=said))
    history = model.fit(
        data.images,
        data.sentences,
        batch_size=profile.batch,
        epochs=profile.epochs,
        callbacks=callbacks,
        verbose=0,
    )
    return [float(loss) for loss in history.history.get("loss", [])]


@dataclass(frozen=True)
class Result:
    """What is said of pictures, and how good it is.

    Attributes:
        sentences: one for each picture, by the name of who says it.
        grades: shares of the lecture's four grades by the same names; the first is the share of true sentences.
    """

    sentences: dict[str, list[str]]
    grades: dict[str, np.ndarray]

    def table(self) -> str:
        """The shares in per cent, one line each."""
        lines = [f"{'':<26}{'true':>8}{'1 wrong':>9}{'2 wrong':>9}{'unrelated':>11}"]
        for name, shares in self.grades.items():
            one, two, three, four = 100 * shares
            lines.append(f"{name:<26}{one:>7.1f}%{two:>8.1f}%{three:>8.1f}%{four:>10.1f}%")
        return "\n".join(lines)


def compare(model: ShowAndTell, training: Scenes, test: Scenes, beam: int = 5, seed: int = 0) -> Result:
    """Greedy choice and beam search beside a random training sentence and the nearest training picture's first one.

    The nearest picture is nearest in the trained image model's features.
    """
    greedy = [captions[0].text for captions in model.generate(test.images, beam=1)]
    beams = [captions[0].text for captions in model.generate(test.images, beam=beam)]
    nearest = nearest_pictures(model.image_model, training.images, test.images)
    random = np.random.default_rng(seed).integers(len(training.sentences), size=len(test.images))
    said = {
        "greedy": greedy,
        f"beam {beam}": beams,
        "nearest neighbour": [training.sentences[i][0] for i in nearest],
        "random sentence": [training.sentences[i][0] for i in random],
    }
    return Result(said, {name: grade_shares(sentences, test.scenes) for name, sentences in said.items()})


def nearest_pictures(features: keras.Model, training: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The number of the training picture whose features are nearest to each test picture's."""
    known, new = (features.predict(images, batch_size=256, verbose=0) for images in (training, test))
    square = (known**2).sum(axis=1)
    return np.array([np.argmin(square - 2 * known @ row) for row in new])


def loss_on(model: ShowAndTell, data: Scenes) -> float:
    """Nats a sentence; the grammar's entropy, `ENTROPY`, is the least that any network can have."""
    return -float(np.mean(model.sentence_log_prob(data.images, data.sentences, batch_size=250)))


def colours_swapped(sentence: str, scene: Scene) -> str:
    """The sentence with the scene's two colours in each other's place."""
    one, other = (shape.colour for shape in scene.shapes)
    return " ".join({one: other, other: one}.get(word, word) for word in sentence.split())
