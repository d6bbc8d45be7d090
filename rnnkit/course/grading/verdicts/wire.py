"""Values as JSON, and calls across a process border: data only, never pickle.

Each side of the border is a `Peer`. A function that crosses is left where it is; the other side gets a `Remote`, which
sends the arguments, answers calls that come back meanwhile, and returns the result. Arrays and random generators handed
in come back as the call has left them, so that a function which changes its arguments is seen to do so.
"""

import base64
import builtins
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

MOST_BYTES = 16 * 2**20  # of one array
DEEPEST = 40
ALIKE = 1000  # keys with the same hash
Send = Callable[[Any], None]
Receive = Callable[[], Any]
Left = Callable[[Any, Any], None]
Now = Callable[[Any], Any]


class BorderError(Exception):
    """A value that cannot cross the border, or a message that does not follow the protocol."""


class RemoteError(Exception):
    """An exception of the other side that is not one of Python's own."""


class Objects:
    """What describes an object as data and builds it again; nothing by default. See `models.py`."""

    def start(self) -> None:
        """A new message: objects that crossed before may have changed since."""

    def describe(self, value: Any, encode: Callable[[Any], Any]) -> dict | None:
        """The object as data, or None for an object of a kind that cannot cross."""
        return None

    def rebuild(self, data: dict, decode: Callable[[Any], Any]) -> Any:
        """The object that the data describe."""
        raise BorderError(f"an object of kind {data.get('kind')!r} cannot cross the border here")


class Peer:
    """One side of the border.

    Args:
        send, receive: carry one JSON-able message each.
        objects: how objects that are not plain data cross.
        left: told of each argument what a call has left of it; by default the argument is changed so.
        now: what an argument is at present.
    """

    def __init__(
        self,
        send: Send,
        receive: Receive,
        objects: Objects | None = None,
        left: Left | None = None,
        now: Now | None = None,
    ) -> None:
        self._send, self._receive = send, receive
        self._left, self._now = left or _put_back, now or (lambda argument: argument)
        self._objects = objects or Objects()
        # Functions of this side, by the number under which they are known there.
        self._here: list[Callable[..., Any]] = []

    # values -----------------------------------------------------------------------------------------------------

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The value as JSON-able data.

        Raises:
            BorderError: a value of a kind that cannot cross, or nested too deeply.
        """
        if depth > DEEPEST:
            raise BorderError(f"expected values nested at most {DEEPEST} deep, received deeper ones")

        def inner(part: Any) -> Any:
            return self.encode(part, depth + 1)

        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"$": "float", "value": repr(value)}
        if type(value) is complex:
            return {"$": "complex", "value": [inner(value.real), inner(value.imag)]}
        if type(value) is list:
            return [inner(part) for part in value]
        if isinstance(value, tuple | set | frozenset | range):
            kind = next(k for k in (tuple, set, frozenset, range) if isinstance(value, k))
            parts = (value.start, value.stop, value.step) if isinstance(value, range) else value
            return {"$": kind.__name__, "items": [inner(part) for part in parts]}
        if isinstance(value, dict):
            return {"$": "dict", "items": [[inner(key), inner(part)] for key, part in value.items()]}
        if isinstance(value, np.ndarray | np.generic):
            return _array_as_data(value)
        if isinstance(value, np.random.Generator):
            return {"$": "generator", "state": _generator_state(value)}
        if isinstance(value, Remote) and value.peer is self:
            return {"$": "yours", "number": value.number}
        described = self._objects.describe(value, inner)
        if described is not None:
            return {"$": "object", **described}
        if callable(value) and not isinstance(value, type):
            self._here.append(value)
            return {"$": "mine", "number": len(self._here) - 1, "name": str(getattr(value, "__name__", "function"))}
        if hasattr(value, "__array__"):  # a tensor of any backend
            return _array_as_data(np.asarray(value))
        if isinstance(value, str | int | float | list):  # a subclass: what it adds does not cross
            base: Any = next(k for k in (str, int, float, list) if isinstance(value, k))
            return inner(base(value))
        raise BorderError(
            f"a value of type {type(value).__name__} cannot be checked; expected numbers, arrays, strings, lists, "
            "tuples, dicts, functions, or Keras models"
        )

    def decode(self, data: Any) -> Any:
        """The value that the data describe. They may come from anybody.

        Raises:
            BorderError: data that describe nothing.
        """
        if data is None or isinstance(data, bool | int | float | str):
            return data
        if isinstance(data, list):
            return [self.decode(part) for part in data]
        if not isinstance(data, dict):
            raise BorderError(f"expected data, received {type(data).__name__}")
        kind = data.get("$")
        if kind == "dict":
            pairs = [(_hashable(self.decode(key)), self.decode(part)) for key, part in _pairs(data)]
            _told_apart([key for key, _ in pairs])
            return dict(pairs)
        if isinstance(kind, str) and kind in _COLLECTIONS:
            return _collection(kind, [self.decode(part) for part in _items(data)])
        if kind == "float" and data.get("value") in ("nan", "inf", "-inf"):
            return float(data["value"])
        if kind == "complex":
            parts = [self.decode(part) for part in _items(data, "value")]
            if len(parts) == 2 and all(isinstance(part, float) for part in parts):
                return complex(*parts)
        if kind == "array":
            return _array_from_data(data)
        if kind == "generator":
            return _generator(data.get("state"))
        if kind == "mine":
            return Remote(self, _number(data), str(data.get("name"))[:80])
        if kind == "yours":
            return self._function(data)
        if kind == "object":
            return self._objects.rebuild(data, self.decode)
        raise BorderError(f"expected data, received a value of kind {str(kind)[:40]!r}")

    # calls ------------------------------------------------------------------------------------------------------

    def request(self, message: dict) -> Any:
        """Send a message and return the value of its answer; calls of this side's functions are answered meanwhile.

        Raises:
            BorderError: an answer that does not follow the protocol.
            Exception: what the other side raised, if it is one of Python's own, else RemoteError.
        """
        self._send(message)
        while True:
            reply = self._receive()
            if not isinstance(reply, dict):
                raise BorderError("expected an answer, received something else")
            if "call" in reply:
                self._send(self.answer(reply))
            elif "error" in reply:
                raise _exception(reply["error"])
            elif "value" in reply:
                return reply
            else:
                raise BorderError("expected a value, received something else")

    def answer(self, message: dict) -> dict:
        """Call a function of this side as the message asks; what happens is the answer, never an exception."""
        self._objects.start()
        try:
            function = self._function({"number": message["call"]})
            arguments = [self.decode(part) for part in _items(message, "arguments")]
            named = {str(key): self.decode(part) for key, part in message.get("named", {}).items()}
            value = self.encode(function(*arguments, **named))
            left = [self._changeable(argument) for argument in (*arguments, *named.values())]
        except Exception as error:  # whatever it is, it belongs to the other side
            return {"error": error_as_data(error)}
        return {"value": value, "left": left}

    def call(self, number: int, arguments: tuple, named: dict[str, Any]) -> Any:
        """Call a function of the other side."""
        self._objects.start()
        sent = [self.encode(self._now(argument)) for argument in arguments]
        sent_named = {key: self.encode(self._now(argument)) for key, argument in named.items()}
        reply = self.request({"call": number, "arguments": sent, "named": sent_named})
        left = reply.get("left")
        if isinstance(left, list):
            for argument, after in zip((*arguments, *named.values()), left, strict=False):
                self._left(argument, None if after is None else self.decode(after))
        return self.decode(reply["value"])

    def _changeable(self, argument: Any) -> Any:
        return self.encode(argument) if isinstance(argument, np.ndarray | np.random.Generator | list | dict) else None

    def _function(self, data: dict) -> Callable[..., Any]:
        number = _number(data)
        if number >= len(self._here):
            raise BorderError(f"there is no function number {number}")
        return self._here[number]


class Remote:
    """A function of the other side."""

    def __init__(self, peer: Peer, number: int, name: str) -> None:
        self.peer, self.number, self.__name__ = peer, number, name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self.peer.call(self.number, arguments, named)


def error_as_data(error: BaseException) -> dict:
    """An exception: the names of its classes, from its own to the most general, and its message."""
    try:
        message = str(error)
    except Exception:
        message = ""
    return {"classes": [kind.__name__ for kind in type(error).__mro__], "message": message[:2000]}


# The first says nothing, the second takes other arguments; the others end a loop of the check's instead of the check.
_NOT_RAISED = (Exception, UnicodeDecodeError, StopIteration, StopAsyncIteration)


def _exception(data: Any) -> Exception:
    if not isinstance(data, dict):
        return BorderError("expected an error, received something else")
    classes, message = data.get("classes"), str(data.get("message"))[:2000]
    for name in classes if isinstance(classes, list) else ():
        kind = getattr(builtins, name, None) if isinstance(name, str) else None
        if isinstance(kind, type) and issubclass(kind, Exception) and kind not in _NOT_RAISED:
            try:
                return _from_there(kind(message))
            except TypeError:
                continue
    return _from_there(RemoteError(f"{classes[0]}: {message}" if isinstance(classes, list) and classes else message))


def _from_there(error: Exception) -> Exception:
    """Marked as one whose words are the other side's: they may hold the arguments of the call."""
    error.from_there = True  # type: ignore[attr-defined]
    return error


def _put_back(argument: Any, after: Any) -> None:
    """What a call has made of an argument that can be changed."""
    if isinstance(argument, np.ndarray) and isinstance(after, np.ndarray):
        if argument.shape == after.shape and argument.dtype == after.dtype:
            argument[...] = after
    elif isinstance(argument, np.random.Generator) and isinstance(after, np.random.Generator):
        argument.bit_generator.state = after.bit_generator.state
    elif isinstance(argument, list) and isinstance(after, list):
        argument[:] = after
    elif isinstance(argument, dict) and isinstance(after, dict):
        argument.clear()
        argument.update(after)


_COLLECTIONS: dict[Any, Any] = {"tuple": tuple, "set": set, "frozenset": frozenset, "range": range}


def _collection(kind: str, items: list) -> Any:
    if kind == "range":
        if len(items) != 3 or not all(type(item) is int for item in items):
            raise BorderError("expected a range, received something else")
        if items[2] == 0 or (items[1] - items[0]) // items[2] > MOST_BYTES // 8:
            raise BorderError("expected a range of a step and a length that can be checked, received another")
        return range(*items)
    return _COLLECTIONS[kind](_told_apart([*map(_hashable, items)]) if "set" in kind else items)


def _told_apart(keys: list) -> list:
    """Keys by whose hashes a dict can tell them apart. Of n that have the same one, it compares each with each."""
    if len(keys) > ALIKE and max(Counter(map(hash, keys)).values()) > ALIKE:
        raise BorderError(f"expected keys that can be told apart, received more than {ALIKE} with the same hash")
    return keys


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        raise BorderError(f"a {type(value).__name__} cannot be a key") from None
    return value


def _items(data: dict, key: str = "items") -> list:
    items = data.get(key)
    if not isinstance(items, list):
        raise BorderError(f"expected a list of {key}, received {type(items).__name__}")
    return items


def _pairs(data: dict) -> list:
    items = _items(data)
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in items):
        raise BorderError("expected pairs, received something else")
    return items


def _number(data: dict) -> int:
    number = data.get("number")
    if type(number) is not int or number < 0:
        raise BorderError("expected the number of a function, received something else")
    return number


def _array_as_data(value: Any) -> dict:
    array = np.asarray(value)
    data = {"$": "array", "shape": list(array.shape), "scalar": isinstance(value, np.generic)}
    if array.dtype.kind == "U":
        return {**data, "dtype": "U", "values": array.reshape(-1).tolist()}
    if array.dtype.names or array.dtype.kind in "mMS":  # NumPy would make numbers of them
        raise BorderError(f"an array of {array.dtype} cannot be checked; expected numbers")
    if array.dtype.kind not in "biufc":
        try:
            array = array.astype(np.float32)  # bfloat16 and its like; objects and dates raise
        except (TypeError, ValueError):
            raise BorderError(f"an array of {array.dtype} cannot be checked; expected numbers") from None
        if value.dtype.kind == "O":
            raise BorderError("an array of objects cannot be checked; expected numbers")
    if array.nbytes > MOST_BYTES:
        raise BorderError(f"expected an array of at most {MOST_BYTES >> 20} MB, received {array.nbytes >> 20} MB")
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {**data, "dtype": little.dtype.str, "values": base64.b64encode(little.tobytes()).decode()}


def _array_from_data(data: dict) -> Any:
    try:
        shape = tuple(int(size) for size in _items(data, "shape"))
        values, kind = data["values"], data["dtype"]
        if kind == "U":
            array = np.array([str(part) for part in values], dtype=str)
        else:
            dtype = np.dtype(kind)
            if dtype.kind not in "biufc" or dtype.names or dtype.subdtype or len(values) > 2 * MOST_BYTES:
                raise BorderError("expected an array of numbers, received something else")
            array = np.frombuffer(base64.b64decode(values, validate=True), dtype)
        if len(shape) > 32 or any(size < 0 for size in shape):
            raise ValueError
        array = array.reshape(shape).copy()
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BorderError("expected an array, received something else") from None
    return array[()] if data.get("scalar") is True and shape == () else array


def _generator_state(generator: np.random.Generator) -> dict:
    state: Any = generator.bit_generator.state
    if state.get("bit_generator") != "PCG64":
        raise BorderError(f"a generator of kind {state.get('bit_generator')} cannot cross; use np.random.default_rng")
    inner = state["state"]
    return {
        "state": str(inner["state"]),
        "inc": str(inner["inc"]),
        "has_uint32": int(state["has_uint32"]),
        "uinteger": int(state["uinteger"]),
    }


def _generator(state: Any) -> np.random.Generator:
    generator = np.random.default_rng(0)
    try:
        generator.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": int(state["state"]), "inc": int(state["inc"])},
            "has_uint32": int(state["has_uint32"]),
            "uinteger": int(state["uinteger"]),
        }
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BorderError("expected a random generator, received something else") from None
    return generator
