"""Truncated BPTT against full BPTT, and against finite differences with the earlier state held constant."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit.training import TruncatedBPTT
from rnnkit.training.truncated_bptt import _keeping_state_at
from tests.double_precision import double_precision  # noqa: F401

B, N, J = 2, 3, 2
RATE = 0.25  # exact in float32, as Keras keeps it


def stream_of(x, y, piece=4):
    def stream():
        for first in range(0, x.shape[1], piece):
            yield x[:, first : first + piece], y[:, first : first + piece]

    return stream


def data(steps, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(B, steps, N)), rng.normal(size=(B, steps, J))


LAYERS = {
    "two SimpleRNN": lambda **o: [keras.layers.SimpleRNN(4, **o), keras.layers.SimpleRNN(J, **o)],
    "LSTM under GRU": lambda **o: [keras.layers.LSTM(4, **o), keras.layers.GRU(J, **o)],
    "Elman with dense": lambda **o: [rnnkit.Elman(4, 3, **o), keras.layers.Dense(J)],
    "Jordan, decay": lambda **o: [rnnkit.Jordan(4, J, decay=0.4, fused=False, **o)],
    "peepholes, unrolled": lambda **o: [rnnkit.PeepholeLSTM(J, unroll=True, **o)],
    "stacked cells": lambda **o: [keras.layers.RNN([keras.layers.LSTMCell(3), keras.layers.LSTMCell(J)], **o)],
    "deep, skips": lambda **o: (
        [rnnkit.DeepRNN([rnnkit.GRUCell(3), keras.layers.LSTMCell(4)], "skip", **o)] + [keras.layers.Dense(J)]
    ),
}


def model_of(make, steps, stateful=True, optimizer=None, seed=1):
    layers = make(return_sequences=True, stateful=stateful)
    model = keras.Sequential([keras.Input(batch_shape=(B, steps, N)), *layers])
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(scale=0.6, size=w.shape) for w in model.get_weights()])
    model.compile(optimizer or keras.optimizers.SGD(RATE), "mse")
    return model


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize(
    ("name", "k1", "k2"), [*((name, 2, 9) for name in LAYERS), ("two SimpleRNN", 9, 9), ("two SimpleRNN", 4, 30)]
)
def test_it_is_full_bptt_when_the_window_holds_the_stream(name, k1, k2):
    x, y = data(9)
    full = model_of(LAYERS[name], 9, stateful=False)
    full.fit(x, y, batch_size=B, epochs=2, shuffle=False, verbose=0)
    rule = TruncatedBPTT(k1, k2)
    model = model_of(LAYERS[name], 9)
    model.fit(rule.windows(stream_of(x, y)), epochs=2, callbacks=[rule], verbose=0)
    for weight, expected in zip(model.get_weights(), full.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=0, atol=1e-13)


def by_hand(weights, x, y, k1, k2):
    """Two SimpleRNN, window by window, gradient (1) by central differences with the starting states constant."""
    states = [np.zeros((B, 4)), np.zeros((B, J))]
    updates = 1 + (x.shape[1] - k2) // k1
    for n in range(updates):
        window = slice(n * k1, n * k1 + k2)
        counted = k2 if n == 0 else k1

        def error(weights, states=states, window=window, counted=counted):
            h1, h2 = states
            total = 0.0
            for t in range(k2):
                now, wanted = x[:, window][:, t], y[:, window][:, t]
                h1 = np.tanh(now @ weights[0] + h1 @ weights[1] + weights[2])
                h2 = np.tanh(h1 @ weights[3] + h2 @ weights[4] + weights[5])
                if t == k1 - 1:
                    kept = h1, h2
                if t >= k2 - counted:
                    total += np.mean((h2 - wanted) ** 2) / counted
            return total, kept

        gradients = [np.zeros_like(w) for w in weights]
        for w, gradient in zip(weights, gradients, strict=True):
            for index in np.ndindex(w.shape):
                before, values = w[index], []
                for sign in (1, -1):
                    w[index] = before + sign * 1e-5
                    values.append(error(weights)[0])
                w[index] = before
                gradient[index] = (values[0] - values[1]) / 2e-5
        states = error(weights)[1]
        weights = [w - RATE * g for w, g in zip(weights, gradients, strict=True)]
    return weights, states, updates


@pytest.mark.parametrize("make", [lambda: keras.layers.LSTM(4), lambda: keras.layers.GRU(4)], ids=["lstm", "gru"])
def test_a_mask_goes_with_its_steps(make):
    """Outputs as in one call, and the state that is carried on is the one after k1 steps of it."""
    k1, k2 = 3, 7
    plain = make()
    plain.return_sequences = plain.return_state = True
    x = np.random.default_rng(4).normal(size=(B, k2, 5)).astype("float32")
    mask = np.random.default_rng(5).random((B, k2)) < 0.6
    outputs, *_ = plain(x, mask=mask)
    _, *expected = plain(x[:, :k1], mask=mask[:, :k1])
    start = plain.get_initial_state(B)
    _, found, states = _keeping_state_at(k1)(plain, ops.convert_to_tensor(x), start, mask, training=True)
    for one, other in zip([found, *states], [outputs, *expected], strict=True):
        one, other = ops.convert_to_numpy(one), ops.convert_to_numpy(other)
        counts = mask if one.ndim == 3 else slice(None)  # at other steps Keras repeats an output, or has none yet
        np.testing.assert_allclose(one[counts], other[counts], atol=1e-6)


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize(("k1", "k2", "piece"), [(3, 7, 10), (1, 4, 1), (5, 5, 3), (4, 7, 100)])
def test_each_update_is_the_sum_of_k1_errors_through_k2_steps(k1, k2, piece):
    x, y = data(17)
    model = model_of(LAYERS["two SimpleRNN"], None)
    start = [w.copy() for w in model.get_weights()]
    rule = TruncatedBPTT(k1, k2)
    model.fit(rule.windows(stream_of(x, y, piece)), callbacks=[rule], verbose=0)
    weights, states, updates = by_hand(start, x, y, k1, k2)
    assert rule.updates == updates
    for found, expected in zip(model.get_weights() + rule.get_states(), [*weights, *states], strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


@pytest.mark.usefixtures("double_precision")
def test_training_that_was_interrupted_goes_on_where_it_stopped(tmp_path):
    x, y = data(40)
    make = LAYERS["Jordan, decay"]

    def run(model, rule, skip=0, until=40, **kwargs):
        stream = stream_of(x[:, :until], y[:, :until])
        model.fit(rule.windows(stream, skip), callbacks=[rule], verbose=0, **kwargs)

    whole = model_of(make, None, optimizer=keras.optimizers.Adam(0.01))
    run(whole, TruncatedBPTT(3, 7))

    stopped, rule = model_of(make, None, optimizer=keras.optimizers.Adam(0.01)), TruncatedBPTT(3, 7)
    run(stopped, rule, until=7 + 4 * 3 + 2)
    stopped.save_weights(tmp_path / "a.weights.h5")
    states, updates = rule.get_states(), rule.updates
    assert updates == 5

    resumed, rule = model_of(make, None, optimizer=keras.optimizers.Adam(0.01), seed=8), TruncatedBPTT(3, 7)
    resumed.optimizer.build(resumed.trainable_variables)
    resumed.load_weights(tmp_path / "a.weights.h5")
    rule.set_states(states, updates)
    run(resumed, rule, skip=updates)
    assert rule.updates == 12
    for weight, expected in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=0, atol=1e-14)


@pytest.mark.usefixtures("double_precision")
def test_backup_and_restore_needs_no_states(tmp_path):
    x, y = data(20)

    def fit(model, epochs, *callbacks):
        rule = TruncatedBPTT(3, 7)
        model.fit(rule.windows(stream_of(x, y)), epochs=epochs, callbacks=[rule, *callbacks], verbose=0)

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    make, whole = LAYERS["Jordan, decay"], model_of(LAYERS["Jordan, decay"], None)
    fit(whole, 4)
    with pytest.raises(KeyboardInterrupt):
        fit(model_of(make, None), 4, keras.callbacks.BackupAndRestore(tmp_path / "backup"), Stop())
    resumed = model_of(make, None, seed=9)
    fit(resumed, 4, keras.callbacks.BackupAndRestore(tmp_path / "backup"))
    for weight, expected in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=0, atol=1e-14)


@pytest.mark.usefixtures("double_precision")
def test_validation_starts_afresh_and_leaves_the_training_alone():
    x, y = data(20)
    runs = []
    for validation in (None, (x[:, :7], y[:, :7])):
        model, rule = model_of(LAYERS["Jordan, decay"], None), TruncatedBPTT(3, 7, reset=False)
        history = model.fit(
            rule.windows(stream_of(x, y)), epochs=3, callbacks=[rule], validation_data=validation, verbose=0
        )
        runs.append(model.get_weights())
    for a, b in zip(*runs, strict=True):
        np.testing.assert_array_equal(a, b)
    fresh = model_of(LAYERS["Jordan, decay"], None, stateful=False)
    fresh.set_weights(runs[1])
    assert history.history["val_loss"][-1] == pytest.approx(fresh.evaluate(x[:, :7], y[:, :7], verbose=0), rel=1e-12)


@pytest.mark.usefixtures("double_precision")
def test_without_reset_the_states_go_on_and_afterwards_the_layer_is_as_before():
    x, y = data(15)
    model, rule = model_of(LAYERS["Jordan, decay"], None), TruncatedBPTT(3, 6, reset=False)
    model.fit(rule.windows(stream_of(x, y)), callbacks=[rule], verbose=0)
    first, states = rule.updates, rule.get_states()
    model.fit(rule.windows(stream_of(x, y)), callbacks=[rule], verbose=0)
    assert rule.updates == 2 * first and not np.allclose(states[0], rule.get_states()[0])
    layer = model.layers[0]
    assert "inner_loop" not in layer.__dict__
    layer.reset_state()
    output = keras.ops.convert_to_numpy(model(x, training=True))
    np.testing.assert_array_equal(layer.get_states()[0], output[:, -1])


def test_weights_of_the_stream_count_where_errors_do():
    x, y = (part.astype("float32") for part in data(12))
    weights = np.random.default_rng(3).uniform(size=(B, 12)).astype("float32")
    rule = TruncatedBPTT(2, 5)
    windows = list(rule.windows(lambda: [(x, y, weights)]).as_numpy_iterator())
    assert len(windows) == 4
    for n, (xs, ys, ws) in enumerate(windows):
        steps = slice(2 * n, 2 * n + 5)
        np.testing.assert_array_equal(xs, x[:, steps])
        np.testing.assert_array_equal(ys, y[:, steps])
        np.testing.assert_array_equal(ws[:, 3:], weights[:, steps][:, 3:] * (2.5 if n else 1))
        np.testing.assert_array_equal(ws[:, :3], weights[:, steps][:, :3] * (0 if n else 1))


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="k2: expected at least k1 = 5, received 4"):
        TruncatedBPTT(5, 4)
    with pytest.raises(ValueError, match="k1: expected a positive integer"):
        TruncatedBPTT(0, 4)
    x, y = data(5)
    rule = TruncatedBPTT(2, 4)
    for make, message in (
        (lambda **o: [keras.layers.LSTM(J, return_sequences=True)], "expected stateful=True"),
        (lambda **o: [keras.layers.LSTM(J, stateful=True)], "expected return_sequences=True"),
        (lambda **o: [keras.layers.LSTM(J, go_backwards=True, **o)], "expected go_backwards=False"),
        (lambda **o: [keras.layers.Bidirectional(keras.layers.LSTM(J, **o))], "expected go_backwards=False"),
        (lambda **o: [keras.layers.Dense(J)], "expected a stateful recurrent layer, received none"),
    ):
        model = model_of(make, 4)
        with pytest.raises(ValueError, match=message):
            model.fit(rule.windows(stream_of(x, y)), callbacks=[rule], verbose=0)
    with pytest.raises(ValueError, match="stream: expected at least one time step"):
        rule.windows(lambda: [])
    with pytest.raises(ValueError, match="stream: expected pieces"):
        rule.windows(lambda: [(x, y[:, 1:])])
    model = model_of(LAYERS["Jordan, decay"], None)
    rule.set_states([np.zeros((B, 5))])
    with pytest.raises(ValueError, match="states: expected shapes"):
        model.fit(rule.windows(stream_of(x, y)), callbacks=[rule], verbose=0)
