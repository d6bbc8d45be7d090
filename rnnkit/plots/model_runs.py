"""What was measured, and what models say of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS

DASHES = ("-", "--", "-.", ":")


def model_runs(
    axes: Any,
    measured: np.ndarray,
    said: Mapping[str, np.ndarray],
    *,
    interval: float = 1.0,
    xlabel: str = "step k",
    ylabel: str = "y",
    limits: tuple[float, float] | None = None,
) -> Any:
    """Draw a measured output, and what models say of its last steps.

    Args:
        axes: matplotlib Axes.
        measured: shape (T,).
        said: by model, shape (T − past,) each, of the last steps.
        interval: from one step to the next, in the unit of the x axis.
        xlabel, ylabel: with units.
        limits: of the y axis; what is outside is cut off.

    Returns:
        The Axes.
    """
    times = interval * np.arange(len(measured))
    axes.plot(times, measured, color="black", linewidth=2.2, alpha=0.35, label="measured")
    colours = (COLOURS[0], COLOURS[5], COLOURS[2], COLOURS[3])
    for (name, values), colour, dash in zip(said.items(), colours, DASHES, strict=False):
        axes.plot(times[len(times) - len(values) :], values, dash, color=colour, linewidth=1.3, label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(0, times[-1]))
    if limits:
        axes.set_ylim(*limits)
    axes.grid(alpha=0.3)
    return axes
