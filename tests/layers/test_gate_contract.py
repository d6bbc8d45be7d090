"""What of the contract concerns the gate, a layer without states."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit.layers import Gate
from tests.keras_layer_test import run_layer_test
from tests.layers.contract.tools import same


@pytest.mark.parametrize("shape", [(4, 3), (4, 6, 3)])
def test_keras_own_layer_test(shape):
    run_layer_test(
        Gate,
        init_kwargs={"kernel_regularizer": "l2", "bias_constraint": "non_neg"},
        input_shape=shape,
        expected_output_shape=shape,
        expected_num_trainable_weights=2,
        expected_num_non_trainable_weights=0,
        expected_num_seed_generators=0,
        expected_num_losses=1,
        supports_masking=True,
    )


def test_comes_back_from_a_file(tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), Gate(bias_initializer="random_normal"), keras.layers.GRU(2)])
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(4, 6, 3))
    same(keras.models.load_model(tmp_path / "model.keras")(x), model(x), 1e-6)


@pytest.mark.parametrize(("policy", "compute"), [("mixed_float16", "float16"), ("mixed_bfloat16", "bfloat16")])
def test_mixed_precision(policy, compute):
    layer, plain = Gate(dtype=policy), Gate()
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    output, _ = layer(x), plain(x)
    plain.set_weights(layer.get_weights())
    assert keras.backend.standardize_dtype(output.dtype) == compute
    assert {keras.backend.standardize_dtype(w.dtype) for w in layer.weights} == {"float32"}
    same(ops.cast(output, "float32"), plain(x), 3e-2)
