"""Checks of arguments: what passes, as which type, and what the error says."""

import re

import numpy as np
import pytest

from rnnkit import _checks

NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("check", "value", "checked"),
    [
        (lambda v: _checks.positive_integer("n", v), np.int32(3), 3),
        (lambda v: _checks.integer("n", v, -2), -2, -2),
        (lambda v: _checks.number("x", v), np.float32(0.5), 0.5),
        (lambda v: _checks.number("x", v, least=2, most=2), 2, 2.0),
        (lambda v: _checks.positive_number("x", v), 1e-300, 1e-300),
        (lambda v: _checks.fraction("p", v), 0, 0.0),
        (lambda v: _checks.fraction("p", v), 1, 1.0),
        (lambda v: _checks.boolean("b", v), np.bool_(False), False),
        (lambda v: _checks.one_of("w", v, iter("abc")), "b", "b"),
    ],
)
def test_what_holds_passes_in_the_type_it_stands_for(check, value, checked):
    assert check(value) == checked and type(check(value)) is type(checked)


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "1", None, NAN])
def test_positive_integer(value):
    with pytest.raises(ValueError, match=rf"^n: expected a positive integer, received {re.escape(repr(value))}\.$"):
        _checks.positive_integer("n", value)


def test_integer_says_its_limit_or_the_callers_words():
    with pytest.raises(ValueError, match=r"^n: expected an integer of at least 2, received 1\.$"):
        _checks.integer("n", 1, 2)
    with pytest.raises(ValueError, match=r"^n: expected 2 words or more, received 2\.5\. Read on\.$"):
        _checks.integer("n", 2.5, 2, "2 words or more", "Read on.")


@pytest.mark.parametrize(
    ("limits", "value", "expected"),
    [
        ({}, INFINITY, "a finite number"),
        ({}, NAN, "a finite number"),
        ({}, True, "a finite number"),
        ({}, "1", "a finite number"),
        ({}, None, "a finite number"),
        ({}, np.ones(2), "a finite number"),
        ({"above": 0}, 0, "a finite number above 0"),
        ({"least": 0}, -1e-9, "a finite number, at least 0"),
        ({"below": 3}, 3, "a finite number below 3"),
        ({"above": 1, "most": 2.5}, 2.6, "a finite number above 1, at most 2.5"),
        ({"above": 1, "expected": "more than 1"}, 1, "more than 1"),
    ],
)
def test_number(limits, value, expected):
    with pytest.raises(ValueError, match=f"^x: expected {re.escape(expected)}, received {re.escape(repr(value))}"):
        _checks.number("x", value, **limits)


def test_positive_number():
    for value in (0.0, -1, INFINITY, False):
        with pytest.raises(ValueError, match=rf"^x: expected a positive number, received {value!r}\. Raise it\.$"):
            _checks.positive_number("x", value, remedy="Raise it.")


@pytest.mark.parametrize(
    ("ends", "inside", "outside", "expected"),
    [
        ({}, (0, 1), (-0.1, 1.1), "a number from 0 to 1"),
        ({"one": False}, (0, 0.9), (-0.1, 1), "a number from 0 up to, but not including, 1"),
        ({"zero": False}, (0.1, 1), (0, 1.1), "a number above 0, up to 1"),
        ({"zero": False, "one": False}, (0.1, 0.9), (0, 1), "a number between 0 and 1, both excluded"),
    ],
)
def test_fraction(ends, inside, outside, expected):
    assert tuple(_checks.fraction("p", value, **ends) for value in inside) == inside
    for value in (*outside, True, NAN):
        with pytest.raises(ValueError, match=f"^p: expected {expected}, received {value}"):
            _checks.fraction("p", value, **ends)


@pytest.mark.parametrize("value", [1, 0, None, "False"])
def test_boolean(value):
    with pytest.raises(ValueError, match=f"^b: expected True or False, received {value!r}"):
        _checks.boolean("b", value)


@pytest.mark.parametrize("value", ["d", "ab", None, ["a"]])
def test_one_of(value):
    with pytest.raises(ValueError, match=f"^w: expected one of 'a', 'b', received {re.escape(repr(value))}"):
        _checks.one_of("w", value, ["a", "b"])


def test_finite_array():
    x = _checks.finite_array("x", [[1, 2]], ndim=2)
    assert x.dtype == np.float64 and x.shape == (1, 2)
    with pytest.raises(ValueError, match=r"^x: expected shape \(steps,\), received \(1, 2\)"):
        _checks.finite_array("x", x, "(steps,)", ndim=1)
    with pytest.raises(ValueError, match=r"^x: expected 3 axes, received \(1, 2\)"):
        _checks.finite_array("x", x, ndim=3)
    with pytest.raises(ValueError, match=r"^x: expected finite numbers, received inf at \(1,\) \(first of 2\)"):
        _checks.finite_array("x", [0, INFINITY, NAN])
    for value in ("abc", [[1], [1, 2]], object()):
        with pytest.raises(ValueError, match=f"^x: expected an array of numbers, received {type(value).__name__}"):
            _checks.finite_array("x", value)


def test_random_generator():
    generator = np.random.default_rng(3)
    assert _checks.random_generator(generator) is generator
    first, second = (_checks.random_generator(3).random() for _ in range(2))
    assert first == second == np.random.default_rng(3).random()
    state = np.random.RandomState(3)
    assert _checks.random_generator(state).random() != _checks.random_generator(state).random()
    assert isinstance(_checks.random_generator(None), np.random.Generator)
