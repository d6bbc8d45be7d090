"""Each hook into Keras's and TensorFlow's inside still holds. A failure names the hook that a new version has moved."""

import ast
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit import _keras

B, T, N = 4, 5, 3
X, Y = np.random.default_rng(0).normal(size=(B, T, N)).astype("float32"), np.ones((B, 2), "float32")
BACKEND = keras.backend.backend()


def model_of(layer):
    model = keras.Sequential([keras.Input((T, N)), layer, keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


def test_dropout_rnn_cell():
    asked = []

    class Cell(keras.layers.SimpleRNNCell):
        def get_dropout_mask(self, step_input):
            asked.append("drawn")
            return super().get_dropout_mask(step_input)

        def reset_dropout_mask(self):
            asked.append("cleared")
            super().reset_dropout_mask()

    cell = Cell(2, dropout=0.5, seed=1)
    assert isinstance(cell, _keras.DropoutRNNCell), "DropoutRNNCell moved: Keras's own cells are not of this class"
    keras.layers.RNN(cell)(X, training=True)
    moved = "DropoutRNNCell moved: keras.layers.RNN does not draw masks before its loop and clear them after it"
    assert asked[0] == "drawn" and asked[-1] == "cleared", moved


def test_layers_of():
    inner = keras.Sequential([keras.Input((T, N)), keras.layers.SimpleRNN(2)])
    model = keras.Sequential([keras.Input((T, N)), inner])
    moved = "layers_of moved: model._flatten_layers no longer gives the layers inside of others"
    assert inner.layers[0] in _keras.layers_of(model), moved


def test_replace_and_restore_loop():
    layer = keras.layers.SimpleRNN(2)
    plain = ops.convert_to_numpy(layer(X))
    own, seen = _keras.own_loop(layer), []

    def loop(sequences, initial_state, mask, training=False):
        seen.append((tuple(sequences.shape), mask, training))
        last, outputs, states = own(sequences, initial_state, mask, training)
        return last + 1.0, outputs, states

    _keras.replace_loop(layer, loop)
    received = ops.convert_to_numpy(layer(X))
    assert seen, "replace_loop moved: keras.layers.RNN does not call self.inner_loop"
    assert seen == [((B, T, N), None, False)], f"replace_loop moved: inner_loop is called with other arguments: {seen}"
    np.testing.assert_allclose(received, plain + 1.0, rtol=1e-6, err_msg="replace_loop moved: its result is unused")
    _keras.restore_loop(layer)
    _keras.restore_loop(layer)
    restored = ops.convert_to_numpy(layer(X))
    np.testing.assert_array_equal(restored, plain, err_msg="restore_loop moved: the replaced loop still runs")


def test_a_class_can_have_its_own_loop():
    """`RecurrentLayer.inner_loop` overrides Keras's."""

    class Own(keras.layers.SimpleRNN):
        def inner_loop(self, sequences, initial_state, mask, training=False):
            return super().inner_loop(sequences * 0.0, initial_state, mask, training)

    received = ops.convert_to_numpy(Own(2)(X))
    assert not received.any(), "inner_loop moved: keras.layers.RNN does not run a subclass's loop"


def test_replace_and_restore_loss():
    model = model_of(keras.layers.SimpleRNN(2))

    def loss(model, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return plain(x, y, y_pred, sample_weight, training=training) + 1000.0

    plain = _keras.replace_loss(model, loss)
    _keras.forget_traced_step(model)
    reported = model.train_on_batch(X, Y)
    assert reported > 1000.0, "replace_loss moved: Keras's training step does not ask model.compute_loss"
    _keras.restore_loss(model)
    _keras.forget_traced_step(model)
    assert model.train_on_batch(X, Y) < 1000.0, "restore_loss moved: the replaced loss is still minimized"


def test_forget_traced_step():
    model = model_of(keras.layers.SimpleRNN(2))
    model.fit(X, Y, verbose=0)
    moved = "forget_traced_step moved: `fit` does not keep its step as model.train_function"
    assert model.train_function is not None, moved
    traced = model.train_function
    _keras.forget_traced_step(model)
    model.fit(X, Y, verbose=0)
    assert model.train_function is not None and model.train_function is not traced, moved


def test_batches_of_running_fit():
    assert _keras.batches_of_running_fit() is None
    found = []

    class Asking(keras.optimizers.SGD):
        def apply(self, grads, trainable_variables=None):
            found.append(_keras.batches_of_running_fit())
            return super().apply(grads, trainable_variables)

    model = model_of(keras.layers.SimpleRNN(2))
    model.compile(Asking(0.1), "mse", jit_compile=False)
    model.fit(X, Y, batch_size=2, verbose=0)
    moved = f"batches_of_running_fit moved: no `fit` with an epoch_iterator of 2 batches on the stack, found {found}"
    if BACKEND == "jax" and not found:  # Keras calls stateless_apply there
        pytest.skip("JAX's training step does not call apply")
    assert found and set(found) == {2}, moved


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a question to TensorFlow")
def test_inside_xla():
    import tensorflow as tf

    answers = []
    for compiled in (True, False):
        step = tf.function(lambda: answers.append(_keras.inside_xla()), jit_compile=compiled)
        step.get_concrete_function()
    moved = f"inside_xla moved: expected True inside a graph that XLA compiles and False elsewhere, found {answers}"
    assert answers == [True, False] and _keras.inside_xla() is False, moved


def test_no_other_module_reaches_inside():
    """Names that only `_keras.py` may use; `inner_loop` as a method of one's own, and of super(), is open to layers."""
    assigned, read = {"inner_loop", "compute_loss", "train_function"}, {"_flatten_layers", "_getframe", "f_locals"}
    found = []
    for path in sorted(Path(rnnkit.__file__).parent.rglob("*.py")):
        if path.name == "_keras.py" or "course" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                changed = node.attr in assigned and not isinstance(node.ctx, ast.Load)
                if changed or node.attr in read:
                    found.append(f"{path.name}:{node.lineno} {node.attr}")
            modules = [node.module] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            inside = [m for m in modules if m and m.startswith(("keras.src", "tensorflow.python"))]
            found += [f"{path.name}:{node.lineno} {module}" for module in inside]
    assert not found, f"move it to rnnkit/_keras.py, with a test here: {found}"


def test_without_autocast():
    """What a variable without it is assigned within a call in mixed precision, it keeps."""

    class Counts(keras.layers.Layer):
        def build(self, shape):
            self.count = keras.Variable(np.zeros(2, "float32"), trainable=False)
            _keras.without_autocast(self.count)

        def call(self, x):
            self.count.assign(ops.cast(self.count, "float32") + 1.0)
            return x

    layer = Counts(dtype="mixed_float16")
    layer(X)
    kept = ops.convert_to_numpy(layer.count)
    np.testing.assert_array_equal(kept, [1.0, 1.0], err_msg="Variable._autocast moved")


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow's SavedModel")
def test_exporting(tmp_path):
    asked = []

    class Asks(keras.layers.Layer):
        def call(self, x):
            asked.append(_keras.exporting())
            return x

    model = keras.Sequential([keras.Input((N,)), Asks()])
    model.predict(X[:, 0], verbose=0)
    assert not any(asked)
    model.export(tmp_path, verbose=False)
    assert asked[-1], "exporting moved: no frame of keras.src.export"
