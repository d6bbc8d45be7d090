"""Rprop against torch.optim.Rprop, a loop over single weights, and the known run's published figures."""

import warnings

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import Elman, Rprop
from rnnkit.datasets import bit_counting


def steps_of(optimizer, start, gradients, losses=None):
    """Weights after each given gradient."""
    weight = keras.Variable(start, dtype="float64")
    path = []
    for n, gradient in enumerate(gradients):
        if losses is not None:
            optimizer.scale_loss(losses[n])
        optimizer.apply([ops.convert_to_tensor(gradient, dtype="float64")], [weight])
        path.append(ops.convert_to_numpy(weight).copy())
    return np.array(path)


def loop(start, gradients, variant, losses, first=0.01, plus=1.3, minus=0.4, low=0.004, high=0.05):
    """The rule written for one weight at a time."""
    paths = []
    for j in range(len(start)):
        w, step, sign, move = start[j], first, 0.0, 0.0
        path = []
        for t, g in enumerate(gradients[:, j]):
            new = int(g > 0) - int(g < 0)
            if variant == "lecture":
                case = 1 if new == sign else -1
            else:
                case = new * sign
            if case > 0:
                step = min(step * plus, high)
            elif case < 0:
                step = max(step * minus, low)
            if case < 0 and variant == "rprop+":
                w, move, sign = w - move, -move, 0
            elif case < 0 and variant == "irprop+":  # Igel and Hüsken (2003), the algorithm iRprop+
                if losses[t] > losses[t - 1]:
                    w -= move
                sign = 0
            elif case < 0 and variant == "irprop-":
                move, sign = 0.0, 0
            else:
                move, sign = -new * step, new
                w += move
            path.append(w)
        paths.append(path)
    return np.array(paths).T


@pytest.fixture
def gradients():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(60, 7)) + np.linspace(-1.5, 1.5, 7)
    values[rng.random(values.shape) < 0.1] = 0.0  # the case that the lecture forgets
    return values


@pytest.fixture
def losses(gradients):
    return np.random.default_rng(1).integers(0, 4, len(gradients)).astype(float)  # rises, falls and stays


@pytest.mark.parametrize("variant", ["rprop-", "rprop+", "irprop-", "irprop+", "lecture"])
def test_equals_a_loop_over_single_weights(variant, gradients, losses):
    start = np.linspace(-1, 1, 7)
    received = steps_of(Rprop(0.01, 1.3, 0.4, 0.004, 0.05, variant), start, gradients, losses)
    np.testing.assert_allclose(received, loop(start, gradients, variant, losses), rtol=1e-12)


def test_irprop_minus_equals_torch(gradients):
    torch = pytest.importorskip("torch")
    start = np.linspace(-1, 1, 7)
    parameter = torch.nn.Parameter(torch.tensor(start))
    peer = torch.optim.Rprop([parameter], lr=0.01, etas=(0.4, 1.3), step_sizes=(0.004, 0.05))
    expected = []
    for gradient in gradients:
        parameter.grad = torch.tensor(gradient)
        peer.step()
        expected.append(parameter.detach().numpy().copy())
    ours = steps_of(Rprop(0.01, 1.3, 0.4, 0.004, 0.05, "irprop-"), start, gradients)
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


def counting_net(variant="lecture"):
    layer = Elman(1, 1, activation=None, output_activation=None, use_bias=False, dtype="float64")
    model = keras.Sequential([keras.Input((10, 1), dtype="float64"), layer])
    layer.set_matrices(np.array([[-1.5], [2.0]]), np.array([[1.0]]))
    layer.cell.output_kernel.trainable = False
    model.compile(Rprop(0.001, variant=variant), keras.losses.MeanSquaredError(dtype="float64"))
    model.optimizer.build(model.trainable_variables)
    return model


FIRST_STEPS = (0.001, 0.0125, 0.1)


@pytest.mark.parametrize(
    ("variant", "first_steps", "expected"),
    [
        ("irprop+", FIRST_STEPS, [372, 345, 363]),
        ("irprop-", FIRST_STEPS, [377, 352, 359]),
        ("rprop+", FIRST_STEPS[1:2], [None]),
        ("rprop-", FIRST_STEPS[1:2], [None]),
    ],
)
def test_steps_of_the_known_linear_net_to_a_loss_of_1e_8_are_the_known_ones(variant, first_steps, expected):
    x, y = bit_counting()
    model = counting_net(variant)
    start = [variable.numpy() for variable in model.variables + model.optimizer.variables]
    found = []
    for first in first_steps:  # on one compiled model, since compiling takes longer than training
        for variable, value in zip(model.variables + model.optimizer.variables, start, strict=True):
            variable.assign(value)
        for step in model.optimizer._steps:
            step.assign(ops.full(step.shape, first, dtype=step.dtype))
        losses = (float(model.train_on_batch(x[:, :, None], y[:, None])) for _ in range(501))
        found.append(next((n for n, loss in enumerate(losses) if loss < 1e-8), None))
        model.reset_metrics()
    assert found == expected


def test_reaches_the_published_weights_after_500_steps():
    x, y = bit_counting()
    model = counting_net()
    for _ in range(500):
        model.train_on_batch(x[:, :, None], y[:, None])
    v = ops.convert_to_numpy(model.layers[-1].v)[:, 0]
    assert [f"{value:.4f}" for value in v] == ["1.0014", "0.9997"]
    for _ in range(500):
        model.train_on_batch(x[:, :, None], y[:, None])
    np.testing.assert_allclose(ops.convert_to_numpy(model.layers[-1].v)[:, 0], 1.0, atol=1e-4)


@pytest.mark.parametrize("variant", ["rprop+", "irprop+"])
def test_continues_from_a_saved_file_as_if_never_stopped(variant, tmp_path):
    def net():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        model.compile(Rprop(0.01, variant=variant), "mse")
        return model

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 4)), rng.normal(size=(8, 3))
    model = net()
    for _ in range(15):
        model.train_on_batch(x, y)
    model.save(tmp_path / "model.keras")
    for _ in range(15):
        model.train_on_batch(x, y)
    again = keras.models.load_model(tmp_path / "model.keras")
    for _ in range(15):
        again.train_on_batch(x, y)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def dense_net(**kwargs):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile(Rprop(**kwargs), "mse")
    return model


def test_mini_batches_are_warned_of_once():
    x, y = np.ones((12, 4)), np.ones((12, 3))
    model = dense_net()
    with pytest.warns(UserWarning, match=r"fit runs 3 batches an epoch. Pass batch_size=len\(x\)"):
        model.fit(x, y, batch_size=4, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model.fit(x, y, batch_size=4, verbose=0)
        dense_net().fit(x, y, batch_size=12, verbose=0)
        dense_net(gradient_accumulation_steps=3).fit(x, y, batch_size=4, verbose=0)
        dense_net().train_on_batch(x, y)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate: expected within 1e-06 and 50, received 0.0"),
        ({"learning_rate": -1.0}, "learning_rate: expected within"),
        ({"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)}, "it takes no schedule"),
        ({"eta_plus": 1.0}, "eta_plus: expected a number above 1, received 1.0"),
        ({"eta_minus": 1.0}, "eta_minus: expected a number between 0 and 1, received 1.0"),
        ({"step_min": 0.0}, "step_min: expected a positive number, received 0.0"),
        ({"step_max": 1e-9}, "step_max: expected at least step_min = 1e-06, received 1e-09"),
        (
            {"variant": "rprop"},
            "variant: expected one of 'rprop-', 'rprop\\+', 'irprop-', 'irprop\\+', 'lecture', received 'rprop'",
        ),
        (
            {"variant": "irprop+", "gradient_accumulation_steps": 3},
            "gradient_accumulation_steps: expected None with irp",
        ),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Rprop(**arguments)


def test_irprop_plus_asks_for_the_loss_of_each_step():
    weight = keras.Variable([1.0, 2.0])
    optimizer = Rprop(variant="irprop+")
    for _ in range(2):
        optimizer.scale_loss(3.0)
        optimizer.apply([ops.ones(2)], [weight])
        with pytest.raises(ValueError, match=r"loss: expected iRprop\+ to be told .* call optimizer.scale_loss"):
            optimizer.apply([ops.ones(2)], [weight])
