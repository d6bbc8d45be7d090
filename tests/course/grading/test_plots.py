"""The report's pictures show the numbers that they are given."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from rnnkit.course.grading.report.plots.exercise_difficulty import exercise_difficulty
from rnnkit.course.grading.report.plots.late_day_bars import late_day_bars
from rnnkit.course.grading.report.plots.score_histogram import score_histogram
from rnnkit.course.grading.report.plots.status_bars import status_bars
from rnnkit.plots import COLOURS


@pytest.fixture
def ax():
    return Figure().subplots()


def test_scores(ax):
    totals = [0, 5, 12, 12, 20, 20, 50, 55]
    assert score_histogram(ax, totals, 50, bins=5) is ax
    counts, _ = np.histogram(np.minimum(totals, 50), np.linspace(0, 50, 6))
    assert [bar.get_height() for bar in ax.patches] == list(counts)
    assert ax.lines[0].get_xdata()[0] == np.median(totals)
    assert [text.get_text() for text in ax.texts] == ["median 16"]
    assert ax.get_xlim() == (0, 50) and ax.get_xlabel() == "points of 50"


def test_no_scores_yet(ax):
    score_histogram(ax, [], 50)
    assert not ax.lines and not ax.texts


def test_difficulty(ax):
    shares = {"first": [0, 0.5, 1, 1, 0.7], "second": [], "third": [0, 0, 0.3]}
    assert exercise_difficulty(ax, shares) is ax
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([0.64, 0, 0.1])
    assert [tuple(line.get_xydata()[0]) for line in ax.lines[:2]] == [(0.7, 0), (0, 2)]
    assert [text.get_text() for text in ax.texts] == ["2 full, 1 zero", "not marked yet", "0 full, 2 zero"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second", "third"]
    low, high = ax.get_ylim()
    assert low > high  # the first on top


def test_late_days(ax):
    assert late_day_bars(ax, [0, 0, 1, 3, 3, 9, 40], last=5) is ax
    assert [bar.get_height() for bar in ax.patches] == [2, 1, 0, 2, 0, 2]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["in time", "1", "2", "3", "4", "5+"]


def test_statuses(ax):
    counts = {"unit a": {"marked": 95, "refused": 4, "died": 1}, "unit b": {"marked": 60, "missing": 40}}
    assert status_bars(ax, counts) is ax
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["marked", "refused", "died", "missing"]
    widths = {status: [bar.get_width() for bar in bars] for status, bars in zip(legend, ax.containers, strict=True)}
    assert widths == {"marked": [95, 60], "refused": [4, 0], "died": [1, 0], "missing": [0, 40]}
    assert [bar.get_x() for bar in ax.containers[3]] == [100, 60]
    assert [text.get_text() for text in ax.texts] == ["95", "60", "4", "", "", "", "", "40"]
    colours = [bars[0].get_facecolor() for bars in ax.containers]
    assert len(set(colours)) == 4 and len(COLOURS) == 8
