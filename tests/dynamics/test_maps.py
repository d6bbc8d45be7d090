"""A cell as a map is the cell: its steps, its Jacobian, its refusals."""

import keras
import numpy as np
import pytest
from keras import ops, tree

import rnnkit
from rnnkit.dynamics import Map, as_map
from tests.double_precision import double_precision  # noqa: F401

pytestmark = pytest.mark.usefixtures("double_precision")
CELLS = {
    "keras lstm": lambda: keras.layers.LSTMCell(2, dtype="float64"),
    "ctrnn": lambda: rnnkit.CTRNNCell(4, dt=0.3, dtype="float64"),
    "elman": lambda: rnnkit.ElmanCell(4, 2, dtype="float64"),
}


@pytest.fixture(params=CELLS)
def cell(request):
    cell = CELLS[request.param]()
    cell.build((None, 3))
    rng = np.random.default_rng(1)
    cell.set_weights([rng.normal(size=w.shape) for w in cell.get_weights()])
    return cell


def test_orbit_is_the_cell_called_again_and_again(cell):
    rng = np.random.default_rng(2)
    inputs, start = rng.normal(size=3), rng.normal(size=(5, 4))
    orbit = as_map(cell, inputs).orbit(start, 6)
    state = cell.get_initial_state(batch_size=5)
    sizes = [part.shape[-1] for part in tree.flatten(state)]
    state = [ops.convert_to_tensor(part) for part in np.split(start, np.cumsum(sizes)[:-1], axis=1)]
    for k in range(6):
        _, state = cell(np.tile(inputs, (5, 1)), state)
        expected = np.concatenate([ops.convert_to_numpy(part) for part in tree.flatten(state)], axis=1)
        np.testing.assert_allclose(orbit[:, k], expected, rtol=1e-12)


def test_jacobian_equals_central_differences(cell):
    rng = np.random.default_rng(3)
    system, x = as_map(cell, rng.normal(size=3)), rng.normal(size=(5, 4))
    columns = [(system.step(x + 1e-6 * e) - system.step(x - 1e-6 * e)) / 2e-6 for e in np.eye(4)]
    np.testing.assert_allclose(system.jacobian(x), np.stack(columns, axis=2), rtol=1e-6, atol=1e-8)


def test_a_layer_is_taken_for_its_cell_and_inputs_are_zero_by_default(cell):
    layer = keras.layers.RNN(cell)
    x = np.random.default_rng(4).normal(size=(5, 4))
    np.testing.assert_allclose(as_map(layer).step(x), as_map(cell, [0.0, 0.0, 0.0]).step(x), rtol=1e-14)


def test_errors_name_what_is_wrong(cell):
    with pytest.raises(ValueError, match="system: expected a cell that is built, received GRUCell"):
        as_map(rnnkit.GRUCell(2))
    with pytest.raises(ValueError, match=r"inputs: expected shape \(3,\), the cell's features, received \(2,\)"):
        as_map(cell, [1.0, 2.0])
    with pytest.raises(ValueError, match=r"states: expected shape \(batch, 4\), received \(5, 3\)"):
        as_map(cell).step(np.zeros((5, 3)))
    with pytest.raises(ValueError, match="inputs: expected None beside a Map"):
        as_map(Map(lambda x: x, lambda x: x), [1.0])
