"""The numbered lines give what their oracles give."""

import keras
import pytest

from tests.equations.cases import every_case

CASES = every_case()
# Keras 3.15 rounds doubles on the way on the other backends.
pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="compares digits that only TensorFlow keeps"
)


@pytest.mark.parametrize("name", sorted(CASES))
def test_code_agrees_with_its_oracle(name):
    CASES[name][1]()
