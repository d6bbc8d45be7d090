"""How fast forecasts go wrong."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.plots.forecasts import style_of


def horizon_error(
    axes: Any, errors: Mapping[str, np.ndarray], sampling_rate: float, *, frame: int, unit: str = "g"
) -> Any:
    """Draw RMSE against the time since the last true sample.

    Args:
        axes: matplotlib Axes.
        errors: for each model the RMSE of each sample of its free-running forecast, shape (horizon,).
        sampling_rate: in Hz.
        frame: samples of a frame; after each, predictions are made from predictions.
        unit: of the errors.

    Returns:
        The Axes.
    """
    horizon = max(len(values) for values in errors.values())
    for name, values in errors.items():
        axes.plot(np.arange(1, len(values) + 1) / sampling_rate, values, linewidth=1.5, label=name, **style_of(name))
    for end in range(frame, horizon, frame):
        axes.axvline(end / sampling_rate, color="0.8", linewidth=0.8, zorder=0)
    axes.set(xlabel="time after the last sample seen (s)", ylabel=f"RMSE ({unit})")
    axes.set(xlim=(0, horizon / sampling_rate), ylim=(0, None))
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return axes
