"""Glimpses, REINFORCE and recurrent attention."""

import keras
import numpy as np
from keras import ops
from numpy.testing import assert_allclose

from rnnkit.applications import GlimpseSensor, RecurrentAttention, log_density, reinforce_losses
from tests.equations.cases import case
from tests.oracles import attention as oracle

A = "rnnkit.applications"
B, T, CLASSES, SIGMA = 5, 4, 3, 0.6


@case(f"{A}.glimpse_sensor.GlimpseSensor")
def glimpses():
    rng = np.random.default_rng(0)
    x, places = rng.normal(size=(B, 7, 9, 2)), rng.uniform(-1, 1, (B, 2))
    for s, K, f, padding, unit in [(2, 3, 2, 0.7, None), (3, 2, 3, -1.0, 5.0)]:
        found = GlimpseSensor(s, K, f, padding, unit, dtype="float64")(x, places)
        expected = [
            oracle.glimpse(image, place, s, K, f, padding, unit) for image, place in zip(x, places, strict=True)
        ]
        assert_allclose(ops.convert_to_numpy(found), expected, atol=1e-12)


@case(f"{A}.reinforce.log_density")
def density():
    l, mu = np.random.default_rng(1).normal(size=(2, B, 3))  # noqa: E741
    expected = [oracle.log_normal(*pair, SIGMA) for pair in zip(l, mu, strict=True)]
    assert_allclose(ops.convert_to_numpy(log_density(l, mu, SIGMA)), expected, atol=1e-12)


@case(f"{A}.reinforce.reinforce_losses")
def reinforce():
    rng = np.random.default_rng(2)
    log_pi, b, R = rng.normal(size=(B, T)), rng.normal(size=(B, T)), rng.normal(size=B)
    found = [float(loss) for loss in reinforce_losses(log_pi, R, b)]
    assert_allclose(found, oracle.losses(log_pi, R, b), atol=1e-12)


def a_model(**settings):
    """A model in float64 with random weights and biases, all sizes different, its images, and its weights by name."""
    sizes = dict(units=7, glimpse_units=6, location_units=8, locator_units=9, size=2, scales=3)
    model = RecurrentAttention(CLASSES, T, **sizes, sigma=SIGMA, seed=4, dtype="float64", **settings)
    model.build((None, 10, 11, 2))
    rng = np.random.default_rng(3)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) / np.sqrt(max(weight.shape[0], 3)))
    names = ("see", "what", "place", "where", "locator_hidden", "locator", "answer", "expect")
    w = {name: [ops.convert_to_numpy(v) for v in getattr(model, name).trainable_weights] for name in names}
    w["core"] = [ops.convert_to_numpy(v) for v in model.cell.trainable_weights]
    return model, rng.normal(size=(B, 10, 11, 2)), w


@case(f"{A}.visual_attention.RecurrentAttention")
def attention():
    model, x, w = a_model(policy_weight=0.3)
    model.compile(loss="sparse_categorical_crossentropy")
    source = keras.random.SeedGenerator(4)
    draws = [ops.convert_to_numpy(keras.random.normal((B, 2), dtype="float64", seed=source)) for _ in range(T - 1)]
    looks = [oracle.look(image, w, drawn, (2, 3, 2), SIGMA) for image, drawn in zip(x, np.stack(draws, 1), strict=True)]
    answers, log_pi, b = ([np.array(part) for part in parts] for parts in zip(*looks, strict=True))
    last = [answer[-1] for answer in answers]
    found = model(x, training=True)
    assert_allclose(ops.convert_to_numpy(found["probabilities"]), last, atol=1e-7)
    assert_allclose(ops.convert_to_numpy(found["log_policy"]), log_pi, atol=1e-7)
    assert_allclose(ops.convert_to_numpy(found["baselines"]), b, atol=1e-7)
    y = np.array([np.argmax(p) if i % 2 else np.argmin(p) for i, p in enumerate(last)])
    expected = oracle.objective(last, np.array(log_pi), np.array(b), y, 0.3)
    assert_allclose(float(model.compute_loss(x, ops.convert_to_tensor(y), found)), expected, atol=1e-6)
    still = [oracle.look(image, w, np.zeros((T - 1, 2)), (2, 3, 2), SIGMA)[0] for image in x]
    assert_allclose(model.look(x)["probabilities"], still, atol=1e-7)
