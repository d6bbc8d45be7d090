"""The diagrams: the committed pictures are what the code draws, and their names those of the docstrings' equations."""

import re
import sys
from pathlib import Path
from pydoc import locate
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
sys.path.insert(0, str(DOCS))
from diagrams import FOLDER, all_diagrams, deep  # noqa: E402
from diagrams.draw import SMALLEST, Diagram  # noqa: E402

DIAGRAMS = {diagram.name: diagram for diagram in all_diagrams()}
SVG = "{http://www.w3.org/2000/svg}"
every_diagram = pytest.mark.parametrize("name", DIAGRAMS)


def equations_of(diagram):
    """The equations in the docstring of what a diagram is about; all of it where they are not set apart."""
    text = locate(diagram.about).__doc__
    return "\n".join(re.findall(r"\$\$.*?\$\$", text, flags=re.DOTALL)) or text


def unknown(diagram):
    """The weights, and the numbers of equations, that the docstring does not have."""
    equations = equations_of(diagram)
    plain = re.sub(r"\\(mathrm|text|tag)\{[^}]*\}", " ", equations)
    symbols = set(re.findall(r"(?:\\[A-Za-z]+|[A-Za-z])(?:_(?:\{[^}]*\}|\\[A-Za-z]+|.))?", plain))
    numbers = [f"({n})" for n in diagram.equations if not re.search(rf"tag\{{{n}[,}}]|\({n}\)", equations)]
    return [weight for weight in diagram.weights if weight not in symbols] + numbers


def test_pictures_and_code_are_the_same_in_number():
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(DIAGRAMS)


@every_diagram
def test_the_committed_picture_is_what_the_code_draws(name):
    drawn = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert drawn == DIAGRAMS[name].svg(), "run: make diagrams"
    assert len(drawn.encode()) < 40_000


@every_diagram
def test_a_picture_says_in_words_what_it_shows(name):
    root = ElementTree.fromstring(DIAGRAMS[name].svg())
    said = {part.get("id"): part.text for part in root if part.tag in (f"{SVG}title", f"{SVG}desc")}
    assert root.get("role") == "img" and root.get("aria-labelledby").split() == list(said)
    title, description = said.values()
    assert 10 < len(title) < 80 and 100 < len(description) < 700 and description.endswith(".")
    assert "$" not in title + description and "\\" not in title + description


@every_diagram
def test_weights_and_numbers_are_those_of_the_docstring(name):
    assert DIAGRAMS[name].weights and unknown(DIAGRAMS[name]) == []


@every_diagram
def test_a_picture_asks_no_other_host_and_its_text_is_large_enough(name):
    text = DIAGRAMS[name].svg().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|<script|<image|href|url\(", text)
    assert min(DIAGRAMS[name].sizes) >= SMALLEST


def test_a_wrong_name_and_a_wrong_number_are_found():
    diagram = Diagram("wrong", "rnnkit.OutputFeedbackCell", "A title", "A description.", 100)
    diagram.weight(0, 0, "W_{xh}", "W_{hx}", "W")
    diagram.equation(0, 0, "1", "3")
    assert unknown(diagram) == ["W_{hx}", "W", "(3)"]


def test_the_deep_net_has_an_arrow_for_each_connection():
    from rnnkit.layers.deep import connection_matrix

    matrix = connection_matrix(deep.CONNECTIONS, layers=3)
    diagram = Diagram("deep", "rnnkit.DeepRNNCell", "A title", "A description.", 100)
    deep._network(diagram)
    assert sum("<polygon" in line for line in diagram._lines) == matrix.sum()
    assert sum("dasharray" in line for line in diagram._lines) == sum(
        matrix[row, m] for row in range(3) for m in range(row + 1, 4)
    )
