"""The pictures of unit 04 show the values they are given, with labels."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from rnnkit.plots.next_word_bars import plot_next_word_bars  # noqa: E402
from rnnkit.plots.perplexity_bars import plot_perplexity_bars  # noqa: E402
from rnnkit.plots.perplexity_curve import plot_perplexity_curve  # noqa: E402
from rnnkit.plots.text_columns import TextColumns  # noqa: E402


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_perplexity_curve(ax):
    words, train, test = [1000, 2500, 4000], [300.0, 90.0, 45.0], [250.0, 80.0, 50.0]
    assert plot_perplexity_curve(ax, words, {"train": train, "test": test}, {"bigram": 43.25}) is ax
    np.testing.assert_allclose(ax.lines[0].get_xydata(), np.stack([[1, 2.5, 4], train], axis=1))
    np.testing.assert_allclose(ax.lines[1].get_ydata(), test)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["train", "test", "bigram: 43.2"]
    assert "thousands" in ax.get_xlabel() and "perplexity" in ax.get_ylabel()
    with pytest.raises(ValueError, match=r"curves: expected 3 values, one for each of words, received 2 \(train\)"):
        plot_perplexity_curve(ax, words, {"train": [1, 2]})


def test_perplexity_bars(ax):
    assert plot_perplexity_bars(ax, {"unigram": 290.0, "LSTM": 22.3}, highlight="LSTM") is ax
    assert [bar.get_width() for bar in ax.patches] == [290.0, 22.3]
    assert len({bar.get_facecolor() for bar in ax.patches}) == 2
    assert {"290.0", "22.3"} <= {text.get_text() for text in ax.texts}
    assert "perplexity" in ax.get_xlabel()


def test_next_word_bars_are_the_most_probable_in_order(ax):
    words, p = ["tea", "\n", "cake", "salt", "oil"], np.array([0.1, 0.4, 0.05, 0.3, 0.15])
    assert plot_next_word_bars(ax, words, p, "add the", top=3) is ax
    assert [label.get_text() for label in ax.get_yticklabels()] == ["(end of line)", "salt", "oil"]
    assert [bar.get_width() for bar in ax.patches] == [0.4, 0.3, 0.15]
    assert ax.get_title(loc="left") == "add the"
    with pytest.raises(ValueError, match=r"probabilities: expected shape \(5,\), one a word, received \(4,\)"):
        plot_next_word_bars(ax, words, p[:4], "add the")


def test_text_columns_escape_html():
    columns = TextColumns({"<b>": "1 < 2 & 3", "second": "line\nline"})
    html = columns._repr_html_()
    assert "&lt;b&gt;" in html and "1 &lt; 2 &amp; 3" in html and "<b><b>" not in html
    assert repr(columns).endswith("second\n------\nline\nline")
