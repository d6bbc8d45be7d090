"""Sentences as the rows of a table, each word shaded by its probability."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def said_table(
    axes: Any, sentences: Sequence[Sequence[str]], p: Sequence[Sequence[float]], names: Sequence[str]
) -> Any:
    """Draw each word of some sentences, with its probability given the words before: dark 0, light 1.

    Args:
        axes: matplotlib Axes.
        sentences: the words of each, its end among them.
        p: the probabilities of the same words.
        names: what stands beside each sentence.

    Returns:
        The Axes.

    Raises:
        ValueError: another number of names, or of a sentence's probabilities, than there are sentences and words.

    Example:
        >>> import matplotlib
        >>> matplotlib.use("agg")
        >>> import matplotlib.pyplot as plt
        >>> axes = said_table(plt.figure().gca(), [["a", "cat", "."], ["cats", "."]], [[0.6, 0.5, 1], [0.4, 1]], "12")
        >>> [text.get_text() for text in axes.texts][:2]
        ['a\\n0.60', 'cat\\n0.50']
        >>> plt.close("all")
    """
    lengths = [len(words) for words in sentences], [len(row) for row in p]
    if lengths[0] != lengths[1] or len(names) != len(sentences) or not sentences:
        raise ValueError(
            f"p: expected a name for each sentence and a probability for each word, {lengths[0]}, received "
            f"{len(names)} names and {lengths[1]} probabilities."
        )
    table = np.full((len(sentences), max(lengths[0])), np.nan)
    for i, (words, row) in enumerate(zip(sentences, p, strict=True)):
        table[i, : len(row)] = row
        for j, (word, value) in enumerate(zip(words, row, strict=True)):
            ink = "black" if value > 0.5 else "white"
            axes.text(j, i, f"{word}\n{value:.2f}", ha="center", va="center", color=ink, fontsize="small")
    image = axes.imshow(table, aspect="auto", cmap="cividis", vmin=0, vmax=1)
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks(range(table.shape[1]), range(1, table.shape[1] + 1))
    axes.set_xlabel("word")
    axes.figure.colorbar(image, ax=axes, label="probability, given the words before", pad=0.02)
    return axes
