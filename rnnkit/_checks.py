"""Checks of arguments that every part of the library makes. NumPy and Keras are not needed."""

from numbers import Integral
from typing import Any


def positive_integer(name: str, value: Any) -> int:
    """The value as an int, or a ValueError that names the argument."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value <= 0:
        raise ValueError(f"{name}: expected a positive integer, received {value!r}.")
    return int(value)
