"""A signal that wanders from unit to unit, with its values written in."""

from typing import Any

import numpy as np


def signal_by_unit(axes: Any, values: np.ndarray, label: str) -> Any:
    """Draw a signal as a table of colours, one row a unit, one column a time step, values other than 0 written in.

    Args:
        axes: matplotlib Axes.
        values: of the steps 1 … T, shape (T, units).
        label: what is drawn; the title.

    Returns:
        The Axes.
    """
    limit = float(np.abs(values).max()) or 1.0
    axes.imshow(values.T, aspect="auto", cmap="PuOr", vmin=-limit, vmax=limit, interpolation="nearest")
    for (step, unit), value in np.ndenumerate(values):
        if value:
            strong = abs(value) > 0.6 * limit
            axes.text(step, unit, f"{value:.3g}", ha="center", va="center", color="white" if strong else "black")
    steps, units = values.shape
    axes.set_xticks(range(steps), [str(step + 1) for step in range(steps)])
    axes.set_yticks(range(units), [f"unit {unit + 1}" for unit in range(units)])
    axes.set(xlabel="time step n", title=label)
    return axes
