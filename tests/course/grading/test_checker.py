"""A verdict is formed from the check and from the student's values as data; of a hidden check it tells the least."""

import json

import numpy as np
import pytest

from rnnkit.course.grading.verdicts.checker import Session, from_kernel, in_words
from rnnkit.course.grading.verdicts.checks import Checks, Step, split_hidden
from rnnkit.course.grading.verdicts.wire import BorderError, Peer
from rnnkit.course.teaching import check_equal

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
    "a share": "raise AssertionError(f'answer: word 0 expected in {43.21:.3f} of the draws, received 3')",
    "other words": "assert False, f'answer: word 0 came in 0.5 of the draws instead of 0.{4321}'",
    "a decimal": "assert False, f'answer: {answer[0]} is not 0.4321'",
    "an exception": "raise ValueError('answer is odd\\nexpected 4321 instead')",
}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_a_hidden_check_tells_nothing_of_what_it_expects(hidden):
    found = verdict("check_array('answer', answer[1], 5.0)", hidden, answer=np.array([3.0, 5.0]))
    assert found["points"] == 0
    assert found["reason"].startswith("hidden check failed: ")
    assert not any(word in found["reason"] for word in ("4321", "43.21", "LookupError", "expected", "instead"))
    assert any(word in found["reason"] for word in ("answer", "Not equal to tolerance", "ValueError"))


@pytest.mark.parametrize(
    "hidden, answer, told",
    [
        ("answer + np.zeros((2, 3))", np.ones((4321, 5)), "ValueError"),
        ("check_array('answer', answer, np.arange(4400) != 4321)", np.ones(4400), "answer"),
    ],
    ids=["a shape", "a place"],
)
def test_a_hidden_check_tells_nothing_of_what_it_received(hidden, answer, told):
    """A student's function can choose the shape of an array, and the place of the first wrong value."""
    assert verdict("", hidden, answer=answer)["reason"] == f"hidden check failed: {told}"


def test_a_hidden_check_tells_no_name_of_what_cannot_cross():
    reason = in_words(BorderError("a value of type I_was_asked_4321 cannot be checked"), "hidden")
    assert reason == "hidden check failed: what your code gave back cannot be checked"


@pytest.mark.parametrize("visible", [False, True])
def test_it_is_known_from_when_on_words_are_of_code_that_knows(visible):
    """A check's visible lines may come after hidden ones, and so do those of the next check."""
    asked = []

    def f(x):
        asked.append(x)
        return x if x < 3 else 0

    kernel = Kernel(f=f)
    first = Step("a", "assert f(1) == 1\n\nassert f(3) == 3", "\nassert f(2) == 2\n", 1.0, ("f",))
    checks = Checks("u", (first, Step("b", "assert f(4) == 4", "", 1.0, ("f",)), Step("c", "", "", 1.0, ("g",))))
    session = Session(checks, kernel.send, kernel.receive, visible)
    found = [(bool(session.verdict(name)["reason"]), session.hidden, session.untold) for name in "abc"]
    assert asked == ([1, 4] if visible else [1, 2, 3, 4])
    assert found == ([(False, False, False), *[(True, False, False)] * 2] if visible else [(True, True, True)] * 3)


def test_what_a_students_function_raises_in_a_hidden_check_is_not_told():
    def double(x):
        raise ValueError(f"I was asked {x}")

    found = verdict("", "double(4321)", double=double)
    assert found["reason"] == "hidden check failed: your code raised ValueError"
    assert "I was asked 4321" in verdict("double(4321)", double=double)["reason"]


def test_a_generator_that_a_student_has_set_is_not_drawn_from():
    """Or every later draw of the check would be the one that the student expects."""

    def sample(rng):
        rng.bit_generator.state = np.random.PCG64(0).state | {"state": {"state": 0, "inc": 0}}

    hidden = "rng = np.random.default_rng(5)\nsample(rng)\nassert len(set(rng.random(4))) == 4, 'flat'"
    assert verdict("", hidden, sample=sample)["points"] == 10


def test_a_function_does_not_end_a_loop_of_the_check():
    def stop(x):
        raise StopIteration

    assert verdict("assert all(v > 3 for v in map(stop, [1, 2]))", stop=stop)["points"] == 0


def test_an_argument_that_is_changed_by_a_rounding_is_seen():
    def double(x):
        x += 1e-16
        return x + x

    check = "x = np.array([0.1])\ndouble(x)\ncheck_array('x, afterwards', x, [0.1], rtol=0, atol=0)"
    reason = verdict(check, double=double)["reason"]
    assert "x, afterwards[0]: expected 0.10000000000000001, received 0.1000000000000001" in reason


@pytest.mark.parametrize("kind", [[("a", "f8")], "M8[Y]", "S1"], ids=str)
def test_what_is_no_array_of_numbers_passes_for_none(kind):
    array = np.array([(3,), (5,)], kind) if isinstance(kind, list) else np.array([3, 5]).astype(kind)
    for check in ("check_equal('answer', answer(), [3, 5])", "check_array('answer', answer(), [3, 5])"):
        assert verdict(check, answer=lambda: array)["points"] == 0
    if isinstance(kind, list):
        with pytest.raises(AssertionError, match="fields"):
            check_equal("answer", array, [3, 5])


def test_a_visible_check_tells_what_it_expects():
    found = verdict("check_array('answer', answer, 4321.0)", "assert False", answer=np.array(3.0))
    assert found["points"] == 0 and found["reason"].startswith("visible check failed: answer")
    assert "4321" in found["reason"]


@pytest.mark.parametrize(
    "given, points", [("4", 4), ("2.5", 2.5), ("0", 0), ("True", 10), ("'text'", 10), ("None", 10)]
)
def test_a_check_that_ends_in_a_number_gives_so_many_points(given, points):
    assert verdict("", given, answer=1)["points"] == points


@pytest.mark.parametrize(
    "source, points",
    [
        ("score = 4\n### BEGIN HIDDEN TESTS\nscore += answer\n### END HIDDEN TESTS\nscore", 5),
        ("answer\n### BEGIN HIDDEN TESTS\nassert answer == 1\n### END HIDDEN TESTS", 10),
        ("7\n### BEGIN HIDDEN TESTS\nassert answer == 2\n### END HIDDEN TESTS", 0),
        ("### BEGIN HIDDEN TESTS\nscore = 2 * answer\n### END HIDDEN TESTS\nscore", 2),
    ],
    ids=["both", "shown", "hidden fails", "hidden first"],
)
def test_a_check_is_run_in_the_order_of_its_cell(source, points):
    """A number counts as points where it stands last; a visible last line may need what is hidden above it."""
    visible, hidden = split_hidden(source)
    found = verdict(visible, hidden, answer=1)
    assert found["points"] == points, found
    assert points or found["reason"].startswith("hidden check failed")


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
