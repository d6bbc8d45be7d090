"""The picture of the gates shows every value at its place, on one scale, under what was read."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from rnnkit.plots import gates_over_time  # noqa: E402

T, UNITS = 7, 3


@pytest.fixture
def gates():
    rng = np.random.default_rng(0)
    return {"reset_gate": rng.uniform(0.4, 0.6, size=(T, UNITS)), "update_gate": rng.uniform(size=(T, 2))}


@pytest.fixture
def subplots():
    made = []

    def make(number):
        figure, axes = plt.subplots(number)
        made.append(figure)
        return axes

    yield make
    for figure in made:
        plt.close(figure)


def test_numbers_above_the_gates(subplots, gates):
    axes = subplots(3)
    inputs = np.random.default_rng(1).normal(size=(T, 2))
    returned = gates_over_time(axes, gates, inputs)
    assert list(returned) == list(axes)
    for line, column in zip(axes[0].lines, inputs.T, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.stack([np.arange(T), column], axis=1))
    for ax, gate in zip(axes[1:], gates.values(), strict=True):
        (image,) = ax.images
        np.testing.assert_array_equal(image.get_array(), gate.T)
        assert (image.norm.vmin, image.norm.vmax) == (0, 1) and image.cmap.name == "cividis"
    assert [ax.get_title() for ax in axes] == ["", "reset gate", "update gate"]
    assert [ax.get_ylabel() for ax in axes] == ["input", "unit", "unit"] and axes[2].get_xlabel() == "time step"
    assert {ax.get_xlim() for ax in axes} == {(-0.5, T - 0.5)}
    others = [ax for ax in axes[0].figure.axes if ax not in list(axes)]
    assert [ax.get_ylabel() for ax in others] == ["0 closed, 1 open"]


def test_words_above_their_columns(subplots, gates):
    axes = subplots(2)
    words = "mix the flour with two eggs .".split()
    gates_over_time(axes, gates, words)
    (above,) = axes[0].child_axes
    labels = above.get_xticklabels()
    assert [label.get_text() for label in labels] == words
    assert [label.get_position()[0] for label in labels] == list(range(T)) and not axes[1].child_axes


def test_one_gate_on_one_axes_and_few_ticks(subplots):
    ax = subplots(1)
    (same,) = gates_over_time(ax, {"gate": np.zeros((250, 12))})
    assert same is ax
    assert list(ax.get_xticks()) == list(range(0, 250, 50)) and list(ax.get_yticks()) == list(range(0, 12, 2))


def test_errors_say_what_to_do(subplots, gates):
    with pytest.raises(
        ValueError, match=r"axes: expected 3, one a gate and one for inputs.*received 2. plt.subplots\(3\)"
    ):
        gates_over_time(subplots(2), gates, np.zeros(T))
    with pytest.raises(ValueError, match="axes: expected 2, .*received 3"):
        gates_over_time(subplots(3), gates, list("abcdefg"))
    with pytest.raises(ValueError, match=r"shapes \(time, units\), received .*\(1, 7, 3\).*one example of the batch"):
        gates_over_time(subplots(1), {"gate": np.zeros((1, 7, 3))})
    with pytest.raises(ValueError, match=r"gates and inputs of one length in time, received \[6, 7\]"):
        gates_over_time(subplots(3), gates, np.zeros(6))
