"""Perplexity of a word model while it is trained."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

STYLES = [("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D")]


def plot_perplexity_curve(
    ax: Axes,
    words: Sequence[float] | np.ndarray,
    curves: Mapping[str, Sequence[float] | np.ndarray],
    baselines: Mapping[str, float] | None = None,
) -> Axes:
    """Draw perplexity (logarithmic) against the number of words trained on, with levels to compare to.

    Args:
        ax: where to draw.
        words: numbers of words, shape (P,).
        curves: perplexities by name, each of shape (P,).
        baselines: perplexities by name, drawn as level lines.

    Returns:
        The same Axes.

    Raises:
        ValueError: a curve of another length than words.
    """
    x = np.asarray(words, dtype=float) / 1000
    for (name, values), (colour, marker) in zip(curves.items(), STYLES, strict=False):
        if len(values) != len(x):
            raise ValueError(
                f"curves: expected {len(x)} values, one for each of words, received {len(values)} ({name})."
            )
        ax.plot(x, values, color=colour, marker=marker, markersize=5, label=name)
    for (name, level), dash in zip((baselines or {}).items(), ("--", ":", "-."), strict=False):
        ax.axhline(level, color="0.35", linestyle=dash, linewidth=1.3, label=f"{name}: {level:.1f}")
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ticks = [value for value in (1, 2, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000) if low <= value <= high]
    ax.set_yticks(ticks, [str(value) for value in ticks])
    ax.minorticks_off()
    ax.set_xlabel("words trained on (thousands)")
    ax.set_ylabel("perplexity (words, logarithmic)")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    return ax
