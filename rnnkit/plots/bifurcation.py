"""Where states stay in the long run, against a parameter."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def bifurcation(axes: Any, parameters: np.ndarray, values: np.ndarray, *, name: str, unit: str = "x") -> Any:
    """Draw a point for every value that a coordinate takes after its transient.

    Args:
        axes: matplotlib Axes.
        parameters: shape (parameters,).
        values: shape (parameters, steps).
        name: of the parameter, for the axis.
        unit: what the values are, for the axis.

    Returns:
        The Axes.
    """
    x = np.broadcast_to(np.asarray(parameters)[:, None], np.shape(values))
    axes.plot(np.ravel(x), np.ravel(values), ",", color=COLOURS[0], alpha=0.5)
    axes.set(xlabel=name, ylabel=unit, xlim=(np.min(parameters), np.max(parameters)))
    return axes


def exponent_curve(axes: Any, parameters: np.ndarray, exponents: np.ndarray, *, name: str) -> Any:
    """Draw the largest Lyapunov exponent against a parameter, shaded where it is above zero.

    Args:
        axes: matplotlib Axes.
        parameters: shape (parameters,).
        exponents: shape (parameters,), in 1 / step.
        name: of the parameter, for the axis.

    Returns:
        The Axes.
    """
    axes.fill_between(parameters, 0, exponents, where=exponents > 0, color=COLOURS[5], alpha=0.35, linewidth=0)
    axes.plot(parameters, exponents, color=COLOURS[5], linewidth=0.9)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(
        xlabel=name, ylabel=r"largest exponent $\lambda_1$ (1/step)", xlim=(np.min(parameters), np.max(parameters))
    )
    return axes
