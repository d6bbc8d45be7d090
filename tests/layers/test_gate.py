"""The gate against plain loops, torch's gated linear unit and a closed form."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import Gate
from tests.double_precision import double_precision  # noqa: F401
from tests.oracles import gated

pytestmark = pytest.mark.usefixtures("double_precision")
B, T, N = 4, 6, 5


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(B, T, N))


def gate_with(seed=2, **kwargs):
    layer = Gate(**kwargs)
    layer.build((None, N))
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def test_equals_the_equations_in_plain_loops(x):
    layer = gate_with(return_gates=True)
    kernel, bias = layer.get_weights()
    output, gates = layer(x)
    for i in range(B):
        for t in range(T):
            expected, gate = gated.gate(x[i, t], kernel.T, bias)
            np.testing.assert_allclose(ops.convert_to_numpy(output)[i, t], expected, rtol=1e-12)
            np.testing.assert_allclose(ops.convert_to_numpy(gates["gate"])[i, t], gate, rtol=1e-12)


def test_equals_torch_gated_linear_unit(x):
    torch = pytest.importorskip("torch")
    layer = gate_with()
    kernel, bias = layer.get_weights()
    halves = np.concatenate([x, x @ kernel + bias], axis=-1)
    expected = torch.nn.functional.glu(torch.tensor(halves), dim=-1).numpy()
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(N,), (3, N), (2, 3, 7, N)])
def test_every_rank_from_two_gives_the_same(shape):
    layer = gate_with()
    x = np.random.default_rng(3).normal(size=(B, *shape))
    flat = ops.convert_to_numpy(layer(x.reshape(-1, N)))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)).reshape(-1, N), flat, rtol=1e-12)
    assert layer.compute_output_shape((None, *shape)) == (None, *shape)


def test_without_weights_half_gets_through_and_open_gates_change_nothing(x):
    layer = Gate(kernel_initializer="zeros")
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), x / 2, rtol=1e-12)
    layer.bias.assign(np.full(N, 50.0))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), x, rtol=1e-12)


def test_arguments_have_effect(x):
    no_bias = Gate("tanh", use_bias=False, kernel_initializer="identity", return_gates=True)
    output, gates = no_bias(x)
    assert [w.name for w in no_bias.weights] == ["kernel"]
    np.testing.assert_allclose(ops.convert_to_numpy(output), x * np.tanh(x), rtol=1e-12)
    np.testing.assert_allclose(ops.convert_to_numpy(gates["gate"]), np.tanh(x), rtol=1e-12)
    layer = Gate(
        kernel_initializer="ones",
        bias_initializer="ones",
        kernel_regularizer=keras.regularizers.L2(0.5),
        bias_regularizer=keras.regularizers.L1(2.0),
        activity_regularizer=keras.regularizers.L1(1.0),
        kernel_constraint="non_neg",
        bias_constraint="non_neg",
    )
    activity = float(np.abs(ops.convert_to_numpy(layer(x))).sum())
    np.testing.assert_allclose([float(loss) for loss in layer.losses], [activity / B, 0.5 * N * N, 2.0 * N], rtol=1e-6)
    assert layer.kernel.constraint is not None and layer.bias.constraint is not None


def test_masks_pass_through():
    lengths = np.array([[1, 2, 0], [3, 0, 0]])
    embedded = keras.layers.Embedding(4, N, mask_zero=True)(lengths)
    output, gates = Gate(return_gates=True)(embedded)
    for part in (output, gates["gate"], Gate()(embedded)):
        np.testing.assert_array_equal(ops.convert_to_numpy(part._keras_mask), lengths != 0)


def test_gradient_by_finite_differences(x):
    from rnnkit._autodiff import value_and_gradients

    layer = gate_with()
    target = ops.convert_to_tensor(np.random.default_rng(4).normal(size=x.shape))

    def loss(arguments):
        output, _ = layer.stateless_call(arguments[:2], [], arguments[2])
        return ops.sum(target * output), None

    arguments = [ops.convert_to_tensor(value) for value in [*layer.get_weights(), x]]
    _, gradients = value_and_gradients(loss, arguments)
    for place, argument in enumerate(arguments):
        direction = np.random.default_rng(place).normal(size=tuple(argument.shape))
        moved = [[*arguments[:place], argument + s * 1e-6 * direction, *arguments[place + 1 :]] for s in (1, -1)]
        ahead, back = (float(ops.convert_to_numpy(ops.stop_gradient(loss(m)[0]))) for m in moved)
        slope = np.sum(ops.convert_to_numpy(gradients[place]) * direction)
        np.testing.assert_allclose((ahead - back) / 2e-6, slope, rtol=1e-6)


def test_saves_and_loads(x, tmp_path):
    inputs = keras.Input((None, N))
    output, gates = Gate("hard_sigmoid", bias_initializer="ones", bias_constraint="non_neg", return_gates=True)(inputs)
    model = keras.Model(inputs, [output, gates["gate"]])
    model.save(tmp_path / "gate.keras")
    again = keras.models.load_model(tmp_path / "gate.keras")
    assert again.layers[1].get_config() == model.layers[1].get_config()
    for ours, theirs in zip(model(x), again(x), strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(ours), ops.convert_to_numpy(theirs))


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="activation: expected the name of a Keras activation.*received 'sigmoidd'"):
        Gate("sigmoidd")
    with pytest.raises(ValueError, match="expected min_ndim=2, found ndim=1"):
        Gate()(np.ones(3))
    with pytest.raises(ValueError, match=r"inputs: expected a known last size, received shape \(None, None\)"):
        Gate().build((None, None))
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 5"):
        gate_with()(np.ones((2, 3)))
