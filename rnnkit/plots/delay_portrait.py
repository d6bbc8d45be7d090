"""A series drawn against its own past: standing still, as it runs, or until its forecast parts from it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS
from rnnkit.plots._gif import save_gif


def delay_portrait(axes: Any, series: np.ndarray, lag: int, *, colour: str = COLOURS[0], label: str = "") -> Any:
    """Draw y(t) against y(t − lag).

    Args:
        axes: matplotlib Axes.
        series: y, shape (T,), T above the lag.
        lag: in steps.
        colour, label: of the line.

    Returns:
        The Axes.
    """
    axes.plot(series[:-lag], series[lag:], color=colour, linewidth=0.8, label=label or None)
    axes.set(xlabel=f"y(t − {lag})", ylabel="y(t)", aspect="equal")
    return axes


def animated_parting(
    path: Path, truth: np.ndarray, said: np.ndarray, lag: int, *, tail: int = 120, stride: int = 12, dpi: int = 80
) -> Path:
    """Write a GIF of a series and its forecast, each against its own past, in one picture, until they part.

    Beside it the error grows, over the standard deviation of the series.

    Args:
        path: of the file; its folder is made.
        truth, said: the series and what was said of it, each of shape (T,), T above the lag.
        lag: in steps.
        tail: how many steps of each are drawn in the portrait.
        stride: steps from one frame to the next.
        dpi: dots an inch; the picture is 8 inches wide.

    Returns:
        The path.
    """
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), dpi=dpi, layout="constrained", width_ratios=(1, 1.25))
    low, high = min(truth.min(), said.min()) - 0.05, max(truth.max(), said.max()) + 0.05
    styles = ((truth, "series", "0.35", "-", 4, 10), (said, "network, alone", COLOURS[1], "-", 1.5, 5))
    drawn = []
    for values, label, colour, style, width, size in styles:
        (line,) = left.plot([], [], style, color=colour, linewidth=width, label=label)
        (head,) = left.plot([], [], "o", color=colour, markersize=size)
        drawn.append((values, line, head))
    left.set(xlim=(low, high), ylim=(low, high), aspect="equal", xlabel=f"y(t − {lag})", ylabel="y(t)")
    left.legend(frameon=False, loc="lower left", fontsize="small")
    error = np.maximum(np.abs(said - truth) / truth.std(), 1e-8)
    (growth,) = right.semilogy([], [], color=COLOURS[0], linewidth=1)
    right.set(
        xlim=(0, len(truth)), ylim=(error.min() / 2, 10), xlabel="steps alone", ylabel="error / std of the series"
    )
    right.grid(alpha=0.3)

    def draw(now: int) -> list[Any]:
        first = max(lag, now - tail)
        for values, line, head in drawn:
            line.set_data(values[first - lag : now - lag], values[first:now])
            head.set_data(values[now - lag - 1 : now - lag], values[now - 1 : now])
        growth.set_data(np.arange(1, now + 1), error[:now])
        return [artist for _, *artists in drawn for artist in artists] + [growth]

    try:
        return save_gif(figure, draw, range(lag + 2, len(truth) + 1, stride), path, rests=(50, 2000))
    finally:
        plt.close(figure)


def animated_portraits(
    path: Path, series: Mapping[str, np.ndarray], lag: int, *, tail: int = 120, stride: int = 6, dpi: int = 80
) -> Path:
    """Write a GIF of series that run side by side, each against its own past.

    Args:
        path: of the file; its folder is made.
        series: by name, each of the same shape (T,).
        lag: in steps.
        tail: how many steps of each are drawn strongly; all before are drawn faintly.
        stride: steps from one frame to the next.
        dpi: dots an inch; a panel is 3 inches wide.

    Returns:
        The path.
    """
    import matplotlib.pyplot as plt

    size = (3 * len(series), 3.2)
    figure, panels = plt.subplots(1, len(series), figsize=size, dpi=dpi, layout="constrained", squeeze=False)
    low = min(values.min() for values in series.values()) - 0.05
    high = max(values.max() for values in series.values()) + 0.05
    lines = []
    for panel, colour, (name, values) in zip(panels[0], COLOURS, series.items(), strict=False):
        (whole,) = panel.plot([], [], color="0.8", linewidth=0.7)
        (end,) = panel.plot([], [], color=colour, linewidth=1.4)
        (head,) = panel.plot([], [], "o", color=colour, markersize=5)
        panel.set(xlim=(low, high), ylim=(low, high), aspect="equal", title=name, xlabel=f"y(t − {lag})")
        lines.append((np.asarray(values), whole, end, head))
    panels[0, 0].set_ylabel("y(t)")

    def draw(now: int) -> list[Any]:
        changed = []
        for values, whole, end, head in lines:
            first = max(lag, now - tail)
            whole.set_data(values[: now - lag], values[lag:now])
            end.set_data(values[first - lag : now - lag], values[first:now])
            head.set_data(values[now - lag - 1 : now - lag], values[now - 1 : now])
            changed += [whole, end, head]
        return changed

    steps = range(lag + 2, len(lines[0][0]) + 1, stride)
    try:
        return save_gif(figure, draw, steps, path)
    finally:
        plt.close(figure)
