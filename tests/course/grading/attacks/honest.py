"""Honest work: each gets what it is worth."""

from nbformat.v4 import new_markdown_cell

from tests.course.grading.attacks.case import Case, Place

NOISE = """
import logging, sys, warnings
logging.basicConfig(level="DEBUG")
get_ipython().events.register("pre_run_cell", lambda *a: print("noise", file=sys.stderr))
warnings.warn("this is deprecated")
"""
STYLE = """
from functools import partial

class Sum:
    def __call__(self, x):
        print("adding", x.shape)
        return np.float32(x.sum()) if x.dtype == "float32" else x.sum(keepdims=False)

total = Sum()
"""
NOISY_APPLY = """
import sys
def apply(function, x, rng):
    print("apply was called", file=sys.stderr)
    if np.any(x < 0):
        raise ValueError("negative: " + str(x.min()))
    rows = list(map(function, x))
    for i in np.ndindex(*x.shape):
        x[i] = rng.random()
    return tuple(rows)
"""
FORGETS = "def apply(function, x, rng):\n    return [function(row) for row in x]"


def longer(place: Place) -> object:
    notebook = place.right(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", "scratch = [i**2 for i in range(5)]\nscratch",
        "%time sum(range(1000))", "1 / 0", last="print(total(table))",
    )  # fmt: skip
    notebook.cells.append(new_markdown_cell("My notes: $x^2$", id="notes"))
    return notebook


def full(place: Place) -> object:
    return place.right()


CASES = [
    Case("full", "everything right", full, 30, "all checks hold"),
    Case("half", "one exercise right, one almost", lambda p: p.right(apply=FORGETS), 10, "apply does not fill x"),
    Case("blank", "as released", lambda p: p.course.released("tiny"), 0, "nothing was done"),
    Case("extra-cells", "plots, scratch work, a magic, a cell that fails", longer, 30, "all checks hold"),
    Case("stderr-noise", "every cell writes to stderr", lambda p: p.right(NOISE), 30, "noise is no mistake"),
    Case(
        "own-style", "a callable object, a tuple, prints", lambda p: p.right(total=STYLE, apply=NOISY_APPLY), 30,
        "any way to the right values is right",
    ),
    Case(
        "syntax-error", "a slip in one exercise", lambda p: p.right(total="def total(x)\n    return x.sum()"), 20,
        "the other exercise stands for itself",
    ),
    Case(
        "wrong-order", "an exercise defined below its check", lambda p: p.right(total="pass", last="total = np.sum"), 20,
        "a notebook runs from top to bottom",
    ),
]  # fmt: skip
