"""Files, copies and names: what comes back gives the same outputs."""

import json
import tempfile
from pathlib import Path
from typing import Any

import keras
from keras import tree

from tests.layers.catalogue import B, Entry, T
from tests.layers.contract.tools import contract, model_of, same


def _model(entry: Entry, batch: int | None = None) -> Any:
    layer = entry.built(batch=batch, return_sequences=True, return_state=True, go_backwards=True)
    return model_of(entry, layer, batch=batch), layer


def _folder() -> Any:
    return tempfile.TemporaryDirectory()


@contract()
def check_keras_file(entry: Entry) -> None:
    model, _ = _model(entry)
    x = entry.inputs()
    with _folder() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        again = keras.models.load_model(path)
    same(again(x), model(x), 1e-6)
    # A file turns tuples into lists.
    assert json.dumps(again.layers[-1].get_config()) == json.dumps(model.layers[-1].get_config())


@contract()
def check_weights_file(entry: Entry) -> None:
    """Into a model of the same build; a stateful layer's kept states are not weights."""
    model, layer = _model(entry)
    other = model_of(entry, entry.make(return_sequences=True, return_state=True, go_backwards=True))
    x = entry.inputs()
    with _folder() as folder:
        path = Path(folder) / "model.weights.h5"
        model.save_weights(path)
        other.load_weights(path)
    same(other(x), model(x), 1e-6)
    keeper = entry.built(stateful=True)
    assert len(keeper.weights) == len(layer.weights)


@contract(backends=("tensorflow",), why_not="a SavedModel is TensorFlow's", costly=True)
def check_exported(entry: Entry) -> None:
    import tensorflow as tf

    nested, _ = _model(entry)
    model = keras.Model(nested.input, tree.flatten(nested.output))  # a SavedModel's outputs are flat
    x = entry.inputs()
    with _folder() as folder:
        model.export(folder, verbose=False)
        loaded = tf.saved_model.load(folder)
        same(loaded.serve(tf.constant(x, "int32" if entry.tokens else "float32")), model(x))


@contract()
def check_clone(entry: Entry) -> None:
    model, layer = _model(entry)
    copy = keras.models.clone_model(model)
    assert {id(w) for w in copy.weights}.isdisjoint({id(w) for w in model.weights})
    copy.set_weights(model.get_weights())
    same(copy(entry.inputs()), model(entry.inputs()), 1e-6)
    assert json.dumps(copy.layers[-1].get_config()) == json.dumps(layer.get_config())


@contract()
def check_weight_names(entry: Entry) -> None:
    """Two of a layer in one model: every path once, and each weight an attribute of a cell under its name."""
    inputs = keras.Input(entry.input_shape(T), dtype="int32" if entry.tokens else None)
    layers = [entry.make(), entry.make()]
    model = keras.Model(inputs, [layer(inputs) for layer in layers])
    paths = [w.path for w in model.weights]
    assert len(set(paths)) == len(paths) > 0, paths
    for layer in layers:
        assert all(w.path.startswith(f"{layer.name}/") for w in layer.weights), paths
        held = {id(v) for part in layer._flatten_layers() for v in vars(part).values()}
        assert all(id(w) in held for w in layer.weights)


@contract()
def check_states_are_no_weights(entry: Entry) -> None:
    keeper = entry.built(stateful=True)
    kept = {id(state) for state in tree.flatten(keeper.states)}
    assert kept.isdisjoint({id(w) for w in keeper.weights})
    assert kept <= {id(v) for v in keeper.variables}
    assert len(kept) == len(tree.flatten(entry.state_size)), f"{B} examples"
