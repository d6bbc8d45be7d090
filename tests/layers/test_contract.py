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


def cases():
    """Every check on every layer it is for; away from TensorFlow, one layer of a class."""
    for entry in ENTRIES:
        for name, check in CHECKS.items():
            if not check.applies(entry) or (entry.light and (check.costly or backend() != "tensorflow")):
                continue
            marks = [] if backend() in check.backends else [pytest.mark.skip(reason=check.why_not)]
            yield pytest.param(entry, check, id=f"{entry.name}-{name}", marks=marks)


@pytest.mark.parametrize(("entry", "check"), list(cases()))
def test_contract(entry, check):
    check.run(entry)
