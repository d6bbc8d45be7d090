"""Elman's temporal XOR: a stream of bits in which only every third can be predicted."""

import numpy as np

from rnnkit._checks import positive_integer


def temporal_xor(triples: int, seed: int) -> np.ndarray:
    """A stream a, b, a⊕b, a, b, a⊕b, … with random a and b.

    Args:
        triples: how many times (a, b, a⊕b).
        seed: of the random bits.

    Returns:
        Bits 0.0 or 1.0, shape (3 · triples,).

    Raises:
        ValueError: triples not a positive integer.

    Source:
        J. L. Elman, Finding Structure in Time (1990); J. Y. Jun, Feedback Neural Networks (2019), table 1.

    Example:
        >>> temporal_xor(2, seed=0).reshape(2, 3)
        array([[1., 1., 0.],
               [1., 0., 1.]])
    """
    triples = positive_integer("triples", triples)
    a, b = np.random.default_rng(seed).integers(0, 2, (2, triples))
    return np.stack([a, b, a ^ b], axis=1).reshape(-1).astype(float)


def next_bit_windows(stream: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut a stream into sequences whose targets are their inputs, one bit later.

    Args:
        stream: bits, shape (n,).
        length: time steps of a sequence; a multiple of 3 keeps all sequences in step with the triples.

    Returns:
        Inputs and targets, both float32 of shape (sequences, length, 1).

    Raises:
        ValueError: length not a positive integer, or a stream that has no sequence of that length.

    Example:
        >>> x, y = next_bit_windows(np.array([0.0, 1.0, 1.0, 0.0, 0.0]), 2)
        >>> x[..., 0].tolist(), y[..., 0].tolist()
        ([[0.0, 1.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]])
    """
    length = positive_integer("length", length)
    count = (len(stream) - 1) // length
    if count < 1:
        raise ValueError(f"stream: expected at least {length + 1} bits for length {length}, received {len(stream)}.")
    used = count * length
    x, y = stream[:used], stream[1 : used + 1]
    return tuple(part.reshape(count, length, 1).astype("float32") for part in (x, y))  # type: ignore[return-value]
