"""EKF training against Bayesian linear regression, the textbook's formulas, and plain gradient descent."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit.datasets.xor import temporal_xor
from rnnkit.training import EKFTrainer, RTRLTrainer
from tests.oracles import recurrent as oracle

B, T, N, K, J = 3, 40, 4, 5, 2


def random_layer(make=rnnkit.Elman, units=K, outputs=J, features=N, seed=0, **options):
    layer = make(units, outputs, return_sequences=True, dtype="float64", **options)
    layer.build((None, None, features))
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=weight.shape) * 0.6 for weight in layer.get_weights()])
    return layer


def linear_readout(outputs=J):
    """A net of which only the output layer, a linear one, is trained: linear regression on the hidden units."""
    layer = random_layer(outputs=outputs, activation="tanh", output_activation="linear", return_hidden=True)
    for weight in (layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias):
        weight.trainable = False
    return layer


@pytest.mark.parametrize("decoupled", [False, True])
def test_a_linear_net_gets_the_posterior_of_bayesian_linear_regression(decoupled):
    layer, p0, r = linear_readout(), 3.0, 0.4
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(B, T, N)), rng.normal(size=(B, T, J))
    features = np.concatenate([np.ones((B * T, 1)), np.reshape(layer(x)[1], (-1, K))], axis=1)
    prior = ops.convert_to_numpy(layer.omega).copy()
    frozen = ops.convert_to_numpy(layer.v).copy()
    trainer = EKFTrainer(layer, decoupled, p0, r, q=0.0)
    trainer.fit(x[:, :15], y[:, :15])
    state = ops.convert_to_numpy(layer(x[:, :15])[1])[:, -1]
    trainer.fit(x[:, 15:], y[:, 15:], initial_state=state)  # P stays from one call to the next

    covariance = np.linalg.inv(np.eye(1 + K) / p0 + features.T @ features / r)
    mean = covariance @ (prior / p0 + features.T @ y.reshape(-1, J) / r)
    np.testing.assert_allclose(layer.omega, mean, rtol=1e-10)
    np.testing.assert_array_equal(layer.v, frozen)
    if decoupled:
        assert len(trainer.covariances) == J
        for block in trainer.covariances:
            np.testing.assert_allclose(block, covariance, rtol=1e-9, atol=1e-12)
    else:
        # A weight's place among all trained ones: unit after unit.
        np.testing.assert_allclose(trainer.covariances[0], np.kron(np.eye(J), covariance), rtol=1e-9, atol=1e-12)


def test_decoupled_is_global_where_there_is_one_group():
    found = []
    for decoupled in (False, True):
        layer = linear_readout(outputs=1)
        layer.cell.output_activation = keras.activations.sigmoid
        rng = np.random.default_rng(1)
        trainer = EKFTrainer(layer, decoupled, r=(5.0, 0.5))
        history = trainer.fit(rng.normal(size=(1, T, N)), rng.random(size=(1, T, 1)), epochs=2)
        found.append([history, *layer.get_weights(), *trainer.covariances])
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


def textbook(w, groups, jacobian, outputs, y, p0, noises, q):
    """(1)-(5) as they stand, with matrices over all weights at once for what is kept of P."""
    kept = np.zeros((len(w), len(w)))
    for group in groups:
        kept[np.ix_(group, group)] = 1.0
    p = p0 * np.eye(len(w))
    for r in noises:
        h = jacobian(w)
        gain = p @ h.T @ np.linalg.inv(r * np.eye(len(h)) + h @ p @ h.T)
        w, p = w + gain @ (y - outputs(w)), (p - gain @ h @ p) * kept + q * np.eye(len(w))
    return w, p


@pytest.mark.parametrize("decoupled", [False, True])
def test_equals_the_textbooks_formulas_with_derivatives_by_finite_differences(decoupled):
    layer = random_layer(rnnkit.OutputFeedback, activation="tanh")
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 1, N)), rng.random((2, J))
    state = [rng.normal(size=(2, size)) for size in (J, K)]
    v, omega = (ops.convert_to_numpy(matrix) for matrix in (layer.v, layer.omega))
    border = v.size

    def outputs(w):
        matrices = w[:border].reshape(v.shape[::-1]).T, w[border:].reshape(omega.shape[::-1]).T
        start = [[part[b] for part in state] for b in range(2)]
        runs = [oracle.output_feedback(x[b], *matrices, np.tanh, oracle.sigmoid, *start[b])[0] for b in range(2)]
        return np.concatenate(runs).reshape(-1)

    def jacobian(w):
        nudges = 1e-5 * np.eye(len(w))
        return np.stack([(outputs(w + nudge) - outputs(w - nudge)) / 2e-5 for nudge in nudges], axis=1)

    # A unit's incoming weights are a column of v or ω.
    units = [*np.arange(border).reshape(K, -1), *np.arange(border, border + omega.size).reshape(J, -1)]
    groups = units if decoupled else [np.arange(border + omega.size)]
    start = np.concatenate([v.T.reshape(-1), omega.T.reshape(-1)])
    noises = [8.0, 4.0, 2.0, 1.0, 0.5]
    expected, covariance = textbook(start, groups, jacobian, outputs, y.reshape(-1), 5.0, noises, 0.01)

    # Each epoch is one time step from the same state, so that nothing is carried on but the weights and P.
    trainer = EKFTrainer(layer, decoupled, 5.0, (8.0, 0.5), 0.01)
    trainer.fit(x, y[:, None], epochs=5, initial_state=state)
    np.testing.assert_allclose(layer.v, expected[:border].reshape(K, -1).T, atol=1e-7)
    np.testing.assert_allclose(layer.omega, expected[border:].reshape(J, -1).T, atol=1e-7)
    received = np.zeros_like(covariance)
    for group, block in zip(trainer.groups, trainer.covariances, strict=True):
        received[np.ix_(group, group)] = block
    np.testing.assert_allclose(received, covariance, atol=1e-6)
    assert len(trainer.covariances) == (K + J if decoupled else 1)


def test_noise_falls_by_the_same_ratio_at_each_step_of_all_epochs(monkeypatch):
    layer = random_layer(rnnkit.OutputFeedback)
    rng = np.random.default_rng(2)
    trainer, used = EKFTrainer(layer, False, 5.0, (8.0, 0.5), 0.01), []
    observe = trainer._observe
    monkeypatch.setattr(trainer, "_observe", lambda xi, r: (used.append(r), observe(xi, r)))
    trainer.fit(rng.normal(size=(2, 3, N)), rng.random((2, 3, J)), epochs=2)
    np.testing.assert_allclose(used, 8.0 * (0.5 / 8.0) ** (np.arange(6) / 5))


def xor_net(seed):
    """Elman's 1-2-1 net with weights uniform in [-1, 1], and his stream of 3,000 bits with the next bits."""
    layer = random_layer(units=2, outputs=1, features=1)
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.uniform(-1, 1, weight.shape) for weight in layer.get_weights()])
    stream = temporal_xor(1000, seed)
    return layer, stream[None, :-1, None], stream[None, 1:, None]


@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize(("p0", "r", "q"), [(100.0, (10.0, 0.25), 1e-4), (1e8, 1e-6, 0.0)])
def test_covariance_stays_symmetric_positive_definite_over_10_000_steps(decoupled, p0, r, q):
    layer, x, y = xor_net(0)
    trainer = EKFTrainer(layer, decoupled, p0, r, q)
    for piece in range(4):  # 4 · 2,500 steps
        part = slice(500 * piece, 500 * piece + 500)
        trainer.fit(x[:, part], y[:, part], epochs=5)
        for covariance in trainer.covariances:
            np.testing.assert_array_equal(covariance, covariance.T)
            assert np.linalg.eigvalsh(covariance).min() > 0.0


def test_covariance_stays_positive_definite_with_equal_streams():
    """What they say is the same, so that A is badly known, and with it K: with (5) as it stands P is lost here."""
    layer, x, y = xor_net(0)
    trainer = EKFTrainer(layer, p0=1e6, r=1e-6, q=0.0)
    for piece in range(20):
        part = slice(20 * piece, 20 * piece + 20)
        trainer.fit(np.repeat(x[:, part], 3, axis=0), np.repeat(y[:, part], 3, axis=0))
        assert np.linalg.eigvalsh(trainer.covariances[0]).min() > 0.0


@pytest.mark.long
def test_beats_plain_descent_that_has_three_times_its_passes():
    """The known comparison, with fewer passes and seeds: benchmarks/ekf.py has it in full."""
    lab = pytest.importorskip("rnnkit.course.experiments.xor")
    third = {"EKF": [], "descent": []}
    for seed in range(2):
        layer, x, y = xor_net(seed)
        start = layer.get_weights()
        EKFTrainer(layer, r=(10.0, 0.25)).fit(x, y, epochs=3)
        third["EKF"].append(lab.rmse_by_position(lab.fresh_errors(layer))[2])
        layer.set_weights(start)
        RTRLTrainer(layer, "mse", 0.05, "online").fit(x, y, epochs=9)
        third["descent"].append(lab.rmse_by_position(lab.fresh_errors(layer))[2])
    assert np.mean(third["EKF"]) < 0.42 < np.mean(third["descent"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"p0": 0.0}, "p0: expected a finite positive number, a variance, received 0.0"),
        ({"p0": float("inf")}, "p0: expected a finite positive number, a variance, received inf"),
        ({"r": 0}, "r: expected a finite positive number, a variance, received 0"),
        ({"r": (10.0, -0.25)}, "r: expected a finite positive number, a variance, received -0.25"),
        ({"r": (3.0, 2.0, 1.0)}, r"r: expected a number or a pair of first and last, received \(3.0, 2.0, 1.0\)"),
        ({"p0": 1e9, "r": (1.0, 1e-6)}, "p0: expected at most 1e14 times the least r, 1e-06, received 1e\\+09"),
        ({"q": -1e-9}, "q: expected a finite number, at least 0, a variance, received -1e-09"),
        ({"q": float("nan")}, "q: expected a finite number, at least 0, a variance, received nan"),
        ({"p0": True}, "p0: expected a finite positive number"),
    ],
)
def test_ill_posed_noise_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        EKFTrainer(random_layer(), **arguments)


def test_a_layer_without_trainable_weights_is_refused():
    layer = random_layer()
    layer.trainable = False
    with pytest.raises(ValueError, match="layer: expected one with trainable weights"):
        EKFTrainer(layer)
