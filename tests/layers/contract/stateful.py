"""States kept from one call to the next: concatenation, reset, and Keras's own training loop."""

from typing import Any

import numpy as np
from keras import tree

from tests.layers.catalogue import B, Entry, T
from tests.layers.contract.tools import contract, flat, model_of, same, tensors, twin


@contract()
def check_stateful_is_concatenation(entry: Entry) -> None:
    layer, x = entry.built(return_sequences=True, return_state=True), entry.inputs()
    whole, *last = flat(layer(x))
    for settings in ({}, {"unroll": True}):
        keeper = twin(layer, entry, stateful=True, **settings)
        first, second = keeper(x[:, :2]), keeper(x[:, 2:])
        same(np.concatenate([flat(first)[0], flat(second)[0]], axis=1), whole, what=f"{settings}")
        same(second[1:], last)
        same(keeper.get_states(), last, what="get_states")


@contract()
def check_reset_state(entry: Entry) -> None:
    """Without values, what `get_initial_state` gives; with values, these; on both names of the method."""
    x, given = entry.inputs(), entry.states()
    keeper = entry.built(stateful=True, return_state=True)
    fresh = flat(keeper(x))
    keeper.reset_state()
    same(keeper(x), fresh, what="after reset_state()")
    free = twin(keeper, entry, stateful=False)
    for put in (keeper.reset_state, keeper.reset_states, keeper.set_states):
        put(given)
        same(keeper.get_states(), given, what=f"{put.__name__} of values")
        same(keeper(x), free(x, initial_state=tensors(given)), what=f"{put.__name__} of values")
    other = entry.make(stateful=True)
    other.cell.get_initial_state = lambda batch_size=None: tensors(entry.states(batch_size, seed=5))
    other.build(entry.input_shape(B, T))
    entry.drawn(other)
    same(other.get_states(), entry.states(B, seed=5), what="states at the start")
    other(x)
    other.reset_state()
    same(other.get_states(), entry.states(B, seed=5), what="reset to get_initial_state")


@contract()
def check_states_are_refused(entry: Entry) -> None:
    """A wrong shape, and a layer that keeps none, are named."""
    keeper, free = entry.built(stateful=True), entry.built()
    short = tree.map_structure(lambda s: s[:1], entry.states())
    for call in (lambda: keeper.reset_state(short), lambda: free.set_states(entry.states()), free.get_states):
        try:
            call()
        except ValueError as error:
            assert str(error).startswith("states: "), error
        else:
            raise AssertionError("wrong states were taken")
    free.reset_state()


@contract(costly=True)
def check_stateful_in_fit_and_predict(entry: Entry) -> None:
    """Keras's own loops keep the states, on every backend."""
    layer, x = entry.built(return_sequences=True, return_state=True), entry.inputs()
    whole, *last = flat(layer(x))
    keeper = twin(layer, entry, stateful=True, return_state=False)
    model = model_of(entry, keeper, time=None, batch=B)
    parts = [model.predict(part, batch_size=B, verbose=0) for part in (x[:, :3], x[:, 3:])]
    same(np.concatenate(parts, axis=1), whole, what="predict in two parts")
    same(keeper.get_states(), last, what="states after predict")
    keeper.reset_state()
    model.compile(_still(), "mse")
    for part in (x[:, :3], x[:, 3:]):
        model.fit(part, np.zeros((B, 3, entry.output_size)), batch_size=B, shuffle=False, verbose=0)
    same(keeper.get_states(), last, what="states after fit")


def _still() -> Any:
    """An optimizer that leaves the weights alone."""
    import keras

    return keras.optimizers.SGD(0.0)
