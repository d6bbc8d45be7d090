"""Dropping any one term from a numbered line makes the comparison with its oracle fail."""

import ast

import pytest

from tests.equations import table
from tests.equations.lines import library
from tests.equations.mutants import _Dropper, all_mutants, cases_by_module, planted, survives

MODULES = library()
MUTANTS = all_mutants()


@pytest.fixture(scope="module")
def cases():
    return cases_by_module()


@pytest.mark.long
@pytest.mark.parametrize("name", sorted({mutant.module for mutant in MUTANTS}))
def test_no_term_can_be_dropped(name, cases):
    mutants = [mutant for mutant in MUTANTS if mutant.module == name]
    accepted = {m for m in mutants if m.place in table.EQUIVALENT}
    assert [m for m in mutants if m not in accepted and survives(m, MODULES[name], cases[name])] == []
    assert all(survives(m, MODULES[name], cases[name]) for m in accepted)


def test_accepted_survivors_are_still_there():
    assert set(table.EQUIVALENT) <= {m.place for m in MUTANTS}
    assert len(table.EQUIVALENT) <= 5 and all(table.EQUIVALENT.values())


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("y = f(a + b * c - d)", ["f(b * c - d)", "f(a - d)", "f(a + b * c)"]),
        ("y = (1 - z) * (a - b)", ["-z * (a - b)", "1 * (a - b)", "(1 - z) * -b", "(1 - z) * a"]),
        ("y = [1, x[k + 1]]", ["[x[k + 1]]", "[1]"]),
        ("y += a + b", ["pass", "b", "a"]),
    ],
)
def test_terms_are_dropped_one_at_a_time(line, left):
    counter = _Dropper()
    counter.visit(ast.parse(line))
    changed = [ast.unparse(_Dropper(number).visit(ast.parse(line))) for number in range(len(counter.terms))]
    assert sorted(text.partition("= ")[2] or text for text in changed) == sorted(left)


def test_the_own_code_comes_back():
    mutant = next(m for m in MUTANTS if m.unit == "_ascent")
    from rnnkit.energy import boltzmann

    own = boltzmann._ascent.__code__
    with planted(mutant, MODULES[mutant.module]):
        assert boltzmann._ascent.__code__ is not own
    assert boltzmann._ascent.__code__ is own
