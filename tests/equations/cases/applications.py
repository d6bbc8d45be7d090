"""The lectures' applications, in float64, step by step on one sequence."""

import keras
import numpy as np
from numpy.testing import assert_allclose

from rnnkit.applications import NTMCell
from tests.equations.cases import case
from tests.equations.cases.layers import inputs, matrix, random_cell
from tests.oracles import ntm


def compared_with_loops(rows=7, row_size=3, read_heads=2, write_heads=2, shifts=2, content=True, seed=0):
    """Outputs, weightings and last memory, all weights random and all sizes different, beside the loops'."""
    controller = keras.layers.SimpleRNNCell(5, dtype="float64")
    settings = dict(read_heads=read_heads, write_heads=write_heads, shifts=shifts, content=content)
    linear = dict(output_activation="linear", return_weightings=True)
    cell = random_cell(NTMCell, controller, 2, rows, row_size, **settings, **linear, seed=seed)
    _, x = inputs(seed + 1)
    heads = [matrix(w) for w in (cell.head_kernel, cell.head_bias)]
    out = [matrix(w) for w in (cell.output_kernel, cell.output_bias)]
    row, sizes = matrix(cell.initial_row), (rows, read_heads, write_heads, shifts, content)
    expected = ntm.ntm(x, controller.get_weights(), heads, out, row, *sizes, keras.config.epsilon())
    states, found = cell.get_initial_state(1), []
    for step in x:
        together, states = cell(step[None], states)
        found.append(matrix(together)[0])
    found = np.array(found)
    weightings = found[:, 2:].reshape(len(x), -1, rows)
    for ours, theirs in zip((found[:, :2], weightings, matrix(states[0]).reshape(rows, -1)), expected, strict=True):
        assert_allclose(ours, theirs, atol=1e-12)


@case("rnnkit.applications.ntm.NTMCell")
def neural_turing_machine():
    compared_with_loops()
