"""Tables of sentences: every word at its place, and what is said where numbers do not fit."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnnkit.plots.said_table import said_table


@pytest.fixture
def axes():
    yield plt.figure().gca()
    plt.close("all")


def test_each_word_stands_in_its_cell(axes):
    said_table(axes, [["a", "cat", "."], ["cats", "."]], [[0.625, 0.5, 1], [0.25, 0.75]], ["one", "two"])
    placed = {text.get_position(): text.get_text() for text in axes.texts}
    assert placed == {
        (0, 0): "a\n0.62",
        (1, 0): "cat\n0.50",
        (2, 0): ".\n1.00",
        (0, 1): "cats\n0.25",
        (1, 1): ".\n0.75",
    }
    shades = np.ma.filled(axes.images[0].get_array(), -1)
    assert shades.tolist() == [[0.625, 0.5, 1], [0.25, 0.75, -1]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two"]
    # Dark ink on light cells and light ink on dark ones.
    assert [text.get_color() for text in axes.texts] == ["black", "white", "black", "white", "black"]


@pytest.mark.parametrize(
    ("p", "names"), [([[0.5]], ["one"]), ([[0.5, 0.5]], ["one", "two"]), ([[0.5, 0.5], [1]], ["one"])]
)
def test_what_does_not_fit_is_named(axes, p, names):
    with pytest.raises(ValueError, match=r"p: expected a name for each sentence .* \[2\], received"):
        said_table(axes, [["a", "cat"]], p, names)
