"""Captions, their words, and the numbers that stand for words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from rnnkit.language import tokenise

END = 0  # the number of the mark that begins and ends every sentence
PADDING = -1  # in the place of words after a sentence's end


@dataclass(frozen=True)
class Caption:
    """A sentence for an image.

    Attributes:
        text: the sentence, as a person writes it.
        words: its words, without the end.
        log_prob: log p(S | I), natural logarithm, its end included.
        forced: whether the sentence ends because it has `max_words` words, and not because the network ended it.
    """

    text: str
    words: tuple[str, ...]
    log_prob: float
    forced: bool


def caption_words(sentences: Iterable[Any]) -> list[str]:
    """The different words of sentences, in the order of the alphabet.

    Args:
        sentences: texts, or several texts for each image.

    Raises:
        ValueError: no word at all, or something that is not a text.

    Example:
        >>> caption_words(["a red circle", ["A blue circle"]])
        ['a', 'blue', 'circle', 'red']
    """
    flat = [text for item in sentences for text in ([item] if isinstance(item, str) else item)]
    words = sorted({word for text in flat for word in tokenise(text)})
    if not words:
        raise ValueError("sentences: expected texts with at least one word, received none.")
    return words


def encode(sentences: Sequence[Any], words: Sequence[str], longest: int) -> np.ndarray:
    """Numbers of words and ends, int32 of shape (images, C, most words + 1), from a text or up to C texts an image."""
    number = {word: i + 1 for i, word in enumerate(words)}
    if isinstance(sentences, str) or len(sentences) == 0:
        raise ValueError(f"sentences: expected a text, or several, for each image, received {sentences!r:.80}.")
    texts = [[item] if isinstance(item, str) else list(item) for item in sentences]
    rows = [[_numbers(text, i, number, longest) for text in item] for i, item in enumerate(texts)]
    if not all(rows):
        raise ValueError(f"sentences[{rows.index([])}]: expected a text or more, received none.")
    numbers = np.full((len(rows), max(map(len, rows)), max(len(row) for item in rows for row in item)), PADDING)
    for i, item in enumerate(rows):
        for j, row in enumerate(item):
            numbers[i, j, : len(row)] = row
    return numbers.astype(np.int32)


def _numbers(text: Any, i: int, number: dict[str, int], longest: int) -> list[int]:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"sentences[{i}]: expected a text of one word or more, received {text!r}.")
    told = tokenise(text)
    unknown = [word for word in told if word not in number]
    if unknown:
        raise ValueError(
            f"sentences[{i}]: expected words of the vocabulary, received {unknown[0]!r}. Give the model "
            "words=caption_words(sentences) of all its sentences, or leave this one out."
        )
    if len(told) > longest:
        raise ValueError(f"sentences[{i}]: expected at most max_words = {longest} words, received {len(told)}.")
    return [*(number[word] for word in told), END]


def check_parts(image_model: Any, cell: Any, words: Any) -> None:
    """Or a ValueError that names which of Show and Tell's three parts cannot be one, and why."""
    shapes = [getattr(image_model, f"{end}_shape", None) for end in ("input", "output")]
    if not getattr(image_model, "built", False) or not all(isinstance(shape, tuple) for shape in shapes):
        shapes = [None, None]
    if shapes[1] is None or len(shapes[1]) != 2 or shapes[1][1] is None:
        raise ValueError(
            f"image_model: expected a built Keras model from an input to vectors (batch, F), received {image_model!r}, "
            f"output shape {shapes[1]}. Begin it with keras.Input, end it with Flatten or GlobalAveragePooling2D."
        )
    for one in cell if isinstance(cell, list | tuple) and cell else [cell]:
        if not hasattr(one, "state_size") or not callable(one) or isinstance(one, keras.layers.RNN):
            raise ValueError(f"cell: expected a recurrent cell such as keras.layers.LSTMCell(96), received {one!r}.")
    if isinstance(words, str) or not len(words) or len(set(words)) < len(words) or not all(map(_is_word, words)):
        raise ValueError(
            f"words: expected different words in small letters, one or more, received {words!r:.80}. "
            "See caption_words(sentences)."
        )


def _is_word(word: Any) -> bool:
    return isinstance(word, str) and tokenise(word) == [word]
