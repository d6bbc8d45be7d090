"""A verdict is formed from the check and from the student's values as data; of a hidden check it tells the least."""

import json

import numpy as np
import pytest

from rnnkit.course.grading.verdicts.checker import Session, from_kernel
from rnnkit.course.grading.verdicts.checks import Checks, Step
from rnnkit.course.grading.verdicts.wire import BorderError, Peer

HELPERS = "import numpy as np\nfrom rnnkit.course.teaching import check_array, check_equal, check_raises"


class Kernel:
    """The student's side, in this process."""

    def __init__(self, **names):
        self.names, self.asked, self.waiting = names, [], []
        self.peer = Peer(None, None)

    def send(self, message):
        self.asked.append(message)
        if "names" in message:
            found = {
                name: {"value": self.peer.encode(self.names[name])}
                if name in self.names
                else {"error": {"classes": ["NameError"], "message": f"name {name!r} is not defined"}}
                for name in message["names"]
            }
            answer = {"value": None, "found": found}
        else:
            answer = self.peer.answer(message)
        self.waiting.append(json.loads(json.dumps(answer)))

    def receive(self):
        return self.waiting.pop()


def verdict(visible="", hidden="", points=10.0, setup=HELPERS, names=None, **values):
    kernel = Kernel(**values)
    step = Step("check", visible, hidden, points, tuple(names or values))
    return Session(Checks("u", (Step(None, setup, "", 0.0, ()), step)), kernel.send, kernel.receive).verdict("check")


def test_what_holds_gets_all_points():
    found = verdict("check_array('double', double(3.0), 6.0)", "assert double(4) == 8", double=lambda x: 2 * x)
    assert found == {"points": 10.0, "reason": ""}


HIDDEN = {
    "check_array": "check_array('answer', answer, np.array([4321.0, 5]))",
    "check_equal": "check_equal('answer', list(answer), [4321, 5])",
    "check_raises": "check_raises('answer', LookupError, lambda: answer)",
    "assert with words": "assert answer[0] == 4321, f'answer: expected 4321, received {answer[0]}'",
    "NumPy's": "np.testing.assert_allclose(answer, [4321.0, 5])",
    "an exception": "raise ValueError('answer is odd\\nexpected 4321 instead')",
}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_a_hidden_check_tells_nothing_of_what_it_expects(hidden):
    found = verdict("check_array('answer', answer[1], 5.0)", hidden, answer=np.array([3.0, 5.0]))
    assert found["points"] == 0
    assert found["reason"].startswith("hidden check failed: ")
    assert not any(word in found["reason"] for word in ("4321", "LookupError", "expected"))
    assert "answer" in found["reason"] or "Not equal to tolerance" in found["reason"]


def test_a_visible_check_tells_what_it_expects():
    found = verdict("check_array('answer', answer, 4321.0)", "assert False", answer=np.array(3.0))
    assert found["points"] == 0 and found["reason"].startswith("visible check failed: answer")
    assert "4321" in found["reason"]


@pytest.mark.parametrize(
    "given, points", [("4", 4), ("2.5", 2.5), ("0", 0), ("True", 10), ("'text'", 10), ("None", 10)]
)
def test_a_check_that_ends_in_a_number_gives_so_many_points(given, points):
    assert verdict("", given, answer=1)["points"] == points


@pytest.mark.parametrize("given", ["11", "-1", "float('nan')", "float('inf')"])
def test_points_that_there_are_not_are_not_given(given):
    found = verdict("", given, answer=1)
    assert found["points"] == 0 and found["reason"].startswith("the check gave")


def test_a_name_that_is_missing_is_told_and_gives_no_points():
    found = verdict("pass", names=["forward"])
    assert found == {"points": 0.0, "reason": "name 'forward' is not defined"}


@pytest.mark.parametrize("names", [{}, {"answer": {}}, {"answer": {"value": {"$": "odd"}}}, {"answer": None}, [], None])
def test_an_answer_that_is_none_gives_no_points(names):
    step = Step("check", "pass", "", 10.0, ("answer",))
    session = Session(Checks("u", (step,)), lambda message: None, lambda: {"value": None, "found": names})
    found = session.verdict("check")
    assert found["points"] == 0 and found["reason"]


@pytest.mark.parametrize("error", ["SystemExit(0)", "AssertionError()", "ZeroDivisionError('x')"])
def test_a_check_that_is_ended_gives_no_points(error):
    assert verdict(f"raise {error}", answer=1)["points"] == 0


def test_a_check_is_made_once():
    kernel = Kernel(answer=1)
    session = Session(Checks("u", (Step("check", "", "", 10.0, ("answer",)),)), kernel.send, kernel.receive)
    assert [session.verdict(name)["points"] for name in ("check", "check", "other")] == [10, 0, 0]


def test_each_check_has_a_name_in_the_place_of_the_instructors_own():
    """The student's function is asked, not one that a set-up cell left under its name."""
    setup = HELPERS + "\ndef double(x):\n    return 2 * x"
    found = verdict("assert double(3) == 6", setup=setup, double=lambda x: 7)
    assert found["points"] == 0


@pytest.mark.parametrize("message", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_data_is_refused(message):
    with pytest.raises(BorderError, match="no data"):
        from_kernel(message)
