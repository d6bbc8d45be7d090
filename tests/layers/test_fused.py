"""The fast path against the readable one: outputs and all gradients, where it applies, and that it is used there."""

import os
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
import rnnkit  # noqa: E402

if keras.backend.backend() != "tensorflow":
    pytest.skip("the fast path is TensorFlow's", allow_module_level=True)
from rnnkit.layers.fused import loop as fused_loop  # noqa: E402
from rnnkit.layers.fused import sizes as fused_sizes  # noqa: E402
from rnnkit.layers.fused.lstm import LSTMPasses  # noqa: E402

T, N = 6, 3
LAYERS = {
    "lstm": lambda **k: rnnkit.PeepholeLSTM(4, **k),
    "elman": lambda **k: rnnkit.Elman(4, 2, **k),
    "jordan": lambda **k: rnnkit.Jordan(4, 2, **k),
    "decay": lambda **k: rnnkit.Jordan(4, 2, decay=0.3, **k),
    "gru": lambda **k: rnnkit.GRU(4, **k),
    "cfn": lambda **k: rnnkit.CFN(4, **k),
    "any": lambda **k: rnnkit.GRU(4, activation="softsign", **k),  # a slope that is not known: by the cell's lines
    "ctrnn": lambda **k: rnnkit.CTRNN(4, tau=[1.0, 2.0, 3.0, 4.0], dt=0.5, **k),
    "feedback": lambda **k: rnnkit.OutputFeedback(4, 2, **k),
    "narx": lambda **k: rnnkit.NARX(4, 2, output_delays=3, **k),
    "blocks": lambda **k: rnnkit.MemoryBlocks(2, 3, **k),
    "deep": lambda wires="skip", **k: rnnkit.DeepRNN([rnnkit.PeepholeLSTMCell(4), rnnkit.GRUCell(2)], wires, **k),
}
ALL = {"return_sequences": True, "return_state": True}


@pytest.fixture
def calls(monkeypatch):
    """The layers whose loop ran on the fast path."""
    seen, run = [], fused_loop.run
    monkeypatch.setattr(fused_loop, "run", lambda layer, *rest: (seen.append(layer.name), run(layer, *rest))[1])
    return seen


def twins(kind, **kwargs):
    rng = np.random.default_rng(3)
    pair = [LAYERS[kind](fused=fused, **kwargs) for fused in (True, False)]
    for layer in pair:
        layer.build((None, T, N))
        layer.set_weights([0.7 * np.random.default_rng(k).normal(size=w.shape) for k, w in enumerate(layer.weights)])
    return *pair, rng


def mask_of(batch):
    """A first step that does not count, an inner one, the last ones; and an example without any, if there are five."""
    mask = np.ones((batch, T), bool)
    mask[0, 4:] = mask[1 % batch, 0] = mask[2 % batch, 2] = False
    if batch > 4:
        mask[4] = False
    return mask


def outputs_and_gradients(layer, x, states, mask, known, training=True):
    """Of the loss Σ sin((k + 1) output k): all outputs, and gradients by input, initial states and weights."""
    weights = [w.value for w in layer.trainable_weights]
    signature = [tf.TensorSpec((a.shape if known else (None, *a.shape[1:])), a.dtype) for a in (x, *states)]
    floats = x.dtype.kind == "f"

    def compute(x, *states):
        # Cut out of a tensor of unknown batch, so that the mask's batch is unknown too.
        own = None if mask is None else tf.constant(mask)[: x.shape[0] or tf.shape(x)[0]]
        with tf.GradientTape() as tape:
            tape.watch([x] * floats + list(states))
            outputs = tf.nest.flatten(layer(x, initial_state=list(states) or None, mask=own, training=training))
            loss = sum(tf.reduce_sum(tf.sin((k + 1.0) * y)) for k, y in enumerate(outputs))
        return outputs, tape.gradient(loss, [x] * floats + [*states, *weights], unconnected_gradients="zero")

    return [a.numpy() for a in tf.nest.flatten(tf.function(compute, input_signature=signature)(x, *states))]


CASES = [
    ("lstm", 4, True, False, {}),
    ("lstm", 5, True, True, {**ALL, "go_backwards": True}),
    ("lstm", 4, False, True, {"use_bias": False, "return_state": True}),
    ("lstm", 4, False, True, {**ALL, "zero_output_for_mask": True, "dtype": "float64"}),
    ("lstm", 1, False, False, {**ALL, "activation": "relu", "output_activation": "linear"}),
    ("elman", 4, False, True, {**ALL, "go_backwards": True, "activation": "tanh"}),
    ("elman", 3, True, False, {"use_bias": False, "return_hidden": True, "output_activation": "softmax"}),
    ("elman", 5, False, True, {"zero_output_for_mask": True}),
    ("jordan", 4, False, True, {**ALL, "activation": "tanh", "output_activation": "linear"}),
    ("decay", 5, False, True, {**ALL, "zero_output_for_mask": True}),
    ("decay", 1, True, False, {"use_bias": False, "return_state": True}),
    ("gru", 5, False, True, {**ALL, "go_backwards": True}),
    ("gru", 4, True, False, {"use_bias": False, "activation": "softplus"}),
    ("gru", 4, False, True, {**ALL, "zero_output_for_mask": True, "dtype": "float64"}),
    ("any", 5, False, True, ALL),
    ("cfn", 5, False, True, {**ALL, "unit_gate_bias": True}),
    ("cfn", 1, True, False, {"use_bias": False, "return_state": True}),
    ("ctrnn", 5, False, True, {**ALL, "trainable_tau": True, "method": "rk4", "substeps": 2}),
    ("ctrnn", 4, True, False, {"use_bias": False, "activation": "tanh"}),
    ("ctrnn", 5, False, True, {**ALL, "trainable_tau": True, "activation": "sigmoid", "dtype": "float64"}),
    ("feedback", 5, False, True, ALL),
    ("feedback", 4, True, False, {"use_bias": False, "output_activation": "softmax"}),
    ("narx", 5, False, True, ALL),
    ("narx", 4, True, True, {**ALL, "input_delays": 2, "use_bias": False}),
    ("blocks", 5, False, True, ALL),
    ("blocks", 4, True, False, {"truncated_gradient": True, "output_gates": False, "bias": "gates"}),
    ("blocks", 3, True, True, {**ALL, "activation": "softplus", "dtype": "float64"}),
    ("feedback", 3, False, True, {**ALL, "activation": "tanh", "dtype": "float64"}),
    ("blocks", 3, False, True, {"recurrent": False, "bias": "none", "return_state": True}),
]


@pytest.mark.parametrize(("kind", "batch", "known", "masked", "kwargs"), CASES)
def test_equals_the_readable_path(kind, batch, known, masked, kwargs, calls):
    fast, readable, rng = twins(kind, **kwargs)
    dtype = kwargs.get("dtype", "float32")
    x = rng.normal(size=(batch, T, N)).astype(dtype)
    states = [rng.normal(size=(batch, s)).astype(dtype) for s in np.atleast_1d(fast.state_size)]
    mask = mask_of(batch) if masked else None
    ours = outputs_and_gradients(fast, x, states, mask, known)
    assert calls == [fast.name]
    theirs = outputs_and_gradients(readable, x, states, mask, known)
    assert calls == [fast.name]
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("kind", ["lstm", "jordan", "gru", "cfn", "deep"])
def test_outside_of_training_the_way_back_is_made_when_asked_for(kind, calls):
    fast, readable, rng = twins(kind, **ALL)
    x = rng.normal(size=(5, T, N)).astype("float32")
    given = [x, [], mask_of(5), True, False]
    ours = outputs_and_gradients(fast, *given)
    assert calls == [fast.name]
    for a, b in zip(ours, outputs_and_gradients(readable, *given), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_python_runs_once_for_all_graphs(monkeypatch):
    traced = []
    for name in ("forward", "shown", "backward"):
        own = getattr(LSTMPasses, name)
        monkeypatch.setattr(LSTMPasses, name, lambda *a, name=name, own=own: (traced.append(name), own(*a))[1])
    layer = rnnkit.PeepholeLSTM(4)
    for _ in range(2):
        model = keras.Sequential([keras.Input((T, N)), layer])
        model.compile("adam", "mse")  # which makes variables, so that Keras traces a step twice
        model.fit(np.ones((4, T, N)), np.ones((4, 4)), verbose=0)
        assert traced == ["forward", "backward"]
    model.predict(np.ones((4, T, N)), verbose=0)
    before = model.predict(np.ones((4, T, N)), verbose=0)
    assert traced == ["forward", "backward", "shown"]
    layer.cell.activation = keras.activations.relu
    model.compile("adam", "mse")
    model.fit(np.ones((4, T, N)), np.ones((4, 4)), verbose=0)
    assert traced[3:] == ["forward", "backward"] and np.ptp(before - model.predict(np.ones((4, T, N)), verbose=0)) > 0


def test_token_ids(calls):
    fast, readable = (rnnkit.PeepholeLSTM(4, input_dim=7, return_sequences=True, fused=f) for f in (True, False))
    for layer in (fast, readable):
        layer.build((None, T))
        layer.set_weights([np.random.default_rng(k).normal(size=w.shape) for k, w in enumerate(layer.weights)])
    ids = np.random.default_rng(0).integers(0, 7, (4, T)).astype("int32")
    states = [np.ones((4, 4), "float32"), np.zeros((4, 4), "float32")]
    ours = outputs_and_gradients(fast, ids, states, mask_of(4), False)
    assert calls
    for a, b in zip(ours, outputs_and_gradients(readable, ids, states, mask_of(4), False), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def model_of(fused):
    keras.utils.set_random_seed(1)
    layers = [
        keras.layers.Masking(0.0),
        rnnkit.PeepholeLSTM(4, peephole_initializer="ones", return_sequences=True, fused=fused),
        keras.layers.Bidirectional(rnnkit.Elman(3, 2, fused=fused)),
    ]
    return keras.Sequential([keras.Input((T, N)), *layers, keras.layers.Dense(1)])


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(8, T, N)).astype("float32")
    x[3, 2] = x[5, 0] = x[7, 4:] = 0.0
    return x, rng.normal(size=(8, 1)).astype("float32")


def losses(model, data, **compile_arguments):
    model.compile(keras.optimizers.SGD(0.3), "mse", **compile_arguments)
    return model.fit(*data, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]


@pytest.fixture(scope="module")
def readable_losses(data):
    return losses(model_of(False), data)


def test_used_in_fit_and_saved(calls, data, readable_losses, tmp_path):
    model = model_of("auto")
    np.testing.assert_allclose(losses(model, data), readable_losses, rtol=1e-5)
    assert len(calls) == 3  # LSTM, Elman ahead and back, traced once
    expected = model.predict(data[0], batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[1].fused == "auto"
    np.testing.assert_allclose(again(data[0]), expected, rtol=1e-5, atol=1e-6)


def test_right_inside_a_graph_that_xla_compiles(calls, data):
    models = [keras.Sequential([keras.Input((T, N)), LAYERS["lstm"](fused=fused)]) for fused in (True, False)]
    models[1].set_weights(models[0].get_weights())
    target = np.zeros((8, 4), "float32")
    ours, theirs = (
        losses(model, (data[0], target), jit_compile=fast) for model, fast in zip(models, (True, False), strict=True)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    assert calls


def test_eager_calls_do_not_wait_for_xla(calls):
    LAYERS["lstm"]()(np.ones((2, T, N)))
    assert not calls


NOT = {
    "unroll=False": ("lstm", {"unroll": True}, (2, T, N)),
    "dropout=0 and recurrent_dropout=0 in training": ("elman", {"recurrent_dropout": 0.5}, (2, T, N)),
    "dtype 'float32' or 'float64'": ("lstm", {"dtype": "mixed_bfloat16"}, (2, T, N)),
    "activations out of": ("decay", {"output_activation": "softmax"}, (2, T, N)),
    "activations of Keras's or rnnkit's own": ("gru", {"activation": lambda x: tf.tanh(x)}, (2, T, N)),
    "connections: upwards only": ("deep", {"wires": [[1, 0, 1], [0, 1, 0], [0, 0, 1]]}, (2, T, N)),
    "return_hidden=False, on a Jordan net": ("jordan", {"return_hidden": True}, (2, T, N)),
}


@pytest.mark.parametrize("reason", NOT)
def test_left_alone_where_it_does_not_apply(reason, calls):
    kind, kwargs, shape = NOT[reason]
    for fused in ("auto", True):
        layer = LAYERS[kind](fused=fused, **kwargs)
        call = tf.function(lambda x, layer=layer: layer(x, training=True), autograph=False)
        if fused == "auto":
            call.get_concrete_function(tf.TensorSpec(shape))
        else:
            with pytest.raises(ValueError, match=f"fused: True, on layer '{layer.name}', expected {reason}"):
                call.get_concrete_function(tf.TensorSpec(shape))
    assert not calls


def test_dropout_matters_in_training_only(calls):
    layer = LAYERS["lstm"](dropout=0.5)
    tf.function(lambda x: layer(x, training=False), autograph=False).get_concrete_function(tf.TensorSpec((2, T, N)))
    assert calls


def test_a_subclass_of_the_cell_keeps_its_own_step(calls):
    class OwnCell(rnnkit.ElmanCell):
        def call(self, sequence, states, training=False):
            return super().call(2.0 * sequence, states, training)

    class Own(rnnkit.Elman):
        cell_class = OwnCell

    tf.function(Own(3, 2), autograph=False).get_concrete_function(tf.TensorSpec((2, T, N)))
    assert not calls


def test_a_size_is_compiled_when_it_has_come_often(monkeypatch):
    """Until then the loop runs as it is; of any size, of a number of steps that the graph does not know."""
    monkeypatch.setattr(fused_sizes, "OFTEN", 2)
    layer, readable, rng = twins("lstm")
    layer.fused = "auto"
    spec = [tf.TensorSpec((None, None, N))]
    graphs = [tf.function(one, input_signature=spec, autograph=False) for one in (layer, readable)]
    assert layer.fast_path == "none yet: the layer has not been called."
    waiting = "by XLA for batch x steps of {}; as it is, until one has come 2 times, for "
    told = [("none", "4 x 6 (1)"), ("none", "4 x 6 (2)"), ("4 x 6", "none"), ("4 x 6", "3 x 2 (1)")]
    for shape, (compiled, plain) in zip([(4, 6, N)] * 3 + [(3, 2, N)], told, strict=True):
        x = rng.normal(size=shape).astype("float32")
        ours, theirs = (graph(x) for graph in graphs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
        assert layer.fast_path == f"fast loop, compiled {waiting.format(compiled)}{plain}."
    assert readable.fast_path == "readable loop: fused=False."
    layer(x)
    assert layer.fast_path.startswith("readable loop: the call was eager")
    layer(x[:, :0])
    assert layer.fast_path == "readable loop: there were no steps."


def test_bad_argument_is_named():
    with pytest.raises(ValueError, match="fused: expected 'auto', True or False, received 'always'"):
        LAYERS["lstm"](fused="always")
    assert LAYERS["elman"](fused=False).get_config()["fused"] is False


@pytest.mark.parametrize("kind", LAYERS)
def test_asked_for_in_eager_calls(kind, calls):
    """Outputs and gradients under an eager tape, with a mask that one example stands for; `fit` run eagerly."""
    fast, readable, rng = twins(kind, return_sequences=True)
    x, mask = tf.constant(rng.normal(size=(5, T, N)).astype("float32")), mask_of(5)[:1]
    results = []
    for layer in (fast, readable):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, mask=mask)
            loss = tf.reduce_sum(tf.sin(y))
        results.append([y, *tape.gradient(loss, [x, *(w.value for w in layer.trainable_weights)])])
    assert calls == [fast.name]
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    model = keras.Sequential([fast])
    model.compile("sgd", "mse", run_eagerly=True)
    before = fast.get_weights()
    model.fit(x, np.zeros_like(y), verbose=0)
    assert any(np.any(a != b) for a, b in zip(before, fast.get_weights(), strict=True))


def test_eager_calls_compile_once(calls):
    layer = rnnkit.PeepholeLSTM(4, fused=True)
    for _ in range(3):
        layer(np.ones((4, T, N), "float32"))
    assert layer._eager_fast_loop.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("fused", ["auto", True])
def test_what_is_exported_has_no_gradient_by_hand(fused, calls, tmp_path, caplog):
    model = keras.Sequential([keras.Input((T, N)), rnnkit.PeepholeLSTM(4, fused=fused)])
    calls.clear()  # fused=True runs in the symbolic call
    model.export(tmp_path, verbose=False)
    assert not calls
    served = tf.saved_model.load(str(tmp_path))
    assert "custom gradients" not in caplog.text
    x = np.random.default_rng(0).normal(size=(5, T, N)).astype("float32")
    np.testing.assert_allclose(served.serve(x), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)
    assert calls


def test_forward_mode_is_refused_by_name():
    layer, x = rnnkit.PeepholeLSTM(4, fused=True), tf.ones((4, T, N))
    layer(x)
    with pytest.raises(ValueError, match="forward mode"), tf.autodiff.ForwardAccumulator(x, x) as forward:
        forward.jvp(layer(x))


def test_second_derivative_is_refused_with_the_remedy():
    layer = LAYERS["elman"]()
    layer.build((None, T, N))

    @tf.function(autograph=False)
    def second(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                loss = tf.reduce_sum(layer(x) ** 2)
            slope = tf.reduce_sum(inner.gradient(loss, x) ** 2)
        return outer.gradient(slope, x)

    with pytest.raises(ValueError, match="Build the layer with fused=False"):
        second.get_concrete_function(tf.TensorSpec((2, T, N)))


def test_parts_of_the_batch(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(3)), raising=False)
    monkeypatch.setattr(tf.config.threading, "get_inter_op_parallelism_threads", lambda: 0)
    x = tf.reshape(tf.range(14), (7, 2))
    assert [cut(x).shape[0] for cut in fused_loop._cuts(x)] == [2, 2, 3]
    assert len(fused_loop._cuts(x[:2])) == 2
    inside = []
    tf.function(lambda: inside.append(len(fused_loop._cuts(x))), jit_compile=True).get_concrete_function()
    assert inside == [1]


def in_a_process(script, **environment):
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


@pytest.mark.long
def test_two_devices_train_as_one():
    out = in_a_process("""
        import keras, numpy as np, rnnkit, tensorflow as tf
        from rnnkit.layers.fused import loop as fused_loop
        both = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], both)
        seen, run = [], fused_loop.run
        fused_loop.run = lambda *a: (seen.append(1), run(*a))[1]
        x, y = np.random.default_rng(0).normal(size=(8, 6, 3)), np.ones((8, 1))
        def train():
            keras.utils.set_random_seed(0)
            model = keras.Sequential([keras.Input((6, 3)), rnnkit.PeepholeLSTM(4), keras.layers.Dense(1)])
            model.compile(keras.optimizers.SGD(0.3), "mse")
            return model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]
        one = train()
        with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
            two = train()
        assert len(seen) >= 3, seen
        np.testing.assert_allclose(one, two, rtol=1e-5)
        print("equal")
    """)
    assert "equal" in out


def test_other_backends_do_not_load_it():
    pytest.importorskip("jax")
    out = in_a_process(
        """
        import sys, numpy as np, rnnkit
        rnnkit.Elman(3, 2)(np.ones((2, 4, 3)))
        try:
            rnnkit.Elman(3, 2, fused=True)(np.ones((2, 4, 3)))
        except ValueError as error:
            print(str(error)[:200])
        print("fast loop loaded:", any(name.startswith("rnnkit.layers.fused.t") for name in sys.modules))
        """,
        KERAS_BACKEND="jax",
    )
    assert "expected the TensorFlow backend" in out
    assert "fast loop loaded: False" in out
