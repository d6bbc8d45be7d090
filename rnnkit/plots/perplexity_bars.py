"""Perplexities of several word models beside one another."""

from collections.abc import Mapping

from matplotlib.axes import Axes


def plot_perplexity_bars(ax: Axes, perplexities: Mapping[str, float], highlight: str | None = None) -> Axes:
    """Draw one horizontal bar a model, on a logarithmic axis, with its value written out.

    Args:
        ax: where to draw.
        perplexities: values by name, from top to bottom.
        highlight: name whose bar is drawn in another colour.

    Returns:
        The same Axes.
    """
    names, values = list(perplexities), list(perplexities.values())
    colours = ["#D55E00" if name == highlight else "#0072B2" for name in names]
    bars = ax.barh(names, values, color=colours, height=0.65)
    ax.bar_label(bars, fmt="%.1f", padding=4)
    ax.set_xscale("log")
    ax.set_xlim(1, 2.2 * max(values))
    ticks = [value for value in (1, 3, 10, 30, 100, 300, 1000, 3000) if value <= ax.get_xlim()[1]]
    ax.set_xticks(ticks, [str(value) for value in ticks])
    ax.minorticks_off()
    ax.invert_yaxis()
    ax.set_xlabel("perplexity on held-out recipes (words, logarithmic; lower is better)")
    ax.spines[["top", "right"]].set_visible(False)
    return ax
