"""A neural Turing machine whose weights are set by hand, so that it copies."""

import keras
import numpy as np

from rnnkit._checks import positive_integer
from rnnkit.applications.ntm import NTM

_SURE = 120.0  # e^-120 is nothing beside 1: softmax and sigmoid decide for certain
_STRENGTH = 1e4  # β: times the cosine of mark and key, 1/80 and more, it is as sure
_BACK, _STAY, _ON = 0, 1, 2  # the three shifts


def copying_ntm(width: int, rows: int) -> NTM:
    r"""A machine that repeats any sequence of vectors after a delimiter: the lecture's program, written as weights.

    The input has the vector's numbers in its first columns and a delimiter in the last, which is 1 in one step, with
    zeros before it, and the input is zero from then on. In the steps that follow, the output is the sequence; before,
    it is zero. Nothing is learned, and the length is limited by the number of rows alone.

    | The lecture's program | The weights |
    |---|---|
    | initialise: move head to start location | both heads begin on row 0; the first row written bears a mark |
    | while input delimiter not seen do | the unit `seen` adds up the delimiter, and holds 1 from then on |
    | receive input vector | units with kernel ±1 hold it, the positive part and the negative one |
    | write input to head location | erase 1, add the vector, as long as `seen` is 0 |
    | increment head location by 1 | the write head's shift is +1 in every step |
    | end while; return head to start location | at the delimiter the read head looks for the mark: g = 1, shift −1 |
    | while true do; read output vector from head location | the memory row that the read head is on |
    | emit output | the output is what was read |
    | increment head location by 1 | the read head's shift is +1 while `seen` is 1 and the delimiter is over |

    A head moves before it reads, therefore the shift of −1. The controller is a `SimpleRNNCell` of rectified units.

    Args:
        width: of the vectors. Their norm may be up to 80, so that the mark is found.
        rows: of the memory, at least one more than the longest sequence has vectors, and at least 3.

    Returns:
        The layer, built, with `return_sequences` and `return_weightings`.

    Raises:
        ValueError: a width or a number of rows that is too small.

    Source:
        A. Graves, G. Wayne, I. Danihelka, Neural Turing Machines (2014), section 4.1, the program.

    Example:
        >>> import numpy as np
        >>> layer = copying_ntm(width=2, rows=4)
        >>> outputs, weightings = layer(np.array([[[5.0, 1, 0], [2, 3, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]]))
        >>> np.array(outputs)[0].astype(int).tolist()
        [[0, 0], [0, 0], [0, 0], [5, 1], [2, 3]]
    """
    width = positive_integer("width", width)
    controller = keras.layers.SimpleRNNCell(2 * width + 4, activation="relu")
    layer = NTM(
        controller,
        width,
        rows=positive_integer("rows", rows),
        row_size=width + 1,
        output_activation="linear",
        return_sequences=True,
        return_weightings=True,
    )
    layer.build((None, None, width + 1))
    units = {name: 2 * width + i for i, name in enumerate(("delimiter", "seen", "running", "first"))}
    controller.set_weights(_controller_weights(width, units))
    cell = layer.cell
    cell.head_kernel.assign(_head_weights(cell.head_sizes, width, units))
    cell.head_bias.assign(_head_biases(cell.head_sizes))
    output = np.zeros(tuple(cell.output_kernel.shape))
    output[-(width + 1) : -1] = np.eye(width)  # what was read, without the mark
    cell.output_kernel.assign(output)
    cell.output_bias.assign(np.zeros(width))
    cell.initial_row.assign(np.zeros(width + 1))
    return layer


def _controller_weights(width: int, units: dict[str, int]) -> list[np.ndarray]:
    """Kernel, recurrent kernel and bias of the rectified units: what is seen of the input, and of time."""
    size = 2 * width + len(units)
    kernel, recurrent, bias = np.zeros((2 * width + 2, size)), np.zeros((size, size)), np.zeros(size)
    kernel[:width, :width], kernel[:width, width : 2 * width] = np.eye(width), -np.eye(width)
    kernel[width, [units["delimiter"], units["seen"]]] = 1
    recurrent[units["seen"], units["seen"]] = 1
    bias[[units["running"], units["first"]]] = 1
    recurrent[units["running"], units["first"]] = -1  # so that `first` is 1 in the first step only
    return [kernel, recurrent, bias]


def _head_weights(sizes: list[tuple[str, int]], width: int, units: dict[str, int]) -> np.ndarray:
    """What the controller's units say to the heads, the read head's columns before the write head's."""
    delimiter, seen, first = units["delimiter"], units["seen"], units["first"]
    reading, writing = _parts_of_heads(sizes)
    kernel = np.zeros((2 * width + len(units), sum(size for _, size in sizes)))
    kernel[delimiter, reading["key"][-1]] = 1
    kernel[delimiter, reading["gate"]] = 2 * _SURE
    kernel[delimiter, reading["shift"][_BACK]] = 4 * _SURE
    kernel[seen, reading["shift"][_ON]] = 2 * _SURE
    kernel[seen, writing["erase"]] = -2 * _SURE
    kernel[:width, writing["add"][:-1]], kernel[width : 2 * width, writing["add"][:-1]] = np.eye(width), -np.eye(width)
    kernel[first, writing["add"][-1]] = 1
    return kernel


def _head_biases(sizes: list[tuple[str, int]]) -> np.ndarray:
    """What the heads do unless told otherwise: look for nothing; the one stays, the other goes on and erases."""
    reading, writing = _parts_of_heads(sizes)
    bias = np.zeros(sum(size for _, size in sizes))
    bias[[*reading["gate"], *writing["gate"], *reading["sharpness"], *writing["sharpness"]]] = -_SURE
    bias[reading["strength"]] = _STRENGTH
    bias[[reading["shift"][_STAY], writing["shift"][_ON], *writing["erase"]]] = _SURE
    return bias


def _parts_of_heads(sizes: list[tuple[str, int]]) -> list[dict[str, np.ndarray]]:
    """For each head the columns of its parts, by name."""
    ends = np.cumsum([size for _, size in sizes])
    heads: list[dict[str, np.ndarray]] = []
    for (name, size), end in zip(sizes, ends, strict=True):
        if not heads or name in heads[-1]:
            heads.append({})
        heads[-1][name] = np.arange(end - size, end)
    return heads
