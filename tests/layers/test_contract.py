"""What Keras promises of a recurrent layer, tested on every layer of ours."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit

B, T, N = 4, 6, 3

LAYERS = {
    "elman": lambda **k: rnnkit.Elman(5, 2, **k),
    "jordan": lambda **k: rnnkit.Jordan(5, 2, **k),
    "jordan with decay": lambda **k: rnnkit.Jordan(5, 2, decay=0.4, **k),
    "peephole lstm": lambda **k: rnnkit.PeepholeLSTM(2, peephole_initializer="random_normal", **k),
}
CELLS = {
    "elman": lambda **k: rnnkit.ElmanCell(5, 2, **k),
    "jordan": lambda **k: rnnkit.JordanCell(5, 2, **k),
    "jordan with decay": lambda **k: rnnkit.JordanCell(5, 2, decay=0.4, **k),
    "peephole lstm": lambda **k: rnnkit.PeepholeLSTMCell(2, peephole_initializer="random_normal", **k),
}

pytestmark = pytest.mark.parametrize("name", LAYERS)


def numpy(x):
    return ops.convert_to_numpy(x)


def close(a, b, tolerance=1e-5):
    np.testing.assert_allclose(numpy(a), numpy(b), rtol=tolerance, atol=tolerance)


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(B, T, N)).astype("float32")


def twin(layer, **changes):
    """A layer with the same weights and other settings."""
    config = {**layer.get_config(), **changes}
    config.pop("name")
    other = type(layer).from_config(config)
    other.build((B, T, N))
    other.set_weights(layer.get_weights())
    return other


def built(name, **kwargs):
    layer = LAYERS[name](**kwargs)
    layer.build((B, T, N))
    rng = np.random.default_rng(7)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def test_configuration_goes_round(name, x):
    layer = built(name, return_sequences=True, return_state=True, go_backwards=True, activity_regularizer="l2", seed=3)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.activity_regularizer is not None
    assert again.cell.seed == 3


def test_cell_configuration_goes_round(name, x):
    cell = CELLS[name](dropout=0.1, kernel_regularizer="l1", bias_constraint="non_neg")
    again = type(cell).from_config(cell.get_config())
    assert again.get_config() == cell.get_config()


def test_saves_and_loads(name, x, tmp_path):
    model = keras.Sequential([keras.Input((T, N)), LAYERS[name](return_sequences=True), LAYERS[name]()])
    path = tmp_path / "model.keras"
    model.save(path)
    close(keras.models.load_model(path)(x), model(x), 1e-7)


def test_registered_under_rnnkit(name, x):
    layer = LAYERS[name]()
    assert keras.saving.get_registered_name(type(layer)) == f"rnnkit>{type(layer).__name__}"
    assert keras.saving.get_registered_name(type(layer.cell)) == f"rnnkit>{type(layer.cell).__name__}"


def test_mask_on_the_right_is_truncation(name, x):
    layer = built(name, return_state=True)
    mask = np.ones((B, T), bool)
    mask[:, 4:] = False
    for masked, short in zip(layer(x, mask=mask), layer(x[:, :4]), strict=True):
        close(masked, short)


def test_mask_inside_is_deletion(name, x):
    layer = built(name, return_state=True)
    mask = np.ones((B, T), bool)
    mask[:, 2] = False
    for masked, short in zip(layer(x, mask=mask), layer(np.delete(x, 2, axis=1)), strict=True):
        close(masked, short)


def test_masked_output_repeats_or_is_zero(name, x):
    layer = built(name, return_sequences=True)
    mask = np.ones((B, T), bool)
    mask[:, 3] = False
    output = numpy(layer(x, mask=mask))
    close(output[:, 3], output[:, 2], 1e-7)
    zeroed = numpy(twin(layer, zero_output_for_mask=True)(x, mask=mask))
    assert not zeroed[:, 3].any()
    close(zeroed[:, 4], output[:, 4])


def test_initial_state_continues(name, x):
    layer = built(name, return_sequences=True, return_state=True)
    whole, *_ = layer(x)
    _, *state = layer(x[:, :4])
    rest, *_ = layer(x[:, 4:], initial_state=state)
    close(rest, numpy(whole)[:, 4:])


def test_stateful_is_concatenation(name, x):
    layer = built(name, return_sequences=True)
    keeper = twin(layer, stateful=True)
    parts = [numpy(keeper(x[:, :2])), numpy(keeper(x[:, 2:]))]
    close(np.concatenate(parts, axis=1), layer(x))
    keeper.reset_state()
    close(keeper(x[:, :2]), parts[0])


def test_go_backwards_is_a_flip(name, x):
    layer = built(name, return_sequences=True)
    close(twin(layer, go_backwards=True)(x), layer(x[:, ::-1]))


def test_unrolled_equals_the_loop(name, x):
    layer = built(name, return_sequences=True)
    close(twin(layer, unroll=True)(x), layer(x))


def test_last_output_is_the_last_of_the_sequence(name, x):
    layer = built(name, return_sequences=True)
    close(twin(layer, return_sequences=False)(x), numpy(layer(x))[:, -1], 1e-7)


def test_hidden_layer_beside_the_output(name, x):
    if "lstm" in name:
        pytest.skip("an LSTM's output is its hidden layer")
    layer = built(name, return_sequences=True)
    both = twin(layer, return_hidden=True)
    output, hidden = both(x)
    close(output, layer(x))
    assert hidden.shape == (B, T, 5)
    symbolic = both(keras.Input((T, N)))
    assert [tuple(s.shape) for s in symbolic] == [(None, T, 2), (None, T, 5)]
    last = twin(layer, return_hidden=True, return_sequences=False, return_state=True)
    output, hidden, *states = last(x)
    assert hidden.shape == (B, 5)
    assert len(states) == len(layer.state_size)
    close(
        ops.matmul(hidden, layer.cell.output_kernel) + layer.cell.output_bias,
        np.log(numpy(output) / (1 - numpy(output))),
        1e-3,
    )


def test_bidirectional(name, x):
    layer = built(name, return_sequences=True)
    both = keras.layers.Bidirectional(layer)
    both.build((B, T, N))
    both.forward_layer.set_weights(layer.get_weights())
    both.backward_layer.set_weights(layer.get_weights())
    ahead, back = numpy(layer(x)), numpy(layer(x[:, ::-1]))[:, ::-1]
    close(both(x), np.concatenate([ahead, back], axis=-1))


def test_stacked_cells_equal_stacked_layers(name, x):
    cells = [CELLS[name](), CELLS[name]()]
    stacked = keras.layers.RNN(cells, return_sequences=True)
    stacked.build((B, T, N))
    first, second = LAYERS[name](return_sequences=True), LAYERS[name](return_sequences=True)
    first.build((B, T, N))
    second.build((B, T, 2))
    first.set_weights(cells[0].get_weights())
    second.set_weights(cells[1].get_weights())
    close(stacked(x), second(first(x)))


def test_time_distributed(name, x):
    layer = built(name)
    nested = np.random.default_rng(5).normal(size=(B, 3, T, N)).astype("float32")
    outputs = keras.layers.TimeDistributed(layer)(nested)
    close(numpy(outputs)[:, 1], layer(nested[:, 1]))


def test_dropout_by_seed_and_in_training_only(name, x):
    first, second, other = (LAYERS[name](dropout=0.5, recurrent_dropout=0.5, seed=seed) for seed in (1, 1, 2))
    for layer in (first, second, other):
        layer.build((B, T, N))
        layer.set_weights(built(name).get_weights())
    a, b, c = (numpy(layer(x, training=True)) for layer in (first, second, other))
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).max() > 1e-3
    close(first(x), built(name)(x), 1e-6)
    for kind in ("dropout", "recurrent_dropout"):
        only = LAYERS[name](**{kind: 0.5, "seed": 1})
        only.build((B, T, N))
        only.set_weights(built(name).get_weights())
        assert np.abs(numpy(only(x, training=True)) - numpy(only(x))).max() > 1e-3


def test_dropout_mask_stays_the_same_over_a_sequence(name, x):
    """With inputs dropped altogether at one feature, the mask is a constant of the sequence: compare with weights."""
    layer = LAYERS[name](dropout=0.5, seed=4, return_sequences=True)
    layer.build((B, T, N))
    layer.set_weights(built(name).get_weights())
    output = numpy(layer(x, training=True))
    generator = keras.random.SeedGenerator(4)
    mask = numpy(keras.random.dropout(ops.ones((B, N)), 0.5, seed=generator))
    close(output, twin(layer, dropout=0.0)(x * mask[:, None, :]))


def test_regularizers_constraints_and_activity(name, x):
    layer = LAYERS[name](kernel_regularizer="l2", bias_regularizer="l1", recurrent_regularizer="l2")
    layer.build((B, T, N))
    weights = built(name).get_weights()
    layer.set_weights(weights)
    kinds = [w.name for w in layer.weights]
    expected = sum(
        0.01 * (np.abs(w).sum() if "bias" in kind else (w**2).sum() if kind in ("kernel", "recurrent_kernel") else 0)
        for kind, w in zip(kinds, weights, strict=True)
    )
    close(sum(layer.losses), expected)
    active = LAYERS[name](activity_regularizer=keras.regularizers.L2(0.5))
    output = numpy(active(x))
    close(sum(active.losses), 0.5 * (output**2).sum() / B)
    assert LAYERS[name](kernel_constraint="non_neg").cell.kernel_constraint is not None


def test_mixed_precision_keeps_weights_in_float32(name, x):
    layer = LAYERS[name](dtype="mixed_float16", return_sequences=True)
    output = layer(x)
    assert keras.backend.standardize_dtype(output.dtype) == "float16"
    assert {keras.backend.standardize_dtype(w.dtype) for w in layer.trainable_weights} == {"float32"}
    close(twin(layer, dtype="float32")(x), numpy(output).astype("float32"), 2e-2)


def test_batch_and_length_unknown_at_build(name, x):
    model = keras.Sequential([keras.Input((None, N)), LAYERS[name](return_sequences=True)])
    assert model.output_shape == (None, None, 2)
    close(model(x[:2, :3]), numpy(model(x))[:2, :3])
    assert model(x[:1]).shape == (1, T, 2)


def test_trains(name, x):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((T, N)), LAYERS[name](), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    y = np.tanh(x[:, :, 0].sum(axis=1))[:, None]
    losses = [model.train_on_batch(x, y) for _ in range(40)]
    assert float(losses[-1]) < 0.5 * float(losses[0])
    assert len({w.path for w in model.trainable_weights}) == len(model.trainable_weights)


def test_signature_and_attributes_show_the_cells_arguments(name, x):
    layer = LAYERS[name](dropout=0.25)
    import inspect

    shown = inspect.signature(type(layer)).parameters
    assert {"units", "dropout", "return_sequences", "activity_regularizer"} <= set(shown)
    assert layer.dropout == 0.25
    assert layer.units == layer.cell.units


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("units", 0, "units: expected a positive integer, received 0"),
        ("units", -3, "units: expected a positive integer, received -3"),
        ("units", 2.5, "units: expected a positive integer, received 2.5"),
        ("units", True, "units: expected a positive integer, received True"),
        (
            "activation",
            "tanj",
            "activation: expected the name of a Keras activation.*received 'tanj'.*keras.act",
        ),
        ("kernel_initializer", "none such", "kernel_initializer: expected the name of a Keras initializer"),
        ("recurrent_regularizer", "l7", "recurrent_regularizer: expected the name of a Keras regularizer"),
        ("bias_constraint", 5, "bias_constraint: expected the name of a Keras constraint"),
        ("dropout", 1.0, "dropout: expected a number from 0 up to, but not including, 1, received 1.0"),
        ("recurrent_dropout", -0.1, "recurrent_dropout: expected a number from 0"),
    ],
)
def test_bad_arguments_are_named(name, x, argument, value, message):
    kind = type(LAYERS[name]())
    arguments = {"units": 5, argument: value}
    if "output_units" in kind.__signature__.parameters:
        arguments["output_units"] = 2
    with pytest.raises(ValueError, match=message):
        kind(**arguments)


def test_unknown_and_missing_arguments_are_named(name, x):
    kind = type(LAYERS[name]())
    with pytest.raises(TypeError, match="missing a required argument: 'units'"):
        kind()
    with pytest.raises(TypeError, match="retrun_sequences"):
        LAYERS[name](retrun_sequences=True)


def test_wrong_rank_is_refused(name, x):
    with pytest.raises(ValueError, match="expected ndim=3, found ndim=2"):
        LAYERS[name]()(x[0])
