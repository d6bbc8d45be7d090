"""Checks of arguments that every part of the library makes: the value in the type it stands for, or a ValueError.

The error names the argument, what was expected and what was received. `expected` says it in words of the caller's own,
`remedy` is a sentence on what to do. Keras is not needed.
"""

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np


def integer(name: str, value: Any, least: int, expected: str = "", remedy: str = "") -> int:
    """The value as an int of at least `least`; True and 2.0 are none."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        _refuse(name, value, expected or f"an integer of at least {least}", remedy)
    return int(value)


def positive_integer(name: str, value: Any, expected: str = "a positive integer", remedy: str = "") -> int:
    """The value as an int above 0."""
    return integer(name, value, 1, expected, remedy)


def number(
    name: str,
    value: Any,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    below: float = math.inf,
    most: float = math.inf,
    expected: str = "",
    remedy: str = "",
) -> float:
    """The value as a finite float within limits, of which `above` and `below` are excluded."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        holds = False
    else:
        holds = above < float(value) < below and least <= float(value) <= most
    if not holds:
        limits = {" above ": above, ", at least ": least, " below ": below, ", at most ": most}
        said = "".join(f"{word}{limit:g}" for word, limit in limits.items() if math.isfinite(limit))
        _refuse(name, value, expected or f"a finite number{said}", remedy)
    return float(value)


def positive_number(name: str, value: Any, expected: str = "a positive number", remedy: str = "") -> float:
    """The value as a finite float above 0."""
    return number(name, value, above=0.0, expected=expected, remedy=remedy)


def fraction(name: str, value: Any, *, zero: bool = True, one: bool = True, expected: str = "") -> float:
    """The value as a float from 0 to 1, the ends included or not."""
    words = {
        (True, True): "a number from 0 to 1",
        (True, False): "a number from 0 up to, but not including, 1",
        (False, True): "a number above 0, up to 1",
        (False, False): "a number between 0 and 1, both excluded",
    }
    above, below = (-math.inf if zero else 0.0), (math.inf if one else 1.0)
    return number(name, value, above=above, least=0.0, below=below, most=1.0, expected=expected or words[zero, one])


def boolean(name: str, value: Any) -> bool:
    """The value, which is True or False; 1 and 0 are not."""
    if not isinstance(value, bool | np.bool_):
        _refuse(name, value, "True or False")
    return bool(value)


def one_of(name: str, value: Any, options: Iterable[str]) -> str:
    """The value, which is one of the options."""
    options = tuple(options)
    if not isinstance(value, str) or value not in options:
        _refuse(name, value, f"one of {', '.join(map(repr, options))}")
    return value


def finite_array(name: str, values: Any, shape: str = "", ndim: int | None = None) -> np.ndarray:
    """The values as float64, all of them finite.

    Args:
        name: of the argument.
        values: a number, or nested sequences of equal lengths.
        shape: in words, for the message: "(steps,)".
        ndim: how many axes; any number by default.
    """
    try:
        given = np.asarray(values)
        x = given if given.dtype.kind == "c" else np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected an array of numbers, received {type(values).__name__}.") from None
    if x.dtype.kind == "c":  # a cast would drop the imaginary part
        raise ValueError(f"{name}: Complex data not supported, expected real numbers, received {x.dtype}.")
    if ndim is not None and x.ndim != ndim:
        raise ValueError(f"{name}: expected {f'shape {shape}' if shape else f'{ndim} axes'}, received {x.shape}.")
    bad = np.argwhere(~np.isfinite(x))
    if len(bad):
        raise ValueError(
            f"{name}: expected finite numbers, received {x[tuple(bad[0])]} at {tuple(map(int, bad[0]))} (first of "
            f"{len(bad)}). Fill or drop the gaps: no NaN, no inf."
        )
    return x


def random_generator(random_state: Any) -> np.random.Generator:
    """A generator from a seed, None, a `RandomState` or a `Generator`, which is used as it is."""
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31)
    return np.random.default_rng(random_state)


def _refuse(name: str, value: Any, expected: str, remedy: str = "") -> None:
    raise ValueError(f"{name}: expected {expected}, received {value!r}.{f' {remedy}' if remedy else ''}")
