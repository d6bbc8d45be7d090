"""The numbered lines give what their oracles give."""

import pytest

from tests.equations.cases import every_case

CASES = every_case()


@pytest.mark.parametrize("name", sorted(CASES))
def test_code_agrees_with_its_oracle(name):
    CASES[name][1]()
