"""What a word model expects next."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes


def plot_next_word_bars(ax: Axes, words: Sequence[str], probabilities: np.ndarray, start: str, top: int = 10) -> Axes:
    """Draw the most probable next words.

    Args:
        ax: where to draw.
        words: the vocabulary, V words.
        probabilities: shape (V,).
        start: the text that comes before, for the title.
        top: how many words to show.

    Returns:
        The same Axes.

    Raises:
        ValueError: not one probability a word.
    """
    p = np.asarray(probabilities)
    if p.shape != (len(words),):
        raise ValueError(f"probabilities: expected shape ({len(words)},), one a word, received {p.shape}.")
    best = np.argsort(-p, kind="stable")[:top]
    shown = ["(end of line)" if words[i] == "\n" else words[i] for i in best]
    places = np.arange(len(best))
    ax.barh(places, p[best], color="#0072B2", height=0.7)
    ax.set_yticks(places, shown)
    ax.invert_yaxis()
    ax.set_xlabel("probability of the next word")
    ax.set_title(start, fontsize="medium", loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    return ax
