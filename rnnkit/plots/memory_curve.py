"""How much of the input of d steps ago a reservoir still holds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def memory_curve(axes: Any, by_delay: Mapping[str, np.ndarray]) -> Any:
    """Draw the squared correlation of the best readout with the delayed input, by delay.

    Args:
        axes: matplotlib Axes.
        by_delay: by name MC_1 ... MC_D, shape (D,).

    Returns:
        The Axes.
    """
    styles = zip(COLOURS, ("-", "--", "-.", ":"), by_delay.items(), strict=False)
    for colour, style, (name, values) in styles:
        axes.plot(np.arange(1, len(values) + 1), values, style, color=colour, linewidth=1.6, label=name)
    axes.set(xlabel="delay d (steps)", ylabel="share of u(k − d) recovered", ylim=(-0.03, 1.05))
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1))
    axes.grid(alpha=0.3)
    return axes
