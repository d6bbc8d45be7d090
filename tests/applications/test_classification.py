"""The sequence classifier: padding changes nothing, states are read at true lengths, a convolution is the MLP."""

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose

import rnnkit
from rnnkit.applications import pad_sequences, sequence_classifier, step_probabilities

N, K, CLASSES = 3, 5, 4
LENGTHS = (6, 2, 9, 4)

LAYERS = {
    "keras LSTM": lambda: keras.layers.LSTM(K, return_sequences=True),
    "peephole": lambda: rnnkit.PeepholeLSTM(K, return_sequences=True),
    "cell": lambda: keras.layers.RNN(keras.layers.GRUCell(K), return_sequences=True),
    "bidirectional": lambda: keras.layers.Bidirectional(keras.layers.LSTM(K, return_sequences=True)),
}


def some_sequences(seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(length, N)).astype("float32") for length in LENGTHS]


@pytest.mark.parametrize("read", ["last", "mean", "each"])
@pytest.mark.parametrize("name", LAYERS)
def test_padding_changes_nothing(name, read):
    model = sequence_classifier(LAYERS[name](), N, CLASSES, read)
    sequences = some_sequences()
    x, known = pad_sequences(sequences, length=12)
    x[~known] = np.nan  # nor does what stands there
    found = ops.convert_to_numpy(model([x, known]))
    for i, sequence in enumerate(sequences):
        alone = ops.convert_to_numpy(model([sequence[None], np.ones((1, len(sequence)), bool)]))[0]
        assert_allclose(found[i][: len(sequence)] if read == "each" else found[i], alone, atol=1e-6)


def test_padding_before_the_sequence_changes_nothing_either():
    model = sequence_classifier(LAYERS["keras LSTM"](), N, CLASSES, "last")
    x, known = pad_sequences(some_sequences())
    left = np.stack([np.roll(row, -length, axis=0) for row, length in zip(x, LENGTHS, strict=True)])
    before = np.stack([np.roll(row, -length) for row, length in zip(known, LENGTHS, strict=True)])
    assert before[1, -2:].all() and not before[1, :-2].any()
    assert_allclose(ops.convert_to_numpy(model([left, before])), ops.convert_to_numpy(model([x, known])), atol=1e-6)


def test_last_state_is_the_state_at_the_true_length():
    lstm = keras.layers.LSTM(K, return_sequences=True)
    model = sequence_classifier(lstm, N, CLASSES)
    sequences = some_sequences()
    V, c = model.get_layer("classes").get_weights()
    found = ops.convert_to_numpy(model(list(pad_sequences(sequences))))
    for i, sequence in enumerate(sequences):
        h = ops.convert_to_numpy(lstm(sequence[None]))[0, LENGTHS[i] - 1]
        a = h @ V + c
        assert_allclose(found[i], np.exp(a) / np.exp(a).sum(), atol=1e-6)


def test_training_does_not_see_padding():
    sequences, y = some_sequences(), np.array([0, 3, 1, 1])
    trained = []
    for length in (9, 14):
        keras.utils.set_random_seed(0)
        model = sequence_classifier(keras.layers.GRU(K, return_sequences=True), N, CLASSES, "mean")
        model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
        model.fit(list(pad_sequences(sequences, length)), y, epochs=2, shuffle=False, verbose=0)
        trained.append(model.get_weights())
    for short, long in zip(*trained, strict=True):
        assert_allclose(short, long, atol=1e-6)


def test_loss_at_each_step_leaves_padding_out():
    model = sequence_classifier(keras.layers.GRU(K, return_sequences=True), N, CLASSES, "each")
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, known = pad_sequences(some_sequences())
    y = np.random.default_rng(1).integers(CLASSES, size=known.shape)
    p = ops.convert_to_numpy(model([x, known]))
    expected = -np.log(np.take_along_axis(p, y[..., None], -1)[..., 0][known]).mean()
    assert_allclose(model.evaluate([x, known], y, verbose=0), expected, rtol=1e-5)


@pytest.mark.parametrize("read", ["last", "mean"])
def test_probabilities_of_each_step_are_those_of_the_sequence_cut_there(read):
    model = sequence_classifier(keras.layers.LSTM(K, return_sequences=True), N, CLASSES, read)
    x, known = pad_sequences(some_sequences())
    by_step = ops.convert_to_numpy(step_probabilities(model)([x, known]))
    for k in range(2):  # the shortest has 2 steps
        cut = ops.convert_to_numpy(model([x[:, : k + 1], known[:, : k + 1]]))
        assert_allclose(by_step[:, k], cut, atol=1e-6)
    assert_allclose(by_step[2, -1], ops.convert_to_numpy(model([x, known]))[2], atol=1e-6)


def test_a_convolution_is_the_sliding_predictor():
    """The feed-forward net: a layer of K tanh units on the last n steps, the window slid over the sequence."""
    n = 4
    convolution = keras.layers.Conv1D(K, n, padding="causal", activation="tanh")
    model = sequence_classifier(convolution, N, CLASSES, "each")
    x, known = pad_sequences(some_sequences())
    (W, b), (V, c) = convolution.get_weights(), model.get_layer("classes").get_weights()
    b[:] = np.linspace(-1, 1, K)
    convolution.set_weights([W, b])
    found = ops.convert_to_numpy(model([x, known]))
    for i, length in enumerate(LENGTHS):
        padded = np.concatenate([np.zeros((n - 1, N), "float32"), x[i]])
        for k in range(length):
            window = padded[k : k + n].ravel()  # the oldest step first
            a = np.tanh(window @ W.reshape(n * N, K) + b) @ V + c
            assert_allclose(found[i, k], np.exp(a) / np.exp(a).sum(), atol=1e-6)


def test_saved_and_loaded(tmp_path):
    model = sequence_classifier(rnnkit.PeepholeLSTM(K, return_sequences=True), N, CLASSES, "mean")
    inputs = list(pad_sequences(some_sequences()))
    model.save(tmp_path / "classifier.keras")
    loaded = keras.models.load_model(tmp_path / "classifier.keras")
    for of in (lambda one: one, step_probabilities):
        again, before = (ops.convert_to_numpy(of(one)(inputs)) for one in (loaded, model))
        assert_allclose(again, before, atol=1e-7)


def lstm(**settings):
    return keras.layers.LSTM(K, **settings)


ERRORS = [
    (lambda: sequence_classifier(lstm(), N, CLASSES), r"layer: expected a Keras layer that gives a state at each step"),
    (lambda: sequence_classifier("lstm", N, CLASSES), r"layer: expected a Keras layer .* received 'lstm'"),
    (lambda: sequence_classifier(keras.layers.GlobalMaxPooling1D(), N, 2), r"layer: expected states of shape"),
    (
        lambda: sequence_classifier(lstm(return_sequences=True), N, 0),
        r"classes: expected a positive integer, received 0",
    ),
    (lambda: sequence_classifier(lstm(return_sequences=True), 2.5, 2), r"features: expected a positive integer"),
    (lambda: sequence_classifier(lstm(return_sequences=True), N, 2, "first"), r"read: expected one of 'last', 'mean'"),
    (lambda: step_probabilities(keras.Sequential()), r"model: expected one that sequence_classifier gave"),
    (lambda: pad_sequences([]), r"sequences: expected one or more, received none"),
    (lambda: pad_sequences([np.ones((2, 3)), np.ones((0, 3))]), r"sequences\[1\]: expected one step or more"),
    (lambda: pad_sequences([np.ones((2, 3)), np.ones((2, 4))]), r"sequences\[1\]: .* 3 numbers each, .*\(2, 4\)"),
    (lambda: pad_sequences([[[np.inf]]]), r"sequences\[0\]: expected finite numbers"),
    (lambda: pad_sequences([np.ones((3, 1))], length=2), r"length: expected at least 3"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
