"""Unit 12: a network that says what it sees, what it is compared with, and how much of what is said is true."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from rnnkit.applications import ShowAndTell
from rnnkit.course.experiments.caption_measures import bleu, cider
from rnnkit.datasets import Scene, Scenes, make_scenes
from rnnkit.datasets.scenes import all_sentences, grade_shares, scene_words


@dataclass(frozen=True)
class Profile:
    """Sizes of a run: pictures, batches of pictures with all their sentences, passes, units, the rate at the start."""

    images: int
    captions: int
    batch: int
    epochs: int
    units: int
    rate: float


QUICK = Profile(images=6000, captions=5, batch=32, epochs=9, units=96, rate=2e-3)
CHECK = Profile(images=128, captions=2, batch=32, epochs=2, units=12, rate=1e-2)
FULL = Profile(images=60_000, captions=5, batch=64, epochs=30, units=192, rate=1e-3)
LONGEST = 10  # words: the grammar's longest sentence has as many
TEST_SEED = 10**6


def image_model(seed: int) -> keras.Model:
    """Three convolutions of 32, 32 and 64 maps, each with pooling and batch normalisation: 32 × 32 to 1,024 numbers."""
    keras.utils.set_random_seed(seed)
    layers: list[Any] = [keras.Input((32, 32, 3))]
    for maps in (32, 32, 64):
        layers += [
            keras.layers.Conv2D(maps, 3, padding="same", use_bias=False),
            keras.layers.MaxPooling2D(),  # first, so that the rest has a quarter of the numbers
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.ReLU(),
        ]
    return keras.Sequential([*layers, keras.layers.Flatten()], name="image_model")


def no_picture(seed: int) -> keras.Model:
    """In an image model's place: what it is given is one number, the same for all."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((1,)), keras.layers.Activation("linear")], name="no_picture")


def without_pictures(data: Scenes) -> Scenes:
    """The same sentences, each picture replaced by a 1: a network that learns from it is a language model."""
    return dataclasses.replace(data, images=np.ones((len(data.images), 1), np.float32))


def network(
    profile: Profile,
    seed: int,
    pictures: Callable[[int], keras.Model] = image_model,
    words: Sequence[str] | None = None,
) -> ShowAndTell:
    """The compiled network, whose first states are made of the picture's features; the rate falls as a cosine to 0."""
    model = ShowAndTell(
        pictures(seed),
        keras.layers.LSTMCell(profile.units),
        scene_words() if words is None else words,
        max_words=LONGEST,
        embedding_units=32,
        image_as="state",
    )
    updates = -(-profile.images // profile.batch) * profile.epochs
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(profile.rate, updates)))
    model.optimizer.build(model.trainable_variables)  # in the first step its graph would be traced twice
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


def language_model(profile: Profile, data: Scenes, seed: int, passes: int = 2) -> ShowAndTell:
    """The same network, trained on the sentences without their pictures."""
    shorter = dataclasses.replace(profile, epochs=min(passes, profile.epochs))
    model = network(shorter, seed, no_picture)
    train(model, without_pictures(data), shorter, report=None)
    return model


@dataclass(frozen=True)
class Result:
    """What is said of pictures, and how good it is.

    Attributes:
        sentences: one for each picture, by the name of who says it.
        grades: shares of the lecture's four grades by the same names; the first is the share of true sentences.
        bleu: BLEU-4 by the same names, with the pictures' sentences as references.
        cider: CIDEr-D in the same way.
    """

    sentences: dict[str, list[str]]
    grades: dict[str, np.ndarray]
    bleu: dict[str, float]
    cider: dict[str, float]

    def table(self) -> str:
        """The shares in per cent, BLEU and CIDEr, one line each."""
        lines = [f"{'':<26}{'true':>8}{'1 wrong':>9}{'2 wrong':>9}{'3 or more':>11}{'BLEU-4':>9}{'CIDEr':>8}"]
        for name, shares in self.grades.items():
            one, two, three, four = 100 * shares
            line = f"{name:<26}{one:>7.1f}%{two:>8.1f}%{three:>8.1f}%{four:>10.1f}%"
            lines.append(f"{line}{self.bleu[name]:>9.2f}{self.cider[name]:>8.2f}")
        return "\n".join(lines)


def graded(sentences: dict[str, list[str]], test: Scenes) -> Result:
    """The grades, BLEU and CIDEr of what each says of the same pictures."""
    return Result(
        sentences,
        {name: grade_shares(said, test.scenes) for name, said in sentences.items()},
        {name: bleu(said, test.sentences) for name, said in sentences.items()},
        {name: cider(said, test.sentences) for name, said in sentences.items()},
    )


def said_of(model: ShowAndTell, data: Scenes, beam: int) -> list[str]:
    """The best sentence for each picture; a beam of 1 is the greedy choice."""
    return [captions[0].text for captions in model.generate(data.images, beam=beam)]


def compare(
    model: ShowAndTell, training: Scenes, test: Scenes, language: ShowAndTell, beam: int = 5, seed: int = 0
) -> Result:
    """Greedy choice and beam search beside three who do worse, a true sentence, and one whose colours are exchanged.

    The nearest neighbour says the first sentence of the training picture that is nearest in the trained image model's
    features; the language model, which has learnt without pictures, says its likeliest sentence of each.
    """
    nearest = nearest_pictures(model.image_model, training.images, test.images)
    rng = np.random.default_rng(seed)
    random = rng.integers(len(training.sentences), size=len(test.images))
    true = [all_sentences(scene)[rng.integers(12)] for scene in test.scenes]
    likeliest = said_of(language, without_pictures(dataclasses.replace(training, images=training.images[:1])), beam)
    return graded(
        {
            "greedy": said_of(model, test, 1),
            f"beam {beam}": said_of(model, test, beam),
            "nearest neighbour": [training.sentences[i][0] for i in nearest],
            "language model": likeliest * len(test.images),
            "random sentence": [training.sentences[i][0] for i in random],
            "a true sentence": true,
            "its colours exchanged": [colours_swapped(*pair) for pair in zip(true, test.scenes, strict=True)],
        },
        test,
    )


def without_habit(
    model: ShowAndTell, language: ShowAndTell, data: Scenes, weights: Sequence[float], beam: int = 40
) -> list[list[str]]:
    """For each weight λ the sentences of a wide beam with the largest log p(S | I) − λ log p(S).

    The language model, which gives p(S), knows what is usually said; with λ > 0 that counts for less.
    """
    found = model.generate(data.images, beam=beam)
    texts = sorted({caption.text for captions in found for caption in captions} - {""})
    nothing = np.ones((len(texts), 1), np.float32)
    usual = {"": 0.0} | dict(zip(texts, language.sentence_log_prob(nothing, texts, batch_size=500), strict=True))
    return [
        [max(captions, key=lambda c: c.log_prob - weight * usual[c.text]).text for captions in found]
        for weight in weights
    ]


def word_probabilities(model: ShowAndTell, image: np.ndarray, sentence: str) -> np.ndarray:
    """The probability of each word of a sentence and of its end, given the image and the words before it."""
    numbers = model.encode([sentence]) if sentence else np.zeros((1, 1, 1), np.int32)  # only the end
    log_p = model.predict([image[None], numbers], verbose=0)
    return np.exp(np.take_along_axis(log_p, numbers[..., None], axis=-1).ravel())


def nearest_pictures(features: keras.Model, training: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The number of the training picture whose features are nearest to each test picture's."""
    known, new = (features.predict(images, batch_size=256, verbose=0) for images in (training, test))
    square = (known**2).sum(axis=1)
    return np.concatenate(
        [np.argmin(square - 2 * rows @ known.T, axis=1) for rows in np.split(new, range(500, len(new), 500))]
    )


def loss_on(model: ShowAndTell, data: Scenes) -> float:
    """Nats a sentence; the grammar's entropy, `ENTROPY`, is the least that any network can have."""
    return -float(np.mean(model.sentence_log_prob(data.images, data.sentences, batch_size=250)))


def colours_swapped(sentence: str, scene: Scene) -> str:
    """The sentence with the scene's two colours in each other's place."""
    one, other = (shape.colour for shape in scene.shapes)
    return " ".join({one: other, other: one}.get(word, word) for word in sentence.split())
