"""Module paths of rnnkit 0.1, which notebooks that were handed out earlier import."""

import importlib
import sys

import pytest

from rnnkit._moved import MOVED


@pytest.mark.parametrize("old", [old for old, new in MOVED.items() if new.startswith("rnnkit.course")])
def test_an_old_module_path_gives_the_module_at_the_new_one(old):
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=f"{old} is now {MOVED[old]}"):
        module = importlib.import_module(old)
    assert module is importlib.import_module(MOVED[old])


def test_what_is_below_an_old_path_moved_with_it():
    with pytest.warns(DeprecationWarning, match="rnnkit.teaching.checks is now rnnkit.course.teaching.checks"):
        sys.modules.pop("rnnkit.teaching.checks", None)
        from rnnkit.teaching.checks import check_array
    assert check_array is importlib.import_module("rnnkit.course.teaching").check_array
