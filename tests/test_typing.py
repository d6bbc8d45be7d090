"""What type checkers see of the library: a user's mistakes, and for each layer the arguments that it takes."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import keras
import pytest

import rnnkit
from rnnkit.layers import arguments
from rnnkit.layers.base import RecurrentCell

PROGRAM = Path(__file__).parent / "typing_mistakes.py"
CHECKERS = {
    "mypy": ["-m", "mypy", "--config-file=", "--ignore-missing-imports", "--no-incremental"],
    "basedpyright": ["-m", "basedpyright", "--level", "error", "--pythonpath", sys.executable],
}
LAYERS = [name for name in rnnkit._HOME_OF_NAME if f"{name}Cell" in rnnkit._HOME_OF_NAME]


@pytest.mark.long
@pytest.mark.parametrize("checker", CHECKERS)
def test_ten_mistakes_are_found_and_nothing_else(checker):
    words = [sys.executable, *CHECKERS[checker], str(PROGRAM)]
    run = subprocess.run(words, capture_output=True, text=True, cwd=PROGRAM.parent.parent)
    found = sorted({int(line) for line in re.findall(rf"{PROGRAM.name}:(\d+):.*error", run.stdout)})
    wanted = [n for n, line in enumerate(PROGRAM.read_text().splitlines(), 1) if line.endswith("# mistake")]
    assert len(wanted) == 10 and found == wanted, run.stdout + run.stderr


@pytest.mark.parametrize("name", LAYERS)
def test_typed_arguments_are_those_that_the_layer_takes(name):
    layer = getattr(rnnkit, name)
    typed = getattr(arguments, f"{name}Arguments").__annotations__
    explicit = [
        p.name for p in inspect.signature(layer.__init__).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    shown = inspect.signature(layer).parameters
    assert sorted([*typed, *explicit[1:]]) == sorted(shown)
    hints = get_type_hints(getattr(arguments, f"{name}Arguments"))
    assert not {a: (hints[a], shown[a].annotation) for a in typed if hints[a] != shown[a].annotation}


def test_a_cell_of_ones_own_keeps_untyped_keywords():
    class Own(RecurrentCell):
        def __init__(self, units, **kwargs):
            super().__init__(units=units, scale=kwargs.pop("factor", 1), **kwargs)

    cell = Own(3, factor=2, dropout=0.5, name="own")
    assert (cell.units, cell.scale, cell.dropout, list(inspect.signature(Own).parameters)) == (3, 2, 0.5, ["units"])
    assert isinstance(cell, keras.layers.Layer)
