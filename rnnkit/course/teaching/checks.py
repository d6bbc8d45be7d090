"""Checks for exercises. A failure says in words what was expected, what was received, and where."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnkit.course.teaching.speaking import CheckFailed, agreed


def check_array(name: str, received: Any, expected: Any, *, rtol: float = 1e-6, atol: float = 1e-9) -> None:
    """Compare an array with the expected one: first its kind, then its shape, then its values.

    Args:
        name: what the student calls it, for the message.
        received: the student's value; anything NumPy turns into a numeric array.
        expected: the right value, any shape.
        rtol, atol: tolerances as in `numpy.isclose`.

    Raises:
        CheckFailed: with the reason in words; it is an AssertionError.

    Example:
        >>> check_array("F", [2.0, 2.0], [2.0, 2.5])
        Traceback (most recent call last):
        rnnkit.course.teaching.speaking.CheckFailed: F[1]: expected 2.5, received 2 (first of 1 wrong value out of 2).
    """
    __tracebackhide__ = True  # of the student's own error, IPython shows the student's lines alone
    expected = np.asarray(expected)
    if received is None:
        raise CheckFailed(
            f"{name}: expected an array of shape {expected.shape}, received None. Does your function return?"
        )
    try:
        array = np.asarray(received)
    except (TypeError, ValueError) as error:
        raise CheckFailed(
            f"{name}: expected an array of shape {expected.shape}, received {type(received).__name__}: {error}"
        ) from None
    if array.dtype.kind not in "biuf":
        raise CheckFailed(f"{name}: expected numbers, received values of type {array.dtype}.")
    if array.shape != expected.shape:
        raise CheckFailed(f"{name}: expected shape {expected.shape}, received {array.shape}.")
    wrong = np.argwhere(~np.isclose(array.astype(float), expected.astype(float), rtol=rtol, atol=atol))
    if len(wrong):
        first = tuple(int(i) for i in wrong[0])
        where = f"{name}[{', '.join(map(str, first))}]" if first else name
        values = "1 wrong value" if len(wrong) == 1 else f"{len(wrong)} wrong values"
        count = f" (first of {values} out of {expected.size})" if first else ""
        wanted, got = float(expected[first]), float(array[first])
        digits = ".6g" if f"{wanted:.6g}" != f"{got:.6g}" else ".17g"  # where they differ by a rounding
        raise CheckFailed(f"{where}: expected {wanted:{digits}}, received {got:{digits}}{count}.")
    agreed(name)


def check_equal(name: str, received: Any, expected: Any) -> None:
    """Compare two plain values (numbers, strings, lists, tuples, dicts), or the states of two random generators.

    Example:
        >>> check_equal("n", 4, 3)
        Traceback (most recent call last):
        rnnkit.course.teaching.speaking.CheckFailed: n: expected 3, received 4.
    """
    if isinstance(received, np.random.Generator) and isinstance(expected, np.random.Generator):
        if received.bit_generator.state != expected.bit_generator.state:
            raise CheckFailed(f"{name}: expected another state: too many or too few numbers were drawn.")
        agreed(name)
        return
    if isinstance(received, np.ndarray) and received.dtype.names:
        raise CheckFailed(f"{name}: expected {expected!r}, received an array with fields.")
    if isinstance(expected, list | tuple) and isinstance(received, list | tuple | np.ndarray):
        if list(received) == list(expected):
            agreed(name)
            return
        pairs = zip(received, expected, strict=False)
        position = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(received), len(expected)))
        note = f" (first difference at position {position})"
    else:
        if type(received) is not type(expected) and not (np.isscalar(received) and np.isscalar(expected)):
            raise CheckFailed(
                f"{name}: expected {expected!r} ({type(expected).__name__}), "
                f"received {received!r} ({type(received).__name__})."
            )
        if received == expected:
            agreed(name)
            return
        note = ""
    raise CheckFailed(f"{name}: expected {expected!r}, received {received!r}{note}.")


def check_raises(name: str, error: type[Exception], call: Callable[[], Any]) -> None:
    """Check that a call refuses its input with the given error.

    Example:
        >>> check_raises("int of a word", ValueError, lambda: int("word"))
    """
    __tracebackhide__ = True
    try:
        value = call()
    except error:
        agreed(name)
        return
    except Exception as other:
        raise CheckFailed(f"{name}: expected {error.__name__}, received {type(other).__name__}: {other}") from None
    raise CheckFailed(f"{name}: expected {error.__name__}, received the value {value!r}.")
