"""Remarks and similar answers: for whoever marks, told with the names, and never a mark."""

from inspect import getsource

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from rnnkit.course.experiments import learning_rules
from rnnkit.course.grading.report.remarks import Remark, imports, remarks_on, words
from rnnkit.course.grading.report.remarks_page import written
from rnnkit.course.grading.report.similar import MODEL, similar
from rnnkit.course.grading.verdicts.checks import digest_of

FIRST = """import numpy as np
from rnnkit.course.teaching import check_array
import rnnkit
from rnnkit.course.experiments import bit_counting as net"""
LONG = """def forward(x, v_x, v_f):
    states = np.zeros((x.shape[0], x.shape[1] + 1))
    for step in range(x.shape[1]):
        before = states[:, step]
        states[:, step + 1] = before * v_f + x[:, step] * v_x
    return states
"""
NET = "rnnkit.course.experiments.bit_counting.states"


def remarks(answer, *own, uses=("numpy",)):
    solution = {"nbgrader": {"grade_id": "forward", "solution": True, "grade": False}}
    cells = [new_code_cell(FIRST), *map(new_code_cell, own), new_code_cell(answer, metadata=solution)]
    return remarks_on("ada", new_notebook(cells=cells), {"forward": uses}, [digest_of(FIRST)])


@pytest.mark.parametrize(
    "answer, names",
    [
        ("def forward(x):\n    return net.states(x)", (NET,)),
        ("def forward(x):\n    from scipy import signal as s\n    return s.f(x)", ("scipy.signal", "scipy.signal.f")),
        ("def forward(x):\n    return __import__('rnnkit')", ("__import__",)),
        ("import gc\ndef forward(x):\n    return gc.get_objects()", ("gc", "gc.get_objects")),
        ("def forward(x):\n    return rnnkit.Elman(1)", ("rnnkit.Elman",)),
    ],
)
def test_what_is_named_and_may_not_be_used(answer, names):
    assert remarks(answer) == [Remark("ada", "forward", names)]


def test_through_a_cell_of_ones_own():
    own = "def mine(x):\n    return net.states(x)"
    assert remarks("def forward(x):\n    return mine(x)", own) == [Remark("ada", "forward", (NET,))]


@pytest.mark.parametrize(
    "answer",
    [
        LONG,
        "import math\ndef forward(x):\n    # net.states\n    'net'\n    check_array('x', x, 1)\n    return x.net",
        "def broken(:\n  '",
        "(" * 100_000,
    ],
    ids=["numpy", "words", "no Python", "nested"],
)
def test_what_is_no_remark(answer):
    assert remarks(answer) == []


def test_a_named_layer_may_be_used_and_another_not():
    uses = ("numpy", "rnnkit.Elman")
    assert remarks("def forward(x):\n    return rnnkit.Elman(1)", uses=uses) == []
    assert remarks("def forward(x):\n    return rnnkit.GRU(1)", uses=uses)[0].names == ("rnnkit.GRU",)


def test_words_and_imports():
    assert words("def f(x):\n    'says'\n    return x  # so\n") == ["def", "f", "(", "x", ")", ":", "return", "x"]
    found = imports("from a.b import (c as d, e)\n  import f.g, h as i")
    assert found == {"d": "a.b.c", "e": "a.b.e", "f": "f", "i": "h"}


def test_answers_that_are_alike():
    other = "".join(f"    a{n} = x[{n}] + {n} * v_x\n" for n in range(12))
    answers = {
        "ada": LONG,
        "bob": LONG + "# mine\n",
        "cyd": LONG.replace("before", "last"),
        "dan": f"def forward(x, v_x, v_f):\n{other}    return a3",
        "eve": "stub",
    }
    found = similar("forward", answers, "stub", "return 1")
    assert [pair.whose for pair in found] == [("ada", "bob"), ("ada", "cyd")]
    assert found[0].share == 1 and 0.9 < found[1].share < 1
    assert similar("forward", {"ada": LONG}, "stub", LONG)[0].whose == ("ada", MODEL)
    short = "def f(x): return x"
    assert similar("forward", {"ada": short, "bob": short}, "stub", "return 1") == []


def test_a_copy_of_the_librarys_source_is_shown():
    [found, *_] = similar("bptt", {"ada": getsource(learning_rules.bptt)}, "stub", "return 1")
    assert found.whose == ("ada", "rnnkit/course/experiments/learning_rules.py, bptt") and found.share >= 0.9


def test_the_page_shows_names_and_texts_and_runs_nothing(tmp_path):
    pairs = similar("forward", {"ada": LONG + "# <script>", "<b>": LONG}, "stub", "return 1")
    page = written(tmp_path / "remarks.html", "unit", [Remark("<i>", "forward", ("gc",))], pairs).read_text()
    assert "<td>gc</td>" in page and "&lt;script&gt;" in page and "&lt;b&gt;" in page and "&lt;i&gt;" in page
    assert "<script" not in page and "100 % alike" in page
