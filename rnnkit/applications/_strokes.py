"""What a pen wrote and the texts to it, checked and in arrays."""

from typing import Any

import numpy as np

from rnnkit._checks import finite_array

PADDING = (0.0, 0.0, -1.0)  # stands after the end of what is shorter than others


def checked_strokes(strokes: Any) -> np.ndarray:
    """Strokes as one array (texts, points, 3), float32; a ValueError for what the pen cannot have written.

    Args:
        strokes: one array, or a list of arrays (points, 3) of different lengths.
    """
    one = strokes.ndim == 3 if isinstance(strokes, np.ndarray) else False
    each = [finite_array(f"strokes[{i}]", part, "(points, 3)", ndim=2) for i, part in enumerate(strokes)]
    if not each or any(part.shape[1] != 3 for part in each) or (isinstance(strokes, np.ndarray) and not one):
        received = np.shape(strokes) if isinstance(strokes, np.ndarray) else [part.shape for part in each]
        raise ValueError(f"strokes: expected shape (texts, points, 3) or a list of (points, 3), received {received}.")
    lengths = [_length(i, part) for i, part in enumerate(each)]
    whole = np.tile(np.array(PADDING, dtype=np.float32), (len(each), max(lengths), 1))
    for row, part, length in zip(whole, each, lengths, strict=True):
        row[:length] = part[:length]
    return whole


def _length(index: int, strokes: np.ndarray) -> int:
    """Points that are there, without the padding after them."""
    there = strokes[:, 2] >= 0
    length = int(there.sum())
    wrong = np.flatnonzero(~np.isin(strokes[:, 2], (0.0, 1.0)) & there)
    if len(wrong) or not there[:length].all() or (strokes[length:, 2] != PADDING[2]).any():
        raise ValueError(
            f"strokes[{index}]: expected 1 as third number where the pen is lifted after the point, 0 elsewhere and -1 "
            f"only after the end, received {strokes[:, 2].tolist()!r:.80}."
        )
    if length < 2:
        raise ValueError(f"strokes[{index}]: expected at least 2 points, received {length}. Leave it out.")
    return length


def encoded(texts: Any, alphabet: str) -> np.ndarray:
    """Texts as places in the alphabet, −1 after the end: shape (texts, longest)."""
    if isinstance(texts, str) or not len(texts):
        raise ValueError(f"texts: expected a list of at least one text, received {texts!r}.")
    codes = np.full((len(texts), max(1, *map(len, texts))), -1, dtype="int32")
    for row, text in zip(codes, texts, strict=True):
        if not isinstance(text, str) or not text:
            raise ValueError(f"texts: expected texts of at least one character, received {text!r}.")
        unknown = sorted(set(text) - set(alphabet))
        if unknown:
            raise ValueError(
                f"texts: expected characters of the alphabet {alphabet!r}, received {unknown[0]!r} in {text!r}. "
                "Leave it out, or train a net with that alphabet."
            )
        row[: len(text)] = [alphabet.index(character) for character in text]
    return codes
