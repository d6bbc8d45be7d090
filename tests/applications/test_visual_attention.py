"""What each loss teaches, where the net looks in training and afterwards, saving, and errors."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit._autodiff import value_and_gradients
from rnnkit.applications import RecurrentAttention

SIZES = dict(classes=3, glimpses=4, size=2, scales=2, units=7, glimpse_units=6, location_units=5, locator_units=8)
LOCATOR, BASELINE = ("locator_hidden", "locator"), ("expect",)


def data(count=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 10, 11, 2)).astype("float32"), rng.integers(0, 3, count)


def a_model(**settings):
    model = RecurrentAttention(**{**SIZES, "seed": 1, **settings})
    model.build((None, 10, 11, 2))
    rng = np.random.default_rng(2)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) / np.sqrt(weight.shape[0]))
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def taught_by(model, choose):
    """The names of the networks into which the gradient of a loss goes; choose: from y and what a call gives to it."""
    x, y = data()
    values, others = (
        [ops.convert_to_tensor(ops.convert_to_numpy(v)) for v in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    )

    def loss(values):
        found, _ = model.stateless_call(values, others, x, training=True)
        return choose(y, found), ()

    _, slopes = value_and_gradients(loss, values)
    moved = [np.abs(ops.convert_to_numpy(slope)).max() > 0 for slope in slopes]
    return {name_of(v) for v, moves in zip(model.trainable_variables, moved, strict=True) if moves}


def name_of(variable):
    return variable.path.split("/")[-2]


def answer_loss(y, found):
    return ops.mean(keras.losses.sparse_categorical_crossentropy(y, found["probabilities"]))


def test_each_loss_teaches_its_own_networks():
    model = a_model()
    everything, answers = {name_of(v) for v in model.trainable_variables}, taught_by(model, answer_loss)
    assert answers == everything - {*LOCATOR, *BASELINE}  # no path from the classification into the locator
    assert taught_by(model, lambda y, found: ops.sum(found["log_policy"])) == set(LOCATOR)
    assert taught_by(model, lambda y, found: ops.sum(found["baselines"])) == set(BASELINE)


def test_tested_at_the_mean_location():
    model, (x, _) = a_model(), data()
    first, second = model.predict(x, verbose=0), model.predict(x, verbose=0)
    np.testing.assert_array_equal(first, second)
    seen = model.look(x)
    np.testing.assert_allclose(seen["probabilities"][:, -1], first, atol=1e-6)
    np.testing.assert_array_equal(seen["locations"][:, 0], 0.0)
    # Each further one is the locator's mean, as the net without noise gives it.
    still = a_model(sigma=1e-6)
    still.set_weights(model.get_weights())
    np.testing.assert_allclose(ops.convert_to_numpy(still(x, training=True)["probabilities"]), first, atol=1e-3)
    assert np.abs(ops.convert_to_numpy(model(x, training=True)["probabilities"]) - first).max() > 0.01


def test_more_glimpses_continue_fewer():
    model, (x, _) = a_model(), data()
    few, many = model.look(x, 2, batch_size=4), model.look(x, 7)
    for name in few:
        np.testing.assert_allclose(many[name][:, :2], few[name], atol=1e-6)
    assert many["locations"].shape == (6, 7, 2)


def test_random_locations_are_uniform_and_taught_nothing():
    model, (x, y) = a_model(policy="random"), data(500)
    places = model.look(x)["locations"]
    assert np.abs(places.mean(axis=(0, 1))).max() < 4 / np.sqrt(3 * 2000)
    np.testing.assert_allclose(places.var(axis=(0, 1)), 1 / 3, atol=0.03)
    before = {name: [v.numpy() for v in getattr(model, name).variables] for name in (*LOCATOR, *BASELINE)}
    model.fit(x[:8], y[:8], verbose=0)
    for name, values in before.items():
        for old, new in zip(values, getattr(model, name).variables, strict=True):
            np.testing.assert_array_equal(old, new)


def test_a_random_start_is_the_centre_afterwards():
    model, (x, _) = a_model(start="random"), data()
    np.testing.assert_array_equal(model.look(x)["locations"][:, 0], 0.0)
    assert np.ptp(ops.convert_to_numpy(model._look(x, 2, True)["locations"][0])) > 0.1


@pytest.mark.parametrize(
    "cell",
    [
        lambda: None,
        lambda: rnnkit.PeepholeLSTMCell(9),
        pytest.param(lambda: rnnkit.ElmanCell(9, 4), marks=pytest.mark.long),
        pytest.param(lambda: keras.layers.GRUCell(9), marks=pytest.mark.long),
    ],
    ids=["default", "peephole", "elman", "gru"],
)
def test_a_saved_model_answers_and_learns_as_before(cell, tmp_path):
    model, (x, y) = a_model(cell=cell(), pixels_per_unit=4.0, policy_weight=0.5, start="random"), data()
    model.fit(x, y, batch_size=3, verbose=0)
    model.save(tmp_path / "attention.keras")
    loaded = keras.models.load_model(tmp_path / "attention.keras")
    for name, value in model.get_config().items():
        assert name == "cell" or loaded.get_config()[name] == value
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    state = keras.ops.convert_to_numpy(model.seed_generator.state)
    loaded.seed_generator.state.assign(state)  # which Keras does not save
    for net in (model, loaded):
        net.fit(x, y, batch_size=3, shuffle=False, verbose=0)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-5)


@pytest.mark.long
@pytest.mark.parametrize("dtype", ["float64", "mixed_float16"])
def test_other_types_train(dtype):
    model, (x, y) = RecurrentAttention(**SIZES, dtype=dtype), data()
    model.compile("adam", "sparse_categorical_crossentropy")
    assert np.isfinite(model.fit(x, y, verbose=0).history["loss"]).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": 0}, "classes: expected a positive integer, received 0"),
        ({"locator_units": 2.5}, "locator_units: expected a positive integer, received 2.5"),
        ({"sigma": 0.0}, "sigma: expected a positive number, received 0.0"),
        ({"policy": "greedy"}, "policy: expected one of 'learned', 'random', received 'greedy'"),
        ({"start": 3}, "start: expected one of 'centre', 'random', received 3"),
        ({"policy_weight": -1}, "policy_weight: expected a finite number, at least 0, received -1"),
        ({"glimpses": 1}, "glimpses: expected at least 2 for a learned policy, received 1. Take policy='random'"),
    ],
)
def test_arguments_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        RecurrentAttention(**{**SIZES, **settings})


def test_other_images_are_named():
    model = a_model()
    for shape, message in [
        ((1, 10, 11, 3), r"images: expected 2 channels, received 3 in \(1, 10, 11, 3\)"),
        ((1, 1, 11, 2), "images: expected at least 2 × 2 pixels"),
        ((10, 11, 2), r"images: expected shape \(batch, height, width, channels\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.look(np.zeros(shape, "float32"))
    with pytest.raises(ValueError, match="glimpses: expected a positive integer, received 0"):
        model.look(data()[0], 0)
