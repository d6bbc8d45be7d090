"""From a network's logits to the next word."""

from typing import Any

import numpy as np

from rnnkit._checks import positive_number


def softmax(logits: Any, temperature: float = 1.0) -> np.ndarray:
    r"""Probabilities from logits z: p_i = exp(z_i / τ) / Σ_j exp(z_j / τ).

    The greatest logit is subtracted first, so nothing overflows; and no logarithm of a probability is ever taken, so
    a word of probability 0 does no harm. (Recovering z as log p from a softmax's output, as many scripts do, is
    log(0) for every word that underflowed.)

    Args:
        logits: shape (..., V), real numbers; -inf excludes a word.
        temperature: τ > 0; below 1 sharper, above 1 flatter.

    Returns:
        Probabilities, float64, shape (..., V); they sum to 1 over the last axis.

    Raises:
        ValueError: temperature not positive or not finite, no words, NaN or +inf among the logits, or -inf for all.

    Example:
        >>> softmax([0.0, np.log(3.0)]).round(2)
        array([0.25, 0.75])
        >>> softmax([0.0, np.log(3.0)], temperature=0.5).round(2)
        array([0.1, 0.9])
    """
    positive_number("temperature", temperature, remedy="For the most probable word take argmax.")
    z = np.asarray(logits, dtype=np.float64)
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"logits: expected shape (..., V) with V at least 1, received {z.shape}.")
    greatest = z.max(axis=-1, keepdims=True)
    if not np.isfinite(greatest).all():
        raise ValueError(
            "logits: expected numbers below +inf, one finite in each row, received NaN, +inf or only -inf."
        )
    with np.errstate(over="ignore"):  # a quotient below every number is -inf, whose exponential is the 0 wanted
        e = np.exp((z - greatest) / temperature)
    return e / e.sum(axis=-1, keepdims=True)


def sample(logits: Any, temperature: float, rng: np.random.Generator) -> int:
    """Draw one word number with the probabilities of `softmax(logits, temperature)`.

    Args:
        logits: shape (V,).
        temperature: τ > 0.
        rng: NumPy's generator.

    Returns:
        A number from 0 to V - 1.

    Raises:
        ValueError: as for `softmax`, or logits not of rank 1.

    Example:
        >>> sample([0.0, 100.0, 0.0], 1.0, np.random.default_rng(0))
        1
    """
    p = softmax(logits, temperature)
    if p.ndim != 1:
        raise ValueError(f"logits: expected shape (V,), received {p.shape}. Give one row at a time.")
    return int(rng.choice(len(p), p=p))
