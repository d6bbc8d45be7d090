"""Constructor arguments: Keras's whole set, every one in the configuration, every one with its effect."""

import inspect
import re
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from tests.layers.catalogue import VOCABULARY, B, Entry, Fresh, N, T
from tests.layers.contract.tools import backend, contract, differ, flat, model_of

L2 = keras.regularizers.L2(0.5)


def _call(entry: Entry, **arguments: Any) -> Any:
    return entry.built(**arguments)(entry.inputs())


def _training(entry: Entry, **arguments: Any) -> Any:
    return entry.built(**arguments)(entry.inputs(), training=True)


def _structure(entry: Entry, **arguments: Any) -> Any:
    layer = entry.built(**arguments)
    return [np.zeros(tuple(part.shape)) for part in tree.flatten([layer(entry.inputs()), list(layer.weights)])]


def _weight_shapes(entry: Entry, **arguments: Any) -> Any:
    layer = entry.make(**arguments)
    layer.build(entry.input_shape(B, T))
    return [np.zeros(tuple(w.shape)) for w in layer.weights]


def _fresh_weights(entry: Entry, **arguments: Any) -> Any:
    keras.utils.set_random_seed(0)
    layer = entry.make(**arguments)
    layer.build(entry.input_shape(B, T))
    return list(layer.weights)


def _penalty(entry: Entry, **arguments: Any) -> Any:
    layer = entry.built(**arguments)
    return [np.sum([float(loss) for loss in layer.losses])]


def _activity(entry: Entry, **arguments: Any) -> Any:
    layer = entry.built(**arguments)
    layer(entry.inputs())
    return [np.sum([float(loss) for loss in layer.losses])]


def _constrained(entry: Entry, **arguments: Any) -> Any:
    """The weights after an optimizer's step along no gradient at all."""
    weights = entry.built(**arguments).trainable_weights
    keras.optimizers.SGD(0.1).apply([ops.zeros(tuple(w.shape)) for w in weights], weights)
    return list(weights)


def _trained(entry: Entry, **arguments: Any) -> Any:
    """The weights after a step down the gradient of the squared output."""
    layer = entry.built(batch=None, **arguments)
    model = model_of(entry, layer)
    model.compile(keras.optimizers.SGD(1.0), "mse", jit_compile=False)
    model.train_on_batch(entry.inputs(), np.zeros((B, entry.output_size)))
    return layer.get_weights()


def _masked(entry: Entry, **arguments: Any) -> Any:
    mask = np.ones((B, T), bool)
    mask[:, 2] = False
    return entry.built(return_sequences=True, **arguments)(entry.inputs(), mask=mask)


def _second_call(entry: Entry, **arguments: Any) -> Any:
    layer = entry.built(**arguments)
    layer(entry.inputs())
    return layer(entry.inputs())


def _steps_in_one_round(entry: Entry, **arguments: Any) -> Any:
    """How many steps one round of the loop in a graph makes: all of them without a loop."""
    plain = {"fused": False} if "fused" in parameters(entry) else {}
    layer = entry.built(**plain, **arguments)
    x = ops.convert_to_tensor(entry.inputs(), "int32" if entry.tokens else "float32")
    if backend() == "tensorflow":
        import tensorflow as tf

        graph = tf.function(layer).get_concrete_function(x).graph
        return [np.ones(1) * any("While" in op.type for op in graph.get_operations())]
    if backend() == "jax":
        import jax

        rounds = re.findall(
            r"unroll=(\w+)",
            str(
                jax.make_jaxpr(layer.stateless_call)(
                    [v.value for v in layer.trainable_variables], [v.value for v in layer.non_trainable_variables], x
                )
            ),
        )
        return _text(rounds)
    return _text(layer.unroll)  # on PyTorch every loop is Python's


def _text(value: Any) -> Any:
    return [np.frombuffer(str(value).encode(), "uint8")]


OBSERVED = {
    "outputs": _call,
    "training": _training,
    "structure": _structure,
    "weight shapes": _weight_shapes,
    "fresh weights": _fresh_weights,
    "penalty": _penalty,
    "activity": _activity,
    "constrained": _constrained,
    "trained": _trained,
    "masked": _masked,
    "second call": _second_call,
    "loop": _steps_in_one_round,
    "fused": lambda entry, **a: _text(entry.make(**a).fused),  # changes speed alone; `compiled_agrees` uses it
    "name": lambda entry, **a: _text(entry.make(**a).name),
    "dtype": lambda entry, **a: _text(keras.backend.standardize_dtype(_call(entry, **a).dtype)),
    "trainable": lambda entry, **a: entry.built(**a).trainable_weights,
}
# An argument, or the last word of its name: another value, what it must change, and what must be set to see it.
EFFECTS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "units": (3, "structure", {}),
    "fused": (False, "fused", {}),
    "input_dim": (VOCABULARY + 1, "weight shapes", {}),
    "output_units": (3, "structure", {}),
    "activation": ("softsign", "outputs", {}),
    "initializer": (keras.initializers.Constant(0.125), "fresh weights", {}),
    "regularizer": (L2, "penalty", {}),
    "constraint": (keras.constraints.NonNeg(), "constrained", {}),
    "use_bias": (False, "structure", {}),
    "unit_forget_bias": (False, "fresh weights", {}),
    "dropout": (0.5, "training", {"seed": 1}),
    "recurrent_dropout": (0.5, "training", {"seed": 1}),
    "seed": (2, "training", {"dropout": 0.5, "recurrent_dropout": 0.5}),
    "return_sequences": (True, "structure", {}),
    "return_state": (True, "structure", {}),
    "return_hidden": (True, "structure", {}),
    "return_gates": (True, "structure", {}),
    "go_backwards": (True, "outputs", {}),
    "stateful": (True, "second call", {}),
    "unroll": (True, "loop", {}),
    "zero_output_for_mask": (True, "masked", {}),
    "activity_regularizer": (L2, "activity", {}),
    "name": ("another", "name", {}),
    "dtype": ("mixed_float16", "dtype", {}),
    "trainable": (False, "trainable", {}),
}


def effect(entry: Entry, argument: str) -> tuple[Any, str, dict[str, Any]]:
    """Another value of the argument, what it must change, and what must be set to see it."""
    if argument in entry.changes:
        value, observed, *given = entry.changes[argument]
        value = value.make() if isinstance(value, Fresh) else value
        return value, observed, given[0] if given else {}
    known = EFFECTS.get(argument) or EFFECTS.get(argument.rsplit("_", 1)[-1])
    assert known, f"{argument}: the catalogue names no other value and no effect for it"
    return known


def parameters(entry: Entry) -> list[str]:
    return list(inspect.signature(entry.layer).parameters)


@contract(costly=True)
def check_all_of_keras_arguments(entry: Entry) -> None:
    wanted = {*inspect.signature(keras.layers.SimpleRNN).parameters, "zero_output_for_mask", "name", "dtype"}
    missing = wanted - {"kwargs"} - set(parameters(entry)) - entry.lacks
    assert not missing, f"missing: {sorted(missing)}"


@contract(costly=True)
def check_every_argument_has_its_effect(entry: Entry) -> None:
    without = []
    for argument in parameters(entry):
        value, observed, given = effect(entry, argument)
        observe = OBSERVED[observed]
        if not differ(observe(entry, **given), observe(entry, **{**given, argument: value})):
            without.append(f"{argument}={value!r} on {observed}")
    assert not without, f"no effect: {without}"


@contract(costly=True)
def check_every_argument_in_the_configuration(entry: Entry) -> None:
    """Changed values go round through the configuration, of the layer and of its cell."""
    usual = entry.make(name="same").get_config()
    lost = []
    for argument in parameters(entry):
        value, _, given = effect(entry, argument)
        layer = entry.make(**{"name": "same", **given, argument: value})
        config = layer.get_config()
        again = type(layer).from_config(dict(config))
        if argument not in config or config[argument] == usual[argument] or again.get_config() != config:
            lost.append(argument)
    assert not lost, f"not in the configuration, or not the same after from_config: {lost}"
    cell = entry.cell(name="same")
    for argument in inspect.signature(entry.layer.cell_class).parameters:
        assert argument in cell.get_config() or argument in ("name", "dtype", "trainable"), f"cell: {argument}"
    assert type(cell).from_config(cell.get_config()).get_config() == cell.get_config()


@contract()
def check_cell_arguments_are_attributes(entry: Entry) -> None:
    layer = entry.make()
    for argument in inspect.signature(entry.layer.cell_class).parameters:
        if argument in layer.get_config() and argument not in ("name", "dtype", "trainable"):
            assert getattr(layer, argument) is getattr(layer.cell, argument), argument


@contract()
def check_regularizers_sum_their_weights(entry: Entry) -> None:
    """Every regularizer at once: the penalty of all weights, each once."""
    every = {a: L2 for a in parameters(entry) if a.endswith("_regularizer") and a != "activity_regularizer"}
    layer = entry.built(**every)
    if every:
        expected = sum(0.5 * float((w**2).sum()) for w in flat([w for w in layer.weights if w.name not in entry.plain]))
        np.testing.assert_allclose(sum(float(loss) for loss in layer.losses), expected, rtol=1e-5)


@contract()
def check_activity_regularizer(entry: Entry) -> None:
    """The penalty of the output over time, per example, once."""
    layer = entry.built(activity_regularizer=L2, return_sequences=True)
    output = flat(layer(entry.inputs()))[0]
    assert len(layer.losses) == 1, f"{len(layer.losses)} losses"
    np.testing.assert_allclose(float(layer.losses[0]), 0.5 * (output**2).sum() / B, rtol=1e-5)


@contract()
def check_signatures(entry: Entry) -> None:
    """The class shows its constructor's arguments, an instance what a call takes, which tf.function binds to."""
    assert {"return_sequences", "name"} <= set(parameters(entry))
    for ours, keras_own in ((entry.make(), keras.layers.LSTM(2)), (entry.cell(), keras.layers.LSTMCell(2))):
        assert inspect.signature(ours) == inspect.signature(keras_own), inspect.signature(ours)


@contract()
def check_registered(entry: Entry) -> None:
    for kind in (entry.layer, entry.layer.cell_class):
        assert keras.saving.get_registered_name(kind).endswith(f">{kind.__name__}"), kind


@contract()
def check_quantize_is_refused(entry: Entry) -> None:
    """With Keras's own words, as for its LSTM."""
    words = []
    keras_own = keras.layers.LSTM(3)
    keras_own.build((B, T, N))
    for layer in (entry.built(), keras_own):
        try:
            layer.quantize("int8")
        except NotImplementedError as error:
            words.append(str(error).replace(type(layer).__name__, "..."))
    assert len(words) == 2 and words[0] == words[1], words
