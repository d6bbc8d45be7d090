"""What Keras promises of a recurrent layer, and more, tested on every layer of ours.

The checks are in `tests/layers/contract`, the layers in `tests/layers/catalogue.py`; the planted faults that each
check must catch in `tests/layers/mutations.py`.
"""

import keras
import pytest

import rnnkit
from tests.layers.catalogue import ENTRIES
from tests.layers.contract import (  # noqa: F401
    arguments,
    composition,
    gates,
    keras_own,
    precision,
    saving,
    sequences,
    stateful,
    training,
)
from tests.layers.contract.tools import CHECKS, backend

# JAX compiles every loop anew: away from the layers that have it in full, what is said of sequences and of states.
IN_FULL_ON_JAX = ("peephole_lstm",)
ON_JAX = (
    "layer_is_the_cell_over_time",
    "inner_mask_is_deletion",
    "masked_first_step",
    "go_backwards_is_a_flip",
    "initial_state_is_continuation",
    "empty_sequence",
    "stateful_in_fit_and_predict",
    "keras_file",
    "keras_own_layer_test",
    "mixed_bfloat16",
    "float64",
    "gradients",
    "dropout_in_training_only",
    "gates_of_a_step",
)

# What a variant's own step, sizes, weights and gates can break. The rest is the loop's and the constructor's, which it
# shares with the layer of its class that has the contract in full.
OF_A_VARIANT = (
    "layer_is_the_cell_over_time",
    "inner_mask_is_deletion",
    "initial_state_is_continuation",
    "returned_states",
    "graph_is_eager",
    "keras_file",
    "mixed_float16",
    "float64",
    "gradients",
    "regularizers_sum_their_weights",
    "dropout_in_training_only",
    "gates_of_a_step",
)

# What costs seconds, and is done for every layer alike by Keras and by the class below ours: the short tier runs it on
# one layer with an output layer, one without, and one of nested states.
REPRESENTATIVES = ("elman", "peephole_lstm", "deep_downwards")
OF_THE_CLASS_BELOW = (
    "bidirectional",
    "compiled_agrees",
    "exported",
    "keras_own_layer_test",
    "stateful_in_fit_and_predict",
    "training_lowers_the_error",
)


def belongs(entry, name, check):
    """Whether a check is run: on TensorFlow all; elsewhere on one layer of a class; on JAX not all of them."""
    if not check.applies(entry) or (entry.light and (check.costly or backend() != "tensorflow")):
        return False
    return backend() != "jax" or entry.name in IN_FULL_ON_JAX or name in ON_JAX


def in_short_tier(entry, name, check):
    if check.long or (entry.variant and name not in OF_A_VARIANT):
        return False
    return entry.name in REPRESENTATIVES or name not in OF_THE_CLASS_BELOW


def cases():
    for entry in ENTRIES:
        for name, check in CHECKS.items():
            if belongs(entry, name, check):
                marks = [] if backend() in check.backends else [pytest.mark.skip(reason=check.why_not)]
                if name in entry.cannot:
                    marks.append(pytest.mark.skip(reason=entry.cannot[name]))
                if not in_short_tier(entry, name, check):
                    marks.append(pytest.mark.long)
                yield pytest.param(entry, check, id=f"{entry.name}-{name}", marks=marks)


@pytest.mark.parametrize(("entry", "check"), list(cases()))
def test_contract(entry, check):
    check.run(entry)


def test_the_smaller_grids_name_checks_that_exist():
    assert {*ON_JAX, *OF_A_VARIANT, *OF_THE_CLASS_BELOW} <= set(CHECKS)
    assert {*IN_FULL_ON_JAX, *REPRESENTATIVES} <= {entry.name for entry in ENTRIES}


def test_every_class_has_the_contract_in_full():
    in_full = {entry.layer for entry in ENTRIES if not entry.variant}
    assert {entry.layer for entry in ENTRIES} == in_full
    homes = (rnnkit.layers, rnnkit.applications)
    public = (getattr(home, name) for home in homes for name in home.__all__)
    assert in_full == {layer for layer in public if isinstance(layer, type) and issubclass(layer, keras.layers.RNN)}
