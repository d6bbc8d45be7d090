"""RTRL against TensorFlow's backpropagation, finite differences of plain loops, and plain loops of each update rule."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit.training import RTRLTrainer, sensitivities
from rnnkit.training._forward import ACTIVATIONS
from tests.oracles import recurrent as oracle

B, T, N, K, J = 3, 6, 4, 5, 2
NETS = {
    "elman": lambda **options: rnnkit.Elman(K, J, **options),
    "jordan": lambda **options: rnnkit.Jordan(K, J, **options),
    "jordan with decay": lambda **options: rnnkit.Jordan(K, J, decay=0.6, **options),
    "output feedback": lambda **options: rnnkit.OutputFeedback(K, J, **options),
}


def random_net(kind, seed=0, dtype="float64", scale=0.7, **options):
    """A net with random weights in all places, random data and a random state before the first step."""
    rng = np.random.default_rng(seed)
    layer = NETS[kind](return_sequences=True, dtype=dtype, **options)
    layer.build((None, None, N))
    layer.set_weights([rng.normal(size=weight.shape) * scale for weight in layer.get_weights()])
    x, y = rng.normal(size=(B, T, N)), rng.uniform(0.1, 0.9, size=(B, T, J))
    state = [rng.normal(size=(B, size)) for size in np.atleast_1d(layer.cell.state_size)]
    return layer, x, y, state


def backpropagated(layer, x, y, state, loss):
    """TensorFlow's gradient of the loss through the layer itself."""
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the peer is TensorFlow")
    with tf.GradientTape() as tape:
        outputs = layer(ops.convert_to_tensor(x), initial_state=[ops.convert_to_tensor(part) for part in state])
        value = loss(ops.convert_to_tensor(y), outputs if np.ndim(y) == 3 else outputs[:, -1])
    weights = layer.trainable_weights
    gradients = tape.gradient(value, [weight.value for weight in weights], unconnected_gradients="zero")
    return float(value), [gradient.numpy() for gradient in gradients]


def assert_same_gradients(layer, x, y, state, loss="mse", peer=keras.losses.MeanSquaredError):
    value, gradients = RTRLTrainer(layer, loss).gradients(x, y, state)
    expected_value, expected = backpropagated(layer, x, y, state, peer(dtype="float64"))
    assert value == pytest.approx(expected_value, rel=1e-12)
    assert len(gradients) == len(expected) > 0
    for weight, ours, theirs in zip(layer.trainable_weights, gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10 * np.abs(theirs).max(), err_msg=weight.name)


@pytest.mark.parametrize("activations", [("sigmoid", "sigmoid"), ("tanh", "linear"), ("softplus", "tanh")])
@pytest.mark.parametrize("kind", NETS)
def test_gradient_is_that_of_backpropagation_through_time(kind, activations):
    assert_same_gradients(*random_net(kind, activation=activations[0], output_activation=activations[1]))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation(name):
    assert_same_gradients(*random_net("output feedback", scale=0.2, activation=name, output_activation="sigmoid"))
    layer, x, y, state = random_net("jordan", scale=0.2, activation="tanh", output_activation=name)
    assert_same_gradients(layer, x, y, state)
    np.testing.assert_allclose(sensitivities(layer, x, state)[0], layer(x, initial_state=state), rtol=1e-12)


@pytest.mark.parametrize(
    ("loss", "peer"),
    [("mae", keras.losses.MeanAbsoluteError), ("binary_crossentropy", keras.losses.BinaryCrossentropy)],
)
def test_every_loss(loss, peer):
    assert_same_gradients(*random_net("elman"), loss, peer)


@pytest.mark.parametrize("kind", NETS)
def test_targets_of_the_last_step_alone_frozen_weights_and_no_bias(kind):
    layer, x, y, state = random_net(kind, use_bias=False)
    layer.cell.recurrent_kernel.trainable = False
    assert_same_gradients(layer, x, y[:, -1], state)


@pytest.mark.parametrize("kind", ["elman", "output feedback"])
def test_each_sensitivity_by_finite_differences_of_plain_loops(kind):
    layer, x, _, state = random_net(kind, activation="tanh", output_activation="sigmoid")
    run = {"elman": oracle.elman, "output feedback": oracle.output_feedback}[kind]
    start = [part[0] for part in state]

    def outputs():
        matrices = ops.convert_to_numpy(layer.v), ops.convert_to_numpy(layer.omega)
        return run(x[0], *matrices, np.tanh, oracle.sigmoid, *start)[0]

    values, by_weight = sensitivities(layer, x, state)
    np.testing.assert_allclose(values[0], outputs(), rtol=1e-12)
    rng, nudge = np.random.default_rng(1), 1e-5
    for weight, found in zip(layer.trainable_weights, by_weight, strict=True):
        entry = tuple(rng.integers(size) for size in weight.shape)
        value, change = ops.convert_to_numpy(weight).copy(), np.zeros(weight.shape)
        change[entry] = nudge
        weight.assign(value + change)
        above = outputs()
        weight.assign(value - change)
        expected = (above - outputs()) / (2 * nudge)
        weight.assign(value)
        assert np.abs(expected[1:]).max() > 1e-4
        np.testing.assert_allclose(found[(0, ..., *entry)], expected, atol=1e-9, err_msg=weight.name)


def descend(layer, x, y, state, groups, rate):
    """Plain gradient descent with TensorFlow's gradients, one step for each group of sequences. The losses."""
    losses = []
    for group in groups:
        loss, gradients = backpropagated(
            layer, x[group], y[group], [part[group] for part in state], keras.losses.MeanSquaredError(dtype="float64")
        )
        losses.append(loss)
        for weight, gradient in zip(layer.trainable_weights, gradients, strict=True):
            weight.assign_sub(rate * gradient)
    return losses


@pytest.mark.parametrize(
    ("arguments", "groups"),
    [
        ({"update": "batch"}, [[0, 1, 2]]),
        ({"update": "batch", "batch_size": 2}, [[0, 1], [2]]),
        ({"update": "pattern"}, [[0], [1], [2]]),
    ],
)
@pytest.mark.parametrize("rate", [0.3, "Keras's"])
def test_batch_and_pattern_update_after_m_and_after_one_full_sequence(arguments, groups, rate):
    layer, x, y, state = random_net("output feedback")
    layer.cell.kernel.trainable = False
    before = layer.get_weights()
    losses = descend(layer, x, y, state, groups * 2, 0.3)
    expected = layer.get_weights()
    layer.set_weights(before)
    optimizer = keras.optimizers.SGD(0.3) if rate == "Keras's" else rate
    history = RTRLTrainer(layer, "mse", optimizer, **arguments).fit(x, y, epochs=2, initial_state=state)
    for ours, theirs in zip(layer.get_weights(), expected, strict=True):
        # Keras keeps its learning rate in single precision.
        np.testing.assert_allclose(ours, theirs, rtol=1e-6 if rate == "Keras's" else 1e-10)
    sizes = [len(group) for group in groups]
    means = [np.average(losses[: len(groups)], weights=sizes), np.average(losses[len(groups) :], weights=sizes)]
    np.testing.assert_allclose(history, means, rtol=1e-6 if rate == "Keras's" else 1e-10)


def online_loop(v, omega, x, target, rate):
    """The lecture's algorithm for an Elman net with sigmoid units, index by index, a weight at a time. The errors."""
    weights = [("v", p, q) for p in range(v.shape[1]) for q in range(v.shape[0])]
    weights += [("omega", p, q) for p in range(omega.shape[1]) for q in range(omega.shape[0])]
    h = np.zeros(v.shape[1])
    h_by = {w: np.zeros(v.shape[1]) for w in weights}
    errors = []
    for n in range(len(x)):
        u = np.array([1.0, *x[n], *h])
        h = oracle.sigmoid(u @ v)
        r = np.array([1.0, *h])
        y = oracle.sigmoid(r @ omega)
        step = {}
        for w in weights:
            matrix, p, q = w
            h_by[w] = np.array(
                [
                    h[i]
                    * (1 - h[i])
                    * (
                        sum(v[1 + len(x[n]) + j, i] * h_by[w][j] for j in range(len(h)))
                        + (u[q] if matrix == "v" and i == p else 0.0)
                    )
                    for i in range(len(h))
                ]
            )
            step[w] = sum(
                2
                * (y[i] - target[n, i])
                / len(y)
                * y[i]
                * (1 - y[i])
                * (
                    sum(omega[1 + j, i] * h_by[w][j] for j in range(len(h)))
                    + (r[q] if matrix == "omega" and i == p else 0.0)
                )
                for i in range(len(y))
            )
        for (matrix, p, q), gradient in step.items():
            {"v": v, "omega": omega}[matrix][q, p] -= rate * gradient
        errors.append(np.mean((y - target[n]) ** 2))
    return np.mean(errors)


@pytest.mark.parametrize("rate", [0.4, "Keras's"])
def test_online_updates_at_each_step_and_carries_the_sensitivities_on(rate):
    layer, x, y, _ = random_net("elman")
    v, omega = (ops.convert_to_numpy(matrix).copy() for matrix in (layer.v, layer.omega))
    expected = [np.mean([online_loop(v, omega, x[b], y[b], 0.4) for b in range(B)]) for _ in range(2)]
    optimizer = keras.optimizers.SGD(0.4) if rate == "Keras's" else rate
    history = RTRLTrainer(layer, "mse", optimizer, "online").fit(x, y, epochs=2)
    tolerance = 1e-6 if rate == "Keras's" else 1e-10
    np.testing.assert_allclose(history, expected, rtol=tolerance)
    np.testing.assert_allclose(layer.v, v, rtol=tolerance)
    np.testing.assert_allclose(layer.omega, omega, rtol=tolerance)


def test_online_with_a_target_at_the_last_step_alone_is_pattern_update():
    found = []
    for update in ("online", "pattern"):
        layer, x, y, state = random_net("jordan with decay")
        found.append([RTRLTrainer(layer, update=update).fit(x, y[:, -1], 3, state), *layer.get_weights()])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_irprop_plus_is_told_the_loss():
    layer, x, y, state = random_net("elman")
    trainer = RTRLTrainer(layer, "mse", rnnkit.Rprop(0.1, variant="irprop+"))
    losses = trainer.fit(x, y, 20, state)
    assert losses[-1] < 0.3 * losses[0]


def test_a_layer_in_single_precision_learns_in_double():
    found = []
    for dtype in ("float32", "float64"):
        layer, x, y, _ = random_net("elman", dtype=dtype)
        layer.set_weights([np.float32(weight) for weight in layer.get_weights()])
        history = RTRLTrainer(layer.cell, optimizer=0.01, update="online").fit(x, y, 1)
        found.append([*history, *layer.get_weights()])
    assert found[0][0] == found[1][0]
    for a, b in zip(found[0][1:], found[1][1:], strict=True):
        np.testing.assert_array_equal(a, np.float32(b))


def built(layer):
    layer.build((None, None, N))
    return layer


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (rnnkit.Elman(K, J), "layer: expected one that has weights, received one not yet built"),
        (keras.layers.GRU(K), "layer: expected an Elman, Jordan or OutputFeedback layer or cell, received GRU"),
        (built(rnnkit.Elman(K, J, dropout=0.5)), "dropout: expected 0.0, received 0.5"),
        (built(rnnkit.Elman(K, J, go_backwards=True)), "go_backwards: expected False, received True: reverse the seq"),
        (built(rnnkit.Elman(K, J, kernel_regularizer="l2")), "kernel_regularizer: expected None, received"),
        (
            built(rnnkit.Elman(K, J, output_activation="softmax")),
            "output_activation: .* softplus, .*, received softmax",
        ),
    ],
)
def test_layers_it_cannot_train_are_refused(layer, message):
    with pytest.raises(ValueError, match=message):
        RTRLTrainer(layer)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "hinge"}, "loss: expected one of 'mse', 'mae', 'binary_crossentropy', received 'hinge'"),
        ({"update": "epoch"}, "update: expected one of 'batch', 'pattern', 'online', received 'epoch'"),
        ({"update": "online", "batch_size": 2}, "batch_size: expected None with update='online', received 2"),
        ({"batch_size": 0}, "batch_size: expected a positive integer, received 0"),
        ({"optimizer": -0.1}, "optimizer: expected a positive learning rate, received -0.1"),
        (
            {"optimizer": "plain"},
            "optimizer: expected a learning rate, a Keras optimizer or its name, received 'plain'",
        ),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        RTRLTrainer(random_net("elman")[0], **arguments)


def test_bad_shapes_are_named():
    layer, x, y, state = random_net("jordan with decay")
    trainer = RTRLTrainer(layer)
    for arguments, message in (
        ((x[0], y), r"x: expected shape \(batch, time, 4\), none of them 0, received \(6, 4\)"),
        ((x[:, :0], y[:, :0]), r"x: expected shape .* received \(3, 0, 4\)"),
        ((x, y[:, 1:]), r"y: expected shape \(3, 6, 2\), or \(3, 2\) for the last step, received \(3, 5, 2\)"),
        ((x, y, state[0]), r"initial_state: expected shapes \[\(3, 2\), \(3, 2\)\], received \[\(3, 2\)\]"),
    ):
        with pytest.raises(ValueError, match=message):
            trainer.gradients(*arguments)
