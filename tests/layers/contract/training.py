"""Gradients, compilation and dropout."""

from typing import Any

import keras
import numpy as np
from keras import ops

from tests.layers.catalogue import B, Entry, N, T
from tests.layers.contract.tools import contract, differ, flat, model_of, same, twin


def _trained(entry: Entry, jit: bool, steps: int = 3, rate: float = 0.1, **changes: Any) -> list[Any]:
    """The weights after some steps of plain gradient descent, from the same start, on the squared sum."""
    layer = entry.built(batch=None, **changes)
    model = model_of(entry, layer)
    model.compile(keras.optimizers.SGD(rate), "mse", jit_compile=jit)
    x, y = entry.inputs(), np.random.default_rng(4).normal(size=(B, entry.output_size))
    for _ in range(steps):
        model.train_on_batch(x, y)
    return layer.get_weights()


@contract(
    backends=("tensorflow", "jax"),
    why_not="torch.compile needs a C++ compiler and a minute a layer",
    costly=True,
)
def check_compiled_agrees(entry: Entry) -> None:
    """XLA on and off: the same weights after some steps, different from those before, but for the fixed ones."""
    layer = entry.built()
    compiled = _trained(entry, jit=True)
    for weight, before, after in zip(layer.weights, layer.get_weights(), compiled, strict=True):
        fixed = weight.name in entry.fixed
        assert differ([before], [after], 0.0 if fixed else 1e-6) != fixed, (
            f"{weight.name} has {'' if fixed else 'not '}moved"
        )
    same(compiled, _trained(entry, jit=False))


@contract()
def check_gradients(entry: Entry) -> None:
    """One step of size 1 goes down the gradient: its product with a random direction is the finite difference."""
    rng = np.random.default_rng(8)
    layer, x = entry.built(), entry.inputs()
    before = layer.get_weights()
    y = rng.normal(size=(B, entry.output_size))
    after = _gradient_step(entry, x, y)
    flat_zero = []
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        gradient = (old - new).astype("float64")
        if layer.weights[number].name in entry.fixed:
            assert not gradient.any(), f"{layer.weights[number].path} is fixed, but has moved"
            continue
        direction = rng.normal(size=old.shape)
        direction /= np.linalg.norm(direction)
        ends = []
        for sign in (1, -1):
            layer.set_weights([*before[:number], old + sign * 0.02 * direction, *before[number + 1 :]])
            ends.append(((flat(layer(x))[0] - y) ** 2).mean())
        slope = (ends[0] - ends[1]) / 0.04
        expected = float((gradient * direction).sum())
        name = layer.weights[number].path
        np.testing.assert_allclose(slope, expected, rtol=2e-2, atol=3e-4, err_msg=name)
        if not gradient.any():
            flat_zero.append(name)
    assert not flat_zero, f"no gradient reaches {flat_zero}"


def _gradient_step(entry: Entry, x: Any, y: Any) -> list[Any]:
    layer = entry.built(batch=None)
    model = model_of(entry, layer)
    model.compile(keras.optimizers.SGD(1.0), "mse", jit_compile=False)
    model.train_on_batch(x, y)
    return layer.get_weights()


def _drops(entry: Entry) -> bool:
    return "dropout" not in entry.lacks


@contract()
def check_dropout_by_seed(entry: Entry) -> None:
    x = entry.inputs()
    for kind in ("dropout", "recurrent_dropout"):
        first, second, other = (entry.built(**{kind: 0.5, "seed": seed}) for seed in (1, 1, 2))
        one, again = flat(first(x, training=True)), flat(second(x, training=True))
        same(again, one, 1e-7, f"{kind}, the same seed")
        assert differ(one, other(x, training=True)), f"{kind}: another seed gives the same"
        assert differ(one, first(x, training=True)), f"{kind}: a second call drops the same"


@contract()
def check_dropout_in_training_only(entry: Entry) -> None:
    x, plain = entry.inputs(), entry.built()
    for kind in ("dropout", "recurrent_dropout"):
        layer = entry.built(**{kind: 0.5, "seed": 1})
        same(layer(x), plain(x), 1e-6, f"{kind} at inference")
        same(layer(x, training=False), plain(x), 1e-6, f"{kind} at inference")
        assert differ(layer(x, training=True), plain(x)), f"{kind} does nothing in training"


@contract(applies=lambda entry: _drops(entry) and not entry.tokens)
def check_dropout_mask_stays_over_a_sequence(entry: Entry) -> None:
    """The inputs' mask is the first that the seed gives, for all steps alike."""
    layer, x = entry.built(dropout=0.5, seed=4, return_sequences=True), entry.inputs()
    mask = keras.random.dropout(ops.ones((B, N)), 0.5, seed=keras.random.SeedGenerator(4))
    plain = twin(layer, entry, dropout=0.0)
    same(layer(x, training=True), plain(x * flat(mask)[0][:, None, :]))


@contract()
def check_recurrent_dropout_mask_stays_over_a_sequence(entry: Entry) -> None:
    """A sequence in one call drops as its steps do one by one with the mask of the first."""
    settings = {"recurrent_dropout": 0.5, "return_sequences": True, "return_state": True}
    layer, x = entry.built(seed=4, **settings), entry.inputs()
    whole = flat(layer(x, training=True))
    steps = entry.built(seed=4, **settings)
    states, outputs = steps.get_initial_state(B), []
    x = ops.convert_to_tensor(x, "int32" if entry.tokens else "float32")
    steps._maybe_config_dropout_masks(steps.cell, x[:, 0], states)
    for t in range(T):
        output, states = steps.cell(x[:, t], states, training=True)
        outputs.append(flat(output)[0])
    same([np.stack(outputs, axis=1), *flat(states)], whole)


@contract()
def check_training_lowers_the_error(entry: Entry) -> None:
    """Gradient descent on one batch: a smaller error."""
    layer, x = entry.built(batch=None), entry.inputs()
    y = flat(entry.built()(entry.inputs(seed=9)))[0]
    errors = [((flat(layer(x))[0] - y) ** 2).mean()]
    model = model_of(entry, layer)
    model.compile(keras.optimizers.SGD(0.05), "mse", jit_compile=False)
    for _ in range(5):
        model.train_on_batch(x, y)
    errors.append(((flat(layer(x))[0] - y) ** 2).mean())
    assert errors[1] < errors[0], errors
