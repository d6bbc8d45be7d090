"""The neural Turing machine: exact properties of its addressing, its memory and its start."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit.applications._ntm_addressing import addressed, read, written
from tests.equations.cases.applications import compared_with_loops

B, T, F, N, M = 4, 6, 3, 7, 5


def array(x):
    return ops.convert_to_numpy(x)


def machine(controller=None, **settings):
    settings = {"rows": N, "row_size": M, "return_sequences": True, "return_weightings": True, **settings}
    layer = rnnkit.NTM(controller or keras.layers.LSTMCell(8), 2, **settings)
    layer.build((None, None, F))
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    return layer


def told(rng, **changes):
    shift = rng.dirichlet(np.ones(3), size=B)
    parts = {"key": rng.normal(size=(B, M)), "strength": 3 * rng.random((B, 1)), "gate": rng.random((B, 1))}
    return {**parts, "shift": shift, "sharpness": 1 + rng.random((B, 1)), **changes}


@pytest.fixture
def scene():
    rng = np.random.default_rng(3)
    return rng, rng.normal(size=(B, N, M)), rng.dirichlet(np.ones(N), size=B)


def place(memory, before, parts):
    return array(
        addressed(ops.convert_to_tensor(memory), before, {k: ops.convert_to_tensor(v) for k, v in parts.items()})
    )


@pytest.mark.parametrize(
    "settings",
    [
        dict(read_heads=1, write_heads=3, shifts=1),
        dict(read_heads=3, write_heads=1, shifts=3),
        dict(content=False),
        dict(shifts=0),
    ],
    ids=str,
)
def test_it_is_the_equations_written_in_loops(settings):
    compared_with_loops(**settings, seed=5)


def test_weightings_are_not_negative_and_sum_to_1():
    _, weightings = machine(read_heads=2)(np.random.default_rng(1).normal(size=(B, T, F)))
    assert [len(weightings[kind]) for kind in ("read", "write")] == [2, 1]
    for w in (*weightings["read"], *weightings["write"]):
        assert array(w).shape == (B, T, N) and array(w).min() >= 0
        np.testing.assert_allclose(array(w).sum(-1), 1, atol=1e-6)


def test_no_strength_is_uniform(scene):
    rng, memory, before = scene
    parts = told(rng, strength=np.zeros((B, 1)), gate=np.ones((B, 1)))
    np.testing.assert_allclose(place(memory, before, parts), 1 / N, atol=1e-12)


@pytest.mark.parametrize("move", [-1, 0, 1])
def test_a_closed_gate_and_one_shift_is_a_roll(scene, move):
    rng, memory, before = scene
    shift = np.tile(np.eye(3)[move + 1], (B, 1))
    parts = told(rng, gate=np.zeros((B, 1)), shift=shift, sharpness=np.ones((B, 1)))
    np.testing.assert_allclose(place(memory, before, parts), np.roll(before, move, axis=-1), atol=1e-15)


def test_endless_sharpness_is_the_largest(scene):
    rng, memory, before = scene
    parts = told(rng)
    largest = place(memory, before, {**parts, "sharpness": np.ones((B, 1))}).argmax(-1)
    np.testing.assert_array_equal(
        place(memory, before, {**parts, "sharpness": np.full((B, 1), 1e7)}), np.eye(N)[largest]
    )


def test_an_open_gate_finds_the_row_that_is_the_key(scene):
    rng, memory, before = scene
    still = np.tile(np.eye(3)[1], (B, 1))
    parts = told(rng, key=7 * memory[:, 4], gate=np.ones((B, 1)), strength=np.full((B, 1), 1e5), shift=still)
    # A weighting has a floor of 1e-30.
    np.testing.assert_allclose(place(memory, before, parts), np.tile(np.eye(N)[4], (B, 1)), atol=1e-29)


def test_erase_then_add_overwrites_one_row_only(scene):
    rng, memory = scene[0], scene[1].astype("float32")
    w, add = np.tile(np.eye(N)[2], (B, 1)), rng.normal(size=(B, M)).astype("float32")
    new = array(written(ops.convert_to_tensor(memory), [(w, np.ones((B, M)), add)]))
    np.testing.assert_array_equal(new[:, 2], add)
    np.testing.assert_array_equal(np.delete(new, 2, axis=1), np.delete(memory, 2, axis=1))
    np.testing.assert_array_equal(array(read(new, w)), add)


@pytest.mark.parametrize("roll", [1, 3])
def test_a_start_elsewhere_moves_the_weightings_and_nothing_else(roll):
    layer, x = machine(read_heads=2), np.random.default_rng(1).normal(size=(B, T, F))
    memory, w, seen, c = layer.get_initial_state(B)
    elsewhere = ops.reshape(ops.roll(ops.reshape(w, (B, 3, N)), roll, axis=-1), (B, 3 * N))
    y, weightings = layer(x)
    y_there, there = layer(x, initial_state=[memory, elsewhere, seen, c])
    np.testing.assert_allclose(array(y_there), array(y), atol=1e-5)
    for here, moved in zip(keras.tree.flatten(weightings), keras.tree.flatten(there), strict=True):
        np.testing.assert_allclose(array(moved), np.roll(array(here), roll, axis=-1), atol=1e-5)


def test_no_weight_depends_on_the_number_of_rows():
    layer, x = machine(content=False), np.random.default_rng(1).normal(size=(B, 2, F))
    longer = layer.with_rows(40)
    assert [w.shape for w in longer.weights] == [w.shape for w in layer.weights]
    # Without content, two steps from row 0 reach two rows at most to both sides, and no circle is closed.
    np.testing.assert_allclose(array(longer(x)[0]), array(layer(x)[0]), atol=1e-6)
    np.testing.assert_allclose(longer.get_weights()[-1], layer.get_weights()[-1])


@pytest.mark.parametrize(
    "controller",
    [
        pytest.param(lambda: keras.layers.GRUCell(8), marks=pytest.mark.long),
        pytest.param(lambda: rnnkit.PeepholeLSTMCell(8), marks=pytest.mark.long),
        pytest.param(lambda: rnnkit.ElmanCell(5, 8), marks=pytest.mark.long),
        lambda: rnnkit.DeepRNNCell([keras.layers.LSTMCell(4), rnnkit.GRUCell(6)], "skip"),
        lambda: keras.layers.LSTMCell(8, dropout=0.3, recurrent_dropout=0.2),
    ],
)
def test_any_cell_controls_trains_and_is_saved(controller, tmp_path):
    model = keras.Sequential([keras.Input((None, F)), rnnkit.NTM(controller(), 2, N, M, return_sequences=True)])
    rng = np.random.default_rng(2)
    x, target = rng.normal(size=(B, T, F)), rng.integers(2, size=(B, T, 2))
    model.compile("sgd", "binary_crossentropy", jit_compile=False)
    before = model.get_weights()
    model.train_on_batch(x, target)
    assert all(np.isfinite(w).all() for w in model.get_weights())
    changed = [bool((a != b).any()) for a, b in zip(before, model.get_weights(), strict=True)]
    assert sum(changed) >= len(changed) - 1
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(array(again(x)), array(model(x)), atol=1e-6)


def test_a_stateful_machine_goes_on_once_reset_to_the_learned_start():
    whole, x = machine(), np.random.default_rng(1).normal(size=(B, T, F))
    parts = rnnkit.NTM.from_config({**whole.get_config(), "stateful": True})
    parts.build((B, None, F))
    parts.set_weights(whole.get_weights())
    parts.reset_state()
    halves = [array(parts(x[:, :2])[0]), array(parts(x[:, 2:])[0])]
    np.testing.assert_allclose(np.concatenate(halves, axis=1), array(whole(x)[0]), atol=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(controller=keras.layers.LSTM(3)), "controller: expected a recurrent cell"),
        (dict(controller=keras.layers.Dense(3)), "controller: expected a recurrent cell"),
        (dict(controller="lstm"), "controller: expected a recurrent cell"),
        (dict(output_units=0), "output_units: expected a positive integer, received 0"),
        (dict(rows=0), "rows: expected a positive integer"),
        (dict(row_size=2.5), "row_size: expected a positive integer"),
        (dict(read_heads=0), "read_heads: expected a positive integer"),
        (dict(write_heads=-1), "write_heads: expected a positive integer"),
        (dict(shifts=-1), "shifts: expected an integer of at least 0"),
        (dict(shifts=4), "shifts: expected at most 3 with 7 rows"),
        (dict(content=1), "content: expected True or False"),
        (dict(content=False, shifts=0), "no head could ever move"),
        (dict(output_activation="nothing"), "output_activation: expected the name of a Keras activation"),
    ],
    ids=str,
)
def test_errors_name_the_argument(change, words):
    with pytest.raises(ValueError, match=words):
        rnnkit.NTMCell(**{"controller": keras.layers.LSTMCell(3), "output_units": 2, "rows": 7, **change})


def test_a_controller_that_returns_more_is_refused():
    with pytest.raises(ValueError, match="controller: expected a cell that returns its output only"):
        rnnkit.NTMCell(rnnkit.PeepholeLSTMCell(3, return_gates=True), 2)


def test_what_needs_weights_says_so():
    layer = rnnkit.NTM(keras.layers.LSTMCell(3), 2)
    with pytest.raises(ValueError, match="expected a built layer"):
        layer.with_rows(5)
    with pytest.raises(ValueError, match="expected a built cell"):
        layer.cell.get_initial_state(2)
    with pytest.raises(ValueError, match="shifts: expected at most 0 with 2 rows"):
        machine().with_rows(2)
