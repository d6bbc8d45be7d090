"""The LSTM of 1997: the paper's weight counts, its equations in plain loops, and its truncated gradient."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit.layers import MemoryBlocks
from tests.double_precision import double_precision  # noqa: F401
from tests.oracles.recurrent import memory_blocks

B, T, N = 3, 6, 4

# Tables 1, 2, 3, 4, 7 and 9 of the paper.
PUBLISHED = {
    "1, 4 blocks": 264,
    "1, 3 blocks": 276,
    "2a": 10_504,
    "2c": 364,
    "2c, p = 100": 664,
    "2c, p = 1000": 6064,
    "3a": 102,
    "4": 93,
    "6a": 156,
    "6b": 308,
}


@pytest.fixture
def architectures():
    return pytest.importorskip("rnnkit.course.experiments.hochreiter_1997").ARCHITECTURES


@pytest.mark.parametrize("task", PUBLISHED)
def test_the_network_has_the_published_number_of_weights_and_runs(task, architectures):
    architecture = architectures[task]
    model = architecture.build()
    assert model.count_params() == PUBLISHED[task]
    output = ops.convert_to_numpy(model(np.ones((2, 5, architecture.inputs))))
    assert output.shape == (2, architecture.outputs) and np.all((output > 0) & (output < 1))


def test_gates_start_where_the_paper_has_them(architectures):
    model = architectures["3a"].build(seed=3)
    bias = ops.convert_to_numpy(model.layers[1].cell.gate_bias)
    np.testing.assert_array_equal(bias, [-1, -3, -5, -2, -4, -6])
    for weight in model.weights:
        if weight is not model.layers[1].cell.gate_bias:
            values = ops.convert_to_numpy(weight)
            assert np.abs(values).max() <= 0.1 and np.ptp(values) > 0


def drawn(**settings):
    layer = MemoryBlocks(2, 3, return_sequences=True, **settings)
    layer.build((B, T, N))
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(scale=0.7, size=w.shape) for w in layer.weights])
    return layer


@pytest.mark.usefixtures("double_precision")
def test_it_is_the_papers_equations():
    layer, x = drawn(), np.random.default_rng(1).normal(size=(B, T, N))
    weights = {w.name: ops.convert_to_numpy(w) for w in layer.weights}
    expected = np.stack([memory_blocks(one, weights, 2, 3) for one in x])
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), expected, rtol=0, atol=1e-14)


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("truncated", [True, False])
def test_with_the_truncated_gradient_the_error_in_a_cell_stays_constant(truncated):
    """∂s(T)/∂s(0) is the identity to the last bit when R's errors are cut, and only then."""
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("differentiates with TensorFlow")
    layer = drawn(truncated_gradient=truncated, return_state=True)
    x = np.random.default_rng(1).normal(size=(1, T, N))
    start = tf.constant(np.random.default_rng(2).normal(size=(1, 6)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(start)
        _, _, last = layer(x, initial_state=[tf.zeros((1, 10), tf.float64), start])
    jacobian = tape.jacobian(last, start, experimental_use_pfor=False).numpy()[0, :, 0]
    assert np.array_equal(jacobian, np.eye(6)) == truncated


def test_without_gates_and_recurrence_the_cell_adds_up():
    layer = MemoryBlocks(
        1, 2, activation="linear", output_activation="linear", output_gates=False, recurrent=False, bias="none"
    )
    layer.build((B, T, N))
    kernel = np.random.default_rng(0).normal(size=(N, 3)).astype("float32")
    kernel[:, 0] = 0  # the input gate is 1/2
    layer.set_weights([kernel])
    x = np.random.default_rng(1).normal(size=(B, T, N)).astype("float32")
    np.testing.assert_allclose(layer(x), x.sum(axis=1) @ kernel[:, 1:] / 2, rtol=0, atol=1e-5)


def test_it_is_saved_and_loaded(tmp_path, architectures):
    x = np.random.default_rng(1).normal(size=(B, T, 2)).astype("float32")
    model = architectures["4"].build()
    model.save(tmp_path / "blocks.keras")
    loaded = keras.saving.load_model(tmp_path / "blocks.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(model(x)), ops.convert_to_numpy(loaded(x)))


def test_errors():
    with pytest.raises(ValueError, match="bias: expected one of 'hidden', 'gates', 'none', received 'all'"):
        MemoryBlocks(2, bias="all")
    with pytest.raises(ValueError, match="block_size: expected a positive integer, received 0"):
        MemoryBlocks(2, 0)
