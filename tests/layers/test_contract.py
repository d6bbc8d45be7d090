"""What Keras promises of a recurrent layer, and more, tested on every layer of ours.

The checks are in `tests/layers/contract`, the layers in `tests/layers/catalogue.py`; the planted faults that each
check must catch in `tests/layers/mutations.py`.
"""

import pytest

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


def belongs(entry, name, check):
    """Whether a check is run: on TensorFlow all; elsewhere on one layer of a class; on JAX not all of them."""
    if not check.applies(entry) or (entry.light and (check.costly or backend() != "tensorflow")):
        return False
    return backend() != "jax" or entry.name in IN_FULL_ON_JAX or name in ON_JAX


def cases():
    for entry in ENTRIES:
        for name, check in CHECKS.items():
            if belongs(entry, name, check):
                marks = [] if backend() in check.backends else [pytest.mark.skip(reason=check.why_not)]
                yield pytest.param(entry, check, id=f"{entry.name}-{name}", marks=marks)


@pytest.mark.parametrize(("entry", "check"), list(cases()))
def test_contract(entry, check):
    check.run(entry)


def test_the_smaller_grid_names_checks_that_exist():
    assert set(ON_JAX) <= set(CHECKS)
    assert set(IN_FULL_ON_JAX) <= {entry.name for entry in ENTRIES}
