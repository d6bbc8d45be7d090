"""Error signals against the product of Jacobians in plain NumPy, and the temporal-order net against its description."""

import numpy as np
import pytest

from rnnkit.course.experiments import long_memory, temporal_order


def test_spectral_radius_is_the_growth_of_high_powers():
    matrix = np.random.default_rng(0).normal(size=(6, 6))
    scaled = long_memory.with_spectral_radius(matrix, 0.7)
    assert np.linalg.norm(np.linalg.matrix_power(scaled / 0.7, 4000)) ** (1 / 4000) == pytest.approx(1.0, rel=2e-3)
    np.testing.assert_allclose(scaled / scaled[0, 0], matrix / matrix[0, 0])


def test_error_norms_and_eigenvalues_against_products_by_hand():
    net, x = long_memory.random_net(1.3, units=5, features=3, seed=4), np.random.default_rng(1).normal(size=(2, 7, 3))
    kernel, recurrent, bias, out = (
        np.array(w) for w in (net.cell.kernel, net.cell.recurrent_kernel, net.cell.bias, net.cell.output_kernel)
    )
    norms, values = long_memory.error_norms(net, x), long_memory.jacobian_eigenvalues(net, x)
    assert norms.shape == (2, 7)
    assert values.shape == (2, 7, 5)
    for sequence in range(2):
        state, jacobians = np.zeros(5), []
        for step in range(7):
            state = np.tanh(x[sequence, step] @ kernel + state @ recurrent + bias)
            jacobians.append(np.diag(1 - state**2) @ recurrent.T)
        signal = out[:, 0]
        for step in range(6, -1, -1):
            assert norms[sequence, step] == pytest.approx(np.linalg.norm(signal), rel=1e-9)
            signal = signal @ jacobians[step]
            expected = np.sort_complex(np.linalg.eigvals(jacobians[step]))
            np.testing.assert_allclose(np.sort_complex(values[sequence, step]), expected, atol=1e-9)


@pytest.mark.parametrize("method", temporal_order.METHODS)
def test_methods_start_from_the_same_weights_and_differ_as_they_say(method):
    net, plain = temporal_order.network(method, seed=3), temporal_order.network("SGD", seed=3)
    before = net.get_weights()
    for a, b in zip(before, plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    matrices = [w for w in before if w.ndim == 2]
    assert sorted(w.shape for w in matrices) == [(6, 50), (50, 4), (50, 50)]
    assert all(abs(w.std() - 0.1) < 0.02 for w in matrices)
    test = temporal_order.test_set(20, 30)
    wrong = np.mean(np.argmax(net.predict(test.x, verbose=0), axis=1) != np.argmax(test.y, axis=1))
    assert temporal_order.wrong_share(net, test) == pytest.approx(wrong, abs=1e-6)
    # Ω is in the training loss of the third alone. The step of a huge gradient is clipped to norm 1, or not.
    loss = 1e4 * net.evaluate(test.x, test.y, batch_size=30, verbose=0, return_dict=True)["loss"]
    trained = net.train_on_batch(test.x, 1e4 * test.y, return_dict=True)["loss"]
    assert (trained > loss + 0.1) == (method == temporal_order.METHODS[2])
    moved = np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(net.get_weights(), before, strict=True)))
    if method == "SGD":
        assert moved > 2 * temporal_order.RATE
    else:
        assert moved == pytest.approx(temporal_order.RATE, rel=1e-3)


def test_a_curve_ends_when_solved_or_spent():
    class Stub:
        def __init__(self, shares):
            self.shares, self.fitted = list(shares), []

        def evaluate(self, *_, **__):
            return {"accuracy": 1.0 - self.shares.pop(0)}

        def fit(self, x, y, **_):
            self.fitted.append(x)

    test = temporal_order.test_set(20, 5)
    solved = Stub([0.7, 0.4, 0.001])
    np.testing.assert_allclose(
        temporal_order.learning_curve(solved, 20, 2, 100, test, block=10), [(0, 0.7), (10, 0.4), (20, 0.001)]
    )
    assert [x.shape for x in solved.fitted] == [(200, 20, 6)] * 2
    assert not np.array_equal(*solved.fitted)
    spent = Stub([0.7] * 9)
    assert len(temporal_order.learning_curve(spent, 20, 2, 30, test, block=10)) == 4


@pytest.mark.long
def test_the_lstm_learns_the_order_of_two_symbols():
    """Its loss on a batch falls below a third within 100 steps, from two starts."""
    data = temporal_order.test_set(20, 40)
    for seed in range(2):
        net = long_memory.lstm_net(seed, forget_bias=3.0)
        bias = net.get_layer("lstm").cell.gates(np.zeros((1, 6), "float32"), [np.zeros((1, 10), "float32")] * 2)[
            "forget_gate"
        ]
        np.testing.assert_allclose(bias, 1 / (1 + np.exp(-3.0)), rtol=1e-6)
        first = net.train_on_batch(data.x, data.y, return_dict=True)["loss"]
        for _ in range(100):
            last = net.train_on_batch(data.x, data.y, return_dict=True)["loss"]
        assert last < first / 3


def test_a_gru_whose_update_gates_are_shut_keeps_the_error_signal_and_one_with_open_gates_does_not():
    x = np.random.default_rng(3).normal(size=(2, 40, 6))
    kept, lost = (long_memory.error_norms(long_memory.random_gru(bias), x) for bias in (40.0, 0.0))
    np.testing.assert_allclose(kept, 1.0, rtol=1e-9)
    assert (lost[:, 0] < 1e-3).all() and (lost[:, -1] > 0.9).all()
