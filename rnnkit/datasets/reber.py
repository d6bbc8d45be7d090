"""The embedded Reber grammar: strings whose last but one symbol is told by the second."""

import numpy as np

from rnnkit._checks import positive_integer
from rnnkit.datasets.long_lags import Sequences

SYMBOLS = "BTPSXVE"

# From each node, the two symbols that may follow and the nodes they lead to; from 5 only the end.
_EDGES = {
    0: (("T", 1), ("P", 2)),
    1: (("S", 1), ("X", 3)),
    2: (("T", 2), ("V", 4)),
    3: (("X", 2), ("S", 5)),
    4: (("P", 3), ("V", 5)),
}


def embedded_reber(count: int, seed: int) -> tuple[list[str], Sequences]:
    """Random strings of the embedded Reber grammar, and which symbols may follow each of their symbols.

    A string is B, T or P, a string of the Reber grammar between its own B and E, the same T or P, E. Where there is a
    choice, both symbols have probability 1/2. The shortest has 9 symbols. To predict the last but one, the second has
    to be remembered.

    Args:
        count: strings.
        seed: of the choices.

    Returns:
        The strings; and as `Sequences` their symbols but the last, one-hot in the order BTPSXVE, with targets of shape
        (strings, longest, 7) that are 1 for each symbol that may come next.

    Raises:
        ValueError: a count that is not a positive integer.

    Source:
        S. Hochreiter and J. Schmidhuber, Long Short-Term Memory (1997), figures 3 and 4; A. Cleeremans,
        D. Servan-Schreiber, J. McClelland (1989).

    Example:
        >>> strings, data = embedded_reber(2, seed=0)
        >>> strings[0], data.x.shape[2], data.y[0, 0].tolist()  # after B comes T or P
        ('BPBPVPXTTTTVVEPE', 7, [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    """
    rng = np.random.default_rng(seed)
    pairs = [_string(rng) for _ in range(positive_integer("count", count))]
    lengths = np.array([len(string) - 1 for string, _ in pairs])
    x = np.zeros((count, lengths.max(), len(SYMBOLS)), "float32")
    y = np.zeros_like(x)
    for row, (string, following) in enumerate(pairs):
        for step, symbol in enumerate(string[:-1]):
            x[row, step, SYMBOLS.index(symbol)] = 1.0
            y[row, step, [SYMBOLS.index(next_one) for next_one in following[step]]] = 1.0
    return [string for string, _ in pairs], Sequences(x, y, lengths)


def _string(rng: np.random.Generator) -> tuple[str, list[str]]:
    """A string, and after each of its symbols but the last those that may follow."""
    outer = "TP"[rng.integers(2)]
    string, following, node = "B" + outer + "B", ["TP", "B", "TP"], 0
    while node != 5:
        symbol, node = _EDGES[node][rng.integers(2)]
        string += symbol
        following.append("".join(s for s, _ in _EDGES.get(node, (("E", 6),))))
    return string + "E" + outer + "E", [*following, outer, "E"]
