"""How an error signal grows or fades on its way back through time."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def gradient_over_time(
    axes: Any, curves: dict[str, np.ndarray], ylabel: str, scale: str = "symlog", linear_below: float = 1e-3
) -> Any:
    """Draw one value for each time step.

    Args:
        axes: matplotlib Axes.
        curves: for each name the values at the steps 1…T, shape (T,).
        ylabel: what is drawn, with its unit.
        scale: "symlog", which shows signs too, or "log".
        linear_below: where symlog turns linear.

    Returns:
        The Axes.
    """
    for colour, marker, (name, values) in zip(COLOURS, "os^Dv", curves.items(), strict=False):
        steps = np.arange(1, len(values) + 1)
        axes.plot(steps, values, color=colour, marker=marker, markersize=4, linewidth=1.2, label=name)
    if scale == "symlog":
        axes.set_yscale("symlog", linthresh=linear_below)
        axes.yaxis.get_major_locator().set_params(numticks=9)
        axes.axhline(0, color="0.6", linewidth=0.8)
    else:
        axes.set_yscale("log")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.set(xlabel="time step (the error arises at the last one)", ylabel=ylabel)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return axes
