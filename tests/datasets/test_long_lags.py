"""The adding problem, temporal order and the embedded Reber grammar against their definitions and closed forms."""

import re

import numpy as np
import pytest

from rnnkit.datasets import adding_problem, adding_problem_baseline, embedded_reber, temporal_order

COUNT = 20_000


@pytest.mark.parametrize("length", [22, 101, 500])
def test_the_adding_problem_is_as_the_paper_says(length):
    data = adding_problem(2000, length, seed=0)
    assert data.lengths.min() == length and data.lengths.max() == length + length // 10
    firsts, seconds = set(), set()
    for x, y, end in zip(data.x, data.y[:, 0], data.lengths, strict=True):
        marked = np.flatnonzero(x[:, 1] == 1)
        assert len(marked) == 2 and marked[0] < 10
        firsts.add(marked[0]), seconds.add(marked[1])
        assert x[end - 1, 1] == -1 and (x[0, 1] == -1 or (marked[0] == 0 and x[0, 0] == 0))
        assert np.count_nonzero(x[1 : end - 1, 1]) == 2 - (marked[0] == 0)
        assert np.abs(x[:end, 0]).max() <= 1 and not x[end:].any()
        assert y == pytest.approx(0.5 + x[marked, 0].sum() / 4, abs=1e-6)
    # The first T/2 − 1 unmarked steps are among the first T/2.
    assert max(seconds) == length // 2 - 1 and min(firsts) == 0
    assert data.mask.sum(axis=1).tolist() == data.lengths.tolist()


@pytest.mark.parametrize("length", [22, 100])
def test_the_constant_answer_to_the_adding_problem_is_as_good_as_its_closed_form(length):
    error = adding_problem(COUNT, length, seed=1).y - 0.5
    expected = adding_problem_baseline(length)
    spread = np.std(error**2) / np.sqrt(COUNT)
    assert abs(np.mean(error**2) - expected["mse"]) < 4 * spread
    share = expected["share"]
    assert abs(np.mean(np.abs(error) < 0.04) - share) < 4 * np.sqrt(share * (1 - share) / COUNT)
    assert np.mean(adding_problem(COUNT, length, seed=1, vary=False).lengths) == length


ORDERS = {2: ["XX", "XY", "YX", "YY"], 3: ["XXX", "XXY", "XYX", "XYY", "YXX", "YXY", "YYX", "YYY"]}
PLACES_OF_100 = {
    ("1997", 2): [(10, 20), (50, 60)],
    ("1997", 3): [(10, 20), (33, 43), (66, 76)],
    ("2013", 2): [(10, 19), (50, 59)],
}


@pytest.mark.parametrize(("form", "symbols"), PLACES_OF_100)
def test_temporal_order_is_as_the_papers_say(form, symbols):
    data = temporal_order(2000, 100, seed=0, symbols=symbols, form=form)
    names = np.array(list("abcdXYEB"))
    seen = []
    for x, y, end in zip(data.x, data.y, data.lengths, strict=True):
        assert (x[:end].sum(axis=1) == 1).all() and not x[end:].any() and y.sum() == 1
        string = "".join(names[x[:end].argmax(axis=1)])
        assert re.fullmatch("E[abcdXY]*B" if form == "1997" else "[abcdXY]*", string)
        places = [k for k, symbol in enumerate(string) if symbol in "XY"]
        assert "".join(string[k] for k in places) == ORDERS[symbols][y.argmax()]
        seen.append(places)
    ends = list(zip(np.min(seen, axis=0), np.max(seen, axis=0), strict=True))
    assert ends == PLACES_OF_100[form, symbols]
    assert (data.lengths.min(), data.lengths.max()) == ((100, 110) if form == "1997" else (100, 100))
    shares, p = data.y.mean(axis=0), 1 / 2**symbols
    assert np.abs(shares - p).max() < 4 * np.sqrt(p * (1 - p) / 2000)


def parses(string):
    """Whether a Reber string is one, by a walk over the diagram as it is printed, written anew."""
    ways = {"0T": 1, "0P": 2, "1S": 1, "1X": 3, "2T": 2, "2V": 4, "3X": 2, "3S": 5, "4P": 3, "4V": 5}
    node = 0
    for symbol in string[1:-1]:
        node = ways.get(f"{node}{symbol}", -1)
    return string[0] == "B" and string[-1] == "E" and node == 5


def test_the_diagram_is_the_one_of_a_public_collection_of_reber_strings():
    """Strings of the data set harshildarji/Reber-Grammar, which marks them as valid or not."""
    valid = "BPTVPXVPXTVPXTTTTTTVPSE BTXXTTVPXVPXVVE BTSXXTTTTTVPXTTTVPXVPSE BTSSXXVPXVPXTVPXTVPXVVE BTSSSSXXTTVPSE"
    invalid = "BPTVXPVXPTTVXVE BTTVPXTTVPXVPXTTVPXVVE BPTPXVVVVVVTPSE BPSSSSSSSXXTTTVPSE BTTTVXSSXPXSSSXPXXVE"
    assert all(map(parses, valid.split())) and not any(map(parses, invalid.split()))


def test_embedded_reber_strings_are_grammatical_and_their_targets_complete():
    strings, data = embedded_reber(3000, seed=0)
    following = {}
    for string, x, y, end in zip(strings, data.x, data.y, data.lengths, strict=True):
        assert len(string) == end + 1 and not x[end:].any() and not y[end:].any()
        assert "".join("BTPSXVE"[k] for k in x[:end].argmax(axis=1)) == string[:-1]
        assert string[1] == string[-2] and string[0] == "B" and string[-1] == "E" and parses(string[2:-2])
        for step in range(end):
            allowed = "".join(s for s, on in zip("BTPSXVE", y[step], strict=True) if on)
            assert string[step + 1] in allowed
            following.setdefault(string[: step + 1], set()).add(string[step + 1])
            following.setdefault(string[: step + 1] + "?", set()).add(allowed)
    for prefix in ("B", "BT", "BTB", "BPBT", "BPBP", "BTBTS", "BTBTX", "BPBPV", "BTBPVV", "BTBTXSE", "BPBTXSE"):
        assert following[prefix + "?"] == {"".join(s for s in "BTPSXVE" if s in following[prefix])}
    assert min(map(len, strings)) == 9


def test_the_mean_length_of_reber_strings_is_that_of_the_random_walk():
    ways = {0: (1, 2), 1: (1, 3), 2: (2, 4), 3: (2, 5), 4: (3, 5)}
    walk = np.zeros((5, 5))
    for node, targets in ways.items():
        for target in targets:
            if target < 5:
                walk[node, target] += 0.5
    steps = np.linalg.solve(np.eye(5) - walk, np.ones(5))[0]
    lengths = np.array([len(string) for string in embedded_reber(COUNT, seed=2)[0]])
    assert abs(lengths.mean() - (6 + steps)) < 4 * lengths.std() / np.sqrt(COUNT)


def test_seeds_give_the_same_and_other_data():
    for make in (
        lambda s: adding_problem(5, 30, s),
        lambda s: temporal_order(5, 30, s),
        lambda s: embedded_reber(5, s)[1],
    ):
        np.testing.assert_array_equal(make(1).x, make(1).x)
        assert make(1).x.shape != make(2).x.shape or not np.array_equal(make(1).x, make(2).x)


def test_errors():
    with pytest.raises(ValueError, match="length: expected at least 22 steps, received 21"):
        adding_problem(1, 21, 0)
    with pytest.raises(ValueError, match="count: expected a positive integer, received 0"):
        embedded_reber(0, 0)
    with pytest.raises(ValueError, match="form: expected .* received '2013' with 3"):
        temporal_order(1, 100, 0, symbols=3, form="2013")
