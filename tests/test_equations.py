"""Docstring, code and oracle state the same equations by number: one equation, one line that ends in its number."""

import re
import shutil

import pytest

from tests.equations import table
from tests.equations.lines import ROOT, library, owners, problems

NUMBERED = owners(library())


@pytest.fixture(scope="module")
def found():
    return problems()


@pytest.mark.parametrize("owner", sorted(NUMBERED))
def test_docstring_code_and_oracle_agree_by_number(owner, found):
    assert found.get(owner, []) == []


def test_no_line_ends_in_a_number_that_no_docstring_has(found):
    assert {place: said for place, said in found.items() if place not in NUMBERED} == {}


def test_every_equation_is_compared_with_its_oracle():
    from tests.equations.cases import every_case  # loads Keras, without which the others do

    compared = {owner for owners, _ in every_case().values() for owner in owners}
    assert compared <= set(NUMBERED)
    assert set(NUMBERED) - compared == set(table.WITHOUT_ORACLE)


def test_exceptions_are_few_and_still_there():
    assert {owner for owner, _ in table.LINES} | set(table.ORDER) | set(table.ELSEWHERE) <= set(NUMBERED)
    assert all(number in NUMBERED[owner] for owner, number in table.LINES)
    assert len(table.LINES) + len(table.ORDER) + len(table.WITHOUT_ORACLE) <= 12
    assert all(table.ORDER.values()) and all(reason for _, reason in table.LINES.values())


# File, what is changed in it, and what the check has to say of it.
HOPFIELD, ORACLES = "rnnkit/energy/hopfield.py", "tests/oracles/energy.py"
BREAKS = [
    (HOPFIELD, "J = products / n  # (1)", "J = products / n", r"\(1\): expected 1 line of code, found 0"),
    (HOPFIELD, "J = 0.5 * (J + J.T)", "J = 0.5 * (J + J.T)  # (2)", r"\(2\): expected 1 line of code, found 2"),
    (HOPFIELD, "x[live, unit] *= -1  # (4)", "x[live, unit] *= -1  # (5)", r"ends in \(5\), which no docstring has"),
    (HOPFIELD, "J x \\tag{3}$$", "J x \\tag{6}$$", r"\(6\): expected 1 line of code, found 0"),
    (HOPFIELD, "J = products / n  # (1)", "J = products / n  # (2)", r"\(1\): expected 1"),
    (
        ORACLES,
        "for k in range(n)] for i in range(n)]  # (1)",
        "for k in range(n)] for i in range(n)]",
        "expected an oracle",
    ),
    (
        ORACLES,
        "return x[i] if field == 0 else",
        "y = 0  # (5)\n    return x[i] if field == 0 else",
        "expected an oracle",
    ),
    (ORACLES, "Oracle of rnnkit.energy.hopfield.Hopfield: the unit's", "The unit's", "expected an oracle"),
    (ORACLES, "Oracle of rnnkit.energy.units", "Oracle of rnnkit.energy.unit", "numbers no equations"),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), BREAKS)
def test_a_number_that_is_lost_or_wrong_is_reported(tmp_path, file, old, new, message):
    for folder in ("rnnkit/energy", "rnnkit/training", "tests/oracles"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    source = (tmp_path / file).read_text(encoding="utf-8")
    assert old in source
    (tmp_path / file).write_text(source.replace(old, new), encoding="utf-8")
    said = " ".join(text for texts in problems(tmp_path).values() for text in texts)
    assert re.search(message, said), said
