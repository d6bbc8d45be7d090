"""Pictures of two coloured shapes, sentences about them from a grammar, and a parser that knows what is true."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np

from rnnkit._checks import boolean, integer, number, positive_integer

COLOURS = {
    "red": (0.9, 0.15, 0.15),
    "green": (0.15, 0.75, 0.2),
    "blue": (0.2, 0.3, 0.95),
    "yellow": (0.95, 0.9, 0.2),
    "purple": (0.65, 0.2, 0.75),
    "white": (0.95, 0.95, 0.95),
}
FORMS = ("square", "circle", "triangle", "cross")
SIZES = {"small": 4, "large": 6}  # half the width, in pixels
HELD_OUT = (("red", "square"), ("green", "triangle"), ("blue", "circle"), ("yellow", "cross"))
GRADES = ("Describes without errors", "Describes with minor errors", "Somewhat related", "Unrelated")

SIDE = 32  # pixels
ARTICLES = ("a", "the", "one")
# What stands between the two shapes: first, and with the shapes in the other order.
RELATIONS = {"left": ("left of", "right of"), "above": ("above", "below")}
# ln 3 for the article, ln 2 for the order, ln 2 for whether sizes are said: nats of a sentence, given its picture.
ENTROPY = log(3) + 2 * log(2)


@dataclass(frozen=True)
class Shape:
    """One shape: its size, colour and form, by their words."""

    size: str
    colour: str
    form: str


@dataclass(frozen=True)
class Scene:
    """Two shapes; the first is left of the second, or above it.

    Attributes:
        shapes: the two.
        relation: "left" or "above".
    """

    shapes: tuple[Shape, Shape]
    relation: str


@dataclass(frozen=True)
class Scenes:
    """Pictures, what they show, and sentences about them.

    Attributes:
        images: float32 in [0, 1], shape (count, 32, 32, 3).
        scenes: what each shows.
        sentences: true ones, several for each.
    """

    images: np.ndarray
    scenes: list[Scene]
    sentences: list[list[str]]


def make_scenes(count: int, seed: int, *, captions: int = 5, held_out: bool = False, noise: float = 0.05) -> Scenes:
    """Pictures of two shapes on a dark ground with noise, drawn at random, and sentences about them.

    A sentence of the grammar is ARTICLE [SIZE] COLOUR FORM RELATION ARTICLE [SIZE] COLOUR FORM: one of three articles
    (the same twice), either shape first, and both sizes or none. Each choice is fair, so that a sentence holds
    `ENTROPY` = ln 3 + 2 ln 2 = 2.48 nats that are not in the picture.

    Args:
        count: pictures.
        seed: of everything.
        captions: sentences of each picture, drawn independently.
        held_out: whether each picture has at least one of the pairs of colour and form in `HELD_OUT`; by default
            none has one.
        noise: standard deviation of each pixel's normal noise.

    Returns:
        The pictures.

    Raises:
        ValueError: counts that are no positive integers, negative seed or noise.

    Example:
        >>> data = make_scenes(3, seed=0)
        >>> data.images.shape, len(data.sentences[0]), grade(data.sentences[1][0], data.scenes[1])
        ((3, 32, 32, 3), 5, 0)
    """
    count, captions = positive_integer("count", count), positive_integer("captions", captions)
    held_out, noise = boolean("held_out", held_out), number("noise", noise, least=0.0)
    rng = np.random.default_rng(integer("seed", seed, 0))
    scenes = [_scene(rng, held_out) for _ in range(count)]
    images = np.stack([_draw(scene, rng) for scene in scenes]) + rng.normal(size=(count, SIDE, SIDE, 3)) * noise
    sentences = [[all_sentences(scene)[rng.integers(12)] for _ in range(captions)] for scene in scenes]
    return Scenes(np.clip(images, 0, 1).astype(np.float32), scenes, sentences)


def all_sentences(scene: Scene) -> list[str]:
    """The twelve true sentences of the grammar about a scene, all equally likely."""
    return [
        _say(scene, article, swapped, sized) for article in ARTICLES for swapped in (0, 1) for sized in (False, True)
    ]


def scene_words() -> list[str]:
    """All words of the grammar, in the order of the alphabet."""
    relations = [word for pair in RELATIONS.values() for phrase in pair for word in phrase.split()]
    return sorted({*ARTICLES, *SIZES, *COLOURS, *FORMS, *relations})


def parse(sentence: str) -> dict[str, Any] | None:
    """What a sentence of the grammar says, with the shape that is left or above first; None where it is no sentence.

    Returns:
        "relation", and "sizes", "colours" and "forms", two each; "sizes" is None where they are not said.

    Example:
        >>> parse("a red square right of a blue circle")["forms"]
        ('circle', 'square')
        >>> parse("a red square square") is None
        True
    """
    words = sentence.split()
    for relation, phrases in RELATIONS.items():
        for swapped, phrase in enumerate(phrases):
            middle = phrase.split()
            for at in (3, 4):
                if words[at : at + len(middle)] != middle:
                    continue
                one, other = (_shape(part, at == 4) for part in (words[:at], words[at + len(middle) :]))
                if one is None or other is None or words[0] != words[at + len(middle)]:
                    return None
                first, second = (other, one) if swapped else (one, other)
                sizes = (first[0], second[0]) if at == 4 else None
                colours, forms = (first[1], second[1]), (first[2], second[2])
                return {"relation": relation, "sizes": sizes, "colours": colours, "forms": forms}
    return None


def mistakes(sentence: str, scene: Scene) -> int:
    """How many of a sentence's slots are wrong: relation, sizes, colours, forms; 9 where it is no sentence.

    A sentence with the right shapes in the wrong places has one mistake, the relation.
    """
    said = parse(sentence)
    if said is None:
        return 9
    orders = (scene.shapes, scene.shapes[::-1])
    return min(
        int(turned or said["relation"] != scene.relation) + _wrong(said, shapes) for turned, shapes in enumerate(orders)
    )


def grade(sentence: str, scene: Scene) -> int:
    """The lecture's four grades as numbers, into `GRADES`: 0, 1, 2, or at least 3 mistakes."""
    return min(3, mistakes(sentence, scene))


def grade_shares(sentences: Sequence[str], scenes: Sequence[Scene]) -> np.ndarray:
    """Shares of sentences with each of the four grades; the first is the share of true sentences."""
    if len(sentences) != len(scenes) or not sentences:
        raise ValueError(
            f"sentences: expected one for each of {len(scenes)} scenes, one or more, received {len(sentences)}."
        )
    grades = [grade(sentence, scene) for sentence, scene in zip(sentences, scenes, strict=True)]
    return np.bincount(grades, minlength=4) / len(grades)


def _wrong(said: dict[str, Any], shapes: tuple[Shape, ...]) -> int:
    slots = [("colours", "colour"), ("forms", "form"), *([("sizes", "size")] if said["sizes"] else [])]
    return sum(said[name][i] != getattr(shapes[i], slot) for name, slot in slots for i in (0, 1))


def _shape(words: list[str], sized: bool) -> tuple[str | None, str, str] | None:
    if len(words) != 3 + sized or words[0] not in ARTICLES:
        return None
    size = words[1] if sized else None
    fits = (size is None or size in SIZES) and words[-2] in COLOURS and words[-1] in FORMS
    return (size, words[-2], words[-1]) if fits else None


def _say(scene: Scene, article: str, swapped: int, sized: bool) -> str:
    first, second = scene.shapes[::-1] if swapped else scene.shapes
    one, other = (f"{article} {s.size + ' ' if sized else ''}{s.colour} {s.form}" for s in (first, second))
    return f"{one} {RELATIONS[scene.relation][swapped]} {other}"


def _scene(rng: np.random.Generator, held_out: bool) -> Scene:
    colours, sizes, relations = tuple(COLOURS), tuple(SIZES), tuple(RELATIONS)
    while True:
        drawn = [(sizes[rng.integers(2)], colours[rng.integers(6)], FORMS[rng.integers(4)]) for _ in range(2)]
        never = [(colour, form) in HELD_OUT for _, colour, form in drawn]
        if any(never) == held_out and drawn[0][1:] != drawn[1][1:]:
            return Scene((Shape(*drawn[0]), Shape(*drawn[1])), relations[rng.integers(2)])


def _draw(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    image = np.full((SIDE, SIDE, 3), 0.1)
    row, column = np.mgrid[:SIDE, :SIDE].astype(float)
    line = rng.uniform(8, SIDE - 9)  # on which both lie, nearly: what is left of another is not above it too
    for i, shape in enumerate(scene.shapes):
        half = SIZES[shape.size]
        along = rng.uniform(7.5, 8.5) + 16 * i - 0.5  # of the axis that the relation is about
        across = np.clip(line + rng.uniform(-3, 3), half, SIDE - 1 - half)
        x, y = (along, across) if scene.relation == "left" else (across, along)
        image[_inside(shape.form, column - x, row - y, half)] = COLOURS[shape.colour]
    return image


def _inside(form: str, x: np.ndarray, y: np.ndarray, half: float) -> np.ndarray:
    """Where a form of this half width around the origin is; y points down."""
    box = np.maximum(np.abs(x), np.abs(y)) <= half
    if form == "circle":
        return x**2 + y**2 <= half**2
    if form == "triangle":
        return box & (np.abs(x) <= (y + half) / 2)
    if form == "cross":
        return box & (np.minimum(np.abs(x), np.abs(y)) <= half / 3)
    return box
