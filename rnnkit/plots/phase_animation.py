"""Points that run in a plane, as an animation, with one of their coordinates over time beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.plots import COLOURS
from rnnkit.plots._gif import save_gif


def phase_animation(
    path: Path, runs: Mapping[str, np.ndarray], dt: float, *, tail: int = 60, stride: int = 3, dpi: int = 80
) -> Path:
    """Write a GIF of trajectories that run side by side.

    Args:
        path: of the file; its folder is made.
        runs: by name, each of shape (T, 2).
        dt: time between two points.
        tail: how many points behind each head are drawn strongly.
        stride: points from one frame to the next.
        dpi: dots an inch; the picture is 9 by 3.6 inches.

    Returns:
        The path.
    """
    import matplotlib.pyplot as plt

    figure, (plane, series) = plt.subplots(1, 2, figsize=(9, 3.6), dpi=dpi, layout="constrained", width_ratios=(1, 1.5))
    both = np.concatenate(list(runs.values()))
    low, high = both.min(axis=0) - 0.3, both.max(axis=0) + 0.3
    time = dt * np.arange(1, len(next(iter(runs.values()))) + 1)
    lines = []
    for colour, style, (name, y) in zip(COLOURS, ("-", "--", "-."), runs.items(), strict=False):
        plane.plot(*y.T, color=colour, linewidth=0.5, alpha=0.3)
        ends = (
            plane.plot([], [], style, color=colour, linewidth=2, label=name)[0],
            plane.plot([], [], "o", color=colour, markersize=7)[0],
            series.plot([], [], style, color=colour, linewidth=1.3)[0],
        )
        lines.append((y, ends))
    plane.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="$y_1$", ylabel="$y_2$")
    series.set(xlim=(0, time[-1]), ylim=(low[0], high[0]), xlabel="time t", ylabel="$y_1(t)$")
    figure.legend(loc="outside upper center", ncols=len(runs), frameon=False)

    def draw(now: int) -> list[Any]:
        for y, (trail, head, curve) in lines:
            trail.set_data(*y[max(0, now - tail) : now].T)
            head.set_data(*y[now - 1 : now].T)
            curve.set_data(time[:now], y[:now, 0])
        return [end for _, ends in lines for end in ends]

    frames = range(2, len(time) + 1, stride)
    try:
        return save_gif(figure, draw, frames, path)
    finally:
        plt.close(figure)
