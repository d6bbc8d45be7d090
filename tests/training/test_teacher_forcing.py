"""Teacher forcing against feed-forward nets, free running against the plain layers, and the draws in between."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit.training import ScheduledSampling, exponential_decay, inverse_sigmoid_decay, linear_decay
from tests.double_precision import double_precision  # noqa: F401

B, T, N, J, K = 3, 7, 4, 2, 5

NETS = {
    "Jordan": (rnnkit.Jordan, {}),
    "Jordan, decay": (rnnkit.Jordan, {"decay": 0.6}),
    "output feedback": (rnnkit.OutputFeedback, {}),
    "NARX": (rnnkit.NARX, {"input_delays": 2, "output_delays": 3}),
    "Jordan, hidden": (rnnkit.Jordan, {"return_hidden": True}),
}


def data(batch=B, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(batch, T, N)), rng.normal(size=(batch, T, J))


def pair(name, weights=3, **settings):
    """The plain layer and the forced one with the same weights."""
    kind, own = NETS[name]
    both = {key: settings.pop(key) for key in ("return_state", "stateful") if key in settings}
    plain = kind(K, J, return_sequences=True, **own, **both)
    forced = rnnkit.TeacherForcing(kind.cell_class(K, J, **own), return_sequences=True, **settings, **both)
    plain.build((B, T, N))
    forced.build((B, T, N))
    rng = np.random.default_rng(weights)
    plain.set_weights([rng.normal(scale=0.8, size=w.shape) for w in plain.weights])
    forced.set_weights(plain.get_weights())
    return plain, forced


def arrays(result):
    parts = result if isinstance(result, list | tuple) else [result]
    return [ops.convert_to_numpy(part) for part in parts]


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


@pytest.mark.parametrize("name", NETS)
def test_free_is_the_plain_layer_to_the_last_bit(name):
    """On JAX and PyTorch, where the same sum of a longer row may be rounded otherwise, almost."""
    off = 0 if keras.backend.backend() == "tensorflow" else 1e-6
    u, y = data()
    plain, forced = pair(name, feedback="free", return_state=True)
    for training in (True, False):
        for found, expected in zip(arrays(forced(u, targets=y, training=training)), arrays(plain(u)), strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=off)
    np.testing.assert_allclose(arrays(forced(u))[0], arrays(plain(u))[0], rtol=0, atol=off)


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("name", ["Jordan", "Jordan, decay", "output feedback"])
def test_teacher_is_a_feed_forward_net_of_inputs_and_past_targets(name):
    u, y = data()
    _, forced = pair(name, feedback="teacher")
    v, omega = (ops.convert_to_numpy(m) for m in (forced.cell.inner_cell.v, forced.cell.inner_cell.omega))
    before = np.concatenate([np.zeros((B, 1, J)), y[:, :-1]], axis=1)
    ones = np.ones((B, T, 1))
    if name == "output feedback":  # its hidden layer is fed back too, and stays so
        h, outputs = np.zeros((B, K)), []
        for k in range(T):
            h = sigmoid(np.hstack([ones[:, k], u[:, k], h, before[:, k]]) @ v)
            outputs.append(sigmoid(np.hstack([ones[:, k], u[:, k], h, before[:, k]]) @ omega))
        expected = np.stack(outputs, axis=1)
    else:
        fading = 0.6 ** np.arange(T) if "decay" in name else np.eye(T)[0]
        context = np.stack([sum(fading[i] * before[:, k - i] for i in range(k + 1)) for k in range(T)], axis=1)
        hidden = sigmoid(np.concatenate([ones, u, context], axis=-1) @ v)
        expected = sigmoid(np.concatenate([ones, hidden], axis=-1) @ omega)
    np.testing.assert_allclose(arrays(forced(u, targets=y, training=True))[0], expected, rtol=0, atol=1e-14)


@pytest.mark.usefixtures("double_precision")
def test_teacher_trains_as_a_feed_forward_net():
    u, y = data()
    y = sigmoid(y)
    plain, forced = pair("Jordan", feedback="teacher")
    inputs, targets = keras.Input((T, N)), keras.Input((T, J))
    recurrent = keras.Model([inputs, targets], forced(inputs, targets=targets))
    joined = keras.Input((T, N + J))
    hidden = keras.layers.Dense(K, "sigmoid")
    output = keras.layers.Dense(J, "sigmoid")
    feed_forward = keras.Model(joined, output(hidden(joined)))
    v, omega = (ops.convert_to_numpy(matrix) for matrix in (plain.v, plain.omega))
    hidden.set_weights([v[1:], v[0]])
    output.set_weights([omega[1:], omega[0]])
    before = np.concatenate([np.zeros((B, 1, J)), y[:, :-1]], axis=1)
    for model, x in ((recurrent, [u, y]), (feed_forward, np.concatenate([u, before], axis=-1))):
        model.compile(keras.optimizers.SGD(0.5), "mse")
        model.fit(x, y, batch_size=B, epochs=4, verbose=0, shuffle=False)
    cell = forced.cell.inner_cell
    for part, dense in ((cell.v, hidden), (cell.omega, output)):
        kernel, bias = dense.get_weights()
        np.testing.assert_allclose(ops.convert_to_numpy(part), np.vstack([bias, kernel]), rtol=0, atol=1e-14)
    assert not np.allclose(ops.convert_to_numpy(cell.v), v, atol=1e-4)


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("training", [True, False])
def test_a_warm_up_is_teacher_first_and_then_free(name, training):
    u, y = data()
    w = 3
    plain, forced = pair(name, feedback="free", warm_up=w)
    _, teacher = pair(name, feedback="teacher", return_state=True)
    extra = 2 if "hidden" in name else 1
    known = arrays(teacher(u[:, :w], targets=y[:, :w], training=True))
    forecast = arrays(plain(u[:, w:], initial_state=known[extra:]))[0]
    unknown = np.where(np.arange(T)[:, None] < w, y, 1e6)  # later targets must not be looked at
    found = arrays(forced(u, targets=unknown, training=training))[0]
    np.testing.assert_allclose(found, np.concatenate([known[0], forecast], axis=1), rtol=0, atol=1e-14)


@pytest.mark.parametrize("p", [0.0, 0.25, 0.8, 1.0])
def test_targets_come_with_the_given_probability_for_each_example_and_step(p):
    batch = 4000
    u, y = data(batch)
    y = 10 + y  # out of reach of the net's own outputs
    _, forced = pair("Jordan", feedback=p, weights=1)
    own = rnnkit.TeacherForcing(forced.cell.inner_cell, p, return_sequences=True, unroll=True, seed=5)
    own.build(u.shape)
    seen = []
    original = own.cell.inner_cell.call
    own.cell.inner_cell.call = lambda sequence, states, training=False: (
        seen.append(ops.convert_to_numpy(states[0])) or original(sequence, states, training=training)
    )
    own(u, targets=y, training=True)
    came = np.stack([state[:, 0] > 5 for state in seen[1 - T :]], axis=1)  # (batch, T − 1)
    spread = 4 * np.sqrt(p * (1 - p) / batch)
    assert np.abs(came.mean(axis=0) - p).max() <= spread
    assert abs(came.mean() - p) <= spread / np.sqrt(T - 1)
    both = (came[:, 1:] & came[:, :-1]).mean()
    assert abs(both - p**2) <= 4 * np.sqrt(p**2 * (1 - p**2) / (batch * (T - 2) / 3))


def test_draws_follow_the_seed_and_are_new_at_each_call():
    u, y = data()
    runs = []
    for seed in (5, 5, 6):
        _, forced = pair("Jordan", feedback=0.5, weights=1)
        forced = rnnkit.TeacherForcing(forced.cell.inner_cell, 0.5, return_sequences=True, seed=seed)
        runs.append([arrays(forced(u, targets=y, training=True))[0] for _ in range(2)])
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.allclose(runs[0], runs[2]) and not np.allclose(runs[0][0], runs[0][1])


def test_scheduled_sampling_lowers_the_probability_in_compiled_training():
    u, y = (part.astype("float32") for part in data())
    _, forced = pair("output feedback", feedback=0.3)
    inputs, targets = keras.Input((T, N)), keras.Input((T, J))
    model = keras.Model([inputs, targets], forced(inputs, targets=targets))
    model.compile(keras.optimizers.SGD(0.0), "mse")
    losses = model.fit([u, y], y, epochs=3, callbacks=[ScheduledSampling(lambda i: [1, 0, 1][i])], verbose=0).history
    for i, feedback in enumerate(("teacher", "free", "teacher")):
        _, fixed = pair("output feedback", feedback=feedback)
        expected = np.mean((arrays(fixed(u, targets=y, training=True))[0] - y) ** 2)
        assert losses["loss"][i] == pytest.approx(expected, rel=1e-5)
    assert losses["loss"][0] != pytest.approx(losses["loss"][1], rel=1e-3)
    assert forced.probability == 1.0


def test_schedules_are_bengios():
    assert [linear_decay(0.9, 0.25, 0.1)(i) for i in range(5)] == pytest.approx([0.9, 0.65, 0.4, 0.15, 0.1])
    assert [exponential_decay(0.5)(i) for i in range(4)] == [1, 0.5, 0.25, 0.125]
    assert inverse_sigmoid_decay(7.0)(0) == 7 / 8
    assert inverse_sigmoid_decay(7.0)(14) == pytest.approx(7 / (7 + np.e**2))


def test_masked_steps_leave_the_fed_back_target_alone():
    u, y = (part.astype("float32") for part in data())
    mask = np.ones((B, T), bool)
    mask[:, 3] = False
    _, forced = pair("Jordan, decay", feedback="teacher")
    found = arrays(forced(u, targets=y, mask=mask, training=True))[0]
    kept = [0, 1, 2, 4, 5, 6]
    expected = arrays(forced(u[:, kept], targets=y[:, kept], training=True))[0]
    np.testing.assert_allclose(found[:, kept], expected, rtol=0, atol=1e-6)


def test_it_is_saved_and_loaded(tmp_path):
    u, y = (part.astype("float32") for part in data())
    _, forced = pair("NARX", feedback=0.25, warm_up=2, inference_feedback="free", seed=4)
    inputs, targets = keras.Input((T, N)), keras.Input((T, J))
    model = keras.Model([inputs, targets], forced(inputs, targets=targets))
    model.save(tmp_path / "forced.keras")
    loaded = keras.saving.load_model(tmp_path / "forced.keras")
    np.testing.assert_array_equal(arrays(model([u, y]))[0], arrays(loaded([u, y]))[0])
    layer = loaded.layers[-1]
    assert (layer.probability, layer.warm_up, layer.inference_feedback, layer.seed) == (0.25, 2, "free", 4)


def test_errors():
    cell = rnnkit.JordanCell(K, J)
    for settings, message in (
        (
            {"feedback": "taught"},
            "feedback: expected 'teacher', 'free' or a probability from 0 to 1, received 'taught'",
        ),
        ({"feedback": 1.5}, "feedback: expected .* received 1.5"),
        ({"inference_feedback": -1}, "inference_feedback: expected .* received -1"),
        ({"warm_up": -1}, "warm_up: expected a number of steps, 0 or more, received -1"),
    ):
        with pytest.raises(ValueError, match=message):
            rnnkit.TeacherForcing(cell, **settings)
    with pytest.raises(ValueError, match="feeds its output back .* received ElmanCell"):
        rnnkit.TeacherForcing(rnnkit.ElmanCell(K, J))
    with pytest.raises(ValueError, match="targets: expected shape"):
        rnnkit.TeacherForcing(cell, warm_up=2)(np.ones((B, T, N)))
    with pytest.raises(ValueError, match="expected a TeacherForcing layer, received none"):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.ones((2, 3)), np.ones((2, 1)), callbacks=[ScheduledSampling(exponential_decay(0.9))], verbose=0)
