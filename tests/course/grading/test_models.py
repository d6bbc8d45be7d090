"""Keras models cross the border as configuration and weights, and nothing else does."""

import json

import keras
import numpy as np
import pytest

import rnnkit
from rnnkit.course.grading.verdicts.models import KerasObjects
from rnnkit.course.grading.verdicts.wire import BorderError, Peer
from rnnkit.training import EKFTrainer

RNG = np.random.default_rng(3)


def through(value):
    there, here = (Peer(lambda m: None, lambda: None, KerasObjects()) for _ in range(2))
    return here.decode(json.loads(json.dumps(there.encode(value))))


def randomised(model):
    model.set_weights([RNG.normal(size=w.shape) for w in model.get_weights()])
    return model


def sequential():
    layers = [keras.Input((None, 3)), rnnkit.PeepholeLSTM(4, return_sequences=True), keras.layers.Dense(2, "tanh")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(0.02, global_clipnorm=1.0), keras.losses.MeanSquaredError(), metrics=["mae"])
    return randomised(model)


def functional():
    inputs = keras.Input((5, 2))
    hidden = keras.layers.GRU(3)(inputs)
    outputs = keras.layers.Add()(
        [keras.layers.Dense(1)(hidden), keras.ops.mean(inputs, axis=(1, 2), keepdims=True)[:, 0]]
    )
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    return randomised(model)


@pytest.mark.parametrize("make, shape", [(sequential, (6, 7, 3)), (functional, (6, 5, 2))])
def test_a_model_computes_and_learns_the_same(make, shape):
    model = make()
    back = through(model)
    x = RNG.normal(size=shape).astype("float32")
    y = RNG.normal(size=model(x).shape).astype("float32")
    np.testing.assert_array_equal(np.asarray(back(x)), np.asarray(model(x)))
    for _ in range(2):
        np.testing.assert_allclose(back.train_on_batch(x, y), model.train_on_batch(x, y), rtol=1e-6)
    for ours, theirs in zip(back.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert type(back.optimizer) is type(model.optimizer) and back.count_params() == model.count_params()


def test_frozen_weights_stay_frozen():
    layer = rnnkit.Elman(1, 1, activation=None, output_activation=None, use_bias=False, dtype="float64")
    model = keras.Sequential([keras.Input((None, 1), dtype="float64"), layer])
    layer.cell.output_kernel.trainable = False
    model.compile(rnnkit.Rprop(variant="lecture"), "mse")
    back = through(model)
    assert len(back.trainable_weights) == 2 and type(back.optimizer) is rnnkit.Rprop
    assert back.layers[0].v.dtype == "float64"


def test_an_attached_omega_comes_along():
    model = keras.Sequential([keras.Input((None, 2)), rnnkit.Elman(3, 1, "tanh")])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    rnnkit.GradientNormRegularizer(0.7, form="code").attach(model)
    back = through(model)
    x, y = RNG.normal(size=(4, 6, 2)), RNG.normal(size=(4, 1))
    plain = back.evaluate(x, y, verbose=0)
    assert model.train_on_batch(x, y) == pytest.approx(float(back.train_on_batch(x, y)), rel=1e-5) != plain


def test_a_layer_and_its_trainer_stay_together():
    layer = rnnkit.Elman(2, 1)
    layer.build((None, None, 1))
    x, y = RNG.normal(size=(1, 9, 1)), RNG.random(size=(1, 9, 1))
    trainer = EKFTrainer(layer, decoupled=True, p0=30.0, r=(2.0, 1.0), q=1e-3)
    trainer.fit(x, y)
    their_layer, their_trainer = through((layer, trainer))
    assert their_trainer.layer is their_layer
    np.testing.assert_allclose(their_trainer.fit(x, y), trainer.fit(x, y), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(their_layer.omega), np.asarray(layer.omega), rtol=1e-5)
    for ours, theirs in zip(their_trainer.covariances, trainer.covariances, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)


def lambda_model():
    return keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x + 1)])


def own_class():
    class Mine(keras.layers.Layer):
        def call(self, x):
            return x

    return keras.Sequential([keras.Input((3,)), Mine()])


def own_activation():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation=lambda x: x)])


@pytest.mark.parametrize("make", [lambda_model, own_class, own_activation])
def test_models_that_bring_code_are_refused(make):
    with pytest.raises((BorderError, ValueError)):
        through(make())


FORGED = [
    {"module": "builtins", "class_name": "exec", "config": {}, "registered_name": None},
    {"module": "builtins", "class_name": "function", "config": "print", "registered_name": "function"},
    {"module": "os", "class_name": "system", "config": "true", "registered_name": None},
    {"module": "keras.layers", "class_name": "Lambda", "config": {"function": "x"}, "registered_name": None},
    {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
    {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/tmp"}, "registered_name": None},
    {"module": "keras.src.saving.serialization_lib", "class_name": "enable_unsafe_deserialization", "config": {}},
    {"module": "keras.utils", "class_name": "get_file", "config": {}, "registered_name": None},
    {"module": "keras.layers", "class_name": "Dense", "config": {}, "registered_name": "custom>Dense"},
    {"class_name": "__lambda__", "config": {"value": "4wEAAA=="}},
    {"module": "rnnkit.course.paths", "class_name": "build_dir", "config": {}, "registered_name": None},
    {"module": "rnnkit", "class_name": "__builtins__", "config": {}, "registered_name": None},
    [1, 2],
    "text",
]


@pytest.mark.parametrize("config", FORGED, ids=str)
@pytest.mark.parametrize("kind", ["model", "layer", "part"])
def test_forged_configurations_are_refused(config, kind, monkeypatch, tmp_path):
    data = {"$": "object", "kind": kind, "id": 1, "config": json.dumps(config), "weights": []}
    with pytest.raises(BorderError):
        Peer(lambda m: None, lambda: None, KerasObjects()).decode(data)
    nested = {"module": "keras.layers", "class_name": "RNN", "config": {"cell": config}, "registered_name": None}
    if isinstance(config, dict):
        with pytest.raises(BorderError):
            Peer(lambda m: None, lambda: None, KerasObjects()).decode({**data, "config": json.dumps(nested)})


def test_what_may_not_be_built_is_refused_before_keras_sees_it(monkeypatch):
    monkeypatch.setattr(keras.saving, "deserialize_keras_object", lambda *given, **named: pytest.fail("Keras saw it"))
    for config in FORGED:
        data = {"$": "object", "kind": "layer", "id": 1, "config": json.dumps(config), "weights": []}
        if isinstance(config, dict) and "rnnkit" not in config.get("module", ""):  # those Keras refuses
            with pytest.raises(BorderError):
                Peer(lambda m: None, lambda: None, KerasObjects()).decode(data)


def test_wrong_weights_are_refused():
    peer = Peer(lambda m: None, lambda: None, KerasObjects())
    data = peer.encode(sequential())
    for weights in ([], data["weights"][:-1], [*data["weights"], data["weights"][0]], data["weights"][::-1]):
        with pytest.raises(BorderError):
            Peer(lambda m: None, lambda: None, KerasObjects()).decode({**data, "weights": weights})
