"""Activations over time, with the inputs above them."""

from typing import Any

import numpy as np


def hidden_states(axes: Any, states: np.ndarray, bits: np.ndarray | None = None, limit: float = 1.0) -> Any:
    """Draw activations as a picture, one row a unit, one column a time step.

    Args:
        axes: matplotlib Axes.
        states: shape (time, units).
        bits: inputs, shape (time,), written below the columns.
        limit: the colours' range is -limit to limit.

    Returns:
        The Axes.
    """
    image = axes.imshow(states.T, aspect="auto", cmap="PuOr", vmin=-limit, vmax=limit, interpolation="nearest")
    axes.figure.colorbar(image, ax=axes, label="activation", pad=0.02)
    time = np.arange(len(states))
    axes.set(ylabel="hidden unit", yticks=range(states.shape[1]), xticks=time)
    if bits is None:
        axes.set_xlabel("time step")
    else:
        axes.set_xticklabels([f"{int(bit)}" for bit in bits])
        axes.set_xlabel("bit read at each step; lines divide the triples")
        for edge in time[3::3]:
            axes.axvline(edge - 0.5, color="black", linewidth=1)
    return axes
