"""Bars and stripes: all black-and-white pictures whose rows are uniform, or whose columns are."""

import numpy as np

from rnnkit._checks import positive_integer


def bars_and_stripes(rows: int, columns: int | None = None) -> np.ndarray:
    """Every picture of bars or of stripes once; the all-black and the all-white one are both.

    Args:
        rows: of a picture.
        columns: of a picture; as many as rows by default.

    Returns:
        Pixels 0.0 or 1.0, row after row: shape (2**rows + 2**columns - 2, rows · columns). With one row or one column
        every picture is there once: shape (2**n, n).

    Raises:
        ValueError: rows or columns not a positive integer.

    Source:
        D. J. C. MacKay, Information Theory, Inference, and Learning Algorithms (2003), section 43: bars and stripes as
        data for Boltzmann machines. A model that has learnt them gives each the same probability: for 3 × 3 the mean
        log-likelihood is −ln 14 = −2.639.

    Example:
        >>> bars_and_stripes(2).reshape(-1, 2, 2)[:3].tolist()
        [[[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]]
        >>> bars_and_stripes(3).shape, bars_and_stripes(4).shape
        ((14, 9), (30, 16))
    """
    rows = positive_integer("rows", rows)
    columns = rows if columns is None else positive_integer("columns", columns)
    by_row = (np.arange(2**rows)[:, None] >> np.arange(rows - 1, -1, -1)) & 1
    by_column = (np.arange(2**columns)[:, None] >> np.arange(columns - 1, -1, -1)) & 1
    stripes = np.repeat(by_row, columns, axis=1)
    bars = np.tile(by_column, (1, rows))
    return np.unique(np.concatenate([stripes, bars]), axis=0).astype(float)
