"""Faults planted in sound layers, each with the check of the contract that must catch it.

A fault is given as methods that replace those of the sound cell or layer, made by a function of the sound class.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from tests.layers.catalogue import BY_NAME, B, Entry

Methods = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Mutation:
    """fault: in words; check: the one that must catch it; entry: the sound layer; cell, layer: replaced methods."""

    fault: str
    check: str
    entry: str = "peephole_lstm"
    cell: Methods | None = None
    layer: Methods | None = None

    def planted(self) -> Entry:
        sound = BY_NAME[self.entry]
        name = "".join(word.capitalize() for word in self.fault.split())
        register = keras.saving.register_keras_serializable(package="faulty")
        cell_class = sound.layer.cell_class
        if self.cell:
            cell_class = register(type(f"{name}Cell", (cell_class,), self.cell(cell_class)))
        methods = self.layer(sound.layer) if self.layer else {}
        return replace(sound, layer=register(type(name, (sound.layer,), {"cell_class": cell_class, **methods})))


def _call(change: Callable[..., Any]) -> Methods:
    """A layer that calls the sound one with changed arguments, and changes its result."""

    def methods(base: Any) -> dict[str, Any]:
        def call(self: Any, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
            return change(self, base.call, sequences, initial_state, mask, training)

        return {"call": call}

    return methods


def _loop(change: Callable[..., Any]) -> Methods:
    def methods(base: Any) -> dict[str, Any]:
        def inner_loop(self: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
            return change(self, base.inner_loop, sequences, initial_state, mask, training)

        return {"inner_loop": inner_loop}

    return methods


def _cell(change: Callable[..., Any]) -> Methods:
    def methods(base: Any) -> dict[str, Any]:
        def call(self: Any, sequence: Any, states: Any, training: bool = False) -> Any:
            return change(self, base.call, sequence, states, training)

        return {"call": call}

    return methods


def _afterwards(change: Callable[[Any], None]) -> Methods:
    """A cell or layer whose constructor ends with a change to itself."""

    def methods(base: Any) -> dict[str, Any]:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            base.__init__(self, *args, **kwargs)
            change(self)

        # The arguments shown are the base's, whose constructor takes them.
        return {"__init__": __init__}

    return methods


def _kernel_without_gradient(cell: Any) -> None:
    class Stopped(type(cell.inputs)):
        def kernel(self, cell: Any) -> Any:
            return ops.stop_gradient(cell.kernel * 1.0)

    cell.inputs = Stopped()


def _weights(**changes: Any) -> Methods:
    """A cell that creates its weights with some of the options changed."""

    def methods(base: Any) -> dict[str, Any]:
        def add_weight(self: Any, **options: Any) -> Any:
            more = {name: change(self) if callable(change) else change for name, change in changes.items()}
            return base.add_weight(self, **{**options, **more})

        return {"add_weight": add_weight}

    return methods


def _method(name: str, change: Callable[..., Any]) -> Methods:
    """One method that is given the sound one before its own arguments."""

    def methods(base: Any) -> dict[str, Any]:
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return change(self, getattr(base, name), *args, **kwargs)

        return {name: method}

    return methods


def _output_free_of_mask(self: Any, loop: Any, x: Any, start: Any, mask: Any, training: bool) -> Any:
    last, _, _ = loop(self, x, start, mask, training)
    _, outputs, _ = loop(self, x, start, None, training)
    return last, outputs, loop(self, x, start, mask, training)[2]


def _first_step_counts(self: Any, loop: Any, x: Any, start: Any, mask: Any, training: bool) -> Any:
    if mask is not None:
        mask = ops.concatenate([ops.ones_like(mask[:, :1]), mask[:, 1:]], axis=1)
    return loop(self, x, start, mask, training)


def _swapped_states(self: Any, call: Any, *arguments: Any) -> Any:
    result = call(self, *arguments)
    return (result[0], *result[:0:-1]) if self.return_state else result


def _states_first(self: Any, call: Any, *arguments: Any) -> Any:
    result = call(self, *arguments)
    return (*result[1:], result[0]) if self.return_state else result


def _not_backwards(self: Any, loop: Any, *arguments: Any) -> Any:
    asked, self.go_backwards = self.go_backwards, False
    try:
        return loop(self, *arguments)
    finally:
        self.go_backwards = asked


def _never_zero(self: Any, loop: Any, *arguments: Any) -> Any:
    asked, self.zero_output_for_mask = self.zero_output_for_mask, False
    try:
        return loop(self, *arguments)
    finally:
        self.zero_output_for_mask = asked


def _keeps_nothing(self: Any, call: Any, *arguments: Any) -> Any:
    before = self.get_states() if self.states else None
    result = call(self, *arguments)
    if before:
        self.set_states(before)
    return result


def _unrolled_from_zero(self: Any, loop: Any, x: Any, start: Any, mask: Any, training: bool) -> Any:
    start = tree.map_structure(ops.zeros_like, start) if self.unroll else start
    return loop(self, x, start, mask, training)


def _mask_drawn_each_step(self: Any, drop: Any, *arguments: Any) -> Any:
    self.reset_dropout_mask()
    return drop(self, *arguments)


def _recurrent_mask_drawn_each_step(self: Any, drop: Any, *arguments: Any) -> Any:
    self.reset_recurrent_dropout_mask()
    return drop(self, *arguments)


def _through_single(self: Any, call: Any, x: Any, states: Any, training: bool) -> Any:
    return call(self, ops.cast(ops.cast(x, "float32"), x.dtype), states, training)


def _new_seed(self: Any) -> None:
    self.seed_generator = keras.random.SeedGenerator()


def _plain_policy(self: Any) -> None:
    self.cell.dtype_policy = keras.dtype_policies.get("float32")


def _no_activity_regularizer(self: Any) -> None:
    self.activity_regularizer = None


def _without(argument: str) -> Methods:
    def lose(self: Any, get_config: Any) -> dict[str, Any]:
        config = get_config(self)
        del config[argument]
        return config

    return _method("get_config", lose)


def _last_two_swapped(self: Any, load: Any, store: Any) -> None:
    keys = sorted(store.keys(), key=int)
    values = {key: np.array(store[key]) for key in keys}
    values[keys[-1]], values[keys[-2]] = values[keys[-2]], values[keys[-1]]
    load(self, values)


def _bias_lost(self: Any, load: Any, store: Any) -> None:
    load(self, store)
    self.bias.assign(ops.zeros_like(self.bias))


def _wider(base: Any) -> dict[str, Any]:
    def compute_output_shape(self: Any, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        shapes = base.compute_output_shape(self, sequences_shape)
        return ((*shapes[0][:-1], shapes[0][-1] + 1), *shapes[1:]) if self.return_state else shapes

    return {"compute_output_shape": compute_output_shape}


def _zero_reset(self: Any, reset: Any, states: Any = None) -> None:
    given = tree.map_structure(np.zeros_like, self.get_states()) if states is None and self.states else states
    reset(self, given)


def _gates_turned(self: Any, step: Any, *arguments: Any) -> Any:
    output, states, gates = step(self, *arguments)
    return output, states, {name: 1.0 - gate for name, gate in gates.items()}


def _gates_reversed(self: Any, call: Any, x: Any, states: Any, training: bool = False) -> Any:
    output, states, gates = self._step(x, states, training)
    return ops.concatenate([output, *reversed(gates.values())], axis=-1) if self.return_gates else output, states


def _constructor_shown(self: Any) -> None:
    object.__setattr__(self, "__signature__", inspect.Signature([*inspect.signature(type(self)).parameters.values()]))


def _activation_forgotten(self: Any, get_config: Any) -> dict[str, Any]:
    return {**get_config(self), "activation": "tanh"}


MUTATIONS = [
    Mutation(
        "mask ignored",
        "right_mask_is_truncation",
        layer=_call(lambda self, call, x, start, mask, training: call(self, x, start, None, training)),
    ),
    Mutation("mask holds states but not output", "inner_mask_is_deletion", layer=_loop(_output_free_of_mask)),
    Mutation("masked first step counts", "masked_first_step", "elman", layer=_loop(_first_step_counts)),
    Mutation("zero output for mask ignored", "zero_output_for_mask", "elman", layer=_loop(_never_zero)),
    Mutation("mask not handed on", "mask_goes_on", layer=_method("compute_mask", lambda self, sound, *arguments: None)),
    Mutation("states swapped", "layer_is_the_cell_over_time", layer=_call(_swapped_states)),
    Mutation("states before the output", "returned_states", "elman", layer=_call(_states_first)),
    Mutation("go backwards not flipped", "go_backwards_is_a_flip", "gru", layer=_loop(_not_backwards)),
    Mutation("unrolled differs", "unrolled_is_the_loop", "cfn", layer=_loop(_unrolled_from_zero)),
    Mutation(
        "initial state ignored",
        "initial_state_is_continuation",
        layer=_call(lambda self, call, x, start, mask, training: call(self, x, None, mask, training)),
    ),
    Mutation(
        "initial state ignored without steps",
        "empty_sequence",
        layer=_method("_nothing_happened", lambda self, sound, x, start: sound(self, x, None)),
    ),
    Mutation(
        "batch fixed",
        "batch_of_one_and_time_of_one",
        "gru",
        cell=_method("get_initial_state", lambda self, sound, batch_size=None: sound(self, B)),
    ),
    Mutation("wrong output shape", "length_and_batch_unknown", layer=_wider),
    Mutation("states not kept", "stateful_is_concatenation", layer=_call(_keeps_nothing)),
    Mutation(
        "reset ignores values",
        "reset_state",
        layer=_method("reset_state", lambda self, sound, states=None: sound(self)),
    ),
    Mutation("reset to zero", "reset_state", "elman", layer=_method("reset_state", _zero_reset)),
    Mutation(
        "kept states unknown to the loop",
        "states_are_no_weights",
        layer=lambda base: {"variables": property(lambda self: self.weights)},
    ),
    Mutation(
        "dropout at inference",
        "dropout_in_training_only",
        cell=_cell(lambda self, call, x, states, training: call(self, x, states, True)),
    ),
    Mutation(
        "training not passed on",
        "dropout_in_training_only",
        "elman",
        layer=_call(lambda self, call, x, start, mask, training: call(self, x, start, mask, False)),
    ),
    Mutation(
        "dropout drawn each step",
        "dropout_mask_stays_over_a_sequence",
        cell=_method("_after_dropout", _mask_drawn_each_step),
    ),
    Mutation(
        "recurrent dropout drawn each step",
        "recurrent_dropout_mask_stays_over_a_sequence",
        "gru",
        cell=_method("_after_dropout", _recurrent_mask_drawn_each_step),
    ),
    Mutation("seed ignored", "dropout_by_seed", cell=_afterwards(_new_seed)),
    Mutation(
        "gradient stopped at the state",
        "gradients",
        cell=_cell(
            lambda self, call, x, s, training: call(self, x, tree.map_structure(ops.stop_gradient, s), training)
        ),
    ),
    Mutation(
        "gradient stopped at the kernel",
        "gradients",
        "elman",
        cell=_afterwards(_kernel_without_gradient),
    ),
    Mutation("loop in single precision", "mixed_float16", layer=_afterwards(_plain_policy)),
    Mutation("weights in half precision", "mixed_float16", "gru", cell=_weights(dtype=lambda c: c.compute_dtype)),
    Mutation("doubles through singles", "float64", cell=_cell(_through_single)),
    Mutation(
        "activity regularizer dropped", "activity_regularizer", "elman", layer=_afterwards(_no_activity_regularizer)
    ),
    Mutation("regularizers ignored", "regularizers_sum_their_weights", cell=_weights(regularizer=None)),
    Mutation("constraints ignored", "every_argument_has_its_effect", "gru", cell=_weights(constraint=None)),
    Mutation("configuration without dropout", "every_argument_in_the_configuration", "gru", layer=_without("dropout")),
    Mutation(
        "cell configuration with the usual activation",
        "every_argument_in_the_configuration",
        "cfn",
        cell=_method("get_config", _activation_forgotten),
    ),
    Mutation(
        "saved weights in wrong order", "keras_file", "ctrnn", cell=_method("load_own_variables", _last_two_swapped)
    ),
    Mutation("bias lost in the file", "weights_file", cell=_method("load_own_variables", _bias_lost)),
    Mutation("gates turned over", "gates_of_a_step", "gru", cell=_method("_step", _gates_turned)),
    Mutation("gates in another order", "gates_of_a_step", cell=_method("call", _gates_reversed)),
    Mutation(
        "a gate missing",
        "gates_of_a_step",
        cell=lambda base: {"gate_names": property(lambda self: base.gate_names.fget(self)[:-1])},
    ),
    Mutation(
        "quantize taken", "quantize_is_refused", layer=_method("quantize", lambda self, sound, *mode, **config: None)
    ),
    Mutation(
        "constructor shown on instances",
        "signatures",
        "elman",
        layer=_afterwards(_constructor_shown),
    ),
]
