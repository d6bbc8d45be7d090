"""A picture with sliders: what is shown with and without them, and what moving one does."""

import sys

import numpy as np
import pytest
from matplotlib.image import imread

from rnnkit.course.teaching import explore
from rnnkit.course.teaching.explore import FRONT_ENDS


class Shown:
    """What IPython has been told to display, and to display in its place."""

    def __init__(self):
        self.first, self.later = [], []

    def display(self, thing, **options):
        self.first.append((thing, options))
        return self

    def update(self, thing, **options):
        self.later.append((thing, options))

    def pictures(self):
        return [thing for thing, options in self.first + self.later if options.get("raw")]


@pytest.fixture
def shown(monkeypatch):
    import IPython.display

    found = Shown()
    monkeypatch.setattr(IPython.display, "display", found.display)
    for name in (*FRONT_ENDS, "RNNKIT_SLIDERS"):
        monkeypatch.delenv(name, raising=False)
    return found


def bar(figure, height, width, colour):
    figure.subplots().bar(0, height, width, color=colour)


RANGES = {"height": (0.0, 2.0, 1.5), "width": (1, 9, 4), "colour": ["black", "red"]}


def plain(shown):
    [(data, options)] = shown.first
    assert data["image/png"].startswith(b"\x89PNG") and not shown.later
    assert options["metadata"]["image/png"]["alt"] == "Picture for height = 1.5, width = 4, colour = black."
    assert "display_id" not in options


def test_the_picture_alone_where_nobody_looks(shown):
    explore(bar, **RANGES)
    plain(shown)


def test_the_picture_alone_without_ipywidgets(shown, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    explore(bar, **RANGES)
    plain(shown)


def test_the_picture_alone_where_that_is_asked_for(shown, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    monkeypatch.setenv("RNNKIT_SLIDERS", "0")
    explore(bar, **RANGES)
    plain(shown)


def test_a_slider_that_is_moved_changes_the_picture(shown, monkeypatch, tmp_path):
    pytest.importorskip("ipywidgets")
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    drawn = []
    explore(lambda figure, **values: (drawn.append(values), bar(figure, **values)), **RANGES)
    sliders = shown.first[0][0].children
    assert [slider.description for slider in sliders] == ["height", "width", "colour"]
    assert isinstance(sliders[1].step, int) and sliders[0].step == pytest.approx(0.04)
    sliders[0].value, sliders[2].value = 0.2, "red"
    assert drawn == [
        {"height": 1.5, "width": 4, "colour": "black"},
        {"height": 0.2, "width": 4, "colour": "black"},
        {"height": 0.2, "width": 4, "colour": "red"},
    ]
    pixels = []
    for data in shown.pictures():
        (tmp_path / "picture.png").write_bytes(data["image/png"])
        pixels.append(imread(tmp_path / "picture.png"))
    assert len(pixels) == 3
    assert all(np.abs(one - other).max() > 0.5 for one, other in zip(pixels, pixels[1:], strict=False))
    assert shown.later[-1][1]["metadata"]["image/png"]["alt"] == "Picture for height = 0.2, width = 4, colour = red."
