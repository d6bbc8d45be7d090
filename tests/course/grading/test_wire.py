"""Values and calls cross the border as data, and come back as they were."""

import json
import queue
import threading

import numpy as np
import pytest

from rnnkit.course.grading.verdicts import wire
from rnnkit.course.grading.verdicts.wire import BorderError, Peer, Remote, RemoteError


class Ends:
    """Two peers, the far one served by a thread, as a kernel would."""

    def __init__(self, functions):
        self.there, self.here = queue.Queue(), queue.Queue()
        self.near = Peer(lambda m: self.there.put(json.dumps(m)), lambda: json.loads(self.here.get(timeout=20)))
        far = Peer(lambda m: self.here.put(json.dumps(m)), lambda: json.loads(self.there.get(timeout=20)))
        self.remote = [self.near.decode(far.encode(function)) for function in functions]

        def serve():
            while (text := self.there.get()) is not None:
                self.here.put(json.dumps(far.answer(json.loads(text))))

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()

    def close(self):
        self.there.put(None)
        self.thread.join(5)


@pytest.fixture
def connect():
    made = []

    def make(*functions):
        made.append(Ends(functions))
        return made[-1].remote

    yield make
    for ends in made:
        ends.close()


def through(value):
    peer = Peer(lambda m: None, lambda: None)
    return peer.decode(json.loads(json.dumps(peer.encode(value))))


RNG = np.random.default_rng(0)
VALUES = [
    None,
    True,
    -(10**30),
    1.5,
    float("inf"),
    2 - 3j,
    "é\n\ud800",
    [1, [2.5, None]],
    (1, (2,), []),
    {1, 2},
    frozenset("ab"),
    range(2, 9, 3),
    {(1, "a"): [2], "b": {"$": "array"}},
    RNG.normal(size=(2, 3, 4)),
    RNG.integers(-9, 9, (5,), dtype=np.int16),
    np.array(3.0),
    np.float32(1 / 3),
    RNG.normal(size=(3, 2)).T,
    np.zeros((0, 4)),
    np.array([1 + 2j]),
    np.array(["a", "längst"]),
    np.array([True, False]),
    np.arange(3, dtype=">i4"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_values_come_through(value):
    back = through(value)
    assert type(back) is type(value)
    if isinstance(value, np.ndarray):
        assert back.dtype == value.dtype.newbyteorder("=") and back.shape == value.shape
        np.testing.assert_array_equal(back, value)
        back[...] = 0  # it is nobody else's
    else:
        assert back == value


def test_not_a_number_stays_one():
    assert np.isnan(through(float("nan"))) and np.isnan(through(np.array([np.nan]))).all()


def test_generators_go_on_where_they_were():
    generator = np.random.default_rng(5)
    generator.random(3)
    assert through(generator).random() == generator.random()


@pytest.mark.parametrize("value", [object(), np.array([object()]), np.random.RandomState(0), int, open])  # noqa: F821
def test_other_values_are_refused(value):
    if value is open:
        value = type("Odd", (), {"__len__": lambda self: 3})()
    with pytest.raises(BorderError, match="expected"):
        through(value)


def test_what_lies_when_compared_arrives_as_it_is():
    class Liar(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    back = through(Liar("nan"))
    assert type(back) is float and back != back


MALFORMED = [
    {"$": "array", "dtype": "O", "shape": [1], "values": "AAAA"},
    {"$": "array", "dtype": "<f8", "shape": [2], "values": "AAAA"},
    {"$": "array", "dtype": "<f8", "shape": [-1], "values": ""},
    {"$": "array", "dtype": "V8", "shape": [1], "values": "AAAAAAAAAAA="},
    {"$": "array", "dtype": [["a", "<f8"]], "shape": [1], "values": "AAAAAAAAAAA="},
    {"$": "array", "dtype": "<f8", "shape": [10**12], "values": ""},
    {"$": "array"},
    {"$": "dict", "items": [1]},
    {"$": "dict", "items": [[[1], 2]]},
    {"$": "set", "items": [[1]]},
    {"$": "range", "items": [1.5, 2, 3]},
    {"$": "range", "items": [0, 3]},
    {"$": "range", "items": [0, 3, 0]},
    {"$": "range", "items": [0, 10**15, 1]},  # a check that makes a list of it would take all memory
    {"$": "range", "items": [10**15, 0, -1]},
    {"$": "range", "items": [0, 10**30, 1]},
    {"$": "float", "value": "1e999 or so"},
    {"$": "generator", "state": {"state": "x"}},
    {"$": "yours", "number": 3},
    {"$": "mine", "number": -1},
    {"$": "object", "kind": "file"},
    {"$": {}},
    {"no": "kind"},
]


@pytest.mark.parametrize("data", MALFORMED, ids=str)
def test_malformed_data_are_refused(data):
    with pytest.raises(BorderError):
        Peer(lambda m: None, lambda: None).decode(data)


def test_objects_in_an_array_are_not_sent():
    """Their bytes would be addresses."""
    with pytest.raises(BorderError, match="cannot be checked"):
        Peer(lambda m: None, lambda: None).encode(np.array([object(), None]))


def test_large_arrays_stay_where_they_are(monkeypatch):
    peer = Peer(lambda m: None, lambda: None)
    data = peer.encode(np.zeros(300))
    monkeypatch.setattr(wire, "MOST_BYTES", 1000)
    with pytest.raises(BorderError, match="expected an array of at most"):
        peer.encode(np.zeros(300))
    with pytest.raises(BorderError, match="expected an array of numbers"):
        peer.decode(data)
    assert through(np.zeros(125)).shape == (125,)


@pytest.mark.parametrize("kind", ["set", "dict"])
def test_keys_that_cannot_be_told_apart_are_refused(kind):
    """60,000 of them took five minutes: hash(n) is n modulo 2^61 - 1."""
    keys = [number * (2**61 - 1) for number in range(60_000)]
    data = {"$": kind, "items": [[key, 0] for key in keys] if kind == "dict" else keys}
    with pytest.raises(BorderError, match="same hash"):
        Peer(lambda m: None, lambda: None).decode(data)
    assert through(set(range(60_000))) == set(range(60_000))
    assert through({key: 0 for key in keys[:900]}) == dict.fromkeys(keys[:900], 0)


def test_ranges_of_a_usual_length_come_through():
    for value in (range(0), range(5, 2), range(2, 5, -1), range(10**6), range(10**12, 10**12 + 3), range(9, 0, -4)):
        assert through(value) == value


def test_nesting_is_bounded():
    value = []
    for _ in range(100):
        value = [value]
    with pytest.raises(BorderError, match="nested"):
        through(value)


def test_calls_with_arguments_and_callbacks(connect):
    def gradient(function, v, h=1e-6):
        moves = h * np.eye(len(v))
        return np.array([(function(v + move) - function(v - move)) / (2 * h) for move in moves])

    (remote,) = connect(gradient)
    assert isinstance(remote, Remote)
    matrix, point = RNG.normal(size=(3, 3)), RNG.normal(size=3)
    calls = []

    def quadratic(v):
        calls.append(v)
        return v @ matrix @ v

    np.testing.assert_allclose(remote(quadratic, point, h=1e-5), (matrix + matrix.T) @ point, rtol=1e-7)
    assert len(calls) == 6


def test_functions_that_come_back(connect):
    (make,) = connect(lambda factor: lambda x: factor * x)
    assert make(3)(np.array([1.0, 2.0])).tolist() == [3.0, 6.0]
    own = make(2)
    (apply,) = connect(lambda function, x: function(x))
    assert apply(own, 5) == 10


def test_arguments_come_back_changed(connect):
    def change(x, numbers, named, rng):
        x += 1
        numbers.append(3)
        named["b"] = rng.random()

    (remote,) = connect(change)
    x, numbers, named, rng = np.zeros((2, 3)), [1], {}, np.random.default_rng(9)
    remote(x, numbers, named, rng=rng)
    same = np.random.default_rng(9)
    assert x.tolist() == [[1.0] * 3] * 2 and numbers == [1, 3] and named == {"b": same.random()}
    assert rng.random() == same.random()


def test_exceptions_keep_their_kind(connect):
    class Own(ValueError):
        pass

    class Foreign(Exception):
        pass

    def fail(kind):
        raise {"own": Own("too small"), "key": KeyError("k"), "foreign": Foreign("f")}[kind]

    (remote,) = connect(fail)
    with pytest.raises(ValueError, match="too small"):
        remote("own")
    with pytest.raises(KeyError):
        remote("key")
    with pytest.raises(RemoteError, match="Foreign: f"):
        remote("foreign")


def test_an_exception_in_a_callback_reaches_the_caller(connect):
    (remote,) = connect(lambda function: function())

    def fail():
        raise ZeroDivisionError("by zero")

    with pytest.raises(ZeroDivisionError, match="by zero"):
        remote(fail)


@pytest.mark.parametrize("reply", [3, None, {}, {"error": 1}, {"error": {"classes": ["SystemExit"], "message": "x"}}])
def test_other_answers_are_errors(reply):
    peer = Peer(lambda m: None, lambda: reply)
    with pytest.raises((BorderError, RemoteError)):
        peer.request({"call": 0})
