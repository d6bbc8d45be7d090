"""Integer token input: all that a layer does with ids, it does with their one-hot code and the same weights."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit.layers import GREFF_VARIANTS

B, T, V = 4, 6, 9

LAYERS = {
    "elman": lambda **k: rnnkit.Elman(5, 2, **k),
    "elman without bias": lambda **k: rnnkit.Elman(5, 2, use_bias=False, return_hidden=True, **k),
    "jordan": lambda **k: rnnkit.Jordan(5, 2, decay=0.4, **k),
    "peephole lstm": lambda **k: rnnkit.PeepholeLSTM(3, peephole_initializer="random_normal", **k),
    "coupled": lambda **k: rnnkit.PeepholeLSTM(3, return_gates=True, **GREFF_VARIANTS["CIFG"], **k),
    "full gate recurrence": lambda **k: rnnkit.PeepholeLSTM(3, **GREFF_VARIANTS["FGR"], **k),
}
every_layer = pytest.mark.parametrize("name", LAYERS)
FEW = pytest.mark.parametrize("name", ["elman", "peephole lstm"])


def flat(value):
    return [ops.convert_to_numpy(part) for part in keras.tree.flatten(value)]


def close(a, b, tolerance=2e-6):
    a, b = flat(a), flat(b)
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def one_hot(ids, dtype="float32"):
    return np.eye(V, dtype=dtype)[np.asarray(ids)]


@pytest.fixture
def ids():
    return np.random.default_rng(0).integers(V, size=(B, T)).astype("int32")


def pair(name, **kwargs):
    """The layer of ids and the layer of floats, with the same random weights."""
    by_id, by_vector = LAYERS[name](input_dim=V, **kwargs), LAYERS[name](**kwargs)
    by_id.build((B, T))
    by_vector.build((B, T, V))
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=w.shape) for w in by_id.get_weights()]
    by_id.set_weights(weights)
    by_vector.set_weights(weights)
    return by_id, by_vector


@every_layer
@pytest.mark.parametrize("kind", ["int32", "int64", "uint8"])
def test_equals_one_hot_input(name, kind, ids):
    by_id, by_vector = pair(name, return_sequences=True, return_state=True)
    assert [w.shape for w in by_id.weights] == [w.shape for w in by_vector.weights]
    close(by_id(ids.astype(kind)), by_vector(one_hot(ids)))
    start = [
        np.random.default_rng(2).normal(size=s.shape).astype("float32") for s in by_id(ids)[-len(by_id.state_size) :]
    ]
    close(by_id(ids, initial_state=start), by_vector(one_hot(ids), initial_state=start))


@every_layer
def test_masks_directions_and_loops(name, ids):
    mask = np.random.default_rng(3).random((B, T)) > 0.3
    mask[0, 0] = False
    for settings in (
        {},
        {"return_sequences": True},
        {"go_backwards": True, "return_state": True},
        {"unroll": True, "return_sequences": True, "zero_output_for_mask": True},
    ):
        by_id, by_vector = pair(name, **settings)
        close(by_id(ids, mask=mask), by_vector(one_hot(ids), mask=mask))
    close(by_id(ids[:, :0]), by_vector(one_hot(ids)[:, :0]))
    close(by_id(ids[:1, :1]), by_vector(one_hot(ids)[:1, :1]))


@every_layer
def test_dropout_is_that_of_the_one_hot_input(name, ids):
    by_id, by_vector = pair(name, dropout=0.4, recurrent_dropout=0.3, seed=5, return_sequences=True)
    received = by_id(ids, training=True)
    close(received, by_vector(one_hot(ids), training=True))
    plain, _ = pair(name, return_sequences=True)
    close(by_id(ids), plain(ids))
    assert max(np.abs(a - b).max() for a, b in zip(flat(received), flat(plain(ids)), strict=True)) > 1e-3


@pytest.mark.parametrize(
    ("name", "settings", "jit"),
    [
        ("elman", {}, False),
        ("peephole lstm", {"dropout": 0.4, "seed": 6, "kernel_regularizer": "l2"}, True),
    ],
)
def test_training_moves_the_same_weights_by_the_same_amount(name, settings, jit, ids):
    """With what is not linear in the gradient: clipping, and Adam's squares. Some ids occur more than once."""
    after, before = [], None
    for layer, start, x in zip(
        pair(name, **settings),
        (keras.Input((T,), dtype="int32"), keras.Input((T, V))),
        (ids, one_hot(ids)),
        strict=True,
    ):
        before = layer.get_weights()[0]
        model = keras.Sequential([start, layer])
        optimizer = keras.optimizers.Adam(0.1, epsilon=0.01, clipnorm=0.02)
        model.compile(optimizer, "mse", jit_compile=jit and keras.backend.backend() != "torch")
        y = np.random.default_rng(4).normal(size=(B, layer.cell.output_size)).astype("float32")
        losses = [model.train_on_batch(x, y) for _ in range(3)]
        after.append([*model.get_weights(), np.array(losses)])
    close(*after, 2e-5)
    assert np.abs(after[0][0] - before).max() > 1e-3


@FEW
def test_bidirectional_saving_and_configuration(name, ids, tmp_path):
    by_id, by_vector = pair(name, return_sequences=True)
    again = type(by_id).from_config(by_id.get_config())
    assert again.get_config() == by_id.get_config()
    assert again.input_dim == V
    mask = np.ones((B, T), bool)
    mask[1, 4:] = False
    both = [keras.layers.Bidirectional(layer) for layer in (by_id, by_vector)]
    for wrapped, x in zip(both, (ids, one_hot(ids)), strict=True):
        wrapped(x)
        for part in (wrapped.forward_layer, wrapped.backward_layer):
            part.set_weights(by_id.get_weights())
    close(both[0](ids, mask=mask), both[1](one_hot(ids), mask=mask))
    start = keras.Input((None,), dtype="int32")
    model = keras.Model(
        start, keras.layers.Dense(2)(LAYERS[name](input_dim=V)(both[0](start)[..., 0] > 0)) if 0 else both[0](start)
    )
    model.save(tmp_path / "model.keras")
    close(keras.models.load_model(tmp_path / "model.keras")(ids), model(ids), 1e-7)
    assert model.output_shape == (None, None, 2 * by_id.cell.output_size)


@FEW
def test_stateful_is_concatenation(name, ids):
    by_id, by_vector = pair(name, return_sequences=True, stateful=True)
    parts = [flat(by_id(ids[:, :2]))[0], flat(by_id(ids[:, 2:]))[0]]
    close(np.concatenate(parts, axis=1), by_vector(one_hot(ids)))


@FEW
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_precision(name, policy, ids):
    by_id, by_vector = pair(name, dtype=policy, return_sequences=True)
    output, expected = by_id(ids), by_vector(one_hot(ids))
    assert output.dtype == expected.dtype
    assert {keras.backend.standardize_dtype(w.dtype) for w in by_id.weights} == {by_vector.weights[0].dtype}
    coarse = {"mixed_float16": 2e-3, "mixed_bfloat16": 2e-2, "float64": 1e-6}[policy]
    np.testing.assert_allclose(flat(output)[0].astype("float64"), flat(expected)[0].astype("float64"), atol=coarse)


@every_layer
def test_a_cell_by_itself_takes_the_ids_of_one_step(name, ids):
    by_id, by_vector = pair(name)
    states = [np.random.default_rng(8).normal(size=(B, size)).astype("float32") for size in by_id.state_size]
    expected = by_vector.cell(one_hot(ids[:, 0]), states)
    close(by_id.cell(ids[:, 0], states), expected)
    close(by_id.cell(ids[:, :1], states), expected)
    fresh = type(by_id.cell).from_config(by_id.cell.get_config())
    fresh(ids[:, 0], states)
    assert fresh.kernel.shape == (V, by_id.cell.kernel.shape[1])
    loop, peer = keras.layers.RNN(by_id.cell), keras.layers.RNN(by_vector.cell)
    close(loop(ids[:, :, None]), peer(one_hot(ids)))


def test_a_dropped_token_in_keras_own_loop(ids):
    by_id, by_vector = pair("peephole lstm", dropout=0.5, seed=9)
    close(
        keras.layers.RNN(by_id.cell)(ids[:, :, None], training=True),
        keras.layers.RNN(by_vector.cell)(one_hot(ids), training=True),
    )


def test_omega_trains_a_token_layer_as_the_one_hot_layer(ids):
    y, found, ids = np.random.default_rng(4).normal(size=(B, 3)).astype("float32"), [], ids[:, :3]
    for layer, start, x in zip(
        pair("peephole lstm"), (keras.Input((3,), dtype="int32"), keras.Input((3, V))), (ids, one_hot(ids)), strict=True
    ):
        model = keras.Sequential([start, layer])
        model.compile("sgd", "mse", run_eagerly=True)
        omega = rnnkit.GradientNormRegularizer(0.7).attach(model)
        model.train_on_batch(x, y)
        found.append([omega(x, y), *omega.norms(x, y).values(), *model.get_weights()])
    close(*found, 1e-4)
    assert float(flat(found[0][0])[0]) > 0


@FEW
def test_what_are_no_ids_is_refused(name, ids):
    layer = LAYERS[name](input_dim=V, name="first")
    pattern = r"input_dim: layer 'first' with input_dim=9 expected integers of shape \(batch, time\), received "
    for wrong, received in (
        (one_hot(ids), r"float32 of shape \(4, 6, 9\)"),
        (ids.astype("float32"), r"float32 of shape \(4, 6\)"),
        (ids > 2, r"bool of shape \(4, 6\)"),
        (ids[:, :, None], r"int32 of shape \(4, 6, 1\)"),
        (ids[0], r"int32 of shape \(6,\)"),
    ):
        with pytest.raises(ValueError, match=pattern + received + ".*keras.Input.*int32.*one-hot.*Embedding"):
            layer(wrong)
    with pytest.raises(ValueError, match=pattern + r"float32 of shape \(None, None\)"):
        layer(keras.Input((None,)))
    with pytest.raises(ValueError, match="expected ndim=3, found ndim=2"):
        LAYERS[name]()(ids)
    cell = pair(name)[0].cell
    with pytest.raises(ValueError, match=r"input_dim: a cell with input_dim=9 expected integers of shape \(batch,\)"):
        cell(one_hot(ids[:, 0]), [np.zeros((B, size), "float32") for size in keras.tree.flatten(cell.state_size)])
    for wrong in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="input_dim: expected a positive integer, received"):
            LAYERS[name](input_dim=wrong)


@FEW
@pytest.mark.parametrize("wrong", [-1, V, 2**31 - 1])
def test_ids_out_of_range(name, wrong, ids):
    """An error where the ids can be seen and in TensorFlow's graphs; else rows of zeros, and never NaN in a weight."""
    layer = pair(name)[0]
    outside = ids.copy()
    outside[1, 2] = wrong
    with pytest.raises(ValueError, match=rf"input_dim: expected ids from 0 to 9 - 1.*from .*{wrong}"):
        layer(outside)
    if keras.backend.backend() == "torch":
        return
    model = keras.Sequential([keras.Input((T,), dtype="int32"), layer])
    model.compile("sgd", "mse")
    targets = np.zeros(model.output_shape[1:])[None].repeat(B, axis=0)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        for run in (model.predict, lambda x, verbose: model.fit(x, targets, verbose=verbose)):
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"input_dim: expected ids from 0 to 9 - 1"):
                run(outside, verbose=0)
        model.compile("sgd", "mse", jit_compile=True)
    output = model.predict(outside, verbose=0)
    close(np.delete(output, 1, axis=0), np.delete(flat(layer(ids))[0], 1, axis=0))
    model.fit(outside, targets, verbose=0)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
