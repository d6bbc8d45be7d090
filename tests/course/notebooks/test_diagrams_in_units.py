"""A diagram named in a unit's source is in its notebook and in its page, with its words, and asks no other host."""

import base64

import nbformat
import pytest
from bs4 import BeautifulSoup

from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.notebooks.diagrams import with_diagrams
from rnnkit.course.notebooks.page import page_of
from rnnkit.course.paths import UNITS, project_root

UNIT, NAME = "02_bit_counting", "unfolding"
SVG = (project_root() / "docs" / "diagrams" / f"{NAME}.svg").read_text(encoding="utf-8")


def pictures(html):
    found = BeautifulSoup(html, "html.parser").select("img")
    return [picture for picture in found if picture["src"].startswith("data:image/svg+xml;base64,")]


def check(picture):
    assert base64.b64decode(picture["src"].partition(",")[2]).decode() == SVG
    assert picture["alt"].startswith("A recurrent network unfolded in time. On the left")


def test_the_notebook_and_the_students_have_the_picture_itself():
    student = nbformat.read(project_root() / "notebooks" / f"{UNIT}.ipynb", as_version=4)
    for notebook in (solved_notebook(script_of(UNIT)), student):
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        assert "diagram:" not in text
        [picture] = pictures(text)
        check(picture)


def test_the_page_has_it_too():
    cell = nbformat.v4.new_markdown_cell(with_diagrams(f"Before $a^2$.\n\n![](diagram:{NAME})\n\nAfter."))
    [picture] = pictures(page_of(nbformat.v4.new_notebook(cells=[cell]), "A unit"))
    check(picture)


def test_words_are_escaped_and_an_unknown_name_is_named(tmp_path):
    words = "<title>&lt;b&gt; &amp; c</title><desc>It says &quot;d&quot;.</desc>"
    (tmp_path / "one.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="9">{words}</svg>')
    [picture] = pictures(with_diagrams("![](diagram:one)", tmp_path))
    assert picture["alt"] == '<b> & c. It says "d".' and picture["width"] == "9"
    with pytest.raises(ValueError, match="diagram: expected one of one, received 'two'"):
        with_diagrams("![](diagram:two)", tmp_path)


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_shows_a_diagram_and_leads_to_its_neighbours(unit):
    student = nbformat.read(project_root() / "notebooks" / f"{unit}.ipynb", as_version=4)
    cells = [cell.source for cell in student.cells if cell.cell_type == "markdown"]
    assert pictures("\n".join(cells))
    place = UNITS.index(unit)
    around = [other for other in UNITS[max(place - 1, 0) : place + 2] if other != unit]
    for text in (cells[1], cells[-1]):
        assert [other for other in UNITS if f"]({other}.ipynb)" in text] == around
    page = page_of(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(cells[1])]), "A unit")
    assert all(f'href="{other}.html"' in page for other in around)
