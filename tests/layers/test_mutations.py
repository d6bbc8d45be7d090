"""The contract catches what it is there for: planted faults, each by the check named beside it."""

import functools

import pytest

from tests.layers import test_contract  # noqa: F401  (it knows all checks)
from tests.layers.catalogue import BY_NAME
from tests.layers.contract.tools import CHECKS
from tests.layers.mutations import MUTATIONS


@functools.cache
def passes_on_the_sound_layer(check, entry):
    CHECKS[check].run(BY_NAME[entry])
    return True


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.fault.replace(" ", "_"))
def test_planted_fault_is_caught(mutation):
    assert passes_on_the_sound_layer(mutation.check, mutation.entry)
    with pytest.raises(AssertionError):
        CHECKS[mutation.check].run(mutation.planted())


def test_no_two_faults_are_called_the_same():
    assert len({m.fault for m in MUTATIONS}) == len(MUTATIONS) >= 15
