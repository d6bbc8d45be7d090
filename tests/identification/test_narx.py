"""NARX against plain loops, its two modes, and the plant of Narendra and Parthasarathy."""

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit
from rnnkit import identification
from rnnkit.datasets import narendra_parthasarathy
from tests.double_precision import double_precision  # noqa: F401
from tests.oracles.recurrent import narx

B, T, N, J, K = 3, 8, 4, 2, 5


def drawn(layer, shape=(B, T, N), seed=0):
    layer.build(shape)
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(scale=0.7, size=w.shape) for w in layer.weights])
    return layer, {w.name: ops.convert_to_numpy(w) for w in layer.weights}


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize(("d_x", "d_y"), [(0, 1), (0, 3), (2, 1), (3, 2)])
def test_parallel_and_series_parallel_as_in_plain_loops(d_x, d_y):
    rng = np.random.default_rng(1)
    u, y = rng.normal(size=(B, T, N)), rng.normal(size=(B, T, J))
    layer, weights = drawn(rnnkit.NARX(K, J, d_x, d_y, return_sequences=True))
    expected = np.stack([narx(one, None, weights, d_x, d_y) for one in u])
    np.testing.assert_allclose(ops.convert_to_numpy(layer(u)), expected, rtol=0, atol=1e-13)

    forced = rnnkit.TeacherForcing(rnnkit.NARXCell(K, J, d_x, d_y), return_sequences=True)
    forced.build((B, T, N))
    forced.set_weights(layer.get_weights())
    expected = np.stack([narx(one, known, weights, d_x, d_y) for one, known in zip(u, y, strict=True)])
    np.testing.assert_allclose(ops.convert_to_numpy(forced(u, targets=y, training=True)), expected, rtol=0, atol=1e-13)


@pytest.mark.usefixtures("double_precision")
def test_states_are_the_two_delay_lines_newest_first():
    u = np.random.default_rng(1).normal(size=(B, T, N))
    layer, _ = drawn(rnnkit.NARX(K, J, 2, 3, return_sequences=True, return_state=True))
    y, past_y, past_u = (ops.convert_to_numpy(part) for part in layer(u))
    np.testing.assert_array_equal(past_y, np.concatenate([y[:, -1], y[:, -2], y[:, -3]], axis=-1))
    np.testing.assert_array_equal(past_u, np.concatenate([u[:, -1], u[:, -2]], axis=-1))
    np.testing.assert_array_equal(layer.cell.readout([past_y, past_u]), y[:, -1])
    whole = ops.convert_to_numpy(layer(u[:, 5:], initial_state=layer(u[:, :5])[1:])[0])
    np.testing.assert_allclose(whole, y[:, 5:], rtol=0, atol=1e-14)


@pytest.mark.usefixtures("double_precision")
def test_jordans_net_is_a_narx_net_without_delays():
    u = np.random.default_rng(2).normal(size=(B, T, N))
    layer, _ = drawn(rnnkit.NARX(K, J, return_sequences=True, activation="sigmoid", output_activation="sigmoid"))
    jordan = rnnkit.Jordan(K, J, return_sequences=True)
    jordan.build((B, T, N))
    jordan.set_matrices(layer.v, layer.omega)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(u)), ops.convert_to_numpy(jordan(u)), rtol=0, atol=1e-14)


def test_it_is_saved_and_loaded(tmp_path):
    u = np.random.default_rng(2).normal(size=(B, T, N)).astype("float32")
    layer = rnnkit.NARX(K, J, 2, 3, return_hidden=True)
    model = keras.Model(inputs := keras.Input((T, N)), layer(inputs))
    model.save(tmp_path / "narx.keras")
    loaded = keras.saving.load_model(tmp_path / "narx.keras")
    for a, b in zip(model(u), loaded(u), strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(a), ops.convert_to_numpy(b))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"input_delays": -1}, "input_delays: expected an integer of at least 0, received -1"),
        ({"input_delays": 1.5}, "input_delays: expected an integer of at least 0, received 1.5"),
        ({"output_delays": 0}, "output_delays: expected a positive integer, received 0"),
    ],
)
def test_errors(settings, message):
    with pytest.raises(ValueError, match=message):
        rnnkit.NARX(K, J, **settings)


@pytest.mark.usefixtures("double_precision")
def test_trained_on_measured_outputs_it_runs_on_its_own():
    """Narendra and Parthasarathy's example 2, 20 tanh units, 1,000 points; RMSE of the free run below 0.02."""
    u = np.random.default_rng(0).uniform(-2, 2, 1000)
    model = identification.NARXModel(20, 0, 2, max_iter=150, n_starts=3, random_state=0).fit(
        u, narendra_parthasarathy(u)
    )
    layer = model.layer(return_sequences=True)
    forced = rnnkit.TeacherForcing(rnnkit.NARXCell(20, 1, output_delays=2), return_sequences=True)
    forced.build((1, None, 1))
    forced.set_weights(layer.get_weights())
    test = np.sin(2 * np.pi * np.arange(200) / 25)
    wanted = narendra_parthasarathy(test)
    free = ops.convert_to_numpy(layer(test[None, :, None]))[0, :, 0]
    one_step = ops.convert_to_numpy(forced(test[None, :, None], targets=wanted[None, :, None], training=True))[0, :, 0]
    rmse = [float(np.sqrt(np.mean((run - wanted) ** 2))) for run in (one_step, free)]
    assert rmse[0] < 0.02 and rmse[1] < 0.02
    assert np.std(wanted) > 1
    # The layer and the model are the same net: from the layer's first outputs on, the same free run.
    np.testing.assert_allclose(model.simulate(test, free[:2]), free[2:], rtol=0, atol=1e-9)
    np.testing.assert_allclose(model.predict(test, wanted), one_step[2:], rtol=0, atol=1e-10)


def test_the_plant_is_the_papers():
    np.testing.assert_allclose(narendra_parthasarathy([1, 0.5, -1]), [1, 1 / 2, 0.5 * 1 * 3 / 2.25 - 1], rtol=1e-15)
    # Without input it rests at 0 and at 2, says the paper.
    at_two = narendra_parthasarathy([2, 2, 0, 0, 0, 0])
    np.testing.assert_allclose(at_two[1:], 2.0, rtol=1e-15)


@pytest.mark.usefixtures("double_precision")
def test_the_gradient_is_that_of_finite_differences():
    rng = np.random.default_rng(4)
    u, y = rng.normal(size=(B, T, N)), rng.normal(size=(B, T, J))
    layer, _ = drawn(rnnkit.NARX(K, J, 1, 2, return_sequences=True))
    start = [0.5 * w for w in layer.get_weights()]
    layer.set_weights(start)
    model = keras.Sequential([keras.Input((T, N)), layer])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    model.train_on_batch(u, y)
    gradients = [a - b for a, b in zip(start, layer.get_weights(), strict=True)]

    def error(weights):
        named = dict(zip([w.name for w in layer.weights], weights, strict=True))
        return np.mean([(narx(a, None, named, 1, 2) - b) ** 2 for a, b in zip(u, y, strict=True)])

    for which, weight in enumerate(start):
        index = tuple(rng.integers(0, size) for size in weight.shape)
        values = []
        for step in (1e-5, -1e-5):
            moved = [w.copy() for w in start]
            moved[which][index] += step
            values.append(error(moved))
        assert gradients[which][index] == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-6)
