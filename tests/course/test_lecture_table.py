"""The README's table from the lectures to the notebooks: no row is empty, every notebook is in it and exists."""

import re

import pytest

from rnnkit.course.paths import project_root

HEADING = "### From the lectures to the notebooks\n"
COMING = {"12_captions", "13_attention", "15_handwriting"}  # named before they are here
SYSTEMS = 35


def tables(text):
    """The rows of the section's two tables: of the lectures, and of what they describe."""
    section = text.split(HEADING)[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in section.splitlines() if "|" in line]
    starts = [i + 1 for i, row in enumerate(rows) if set("".join(row)) <= set("-|")]
    return rows[starts[0] : starts[1] - 2], rows[starts[1] :]


def faults(text, units):
    """What is wrong with the tables of a README, where there are these units."""
    lectures, systems = tables(text)
    names, found = [row[0] for row in lectures], []
    found += [f"not three cells: {row}" for row in lectures + systems if len(row) != 3 or not all(row)]
    if len(names) != 5 or len(systems) != SYSTEMS:
        found.append(f"{len(names)} lectures, {len(systems)} systems")
    of_rows = [set(re.findall(r"`(\w+)`", row[-1])) for row in systems]
    found += [f"no notebook: {row}" for row, named in zip(systems, of_rows, strict=True) if not named]
    found += [f"no such lecture: {row}" for row in systems if not set(row[1].split(", ")) <= set(names)]
    everything = set().union(*of_rows)
    found += [f"no such notebook: {name}" for name in sorted(everything - units - COMING)]
    return found + [f"not in the table: {name}" for name in sorted(units - everything)]


@pytest.fixture
def readme():
    return (project_root() / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def units():
    return {path.name for path in (project_root() / "course" / "source").iterdir() if path.is_dir()}


def test_every_system_of_the_lectures_has_a_notebook_and_every_notebook_a_system(readme, units):
    assert faults(readme, units) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("| `09_reservoirs` |", "|  |", "not three cells"),
        ("| `09_reservoirs` |", "| soon |", "no notebook"),
        ("`14_turing_machine` |", "`14_tape` |", "no such notebook: 14_tape"),
        ("`14_turing_machine` |", "`13_attention` |", "not in the table: 14_turing_machine"),
        ("| bit counting | L3 |", "| bit counting | L7 |", "no such lecture"),
        ("| L4 | *", "| L3 | *", "no such lecture"),
        ("| bit counting | L3 | `02_bit_counting` |\n", "", "34 systems"),
    ],
)
def test_a_table_with_a_hole_is_found(readme, units, old, new, said):
    head, section = readme.split(HEADING)
    assert old in section
    assert any(said in fault for fault in faults(head + HEADING + section.replace(old, new), units))
