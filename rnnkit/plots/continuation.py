"""A series, and how a model that runs freely goes on with it."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def continuation(axes: Any, truth: np.ndarray, said: np.ndarray, seen: int = 100, *, mark: int | None = None) -> Any:
    """Draw the truth, before and after the model is left alone, and what the model says.

    Args:
        axes: matplotlib Axes.
        truth: shape (seen + horizon,).
        said: what the model says after it is left alone, shape (horizon,).
        seen: steps of the truth before that; step 0 is the last of them.
        mark: a step that gets a line, for example the one that is scored.

    Returns:
        The Axes.
    """
    axes.axvspan(0, len(said), color="0.95", zorder=0)
    axes.plot(np.arange(len(truth)) - seen + 1, truth, color="black", linewidth=1.2, label="series")
    axes.plot(np.arange(1, len(said) + 1), said, "--", color=COLOURS[5], linewidth=1.6, label="network, alone")
    if mark is not None:
        axes.axvline(mark, color=COLOURS[0], linewidth=1, linestyle=":", label=f"step {mark}")
    axes.set(xlabel="steps since the network is alone", ylabel="y", xlim=(1 - seen, len(said)))
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return axes
