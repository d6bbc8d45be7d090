"""Activations of hidden units, by what a network has just read."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def hidden_states(
    axes: Any,
    states: np.ndarray,
    kinds: np.ndarray,
    names: Sequence[str],
    edges: Sequence[int] = (),
    limit: float = 1.0,
) -> Any:
    """Draw mean activations as a picture, one row a unit, one column a kind of step.

    Args:
        axes: matplotlib Axes.
        states: shape (time, units).
        kinds: the kind of each step, from 0 to kinds - 1, shape (time,).
        names: one a kind, written below the columns.
        edges: kinds before which a line divides the columns.
        limit: the colours' range is -limit to limit.

    Returns:
        The Axes.
    """
    means = np.stack([states[kinds == kind].mean(axis=0) for kind in range(len(names))], axis=1)
    image = axes.imshow(means, aspect="auto", cmap="PuOr", vmin=-limit, vmax=limit, interpolation="nearest")
    axes.figure.colorbar(image, ax=axes, label="mean activation", pad=0.02)
    axes.set(yticks=range(len(means)), xticks=range(len(names)), xticklabels=names)
    for edge in edges:
        axes.axvline(edge - 0.5, color="black", linewidth=1.5)
    return axes
