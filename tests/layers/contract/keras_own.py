"""Keras's own test of a layer: weak, and passed by every layer of Keras."""

from keras import tree

from tests.keras_layer_test import run_layer_test
from tests.layers.catalogue import B, Entry, T
from tests.layers.contract.tools import contract


@contract(costly=True)
def check_keras_own_layer_test(entry: Entry) -> None:
    built = entry.built()
    weights, fixed = len(built.trainable_weights), len(built.non_trainable_weights)
    own = "dropout" not in entry.lacks
    for more, lead in (({}, (B,)), ({"return_sequences": True, "return_state": True}, (B, T))):
        output = (*lead, entry.output_size)
        states = tree.flatten(entry.state_size)
        run_layer_test(
            entry.layer,
            init_kwargs={**entry.settings({}), **more},
            input_shape=entry.input_shape(B, T),
            input_dtype="int32" if entry.tokens else "float32",
            # A tuple of shapes, one for each tensor, is compared only where the result is flat.
            expected_output_shape=output if not more else None,
            expected_num_trainable_weights=weights,
            expected_num_non_trainable_weights=fixed,
            expected_num_seed_generators=1 if own else None,
            supports_masking=True,
            run_training_check=not more and bool(states),
            custom_objects={},
        )
