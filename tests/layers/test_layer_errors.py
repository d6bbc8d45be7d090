"""What every recurrent layer says of bad arguments, and the hidden layer beside the output."""

import re

import keras
import numpy as np
import pytest
from keras import ops

import rnnkit

B, T, N = 4, 6, 3

LAYERS = {
    "elman": lambda **k: rnnkit.Elman(**{"units": 5, "output_units": 2, **k}),
    "jordan": lambda **k: rnnkit.Jordan(**{"units": 5, "output_units": 2, **k}),
    "jordan with decay": lambda **k: rnnkit.Jordan(**{"units": 5, "output_units": 2, "decay": 0.4, **k}),
    "output feedback": lambda **k: rnnkit.OutputFeedback(**{"units": 5, "output_units": 2, **k}),
    "gru": lambda **k: rnnkit.GRU(**{"units": 5, **k}),
    "peephole lstm": lambda **k: rnnkit.PeepholeLSTM(**{"units": 5, **k}),
    "cfn": lambda **k: rnnkit.CFN(**{"units": 5, **k}),
    "ctrnn": lambda **k: rnnkit.CTRNN(**{"units": 5, **k}),
}
WITH_HIDDEN = [name for name in LAYERS if name.startswith(("elman", "jordan", "output"))]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("units", 0, "units: expected a positive integer, received 0"),
        ("units", -3, "units: expected a positive integer, received -3"),
        ("units", 2.5, "units: expected a positive integer, received 2.5"),
        ("units", True, "units: expected a positive integer, received True"),
        ("activation", "tanj", "activation: expected the name of a Keras activation.*received 'tanj'.*keras.act"),
        ("kernel_initializer", "none such", "kernel_initializer: expected the name of a Keras initializer"),
        ("recurrent_regularizer", "l7", "recurrent_regularizer: expected the name of a Keras regularizer"),
        ("bias_constraint", 5, "bias_constraint: expected the name of a Keras constraint"),
        ("dropout", 1.0, "dropout: expected a number from 0 up to, but not including, 1, received 1.0"),
        ("recurrent_dropout", -0.1, "recurrent_dropout: expected a number from 0"),
    ],
)
def test_bad_arguments_are_named(name, argument, value, message):
    if argument == "activation" and "activation" not in type(LAYERS[name]()).__signature__.parameters:
        argument, message = "recurrent_activation", message.replace("activation: ", "recurrent_activation: ", 1)
    with pytest.raises(ValueError, match=message):
        LAYERS[name](**{argument: value})


@pytest.mark.parametrize("name", LAYERS)
def test_unknown_and_missing_arguments_are_named(name):
    kind = type(LAYERS[name]())
    with pytest.raises(TypeError, match="missing .*required .*'units'"):
        kind()
    for wrong, said in (("retrun_sequences", "did you mean 'return_sequences'?"), ("input_shape", "keras.Input((None")):
        with pytest.raises(TypeError, match=f"{kind.__name__} got an unexpected keyword argument '{wrong}'; "):
            LAYERS[name](**{wrong: True})
        with pytest.raises(TypeError, match=re.escape(said)):
            LAYERS[name](**{wrong: True})
    config = {**LAYERS[name]().cell.get_config(), "dropuot": 0.5}
    with pytest.raises(TypeError, match=f"{kind.__name__}Cell got an .* 'dropuot'; did you mean 'dropout'"):
        kind.cell_class(**config)


@pytest.mark.parametrize("name", LAYERS)
def test_wrong_rank_and_states_are_refused(name):
    with pytest.raises(ValueError, match="expected ndim=3, found ndim=2"):
        LAYERS[name]()(np.zeros((B, N)))
    with pytest.raises(ValueError, match="keeps none. Build it, with stateful=True, first"):
        LAYERS[name]().get_states()
    keeper = LAYERS[name](stateful=True)
    keeper(np.zeros((B, T, N)))
    with pytest.raises(ValueError, match="states: expected shapes"):
        keeper.set_states([np.zeros((B, 99))])


@pytest.mark.parametrize("name", WITH_HIDDEN)
def test_hidden_layer_beside_the_output(name):
    x = np.random.default_rng(0).normal(size=(B, T, N)).astype("float32")
    layer = LAYERS[name](return_sequences=True, return_hidden=True)
    plain = type(layer).from_config({**layer.get_config(), "return_hidden": False, "name": "plain"})
    output, hidden = layer(x)
    plain.build(x.shape)
    plain.set_weights(layer.get_weights())
    assert hidden.shape == (B, T, 5)
    np.testing.assert_allclose(ops.convert_to_numpy(output), ops.convert_to_numpy(plain(x)), rtol=1e-6)
    assert [tuple(s.shape) for s in layer(keras.Input((T, N)))] == [(None, T, 2), (None, T, 5)]
    if name == "output feedback":
        return  # its output is not a function of the hidden layer alone; plain loops test both
    g, f = ops.convert_to_numpy(output), ops.convert_to_numpy(hidden)
    weights = [ops.convert_to_numpy(w) for w in (layer.cell.output_kernel, layer.cell.output_bias)]
    np.testing.assert_allclose(f @ weights[0] + weights[1], np.log(g / (1 - g)), rtol=1e-3, atol=1e-5)
