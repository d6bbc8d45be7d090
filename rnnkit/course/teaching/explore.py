"""A picture to try things with: sliders in a live notebook, the plain picture elsewhere."""

import io
import os
from collections.abc import Callable, Sequence
from typing import Any

# Where somebody sits in front of the notebook: JupyterLab and Notebook, VS Code, Colab.
FRONT_ENDS = ("JPY_SESSION_NAME", "VSCODE_PID", "COLAB_RELEASE_TAG")

Range = tuple[float, float, float] | Sequence[str]


def explore(draw: Callable[..., object], *, size: tuple[float, float] = (8, 3.6), **ranges: Range) -> None:
    """Draw a picture for the values to begin with, and again for each value that a slider is moved to.

    Where nobody can move a slider, in a page, in marking, or without ipywidgets, it is the picture alone.
    RNNKIT_SLIDERS=0 or 1 says so where that is guessed wrong.

    Args:
        draw: takes an empty matplotlib Figure and the values by name, and draws.
        size: of the Figure, in inches.
        ranges: for each name lowest value, highest value and the one to begin with, all whole for whole numbers; or a
            list of words, the first to begin with.

    Example:
        >>> explore(lambda figure, n: figure.subplots().plot(range(n)), n=(1, 9, 3))  # doctest: +SKIP
    """
    from IPython.display import display

    values = {name: chosen[2] if isinstance(chosen, tuple) else chosen[0] for name, chosen in ranges.items()}
    data, metadata = _picture(draw, size, values)
    sliders = _sliders(ranges, values) if _live() else {}
    if not sliders:
        display(data, raw=True, metadata=metadata)
        return
    import ipywidgets

    display(ipywidgets.VBox(list(sliders.values())))
    shown = display(data, raw=True, metadata=metadata, display_id=True)

    def changed(_: object) -> None:
        now = {name: slider.value for name, slider in sliders.items()}
        data, metadata = _picture(draw, size, now)
        shown.update(data, raw=True, metadata=metadata)

    for slider in sliders.values():
        slider.observe(changed, "value")


def _live() -> bool:
    said = os.environ.get("RNNKIT_SLIDERS")
    return said != "0" if said else any(name in os.environ for name in FRONT_ENDS)


def _sliders(ranges: dict[str, Range], values: dict[str, Any]) -> dict[str, Any]:
    """One for each name; none without ipywidgets."""
    try:
        import ipywidgets
    except ImportError:
        return {}
    found = {}
    for name, chosen in ranges.items():
        common = {"value": values[name], "description": name.replace("_", " "), "style": {"description_width": "8em"}}
        if not isinstance(chosen, tuple):
            found[name] = ipywidgets.Dropdown(options=list(chosen), **common)
            continue
        low, high, _ = chosen
        whole = all(isinstance(value, int) for value in chosen)
        kind, step = (ipywidgets.IntSlider, 1) if whole else (ipywidgets.FloatSlider, (high - low) / 50)
        # Drawn once where the slider is let go, rather than at each place that it passes.
        found[name] = kind(min=low, max=high, step=step, continuous_update=False, **common)
    return found


def _picture(draw: Callable[..., object], size: tuple[float, float], values: dict[str, Any]) -> tuple[dict, dict]:
    """What IPython displays: the picture, and the values in words."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")  # none of pyplot's, which Jupyter would show a second time
    draw(figure, **values)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=80)
    said = ", ".join(
        f"{name.replace('_', ' ')} = {value if isinstance(value, str) else f'{value:g}'}"
        for name, value in values.items()
    )
    data = {"image/png": content.getvalue(), "text/plain": f"picture for {said}"}
    return data, {"image/png": {"alt": f"Picture for {said}."}}
