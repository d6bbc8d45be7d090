"""Pictures: one kind a file. Each function draws on a matplotlib Axes and returns it."""

# Okabe and Ito's colours, which readers with any kind of colour vision can tell apart.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")

# Below the colours, which it takes from here.
from rnnkit.plots.gates import gates_over_time  # noqa: E402

__all__ = ["COLOURS", "gates_over_time"]
