"""What a cell states about itself for the fast loop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class FastLoop:
    """What the fast loop needs of a cell, which states it in a method `fast_loop` of its own class.

    passes: from the names of the activations in the loop, an object with the methods `forward` and `backward`.
    activations: those in the loop, in the order in which `passes` takes their names.
    weights: in the order of `forward`, after input, mask and states; first the kernel, which is None where the input
        is the product with it already. Where a cell has no such weight, None.
    needs: what else must hold, in words, each with whether it does.
    shows: whether the loop's first state is the output, in front of the cell's states, and `readout` is not asked.
    """

    passes: Callable[..., Any]
    activations: list[Any]
    weights: list[Any]
    needs: dict[str, bool] = field(default_factory=dict)
    shows: bool = False


@dataclass(frozen=True)
class FastStack:
    """What the fast loop needs of cells one above the other, which it runs one after the other, each over all steps.

    cells: each with a fast loop of its own.
    sources: for each cell, and then for the output, what is joined: 0 is the input, k the k-th cell's output.
    needs: as in `FastLoop`.
    """

    cells: list[Any]
    sources: list[list[int]]
    needs: dict[str, bool]
