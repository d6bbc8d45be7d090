"""How far the gates of a layer are open while it reads a sequence."""

from typing import Any

import numpy as np

from rnnkit.plots import COLOURS


def gates_over_time(axes: Any, gates: dict[str, Any], inputs: Any = None) -> Any:
    """Draw a heat map for each gate, one row a unit, one column a time step, and the inputs above.

    All heat maps share one scale from 0, closed and dark, to 1, open and light.

    Args:
        axes: matplotlib Axes from the top: one for inputs that are numbers, then one for each gate. With numbers,
            `plt.subplots(1 + len(gates), layout="constrained")` gives them. They are made to share their time axis.
        gates: arrays (time, units) by name, as a layer with `return_gates` returns them for one example; drawn in the
            dictionary's order. Underscores in names become spaces.
        inputs: what was read, of length time: strings, written above the columns of the first gate, or numbers, drawn
            as lines, shape (time,) or (time, features).

    Returns:
        The Axes, as an array.

    Raises:
        ValueError: another number of Axes, gates or inputs of different lengths, a gate that is not (time, units).

    Example:
        >>> import matplotlib, numpy as np
        >>> matplotlib.use("agg")
        >>> import matplotlib.pyplot as plt
        >>> figure, axes = plt.subplots(2, layout="constrained")
        >>> _ = gates_over_time(axes, {"update_gate": np.linspace(0, 1, 12).reshape(4, 3)}, [0.0, 1.0, 1.0, 0.0])
        >>> axes[1].get_title(), axes[1].get_ylabel()
        ('update gate', 'unit')
        >>> plt.close(figure)
    """
    axes = np.atleast_1d(axes)
    arrays = _checked(axes, gates, inputs)
    maps = axes[-len(arrays) :]
    for ax, (name, array) in zip(maps, arrays.items(), strict=True):
        image = ax.imshow(array.T, aspect="auto", cmap="cividis", vmin=0, vmax=1, interpolation="nearest")
        ax.set_title(name.replace("_", " "), fontsize="medium")
        ax.set_ylabel("unit")
        ax.set_yticks(_few(array.shape[1]))
        ax.sharex(maps[-1])
        ax.tick_params(labelbottom=ax is maps[-1])
    maps[-1].set_xlabel("time step")
    maps[-1].set_xticks(_few(len(array)))
    axes[0].figure.colorbar(image, ax=list(maps), label="0 closed, 1 open", ticks=[0, 0.5, 1], pad=0.02)
    if _is_text(inputs):
        _write_above(maps[0], inputs)
    elif inputs is not None:
        _draw_above(axes[0], inputs, maps[-1])
    return axes


def _is_text(inputs: Any) -> bool:
    return inputs is not None and len(inputs) > 0 and isinstance(inputs[0], str)


def _checked(axes: np.ndarray, gates: dict[str, Any], inputs: Any) -> dict[str, np.ndarray]:
    arrays = {name: np.asarray(gate) for name, gate in gates.items()}
    expected = len(arrays) + (inputs is not None and not _is_text(inputs))
    if not arrays or len(axes) != expected:
        raise ValueError(
            f"axes: expected {expected}, one a gate and one for inputs that are numbers, received {len(axes)}. "
            f"plt.subplots({expected}) gives them."
        )
    shapes = {name: array.shape for name, array in arrays.items()}
    if any(len(shape) != 2 for shape in shapes.values()):
        raise ValueError(f"gates: expected shapes (time, units), received {shapes}. Take one example of the batch.")
    lengths = {shape[0] for shape in shapes.values()} | (set() if inputs is None else {len(inputs)})
    if len(lengths) != 1:
        raise ValueError(f"inputs: expected gates and inputs of one length in time, received {sorted(lengths)}.")
    return arrays


def _few(number: int, most: int = 10) -> list[int]:
    """At most ten round places among `number` rows or columns."""
    steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
    return list(range(0, number, next(step for step in steps if number <= most * step)))


def _write_above(ax: Any, texts: Any) -> None:
    above = ax.secondary_xaxis("top")
    above.set_xticks(range(len(texts)), list(texts), rotation=90 if max(map(len, texts)) > 2 else 0)
    above.tick_params(length=0)


def _draw_above(ax: Any, inputs: Any, below: Any) -> None:
    ax.sharex(below)
    ax.set_prop_cycle(color=COLOURS)
    ax.plot(np.arange(len(inputs)), np.asarray(inputs))
    ax.set_ylabel("input")
    ax.tick_params(labelbottom=False)
    ax.spines[["top", "right"]].set_visible(False)
