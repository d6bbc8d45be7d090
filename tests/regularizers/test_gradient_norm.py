"""Ω against a slow evaluation of its definition in NumPy, and its gradient against finite differences in float64."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit import GradientNormRegularizer
from rnnkit.dynamics import readout, trajectory

B, T, N = 3, 5, 2

LAYERS = {
    "simple rnn": lambda **k: keras.layers.SimpleRNN(4, **k),
    "gru": lambda **k: keras.layers.GRU(4, use_cudnn=False, **k),
    "lstm": lambda **k: keras.layers.LSTM(4, use_cudnn=False, **k),
    "elman": lambda **k: rnnkit.Elman(4, 3, **k),
    "jordan": lambda **k: rnnkit.Jordan(4, 3, decay=0.3, **k),
    "peephole lstm": lambda **k: rnnkit.PeepholeLSTM(4, peephole_initializer="random_normal", **k),
    "stacked": lambda **k: keras.layers.RNN([keras.layers.LSTMCell(4), rnnkit.ElmanCell(2, 3)], **k),
}


@pytest.fixture(autouse=True)
def double_precision():
    set_precision("float64")
    yield
    set_precision("float32")


def set_precision(dtype):
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def make(name, seed=0, **kwargs):
    keras.utils.set_random_seed(seed)
    kwargs.setdefault("return_sequences", True)
    layer = LAYERS[name](name="watched", **kwargs)
    model = keras.Sequential([keras.Input((None, N)), layer, keras.layers.Dense(2, "tanh")])
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape) * 0.7 for w in model.get_weights()])
    model.compile("sgd", "mse")
    return model


@pytest.fixture
def batch():
    rng = np.random.default_rng(1)
    return rng.normal(size=(B, T, N)), rng.normal(size=(B, T, 2))


def omega_by_definition(model, x, y, i, per_sequence):
    """Ω of example i by the definition, every derivative by central differences of plain forward passes.

    The states that differ by a nudge pass through the cell as the rows of one batch.
    """
    layer, dense = model.get_layer("watched"), model.layers[-1]
    cell = layer.cell
    x, y = x[i], y[i]
    if layer.go_backwards:
        x = x[::-1]
    sizes = [s.shape[-1] for s in trajectory(cell, x[None])]

    def split(rows):
        return np.split(rows, np.cumsum(sizes)[:-1], axis=1)

    def step(rows, t):
        states = keras.tree.pack_sequence_as(cell.get_initial_state(batch_size=len(rows)), split(rows))
        new = keras.tree.flatten(cell(np.repeat(x[t : t + 1], len(rows), axis=0), states)[1])
        return np.concatenate([ops.convert_to_numpy(part) for part in new], axis=1)

    def output(rows):
        return ops.convert_to_numpy(dense(readout(cell, split(rows))))

    def loss_from(rows, t):
        """The loss of the steps t and later, as a function of the state after step t."""
        total = 0.0
        for later in range(t, len(x)):
            if later > t:
                rows = step(rows, later)
            if per_sequence or later == len(x) - 1:
                total = total + np.mean((output(rows) - (y[later] if per_sequence else y)) ** 2, axis=1)
        return total

    def gradient(function, at, h=1e-5):
        nudges = np.eye(at.shape[1]) * h
        return (function(at + nudges) - function(at - nudges)) / (2 * h)

    states = [np.zeros((1, sum(sizes)))]
    for t in range(len(x)):
        states.append(step(states[-1], t))
    total = 0.0
    for t in range(len(x)):
        v = gradient(lambda rows, t=t: loss_from(rows, t), states[t + 1])
        jacobian = gradient(lambda rows, t=t: step(rows, t), states[t])  # row j: derivative with respect to entry j
        total += (np.linalg.norm(jacobian @ v) / np.linalg.norm(v) - 1) ** 2
    return total


@pytest.mark.parametrize("name", LAYERS)
def test_value_equals_the_definition(name, batch):
    x, y = batch
    model = make(name)
    omega = GradientNormRegularizer().attach(model)
    expected = np.mean([omega_by_definition(model, x, y, i, per_sequence=True) for i in range(B)])
    np.testing.assert_allclose(float(ops.convert_to_numpy(omega(x, y))), expected, rtol=1e-5)


def test_value_with_one_output_at_the_end_and_backwards(batch):
    x, y = batch
    model = make("simple rnn", return_sequences=False, go_backwards=True)
    omega = GradientNormRegularizer().attach(model)
    expected = np.mean([omega_by_definition(model, x, y[:, 0], i, per_sequence=False) for i in range(B)])
    np.testing.assert_allclose(float(ops.convert_to_numpy(omega(x, y[:, 0]))), expected, rtol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_gradient_equals_finite_differences(name, batch):
    """One step of SGD with rate 1 on loss + λΩ moves each weight by minus its gradient."""
    x, y = batch
    model = make(name)
    omega = GradientNormRegularizer(strength=0.5).attach(model)
    model.compile(keras.optimizers.SGD(1.0), "mse")
    weights = model.get_weights()

    def total(flat):
        model.set_weights(unflatten(flat))
        loss = model.compute_loss(x, y, model(x), None, training=False)
        return float(ops.convert_to_numpy(loss)) + 0.5 * float(ops.convert_to_numpy(omega(x, y)))

    def unflatten(flat):
        parts = np.split(flat, np.cumsum([w.size for w in weights])[:-1])
        return [part.reshape(w.shape) for part, w in zip(parts, weights, strict=True)]

    flat = np.concatenate([w.ravel() for w in weights])
    reported = float(model.train_on_batch(x, y))
    moved = np.concatenate([w.ravel() for w in model.get_weights()]) - flat
    np.testing.assert_allclose(reported, total(flat), rtol=1e-9)
    rng = np.random.default_rng(2)
    for _ in range(4):
        direction = rng.normal(size=flat.size)
        h = 1e-6
        slope = (total(flat + h * direction) - total(flat - h * direction)) / (2 * h)
        np.testing.assert_allclose(-moved @ direction, slope, rtol=1e-5, atol=1e-7)


def test_products_equal_what_full_backpropagation_leaves(batch):
    """∂L/∂x(k−1) = v_k ∂x(k)/∂x(k−1) where no output of step k−1 enters the loss: norms of consecutive steps."""
    x, y = batch
    model = make("simple rnn", return_sequences=False)
    omega = GradientNormRegularizer().attach(model)
    norms = omega.norms(x, y[:, 0])["watched"]
    from_norms = np.mean(np.sum((norms[:, :-1] / norms[:, 1:] - 1) ** 2, axis=1))
    short = float(ops.convert_to_numpy(omega(x, y[:, 0])))
    assert from_norms < short  # the definition has one term more, the step from the initial state
    np.testing.assert_allclose(from_norms, short - _first_term(model, x, y[:, 0]), rtol=1e-9)


def _first_term(model, x, y):
    cell, dense = model.get_layer("watched").cell, model.layers[-1]
    terms = []
    for i in range(B):
        w, u = (ops.convert_to_numpy(p) for p in (cell.recurrent_kernel, cell.kernel))
        b, d, e = (ops.convert_to_numpy(p) for p in (cell.bias, dense.kernel, dense.bias))
        h, hs = np.zeros(4), []
        for value in x[i]:
            h = np.tanh(value @ u + h @ w + b)
            hs.append(h)
        out = np.tanh(h @ d + e)
        v = d @ ((out - y[i]) * (1 - out**2))
        for h in hs[:0:-1]:
            v = w @ (v * (1 - h**2))
        terms.append((np.linalg.norm(w @ (v * (1 - hs[0] ** 2))) / np.linalg.norm(v) - 1) ** 2)
    return np.mean(terms)


def test_orthogonal_linear_net_has_none(batch):
    """A linear net whose recurrent matrix is orthogonal keeps every vector's length: Ω = 0."""
    x, y = batch
    layer = keras.layers.SimpleRNN(4, "linear", recurrent_initializer="orthogonal")
    model = keras.Sequential([keras.Input((T, N)), layer, keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    omega = GradientNormRegularizer().attach(model)
    assert float(ops.convert_to_numpy(omega(x, y[:, 0]))) < 1e-20
    kernel, recurrent, bias = layer.get_weights()
    layer.set_weights([kernel, 0.5 * recurrent, bias])
    np.testing.assert_allclose(float(ops.convert_to_numpy(omega(x, y[:, 0]))), T * 0.25, rtol=1e-9)


def test_vanished_gradients_still_count():
    """Over 400 steps with factor 0.1 the norm leaves double precision; the ratios stay 0.1 as long as it is not 0."""
    layer = keras.layers.SimpleRNN(4, "linear", use_bias=False)
    model = keras.Sequential([keras.Input((None, N)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    kernel, recurrent = layer.get_weights()
    layer.set_weights([kernel, 0.1 * recurrent])
    omega = GradientNormRegularizer().attach(model)
    x, y = np.random.default_rng(0).normal(size=(B, 250, N)), np.ones((B, 1))
    np.testing.assert_allclose(float(ops.convert_to_numpy(omega(x, y))), 250 * 0.81, rtol=1e-6)
    long = np.random.default_rng(0).normal(size=(B, 400, N))
    assert np.isfinite(float(ops.convert_to_numpy(omega(long, y))))
    model.train_on_batch(long, y)
    assert all(np.isfinite(w).all() for w in model.get_weights())


@pytest.mark.parametrize("zero", [False, True])
def test_masked_steps_do_not_count(zero, batch):
    x, y = batch
    layer = keras.layers.SimpleRNN(4, zero_output_for_mask=zero)
    masked = keras.Sequential([keras.Input((None, N)), keras.layers.Masking(), layer, keras.layers.Dense(2)])
    plain = keras.Sequential([keras.Input((None, N)), keras.layers.SimpleRNN(4), keras.layers.Dense(2)])
    for model in (masked, plain):
        model.compile("sgd", "mse")
    plain.set_weights(masked.get_weights())
    padded = np.zeros((B, T + 3, N))
    padded[:, [1, 2, 4, 5, 7]] = x
    on_masked, on_plain = GradientNormRegularizer().attach(masked), GradientNormRegularizer().attach(plain)
    expected = float(ops.convert_to_numpy(on_plain(x, y[:, 0])))
    np.testing.assert_allclose(float(ops.convert_to_numpy(on_masked(padded, y[:, 0]))), expected, rtol=1e-9)
    norms = on_masked.norms(padded, y[:, 0])[layer.name]
    assert not norms[:, [0, 3, 6]].any()


def test_masked_sequences_give_the_loss_that_the_layer_gives(batch):
    """The loop that keeps all states treats masked outputs as Keras's loop does."""
    x, _ = batch
    for zero in (False, True):
        layer = rnnkit.Elman(4, 3, return_sequences=True, zero_output_for_mask=zero)
        model = keras.Sequential([keras.Input((None, N)), keras.layers.Masking(), layer])
        model.compile("sgd", "mse")
        padded = np.zeros((B, T + 3, N))
        padded[:, [1, 2, 4, 5, 7]] = x
        y = np.random.default_rng(3).normal(size=(B, T + 3, 3))
        plain = float(ops.convert_to_numpy(model.compute_loss(padded, y, model(padded), None, training=False)))
        omega = GradientNormRegularizer(strength=0.0).attach(model)
        tapped = float(ops.convert_to_numpy(omega._loss_and_omega(padded, y, None)[0]))
        np.testing.assert_allclose(tapped, plain, rtol=1e-10)


def test_bidirectional_and_several_inputs(batch):
    """Both directions are seen, and the loss is the one that the model has without Ω."""
    x, y = batch
    first, second = keras.Input((T, N)), keras.Input((3,))
    both = keras.layers.Bidirectional(rnnkit.Elman(4, 3, return_sequences=True, name="elman"))(first)
    side = keras.layers.RepeatVector(T)(keras.layers.Dense(2)(second))
    outputs = keras.layers.Dense(2)(keras.layers.Concatenate()([both, side]))
    model = keras.Model([first, second], outputs)
    model.compile("sgd", "mse")
    inputs = [x, np.random.default_rng(4).normal(size=(B, 3))]
    plain = float(ops.convert_to_numpy(model.compute_loss(inputs, y, model(inputs), None, training=False)))
    omega = GradientNormRegularizer().attach(model)
    tapped, value = omega._loss_and_omega(inputs, y, None)
    np.testing.assert_allclose(float(ops.convert_to_numpy(tapped)), plain, rtol=1e-10)
    norms = omega.norms(inputs, y)
    assert sorted(norms) == ["backward_elman", "forward_elman"]
    assert norms["backward_elman"].shape == (B, T) and float(ops.convert_to_numpy(value)) > 0
    weights = np.repeat([[1.0], [0.0], [2.0]], T, axis=1)
    weighted = model.compute_loss(inputs, y, model(inputs), weights, training=False)
    tapped = omega._loss_and_omega(inputs, y, weights)[0]
    np.testing.assert_allclose(*(float(ops.convert_to_numpy(part)) for part in (tapped, weighted)), rtol=1e-10)
    model.fit(inputs, y, batch_size=B, verbose=0)


def test_in_fit_by_one_line_and_off_again(batch):
    x, y = batch
    histories = []
    for strength in (0.0, 2.0, None):
        model = make("elman")
        if strength is not None:
            omega = GradientNormRegularizer(strength).attach(model)
        if strength == 2.0:
            value = float(ops.convert_to_numpy(omega(x, y)))
            evaluated = model.evaluate(x, y, verbose=0)
        histories.append(model.fit(x, y, batch_size=B, epochs=2, verbose=0).history["loss"])
    np.testing.assert_allclose(histories[0], histories[2], rtol=1e-12)
    np.testing.assert_allclose(histories[1][0], histories[2][0] + 2.0 * value, rtol=1e-9)
    np.testing.assert_allclose(evaluated, histories[2][0], rtol=1e-9)
    model = make("elman")
    omega = GradientNormRegularizer(2.0).attach(model)
    model.fit(x, y, batch_size=B, verbose=0)
    model.set_weights(make("elman").get_weights())
    omega.detach()
    np.testing.assert_allclose(model.fit(x, y, batch_size=B, verbose=0).history["loss"][0], histories[2][0], rtol=1e-9)


def test_after_predicting_on_another_batch_size(batch):
    x, y = batch
    model = make("elman")
    omega = GradientNormRegularizer().attach(model)
    first = float(ops.convert_to_numpy(omega(x, y)))
    model.predict(x[:2], verbose=0)
    assert float(ops.convert_to_numpy(omega(x, y))) == pytest.approx(first)
    assert omega.norms(x[:1], y[:1])["watched"].shape == (1, T)


def test_two_layers_and_a_choice_of_one(batch):
    x, y = batch
    model = keras.Sequential(
        [
            keras.Input((T, N)),
            keras.layers.SimpleRNN(4, return_sequences=True, name="lower"),
            rnnkit.Elman(3, 2, return_sequences=True, name="upper"),
        ]
    )
    model.compile("sgd", "mse")
    values = {}
    for chosen in (["lower"], ["upper"], None):
        omega = GradientNormRegularizer(layers=chosen).attach(model)
        values[str(chosen)] = float(ops.convert_to_numpy(omega(x, y)))
        omega.detach()
    assert values["None"] == pytest.approx(values["['lower']"] + values["['upper']"])


@pytest.mark.long  # value and gradient are held exactly above; this is what they are for
def test_helps_where_the_gradient_vanishes():
    """Recall the first of 30 bits from small recurrent weights: three starts, with Ω and without."""
    set_precision("float32")

    def trained(strength, seed):
        keras.utils.set_random_seed(seed)
        small = keras.initializers.Orthogonal(gain=0.6)
        layer = rnnkit.Elman(12, 1, activation="tanh", recurrent_initializer=small, name="elman")
        model = keras.Sequential([keras.Input((30, 1)), layer])
        model.compile(keras.optimizers.Adam(0.005, global_clipnorm=1.0), "binary_crossentropy", metrics=["accuracy"])
        GradientNormRegularizer(strength).attach(model)
        rng = np.random.default_rng(seed)
        for _ in range(120):
            x = rng.integers(0, 2, (32, 30, 1)).astype("float32")
            model.train_on_batch(2 * x - 1, x[:, 0])
        x = rng.integers(0, 2, (400, 30, 1)).astype("float32")
        return float(model.evaluate(2 * x - 1, x[:, 0], verbose=0, return_dict=True)["accuracy"])

    with_omega = [trained(0.1, seed) for seed in range(3)]
    without = [trained(0.0, seed) for seed in range(3)]
    assert min(with_omega) > max(without) + 0.2, (with_omega, without)


def test_layers_that_hide_their_states_are_refused():
    def model_with(layer):
        model = keras.Sequential([keras.Input((T, N), batch_size=B), layer])
        model.compile("sgd", "mse")
        return model

    cases = [
        (keras.layers.LSTM(4), r"layer 'lstm.*': expected use_cudnn=False.*fused kernel.*LSTM\(..., use_cudnn=False\)"),
        (keras.layers.GRU(4), "expected use_cudnn=False, received 'auto'"),
        (rnnkit.Elman(4, 1, stateful=True), "expected stateful=False"),
        (rnnkit.Elman(4, 1, dropout=0.1), "expected dropout=0, received 0.1.*keras.layers.Dropout"),
        (rnnkit.Elman(4, 1, recurrent_dropout=0.1), "expected recurrent_dropout=0"),
        (keras.layers.LSTM(4, use_cudnn=False, recurrent_dropout=0.1), "expected recurrent_dropout=0"),
        (keras.layers.Dense(1), "expected at least one recurrent layer, received none"),
    ]
    for layer, message in cases:
        with pytest.raises(ValueError, match=message):
            GradientNormRegularizer().attach(model_with(layer))


def test_bad_arguments_are_named(batch):
    for value in (-1.0, "strong", float("nan"), True):
        with pytest.raises(ValueError, match="strength: expected a number of at least 0 or a schedule, received"):
            GradientNormRegularizer(value)
    with pytest.raises(ValueError, match=r"layers: expected names out of \['watched'\], received 'other'"):
        GradientNormRegularizer(layers=["other"]).attach(make("elman"))
    with pytest.raises(ValueError, match="not attached to a model"):
        GradientNormRegularizer()(*batch)
    omega = GradientNormRegularizer().attach(make("elman"))
    with pytest.raises(ValueError, match="already attached"):
        omega.attach(make("elman"))


def test_xla_is_refused_where_it_fails(batch):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow's loops cannot be compiled twice differentiated")
    x, y = batch

    class OwnCell(rnnkit.layers.ElmanCell):
        pass

    own = keras.layers.RNN(OwnCell(4, y.shape[-1]), return_sequences=True)
    model = keras.Sequential([keras.Input(x.shape[1:]), own])
    model.compile("sgd", "mse", jit_compile=True)
    with pytest.warns(UserWarning, match="jit_compile is switched off"):
        GradientNormRegularizer().attach(model)
    model.train_on_batch(x, y)
    model.compile("sgd", "mse", jit_compile=True)
    with pytest.raises(ValueError, match="jit_compile: expected False in compile, received True"):
        model.train_on_batch(x, y)
