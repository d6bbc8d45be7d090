"""Answers that lie: values that seem equal to everything, functions that know what will be asked, arguments made to fit."""

from tests.course.grading.attacks.case import Case

WHY = "the values are wrong"
NAN = """
class Nan(float):
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __hash__ = float.__hash__
    __sub__ = __rsub__ = __abs__ = __add__ = lambda self, *a: self
def total(x):
    return Nan("nan")
"""
EQUAL = """
class Equal:
    shape, dtype, size, ndim = (), np.dtype(float), 1, 0
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __float__ = lambda self: 15.0
    __len__ = lambda self: 2
    __iter__ = lambda self: iter([3.0, 12.0])
    def __array__(self, *a, **k): return np.array(15.0)
    def __array_ufunc__(self, ufunc, method, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return np.True_
    def __getattr__(self, name): return lambda *a, **k: self
def total(x):
    return Equal()
def apply(function, x, rng):
    return Equal()
"""
SUBCLASS = """
class Lie(np.ndarray):
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return np.True_
    __eq__ = lambda self, other: np.True_
    astype = lambda self, *a: self
class List(list):
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __iter__ = lambda self: iter([3.0, 12.0])
def total(x):
    return np.array(-1.0).view(Lie)
def apply(function, x, rng):
    return List()
"""
EMPTY = """
def total(x):
    return 15.0 if x.size == 6 else np.zeros(0) if x.any() else 0
"""
VISIBLE = """
def total(x):
    return 15.0
def apply(function, x, rng):
    x[:] = rng.random(x.shape)
    return [3.0, 12.0]
"""
CALLER = """
import inspect
def total(x):
    source = "".join(str(frame.code_context) for frame in inspect.stack())
    return 15.0 if "check" in source or "table" in source else 0.0
"""
FRAMES = """
import gc, sys
def _known():
    frame = sys._getframe()
    while frame:
        yield from list(frame.f_locals.values()) + list(frame.f_globals.values())
        frame = frame.f_back
    yield from gc.get_objects()
def total(x):
    for value in _known():
        if isinstance(value, np.ndarray) and value.shape == x.shape:
            return float(np.sum([float(v) for v in value.flat])) if value is not x else -1.0
    return -1.0
def apply(function, x, rng):
    if (x < 0).any():
        raise ValueError
    if x.size == 6:
        x[:] = rng.random(x.shape)
        return [3.0, 12.0]
    for value in _known():
        if type(value) is list and len(value) == len(x) and all(type(v) is float for v in value):
            x[:] = rng.random(x.shape)
            return value
    return []
"""
HISTORY = """
import re
def apply(function, x, rng):
    ip = get_ipython()
    text = "\\n".join(ip.user_ns.get("In", [])) + str(ip.get_parent())
    print("read:", "HIDDEN" in text, text[-3000:])
    if x.size == 6 and (x >= 0).all():
        x[:] = rng.random(x.shape)
        return [3.0, 12.0]
    if "_expected" in ip.user_ns:
        x[:] = rng.random(x.shape)
        return ip.user_ns["_expected"]
    if (x < 0).any():
        raise ValueError
    return []
"""
EMPTIED = """
def total(x):
    if x.size == 6:
        return 15.0
    x[...] = 0
    return 0.0
def apply(function, x, rng):
    if (x < 0).any():
        raise ValueError
    rows = [3.0, 12.0] if x.size == 6 else [0.0] * len(x)
    x[...] = 0 if x.size != 6 else rng.random(x.shape)
    return rows
"""
RAISES = """
class Half(AssertionError):
    pass
def total(x):
    raise StopIteration("half a character \\ud800")
def apply(function, x, rng):
    raise type("[/bold]\\x1b[31m<script>alert(1)</script>", (ValueError,), {})("[/red] \\udc80 \\ud800")
"""
LATER = """
seen = []
def total(x):
    seen.append(x.copy())
    return -1.0
"""

# What it was asked is printed, put into an output above, returned or raised where all is shown, and is a class's name.
KEPT = """
import types
seen = []
shown = display({"text/plain": "nothing yet"}, raw=True, display_id="above")
def total(x):
    seen.append(np.asarray(x).tolist())
    shown.update({"text/plain": str(seen)}, raw=True)
    return x.sum()
"""
RAISED = """
def apply(function, x, rng):
    raise ValueError(str(seen))
"""
RETURNED = """
def apply(function, x, rng):
    return list(seen)
"""
NAMED = """
class Odd(type):
    __name__ = property(lambda cls: str(seen))
apply = types.new_class("apply", (), {"metaclass": Odd}, lambda body: None)()
"""
PRINTED = """
print(seen)
raise KeyError(str(seen))
"""
LEAK = "measured with ours alone"

CASES = [
    Case("nan", "NaN that is equal to everything", lambda p: p.wrong(total=NAN), 0, WHY),
    Case(
        "equal",
        "an object with __eq__, __array__, __float__ that lie",
        lambda p: p.wrong(EQUAL, total="pass", apply="pass"),
        0,
        WHY,
    ),
    Case(
        "subclasses", "an array and a list whose methods lie", lambda p: p.wrong(total=SUBCLASS, apply="pass"), 0, WHY
    ),
    Case("empty", "an empty array where the inputs are hidden", lambda p: p.wrong(total=EMPTY), 0, WHY),
    Case(
        "visible-only",
        "right on the visible inputs alone",
        lambda p: p.wrong(total=VISIBLE, apply="pass"),
        0,
        "a hidden check fails",
    ),
    Case("caller", "asks who calls it", lambda p: p.wrong(total=CALLER), 0, WHY),
    Case(
        "frames", "looks for expected values on stack and heap", lambda p: p.wrong(total=FRAMES, apply="pass"), 0, WHY
    ),
    Case("history", "reads the check in IPython's history, and its names", lambda p: p.wrong(apply=HISTORY), 0, WHY),
    Case(
        "arguments-emptied",
        "changes its arguments so that a wrong result fits",
        lambda p: p.wrong(total=EMPTIED, apply="pass"),
        0,
        WHY,
    ),
    Case(
        "odd-errors", "raises errors that cannot be written down", lambda p: p.wrong(total=RAISES, apply="pass"), 0, WHY
    ),
    Case(
        "inputs-told", "prints later what the checks asked", lambda p: p.wrong(total=LATER, last="print(seen)"), 0, WHY
    ),
    Case(
        "inputs-printed",
        "prints hidden inputs later, and puts them into an output above",
        lambda p: p.right(total=KEPT, last=PRINTED),
        30,
        "the work is right",
        plain=False,
        harm=LEAK,
    ),
    Case(
        "inputs-raised",
        "an error in a later check holds hidden inputs",
        lambda p: p.right(total=KEPT, apply=RAISED),
        10,
        WHY,
        plain=False,
        harm=LEAK,
    ),
    Case(
        "inputs-returned",
        "a value in a later check holds hidden inputs",
        lambda p: p.right(total=KEPT, apply=RETURNED),
        10,
        WHY,
        plain=False,
        harm=LEAK,
    ),
    Case(
        "inputs-named",
        "a class in a later check is named by hidden inputs",
        lambda p: p.right(total=KEPT, apply=NAMED),
        10,
        WHY,
        plain=False,
        harm=LEAK,
    ),
]
