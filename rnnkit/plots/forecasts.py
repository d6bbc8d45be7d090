"""A stretch of signal and what models said it would be."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS

# A model keeps its colour and line from picture to picture.
STYLES = {
    "LSTM": (COLOURS[0], "-"),
    "linear AR": (COLOURS[1], "-"),
    "sliding predictor": (COLOURS[2], "--"),
    "PeepholeLSTM": (COLOURS[3], "-."),
    "repeat the last frame": (COLOURS[4], ":"),
    "persistence": ("0.55", ":"),
}


def style_of(name: str) -> dict[str, Any]:
    """Line colour and style of a model, by name."""
    colour, line = STYLES.get(name, (COLOURS[5], "--"))
    return {"color": colour, "linestyle": line}


def forecasts(
    axes: Any,
    past: np.ndarray,
    truth: np.ndarray,
    predicted: Mapping[str, np.ndarray],
    sampling_rate: float,
    *,
    frame: int | None = None,
    unit: str = "g",
) -> Any:
    """Draw the end of the past, the truth after it, and forecasts of it. Time 0 is the last true sample a model saw.

    Args:
        axes: matplotlib Axes.
        past: what was seen, shape (samples,); as much as the truth is long is drawn, at most.
        truth: what followed, shape (horizon,).
        predicted: for each model its forecast, shape (horizon,).
        sampling_rate: in Hz.
        frame: samples of a frame; a line is drawn at the end of each.
        unit: of the signals.

    Returns:
        The Axes.
    """
    seen = past[-len(truth) :]
    after = np.arange(1, len(truth) + 1) / sampling_rate
    axes.axvspan(0, after[-1], color="0.95", zorder=0)
    axes.plot(np.arange(1 - len(seen), 1) / sampling_rate, seen, color="black", linewidth=1)
    axes.plot(after, truth, color="black", linewidth=1.3, label="truth")
    for name, values in predicted.items():
        axes.plot(after, values, linewidth=1.6, label=name, **style_of(name))
    for end in range(frame or len(truth), len(truth), frame or len(truth)):
        axes.axvline(end / sampling_rate, color="0.8", linewidth=0.8, zorder=0)
    axes.set(xlabel="time after the last sample seen (s)", ylabel=f"acceleration ({unit})")
    axes.set(xlim=(-(len(seen) - 1) / sampling_rate, after[-1]))
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return axes
