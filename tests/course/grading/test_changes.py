"""What a call leaves of its arguments is seen by the check helpers, and by nothing else."""

import numpy as np
import pytest

from rnnkit.course.grading.verdicts.changes import Changes
from rnnkit.course.teaching import check_array, check_equal


def helpers(changes):
    namespace = {"check_array": check_array, "check_equal": check_equal, "x": np.zeros(2)}
    changes.shown(namespace)
    return namespace["check_array"], namespace["check_equal"]


def test_a_changed_array_is_seen_where_a_check_looks_and_nowhere_else():
    changes, x = Changes(), np.arange(3.0)
    array, _ = helpers(changes)
    changes.note(x, np.zeros(3))
    array("x, afterwards", x, [0, 0, 0])
    with pytest.raises(AssertionError, match=r"x, afterwards\[1\]"):
        array("x, afterwards", x, np.arange(3.0))
    array("what is worked out from x", np.array(3.0), x.sum())
    assert changes.now(x).tolist() == [0, 0, 0], "the next call is handed what the last has left"


def test_what_the_check_itself_has_changed_since_is_what_counts():
    changes, x = Changes(), np.arange(3.0)
    changes.note(x, np.zeros(3))
    x[:] = 7
    assert changes.now(x) is x


def test_lists_are_seen_with_their_parts():
    changes, first = Changes(), np.ones(2)
    weights = [first, 5]
    changes.note(weights, [np.zeros(2), 6])
    array, equal = helpers(changes)
    array("a part", first, [0, 0])
    equal("the second", changes.now(weights)[1], 6)
    assert weights[1] == 5


def test_arrays_of_another_shape_or_kind_are_no_change():
    changes, x = Changes(), np.arange(3.0)
    for lie in (np.zeros(4), np.zeros(3, int), [0, 0, 0], None, 5):
        changes.note(x, lie)
        assert changes.now(x) is x


def test_a_generator_is_handed_on_as_the_call_left_it_and_stays_what_it_was_for_the_check():
    changes, rng, other = Changes(), np.random.default_rng(1), np.random.default_rng(1)
    other.random(5)
    changes.note(rng, other)
    _, equal = helpers(changes)
    equal("the generator, afterwards", rng, other)
    with pytest.raises(AssertionError, match="numbers were drawn"):
        equal("the generator, afterwards", rng, np.random.default_rng(1))
    assert changes.now(rng).random() == np.random.default_rng(1).random(6)[-1]
    assert rng.random() == np.random.default_rng(1).random(), "the check draws what nobody has chosen"
