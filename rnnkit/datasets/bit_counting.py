"""Sequences of bits and how many of them are ones."""

import numpy as np

from rnnkit._checks import positive_integer


def bit_counting(sequences: int = 20, length: int = 10, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Random bits and their counts. The defaults give the known reference run's data.

    Args:
        sequences: how many, I.
        length: time steps of each, T.
        seed: of NumPy's old generator, which the reference run used.

    Returns:
        Bits 0.0 or 1.0, shape (sequences, length), and the count of ones, shape (sequences,).

    Raises:
        ValueError: sequences or length not a positive integer.

    Source:
        P. Roelants, RNN implementation part 1 (20 sequences of 10 rounded uniform numbers, seed 1); J. Y. Jun,
        Feedback Neural Networks (2019), equation (15).

    Example:
        >>> x, y = bit_counting()
        >>> x.shape, int(y[0]), bool((x.sum(axis=1) == y).all())
        ((20, 10), 2, True)
    """
    sequences, length = positive_integer("sequences", sequences), positive_integer("length", length)
    bits = np.around(np.random.RandomState(seed).rand(sequences * length)).reshape(sequences, length)
    return bits, bits.sum(axis=1)
