"""Pieces of a text that a network is trained on, as integers."""

from collections.abc import Sequence

import numpy as np

from rnnkit._checks import positive_integer


def windows(numbers: Sequence[int] | np.ndarray, length: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Cut a text into windows of inputs and, one word later, targets.

    Window k reads the words k·length ... k·length + length - 1; the target at each position is the word after it.
    Nothing is one-hot: a one-hot data set would be V times as large.

    Args:
        numbers: the text's word numbers, shape (N,).
        length: words in a window, positive.

    Returns:
        inputs and targets, int32, each of shape ((N - 1) // length, length); a shorter rest is left out.

    Raises:
        ValueError: length not positive, numbers not of rank 1, or a text shorter than length + 1 words.

    Example:
        >>> inputs, targets = windows([10, 11, 12, 13, 14, 15], length=2)
        >>> inputs.tolist(), targets.tolist()
        ([[10, 11], [12, 13]], [[11, 12], [13, 14]])
    """
    positive_integer("length", length, "at least 1 word")
    text = np.asarray(numbers, dtype=np.int32)
    if text.ndim != 1:
        raise ValueError(f"numbers: expected shape (N,), received {text.shape}. Join the recipes to one text.")
    count = (len(text) - 1) // length
    if count < 1:
        raise ValueError(
            f"numbers: expected at least {length + 1} words (one window and the word after it), received {len(text)}. "
            "Give a longer text or a smaller length."
        )
    inputs = text[: count * length].reshape(count, length)
    targets = text[1 : count * length + 1].reshape(count, length)
    return inputs, targets
