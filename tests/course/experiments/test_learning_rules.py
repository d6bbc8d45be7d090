"""Unit 05's gradients against TensorFlow's and finite differences of loops, its costs by counting, its curves."""

import keras
import numpy as np
import pytest

import rnnkit
from rnnkit.course.experiments import learning_rules as rules
from rnnkit.course.experiments.xor import fresh_errors
from rnnkit.datasets import temporal_xor
from rnnkit.training import RTRLTrainer, sensitivities

T, N, UNITS, OUTPUTS = 6, 2, 4, 3


@pytest.fixture
def case():
    rng = np.random.default_rng(0)
    return rng.normal(size=(T, N)), rng.random((T, OUTPUTS)), rng.normal(size=(UNITS, 1 + N + UNITS))


def same_net(w):
    """Elman's hidden layer is the fully recurrent net; linear outputs show its first units."""
    layer = rnnkit.Elman(UNITS, OUTPUTS, output_activation="linear", return_sequences=True, dtype="float64")
    layer.build((None, None, N))
    layer.set_matrices(w.T, np.concatenate([np.zeros((1, OUTPUTS)), np.eye(UNITS)[:, :OUTPUTS]]))
    return layer


def test_states_are_those_of_elmans_hidden_layer(case):
    x, _, w = case
    np.testing.assert_allclose(rules.forward(x, w)[1:, :OUTPUTS], same_net(w)(x[None])[0], rtol=1e-12)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the peer is TensorFlow")
def test_both_gradients_are_those_of_tensorflow(case):
    import tensorflow as tf

    x, d, w = case
    layer = same_net(w)
    with tf.GradientTape() as tape:
        error = 0.5 * tf.reduce_sum((layer(x[None]) - d[None]) ** 2)
    cell = layer.cell
    by_weight = tape.gradient(error, [cell.bias.value, cell.kernel.value, cell.recurrent_kernel.value])
    expected = np.concatenate([np.reshape(part, (-1, UNITS)) for part in by_weight]).T
    np.testing.assert_allclose(rules.bptt(x, d, w)[1], expected, rtol=1e-10)
    np.testing.assert_allclose(rules.rtrl(x, d, w), expected, rtol=1e-10)


def test_derivatives_carried_forward_are_the_trainers(case):
    x, _, w = case
    v, dv, carried = np.zeros(UNITS), np.zeros((UNITS, *w.shape)), []
    for now in x:
        v, dv = rules.rtrl_step(rules.sources(now, v), dv, w)
        carried.append(dv[:OUTPUTS])
    layer = same_net(w)
    by_weight = {
        id(variable): values[0]
        for variable, values in zip(layer.trainable_weights, sensitivities(layer, x[None])[1], strict=True)
    }
    cell = layer.cell
    expected = np.concatenate(
        [by_weight[id(cell.bias)][:, :, None], by_weight[id(cell.kernel)], by_weight[id(cell.recurrent_kernel)]], axis=2
    )
    np.testing.assert_allclose(carried, np.swapaxes(expected, 2, 3), rtol=1e-10, atol=1e-14)


def test_error_signals_are_derivatives_of_the_error(case):
    """δ_i(n) = ∂E/∂z_i(n − 1), by moving that z alone."""
    x, d, w = case
    delta, _ = rules.bptt(x, d, w)

    def error(moved, unit, by):
        v, total = [0.0] * UNITS, 0.0
        for n in range(T):
            u = [1.0, *x[n], *v]
            z = [sum(w[i, j] * u[j] for j in range(len(u))) for i in range(UNITS)]
            if n == moved:
                z[unit] += by
            v = [1 / (1 + np.exp(-value)) for value in z]
            total += 0.5 * sum((v[i] - d[n, i]) ** 2 for i in range(OUTPUTS))
        return total

    for n in range(T):
        for unit in range(UNITS):
            expected = (error(n, unit, 1e-6) - error(n, unit, -1e-6)) / 2e-6
            assert delta[n, unit] == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_costs_are_those_of_the_sums():
    """Multiplications counted in the equations' loops, numbers in the arrays that are carried on."""
    units, inputs, outputs = 3, 2, 2
    sources = 1 + inputs + units
    sums = {
        "(1)": [(i, j) for i in range(units) for j in range(sources)],
        "(3)": [(i, k) for i in range(units) for k in range(units)],
        "(4)": [(p, q) for p in range(units) for q in range(sources)],
        "(5)": list(np.ndindex(units, units, sources, units)),
        "(6)": [(i, p, q) for i in range(outputs) for p in range(units) for q in range(sources)],
    }
    count = {equation: len(terms) for equation, terms in sums.items()}
    expected = count["(1)"] + count["(3)"] + count["(4)"], count["(1)"] + count["(5)"] + count["(6)"]
    assert rules.multiplications(units, inputs, outputs) == expected
    w, dv = np.zeros((units, sources)), np.zeros((units, units, sources))
    kept = rules.forward(np.zeros((50, inputs)), w)[1:].size, rules.rtrl_step(np.ones(sources), dv, w)[1].size
    assert rules.numbers_kept(units, 50, inputs) == kept
    assert min(rules.seconds_a_step(3, steps=2, repeats=1)) > 0


def test_a_curve_is_the_error_of_the_trained_net():
    """Tested after the right passes, on a net that a trainer by itself gives too."""
    rule = rules.by_trainer(lambda layer: RTRLTrainer(layer, "mse", 0.5, "online"))
    seconds, errors = rules.learning_curves(rule, (3, 4), (1, 2))
    assert seconds.shape == errors.shape == (2, 2)
    assert (np.diff(seconds) > 0).all() and (seconds > 0).all()
    layer = rnnkit.Elman(2, 1, return_sequences=True)
    layer.build((None, None, 1))
    rng = np.random.default_rng(4)
    layer.set_weights([rng.uniform(-1.0, 1.0, weight.shape) for weight in layer.get_weights()])
    bits = temporal_xor(1000, 4)
    for passed in range(2):
        RTRLTrainer(layer, "mse", 0.5, "online").fit(bits[None, :-1, None], bits[None, 1:, None])
        error = np.sqrt(np.mean(fresh_errors(layer)[:, 1::3] ** 2))
        assert errors[1, passed] == pytest.approx(error, rel=1e-4)


def test_backpropagation_starts_each_net_afresh():
    rule = rules.by_backpropagation(keras.optimizers.Adam(0.05), batch=7)
    both = rules.learning_curves(rule, (3, 4), (1, 3))[1]
    again = rules.learning_curves(rule, (4,), (1, 3))[1]
    np.testing.assert_allclose(both[1], again[0], rtol=1e-4)
    assert np.abs(both[0] - both[1]).max() > 1e-3


def test_a_truncated_gradient_is_that_of_a_net_that_forgets_what_came_before():
    """Step by step: errors of one step, by `bptt` of a net that starts from the state some steps before."""
    rng = np.random.default_rng(11)
    x, d, w = rng.normal(size=(6, 2)), rng.random((6, 2)), rng.normal(size=(4, 7))
    np.testing.assert_allclose(rules.truncated_bptt(x, d, w, 6), rules.bptt(x, d, w)[1], rtol=1e-10)
    v, expected = rules.forward(x, w), np.zeros_like(w)
    for n in range(6):  # two steps: the last and the one before it, whose own v(n-1) is a constant
        for back in (0, 1):
            if n >= back:
                by_v = np.zeros(4)
                by_v[:2] = v[n + 1, :2] - d[n]
                slope = v[1:] * (1 - v[1:])
                delta = slope[n] * by_v if back == 0 else slope[n - 1] * (w[:, 3:].T @ (slope[n] * by_v))
                expected += np.outer(delta, rules.sources(x[n - back], v[n - back]))
    np.testing.assert_allclose(rules.truncated_bptt(x, d, w, 2), expected, rtol=1e-10)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow")
def test_the_rule_of_1997_is_the_truncated_gradient_of_memory_blocks():
    """Against the layer and what the backend differentiates."""
    import tensorflow as tf

    rng = np.random.default_rng(12)
    x, d, w = rng.normal(size=(7, 2)), rng.random((7, 3)), rng.normal(size=(9, 12))
    for truncated in (True, False):
        layer = rnnkit.MemoryBlocks(3, truncated_gradient=truncated, return_sequences=True, dtype="float64")
        layer.build((None, None, 2))
        layer.set_weights([w[:, 1:3].T, w[:, 3:].T, w[:6, 0], w[6:, 0]])
        said = np.asarray(layer(x[None]))[0]
        np.testing.assert_allclose(said, [step[-1] for step in rules.run_of_1997(x, w)], rtol=1e-10)
        with tf.GradientTape() as tape:
            error = 0.5 * tf.reduce_sum((layer(x[None])[0] - d) ** 2)
        kernel, recurrent, gates, cells = (np.asarray(g) for g in tape.gradient(error, layer.trainable_weights))
        exact = np.concatenate([np.concatenate([gates, cells])[:, None], kernel.T, recurrent.T], axis=1)
        same = np.allclose(rules.gradient_of_1997(x, d, w), exact, rtol=1e-9, atol=1e-12)
        assert same == truncated
    assert float(error) == pytest.approx(rules.error_of_1997(x, d, w), rel=1e-10)
