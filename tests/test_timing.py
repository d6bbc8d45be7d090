"""The order of the run: every worker begins with its longest tests, and each takes part of the rest."""

from types import SimpleNamespace

import pytest

from tests.timing import folder_of, longest_first

SECONDS = {"a": 90.0, "b": 60.0, "c": 50.0, "d": 5.0}


def item_of(name, *marks):
    return SimpleNamespace(nodeid=name, get_closest_marker=lambda mark: mark if mark in marks else None)


def cut(order, workers):
    """What xdist's worksteal gives each worker: contiguous pieces, the first ones rounded down."""
    given = []
    for left in range(workers, 0, -1):
        size = len(order) // left
        given.append(order[:size])
        order = order[size:]
    return given


def pieces(number, workers):
    names = [f"short {k}" for k in range(number)]
    items = [item_of(name) for name in [*names, *SECONDS]]
    order = [item.nodeid for item in longest_first(items, SECONDS, workers)]
    assert sorted(order) == sorted([*names, *SECONDS])
    return cut(order, workers)


def test_the_long_ones_are_dealt_out_and_come_first():
    assert pieces(6, 2) == [["a", "d", "short 0", "short 1", "short 2"], ["b", "c", "short 3", "short 4", "short 5"]]
    assert pieces(1, 1) == [["a", "b", "c", "d", "short 0"]]


@pytest.mark.parametrize("workers", [2, 3, 4])
@pytest.mark.parametrize("number", range(8))
def test_every_worker_begins_with_a_long_one(workers, number):
    given = pieces(number, workers)
    longest = sorted(SECONDS, key=SECONDS.get, reverse=True)[:workers]
    assert sorted(piece[0] for piece in given) == sorted(longest)


def test_a_file_that_is_marked_stays_together():
    shared = [item_of(f"file::{name}", "together") for name in "xyz"]
    items = [*map(item_of, "abcd"), *shared, *(item_of(f"short {k}") for k in range(5))]
    order = [item.nodeid for item in longest_first(items, {**SECONDS, "file::x": 60.0, "file::z": 9.0}, 2)]
    assert sorted(order) == sorted(item.nodeid for item in items)
    first, second = cut(order, 2)
    assert first[:3] == ["a", "c", "short 0"]
    assert second[:5] == ["file::x", "file::y", "file::z", "b", "d"]


def test_folder():
    assert folder_of("tests/layers/test_gru.py::test_x[a/b::c]") == "tests/layers"
