"""The checks of the notebooks say in words what is wrong."""

import numpy as np
import pytest

from rnnkit.course.teaching import check_array, check_equal, check_raises, choose, profile, report_result


@pytest.mark.parametrize(
    ("received", "message"),
    [
        (None, r"F: expected an array of shape \(2, 3\), received None. Does your function return?"),
        (np.zeros((3, 2)), r"F: expected shape \(2, 3\), received \(3, 2\)\."),
        ([[0, 0, 0], [0, 5, 7]], r"F\[1, 1\]: expected 0, received 5 \(first of 2 wrong values out of 6\)\."),
        (np.full((2, 3), np.nan), r"F\[0, 0\]: expected 0, received nan"),
        ([["a", "b", "c"]] * 2, "F: expected numbers, received values of type"),
        ([[1, 2], [3]], "F: expected an array of shape"),
    ],
)
def test_array_failures_in_words(received, message):
    with pytest.raises(AssertionError, match=message):
        check_array("F", received, np.zeros((2, 3)))


def test_array_accepts_what_is_right():
    check_array("F", [[1, 2]], np.array([[1.0, 2.0 + 1e-9]]))
    check_array("scalar", np.float32(0.5), 0.5)
    with pytest.raises(AssertionError, match="scalar: expected 0.5, received 0.6"):
        check_array("scalar", 0.6, 0.5)


def test_equal_failures_in_words():
    check_equal("words", ["a"], ["a"])
    check_equal("number", 3, 3.0)
    check_equal("shape", (2, 9, 1), (2, 9, 1))
    with pytest.raises(AssertionError, match=r"words: expected .* \(first difference at position 1\)"):
        check_equal("words", ["a", "c"], ["a", "b"])
    with pytest.raises(AssertionError, match="position 1"):
        check_equal("words", ["a"], ["a", "b"])
    with pytest.raises(AssertionError, match=r"received None \(NoneType\)"):
        check_equal("words", None, ["a"])


def test_raises():
    check_raises("int", ValueError, lambda: int("x"))
    with pytest.raises(AssertionError, match="int: expected KeyError, received ValueError"):
        check_raises("int", KeyError, lambda: int("x"))
    with pytest.raises(AssertionError, match="int: expected ValueError, received the value 3"):
        check_raises("int", ValueError, lambda: int("3"))


def test_profiles(monkeypatch):
    monkeypatch.delenv("RNNKIT_PROFILE")
    assert profile() == "quick"
    monkeypatch.setenv("RNNKIT_PROFILE", "full")
    assert choose(check=1, quick=2, full=3) == 3
    monkeypatch.setenv("RNNKIT_PROFILE", "fast")
    with pytest.raises(ValueError, match="RNNKIT_PROFILE: expected one of check, quick, full, received 'fast'"):
        profile()


def test_result_is_shown_and_escaped(capsys):
    report_result("RMSE < 0.1", "0.5", holds=False)
    assert "RMSE < 0.1 against 0.5: does not hold in this run." in capsys.readouterr().out
