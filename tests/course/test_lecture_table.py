"""The tables from the lectures to the notebooks: no row is empty, every notebook is in them and exists."""

import re

import pytest

from rnnkit.course.paths import project_root

SYSTEMS = 35


def tables(text):
    """The rows of the page's two tables: of the lectures, and of what they describe."""
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if "|" in line]
    starts = [i + 1 for i, row in enumerate(rows) if set("".join(row)) <= set("-|")]
    return rows[starts[0] : starts[1] - 2], rows[starts[1] :]


def faults(text, units):
    """What is wrong with the page's tables, where there are these units."""
    lectures, systems = tables(text)
    names, found = [row[0] for row in lectures], []
    found += [f"not three cells: {row}" for row in lectures + systems if len(row) != 3 or not all(row)]
    if len(names) != 5 or len(systems) != SYSTEMS:
        found.append(f"{len(names)} lectures, {len(systems)} systems")
    of_rows = [set(re.findall(r"`(\w+)`", row[-1])) for row in systems]
    found += [f"no notebook: {row}" for row, named in zip(systems, of_rows, strict=True) if not named]
    found += [f"no such lecture: {row}" for row in systems if not set(row[1].split(", ")) <= set(names)]
    everything = set().union(*of_rows)
    found += [f"no such notebook: {name}" for name in sorted(everything - units)]
    return found + [f"not in the table: {name}" for name in sorted(units - everything)]


@pytest.fixture
def page():
    return (project_root() / "docs" / "lectures.md").read_text(encoding="utf-8")


@pytest.fixture
def units():
    return {path.name for path in (project_root() / "course" / "source").iterdir() if path.is_dir()}


def test_every_system_of_the_lectures_has_a_notebook_and_every_notebook_a_system(page, units):
    assert faults(page, units) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("| [`09_reservoirs`](../notebooks/09_reservoirs.ipynb) |", "|  |", "not three cells"),
        ("| [`09_reservoirs`](../notebooks/09_reservoirs.ipynb) |", "| soon |", "no notebook"),
        ("[`14_turing_machine`]", "[`14_tape`]", "no such notebook: 14_tape"),
        ("[`14_turing_machine`]", "[`13_attention`]", "not in the table: 14_turing_machine"),
        ("| bit counting | L3 |", "| bit counting | L7 |", "no such lecture"),
        ("| L4 | *", "| L3 | *", "no such lecture"),
        ("| bit counting | L3 | [`02_bit_counting`](../notebooks/02_bit_counting.ipynb) |\n", "", "34 systems"),
    ],
)
def test_a_table_with_a_hole_is_found(page, units, old, new, said):
    assert old in page
    assert any(said in fault for fault in faults(page.replace(old, new), units))


def test_the_readme_has_every_lecture_with_its_notebooks(page, units):
    section = (project_root() / "README.md").read_text(encoding="utf-8").split("### Their lectures\n\n")[1]
    rows = [row.strip("| ").split(" | ") for row in section.split("\n\n")[0].splitlines()[2:]]
    assert sorted(row[:2] for row in rows) == sorted(row[1:] for row in tables(page)[0])
    assert {n for row in rows for n in row[2].split(", ")} == {str(int(unit[:2])) for unit in units}
