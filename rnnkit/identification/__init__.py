"""Models of a signal from its own past: windows, linear prediction, free-running forecasts. NumPy only."""

from rnnkit.identification.frames import Windows, cut_frames, cut_windows, split_by_time
from rnnkit.identification.free_running import free_run
from rnnkit.identification.linear_ar import LinearAR, choose_linear_ar, fit_linear_ar

__all__ = [
    "LinearAR",
    "Windows",
    "choose_linear_ar",
    "cut_frames",
    "cut_windows",
    "fit_linear_ar",
    "free_run",
    "split_by_time",
]
